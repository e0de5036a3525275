"""The reference: each question is one of NetworkX's own algorithms."""

from __future__ import annotations

import networkx as nx
import numpy as np

from dependencies.graph.engines import Numbers


class ByNetworkX:
    """Answers with NetworkX."""

    def components(self, count: int, dependents: Numbers, dependencies: Numbers) -> Numbers:
        """Give each node a number that it shares with those of its strong component only."""
        found = np.zeros(count, dtype=np.int32)
        graph = _graph(count, dependents, dependencies)
        for number, members in enumerate(nx.strongly_connected_components(graph)):
            for node in members:
                found[node] = number
        return found

    def levels(self, count: int, dependents: Numbers, dependencies: Numbers) -> Numbers:
        """Give each node of an acyclic graph the length of the longest chain below it."""
        found = np.zeros(count, dtype=np.int32)
        upwards = _graph(count, dependencies, dependents)
        for level, nodes in enumerate(nx.topological_generations(upwards)):
            for node in nodes:
                found[node] = level
        return found

    def below(self, count: int, dependents: Numbers, dependencies: Numbers, node: int) -> set[int]:
        """Give all that a node reaches, itself left out."""
        return nx.descendants(_graph(count, dependents, dependencies), node) - {node}

    def reduced(
        self, count: int, dependents: Numbers, dependencies: Numbers
    ) -> list[tuple[int, int]]:
        """Give the arcs of an acyclic graph that no longer chain implies."""
        return list(nx.transitive_reduction(_graph(count, dependents, dependencies)).edges)


def _graph(count: int, tails: Numbers, heads: Numbers) -> nx.DiGraph[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(zip(tails.tolist(), heads.tolist(), strict=True))
    return graph
