"""Steps of a Python scope: what one statement or expression does, in the order of evaluation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any

from atomization.flow.engine import Act, Builder, Graph
from atomization.flow.model import EffectKind
from atomization.flow.python_handlers import call, node_table, parameter_names
from atomization.flow.python_names import LOAD, STORE, Collector, Node, Scope, first_of

Work = Iterator[Any]
"""A generator of further work: what it yields is done before it goes on."""


class ScopeKind(Enum):
    """What is lowered."""

    FUNCTION = "function"
    CLASS = "class"
    MODULE = "module"


class Steps(ABC):
    """Lowers one scope: the part that all statements share."""

    def __init__(
        self, source: bytes, kind: ScopeKind, deep: Callable[[int], bool] | None = None
    ) -> None:
        self.source = source
        self.kind = kind
        self.deep = deep
        self.builder = Builder()
        self.names = Collector(
            source, self.builder, node_table(), in_function=kind is ScopeKind.FUNCTION
        )
        self.local = 0
        self.dynamic: list[int] = []
        self.eager: list[tuple[int, int, int]] = []
        self.walrus = False
        self.copies = 0

    def run(self, node: Node) -> Graph:
        """Lower the scope's statements from its first to its last."""
        self.walrus = self.has_walrus(node)
        body: Node | None = node
        if self.kind is ScopeKind.FUNCTION:
            self._entry(node)
            body = node.child_by_field_name("body")
        elif self.kind is ScopeKind.CLASS:
            body = node.child_by_field_name("body")
        self._drive(self.suite(body))
        return self._finish()

    def _entry(self, node: Node) -> None:
        parameters = node.child_by_field_name("parameters")
        bound = parameter_names(self.names, parameters)
        first = first_of(parameters) if parameters is not None else None
        while first is not None and first.type != "identifier":
            first = first_of(first)
        if first is not None:
            self.names.receiver = self.names.bit_of(first)
        self.local |= bound
        self.builder.node(node.start_point.row, defs=bound, quiet=True)

    def _finish(self) -> Graph:
        steps = self.builder.steps
        local = self.local & ~self.names.outer
        for index in self.dynamic:
            steps[index].uses |= local
        for index, consumer, names in self.eager:
            if consumer & local:
                steps[index].captures |= names
        whole = local if self.kind is not ScopeKind.FUNCTION else 0
        return self.builder.finish(local=local, always=whole)

    def _drive(self, work: Work) -> None:
        stack = [work]
        while stack:
            more = next(stack[-1], None)
            if more is None:
                stack.pop()
            else:
                stack.append(more)

    def has_walrus(self, node: Node) -> bool:
        return self.source.find(b":=", node.start_byte, node.end_byte) >= 0

    # -- steps

    def step(
        self,
        row: int,
        loads: Iterable[Node | None],
        stores: Iterable[Node | None] = (),
        *,
        acts: tuple[Act, ...] = (),
        kill: bool = False,
        quiet: bool = False,
    ) -> None:
        """Add one step that reads ``loads`` and then binds (or unbinds) ``stores``."""
        names = self.names
        names.begin()
        for node in loads:
            if node is not None:
                names.add(node)
        for node in stores:
            if node is not None:
                names.add(node, STORE)
        root = names.close()
        defs, kills, uses = root.bound, 0, root.uses
        if kill:
            defs, kills, uses = 0, root.bound, uses | root.bound
        self.local |= defs | kills
        captures = root.captures
        if self.kind is ScopeKind.CLASS:
            uses |= self._hidden(captures | root.direct)
            captures = 0
        if names.outside:
            uses |= self._hidden(names.outside)
        if names.acts:
            inner = (act if act.row >= 0 else act._replace(row=row) for act in names.acts)
            acts = (*inner, *acts)
        index = self.builder.node(
            row,
            uses=uses,
            defs=defs,
            kills=kills,
            captures=captures,
            rebinds=root.rebinds,
            mutates=tuple(names.mutates),
            acts=acts,
            quiet=quiet,
        )
        if names.dynamic:
            self.dynamic.append(index)
        for consumer, late in names.eager:
            self.eager.append((index, consumer, late))

    def _hidden(self, names: int) -> int:
        """Names of an outer scope that are spelled like local ones."""
        builder = self.builder
        mask = 0
        while names:
            low = names & -names
            names ^= low
            mask |= builder.bit(builder.names[low.bit_length() - 1], "outer")
        return mask

    def bind(self, row: int, defs: int) -> None:
        self.local |= defs & ~self.names.outer
        acts: tuple[Act, ...] = ()
        if defs & self.names.outer:
            acts = tuple(
                Act(effect, self.builder.names[bit.bit_length() - 1], row)
                for bit, effect in self.names.kinds.items()
                if bit & defs
            )
        self.builder.node(row, defs=defs & ~self.names.outer, acts=acts)

    def evaluate(self, row: int, node: Node | None, acts: tuple[Act, ...] = ()) -> Work:
        """Evaluate one expression, in order if it binds names."""
        if node is None or not self.walrus or not self.has_walrus(node):
            self.step(row, (node,), acts=acts)
            return
        yield self.ordered(node)
        if acts:
            self.builder.node(row, acts=acts)

    def ordered(self, node: Node) -> Work:
        """Evaluate an expression with ``:=`` in it part by part."""
        builder, row = self.builder, node.start_point.row
        if not self.has_walrus(node):
            self.step(row, (node,))
            return
        kind, parts = node.type, [c for c in node.named_children if c.type != "comment"]
        if kind == "named_expression":
            yield self.ordered(parts[-1])
            self.step(row, (), parts[:1])
        elif kind == "conditional_expression" and len(parts) == 3:
            value, condition, other = parts
            otherwise, end = builder.label(), builder.label()
            yield self.ordered(condition)
            builder.branch(otherwise)
            yield self.ordered(value)
            builder.goto(end)
            builder.place(otherwise)
            yield self.ordered(other)
            builder.place(end)
        elif kind in ("boolean_operator", "comparison_operator"):
            sure = 1 if kind == "boolean_operator" else 2
            end = builder.label()
            for position, part in enumerate(parts):
                if position >= sure:
                    builder.branch(end)
                yield self.ordered(part)
            builder.place(end)
        elif kind.endswith("_comprehension") or kind == "generator_expression":
            self._maybe(row, node)
        elif kind in ("lambda", "string", "ERROR"):
            self.step(row, (node,))
        elif kind == "attribute":
            yield self.ordered(parts[0])
        elif kind == "keyword_argument":
            yield self.ordered(parts[-1])
        elif kind == "call" and parts[-1].type == "generator_expression":
            self._maybe(row, node)
        else:
            for part in parts:
                yield self.ordered(part)
            self._own(row, node)

    def _maybe(self, row: int, node: Node) -> None:
        """Evaluate what may bind its names or not: a comprehension may have nothing to run over."""
        self.step(row, (node,))
        step = self.builder.steps[self.builder.frontier[0]]
        defs, step.defs = step.defs, 0
        if defs:
            after = self.builder.label()
            self.builder.branch(after)
            self.builder.node(row, defs=defs)
            self.builder.place(after)

    def _own(self, row: int, node: Node) -> None:
        """What a node does itself beside its parts."""
        if node.type == "yield":
            delegated = any(child.type == "from" for child in node.children[1:2])
            kind = EffectKind.YIELD_FROM if delegated else EffectKind.YIELD
            self.builder.node(row, acts=(Act(kind, "", row),))
        elif node.type == "await":
            self.builder.node(row, acts=(Act(EffectKind.AWAIT, "", row),))
        elif node.type == "call":
            called = first_of(node)
            if called is not None and called.type in ("attribute", "identifier"):
                names = self.names
                names.begin()
                call(names, node, Scope(now=True), LOAD)
                names.drop()
                self.builder.node(row, mutates=tuple(names.mutates), acts=tuple(names.acts))

    # -- statements

    def each(self, nodes: list[Node]) -> Work:
        for node in nodes:
            yield self.evaluate(node.start_point.row, node)

    @abstractmethod
    def suite(self, block: Node | None) -> Work:
        """Lower the statements of a block; the subclass knows the statements."""
