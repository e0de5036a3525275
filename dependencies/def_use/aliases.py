"""Which names may stand for one object, or for a part of one, and what a change of it touches.

Bindings are tied by what they are made of: ``y = x`` is the same object, ``row = grid[i]`` and
``for row in grid`` a part of it, ``pair = [x, y]`` and ``box.append(x)`` hold it, ``copy = x[:]``
shares what is inside. A mutation of one binding is followed along these ties, without regard to
their order; the first step of every path is minded, so that ``self.a`` and ``self.b`` are two.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final, NamedTuple

from dependencies.def_use.model import BINDING, HELD, OUTER, Definition, Event, Key, Unit
from dependencies.def_use.mutators import PLAIN, VIEWS
from dependencies.def_use.names import ANY_ITEM, root_of
from dependencies.def_use.reaching import Reaching, States

MAX_TOUCHED: Final = 200
MIN_TOUCHED: Final = 8
MAX_SPREAD: Final = 40_000
"""Changes of a unit that are followed on to other names, all together."""


class Tie(Enum):
    """What one binding's object is to another's."""

    SAME = "same"
    PART = "part"
    HOLDS = "holds"
    SHARES = "shares"


class Touched(NamedTuple):
    """A binding whose object changes: as a whole or at a first step, itself or deeper."""

    binding: Definition
    key: Key
    deep: bool


class _Tied(NamedTuple):
    """A tie to another binding; ``out`` leads from what is made to what it is made of.

    ``at`` is where an object was put into another one, if that is what ties them.
    """

    binding: Definition
    tie: Tie
    key: Key
    out: bool
    at: Definition | None


_Link = tuple[ast.Name, Tie, Key]


class Aliases:
    """The ties between the bindings of a unit."""

    def __init__(self, unit: Unit, changes: list[Definition]) -> None:
        """Read the ties off a unit that is solved, and off what mutations put into objects."""
        self._unit = unit
        self._ties: dict[Definition, list[_Tied]] = defaultdict(list)
        self._uses = {id(node): use for use, node in enumerate(unit.use_nodes)}
        self._structured = _structured(unit)
        self._held: States | None = None
        self._outside: dict[int, Definition] = {}
        self._limit = min(MAX_TOUCHED, max(MIN_TOUCHED, MAX_SPREAD // (len(changes) + 1)))
        for definition in unit.definitions:
            if definition.kind == BINDING and definition.value is not None:
                for name, tie, key in links_of(definition.value, part=definition.part):
                    for other in self._bindings(name):
                        self._tie(definition, other, tie, key, None)
        held: dict[Definition, list[Definition]] = {}
        for change in changes:
            found = [at for stored in change.stored or () for at in self._hold(change, stored)]
            if found:
                held[change] = found
        if held:
            with inserted(unit, held):
                self._held = Reaching(unit, also=HELD).reached

    def _tie(
        self, one: Definition, other: Definition, tie: Tie, key: Key, at: Definition | None
    ) -> None:
        if one is not other:
            self._ties[one].append(_Tied(other, tie, key, True, at))
            self._ties[other].append(_Tied(one, tie, key, False, at))

    def _hold(self, change: Definition, stored: ast.expr) -> list[Definition]:
        """Tie what a mutation puts into an object to that object, from that place on."""
        found = []
        for name, tie, _ in links_of(stored, part=False):
            if tie is Tie.PART:
                continue
            held = Tie.SHARES if tie is Tie.SHARES else Tie.HOLDS
            for other in self._bindings(name):
                if is_plain(other):
                    continue
                at = Definition(HELD, other.var, change.node, 0, 0)
                at.weak = True
                found.append(at)
                for holder in self.bound(change.use):
                    self._tie(holder, other, held, change.key or ANY_ITEM, at)
        return found

    def _bindings(self, name: ast.Name) -> tuple[Definition, ...]:
        use = self._uses.get(id(name), -1)
        return self.bound(use) if use >= 0 else ()

    def bound(self, use: int) -> tuple[Definition, ...]:
        """Give the bindings that may be in force at a use; one of kind OUTER for a free name."""
        found = self._unit.reached[use]
        if found:
            return found
        var = self._unit.use_vars[use]
        if var not in self._outside:
            self._outside[var] = Definition(OUTER, var, self._unit.node, 0, 0)
        return (self._outside[var],)

    def touched(self, change: Definition) -> list[Touched]:
        """Give the bindings whose objects a mutation changes, those that it names first."""
        start = [Touched(binding, change.key, change.deep) for binding in self.bound(change.use)]
        if not self._ties:
            return start
        held = self._held[change.use] if self._held is not None else ()
        own = {binding.binding for binding in start}
        found = dict.fromkeys(start)
        room = self._limit
        work = deque(start)
        while work:
            at = work.popleft()
            for tied in self._ties.get(at.binding, ()):
                checked = tied.at is not None and at.binding in own and not tied.out
                if checked and tied.at not in held:
                    continue
                for more in self._through(at, tied):
                    if more not in found:
                        found[more] = None
                        work.append(more)
                        room -= 1
                if room <= 0:
                    return list(found)
        return list(found)

    def _through(self, at: Touched, tied: _Tied) -> list[Touched]:
        """Follow one tie from a binding whose object changes."""
        other, tie, key = tied.binding, tied.tie, tied.key
        if tie is Tie.SAME:
            return [Touched(other, at.key, at.deep)]
        if tie is Tie.SHARES:
            return [Touched(other, ANY_ITEM, True)] if at.deep else []
        if (tie is Tie.PART) is tied.out:
            return [Touched(other, key, True)]
        inside = at.deep and compatible(at.key, key)
        if inside and other.var in self._structured and not is_plain(other):
            return [Touched(other, None, False), Touched(other, None, True)]
        return []


@contextmanager
def inserted(unit: Unit, after: dict[Definition, list[Definition]]) -> Iterator[None]:
    """Let definitions stand right after others of the unit while a block runs."""
    kept = {change.block: unit.blocks[change.block] for change in after}
    for block, events in kept.items():
        more: list[Event] = []
        for event in events:
            more.append(event)
            if event.__class__ is Definition and event in after:
                more += after[event]
        unit.blocks[block] = more
    try:
        yield
    finally:
        for block, events in kept.items():
            unit.blocks[block] = events


def _structured(unit: Unit) -> set[int]:
    """Give the variables that something looks into: at items, attributes, one after the other."""
    paths, receivers = unit.paths, unit.receivers
    uses = zip(unit.use_vars, unit.use_nodes, strict=True)
    found = {var for var, node in uses if id(node) in paths or id(node) in receivers}
    for definition in unit.definitions:
        if definition.part and isinstance(definition.value, ast.Name):
            found |= {unit.use_vars[use] for use in range(definition.first, definition.last)}
    return found


def is_plain(binding: Definition) -> bool:
    """Tell whether a binding's value surely is a number, a text or the like."""
    node = binding.value
    if node is None:
        return False
    if binding.part:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "range"
        )
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        return not isinstance(node.op, ast.Mult) and any(_is_literal(side) for side in sides)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in PLAIN
    return isinstance(node, ast.Compare) or _is_literal(node)


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.UnaryOp)


def compatible(one: Key, other: Key) -> bool:
    """Tell whether two first steps may lead to the same place."""
    if one is None or other is None:
        return True
    if one[0] != other[0]:
        return False
    return len(one) == 1 or len(other) == 1 or one[1] == other[1]


def links_of(value: ast.expr, *, part: bool) -> list[_Link]:
    """Give the names that the value of an expression (or a part of it) may be, or be part of."""
    found: list[_Link] = []
    stack: list[tuple[ast.expr, bool, bool]] = [(value, part, False)]
    while stack:
        node, part, held = stack.pop()
        if isinstance(node, ast.Name):
            tie = Tie.HOLDS if held else Tie.PART if part else Tie.SAME
            found.append((node, tie, ANY_ITEM if part or held else None))
        elif isinstance(node, ast.Attribute | ast.Subscript):
            _path(node, found, part=part, held=held)
        elif isinstance(node, ast.IfExp):
            stack += [(node.body, part, held), (node.orelse, part, held)]
        elif isinstance(node, ast.BoolOp):
            stack += [(inner, part, held) for inner in node.values]
        elif isinstance(node, ast.NamedExpr | ast.Starred):
            stack.append((node.value, part, held))
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            stack += [(inner, False, held or not part) for inner in node.elts]
        elif isinstance(node, ast.Dict):
            stack += [(inner, False, held or not part) for inner in node.values]
        elif isinstance(node, ast.Call):
            _call(node, found, part=part)
    return found


def _path(
    node: ast.Attribute | ast.Subscript, found: list[_Link], *, part: bool, held: bool
) -> None:
    root = root_of(node)
    if root is None or held:
        return
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and not part:
        if isinstance(node.value, ast.Name):
            found.append((root.name, Tie.SHARES, None))
        return
    found.append((root.name, Tie.PART, root.key))


def _call(node: ast.Call, found: list[_Link], *, part: bool) -> None:
    function = node.func
    if isinstance(function, ast.Attribute):
        root = root_of(function.value)
        if root is None:
            return
        if function.attr in VIEWS:
            found.append((root.name, Tie.PART, root.key or ANY_ITEM))
        elif function.attr == "copy" and root.key is None:
            found.append((root.name, Tie.SHARES, None))
        return
    if not isinstance(function, ast.Name) or function.id not in VIEWS:
        return
    for argument in node.args:
        root = root_of(argument)
        if root is None:
            continue
        if part or function.id in ("iter", "enumerate", "zip", "reversed", "filter", "chain"):
            found.append((root.name, Tie.PART, root.key or ANY_ITEM))
        elif root.key is None:
            found.append((root.name, Tie.SHARES, None))
