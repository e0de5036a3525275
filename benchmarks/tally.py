"""Adds up what is measured of a contender's chunks over the files of a corpus."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from benchmarks.contenders import Chunks
from benchmarks.measures import Measured, Yardstick, measure_alone, spans_of

SMALL = 2
TARGET = 10
LIMIT = 15
MAX_COMPLEXITY = 2


@dataclass(slots=True)
class Tally:
    """Sums over files; sizes are of the chunks that have lines of code at all."""

    files: int = 0
    identical: int = 0
    refused: int = 0
    lines: int = 0
    seconds: float = 0.0
    chunks: int = 0
    loc: Counter[int] = field(default_factory=Counter)
    nonblank: Counter[int] = field(default_factory=Counter)
    complexity: Counter[int] = field(default_factory=Counter)
    boundaries: int = 0
    right: int = 0
    altered: int = 0
    irreducible: int = 0
    unmarked: int = 0

    def add(self, stick: Yardstick, cut: Chunks) -> None:
        """Take one file in."""
        self.files += 1
        if cut.texts is None:
            self.refused += 1
            return
        self.lines += stick.lines()
        self.seconds += cut.seconds
        self.identical += _is_identical(stick.source, cut.texts)
        for index, measured in enumerate(self._measured(stick, cut)):
            self._take(measured, bool(cut.irreducible) and cut.irreducible[index])

    def merge(self, other: Tally) -> None:
        """Take another tally in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def _measured(self, stick: Yardstick, cut: Chunks) -> list[Measured]:
        assert cut.texts is not None
        if cut.irreducible:
            return [stick.measure(*span) for span in _laid_out(cut.texts)]
        found = []
        spans = spans_of(stick.source, cut.texts)
        for text, (span, verbatim) in zip(cut.texts, spans, strict=True):
            self.altered += not verbatim
            placed = stick.measure(*span) if span else measure_alone(text, stick.language)
            found.append(placed)
        return found

    def _take(self, measured: Measured, irreducible: bool) -> None:
        self.chunks += 1
        self.boundaries += measured.boundaries
        self.right += measured.right
        self.irreducible += irreducible
        if not measured.loc:
            return
        self.loc[measured.loc] += 1
        self.nonblank[measured.nonblank] += 1
        self.complexity[measured.complexity] += 1
        over = measured.loc > LIMIT or measured.complexity > MAX_COMPLEXITY
        self.unmarked += over and not irreducible


def share(counts: Counter[int], low: int, high: int) -> float:
    """Give the share of the values from ``low`` to ``high``, both included."""
    total = counts.total()
    inside = sum(count for value, count in counts.items() if low <= value <= high)
    return inside / total if total else 0.0


def middle(counts: Counter[int]) -> int:
    """Give the median of counted values."""
    seen, half = 0, (counts.total() + 1) // 2
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return value
    return 0


def _laid_out(texts: tuple[str, ...]) -> list[tuple[int, int]]:
    """Give the spans of texts that follow each other without a gap."""
    spans, place = [], 0
    for text in texts:
        end = place + len(text.encode("utf-8", "surrogateescape"))
        spans.append((place, end))
        place = end
    return spans


def _is_identical(source: bytes, texts: tuple[str, ...]) -> bool:
    """Tell whether the texts make the file again, joined as they are or with line feeds."""
    return any(
        joint.join(texts).encode("utf-8", "surrogateescape") == source for joint in ("", "\n")
    )
