"""Level 3: the project's own tests, run in the sandbox, judged outside it.

pytest's exit status is written by the code under test, so it decides nothing. The tests are counted
from the sources beforehand and each must be accounted for; records are signed with a secret that is
read before the project's code is loaded; and beside the tests of every folder stands a canary, a
test that must fail. A run in which a canary does not fail proves nothing and is refused as a whole.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from atomization.parser import Language
from devmatrix.sandbox import Limits, Outcome, Result, run
from validation.findings import Finding, failed, not_run, ok
from validation.imports import foreign_package
from validation.layout import Layout, is_test_support, layout_of
from validation.snapshot import Snapshot
from validation.suite_listing import list_tests
from validation.suite_report import Instance, RunReport, read_report

LEVEL: Final = 3
CHECK: Final = "tests"
SUITE_LIMITS: Final = Limits(
    wall_seconds=120.0,
    cpu_seconds=120,
    memory_mb=1024,
    output_bytes=20_000_000,
    processes=64,
    disk_mb=128,
)
_REPORTER: Final = Path(__file__).parent / "inside" / "reporter.py"
_COLLECTED: Final = re.compile(r"(?:^|/work/)(?P<path>[\w./-]+\.py):(?P<line>\d+): in ", re.M)
_CANARY: Final = "def test_canary():\n    assert [] == [0]\n"


@dataclass(frozen=True, slots=True)
class _Run:
    """One test run: what was expected, what came back."""

    snapshot: Snapshot
    layout: Layout
    expected: Mapping[str, Mapping[str, int]]
    canaries: frozenset[str]
    report: RunReport
    result: Result
    limits: Limits


def validate_components(
    snapshot: Snapshot, *, limits: Limits = SUITE_LIMITS
) -> dict[str, list[Finding]]:
    """Run the project's tests: test id without parameters → findings; "tests" for the whole run.

    A failed test's evidence names under "atom" the project's atom that its traceback ends in, ""
    where it does not reach one, and under "suspects" all atoms on the way, deepest first.
    Raises SandboxUnavailable.
    """
    started = time.perf_counter()
    assembled = snapshot.assembled()
    expected = list_tests(assembled)
    if not expected:
        return {CHECK: [not_run(LEVEL, CHECK, "the project has no tests")]}
    done = _run(snapshot, assembled, expected, limits)
    found = _judged(done)
    whole = found[CHECK][0].took(time.perf_counter() - started)
    return {**found, CHECK: [whole]}


def _run(
    snapshot: Snapshot,
    assembled: Mapping[str, bytes],
    expected: Mapping[str, Mapping[str, int]],
    limits: Limits,
) -> _Run:
    token, secret = secrets.token_hex(8), secrets.token_bytes(32)
    layout = layout_of(assembled)
    folder, plugin = f".reporter_{token}", f"reporter_{token}"
    folders = sorted({path.rpartition("/")[0] for path in expected})
    canaries = {_in(where, f"test_{token}_{number}.py") for number, where in enumerate(folders)}
    last = _in(folders[-1], f"test_{token}_last.py")
    files = {
        **assembled,
        f"{folder}/{plugin}.py": _REPORTER.read_bytes(),
        **dict.fromkeys([*canaries, last], _CANARY.encode()),
    }
    order = {
        "secret": secret.hex(),
        "roots": [f"/work/{root}".rstrip("/") for root in layout.roots],
    }
    result = run(
        [
            *("python", "-P", "-m", "pytest", "-p", plugin, "-p", "no:cacheprovider"),
            *("-o", "addopts=", "--rootdir=/work", "--tb=short", "-q", "--no-header"),
            "--continue-on-collection-errors",
            *sorted(canaries),
            *expected,
            last,
        ],
        files=files,
        stdin=json.dumps(order).encode() + b"\n",
        limits=limits,
        packages=True,
        env={"PYTHONPATH": f"/work/{folder}"},
    )
    report = read_report(result.stdout, secret)
    return _Run(snapshot, layout, expected, frozenset({*canaries, last}), report, result, limits)


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


# --- the verdict


def _judged(done: _Run) -> dict[str, list[Finding]]:
    refused = _refusal_of_run(done)
    if refused is not None:
        return {CHECK: [refused]}
    found: dict[str, list[Finding]] = {}
    for path, names in done.expected.items():
        uncollected = done.report.uncollected.get(path)
        if uncollected is not None:
            found[path] = [_uncollected(done, path, *uncollected)]
            continue
        for name in dict.fromkeys([*names, *done.report.names(path)]):
            found[f"{path}::{name}"] = [_one_test(done, path, name)]
    return {**found, CHECK: [_summary(done, found)]}


def _refusal_of_run(done: _Run) -> Finding | None:
    """Say why a run as a whole proves nothing, None when it does."""
    evidence = {"output": _tail(done.result.stderr)}
    if not done.report.genuine:
        message = "the report of the test run was tampered with"
        return failed(LEVEL, CHECK, message, evidence=evidence)
    if not done.report.began:
        status = done.result.exit_status
        why = done.result.reason or f"exit status {status}"
        message = f"pytest did not start: {why} {_tail(done.result.stderr, 300)}".strip()
        if done.result.outcome is Outcome.FAILED and status in {1, 3, 4}:
            return not_run(LEVEL, CHECK, message, evidence=evidence)
        return failed(LEVEL, CHECK, message, evidence=evidence)
    for canary in sorted(done.canaries):
        instances = done.report.instances(canary, "test_canary")
        if any(item.finished and not item.failed for item in instances):
            message = "a test that must fail did not: the run is refused as a whole"
            return failed(LEVEL, CHECK, message, expected="failed", actual="not failed")
        if not instances and done.report.ended:
            message = "a test that must fail was not run: the run is refused as a whole"
            return failed(LEVEL, CHECK, message, expected="failed", actual="not run")
    return None


def _summary(done: _Run, found: Mapping[str, list[Finding]]) -> Finding:
    findings = [finding for items in found.values() for finding in items]
    counts = {
        verdict: sum(finding.verdict == verdict for finding in findings)
        for verdict in ("passed", "failed", "not_run")
    }
    evidence = {"tests": len(findings), **counts}
    said = f"{counts['passed']} of {len(findings)} tests passed"
    if not done.report.ended:
        why = done.result.reason or "the process ended without pytest's doing"
        return failed(LEVEL, CHECK, f"the run did not come to its end: {why}", evidence=evidence)
    if counts["failed"]:
        return failed(LEVEL, CHECK, said, evidence=evidence)
    if not counts["passed"]:
        return not_run(LEVEL, CHECK, "no test was run", evidence=evidence)
    return ok(LEVEL, CHECK, said, evidence=evidence)


def _one_test(done: _Run, path: str, name: str) -> Finding:
    instances = done.report.instances(path, name)
    evidence = {"test": f"{path}::{name}", "test_atom": _test_atom(done, path, name)}
    if not instances:
        reason = "the test was not run" if done.report.ended else "the run ended before this test"
        if done.report.ended:
            return failed(LEVEL, CHECK, f"{name}: {reason}", evidence=evidence)
        return not_run(LEVEL, CHECK, f"{name}: {reason}", evidence=evidence)
    seconds = sum(item.seconds for item in instances)
    for instance in instances:
        if not instance.finished:
            why = done.result.reason or "the process ended"
            message = f"{name} did not come to its end: {why}"
            return failed(LEVEL, CHECK, message, evidence=evidence).took(seconds)
        if instance.failed:
            return _failure(done, name, instance, evidence).took(seconds)
    if not any(instance.passed for instance in instances):
        reason = f"{name} was skipped: {instances[0].skipped}"
        return not_run(LEVEL, CHECK, reason, evidence=evidence).took(seconds)
    evidence["runs"] = str(len(instances))
    return ok(LEVEL, CHECK, evidence=evidence).took(seconds)


def _failure(done: _Run, name: str, instance: Instance, evidence: dict[str, str]) -> Finding:
    failure = instance.failure
    assert failure is not None
    suspects = list(_suspects(done.snapshot, failure.frames))
    key, line = suspects[0] if suspects else ("", None)
    return failed(
        LEVEL,
        CHECK,
        f"{name} failed: {failure.error.splitlines()[0] if failure.error else 'no message'}",
        line=line,
        actual=failure.text,
        evidence={
            **evidence,
            "atom": key,
            "suspects": list(dict.fromkeys(suspect for suspect, _ in suspects)),
        },
    )


def _suspects(snapshot: Snapshot, frames: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Lead a traceback back to the project's atoms that are no tests, deepest first."""
    for name, line in reversed(list(frames)):
        path = name.removeprefix("/work/")
        found = snapshot.locate(path, line) if not is_test_support(path) else None
        if found is not None:
            yield found


def _uncollected(done: _Run, path: str, outcome: str, text: str) -> Finding:
    evidence: dict[str, object] = {"test": path}
    if outcome == "skipped":
        return not_run(LEVEL, CHECK, f"{path} skips itself: {text}", evidence=evidence)
    package = foreign_package(text, done.layout)
    if package:
        reason = f"{path} needs the package {package!r}, which is not installed here"
        return not_run(LEVEL, CHECK, reason, evidence=evidence)
    frames = [(found["path"], int(found["line"])) for found in _COLLECTED.finditer(text)]
    suspects = list(_suspects(done.snapshot, frames))
    key, line = suspects[0] if suspects else ("", None)
    evidence |= {"atom": key, "suspects": [suspect for suspect, _ in suspects]}
    message = f"{path} cannot be collected"
    return failed(LEVEL, CHECK, message, line=line, actual=text, evidence=evidence)


def _test_atom(done: _Run, path: str, name: str) -> str:
    line = done.expected[path].get(name)
    file = done.snapshot.files.get(path)
    if line is None or file is None or file.language is not Language.PYTHON:
        return ""
    found = done.snapshot.locate(path, line)
    return found[0] if found is not None else ""


def _tail(data: bytes, limit: int = 2000) -> str:
    return data.decode("utf-8", "replace").strip()[-limit:]
