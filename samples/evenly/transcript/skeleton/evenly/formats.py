"""The file types that can be read and the formats that can be written."""

from __future__ import annotations

from collections.abc import Callable

from evenly.currency_table import Currency
from evenly.people import Roster
from evenly.registry import Registry
from evenly.trip import Trip

TripReader = Callable[[str, Currency], Trip]

READERS: Registry[Callable[[str], Trip]] = Registry("file type")

RENDERERS: Registry[Callable[[Trip], str]] = Registry("format")


def reader(suffix: str, default: Currency) -> Callable[[TripReader], TripReader]:
    """Give a decorator for a reader of files that end in `suffix`.

    It files in READERS a function of the text alone, which calls the reader with the currency
    `default` for files that name none. The decorated function itself stays as it is.

    >>> @reader(".toy", Currency("JPY", "¥", 0))
    ... def read_toy(text: str, default: Currency) -> Trip:
    ...     return Trip(text, default, Roster(()))
    >>> toy = READERS.entries.pop(".toy")("Rome")
    >>> toy.name, toy.currency.code
    ('Rome', 'JPY')
    >>> read_toy("Oslo", Currency("USD", "$", 2)).currency.code
    'USD'
    """
