"""Waves: which atoms can be made at the same time, because what orders them is made before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from dependencies.graph import build_graph, critical_path, levels, strongly_connected


class Policy(StrEnum):
    """Which edges order generation."""

    CONTRACT = "contract"
    """hard edges only: a signature is enough to write a caller"""
    STRICT = "strict"
    """all edges"""


class OrderingEdge(Protocol):
    """What the generator needs of an edge."""

    @property
    def dependent(self) -> str: ...

    @property
    def dependency(self) -> str: ...

    @property
    def hard(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class WavePlan:
    """Waves in order; cycles among the ordering edges; a longest chain, first atom first."""

    waves: tuple[tuple[str, ...], ...]
    cycles: tuple[tuple[str, ...], ...]
    critical_path: tuple[str, ...]
    policy: Policy


def generate_waves(
    nodes: Sequence[str],
    edges: Iterable[OrderingEdge],
    *,
    policy: Policy,
    max_width: int | None = None,
) -> WavePlan:
    """Return the waves of the nodes under a policy; the same input gives the same waves.

    Each node stands in exactly one wave, after everything that orders it; strongly connected
    nodes share one. `max_width` cuts wider waves in the nodes' order, but never a cycle.
    Raises ValueError for a width below 1.
    """
    if max_width is not None and max_width < 1:
        raise ValueError(f"A wave holds at least one atom, not {max_width}.")
    ordering = [edge for edge in edges if policy is Policy.STRICT or edge.hard]
    graph = build_graph(nodes, ordering)
    groups = strongly_connected(graph)
    level = levels(graph)
    by_level: dict[int, list[tuple[str, ...]]] = {}
    for group in groups:
        by_level.setdefault(level[group[0]], []).append(group)
    waves = [wave for number in sorted(by_level) for wave in _cut(by_level[number], max_width)]
    return WavePlan(
        waves=tuple(waves),
        cycles=tuple(group for group in groups if len(group) > 1),
        critical_path=critical_path(graph),
        policy=policy,
    )


def _cut(groups: Sequence[tuple[str, ...]], max_width: int | None) -> list[tuple[str, ...]]:
    waves: list[list[str]] = [[]]
    for group in groups:
        if max_width is not None and waves[-1] and len(waves[-1]) + len(group) > max_width:
            waves.append([])
        waves[-1].extend(group)
    return [tuple(wave) for wave in waves]
