"""What a check says: one frozen word for all four levels, and what a list of them amounts to.

A check has three answers, not two. NOT_RUN says that nothing was measured, with the reason in the
message; it never stands for "probably fine".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"


class Severity(StrEnum):
    """How much a failure weighs: only an ERROR keeps an atom from being accepted."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer on one atom, module, component or system.

    ``line`` is 1-based and counts in the atom's text; ``seconds`` is the share of the check's time
    that this finding took.
    """

    level: int
    check: str
    verdict: Verdict
    severity: Severity = Severity.ERROR
    message: str = ""
    line: int | None = None
    expected: str = ""
    actual: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the finding as plain data."""
        return asdict(self) | {"verdict": self.verdict.value, "severity": self.severity.value}

    def took(self, seconds: float) -> Finding:
        """Return the same finding with the time that its check took."""
        return replace(self, seconds=round(max(seconds, 0.0), 6))

    @property
    def blocks(self) -> bool:
        """Tell whether the finding keeps its subject from being accepted."""
        return self.verdict is Verdict.FAILED and self.severity is Severity.ERROR


def ok(
    level: int, check: str, message: str = "", *, evidence: Mapping[str, Any] | None = None
) -> Finding:
    """Say that a check ran and found nothing wrong."""
    return Finding(
        level, check, Verdict.PASSED, Severity.INFO, message, evidence=dict(evidence or {})
    )


def failed(
    level: int,
    check: str,
    message: str,
    *,
    severity: Severity = Severity.ERROR,
    line: int | None = None,
    expected: str = "",
    actual: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    """Say what a check found wrong, and where."""
    return Finding(
        level,
        check,
        Verdict.FAILED,
        severity,
        message,
        line,
        clipped(expected),
        clipped(actual),
        dict(evidence or {}),
    )


def not_run(
    level: int, check: str, reason: str, *, evidence: Mapping[str, Any] | None = None
) -> Finding:
    """Say that a check could not be made, and why."""
    return Finding(
        level, check, Verdict.NOT_RUN, Severity.INFO, reason, evidence=dict(evidence or {})
    )


def passed(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing of severity ERROR failed. What was not run does not count as failed."""
    return not any(finding.blocks for finding in findings)


def aggregate(findings: Iterable[Finding]) -> Verdict:
    """Give one verdict for many findings: FAILED if one blocks, PASSED if one ran, else NOT_RUN."""
    findings = list(findings)
    if not passed(findings):
        return Verdict.FAILED
    if any(finding.verdict is not Verdict.NOT_RUN for finding in findings):
        return Verdict.PASSED
    return Verdict.NOT_RUN


def clipped(text: str, limit: int = 4000) -> str:
    """Shorten a text that was made by code under test, so that no result row grows without end."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
