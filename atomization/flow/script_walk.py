"""Walking a TypeScript or JavaScript tree in the order of evaluation, names resolved on the way.

One walk serves all functions of a file. A ``Context`` is a function being read. Its names are
masks in ``env``, which always holds what is visible at the present place: entering a block
declares its names over those that it shadows, leaving it brings these back. What a nested function
leaves unresolved is captured from the context around it. A context without a graph (a function
that lies whole in one slot) is read for its free names alone; its masks are all 0.

Between two forks of control, what happens is gathered into one step: uses of names that it has not
bound itself, and what it surely binds. A step never spans two slots.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tree_sitter

from atomization.flow.engine import Builder
from atomization.flow.script_context import SILENT, Context, Scope
from atomization.flow.script_paths import text_of
from atomization.flow.script_steps import WRITE, Gatherer

Handlers = Mapping[int, "Callable[[Walker, tree_sitter.Node], None] | None"]


class Walker(Gatherer):
    """The state of the walk: what is still to be read, where, and what has been gathered."""

    def __init__(
        self,
        handlers: Handlers,
        starts: Sequence[int],
        rows: Sequence[int],
        assignments: Callable[[], list[int]],
        variables: Callable[[], dict[int, list[tree_sitter.Node]]],
    ) -> None:
        """Prepare a walk over a source whose slots begin at bytes ``starts``, in rows ``rows``.

        ``assignments`` gives the places of all assignments, ``variables`` the ``var`` names by
        the id of the function that they belong to; both are asked for when first needed.
        ``chains`` says that there are optional chains, so that arguments may go unevaluated.
        """
        super().__init__(starts, rows)
        self.handlers = handlers
        self.stack: list[Any] = []
        self.finished: list[Context] = []
        self.done: set[int] = set()
        self.closures: dict[int, tuple[int, int]] = {}
        self.labels: tuple[str, ...] = ()
        self.chains = True
        self._assignments, self._variables = assignments, variables
        self._places: list[int] | None = None
        self._vars: dict[int, list[tree_sitter.Node]] | None = None

    # the walk itself

    def run(self) -> None:
        """Read what is on the stack until nothing is left."""
        stack, find = self.stack, self.handlers.get
        pop, extend, children = stack.pop, stack.extend, Walker.children
        while stack:
            item = pop()
            if item.__class__ is tuple:
                item[0](*item[1:])
                continue
            handler = find(item.kind_id, children)
            if handler is children:
                extend(reversed(item.named_children))
            elif handler is not None:
                handler(self, item)

    def children(self, node: tree_sitter.Node) -> None:
        """Read what a node consists of; the handler of all kinds that have none of their own."""
        self.stack.extend(reversed(node.named_children))

    def visit(self, *items: tree_sitter.Node | tuple[Any, ...] | None) -> None:
        """Read these next, in this order; a tuple is a function with its arguments."""
        self.stack.extend(item for item in reversed(items) if item is not None)

    def visit_all(self, items: Sequence[tree_sitter.Node]) -> None:
        """Read nodes next, in this order."""
        self.stack.extend(reversed(items))

    def taken_labels(self) -> tuple[str, ...]:
        """Take the labels in front of the statement being read."""
        labels, self.labels = self.labels, ()
        return labels

    # forks

    def fork(self, label: int) -> None:
        """Let control go to a label, or on, from a step that stands here."""
        self.flush()
        context = self.contexts[-1]
        if context.silent:
            return
        builder = context.builder
        at = builder.frontier
        if not at:
            return
        if len(at) != 1 or builder.steps[at[0]].place or builder.steps[at[0]].row != self.row:
            builder.node(self.row, quiet=True)
        builder.branch(label)

    def forks(self, node: tree_sitter.Node) -> bool:
        """Tell whether a node that may not be evaluated holds an assignment."""
        if self.contexts[-1].silent:
            return False
        if self._places is None:
            self._places = self._assignments()
        index = bisect_left(self._places, node.start_byte)
        return index < len(self._places) and self._places[index] < node.end_byte

    def maybe(self, node: tree_sitter.Node | None, *after: tuple[Any, ...]) -> None:
        """Read next what may not be evaluated, and after it what is done only then."""
        if node is None:
            return
        if after or self.forks(node):
            self.visit((self._fork, node, after))
        else:
            self.visit(node)

    def _fork(self, node: tree_sitter.Node, after: tuple[tuple[Any, ...], ...]) -> None:
        join = self.builder.label()
        self.fork(join)
        self.visit(node, *after, (self.join, join))

    def join(self, label: int) -> None:
        """Put a label after what has been gathered."""
        self.flush()
        self.builder.place(label)

    # names and blocks

    def declare(self, names: Sequence[tree_sitter.Node]) -> int:
        """Declare names in the function being read, for good; give their mask."""
        context = self.contexts[-1]
        mask = 0
        for node in names:
            name = node.text or b""
            bit = context.env.get(name)
            if bit is None and name:
                bit = context.env[name] = self._fresh(name)
            mask |= bit or 0
        context.local |= mask
        return mask

    def _fresh(self, name: bytes) -> int:
        builder = self.contexts[-1].builder
        return builder.bit(text_of(name), str(len(builder.names)))

    def open_block(
        self, names: Sequence[tree_sitter.Node], node: tree_sitter.Node, *, carried: bool = False
    ) -> list[tuple[bytes, int | None]]:
        """Declare the names of a block over those that they shadow; give what ``close`` needs.

        A block that is read twice, as in a ``finally``, declares the same names twice.
        """
        context = self.contexts[-1]
        env = context.env
        hidden: dict[bytes, int | None] = {}
        fresh = 0
        for part in names:
            name = part.text or b""
            if name and name not in hidden:
                hidden[name] = env.get(name)
                bit = context.bits.get(part.id)
                if bit is None:
                    bit = context.bits[part.id] = self._fresh(name)
                    fresh |= bit
                env[name] = bit
        context.local |= fresh
        if fresh:
            first, last = node.start_point[0], node.end_point[0]
            context.scopes.append(Scope(first, last, fresh, carried))
        return list(hidden.items())

    def close_block(self, hidden: list[tuple[bytes, int | None]]) -> None:
        """Bring back the names that a block has shadowed."""
        env = self.contexts[-1].env
        for name, bit in hidden:
            if bit is None:
                del env[name]
            else:
                env[name] = bit

    # functions

    def begin(self, node: tree_sitter.Node) -> None:
        """Make the first step of a scope; what is hoisted will stand in it and after it."""
        self.at(node)
        context = self.contexts[-1]
        builder = context.builder
        context.entry, context.start = builder.node(self.row, quiet=True), builder.label()
        builder.goto(context.start)
        builder.place(context.start)

    def hoist(self, node: tree_sitter.Node) -> None:
        """Bind a declared function, which has just been read, where the scope begins.

        Its step stands in the slot of the declaration.
        """
        name = node.child_by_field_name("name")
        context = self.contexts[-1]
        self.closures[node.id] = self.captures, self.rebinds
        if not context.silent:
            bit = context.env.get((name.text if name is not None else None) or b"", 0)
            context.hoisted.append((self.row, bit, self.captures, self.rebinds))
        self.captures = self.rebinds = 0

    def closure(self, node: tree_sitter.Node) -> None:
        """Make the closure of a function that was read when it was hoisted."""
        captures, rebinds = self.closures[node.id]
        self.captures |= captures
        self.rebinds |= rebinds

    def enter(self, node: tree_sitter.Node, *, arrow: bool = False, module: bool = False) -> bool:
        """Begin to read a function; False when nothing would come of it."""
        first, last = self.slot(node.start_byte), self.slot(max(node.end_byte - 1, 0))
        wanted = first != last and node.id not in self.done
        if not wanted and not self.graphs:
            return False
        self.push(node, first, last, wanted=wanted, arrow=arrow, module=module)
        return True

    def spans_slots(self, node: tree_sitter.Node) -> bool:
        """Tell whether a node is in more than one slot."""
        return self.slot(node.start_byte) != self.slot(max(node.end_byte - 1, 0))

    def push(
        self,
        node: tree_sitter.Node,
        first: int,
        last: int,
        *,
        wanted: bool,
        arrow: bool = False,
        module: bool = False,
    ) -> None:
        """Begin to read a function in the slots ``first`` to ``last``, with a graph if wanted."""
        builder, silent = (Builder(), False) if wanted else (SILENT, True)
        rows = node.start_point[0], node.end_point[0]
        context = Context(builder, silent, arrow, module, *rows, first, last)
        context.saved = (
            self.uses,
            self.defs,
            self.captures,
            self.rebinds,
            self.low,
            self.high,
            self.row,
        )
        self.uses = self.defs = self.captures = self.rebinds = 0
        self.low = self.high = 0
        self.contexts.append(context)
        if not silent:
            self.done.add(node.id)
            self.graphs += 1
        for part in self.variables(node):
            self.declare([part])

    def variables(self, node: tree_sitter.Node) -> list[tree_sitter.Node]:
        """Give the ``var`` names of a function."""
        if self._vars is None:
            self._vars = self._variables()
        return self._vars.get(node.id, [])

    def leave(self) -> None:
        """End a function: what it has not declared is captured from around it."""
        self.flush()
        context = self.contexts.pop()
        if not context.silent:
            self._finish(context)
        (
            self.uses,
            self.defs,
            self.captures,
            self.rebinds,
            self.low,
            self.high,
            self.row,
        ) = context.saved
        if not self.contexts:
            return
        env = self.contexts[-1].env
        for name, flag in context.free.items():
            bit = env.get(name)
            if bit is None:
                bit = self._free(name, flag)
            self.captures |= bit
            if flag & WRITE:
                self.rebinds |= bit

    def _finish(self, context: Context) -> None:
        self.graphs -= 1
        builder = context.builder
        if context.hoisted:
            self._bind_hoisted(context)
        always = context.local if context.module else 0
        context.graph = builder.finish(local=context.local, always=always)
        self.finished.append(context)

    def _bind_hoisted(self, context: Context) -> None:
        """Let the entry be the first of the hoisted functions, and the others follow it."""
        builder = context.builder
        last = builder.frontier
        entry = builder.steps[context.entry]
        entry.next.clear()
        builder.frontier = [context.entry]
        first, *others = context.hoisted
        entry.row, entry.defs, entry.captures, entry.rebinds = first
        for row, bit, captures, rebinds in others:
            builder.node(row, defs=bit, captures=captures, rebinds=rebinds, quiet=True)
        builder.goto(context.start)
        builder.frontier = last
