"""Sharing by exact amounts: everybody's part is written down, and the parts must add up."""

from __future__ import annotations

from dataclasses import dataclass, field

from evenly.errors import ShareError
from evenly.shares import Split


@dataclass(frozen=True)
class ExactSplit(Split):
    """Shares given as amounts in the smallest unit; who has none pays nothing."""

    values: dict[str, int] = field(default_factory=dict)

    def parts(self, amount: int) -> dict[str, int]:
        """Give the written parts, in the order of `people`; ShareError if they miss `amount`.

        >>> ExactSplit(("Ann", "Bob", "Cem"), {"Bob": 300, "Ann": 700}).parts(1000)
        {'Ann': 700, 'Bob': 300, 'Cem': 0}
        >>> ExactSplit(("Ann", "Bob"), {"Ann": 700}).parts(1000)
        Traceback (most recent call last):
        ...
        evenly.errors.ShareError: the exact parts miss the amount by 300
        """
