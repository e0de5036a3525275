"""The same answers from rustworkx, for graphs up to millions of arcs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import rustworkx as rx

from dependencies.graph.engines import Numbers

CHUNK: Final = 1 << 16
"""Arcs handed over at a time, so that not all are Python objects at once."""


class ByRustworkx:
    """Answers with rustworkx."""

    def components(self, count: int, dependents: Numbers, dependencies: Numbers) -> Numbers:
        """Give each node a number that it shares with those of its strong component only."""
        groups = rx.strongly_connected_components(_graph(count, dependents, dependencies))
        return _numbered(groups, count)

    def levels(self, count: int, dependents: Numbers, dependencies: Numbers) -> Numbers:
        """Give each node of an acyclic graph the length of the longest chain below it."""
        upwards = _graph(count, dependencies, dependents)
        return _numbered(rx.topological_generations(upwards), count)

    def below(self, count: int, dependents: Numbers, dependencies: Numbers, node: int) -> set[int]:
        """Give all that a node reaches, itself left out."""
        return rx.descendants(_graph(count, dependents, dependencies), node) - {node}

    def reduced(
        self, count: int, dependents: Numbers, dependencies: Numbers
    ) -> list[tuple[int, int]]:
        """Give the arcs of an acyclic graph that no longer chain implies."""
        reduced, place = rx.transitive_reduction(_graph(count, dependents, dependencies))
        before = {after: node for node, after in place.items()}
        return [(before[tail], before[head]) for tail, head in reduced.edge_list()]


def _graph(count: int, tails: Numbers, heads: Numbers) -> rx.PyDiGraph[None, None]:
    graph: rx.PyDiGraph[None, None] = rx.PyDiGraph(
        node_count_hint=count, edge_count_hint=len(tails)
    )
    graph.add_nodes_from([None] * count)
    for at in range(0, len(tails), CHUNK):
        some = slice(at, at + CHUNK)
        graph.extend_from_edge_list(
            list(zip(tails[some].tolist(), heads[some].tolist(), strict=True))
        )
    return graph


def _numbered(groups: Any, count: int) -> Numbers:
    found = np.zeros(count, dtype=np.int32)
    for number, members in enumerate(groups):
        for node in members:
            found[node] = number
    return found
