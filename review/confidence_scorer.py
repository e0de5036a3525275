"""How far an atom can be trusted without a person: one number, and the evidence for each part.

The weights are the plan's: validation 40%, attempts 30%, complexity 20%, integration tests 10%.
What was not run is neither trust nor distrust: it counts half, and the evidence says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

WEIGHTS: Final = {"validation": 0.4, "attempts": 0.3, "complexity": 0.2, "integration": 0.1}
UNKNOWN: Final = 0.5

_ATTEMPTS: Final = {0: 1.0, 1: 1.0, 2: 0.6, 3: 0.3}
_FAILED: Final = {"error": 0.0, "warning": 0.5, "info": 0.8}
_EXECUTED: Final = frozenset({"examples"})
_EXECUTED_WEIGHT: Final = 3
SIMPLE: Final = 2
"""Complexity up to which an atom is what the plan asks for (below 3)."""
HOPELESS: Final = 10
"""Complexity from which on this part gives nothing."""


@dataclass(frozen=True, slots=True)
class Check:
    """The newest result of one check: its level 1 to 4, name, verdict and severity as words."""

    level: int
    name: str
    verdict: str
    severity: str

    @property
    def worth(self) -> float:
        """Return what the result gives: 1 passed, UNKNOWN not run, less the graver a failure."""
        if self.verdict == "passed":
            return 1.0
        return _FAILED.get(self.severity, 0.0) if self.verdict == "failed" else UNKNOWN


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score: its name, weight, value between 0 and 1, and why."""

    name: str
    weight: float
    value: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Confidence:
    """The score between 0 and 1, and its four parts."""

    value: float
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the parts as plain data, by name."""
        return {part.name: asdict(part) for part in self.parts}


def score(
    *, checks: Iterable[Check], attempts: int, failed: bool, by_person: bool, complexity: int
) -> Confidence:
    """Weigh an atom: its newest `checks`, `attempts` needed, cyclomatic `complexity` (from 1).

    `failed` says that all attempts failed; `by_person` that a reviewer wrote the text, who needed
    no attempt. Level 3 checks are the integration tests, levels 1 and 2 the validation results.
    """
    known = list(checks)
    found = {
        "validation": _validation([check for check in known if check.level <= 2]),
        "attempts": _attempts(attempts, failed=failed, by_person=by_person),
        "complexity": _complexity(complexity),
        "integration": _integration([check for check in known if check.level == 3]),
    }
    parts = tuple(
        Part(name, WEIGHTS[name], round(value, 4), evidence)
        for name, (value, evidence) in found.items()
    )
    total = sum(part.weight * part.value for part in parts)
    return Confidence(round(min(1.0, max(0.0, total)), 4), parts)


def _validation(checks: Sequence[Check]) -> tuple[float, str]:
    """Average the checks; those that executed the atom weigh as much as three that only read it."""
    if not checks:
        return UNKNOWN, "no check has run"
    weights = [_EXECUTED_WEIGHT if check.name in _EXECUTED else 1 for check in checks]
    total = sum(weight * check.worth for weight, check in zip(weights, checks, strict=True))
    return total / sum(weights), _summary(checks)


def _summary(checks: Sequence[Check]) -> str:
    passed = sum(check.verdict == "passed" for check in checks)
    text = f"{passed} of {len(checks)} checks passed"
    for verdict, word in (("failed", "failed"), ("not_run", "not run")):
        names = sorted({check.name for check in checks if check.verdict == verdict})
        if names:
            text += f"; {word}: {', '.join(names)}"
    return text


def _attempts(attempts: int, *, failed: bool, by_person: bool) -> tuple[float, str]:
    if failed:
        return 0.0, f"all {attempts} attempts failed" if attempts else "failed its checks"
    if by_person:
        return 1.0, "written by a person"
    if attempts == 0:
        return 1.0, "needed no attempt of its own"
    return _ATTEMPTS.get(attempts, 0.0), f"accepted on attempt {attempts}"


def _complexity(complexity: int) -> tuple[float, str]:
    if complexity <= SIMPLE:
        return 1.0, f"cyclomatic complexity {complexity}"
    value = max(0.0, (HOPELESS - complexity) / (HOPELESS - SIMPLE))
    return value, f"cyclomatic complexity {complexity}, above {SIMPLE}"


def _integration(checks: Sequence[Check]) -> tuple[float, str]:
    ran = [check for check in checks if check.verdict != "not_run"]
    if not ran:
        return UNKNOWN, "no integration test has run"
    return sum(check.worth for check in ran) / len(ran), _summary(ran)
