"""A graph in arrays: nodes by their number, arcs as pairs of numbers, sorted."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from dependencies.graph.engines import Algorithms, Engine, Numbers, algorithms

K = TypeVar("K", bound=Hashable)
K_co = TypeVar("K_co", bound=Hashable, covariant=True)


class Link(Protocol[K_co]):
    """What the graph needs of an edge."""

    @property
    def dependent(self) -> K_co: ...

    @property
    def dependency(self) -> K_co: ...


@dataclass(frozen=True, eq=False)
class Graph(Generic[K]):
    """Nodes in their order, and an arc from each dependent to its dependency.

    ``dependents`` and ``dependencies`` hold the arcs as places in ``nodes``, sorted by both, each
    pair once, no loops: two graphs of the same nodes and edges are the same arrays.
    """

    nodes: Sequence[K]
    dependents: Numbers = field(repr=False)
    dependencies: Numbers = field(repr=False)
    engine: Engine = Engine.ARRAYS

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.nodes)

    def __iter__(self) -> Iterator[K]:
        """Give the nodes in their order."""
        return iter(self.nodes)

    def __contains__(self, node: object) -> bool:
        """Tell whether a node is in the graph."""
        return node in self.places

    @property
    def edges(self) -> list[tuple[K, K]]:
        """Give the arcs as pairs of nodes, dependent first, in the nodes' order."""
        nodes = self.nodes
        pairs = zip(self.dependents.tolist(), self.dependencies.tolist(), strict=True)
        return [(nodes[tail], nodes[head]) for tail, head in pairs]

    @cached_property
    def places(self) -> dict[K, int]:
        """Give each node's place in the order."""
        return {node: place for place, node in enumerate(self.nodes)}

    @cached_property
    def starts(self) -> Numbers:
        """Give where each node's arcs begin, and last where all end."""
        return np.searchsorted(self.dependents, np.arange(len(self) + 1)).astype(np.int32)

    @cached_property
    def groups(self) -> Numbers:
        """Give each node the number of its strong component, in the order of first members."""
        return _in_order(self.ask.components(len(self), self.dependents, self.dependencies))

    @property
    def ask(self) -> Algorithms:
        """Give what answers for this graph."""
        return algorithms(self.engine)

    def below(self, place: int) -> list[int]:
        """Give the places of what the node at a place depends on."""
        found: list[int] = self.dependencies[self.starts[place] : self.starts[place + 1]].tolist()
        return found


def build_graph(
    nodes: Iterable[K], edges: Iterable[Link[K]], *, engine: Engine = Engine.ARRAYS
) -> Graph[K]:
    """Return a graph with an arc from each dependent to its dependency.

    Nodes keep the order given, each once; edges that name an unknown node, and loops, are left
    out. The edges are read once, so a generator will do.
    """
    return from_arcs(nodes, ((edge.dependent, edge.dependency) for edge in edges), engine=engine)


def from_arcs(
    nodes: Iterable[K], arcs: Iterable[tuple[K, K]], *, engine: Engine = Engine.ARRAYS
) -> Graph[K]:
    """Return the graph of pairs (dependent, dependency), as ``build_graph`` does of edges."""
    order = tuple(dict.fromkeys(nodes))
    places = {node: place for place, node in enumerate(order)}
    count, keys = len(order), array("q")
    for dependent, dependency in arcs:
        tail, head = places.get(dependent), places.get(dependency)
        if tail is not None and head is not None:
            keys.append(tail * count + head)
    del places
    return Graph(order, *_ends(np.frombuffer(keys, np.int64), count), engine)


def sorted_arcs(count: int, tails: Numbers, heads: Numbers) -> tuple[Numbers, Numbers]:
    """Sort arcs by both ends, leaving out loops and what is there twice."""
    keys = tails.astype(np.int64)
    keys *= count
    keys += heads
    return _ends(keys, count)


def _ends(keys: NDArray[np.int64], count: int) -> tuple[Numbers, Numbers]:
    """Sort keys in place, tail * count + head, and take them apart into tails and heads."""
    keys.sort()
    tails, heads = np.empty(len(keys), np.int32), np.empty(len(keys), np.int32)
    np.floor_divide(keys, max(count, 1), out=tails, casting="unsafe")
    np.remainder(keys, max(count, 1), out=heads, casting="unsafe")
    kept = tails != heads
    kept[1:] &= keys[1:] != keys[:-1]
    return tails[kept], heads[kept]


def _in_order(labels: Numbers) -> Numbers:
    """Number groups by their first member."""
    _, firsts, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(firsts), dtype=np.int32)
    rank[np.argsort(firsts)] = np.arange(len(firsts), dtype=np.int32)
    numbered: Numbers = rank[inverse]
    return numbered
