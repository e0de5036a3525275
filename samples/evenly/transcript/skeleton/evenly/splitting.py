"""Reading the column "how": even, weights Ann=2; Bob=1, exact Ann=5.00; Bob=7.50."""

from __future__ import annotations

import re
from collections.abc import Callable

from evenly.amounts import parse_minor
from evenly.errors import InputError, pick
from evenly.exact import ExactSplit
from evenly.people import normal_name
from evenly.shares import Split
from evenly.weighted import WeightedSplit

Builder = Callable[[tuple[str, ...], dict[str, str], int], Split]


def parse_pairs(text: str) -> dict[str, str]:
    """Read "name=value" pairs separated by commas or semicolons, in their order.

    Names are normalised, values stripped. A pair without "=" raises InputError.

    >>> parse_pairs("Ann=2; Bob Lee = 1,")
    {'Ann': '2', 'Bob Lee': '1'}
    >>> parse_pairs("  ")
    {}
    >>> parse_pairs("Ann 2")
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: 'Ann 2' is not name=value
    """


def even(people: tuple[str, ...], values: dict[str, str], digits: int) -> Split:
    """Build an even split; values make no sense there and raise InputError.

    >>> even(("Ann", "Bob"), {}, 2)
    Split(people=('Ann', 'Bob'))
    >>> even(("Ann", "Bob"), {"Ann": "2"}, 2)
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: an even split takes no values
    """


def weights(people: tuple[str, ...], values: dict[str, str], digits: int) -> Split:
    """Build a split by weights; the weights are whole numbers, zero or more, else InputError.

    >>> weights(("Ann", "Bob"), {"Ann": "2"}, 2)
    WeightedSplit(people=('Ann', 'Bob'), values={'Ann': 2})
    >>> weights(("Ann", "Bob"), {"Ann": "-2"}, 2)
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: weights are whole numbers: '-2'
    """


def exact(people: tuple[str, ...], values: dict[str, str], digits: int) -> Split:
    """Build a split by exact amounts, which have at most `digits` decimals.

    >>> exact(("Ann", "Bob"), {"Ann": "5.00", "Bob": "7.5"}, 2)
    ExactSplit(people=('Ann', 'Bob'), values={'Ann': 500, 'Bob': 750})
    """


SPLITTERS: dict[str, Builder] = {"even": even, "weights": weights, "exact": exact}


def make_split(how: str, people: tuple[str, ...], digits: int) -> Split:
    """Read the column "how"; an empty one means even.

    UnknownName for a way that does not exist; UnknownName also when a value is given for
    somebody who is not among `people`.

    >>> make_split("", ("Ann", "Bob"), 2)
    Split(people=('Ann', 'Bob'))
    >>> make_split("weights Ann=2; Bob=1", ("Ann", "Bob"), 2)
    WeightedSplit(people=('Ann', 'Bob'), values={'Ann': 2, 'Bob': 1})
    >>> make_split("weight Ann=2", ("Ann", "Bob"), 2)
    Traceback (most recent call last):
    ...
    evenly.errors.UnknownName: split 'weight' is unknown: did you mean 'weights'?
    >>> make_split("exact Cem=2.00", ("Ann", "Bob"), 2)
    Traceback (most recent call last):
    ...
    evenly.errors.UnknownName: person 'Cem' is unknown: choose Ann, Bob
    """
