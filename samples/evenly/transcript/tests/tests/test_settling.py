"""Settling brings every balance to zero."""

import random

import pytest

from evenly.errors import ShareError
from evenly.settling import (
    Transfer,
    apply_transfer,
    exact_match,
    largest_match,
    merge,
    settle,
)


def random_balances(seed: int) -> dict[str, int]:
    dice = random.Random(seed)
    values = [dice.randint(-5000, 5000) for _ in range(dice.randint(1, 7))]
    return {f"P{n}": value for n, value in enumerate([*values, -sum(values)])}


@pytest.mark.parametrize("seed", range(25))
def test_all_balances_become_zero_with_fewer_transfers_than_people(seed: int) -> None:
    balances = random_balances(seed)
    transfers = settle(balances)
    left = balances
    for transfer in transfers:
        assert transfer.amount > 0
        left = apply_transfer(left, transfer)
    assert not any(left.values())
    assert len(transfers) < len(balances)


def test_exact_pairs_go_first() -> None:
    transfers = settle({"Ann": 900, "Bob": -400, "Cem": -900, "Dora": 400})
    assert transfers == [Transfer("Bob", "Dora", 400), Transfer("Cem", "Ann", 900)]


def test_nobody_is_paired_with_a_zero_balance() -> None:
    assert exact_match({"Ann": 0, "Bob": 0}) is None
    assert exact_match({"Ann": 0, "Bob": 2, "Cem": -2}) == Transfer("Cem", "Bob", 2)


def test_the_largest_meet() -> None:
    assert largest_match({"Ann": 7, "Bob": 1, "Cem": -3, "Dora": -5}) == Transfer("Dora", "Ann", 5)


def test_balances_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ShareError, match="do not add up to zero"):
        settle({"Ann": 1})


def test_merging_adds_person_by_person() -> None:
    assert merge([{"Bob": 1}, {"Ann": 2}, {"Bob": 3}]) == {"Bob": 4, "Ann": 2}
