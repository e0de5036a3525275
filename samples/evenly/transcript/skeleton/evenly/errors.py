"""Every error that a user can cause, and how it is said in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self, TypeVar

T = TypeVar("T")


class EvenlyError(Exception):
    """Base of all errors of this package; the command line explains it, without a traceback."""

    exit_code: int = 2
    entry: int = 0

    def at(self, entry: int) -> Self:
        """Remember which expense of the file (counted from 1) caused the error; return the error.

        An entry that is already known is kept: the innermost place is the right one.

        >>> EvenlyError("no amount").at(3).entry
        3
        >>> EvenlyError("no amount").at(3).at(7).entry
        3
        """

    def explain(self) -> str:
        """Say the error in one line for the terminal.

        >>> EvenlyError("nothing to settle").explain()
        'evenly: nothing to settle'
        """


class InputError(EvenlyError):
    """The file or the command line cannot be understood."""

    def explain(self) -> str:
        """Say the error in one line, with the number of the expense where it is known.

        >>> InputError("amount is missing").at(3).explain()
        'evenly: expense 3: amount is missing'
        >>> InputError("people are missing").explain()
        'evenly: people are missing'
        """


class UnknownName(InputError):
    """A person, group, currency, format or command that does not exist."""


class ShareError(InputError):
    """Shares that cannot be carried out: weights of zero, exact amounts that do not add up."""


def unknown_message(what: str, name: str, choices: Iterable[str]) -> str:
    """Say that a name is unknown, and what to write instead.

    The closest choice is suggested (as the standard library's difflib finds it); where none is
    close, all choices are listed in alphabetical order.

    >>> unknown_message("currency", "EUX", ["USD", "EUR"])
    "currency 'EUX' is unknown: did you mean 'EUR'?"
    >>> unknown_message("format", "pdf", ["text", "json"])
    "format 'pdf' is unknown: choose json, text"
    """


def pick(what: str, name: str, table: Mapping[str, T]) -> T:
    """Give what `table` holds under `name`; UnknownName with a hint when it holds nothing.

    >>> pick("size", "big", {"big": 9})
    9
    >>> pick("size", "bug", {"big": 9})
    Traceback (most recent call last):
    ...
    evenly.errors.UnknownName: size 'bug' is unknown: did you mean 'big'?
    """
