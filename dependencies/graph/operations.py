"""What is asked of a dependency graph; every answer has one order, the nodes' own."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from dependencies.graph.arcs import Graph, sorted_arcs
from dependencies.graph.engines import Numbers

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Condensation(Generic[K]):
    """A graph whose cycles are drawn together.

    ``graph`` has the numbers of the groups as nodes, in the order of the groups' first members,
    and no cycle. ``group_of`` gives the group of the node at each place of ``of``.
    """

    of: Graph[K]
    graph: Graph[int]
    group_of: Numbers

    @cached_property
    def members(self) -> list[tuple[int, ...]]:
        """Give the places of each group's nodes, in their order."""
        order = np.argsort(self.group_of, kind="stable")
        ends = np.cumsum(np.bincount(self.group_of, minlength=len(self.graph))).tolist()
        places = order.tolist()
        return [tuple(places[start:end]) for start, end in zip([0, *ends][:-1], ends, strict=True)]

    @cached_property
    def levels(self) -> Numbers:
        """Give each group's level: 0 without dependencies, else one above its highest."""
        graph = self.graph
        return graph.ask.levels(len(graph), graph.dependents, graph.dependencies)

    @property
    def groups(self) -> list[tuple[K, ...]]:
        """Give each group's nodes."""
        nodes = self.of.nodes
        return [tuple(nodes[place] for place in places) for places in self.members]


def condensation(graph: Graph[K]) -> Condensation[K]:
    """Draw every cycle together into one node."""
    groups = graph.groups
    count = int(groups.max()) + 1 if len(groups) else 0
    arcs = sorted_arcs(count, groups[graph.dependents], groups[graph.dependencies])
    return Condensation(graph, Graph(range(count), *arcs, graph.engine), groups)


def strongly_connected(graph: Graph[K]) -> list[tuple[K, ...]]:
    """Return the strongly connected components, members and components in the nodes' order."""
    return condensation(graph).groups


def topological_order(graph: Graph[K]) -> list[tuple[K, ...]]:
    """Return the strong components so that each comes after all that it depends on.

    They are ordered by level, those of one level by their first node.
    """
    condensed = condensation(graph)
    groups = condensed.groups
    return [groups[number] for number in np.argsort(condensed.levels, kind="stable").tolist()]


def levels(graph: Graph[K]) -> dict[K, int]:
    """Return each node's level: 0 without dependencies, else one above its highest dependency.

    The nodes of a cycle share the level that the cycle as a whole has.
    """
    condensed = condensation(graph)
    return dict(zip(graph.nodes, condensed.levels[condensed.group_of].tolist(), strict=True))


def critical_path(graph: Graph[K], costs: Mapping[K, float] | None = None) -> tuple[K, ...]:
    """Return a most expensive chain of dependencies, what comes first first.

    Every node costs 1 unless told. A cycle counts once, with its most expensive node, which stands
    for it. Among chains of equal cost the one is taken whose last node is the earliest in the
    nodes' order, then the one before it, and so on.
    """
    condensed = condensation(graph)
    if not len(graph):
        return ()
    nodes = graph.nodes
    cost = [1.0 if costs is None else costs[node] for node in nodes]
    heads = [min(places, key=lambda place: (-cost[place], place)) for places in condensed.members]
    lengths = chain_lengths(condensed.graph, condensed.levels, [cost[place] for place in heads])
    chain: list[int] = []
    following = list(range(len(heads)))
    while following:
        group = min(following, key=lambda number: (-lengths[number], heads[number]))
        chain.append(group)
        following = condensed.graph.below(group)
    return tuple(nodes[heads[group]] for group in reversed(chain))


def chain_lengths(graph: Graph[int], levels: Numbers, costs: list[float]) -> list[float]:
    """Return the cost of the most expensive chain down from each node, its own cost included."""
    lengths = costs.copy()
    starts, below = graph.starts.tolist(), graph.dependencies.tolist()
    for node in np.argsort(levels, kind="stable").tolist():
        start, end = starts[node], starts[node + 1]
        if start != end:
            lengths[node] += max([lengths[other] for other in below[start:end]])
    return lengths


def transitive_reduction(graph: Graph[K]) -> Graph[K]:
    """Return the graph without the arcs that a longer chain implies.

    Arcs inside of a cycle all stay. An arc between two groups goes when its dependent's group
    reaches its dependency's over a third one. Time and memory are quadratic at worst.
    """
    condensed = condensation(graph)
    between, count = condensed.graph, len(condensed.graph)
    kept = between.ask.reduced(count, between.dependents, between.dependencies)
    keys = np.array(sorted(tail * count + head for tail, head in kept), dtype=np.int64)
    tails, heads = condensed.group_of[graph.dependents], condensed.group_of[graph.dependencies]
    stays = (tails == heads) | np.isin(tails.astype(np.int64) * count + heads, keys)
    return Graph(graph.nodes, graph.dependents[stays], graph.dependencies[stays], graph.engine)


def descendants(graph: Graph[K], node: K) -> tuple[K, ...]:
    """Return all that a node depends on, over any number of arcs, in the nodes' order.

    Raises KeyError for an unknown node.
    """
    found = graph.ask.below(len(graph), graph.dependents, graph.dependencies, graph.places[node])
    return tuple(graph.nodes[place] for place in sorted(found))


def ancestors(graph: Graph[K], node: K) -> tuple[K, ...]:
    """Return all that depends on a node, over any number of arcs, in the nodes' order.

    Raises KeyError for an unknown node.
    """
    found = graph.ask.below(len(graph), graph.dependencies, graph.dependents, graph.places[node])
    return tuple(graph.nodes[place] for place in sorted(found))


def closure(needs: Mapping[K, Iterable[K]], start: K) -> set[K]:
    """Return everything reachable from `start`, itself included."""
    seen, queue = {start}, [start]
    while queue:
        for following in needs.get(queue.pop(), ()):
            if following not in seen:
                seen.add(following)
                queue.append(following)
    return seen
