"""Which library answers, and what it is asked.

A library sees nodes as the numbers 0 … count-1 and arcs as two arrays of equal length, dependents
and dependencies, sorted, each pair once and no loops. What it gives back may come in any order.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
LARGE: Final = 50
"""Nodes and arcs from which AUTO takes rustworkx; ``benchmarks/graphs.py --sizes`` measures it."""


class Engine(StrEnum):
    """The setting: who answers what is asked of a graph."""

    NETWORKX = "networkx"
    """the reference"""
    RUSTWORKX = "rustworkx"
    AUTO = "auto"
    """rustworkx for large graphs, networkx for small ones"""


class Algorithms(Protocol):
    """What is asked of a library."""

    def components(self, count: int, dependents: Numbers, dependencies: Numbers) -> Numbers:
        """Give each node a number that it shares with those of its strong component only."""

    def levels(self, count: int, dependents: Numbers, dependencies: Numbers) -> Numbers:
        """Give each node of an acyclic graph the length of the longest chain below it."""

    def below(self, count: int, dependents: Numbers, dependencies: Numbers, node: int) -> set[int]:
        """Give all that a node reaches, itself left out."""

    def reduced(
        self, count: int, dependents: Numbers, dependencies: Numbers
    ) -> list[tuple[int, int]]:
        """Give the arcs of an acyclic graph that no longer chain implies."""


def algorithms(engine: Engine, size: int) -> Algorithms:
    """Return what answers for a graph of ``size`` nodes and arcs."""
    if engine is Engine.AUTO:
        engine = Engine.RUSTWORKX if size >= LARGE else Engine.NETWORKX
    return _load(engine)


@cache
def _load(engine: Engine) -> Algorithms:
    if engine is Engine.NETWORKX:
        from dependencies.graph.by_networkx import ByNetworkX

        return ByNetworkX()
    from dependencies.graph.by_rustworkx import ByRustworkx

    return ByRustworkx()
