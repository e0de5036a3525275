"""Which errors leave which function.

They are found in one sweep over the regions of a file (functions, guarded suites, handlers) and the
places that raise, both in source order. An error is left out only where it is certainly caught: by
a handler of the same function that names its class, a built-in base of it, or everything, and that
does not hand it on.
"""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import tree_sitter

from atomization.contracts.model import Section
from atomization.contracts.places import Places, in_order

_MAX_NESTING: Final = 64
_CATCH_ALL: Final = frozenset({"Exception", "BaseException"})
_NO_EXCEPTIONS: Final = frozenset(
    {"BaseException", "KeyboardInterrupt", "SystemExit", "GeneratorExit", "CancelledError"}
)


class Sort(Enum):
    """What a region is to an error inside it."""

    FUNCTION = "function"
    GUARDED = "guarded"
    HANDLER = "handler"


@dataclass(slots=True, eq=False)
class Handler:
    """A handler: the classes that it names, its name for the error, whether it hands errors on."""

    names: tuple[str, ...]
    everything: bool
    alias: str = ""
    hands_on: bool = False

    def catches(self, name: str) -> bool:
        """Tell whether an error of a class certainly ends up here."""
        if self.everything or "BaseException" in self.names:
            return True
        if "Exception" in self.names and name not in _NO_EXCEPTIONS:
            return True
        return _is_one_of(name, self.names)

    @property
    def takes_all(self) -> bool:
        """Tell whether no class says what arrives here."""
        return self.everything or not _CATCH_ALL.isdisjoint(self.names)


@dataclass(slots=True, eq=False)
class Region:
    """A stretch of the source, in bytes.

    A function has the slot where it begins, and the slot that it is the head of, -1 for none.
    """

    sort: Sort
    start: int
    end: int
    begins: int = -1
    heads: int = -1
    handlers: Sequence[Handler] = ()


@dataclass(slots=True, eq=False)
class Thrown:
    """One place that raises: what its text says.

    ``name`` is the class, empty for what is caught and handed on; ``variable`` says that it is the
    name of a value.
    """

    start: int
    row: int
    name: str
    variable: str = ""
    bare: bool = False


@dataclass(slots=True)
class Raised:
    """What leaves a slot: names of classes in source order, and whether it hands errors on."""

    names: dict[str, None] = field(default_factory=dict)
    hands_on: bool = False


def raised_by_slot(
    regions: list[Region], thrown: Sequence[Thrown], places: Places
) -> dict[int, Raised]:
    """Tell what each slot raises; what a split function's blocks raise, its header raises, too.

    ``regions`` nest properly. Function regions that are slots of their own carry the slot.
    """
    found: dict[int, Raised] = {}
    if not thrown:
        return found
    surroundings = list(_surroundings(regions, thrown))
    names = [_handed_on(event, around) for event, around in zip(thrown, surroundings, strict=True)]
    for event, around, what in zip(thrown, surroundings, names, strict=True):
        left = [name for name in what if not _is_caught(name, around.guards)]
        hands_on = (event.bare or not what) and not _is_caught("", around.guards)
        if not left and not hands_on:
            continue
        for slot in _owners(event, around.function, places):
            raised = found.setdefault(slot, Raised())
            raised.names.update(dict.fromkeys(left))
            raised.hands_on = raised.hands_on or hands_on
    return found


@dataclass(slots=True, eq=False)
class _Around:
    function: Region | None
    handler: Handler | None
    guards: list[Region]


def _surroundings(regions: list[Region], thrown: Sequence[Thrown]) -> Iterable[_Around]:
    """Give what stands around each place that raises, up to its function."""
    regions.sort(key=lambda region: (region.start, -region.end))
    stack: list[Region] = []
    at = 0
    for event in thrown:
        while at < len(regions) and regions[at].start <= event.start:
            _closed(stack, regions[at].start)
            stack.append(regions[at])
            at += 1
        _closed(stack, event.start)
        around = _Around(None, None, [])
        for region in reversed(stack[-_MAX_NESTING:]):
            if region.sort is Sort.FUNCTION:
                around.function = region
                break
            if region.sort is Sort.GUARDED:
                around.guards.append(region)
            elif around.handler is None:
                around.handler = region.handlers[0]
        yield around


def _closed(stack: list[Region], start: int) -> None:
    while stack and stack[-1].end <= start:
        stack.pop()


def _handed_on(event: Thrown, around: _Around) -> tuple[str, ...]:
    """Name what an event raises; a handler that hands its error on is marked."""
    handler = around.handler
    if handler is not None and (event.bare or event.variable == handler.alias != ""):
        handler.hands_on = True
        event.bare = handler.takes_all
        return () if handler.takes_all else handler.names
    return (event.name,) if event.name else ()


def _is_caught(name: str, guards: list[Region]) -> bool:
    """Tell whether the first handler that takes an error keeps it; an unnamed error is anything."""
    for guard in guards:
        for handler in guard.handlers:
            if handler.catches(name):
                if not handler.hands_on:
                    return True
                break
    return False


def _owners(event: Thrown, function: Region | None, places: Places) -> set[int]:
    """Give the slots that answer for an event: its own, and the header of its function."""
    slot = places.slot_at(event.row)
    if slot < 0:
        return set()
    if function is None:
        return {slot}
    if function.heads >= 0:
        return {slot, function.heads}
    return set() if function.begins == slot else {slot}


def _is_one_of(name: str, names: Iterable[str]) -> bool:
    return any(name == other or _is_builtin_base(other, name) for other in names)


def _is_builtin_base(base: str, name: str) -> bool:
    above, below = getattr(builtins, base, None), getattr(builtins, name, None)
    return isinstance(above, type) and isinstance(below, type) and issubclass(below, above)


def _function_regions(
    definitions: Iterable[tree_sitter.Node], heads: dict[int, tree_sitter.Node], places: Places
) -> list[Region]:
    """Make the regions of functions; those that are the head of a slot know it."""
    own = {node.id: slot for slot, node in heads.items()}
    return [
        Region(
            Sort.FUNCTION,
            node.start_byte,
            node.end_byte,
            places.slot_at(node.start_point.row),
            own.get(node.id, -1),
        )
        for node in definitions
    ]


@dataclass(frozen=True, slots=True)
class Guard:
    """A guarded suite: its 1-based lines, its handlers."""

    first_line: int
    last_line: int
    handlers: tuple[Handler, ...]

    def keeps(self, name: str) -> bool:
        """Tell whether an error of a class certainly goes no further; of any, if it has no name."""
        taker = next((part for part in self.handlers if part.catches(name)), None)
        return taker is not None and not taker.hands_on


@dataclass(frozen=True, slots=True)
class Function:
    """A function's 1-based lines; those of one that is no atom end with the slot it begins in."""

    first_line: int
    last_line: int
    is_atom: bool


class Handling:
    """Where in a file errors are kept, and which lines run later than the atom around them."""

    def __init__(self, spans: Iterable[Guard | Function]) -> None:
        """Index guarded suites and functions by line; they nest."""
        self._lines: list[int] = []
        self._around: list[tuple[tuple[Guard, ...], bool]] = []
        stack: list[Guard | Function] = []
        for span in sorted(spans, key=lambda one: (one.first_line, -one.last_line)):
            self._leave(stack, span.first_line)
            stack.append(span)
            self._note(span.first_line, stack)
        self._leave(stack, None)

    def _leave(self, stack: list[Guard | Function], line: int | None) -> None:
        while stack and (line is None or stack[-1].last_line < line):
            after = stack.pop().last_line + 1
            self._note(after, stack)

    def _note(self, line: int, stack: list[Guard | Function]) -> None:
        """Remember what holds from a line on: the suites up to the innermost function."""
        guards: list[Guard] = []
        later = False
        for span in reversed(stack[-_MAX_NESTING:]):
            if isinstance(span, Function):
                later = not span.is_atom
                break
            guards.append(span)
        self._lines.append(line)
        self._around.append((tuple(guards), later))

    def keeps(self, name: str, line: int) -> bool:
        """Tell whether an error of a class that comes up at a line certainly goes no further."""
        at = bisect_right(self._lines, line) - 1
        return at >= 0 and any(guard.keeps(name) for guard in self._around[at][0])

    def runs_later(self, line: int) -> bool:
        """Tell whether a line stands in a function that is defined inside an atom."""
        at = bisect_right(self._lines, line) - 1
        return at >= 0 and self._around[at][1]


class Errors(ABC):
    """The errors of one file; the languages say how they are raised and handled."""

    def __init__(
        self,
        found: Mapping[str, Sequence[tree_sitter.Node]],
        functions: Sequence[tree_sitter.Node],
        heads: dict[int, tree_sitter.Node],
        places: Places,
    ) -> None:
        """Take what was captured as ``raise``, ``try`` and ``yield``; ``functions`` in order."""
        self.found = found
        self.functions = functions
        self.heads = heads
        self.places = places

    @abstractmethod
    def thrown(self, node: tree_sitter.Node) -> Thrown:
        """Read a place that raises."""

    @abstractmethod
    def handlers(self, node: tree_sitter.Node) -> list[tuple[tree_sitter.Node, Handler]]:
        """Give the handlers of a guarded suite, each with its node."""

    def raised(self) -> dict[int, Raised]:
        """Tell what leaves each slot."""
        return self._swept(self._guarded()) if self.found.get("raise") else {}

    def handling(self) -> Handling:
        """Tell where errors are kept, and which functions of the file are no atoms."""
        guarded = self._guarded()
        if self.found.get("raise"):
            self._swept(guarded)
        return Handling([*map(_guard, guarded), *self._functions()])

    def _functions(self) -> Iterator[Function]:
        own = {node.id for node in self.heads.values()}
        for node in self.functions:
            first, last = node.start_point.row, node.end_point.row
            at = self.places.slot_at(first)
            if at < 0 or "class" in node.type:
                continue
            is_atom = node.id in own
            end = last + 1 if is_atom else min(last + 1, self.places.slots[at].end_line)
            yield Function(first + 1, end, is_atom)

    def yielding(self) -> set[int]:
        """Give the slots of the generators, and of the blocks in which they yield."""
        nodes = self.found.get("yield")
        if not nodes:
            return set()
        regions = _function_regions(self.functions, self.heads, self.places)
        found = [Thrown(node.start_byte, node.start_point.row, "-") for node in in_order(nodes)]
        return set(raised_by_slot(regions, found, self.places))

    @abstractmethod
    def given(self, node: tree_sitter.Node) -> Iterable[str]:
        """Tell what a ``return`` statement hands back; nothing where it hands nothing back."""

    def giving(self) -> dict[int, dict[str, None]]:
        """Tell what each slot hands back itself."""
        found: dict[int, dict[str, None]] = {}
        nodes = in_order(self.found.get("return", ()))
        if not nodes:
            return found
        regions = _function_regions(self.functions, self.heads, self.places)
        events = [Thrown(node.start_byte, node.start_point.row, "-") for node in nodes]
        for node, around in zip(nodes, _surroundings(regions, events), strict=True):
            slot = self.places.slot_at(node.start_point.row)
            inside = around.function
            if inside is not None and inside.heads < 0 and inside.begins == slot:
                continue
            for value in self.given(node):
                found.setdefault(slot, {})[value] = None
        return found

    def _guarded(self) -> list[_Guarded]:
        found = []
        for node in self.found.get("try", ()):
            body, handlers = node.child_by_field_name("body"), self.handlers(node)
            if body is not None and handlers:
                found.append((body, handlers))
        return found

    def _swept(self, guarded: list[_Guarded]) -> dict[int, Raised]:
        regions = _function_regions(self.functions, self.heads, self.places)
        for body, pairs in guarded:
            handlers = [handler for _, handler in pairs]
            regions.append(Region(Sort.GUARDED, body.start_byte, body.end_byte, handlers=handlers))
            regions += [
                Region(Sort.HANDLER, node.start_byte, node.end_byte, handlers=[handler])
                for node, handler in pairs
            ]
        thrown = [self.thrown(node) for node in in_order(self.found["raise"])]
        return raised_by_slot(regions, thrown, self.places)


def _guard(guarded: _Guarded) -> Guard:
    body, pairs = guarded
    handlers = tuple(handler for _, handler in pairs)
    return Guard(body.start_point.row + 1, body.end_point.row + 1, handlers)


_Guarded = tuple[tree_sitter.Node, list[tuple[tree_sitter.Node, Handler]]]


def with_documented(raised: Raised, sections: Sequence[Section]) -> tuple[str, ...]:
    """Name the errors that a docstring tells of, then those that the text raises."""
    if not sections:
        return tuple(raised.names)
    told = (part.name.rsplit(".", 1)[-1] for part in sections if part.kind == "raises")
    return tuple(dict.fromkeys([*(name for name in told if name), *raised.names]))
