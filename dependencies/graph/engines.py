"""Which library answers, and what it is asked.

A library sees nodes as the numbers 0 … count-1 and arcs as two arrays of equal length, dependents
and dependencies, sorted, each pair once and no loops. What it gives back may come in any order.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]


class Engine(StrEnum):
    """The setting: who answers what is asked of a graph.

    The arrays are taken unless told otherwise: for a million nodes they need about half of
    rustworkx's time and memory, and for small graphs a few microseconds more
    (``benchmarks/graphs.py``, ``--sizes``).
    """

    NETWORKX = "networkx"
    """the reference"""
    RUSTWORKX = "rustworkx"
    """the same questions, asked of rustworkx"""
    ARRAYS = "arrays"
    """our own walks over arrays; the transitive reduction from rustworkx"""


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


@cache
def algorithms(engine: Engine) -> Algorithms:
    """Return what answers; the library is loaded when it is first asked."""
    if engine is Engine.NETWORKX:
        from dependencies.graph.by_networkx import ByNetworkX

        return ByNetworkX()
    if engine is Engine.RUSTWORKX:
        from dependencies.graph.by_rustworkx import ByRustworkx

        return ByRustworkx()
    from dependencies.graph.by_arrays import ByArrays

    return ByArrays()
