"""Graph operations on NetworkX, deterministic whatever order the edges come in."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Protocol, TypeVar

import networkx as nx

K = TypeVar("K", bound=Hashable)


class Link(Protocol):
    """What the graph needs of an edge."""

    @property
    def dependent(self) -> str: ...

    @property
    def dependency(self) -> str: ...


def build_graph(nodes: Iterable[str], edges: Iterable[Link]) -> nx.DiGraph[str]:
    """Return a graph with an arc from each dependent to its dependency.

    Nodes keep the order given; edges that name an unknown node, and loops, are left out.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(
        (edge.dependent, edge.dependency)
        for edge in edges
        if edge.dependent != edge.dependency
        and edge.dependent in graph
        and edge.dependency in graph
    )
    return graph


def strongly_connected(graph: nx.DiGraph[str]) -> list[tuple[str, ...]]:
    """Return the strongly connected components, members and components in the nodes' order."""
    order = {node: place for place, node in enumerate(graph)}
    components = [
        tuple(sorted(component, key=order.__getitem__))
        for component in nx.strongly_connected_components(graph)
    ]
    return sorted(components, key=lambda component: order[component[0]])


def levels(graph: nx.DiGraph[str]) -> dict[str, int]:
    """Return each node's level: 0 without dependencies, else one above its highest dependency.

    The nodes of a cycle share the level that the cycle as a whole has.
    """
    condensed = _condensation(graph)
    level: dict[Hashable, int] = {}
    for component in reversed(list(nx.topological_sort(condensed))):
        level[component] = 1 + max((level[below] for below in condensed[component]), default=-1)
    return {
        node: level[component]
        for component, data in condensed.nodes(data=True)
        for node in data["members"]
    }


def critical_path(graph: nx.DiGraph[str]) -> tuple[str, ...]:
    """Return a longest chain of dependencies, what comes first first; a cycle counts once.

    Among chains of equal length the one that begins earliest in the nodes' order is taken.
    """
    if not graph:
        return ()
    level = levels(graph)
    order = {node: place for place, node in enumerate(graph)}
    component_of = {
        node: number for number, members in enumerate(strongly_connected(graph)) for node in members
    }
    chain = [min(graph, key=lambda node: (-level[node], order[node]))]
    while level[chain[-1]]:
        group = component_of[chain[-1]]
        members = [node for node in graph if component_of[node] == group]
        below = {
            node
            for member in members
            for node in graph[member]
            if level[node] == level[chain[-1]] - 1
        }
        chain.append(min(below, key=order.__getitem__))
    return tuple(reversed(chain))


def _condensation(graph: nx.DiGraph[str]) -> nx.DiGraph[int]:
    return nx.condensation(graph)


def closure(needs: Mapping[K, Iterable[K]], start: K) -> set[K]:
    """Return everything reachable from `start`, itself included."""
    seen, queue = {start}, [start]
    while queue:
        for following in needs.get(queue.pop(), ()):
            if following not in seen:
                seen.add(following)
                queue.append(following)
    return seen
