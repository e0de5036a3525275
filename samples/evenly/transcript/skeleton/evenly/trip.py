"""A trip: the people, their currency and what they spent."""

from __future__ import annotations

from dataclasses import dataclass

from evenly.currency_table import Currency
from evenly.expenses import Expense
from evenly.money import Money
from evenly.people import Roster
from evenly.settling import merge
from evenly.shares import Split


@dataclass(frozen=True)
class Trip:
    """Everything that one file says."""

    name: str
    currency: Currency
    roster: Roster
    expenses: tuple[Expense, ...] = ()

    def money(self, minor: int) -> Money:
        """Give an amount of the trip's currency.

        >>> Trip("Rome", Currency("EUR", "€", 2), Roster(("Ann",))).money(1250)
        Money(minor=1250, currency=Currency(code='EUR', symbol='€', digits=2))
        """

    def total(self) -> int:
        """Add up all expenses, in the smallest unit.

        >>> both = Split(("Ann", "Bob"))
        >>> spent = (Expense("Ann", 900, both), Expense("Bob", -100, both))
        >>> Trip("Rome", Currency("EUR", "€", 2), Roster(("Ann", "Bob")), spent).total()
        800
        """

    def balances(self) -> dict[str, int]:
        """Give everybody's balance in the order of the roster: what they are owed, or owe (< 0).

        People without any expense have the balance zero.

        >>> roster = Roster(("Cem", "Bob", "Ann"))
        >>> spent = (Expense("Ann", 900, Split(("Ann", "Bob"))),)
        >>> Trip("Rome", Currency("EUR", "€", 2), roster, spent).balances()
        {'Cem': 0, 'Bob': -450, 'Ann': 450}
        """
