"""Settling debts with few transfers.

The least number of transfers is a hard problem; this is the usual good answer: first the pairs
that cancel out exactly, then always the largest debtor to the largest creditor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evenly.errors import ShareError


@dataclass(frozen=True)
class Transfer:
    """A payment that settles a debt: `payer` gives `amount` to `receiver`."""

    payer: str
    receiver: str
    amount: int


def merge(effects: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add up balances person by person, in the order of first appearance.

    >>> merge([{"Ann": 5, "Bob": -5}, {"Cem": 2, "Ann": -2}])
    {'Ann': 3, 'Bob': -5, 'Cem': 2}
    >>> merge([])
    {}
    """


def exact_match(balances: Mapping[str, int]) -> Transfer | None:
    """Find the first debtor (in the order of `balances`) whose debt is exactly what one is owed.

    Give the transfer that settles both, to the first such creditor; None when there is no pair.

    >>> exact_match({"Ann": 300, "Bob": -200, "Cem": 200, "Dora": -300})
    Transfer(payer='Bob', receiver='Cem', amount=200)
    >>> exact_match({"Ann": 300, "Bob": -200, "Cem": -100}) is None
    True
    """


def largest_match(balances: Mapping[str, int]) -> Transfer:
    """Let the largest debtor pay the largest creditor as much as settles one of the two.

    Ties go to whoever comes first in `balances`.

    >>> largest_match({"Ann": 300, "Bob": -200, "Cem": -100})
    Transfer(payer='Bob', receiver='Ann', amount=200)
    >>> largest_match({"Ann": 100, "Bob": 150, "Cem": -250})
    Transfer(payer='Cem', receiver='Bob', amount=150)
    """


def apply_transfer(balances: Mapping[str, int], transfer: Transfer) -> dict[str, int]:
    """Give the balances after a transfer; those passed in are left alone.

    >>> before = {"Ann": 300, "Bob": -200, "Cem": -100}
    >>> apply_transfer(before, Transfer("Bob", "Ann", 200))
    {'Ann': 100, 'Bob': 0, 'Cem': -100}
    >>> before["Ann"]
    300
    """


def settle(balances: Mapping[str, int]) -> list[Transfer]:
    """Give the transfers that bring all balances to zero: exact pairs first, then the largest.

    ShareError when the balances do not add up to zero.

    >>> [(t.payer, t.amount) for t in settle({"Ann": 300, "Bob": -200, "Cem": -100})]
    [('Bob', 200), ('Cem', 100)]
    >>> [t.payer for t in settle({"Ann": 500, "Bob": -300, "Cem": -500, "Dora": 300})]
    ['Bob', 'Cem']
    >>> settle({"Ann": 0})
    []
    """
