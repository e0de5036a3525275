"""The command line as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evenly.errors import InputError, pick

DEFAULTS = {"format": "text"}


@dataclass(frozen=True)
class Options:
    """A parsed command line."""

    command: str
    path: str
    format: str


def flag_value(flag: str, rest: Iterator[str]) -> tuple[str, str]:
    """Give the name and value of a flag "--name=value", or "--name" and the next word of `rest`.

    InputError when there is no next word.

    >>> flag_value("--format=json", iter(["trip.csv"]))
    ('format', 'json')
    >>> words = iter(["json", "trip.csv"])
    >>> flag_value("--format", words), next(words)
    (('format', 'json'), 'trip.csv')
    >>> flag_value("--format", iter([]))
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: --format needs a value
    """


def split_flags(argv: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Part a command line into plain words and flags: "--name value" or "--name=value".

    InputError when the value of the last flag is missing.

    >>> split_flags(["settle", "--format", "json", "trip.csv", "--person=Ann"])
    (['settle', 'trip.csv'], {'format': 'json', 'person': 'Ann'})
    >>> split_flags(["settle", "--format"])
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: --format needs a value
    """


def parse_options(argv: Sequence[str]) -> Options:
    """Read "COMMAND FILE [--format F]", the flag anywhere; without it the format is text.

    UnknownName for another flag; InputError when it is not exactly one command and one file.

    >>> parse_options(["settle", "trip.csv"])
    Options(command='settle', path='trip.csv', format='text')
    >>> parse_options(["--format=json", "check", "trip.csv"])
    Options(command='check', path='trip.csv', format='json')
    >>> parse_options(["settle"])
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: give a command and a file
    >>> parse_options(["settle", "trip.csv", "--formt", "json"])
    Traceback (most recent call last):
    ...
    evenly.errors.UnknownName: flag 'formt' is unknown: did you mean 'format'?
    """
