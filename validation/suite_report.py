"""Reading the report of a test run that happened inside the sandbox.

The report is untrusted data. A record counts only with its signature and as the next in number;
reading stops at the first that is not.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test did not pass: pytest's text, the error alone, and the traceback's places."""

    text: str
    error: str
    frames: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Instance:
    """One run of one test (one set of parameters)."""

    outcomes: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    skipped: str = ""
    seconds: float = 0.0

    @property
    def finished(self) -> bool:
        """Tell whether the test came to its end."""
        return "teardown" in self.outcomes

    @property
    def failed(self) -> bool:
        """Tell whether a phase of the test failed."""
        return "failed" in self.outcomes.values()

    @property
    def passed(self) -> bool:
        """Tell whether the test ran and passed (or failed as it was expected to)."""
        return self.finished and not self.failed and self.outcomes.get("call") == "passed"


@dataclass(slots=True)
class RunReport:
    """What was read of one run: tests by id, files that were not collected, begin and end."""

    tests: dict[str, Instance] = field(default_factory=dict)
    uncollected: dict[str, tuple[str, str]] = field(default_factory=dict)
    began: bool = False
    ended: bool = False
    genuine: bool = True

    def instances(self, path: str, name: str) -> list[Instance]:
        """Give the runs of one test function, whatever its parameters."""
        wanted = f"{path}::{name}"
        return [instance for key, instance in self.tests.items() if key.partition("[")[0] == wanted]

    def names(self, path: str) -> list[str]:
        """Give the names of the tests that a file turned out to have."""
        found = (key.partition("[")[0] for key in self.tests if key.startswith(f"{path}::"))
        return list(dict.fromkeys(key.partition("::")[2] for key in found))


def read_report(data: bytes, secret: bytes) -> RunReport:
    """Read a report; `genuine` is False when something in it was not written by the reporter."""
    report = RunReport()
    for number, line in enumerate(data.split(b"\n")[:-1]):
        record = _record(line, secret, number)
        if record is None:
            report.genuine = False
            return report
        kind, fields = record
        try:
            _take(report, kind, fields)
        except (KeyError, TypeError, ValueError):
            report.genuine = False
            return report
    return report


def _record(line: bytes, secret: bytes, number: int) -> tuple[str, dict[str, Any]] | None:
    sign, _, body = line.partition(b" ")
    wanted = hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(sign, wanted):
        return None
    try:
        said, kind, fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return (kind, fields) if said == number and isinstance(fields, dict) else None


def _take(report: RunReport, kind: str, fields: dict[str, Any]) -> None:
    match kind:
        case "begin":
            report.began = True
        case "end":
            report.ended = True
        case "collect":
            report.uncollected[str(fields["id"])] = (str(fields["outcome"]), str(fields["text"]))
        case "start":
            report.tests.setdefault(str(fields["id"]), Instance())
        case "phase":
            _take_phase(report.tests.setdefault(str(fields["id"]), Instance()), fields)


def _take_phase(instance: Instance, fields: dict[str, Any]) -> None:
    outcome = str(fields["outcome"])
    if outcome == "skipped" and fields["expected"]:
        outcome = "passed"  # it failed, as its author said it would
    instance.outcomes[str(fields["when"])] = outcome
    instance.seconds += float(fields["seconds"])
    if outcome == "skipped":
        instance.skipped = str(fields["text"])
    if outcome == "failed" and instance.failure is None:
        instance.failure = Failure(
            str(fields["text"]), str(fields["error"]), tuple(_frames(fields["frames"]))
        )


def _frames(frames: list[Any]) -> Iterator[tuple[str, int]]:
    for path, line in frames:
        yield str(path), int(line)
