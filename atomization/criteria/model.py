"""What a criterion answers, how much each weighs, and the limits that they measure against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

TARGET_LOC: Final = 10
MAX_LOC: Final = 15
MAX_COMPLEXITY: Final = 2
MIN_COMPLETENESS: Final = 0.95
MAX_INPUTS: Final = 5
MAX_OUTPUTS: Final = 3

WEIGHTS: Final = {
    # A writer errs more with every line and every decision, whatever else it is told.
    "size": 0.15,
    "complexity": 0.15,
    # What is about one thing can be named, and a name is half of the contract.
    "single responsibility": 0.1,
    # An answer that does not fit its place breaks its whole file.
    "clear boundaries": 0.1,
    # Atoms of a wave are written at the same time by writers who do not see each other.
    "independence": 0.1,
    # Nobody can call what nobody has shown to them: most wrong answers begin here.
    "complete context": 0.15,
    # Inputs and outputs are what the writer promises and what the users build upon.
    "inputs and outputs": 0.1,
    # These three decide how well an answer can be judged, not whether it can be written.
    "testable": 0.05,
    "deterministic": 0.05,
    "side effects": 0.05,
}
"""The share of each criterion in an atom's score; together one."""


class Severity(StrEnum):
    """How much a missed criterion matters."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion's answer: met or not, from 0 to 1, with what was measured."""

    name: str
    passed: bool
    score: float
    severity: Severity
    evidence: str
    suggestion: str

    def to_json(self) -> dict[str, Any]:
        """Give the answer as plain data."""
        return {**asdict(self), "severity": self.severity.value}


def answer(
    name: str,
    value: float,
    evidence: str,
    suggestion: str = "",
    *,
    passed: bool,
    severity: Severity = Severity.INFO,
) -> Criterion:
    """Give an answer with its value held between 0 and 1; one that is met suggests nothing."""
    value = round(min(max(value, 0.0), 1.0), 4)
    return Criterion(name, passed, value, severity, evidence, "" if passed else suggestion)


def unasked(name: str, evidence: str) -> Criterion:
    """Answer a criterion that does not apply to a kind of atom: it is met and says why."""
    return Criterion(name, True, 1.0, Severity.INFO, evidence, "")


def score(found: Iterable[Criterion]) -> float:
    """Give the weighted score of an atom, from 0 to 1."""
    return round(sum(WEIGHTS[criterion.name] * criterion.score for criterion in found), 4)
