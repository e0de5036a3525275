"""The cheapest split, against all splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from atomization import partition
from atomization.partition import Measure, split
from atomization.pieces import Limits

LIMITS = Limits(max_loc=8, target_loc=5)
UNITS = st.lists(
    st.builds(
        Measure,
        loc=st.integers(0, 10),
        decisions=st.sampled_from([0, 0, 0, 1, 3]),
        depth=st.integers(0, 5),
        gap=st.booleans(),
        live=st.integers(0, 15),
    ),
    min_size=1,
    max_size=9,
)


def runs(units: Sequence[Measure], starts: Sequence[int]) -> list[Sequence[Measure]]:
    return [units[begin:end] for begin, end in pairwise([*starts, len(units)])]


def is_allowed(run: Sequence[Measure]) -> bool:
    within = sum(unit.loc for unit in run) <= LIMITS.max_loc
    return len(run) == 1 or (within and sum(unit.decisions > 0 for unit in run) <= 1)


def cost(units: Sequence[Measure], starts: Sequence[int]) -> float:
    """Add up what the module's constants say of a split."""
    ground = min(unit.depth for unit in units)
    total = 0.0
    for index, run in enumerate(runs(units, starts)):
        loc = min(sum(unit.loc for unit in run), LIMITS.max_loc)
        over = loc - LIMITS.target_loc
        total += partition.ATOM
        if over > 0:
            total += partition.OVER + partition.OVER_STEP * (over - 1)
        else:
            total += partition.SMALL * (over / LIMITS.target_loc) ** 2
        lowest = min(unit.depth for unit in run)
        total += partition.EXIT * (run[0].depth - lowest)
        if index:
            total += partition.LEVEL * (run[0].depth - ground)
            total += partition.LIVE * min(run[0].live, partition.MAX_LIVE)
            total -= partition.GAP * run[0].gap
    return total


def every_split(units: Sequence[Measure]) -> Iterator[list[int]]:
    for count in range(len(units)):
        for cuts in combinations(range(1, len(units)), count):
            yield [0, *cuts]


@given(UNITS)
def test_no_allowed_split_is_cheaper(units: list[Measure]) -> None:
    allowed = [
        cost(units, starts)
        for starts in every_split(units)
        if all(map(is_allowed, runs(units, starts)))
    ]
    assert abs(cost(units, split(units, LIMITS)) - min(allowed)) < 1e-9


@given(UNITS)
def test_only_a_single_unit_exceeds_a_limit(units: list[Measure]) -> None:
    assert all(map(is_allowed, runs(units, split(units, LIMITS))))


def plain(count: int, **fields: int) -> list[Measure]:
    return [
        Measure(**{"loc": 1, "decisions": 0, "depth": 0, "gap": False, "live": 0, **fields})
    ] * count


def test_what_fits_is_not_cut() -> None:
    assert split(plain(5), LIMITS) == [0]


def test_a_cut_falls_between_suites_rather_than_inside_one() -> None:
    units = [*plain(1), *plain(4, depth=2), *plain(3)]
    assert split(units, LIMITS) == [0, 5]


def test_an_arm_stays_with_its_body() -> None:
    units = [*plain(1), *plain(3, depth=2), *plain(1, depth=1), *plain(3, depth=2)]
    assert split(units, LIMITS) == [0, 4]
