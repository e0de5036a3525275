"""Dividing an amount: every cent is given to somebody, none is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evenly.errors import ShareError


def by_remainder(amount: int, weights: Mapping[str, int]) -> list[str]:
    """Order the people by what exact division would still owe them, the largest first.

    With W the sum of the weights, a person with weight w is owed the remainder of
    amount·w divided by W. Equal remainders keep the order of `weights`.

    >>> by_remainder(100, {"Ann": 1, "Bob": 1, "Cem": 1})
    ['Ann', 'Bob', 'Cem']
    >>> by_remainder(100, {"Ann": 1, "Bob": 2})
    ['Bob', 'Ann']
    """


def allocate(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Divide `amount` in proportion to `weights` so that the parts add up to it exactly.

    Everybody gets the exact part rounded down; the cents that are left go, one each, to the
    first people of `by_remainder`. ShareError when the weights add up to zero.

    >>> allocate(100, {"Ann": 1, "Bob": 1, "Cem": 1})
    {'Ann': 34, 'Bob': 33, 'Cem': 33}
    >>> allocate(200, {"Ann": 1, "Bob": 1, "Cem": 1})
    {'Ann': 67, 'Bob': 67, 'Cem': 66}
    >>> allocate(100, {"Ann": 1, "Bob": 2})
    {'Ann': 33, 'Bob': 67}
    >>> allocate(100, {"Ann": 0})
    Traceback (most recent call last):
    ...
    evenly.errors.ShareError: the weights add up to zero
    """


@dataclass(frozen=True)
class Split:
    """How one expense is shared: evenly among `people`. Other ways are subclasses."""

    people: tuple[str, ...]

    def weights(self) -> dict[str, int]:
        """Give everybody's weight, in the order of `people`: here one each.

        >>> Split(("Ann", "Bob")).weights()
        {'Ann': 1, 'Bob': 1}
        """

    def parts(self, amount: int) -> dict[str, int]:
        """Divide an amount by the weights; the parts add up to it exactly.

        >>> Split(("Ann", "Bob", "Cem")).parts(1000)
        {'Ann': 334, 'Bob': 333, 'Cem': 333}
        """
