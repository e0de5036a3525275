"""Waves: which atoms can be made at the same time, because what orders them is made before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, Protocol

from dependencies.graph import Engine, build_graph, condensation, critical_path
from dependencies.graph.scheduling import Tasks, makespan, narrow_waves, tasks_of

FAN_OUT: Final = 20
SLOTS: Final = 100


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


class BoundaryKind(StrEnum):
    """Why a wave's end is a place to validate at."""

    MODULE = "module"
    """the last atom of a file is in the wave"""
    COMPONENT = "component"
    """the last atom of a folder, with all below it, is in the wave"""
    FAN_OUT = "fan-out"
    """an atom that many depend on is in the wave: a fault in it would be theirs, too"""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Something that is whole once a wave is done.

    ``after`` is the wave's number, from 1. ``name`` is a file, a folder or an atom's key; ``atoms``
    counts the atoms in the file or folder, or those that directly depend on the atom.
    """

    after: int
    kind: BoundaryKind
    name: str
    atoms: int


@dataclass(frozen=True, slots=True)
class SpeedUp:
    """How much faster a plan's atoms can be made side by side than one after the other.

    ``work`` is the cost of all atoms (T₁), ``span`` that of the most expensive chain (T∞),
    ``makespan`` the time that a list schedule takes on ``slots`` slots (Tₘ). No schedule whatever
    takes less than max(T₁ / m, T∞); no list schedule takes more than T₁ / m + (1 - 1/m) · T∞, and
    so none more than 2 - 1/m times the least (R. L. Graham: Bounds for certain multiprocessing
    anomalies, Bell System Technical Journal 45 (1966), 1563-1581; Bounds on multiprocessing timing
    anomalies, SIAM Journal on Applied Mathematics 17 (1969), 416-429).
    """

    work: float
    span: float
    slots: int
    makespan: float

    @property
    def parallelism(self) -> float:
        """Give T₁ / T∞: the best that any number of slots can do."""
        return self.work / self.span if self.span else 0.0

    @property
    def best(self) -> float:
        """Give the best that any schedule can do on these slots: min(m, T₁ / T∞)."""
        return min(float(self.slots), self.parallelism)

    @property
    def guaranteed(self) -> float:
        """Give what every list schedule reaches on these slots, by Graham's bound."""
        slots = self.slots
        longest = self.work / slots + (1 - 1 / slots) * self.span
        return self.work / longest if longest else 0.0

    @property
    def actual(self) -> float:
        """Give what the list schedule reaches: T₁ / Tₘ."""
        return self.work / self.makespan if self.makespan else 0.0


@dataclass(frozen=True, slots=True)
class WavePlan:
    """Waves in order; cycles among the ordering edges; a longest chain, first atom first.

    ``boundaries`` are ordered by the wave that they follow, ``speed_up`` is that of starting each
    atom as soon as what orders it is there, not of waiting for whole waves.
    """

    waves: tuple[tuple[str, ...], ...]
    cycles: tuple[tuple[str, ...], ...]
    critical_path: tuple[str, ...]
    policy: Policy
    boundaries: tuple[Boundary, ...]
    speed_up: SpeedUp


def generate_waves(
    nodes: Sequence[str],
    edges: Iterable[OrderingEdge],
    *,
    policy: Policy,
    max_width: int | None = None,
    costs: Mapping[str, float] | None = None,
    slots: int = SLOTS,
    fan_out: int = FAN_OUT,
    engine: Engine = Engine.ARRAYS,
) -> WavePlan:
    """Return the waves of the nodes under a policy; the same input gives the same waves.

    Each node stands in exactly one wave, after everything that orders it; strongly connected
    nodes share one. Without ``max_width`` each node stands in the earliest wave that it can. With
    it, list scheduling fills waves of that width, longest chain first, and makes them even; a
    cycle is never split, so that one with more nodes makes a wave of its own that is wider.

    Every node costs 1 unless ``costs`` tells. ``slots`` are how many are made at a time, for the
    speed-up; ``fan_out`` is how many dependents make an atom a boundary. Raises ValueError for a
    width, slots or fan-out below 1 and for costs that are missing or not above 0.
    """
    _check(nodes, max_width, costs, slots, fan_out)
    known = list(edges)
    ordering = [edge for edge in known if policy is Policy.STRICT or edge.hard]
    graph = build_graph(nodes, ordering, engine=engine)
    condensed = condensation(graph)
    cost = [1.0 if costs is None else costs[node] for node in graph]
    tasks = tasks_of(condensed, cost)
    if max_width is None:
        numbered = _by_level(condensed.levels.tolist())
    else:
        numbered = narrow_waves(tasks, max_width)
    groups = condensed.groups
    waves = tuple(
        tuple(node for group in sorted(wave) for node in groups[group]) for wave in numbered
    )
    return WavePlan(
        waves=waves,
        cycles=tuple(group for group in groups if len(group) > 1),
        critical_path=critical_path(graph, costs),
        policy=policy,
        boundaries=tuple(_boundaries(waves, known, fan_out)),
        speed_up=_speed_up(tasks, cost, slots),
    )


def _check(
    nodes: Iterable[str],
    max_width: int | None,
    costs: Mapping[str, float] | None,
    slots: int,
    fan_out: int,
) -> None:
    if max_width is not None and max_width < 1:
        raise ValueError(f"A wave holds at least one atom, not {max_width}.")
    if slots < 1:
        raise ValueError(f"Atoms are made in at least one slot, not in {slots}.")
    if fan_out < 1:
        raise ValueError(f"A fan-out counts from one dependent, not from {fan_out}.")
    if costs is None:
        return
    for node in nodes:
        if not costs.get(node, 0) > 0:
            raise ValueError(f"{node} needs a cost above 0, not {costs.get(node)}.")


def _by_level(levels: Sequence[int]) -> list[list[int]]:
    waves: list[list[int]] = [[] for _ in range(max(levels, default=-1) + 1)]
    for group, level in enumerate(levels):
        waves[level].append(group)
    return waves


def _speed_up(tasks: Tasks, cost: Sequence[float], slots: int) -> SpeedUp:
    return SpeedUp(
        work=sum(cost),
        span=max(tasks.urgency, default=0.0),
        slots=slots,
        makespan=makespan(tasks, cost, slots),
    )


# -- boundaries -----------------------------------------------------------------------------------


def _boundaries(
    waves: Sequence[Sequence[str]], edges: Iterable[OrderingEdge], fan_out: int
) -> Iterator[Boundary]:
    """Give what is whole after each wave: atoms with many dependents, files, folders, in order."""
    wave_of = {node: number for number, wave in enumerate(waves, start=1) for node in wave}
    found = [*_files_and_folders(wave_of), *_fan_outs(wave_of, edges, fan_out)]
    order = list(BoundaryKind)
    yield from sorted(found, key=lambda one: (one.after, order.index(one.kind), one.name))


def _files_and_folders(wave_of: Mapping[str, int]) -> Iterator[Boundary]:
    files: Counter[str] = Counter()
    last: dict[str, int] = {}
    for node, number in wave_of.items():
        path, separator, _ = node.partition("::")
        if separator:
            files[path] += 1
            last[path] = max(last.get(path, 0), number)
    folders: Counter[str] = Counter()
    ends: dict[str, int] = {}
    for path, atoms in files.items():
        yield Boundary(last[path], BoundaryKind.MODULE, path, atoms)
        for folder in map(str, PurePosixPath(path).parents):
            folders[folder] += atoms
            ends[folder] = max(ends.get(folder, 0), last[path])
    for folder, atoms in folders.items():
        if folder != ".":
            yield Boundary(ends[folder], BoundaryKind.COMPONENT, folder, atoms)


def _fan_outs(
    wave_of: Mapping[str, int], edges: Iterable[OrderingEdge], fan_out: int
) -> Iterator[Boundary]:
    pairs = {
        (edge.dependent, edge.dependency)
        for edge in edges
        if edge.dependent != edge.dependency
        and edge.dependent in wave_of
        and edge.dependency in wave_of
    }
    for node, dependents in Counter(dependency for _, dependency in pairs).items():
        if dependents >= fan_out:
            yield Boundary(wave_of[node], BoundaryKind.FAN_OUT, node, dependents)
