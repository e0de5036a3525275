"""How a syntax tree becomes a run of pieces: the part that all languages share.

A slicer walks a tree with a stack of its own (never by recursion: the depth of a source is its
author's choice), collects units into groups, and has each group split where that is cheapest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import tree_sitter

from atomization.layout import Layout, Row
from atomization.partition import Measure, split
from atomization.pieces import (
    IGNORED,
    AtomKind,
    Frame,
    Group,
    Item,
    Limits,
    Piece,
    Place,
    Unit,
    head_of,
    last_row,
)
from atomization.tallies import Tallies


class Slicer(ABC):
    """Walks one tree; the languages say what their nodes are."""

    def __init__(self, layout: Layout, tallies: Tallies, limits: Limits) -> None:
        """Prepare to slice the source that ``layout`` measures."""
        self.layout = layout
        self.tallies = tallies
        self.limits = limits
        self.source = layout.source
        self.groups: list[Group] = []
        self.row = -1
        self._frames: list[Frame] = []

    # -- what a language says ---------------------------------------------------------------

    @abstractmethod
    def module_item(self, item: Item, frame: Frame) -> None:
        """Handle a node of a module's (or namespace's) own level."""

    @abstractmethod
    def class_item(self, item: Item, frame: Frame) -> None:
        """Handle a node of a class body."""

    @abstractmethod
    def definition(self, item: Item, frame: Frame) -> bool:
        """Handle a node of a suite that defines an atom of its own; False where it does not."""

    @abstractmethod
    def parts(self, node: tree_sitter.Node) -> list[Item]:
        """Give the statements and clauses inside a compound node; empty when it has none."""

    @abstractmethod
    def bound(self, node: tree_sitter.Node) -> Iterator[str]:
        """Name what a statement or header binds, as far as its surface shows."""

    # -- the walk ---------------------------------------------------------------------------

    def run(self, root: tree_sitter.Node) -> list[Piece]:
        """Slice a whole tree into pieces in source order."""
        self.enter(Frame(Place.MODULE, self.items(root.children)))
        while self._frames:
            frame = self._frames[-1]
            if frame.index == len(frame.items):
                self._leave(self._frames.pop())
                continue
            item = frame.items[frame.index]
            frame.index += 1
            if frame.place is Place.MODULE:
                self.module_item(item, frame)
            elif frame.place is Place.CLASS:
                self.class_item(item, frame)
            elif not self.definition(item, frame):
                self.statement(item, frame)
        return [piece for group in self.groups for piece in self._pieces(group)]

    def items(self, nodes: Iterable[tree_sitter.Node]) -> list[Item]:
        """Turn nodes into items, leaving out comments (the nearest one before is an item's doc)."""
        found = []
        comment: tree_sitter.Node | None = None
        for node in nodes:
            if node.type in IGNORED:
                comment = node
            elif node.end_byte > node.start_byte:
                found.append(Item(node, node.start_point.row, last_row(node), doc=comment))
                comment = None
        return found

    def enter(self, frame: Frame) -> None:
        """Walk a list of nodes next, before the rest of the present one."""
        self._frames.append(frame)

    def _leave(self, frame: Frame) -> None:
        """Give the rows that close a list of nodes to the owner of what was in it."""
        last = min(frame.closing, self.layout.rows - 1)
        if last <= self.row:
            return
        kinds = self.layout.kinds
        first = next((row for row in range(self.row + 1, last + 1) if kinds[row] is Row.CODE), last)
        key = self.key(frame)
        fields = (id(frame.owner), AtomKind.FIELD)
        if self.groups and self.groups[-1].key in (key, fields if frame.interface else key):
            self.groups[-1].units[-1].last = last
            self.row = last
        else:
            self.unit(Unit(first, last, 2 * frame.depth, None), self.block(frame))

    # -- groups and units -------------------------------------------------------------------

    def key(self, frame: Frame) -> tuple[int, AtomKind]:
        """Tell which statements of a frame may share an atom."""
        return (id(frame.owner), AtomKind.BLOCK)

    def block(self, frame: Frame) -> Group:
        """Make a group for the statements of a frame."""
        group = Group(AtomKind.BLOCK, frame.owner, self.key(frame), prefix=frame.prefix)
        group.asserts = frame.test
        owner = frame.owner
        if owner is None or owner.kind is AtomKind.CLASS:
            group.label = f"{frame.prefix}block"
        return group

    def taken(self, first: int, node: tree_sitter.Node | None) -> bool:
        """Tell whether rows from ``first`` cannot be parted from the unit before them.

        They cannot where that unit ends on the same row or is joined to it by a backslash, and
        where the row begins with something else than the node (closing brackets aside).
        """
        if not self.groups:
            return False
        row = first - 1
        if first <= self.row or (row >= self.row and self.layout.continues(row)):
            return True
        if node is None or node.start_point.row != first:
            return False
        return not self.layout.leads(first, node.start_point.column)

    def unit(self, unit: Unit, group: Group) -> Group:
        """Add a unit to the last group where that is the same as ``group``, else open ``group``.

        A unit that shares a row with the one before becomes part of that. Gives the group.
        """
        last = self.groups[-1] if self.groups else None
        if last is not None and self.taken(unit.first, unit.node):
            held = last.units[-1]
            held.last = self.row = max(held.last, unit.last)
            held.names += unit.names
            return last
        if last is None or last.key != group.key or last.whole or group.whole:
            self.groups.append(group)
            last = group
        last.units.append(unit)
        self.row = max(self.row, unit.last)
        return last

    def statement(self, item: Item, frame: Frame, group: Group | None = None) -> Group:
        """Add a statement to its group: whole, or its header now and what is inside next."""
        parts = self.opened(item)
        last = max(item.first, parts[0].first - 1) if parts else item.last
        depth = 2 * frame.depth - item.clause
        node = item.node
        found = self.unit(Unit(item.first, last, depth, node), group or self.block(frame))
        if parts:
            self.enter(
                Frame(
                    Place.SUITE,
                    parts,
                    owner=frame.owner,
                    prefix=frame.prefix,
                    depth=frame.depth + 1,
                    closing=item.last,
                    test=frame.test,
                )
            )
        return found

    def opened(self, item: Item) -> list[Item]:
        """Give the parts of a statement that is to be entered; none for one that stays whole."""
        if item.first == item.last or not self.is_large(item):
            return []
        return self.parts(item.node)

    def is_large(self, item: Item) -> bool:
        """Tell whether a compound statement, or a definition inside a suite, is worth entering."""
        return (
            self.layout.loc(item.first, item.last) > self.limits.small_loc
            or self.tallies.decisions(item.first, item.last) > 1
            or self.tallies.definitions(item.first, item.last) > 0
        )

    def fits(self, item: Item, node: tree_sitter.Node, *, asserts: bool = True) -> bool:
        """Tell whether a whole definition makes one atom as the plan wants it."""
        return (
            self.layout.loc(item.first, item.last) <= self.limits.target_loc
            and self.tallies.decisions(item.first, item.last, asserts=asserts) <= 1
            and self.tallies.definitions(node.start_point.row + 1, item.last) == 0
        )

    def named(self, kind: AtomKind, frame: Frame, item: Item, names: Sequence[str]) -> Group:
        """Add an item to a run of the same kind (constants, fields, types) of one owner."""
        group = Group(kind, frame.owner, (id(frame.owner), kind), prefix=frame.prefix)
        unit = Unit(item.first, item.last, 2 * frame.depth, item.node, list(names))
        return self.unit(unit, group)

    # -- from groups to pieces --------------------------------------------------------------

    def _pieces(self, group: Group) -> Iterator[Piece]:
        units = group.units
        starts = self._starts(group)
        for begin, end in pairwise([*starts, len(units)]):
            run = units[begin:end]
            lead = group.lead if begin == 0 else None
            piece = lead if lead is not None else self._piece(group, run)
            piece.first, piece.last = run[0].first, run[-1].last
            piece.broken = any(unit.node is not None and unit.node.has_error for unit in run)
            piece.test = group.asserts
            yield piece

    def _starts(self, group: Group) -> list[int]:
        if group.whole or len(group.units) == 1:
            return [0]
        return split(self._measures(group), self.limits)

    def _piece(self, group: Group, run: list[Unit]) -> Piece:
        names = [name for unit in run for name in unit.names]
        if names and group.prefix and group.kind is not AtomKind.BLOCK:
            names[0] = group.prefix + names[0]
        owner = group.lead or group.owner
        piece = Piece(group.kind, names, 0, 0, owner, label=group.label)
        node = run[0].node
        if group.kind is AtomKind.BLOCK:
            piece.numbered = True
            if all(unit.node is None for unit in run):
                piece.kind, piece.numbered = AtomKind.TRIVIA, False
                piece.label = f"{group.prefix.rstrip('.')}#end"
        piece.signature = head_of(node, self.source, 200 if names else 120)
        piece.is_async = owner is not None and owner.is_async
        return piece

    def _measures(self, group: Group) -> list[Measure]:
        units, kinds = group.units, self.layout.kinds
        live = self._live(units)
        found = []
        for index, unit in enumerate(units):
            end = units[index + 1].first - 1 if index + 1 < len(units) else unit.last
            first = unit.first
            found.append(
                Measure(
                    self.layout.loc(first, min(end, self.layout.rows - 1)),
                    self.tallies.decisions(first, end, asserts=not group.asserts),
                    unit.depth,
                    self._gap(first, kinds),
                    live[index],
                )
            )
        return found

    def _gap(self, first: int, kinds: Sequence[Row]) -> bool:
        row = first - 1
        while row > 0 and kinds[row] is Row.COMMENT:
            row -= 1
        return row >= 0 and kinds[row] is Row.BLANK

    def _live(self, units: list[Unit]) -> list[int]:
        """Count, for the place before each unit, the names bound before it and used behind."""
        begun: dict[str, int] = {}
        for index, unit in enumerate(units):
            if unit.node is not None:
                for name in self.bound(unit.node):
                    begun.setdefault(name, index)
        counts = [0] * (len(units) + 1)
        if begun:
            starts = [unit.first for unit in units]
            last = self.tallies.last_mentions(units[0].first, units[-1].last, begun)
            for name, index in begun.items():
                end = bisect_left(starts, last.get(name, 0) + 1) - 1
                if end > index:
                    counts[index + 1] += 1
                    counts[end + 1] -= 1
        total, found = 0, []
        for count in counts[:-1]:
            total += count
            found.append(total)
        return found
