"""Which answered atoms can be tested now: those whose callees are all settled, cycles together."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import networkx as nx

K = TypeVar("K", bound=Hashable)


def testable(answered: Sequence[K], unmet: Iterable[tuple[K, K]]) -> list[tuple[K, ...]]:
    """Return the groups of answered atoms that wait for nobody but one another, in their order.

    `unmet` are pairs (dependent, dependency) where the dependency is not settled yet. A group of
    several is a cycle: each of its atoms needs the others.
    """
    graph = _graph(answered, unmet)
    return [
        group
        for group in _components(graph, answered)
        if all(needed in group for member in group for needed in graph[member])
    ]


def _graph(answered: Sequence[K], unmet: Iterable[tuple[K, K]]) -> "nx.DiGraph[K]":
    graph: nx.DiGraph[K] = nx.DiGraph()
    graph.add_nodes_from(answered)
    graph.add_edges_from(pair for pair in unmet if pair[0] != pair[1])
    return graph


def _components(graph: "nx.DiGraph[K]", answered: Sequence[K]) -> list[tuple[K, ...]]:
    place = {key: number for number, key in enumerate(answered)}
    found = [
        tuple(sorted(group, key=place.__getitem__))
        for group in nx.strongly_connected_components(graph)
        if group <= place.keys()
    ]
    return sorted(found, key=lambda group: place[group[0]])
