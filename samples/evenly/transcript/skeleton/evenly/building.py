"""From settings and rows of text to a trip: the same for every file type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evenly.amounts import parse_minor
from evenly.currency_table import Currency
from evenly.errors import EvenlyError, InputError, pick
from evenly.expenses import Expense
from evenly.people import EVERYBODY, Roster, normal_name, parse_names
from evenly.splitting import make_split
from evenly.trip import Trip

GROUP = "group "


def required(row: Mapping[str, str | None], key: str) -> str:
    """Give a value that must be there, stripped; InputError when it is missing or empty.

    >>> required({"payer": " Ann "}, "payer")
    'Ann'
    >>> required({"payer": " "}, "payer")
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: payer is missing
    """


@dataclass(frozen=True)
class TripBuilder:
    """Builds one trip from its settings and its currency."""

    settings: Mapping[str, str]
    currency: Currency

    def roster(self) -> Roster:
        """Read the settings "people" (required) and "group NAME" (any number of them).

        >>> settings = {"people": "Ann, Bob, Cem", "group kids": "Bob; Cem"}
        >>> TripBuilder(settings, Currency("EUR", "€", 2)).roster()
        Roster(people=('Ann', 'Bob', 'Cem'), groups={'kids': ('Bob', 'Cem')})
        """

    def expense(self, row: Mapping[str, str | None]) -> Expense:
        """Build an expense from a row with payer, amount, for (all if empty), how and note.

        UnknownName when the payer does not take part.

        >>> builder = TripBuilder({"people": "Ann, Bob"}, Currency("EUR", "€", 2))
        >>> builder.expense({"payer": "Bob", "amount": "9", "note": "Taxi"})
        Expense(payer='Bob', amount=900, split=Split(people=('Ann', 'Bob')), note='Taxi')
        >>> builder.expense({"payer": "Bob", "amount": "9", "for": "Ann", "how": None}).split
        Split(people=('Ann',))
        """

    def numbered(self, number: int, row: Mapping[str, str | None]) -> Expense:
        """Build an expense and try its split out; an error carries the number of the expense.

        >>> builder = TripBuilder({"people": "Ann, Bob"}, Currency("EUR", "€", 2))
        >>> builder.numbered(4, {"payer": "Bob", "amount": "9"}).amount
        900
        >>> try:
        ...     builder.numbered(4, {"payer": "Zoe", "amount": "9"})
        ... except InputError as error:
        ...     print(error.entry, error)
        4 person 'Zoe' is unknown: choose Ann, Bob
        """

    def trip(self, rows: Iterable[Mapping[str, str | None]]) -> Trip:
        """Build the trip; its name is the setting "name", or "Trip".

        >>> builder = TripBuilder({"people": "Ann, Bob"}, Currency("EUR", "€", 2))
        >>> trip = builder.trip([{"payer": "Bob", "amount": "9"}])
        >>> trip.name, trip.currency.code, trip.roster.people, len(trip.expenses)
        ('Trip', 'EUR', ('Ann', 'Bob'), 1)
        """
