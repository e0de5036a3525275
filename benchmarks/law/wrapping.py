"""Rewrites a Python source so that each block of a split function runs as its own function.

A block is the statements of one slot. Where a slot begins or ends inside an open suite it consists
of segments: runs of complete statements of one suite, and header expressions. Each segment moves
into a wrapper that is handed the values of the flow's live-in names and hands back the flow's
live-out names and its effects. All other local names of the function are shut out of the wrapper,
except those that the flow calls captured: these it shares (``nonlocal``), as closures do. So a
flow that forgets a name breaks the program.
"""

from __future__ import annotations

import ast
import copy
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from atomization.decomposer import Slot, slots_of
from atomization.flow.graph import Graph
from atomization.flow.model import EffectKind, Flow
from atomization.flow.python_slots import FUNCTIONS, regions_of
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.reading import read
from benchmarks.law.moving import (
    DELEGATION,
    Leave,
    first_line,
    indented,
    insert_helpers,
    last_line,
    let_through,
    never_bound,
    obstacle,
    own,
    parsed,
    split_lines,
    without_declarations,
)

Change = Callable[[Flow], Flow]
"""What the mutation check does to a flow."""

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class Tally:
    """What became of the blocks: split functions, blocks, those that were wrapped, why not."""

    functions: int = 0
    blocks: int = 0
    wrapped: int = 0
    segments: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Count another file in."""
        self.functions += other.functions
        self.blocks += other.blocks
        self.wrapped += other.wrapped
        self.segments += other.segments
        self.reasons.update(other.reasons)


def wrap(
    source: bytes, *, max_loc: int = 15, target_loc: int = 10, change: Change | None = None
) -> tuple[str, Tally]:
    """Rewrite a Python source; gives the new text and what was wrapped.

    ``change`` is applied to every flow before it is used. Raises SyntaxError for a source that
    Python refuses.
    """
    tree = ast.parse(source)
    reading = read(source, Language.PYTHON)
    slots = slots_of(reading, max_loc=max_loc, target_loc=target_loc)
    regions = regions_of(reading, slots)
    tally = Tally()
    for owner, function, class_name in list(_split(tree, slots, set(regions))):
        graph = regions[owner].graph
        rewriter = _Rewriter(function, class_name, graph, slots, owner, change)
        rewriter.run()
        tally.add(rewriter.tally())
    if tally.functions:
        insert_helpers(tree)
    return ast.unparse(ast.fix_missing_locations(tree)), tally


def _split(
    tree: ast.Module, slots: Sequence[Slot], known: set[int]
) -> Iterator[tuple[int, AnyFunction, str]]:
    """Give the split functions with their header's slot and the name of the class around them."""
    starts = [slot.start_line for slot in slots]
    seen: set[int] = set()
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, class_name = stack.pop()
        if isinstance(node, AnyFunction):
            owner = bisect_right(starts, node.lineno) - 1
            slot = slots[owner]
            split = owner in known and owner not in seen and slot.kind in FUNCTIONS
            if split and (node.end_lineno or 0) > slot.end_line:
                seen.add(owner)
                yield owner, node, class_name
        inner = node.name if isinstance(node, ast.ClassDef) else class_name
        stack.extend((child, inner) for child in reversed(list(ast.iter_child_nodes(node))))


class _Rewriter:
    """Moves the segments of one function into wrappers."""

    def __init__(
        self,
        function: AnyFunction,
        class_name: str,
        graph: Graph,
        slots: Sequence[Slot],
        owner: int,
        change: Change | None,
    ) -> None:
        self.function = function
        self.class_name = class_name.lstrip("_")
        self.graph = graph
        self.slots = slots
        self.owner = owner
        self.change = change
        self.starts = [slot.start_line for slot in slots]
        self.outcomes: dict[int, list[str]] = {}
        self.locals = graph.local_names
        self.count = 0
        arguments = function.args
        receivers = [*arguments.posonlyargs, *arguments.args]
        self.receiver = receivers[0].arg if receivers else ""
        self.has_try = any(isinstance(n, ast.Try | ast.TryStar) for n in ast.walk(function))
        self.async_generator = isinstance(function, ast.AsyncFunctionDef) and any(
            isinstance(n, ast.Yield) for n in own(function.body)
        )

    def run(self) -> None:
        """Rewrite the function's body in place."""
        body = self.function.body
        kept: list[ast.stmt] = []
        if ast.get_docstring(self.function, clean=False) is not None:
            kept, body = body[:1], body[1:]
        declared = [n for n in own(body) if isinstance(n, ast.Global | ast.Nonlocal)]
        kept += [copy.deepcopy(n) for n in declared if isinstance(n, ast.stmt)]
        new = self.suite(body)
        cells = [n for n in self.graph.cell_names if n not in self._parameters()]
        if cells:
            kept.append(never_bound(cells))
        self.function.body = [*kept, *new] or [ast.Pass()]

    def _parameters(self) -> set[str]:
        return {arg.arg for arg in ast.walk(self.function.args) if isinstance(arg, ast.arg)}

    def tally(self) -> Tally:
        """Count what became of the function's slots."""
        tally = Tally(functions=1)
        for reasons in self.outcomes.values():
            found = [reason for reason in reasons if reason]
            tally.blocks += 1
            tally.segments += len(reasons)
            tally.wrapped += not found
            tally.reasons.update(sorted(set(found)))
        return tally

    def slot_of(self, line: int) -> int:
        """Give the slot that a line lies in."""
        return bisect_right(self.starts, line) - 1

    def note(self, slot: int, reason: str) -> None:
        """Record a segment of a slot: wrapped, or why not."""
        self.outcomes.setdefault(slot, []).append(reason)

    # -- suites

    def suite(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Rewrite a list of statements: runs within one slot, and compound ones across several."""
        new: list[ast.stmt] = []
        run: list[ast.stmt] = []
        at = -1
        for statement in statements:
            first, last = self.slot_of(first_line(statement)), self.slot_of(last_line(statement))
            defines = isinstance(statement, _DEFINITIONS)
            own = (
                defines and self.slots[first].kind not in (AtomKind.BLOCK,) and first != self.owner
            )
            if first != last or own or first != at:
                new += self.segment(run, at)
                run, at = [], first
            if own or (first != last and defines):
                new.append(statement)
            elif first != last:
                new += self.compound(statement, first, last)
            else:
                run.append(statement)
        new += self.segment(run, at)
        return new

    def compound(self, node: ast.stmt, first: int, last: int) -> list[ast.stmt]:
        """Rewrite a statement that lies in several slots: its headers and its suites."""
        before: list[ast.stmt] = []
        for name in ("test", "iter", "subject"):
            value = getattr(node, name, None)
            if isinstance(value, ast.expr):
                setattr(node, name, self.header(value, first_line(node), before))
        if isinstance(node, ast.With | ast.AsyncWith):
            self._items(node, before)
        suites = [s for s in ("body", "orelse", "finalbody") if getattr(node, s, None)]
        if not suites and not isinstance(node, ast.Match):
            for slot in range(first, last + 1):
                self.note(slot, "the cut is inside a simple statement")
            return [node]
        for handler in getattr(node, "handlers", ()):
            if handler.type is not None:
                handler.type = self.header(handler.type, handler.lineno, before)
        for case in getattr(node, "cases", ()):
            if case.guard is not None:
                self.note(self.slot_of(case.guard.lineno), "a guard beside its pattern")
            case.body = self.suite(case.body)
        for handler in getattr(node, "handlers", ()):
            handler.body = self.suite(handler.body)
        for name in suites:
            setattr(node, name, self.suite(getattr(node, name)))
        return [*before, node]

    def _items(self, node: ast.With | ast.AsyncWith, before: list[ast.stmt]) -> None:
        bound: set[str] = set()
        for item in node.items:
            value = item.context_expr
            if bound & {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}:
                self.note(self.slot_of(value.lineno), "a with item that needs the one before it")
            else:
                item.context_expr = self.header(value, value.lineno, before)
            if item.optional_vars is not None:
                bound |= {n.id for n in ast.walk(item.optional_vars) if isinstance(n, ast.Name)}

    # -- wrappers

    def flow(self, first: int, last: int) -> Flow:
        """Give the flow of the lines of a segment."""
        flow = self.graph.flow(first - 1, last - 1)
        return flow if self.change is None else self.change(flow)

    def segment(self, statements: list[ast.stmt], slot: int) -> list[ast.stmt]:
        """Move a run of statements into a wrapper and call it."""
        if not statements:
            return []
        if all(isinstance(s, ast.Pass | ast.Global | ast.Nonlocal) for s in statements):
            self.note(slot, "")
            return [s for s in statements if isinstance(s, ast.Pass)]
        flow = self.flow(first_line(statements[0]), last_line(statements[-1]))
        reason = obstacle(statements, flow)
        self.note(slot, reason)
        if reason:
            return statements
        body = Leave(self.async_generator).suite(statements)
        body = [without_declarations(s) for s in body]
        checked = self._checked(flow)
        if checked:
            body.append(parsed(f"__law_bound__({checked!r}, __law_locals__())"))
        kinds = {effect.kind for effect in flow.effects}
        name = self._name()
        yields = bool(kinds & {EffectKind.YIELD, EffectKind.YIELD_FROM})
        wrapper = self._wrapper(name, flow, body, list(flow.live_out), yields=yields)
        return [wrapper, *self._call(name, flow, yields, kinds)]

    def _checked(self, flow: Flow) -> list[str]:
        """Names that are surely bound when the segment ends, if it only ends in one way."""
        leaving = {EffectKind.RETURN, EffectKind.BREAK, EffectKind.CONTINUE, EffectKind.RAISE}
        if self.has_try or any(effect.kind in leaving for effect in flow.effects):
            return []
        maybe = {*flow.may_define, *flow.captured}
        return [self.mangled(name) for name in flow.live_out if name not in maybe]

    def _name(self) -> str:
        self.count += 1
        return f"_law_w{self.count}"

    def mangled(self, name: str) -> str:
        """Spell a private name as the class's compiler does."""
        if self.class_name and name.startswith("__") and not name.endswith("__"):
            return f"_{self.class_name}{name}"
        return name

    def _wrapper(
        self, name: str, flow: Flow, body: list[ast.stmt], outs: list[str], *, yields: bool
    ) -> ast.stmt:
        declared: list[str] = []
        names: dict[EffectKind, set[str]] = {EffectKind.GLOBAL: set(), EffectKind.NONLOCAL: set()}
        for effect in flow.effects:
            if effect.kind in names:
                names[effect.kind].add(effect.target)
        shared = names[EffectKind.NONLOCAL] | set(flow.captured)
        if names[EffectKind.GLOBAL]:
            declared.append(f"global {', '.join(sorted(names[EffectKind.GLOBAL]))}")
        if shared:
            declared.append(f"nonlocal {', '.join(sorted(shared))}")
        ins = [n for n in flow.live_in if n not in shared]
        prologue = [parsed(text) for text in declared]
        closed = [n for n in self.locals if n not in shared]
        if closed:
            prologue.append(never_bound(closed))
        for each in ins:
            key = self.mangled(each)
            prologue.append(parsed(f"if {key!r} in _law_i:\n {each} = _law_i[{key!r}]"))
        keys = [self.mangled(n) for n in outs if n not in shared]
        if keys:
            keep = parsed(f"__law_keep__({keys!r}, __law_locals__(), _law_o)")
            body = [ast.Try(body=body, handlers=[], orelse=[], finalbody=[keep])]
        is_async = isinstance(self.function, ast.AsyncFunctionDef)
        if is_async or yields:
            body = [let_through(body, self.async_generator)]
        text = f"{'async ' if is_async else ''}def {name}(_law_self, _law_i, _law_o):\n pass"
        wrapper = parsed(text)
        assert isinstance(wrapper, AnyFunction)
        wrapper.body = [*prologue, *body]
        return wrapper

    def _arguments(self, flow: Flow) -> str:
        keys = [self.mangled(n) for n in flow.live_in if n not in flow.captured]
        uses_super = any(effect.kind is EffectKind.SUPER for effect in flow.effects)
        receiver = (
            f"__law_locals__().get({self.receiver!r})" if uses_super and self.receiver else "None"
        )
        ins = f"__law_pick__({keys!r}, __law_locals__())" if keys else "{}"
        return f"({receiver}, {ins}, _law_o)"

    def _call(self, name: str, flow: Flow, yields: bool, kinds: set[EffectKind]) -> list[ast.stmt]:
        call = f"{name}{self._arguments(flow)}"
        is_async = isinstance(self.function, ast.AsyncFunctionDef)
        if is_async and yields:
            invoked = DELEGATION.format(call=call)
        elif is_async:
            invoked = f"_law_r = await {call}"
        else:
            invoked = f"_law_r = yield from {call}" if yields else f"_law_r = {call}"
        lines = ["_law_o = {}"]
        keys = [n for n in flow.live_out if n not in flow.captured]
        if keys:
            lines += ["try:", indented(invoked), "finally:"]
            for each in keys:
                key = self.mangled(each)
                lines += [f" if {key!r} in _law_o:", f"  {each} = _law_o[{key!r}]"]
                lines += [" else:", f"  {each} = None", f"  del {each}"]
        else:
            lines.append(invoked)
        if is_async and yields:
            lines.append("_law_r = _law_o.get('')")
        if is_async or yields:
            lines += ["if _law_r is not None and _law_r[0] == 4:", " raise _law_r[1]"]
        if EffectKind.RETURN in kinds:
            value = "" if self.async_generator else " _law_r[1]"
            lines += ["if _law_r is not None and _law_r[0] == 1:", f" return{value}"]
        text = "\n".join(["def _():", *(f" {line}" for line in split_lines(lines))])
        statements = parsed(text)
        assert isinstance(statements, ast.FunctionDef)
        found = statements.body
        for kind, number in ((EffectKind.BREAK, 2), (EffectKind.CONTINUE, 3)):
            if kind in kinds:
                test = (
                    f"while 1:\n if _law_r is not None and _law_r[0] == {number}:\n  {kind.value}"
                )
                loop = parsed(test)
                assert isinstance(loop, ast.While)
                found += loop.body
        return found

    def header(self, value: ast.expr, line: int, before: list[ast.stmt]) -> ast.expr:
        """Move a header's expression into a wrapper; gives the call that stands in its place."""
        slot = self.slot_of(line)
        if isinstance(value, ast.Constant):
            self.note(slot, "")
            return value
        flow = self.flow(line, max(line, value.end_lineno or line))
        parts = list(own([value]))
        reason = obstacle([value], flow)
        yields = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in parts)
        if yields and isinstance(self.function, ast.AsyncFunctionDef):
            reason = "a header of an async generator that yields"
        self.note(slot, reason)
        if reason:
            return value
        binds = [n.target.id for n in ast.walk(value) if isinstance(n, ast.NamedExpr)]
        outs = [n for n in flow.live_out if n in binds and n not in flow.captured]
        name = self._name()
        body: list[ast.stmt] = [ast.Return(value=value)]
        before.append(self._wrapper(name, flow, body, outs, yields=False))
        call = f"{name}{self._arguments(flow)}"
        if isinstance(self.function, ast.AsyncFunctionDef):
            call = f"(await {call})"
        elif yields:
            call = f"(yield from {call})"
        hand_back = [
            f"{self.mangled(n)!r} in _law_o and ({n} := _law_o[{self.mangled(n)!r}])" for n in outs
        ]
        text = f"({', '.join(['_law_o := {}', call, *hand_back])})[1]"
        return ast.parse(text, mode="eval").body
