"""What many atoms look like together: counts that add up, so that parts can be counted apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from atomization.atom_service import Description
from atomization.decomposer import Slot
from atomization.parser import Language
from atomization.validator import MAX_COMPLEXITY

GOOD_SCORE: Final = 0.9
COMPLETE: Final = 0.95
_NUMBER: Final = re.compile(r"\d+")


@dataclass(slots=True)
class Figures:
    """Counts over files and atoms.

    ``sizes`` and ``complexities`` count atoms by lines of code and by complexity, ``over`` those
    that exceed a limit and say no reason; ``completeness`` counts atoms by percent (rounded down),
    ``met`` the atoms that meet a criterion.
    """

    files: Counter[Language] = field(default_factory=Counter)
    lines: Counter[Language] = field(default_factory=Counter)
    atoms: Counter[Language] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    sizes: Counter[int] = field(default_factory=Counter)
    complexities: Counter[int] = field(default_factory=Counter)
    irreducible: Counter[str] = field(default_factory=Counter)
    over: int = 0
    completeness: Counter[int] = field(default_factory=Counter)
    completeness_sum: float = 0.0
    met: Counter[str] = field(default_factory=Counter)
    scores_sum: float = 0.0
    good: int = 0
    described: int = 0

    def count_file(
        self, language: Language, lines: int, slots: Iterable[Slot], max_loc: int
    ) -> None:
        """Count one file and its atoms."""
        self.files[language] += 1
        self.lines[language] += lines
        for slot in slots:
            self.atoms[language] += 1
            self.kinds[slot.kind.value] += 1
            self.sizes[slot.loc] += 1
            self.complexities[slot.complexity] += 1
            if slot.irreducible:
                self.irreducible[reason(slot.irreducible)] += 1
            elif slot.loc > max_loc or slot.complexity > MAX_COMPLEXITY:
                self.over += 1

    def count_description(self, description: Description) -> None:
        """Count what the project tells of one atom."""
        self.described += 1
        self.completeness[int(description.context.completeness * 100)] += 1
        self.completeness_sum += description.context.completeness
        self.scores_sum += description.score
        self.good += description.score > GOOD_SCORE
        self.met.update(item.name for item in description.criteria if item.passed)

    def add(self, other: Figures) -> None:
        """Add the counts of another part."""
        for name in (
            "files", "lines", "atoms", "kinds", "sizes", "complexities", "irreducible",
            "completeness", "met",
        ):  # fmt: skip
            getattr(self, name).update(getattr(other, name))
        self.over += other.over
        self.completeness_sum += other.completeness_sum
        self.scores_sum += other.scores_sum
        self.good += other.good
        self.described += other.described

    @property
    def total(self) -> int:
        """Count all atoms."""
        return self.atoms.total()

    def sized(self, first: int, last: int | None = None) -> int:
        """Count the atoms of ``first`` to ``last`` lines of code, both included."""
        return _between(self.sizes, first, last)

    def complexity(self, first: int, last: int | None = None) -> int:
        """Count the atoms of complexity ``first`` to ``last``, both included."""
        return _between(self.complexities, first, last)

    def complete(self) -> int:
        """Count the atoms whose context is complete enough."""
        return _between(self.completeness, round(COMPLETE * 100), None)


def _between(counts: Counter[int], first: int, last: int | None) -> int:
    return sum(
        count
        for value, count in counts.items()
        if value >= first and (last is None or value <= last)
    )


def reason(irreducible: str) -> str:
    """Give the reason of an irreducible atom without its figures, so that equal ones count up."""
    return " ".join(_NUMBER.sub("…", irreducible).split())
