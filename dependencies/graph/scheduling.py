"""List scheduling of a condensed graph: into waves of a maximum width, or onto slots over time.

A list schedule never leaves room empty while something is ready, and takes first what has the most
expensive chain above it (critical-path priority; for waves of equal cost this is T. C. Hu, Parallel
sequencing and assembly line problems, Operations Research 9 (1961), 841-848). Ties go to what
stands first in the nodes' order.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TypeVar

import numpy as np

from dependencies.graph.operations import Condensation

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class Tasks:
    """The groups of a graph as tasks: what each waits for, releases, holds and how urgent it is.

    ``members`` are the places of a group's nodes; ``urgency`` is the cost of the most expensive
    chain that begins with the group and leads up to what depends on it.
    """

    waits: list[int]
    starts: list[int]
    releases: list[int]
    members: list[tuple[int, ...]]
    urgency: list[float]

    def released_by(self, group: int) -> Sequence[int]:
        """Give what waits for a group."""
        return self.releases[self.starts[group] : self.starts[group + 1]]


def tasks_of(condensed: Condensation[K], costs: Sequence[float]) -> Tasks:
    """Prepare a schedule; ``costs`` are those of the nodes, by place."""
    graph = condensed.graph
    count = len(graph)
    order = np.argsort(graph.dependencies, kind="stable")
    starts = np.searchsorted(graph.dependencies[order], np.arange(count + 1)).tolist()
    releases = graph.dependents[order].tolist()
    members = condensed.members
    urgency = [max([costs[place] for place in places]) for places in members]
    for group in np.argsort(-condensed.levels, kind="stable").tolist():
        start, end = starts[group], starts[group + 1]
        if start != end:
            urgency[group] += max([urgency[above] for above in releases[start:end]])
    waits = np.bincount(graph.dependents, minlength=count).tolist()
    return Tasks(waits, starts, releases, members, urgency)


def narrow_waves(tasks: Tasks, max_width: int) -> list[list[int]]:
    """Return as few waves as list scheduling finds for a width, and as even ones.

    A group is never split: one wider than ``max_width`` has a wave of its own. Of the widths that
    need no more waves, the narrowest that bisection finds is taken.
    """
    waves = pack(tasks, max_width)
    atoms = sum(map(len, tasks.members))
    low, high = -(-atoms // max(len(waves), 1)), max_width
    while low < high:
        width = (low + high) // 2
        found = pack(tasks, max(width, 1))
        if len(found) <= len(waves):
            waves, high = found, width
        else:
            low = width + 1
    return waves


def pack(tasks: Tasks, width: int) -> list[list[int]]:
    """Return waves of groups, filled up to a width in the order of urgency."""
    waits = tasks.waits.copy()
    members, urgency = tasks.members, tasks.urgency
    ready = [(-urgency[group], group) for group, count in enumerate(waits) if not count]
    heapify(ready)
    waves: list[list[int]] = []
    while ready:
        wave: list[int] = []
        postponed: list[tuple[float, int]] = []
        room = width
        while ready and room > 0:
            entry = heappop(ready)
            size = len(members[entry[1]])
            if size > room and room < width:
                postponed.append(entry)
                continue
            wave.append(entry[1])
            room -= size
        for entry in postponed:
            heappush(ready, entry)
        for group in wave:
            for above in tasks.released_by(group):
                waits[above] -= 1
                if not waits[above]:
                    heappush(ready, (-urgency[above], above))
        waves.append(wave)
    return waves


def makespan(tasks: Tasks, costs: Sequence[float], slots: int) -> float:
    """Return when the last node is done if ``slots`` nodes are made at a time.

    A group's nodes start once all that the group depends on is done, and hold a slot each.
    """
    waits = tasks.waits.copy()
    left = [len(places) for places in tasks.members]
    urgency = tasks.urgency
    ready = [
        (-urgency[group], place, group)
        for group, count in enumerate(waits)
        if not count
        for place in tasks.members[group]
    ]
    heapify(ready)
    running: list[tuple[float, int, int]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < slots:
            _, place, group = heappop(ready)
            heappush(running, (now + costs[place], place, group))
        now, _, group = heappop(running)
        left[group] -= 1
        if left[group]:
            continue
        for above in tasks.released_by(group):
            waits[above] -= 1
            if not waits[above]:
                for place in tasks.members[above]:
                    heappush(ready, (-urgency[above], place, above))
    return now
