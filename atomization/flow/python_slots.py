"""Which scope a slot of a Python file belongs to, and its rows in that scope's graph."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import tree_sitter

from atomization.decomposer import Slot
from atomization.flow.graph import Graph
from atomization.flow.model import Flow
from atomization.flow.python import ScopeKind, graph_of
from atomization.flow.python_names import Node
from atomization.parser import Language, normalised, query
from atomization.pieces import AtomKind
from atomization.reading import Reading

FUNCTIONS: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD, AtomKind.TEST})
_FUNCTION: Final = re.compile(r"^[ \t]*((?:async[ \t]+)?def\b)", re.MULTILINE)
_CLASS: Final = re.compile(r"^[ \t]*(class\b)", re.MULTILINE)
_DEFINITIONS: Final = "(function_definition) @function (class_definition) @class"


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A slot as rows (0-based, both included) of its scope's graph."""

    graph: Graph
    first: int
    last: int


def python_flows(reading: Reading, slots: Sequence[Slot]) -> dict[int, Flow]:
    """Give the flow of every statement block and of every header of a split function."""
    regions = regions_of(reading, slots)
    return {index: at.graph.flow(at.first, at.last) for index, at in regions.items()}


def regions_of(reading: Reading, slots: Sequence[Slot]) -> dict[int, Region]:
    """Lower every scope that is split into several slots; give each such slot its region."""
    owners = _owners(slots)
    if not owners:
        return {}
    graphs: dict[int | None, Graph | None] = {}
    source = normalised(reading.source)
    root = reading.tree.root_node
    regions = {}
    for index, owner in owners.items():
        if owner not in graphs:
            members = [slots[i] for i, o in owners.items() if o == owner]
            graphs[owner] = _graph(owner, slots, members, root, source)
        graph = graphs[owner]
        if graph is not None:
            slot = slots[index]
            regions[index] = Region(graph, slot.start_line - 1, slot.end_line - 1)
    return regions


def _owners(slots: Sequence[Slot]) -> dict[int, int | None]:
    """Map each slot that has a flow to the slot of its scope, None for the module."""
    places = {slot.name: index for index, slot in enumerate(slots)}
    parents = [places.get(slot.parent) if slot.parent is not None else None for slot in slots]
    blocks = [i for i, slot in enumerate(slots) if slot.kind is AtomKind.BLOCK]
    split = {p for p in (parents[i] for i in blocks) if p is not None}
    owners: dict[int, int | None] = {}
    for index, slot in enumerate(slots):
        parent = parents[index]
        if slot.kind is AtomKind.BLOCK:
            owners[index] = parent
        elif index in split and slot.kind in FUNCTIONS:
            owners[index] = index
        elif parent in split and slots[parent or 0].kind in FUNCTIONS:
            owners[index] = parent
    return owners


def _definition(root: Node, slot: Slot, *, function: bool) -> Node | None:
    """Find the definition that a header slot begins: the first one in it that is not all of it."""
    for found in (_FUNCTION if function else _CLASS).finditer(slot.code):
        row = slot.start_line - 1 + slot.code.count("\n", 0, found.start())
        column = found.end() - found.start() - len(found[1])
        point = tree_sitter.Point(row, column)
        node = root.named_descendant_for_point_range(point, point)
        wanted = "function_definition" if function else "class_definition"
        if node is not None and node.type == wanted and node.start_point == point:
            return node
    return _searched(root, slot, "function" if function else "class")


def _searched(root: Node, slot: Slot, name: str) -> Node | None:
    """Find it the long way, where rows are not what they seem."""
    cursor = tree_sitter.QueryCursor(query(Language.PYTHON, _DEFINITIONS))
    rows = range(slot.start_line - 1, slot.end_line)
    nodes = [n for n in cursor.captures(root).get(name, []) if n.start_point.row in rows]
    return min(nodes, key=lambda node: node.start_byte, default=None)


def _graph(
    owner: int | None,
    slots: Sequence[Slot],
    members: list[Slot],
    root: Node,
    source: bytes,
) -> Graph | None:
    deep = _inside(members)
    if owner is None:
        return None if not members else graph_of(root, source, ScopeKind.MODULE, deep)
    function = slots[owner].kind in FUNCTIONS
    node = _definition(root, slots[owner], function=function)
    if node is None:
        return None
    kind = ScopeKind.FUNCTION if function else ScopeKind.CLASS
    return graph_of(node, source, kind, None if function else deep)


def _inside(slots: list[Slot]) -> Callable[[int], bool]:
    """Tell of a row whether it lies in one of the slots."""
    starts = [slot.start_line - 1 for slot in slots]
    ends = [slot.end_line - 1 for slot in slots]

    def inside(row: int) -> bool:
        place = bisect_right(starts, row) - 1
        return place >= 0 and row <= ends[place]

    return inside
