"""Cycles: which edges make them, and which of these to look at first.

A cycle is a fact about code, and is scheduled as one group; this says why it is one.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

from dependencies.graph.arcs import build_graph
from dependencies.graph.engines import Engine
from dependencies.graph.operations import strongly_connected

K = TypeVar("K", bound=Hashable)
Below = Mapping[K, Sequence[K]]


class ExplainedEdge(Protocol):
    """What the report needs of an edge, beside what it says to a reader."""

    @property
    def dependent(self) -> str: ...

    @property
    def dependency(self) -> str: ...

    @property
    def hard(self) -> bool: ...

    @property
    def confidence(self) -> float: ...

    @property
    def line(self) -> int: ...


E = TypeVar("E", bound=ExplainedEdge)


@dataclass(frozen=True, slots=True)
class Cycle(Generic[E]):
    """One strong component of more than one node, and the edges that make it.

    ``members`` and ``edges`` come in the nodes' order. Without the edges ``closing`` nothing is
    left of the cycle. ``look_first`` is the one of these that is most easily wrong or given up: a
    contract edge before a hard one, the least sure first. ``round`` is a shortest way around that
    begins with it, each edge's dependency the next one's dependent.
    """

    members: tuple[str, ...]
    edges: tuple[E, ...]
    closing: tuple[E, ...]
    look_first: E
    round: tuple[E, ...]


def find_cycles(
    nodes: Iterable[str], edges: Iterable[E], *, engine: Engine = Engine.ARRAYS
) -> list[Cycle[E]]:
    """Return the cycles among the edges, in the order of their first nodes."""
    kept = list(edges)
    graph = build_graph(nodes, kept, engine=engine)
    groups = [group for group in strongly_connected(graph) if len(group) > 1]
    group_of = {node: number for number, group in enumerate(groups) for node in group}
    inside: dict[int, list[E]] = defaultdict(list)
    for edge in kept:
        number = group_of.get(edge.dependent)
        if number is not None and number == group_of.get(edge.dependency):
            inside[number].append(edge)
    places = graph.places
    return [_cycle(group, inside[number], places) for number, group in enumerate(groups)]


def _cycle(members: tuple[str, ...], edges: list[E], places: Mapping[str, int]) -> Cycle[E]:
    between = sorted(
        (edge for edge in edges if edge.dependent != edge.dependency),
        key=lambda edge: (
            places[edge.dependent],
            places[edge.dependency],
            not edge.hard,
            edge.line,
            str(edge),
        ),
    )
    below: dict[str, list[str]] = {node: [] for node in members}
    for edge in between:
        if edge.dependency not in below[edge.dependent][-1:]:
            below[edge.dependent].append(edge.dependency)
    rank = {node: number for number, node in enumerate(arranged(below))}
    closing = tuple(edge for edge in between if rank[edge.dependent] > rank[edge.dependency])
    first = min(closing, key=lambda edge: (edge.hard, edge.confidence))
    by_ends = {(edge.dependent, edge.dependency): edge for edge in reversed(between)}
    way = _shortest(below, first.dependency, first.dependent)
    back = (by_ends[ends] for ends in pairwise(way))
    return Cycle(members, tuple(between), closing, first, (first, *back))


def arranged(below: Below[K]) -> list[K]:
    """Order nodes so that few arcs lead back, from a later node to an earlier one.

    P. Eades, X. Lin, W. F. Smyth: A fast and effective heuristic for the feedback arc set problem.
    Information Processing Letters 47 (1993), 319-323. Ties go to the node that is given first. The
    arcs that lead back are a feedback arc set: without them there is no cycle.
    """
    above: dict[K, list[K]] = {node: [] for node in below}
    for node, others in below.items():
        for other in others:
            above[other].append(node)
    order = {node: place for place, node in enumerate(below)}
    leaving = {node: len(others) for node, others in below.items()}
    entering = {node: len(others) for node, others in above.items()}
    heap = [_rank(node, leaving, entering, order) for node in below]
    heapify(heap)
    nodes, gone = list(below), set[K]()
    front: list[K] = []
    back: list[K] = []
    while heap:
        entry = heappop(heap)
        node = nodes[entry[2]]
        if node in gone or entry != _rank(node, leaving, entering, order):
            continue
        gone.add(node)
        (back if not leaving[node] else front).append(node)
        for other in below[node]:
            entering[other] -= 1
        for other in above[node]:
            leaving[other] -= 1
        for other in (*below[node], *above[node]):
            if other not in gone:
                heappush(heap, _rank(other, leaving, entering, order))
    return front + back[::-1]


def _rank(
    node: K, leaving: Mapping[K, int], entering: Mapping[K, int], order: Mapping[K, int]
) -> tuple[int, int, int]:
    """Sinks come first, then sources, then those that most more arcs leave than enter."""
    kind = 0 if not leaving[node] else 1 if not entering[node] else 2
    return kind, entering[node] - leaving[node], order[node]


def _shortest(below: Below[str], start: str, end: str) -> list[str]:
    """Return a shortest way between two nodes of one strong component, both included."""
    came: dict[str, str] = {start: start}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for other in below[node]:
            if other not in came:
                came[other] = node
                queue.append(other)
        if end in came:
            break
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
