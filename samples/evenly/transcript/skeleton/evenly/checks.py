"""Decorators that check what goes in and explain what goes wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from evenly.errors import InputError, pick

P = ParamSpec("P")
T = TypeVar("T")


def known(
    what: str, table: Mapping[str, object]
) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Decorate a function of one name so that it only ever sees names that `table` holds.

    Any other name raises UnknownName, as `pick(what, name, table)` does.
    The decorated function keeps its name and docstring.

    >>> @known("pet", {"cat": 1, "dog": 2})
    ... def shout(name: str) -> str:
    ...     return name.upper()
    >>> shout("cat")
    'CAT'
    >>> shout.__name__
    'shout'
    >>> shout("dgo")
    Traceback (most recent call last):
    ...
    evenly.errors.UnknownName: pet 'dgo' is unknown: did you mean 'dog'?
    """


def explains(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that touches files: an OSError becomes an InputError "file: reason".

    The decorated function keeps its name and docstring.

    >>> @explains
    ... def read(path: str) -> str:
    ...     return open(path).read()
    >>> read("no/such/file.csv")
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: no/such/file.csv: No such file or directory
    >>> read.__name__
    'read'
    """
