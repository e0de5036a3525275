"""People and groups of people, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from evenly.errors import pick

EVERYBODY = "all"


def normal_name(text: str) -> str:
    """Strip a name and reduce the white space inside it to single spaces.

    >>> normal_name("  Ann   Lee ")
    'Ann Lee'
    """


def parse_names(text: str) -> list[str]:
    """Read names separated by commas or semicolons; empty ones and repetitions are dropped.

    >>> parse_names("Ann, Bob;Cem")
    ['Ann', 'Bob', 'Cem']
    >>> parse_names(" Ann  Lee ;; Bob, Ann Lee,")
    ['Ann Lee', 'Bob']
    """


@dataclass(frozen=True)
class Roster:
    """Everybody who takes part, in the order of the file, and the groups they form."""

    people: tuple[str, ...]
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def members(self, name: str) -> tuple[str, ...]:
        """Give the people that a name stands for: "all", a group, or one person.

        UnknownName for anything else, with the people and groups as choices.

        >>> roster = Roster(("Ann", "Bob", "Cem"), {"kids": ("Bob", "Cem")})
        >>> roster.members("all"), roster.members("kids"), roster.members("Ann")
        (('Ann', 'Bob', 'Cem'), ('Bob', 'Cem'), ('Ann',))
        >>> roster.members("Bbo")
        Traceback (most recent call last):
        ...
        evenly.errors.UnknownName: person 'Bbo' is unknown: did you mean 'Bob'?
        """

    def expand(self, names: Iterable[str]) -> tuple[str, ...]:
        """Replace groups by their people; everybody is named once, at the first mention.

        >>> roster = Roster(("Ann", "Bob", "Cem"), {"kids": ("Bob", "Cem")})
        >>> roster.expand(["Cem", "kids", "Ann"])
        ('Cem', 'Bob', 'Ann')
        >>> roster.expand([])
        ()
        """
