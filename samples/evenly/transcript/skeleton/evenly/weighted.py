"""Sharing by weights: a family of three pays three times as much as a single guest."""

from __future__ import annotations

from dataclasses import dataclass, field

from evenly.shares import Split


@dataclass(frozen=True)
class WeightedSplit(Split):
    """Shares in proportion to weights; who has none has the weight one."""

    values: dict[str, int] = field(default_factory=dict)

    def weights(self) -> dict[str, int]:
        """Give everybody's weight, in the order of `people`; one where none is given.

        >>> WeightedSplit(("Ann", "Bob", "Cem"), {"Cem": 3, "Bob": 0}).weights()
        {'Ann': 1, 'Bob': 0, 'Cem': 3}
        """
