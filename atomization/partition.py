"""The best split of a run of units into atoms: dynamic programming over all splits.

For the units ``0 … n`` of one group, ``best[j]`` is the least cost of splitting the first ``j``;
the last atom of that split starts at some ``i``, so ``best[j] = min(best[i] + cost(i, j))`` (the
segmentation of Bellman 1961). An atom may hold at most one unit that decides anything, and no more
lines than the hard limit, so only the last few ``i`` are candidates and the search is linear in
the number of units.

The cost of an atom adds what the plan asks of a good one: a size near the target, few nesting
levels and few live names across the cut before it, and no run that begins inside one suite and
goes on behind its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from atomization.pieces import Limits

ATOM: Final = 0.35
"""What each atom costs: of two equal splits the one with fewer atoms wins."""
SMALL: Final = 4.0
"""What an atom without lines would cost for its size; falls to 0 at the target."""
OVER: Final = 3.5
"""What the first line over the target costs; every further one adds ``OVER_STEP``."""
OVER_STEP: Final = 0.35
LEVEL: Final = 0.1
"""What a cut costs for each half level of nesting that it lies inside."""
EXIT: Final = 0.15
"""What an atom costs for each half level of a suite that it begins in and leaves."""
LIVE: Final = 0.03
"""What a cut costs for each name that is bound before it and used behind it."""
GAP: Final = 0.15
"""What a cut gains where the author left a blank row."""
MAX_LIVE: Final = 12


@dataclass(frozen=True, slots=True)
class Measure:
    """One unit as the split sees it.

    ``loc`` are its lines of code, ``decisions`` those that it takes, ``depth`` its half levels of
    nesting, ``gap`` whether a blank row stands before it, ``live`` how many names cross that place.
    """

    loc: int
    decisions: int
    depth: int
    gap: bool
    live: int


@cache
def _sizes(limits: Limits) -> tuple[float, ...]:
    costs = []
    for loc in range(limits.max_loc + 1):
        if loc <= limits.target_loc:
            costs.append(ATOM + SMALL * ((limits.target_loc - loc) / limits.target_loc) ** 2)
        else:
            costs.append(ATOM + OVER + OVER_STEP * (loc - limits.target_loc - 1))
    return tuple(costs)


def split(units: Sequence[Measure], limits: Limits) -> list[int]:
    """Give the indices at which the atoms of the cheapest split begin; the first is 0.

    A unit over a limit makes an atom that exceeds it, with no other unit over that limit in it.
    """
    sizes = _sizes(limits)
    ground = min(unit.depth for unit in units)
    cuts = [_cut(unit, ground) for unit in units]
    cuts[0] = 0.0
    best = [0.0]
    came = [0]
    for end in range(1, len(units) + 1):
        loc = deciding = 0
        lowest = units[end - 1].depth
        cheapest, source = float("inf"), end - 1
        for start in range(end - 1, -1, -1):
            unit = units[start]
            loc += unit.loc
            deciding += unit.decisions > 0
            if (loc > limits.max_loc or deciding > 1) and start < end - 1:
                break
            size = sizes[loc] if loc <= limits.max_loc else sizes[-1]
            left = EXIT * (unit.depth - lowest) if unit.depth > lowest else 0.0
            cost = best[start] + size + cuts[start] + left
            if cost < cheapest:
                cheapest, source = cost, start
            lowest = min(lowest, unit.depth)
        best.append(cheapest)
        came.append(source)
    starts = []
    at = len(units)
    while at:
        at = came[at]
        starts.append(at)
    return starts[::-1]


def _cut(unit: Measure, ground: int) -> float:
    live = LIVE * min(unit.live, MAX_LIVE)
    return LEVEL * (unit.depth - ground) + live - (GAP if unit.gap else 0.0)
