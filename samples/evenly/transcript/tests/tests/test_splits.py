"""However an amount is split, its parts add up to it."""

import pytest

from evenly.errors import InputError, ShareError, UnknownName
from evenly.exact import ExactSplit
from evenly.shares import Split, allocate, by_remainder
from evenly.splitting import even, exact, make_split, parse_pairs, weights
from evenly.weighted import WeightedSplit

PEOPLE = ("Ann", "Bob", "Cem")


@pytest.mark.parametrize("amount", [0, 1, 2, 100, 101, 9999, -100])
@pytest.mark.parametrize("shares", [(1, 1, 1), (1, 2, 3), (0, 5, 5), (7, 1, 0)])
def test_parts_add_up_and_differ_by_less_than_a_cent(
    amount: int, shares: tuple[int, int, int]
) -> None:
    parts = allocate(amount, dict(zip(PEOPLE, shares, strict=True)))
    assert sum(parts.values()) == amount
    assert list(parts) == list(PEOPLE)
    for person, share in zip(PEOPLE, shares, strict=True):
        assert abs(parts[person] - amount * share / sum(shares)) < 1


def test_equal_remainders_keep_their_order() -> None:
    assert by_remainder(200, {"Cem": 1, "Ann": 1, "Bob": 1}) == ["Cem", "Ann", "Bob"]


def test_the_split_classes_differ_in_their_parts() -> None:
    assert Split(PEOPLE).parts(300) == {"Ann": 100, "Bob": 100, "Cem": 100}
    assert WeightedSplit(PEOPLE, {"Ann": 4}).parts(300) == {"Ann": 200, "Bob": 50, "Cem": 50}
    assert ExactSplit(PEOPLE, {"Cem": 300}).parts(300) == {"Ann": 0, "Bob": 0, "Cem": 300}


def test_even_weights_are_one() -> None:
    assert Split(PEOPLE).weights() == WeightedSplit(PEOPLE).weights() == dict.fromkeys(PEOPLE, 1)


def test_exact_parts_must_add_up() -> None:
    with pytest.raises(ShareError):
        ExactSplit(PEOPLE, {"Ann": 301}).parts(300)


def test_pairs_are_read_in_order() -> None:
    assert list(parse_pairs("Cem=1,Ann=2")) == ["Cem", "Ann"]
    with pytest.raises(InputError):
        parse_pairs("Ann")


def test_the_builders_check_their_values() -> None:
    assert even(PEOPLE, {}, 2) == Split(PEOPLE)
    assert weights(PEOPLE, {"Ann": "0"}, 2) == WeightedSplit(PEOPLE, {"Ann": 0})
    assert exact(PEOPLE, {"Ann": "3"}, 0) == ExactSplit(PEOPLE, {"Ann": 3})
    with pytest.raises(InputError):
        weights(PEOPLE, {"Ann": "1.5"}, 2)
    with pytest.raises(InputError):
        exact(PEOPLE, {"Ann": "much"}, 2)


def test_how_is_read_with_the_currency_in_mind() -> None:
    assert make_split(" even ", PEOPLE, 2) == Split(PEOPLE)
    assert make_split("exact Ann=5", PEOPLE, 3) == ExactSplit(PEOPLE, {"Ann": 5000})
    with pytest.raises(UnknownName):
        make_split("weights Zoe=1", PEOPLE, 2)
