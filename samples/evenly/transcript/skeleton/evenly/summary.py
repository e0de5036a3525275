"""What every report says, before it is put into a format."""

from __future__ import annotations

from dataclasses import dataclass

from evenly.currency_table import Currency
from evenly.expenses import Expense
from evenly.people import Roster
from evenly.settling import settle
from evenly.shares import Split
from evenly.trip import Trip


@dataclass(frozen=True)
class Summary:
    """The rows and lines of a report on one trip."""

    trip: Trip

    def title(self) -> str:
        """Give the heading: the trip's name and its total, written for people.

        >>> spent = (Expense("Ann", 123400, Split(("Ann", "Bob"))),)
        >>> trip = Trip("Rome", Currency("EUR", "€", 2), Roster(("Ann", "Bob")), spent)
        >>> Summary(trip).title()
        'Rome: €1234.00'
        """

    def balance_rows(self) -> list[list[str]]:
        """Give a row for each person, in the order of the roster: name and balance.

        >>> spent = (Expense("Ann", 900, Split(("Ann", "Bob"))),)
        >>> trip = Trip("Rome", Currency("EUR", "€", 2), Roster(("Bob", "Ann")), spent)
        >>> Summary(trip).balance_rows()
        [['Bob', '-4.50 EUR'], ['Ann', '4.50 EUR']]
        """

    def transfer_lines(self) -> list[str]:
        """Say each transfer of the settlement in a sentence; one sentence when there is none.

        >>> spent = (Expense("Ann", 900, Split(("Ann", "Bob"))),)
        >>> trip = Trip("Rome", Currency("EUR", "€", 2), Roster(("Ann", "Bob")), spent)
        >>> Summary(trip).transfer_lines()
        ['Bob pays Ann 4.50 EUR']
        >>> Summary(Trip("Rome", Currency("EUR", "€", 2), Roster(("Ann",)))).transfer_lines()
        ['Nothing to pay']
        """
