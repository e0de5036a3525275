"""One expense: who paid, how much, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from evenly.shares import Split


@dataclass(frozen=True)
class Expense:
    """An amount (in the smallest unit) that one person paid for the people of a split."""

    payer: str
    amount: int
    split: Split
    note: str = ""

    def effect(self) -> dict[str, int]:
        """Give what the expense does to everybody's balance; the effects add up to zero.

        The payer is first and is owed the amount; everybody's part is then taken off.

        >>> Expense("Ann", 900, Split(("Ann", "Bob", "Cem"))).effect()
        {'Ann': 600, 'Bob': -300, 'Cem': -300}
        >>> Expense("Dora", 900, Split(("Ann", "Bob"))).effect()
        {'Dora': 900, 'Ann': -450, 'Bob': -450}
        """
