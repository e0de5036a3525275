"""Reading a trip from disk. The readers register themselves: import evenly.readers first."""

from __future__ import annotations

from pathlib import Path

from evenly.checks import explains
from evenly.errors import pick
from evenly.formats import READERS
from evenly.trip import Trip


@explains
def load_trip(path: str) -> Trip:
    """Read the file with the reader that is registered for its suffix (in lower case).

    InputError when the file cannot be read, UnknownName when no reader has the suffix.

    >>> import keyword
    >>> from evenly.people import Roster
    >>> from evenly.currency_table import Currency
    >>> euro = Currency("EUR", "€", 2)
    >>> READERS.entries[".py"] = lambda text: Trip(text[3:11], euro, Roster(()))
    >>> load_trip(keyword.__file__).name
    'Keywords'
    >>> load_trip("nowhere.py")
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: nowhere.py: No such file or directory
    """
