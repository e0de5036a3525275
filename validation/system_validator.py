"""Level 4: the whole. Does every source compile, and are the acceptance criteria met?

A criterion's scenario is a command in a copy of the project: files that come on top, arguments,
standard input, and what is expected. The expected output never enters the sandbox; it is compared
here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from atomization.parser import syntax_faults
from devmatrix.sandbox import Limits, Outcome, Result, run
from validation.findings import Finding, clipped, failed, not_run, ok
from validation.imports import foreign_package, import_env
from validation.layout import Layout, is_test_support, layout_of
from validation.snapshot import Snapshot, encoded

LEVEL: Final = 4
ACCEPTANCE: Final = "acceptance"
COMPILE: Final = "compile"
SCENARIO_LIMITS: Final = Limits(wall_seconds=20.0, cpu_seconds=20)
MAX_FINDINGS: Final = 20


class ScenarioError(ValueError):
    """A scenario that cannot be executed; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One command and what it has to show."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes]
    stdin: bytes
    stdout: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One acceptance criterion: its key, its sentence, and its scenario as plain data."""

    key: str
    text: str
    scenario: Mapping[str, Any]


def validate_system(
    snapshot: Snapshot, criteria: Sequence[Criterion], *, limits: Limits = SCENARIO_LIMITS
) -> dict[str, list[Finding]]:
    """Check the whole project: criterion key → findings, and "compile" for its sources.

    Without criteria there is one finding "acceptance" that was not run.
    Raises SandboxUnavailable.
    """
    found = {COMPILE: check_compiles(snapshot)}
    if not criteria:
        found[ACCEPTANCE] = [not_run(LEVEL, ACCEPTANCE, "no acceptance criteria")]
    for criterion in criteria:
        found[criterion.key] = [check_criterion(snapshot, criterion, limits=limits)]
    return found


def check_compiles(snapshot: Snapshot) -> list[Finding]:
    """Ask each language whether its sources are programs; one finding for each fault."""
    started = time.perf_counter()
    found = []
    count = 0
    for path, file in sorted(snapshot.files.items()):
        if file.language is None:
            continue
        count += 1
        for fault in syntax_faults(encoded(file.text), file.language)[:1]:
            key, line = snapshot.locate(path, fault.line) or ("", None)
            message = f"{path}, line {fault.line}: {fault.message}"
            found.append(failed(LEVEL, COMPILE, message, line=line, evidence={"atom": key}))
    seconds = time.perf_counter() - started
    if not count:
        return [not_run(LEVEL, COMPILE, "the project has no sources")]
    found = found[:MAX_FINDINGS] or [ok(LEVEL, COMPILE, f"{count} sources compile")]
    return [finding.took(seconds / len(found)) for finding in found]


def check_criterion(
    snapshot: Snapshot, criterion: Criterion, *, limits: Limits = SCENARIO_LIMITS
) -> Finding:
    """Execute one criterion's scenario in the sandbox and compare what it shows."""
    started = time.perf_counter()
    finding = _executed(snapshot, criterion, limits)
    return finding.took(time.perf_counter() - started)


def _executed(snapshot: Snapshot, criterion: Criterion, limits: Limits) -> Finding:
    try:
        scenario = scenario_from(criterion.scenario)
    except ScenarioError as error:
        return not_run(LEVEL, ACCEPTANCE, f"{criterion.key}: {error}")
    files = {**_without_tests(snapshot.assembled()), **scenario.files}
    layout = layout_of(snapshot.assembled())
    result = _result(scenario, files, limits, layout)
    return _compared(criterion, scenario, result)


def _result(
    scenario: Scenario, files: Mapping[str, bytes], limits: Limits, layout: Layout
) -> Result:
    """Run a scenario; with the installed packages where the project turns out to need one."""
    env = import_env(layout)
    result = run(scenario.argv, files=files, stdin=scenario.stdin, limits=limits, env=env)
    if not foreign_package(result.stderr.decode("utf-8", "replace"), layout):
        return result
    return run(
        scenario.argv, files=files, stdin=scenario.stdin, limits=limits, env=env, packages=True
    )


def _without_tests(assembled: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out the project's tests: they may hold what a scenario has to show."""
    return {path: content for path, content in assembled.items() if not is_test_support(path)}


def _compared(criterion: Criterion, scenario: Scenario, result: Result) -> Finding:
    stdout, stderr = (data.decode("utf-8", "replace") for data in (result.stdout, result.stderr))
    evidence = {
        "criterion": criterion.key,
        "argv": list(scenario.argv),
        "exit_code": result.exit_status,
        "stdout": clipped(stdout, 2000),
        "stderr": clipped(stderr, 2000),
        "outcome": result.outcome.value,
    }
    if result.outcome is Outcome.REFUSED:
        return not_run(LEVEL, ACCEPTANCE, f"{criterion.key}: {result.reason}", evidence=evidence)
    problem = _difference(scenario, result, stdout)
    if not problem:
        return ok(LEVEL, ACCEPTANCE, criterion.text, evidence=evidence)
    return failed(
        LEVEL,
        ACCEPTANCE,
        f"{criterion.key}: {problem}",
        expected=f"exit code {scenario.exit_code}\n{scenario.stdout}",
        actual=f"exit code {result.exit_status}\n{stdout}{stderr[-1000:]}",
        evidence=evidence,
    )


def _difference(scenario: Scenario, result: Result, stdout: str) -> str:
    if result.outcome not in {Outcome.OK, Outcome.FAILED}:
        return f"the command did not come to its end: {result.reason}"
    if result.truncated:
        return "the command writes more than can be compared"
    if result.exit_status != scenario.exit_code:
        return f"exit code {result.exit_status} instead of {scenario.exit_code}"
    if _rows(stdout) != _rows(scenario.stdout):
        return "the output differs"
    return ""


def _rows(text: str) -> list[str]:
    """Give a text's lines; line ends and a missing newline at the end make no difference."""
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def scenario_from(data: Mapping[str, Any]) -> Scenario:
    """Read a scenario from plain data; raises ScenarioError for one that is not complete."""
    argv = data.get("argv")
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        raise ScenarioError("the scenario has no argv, a list of words")
    stdin, stdout = data.get("stdin", ""), data.get("stdout")
    if not isinstance(stdin, str) or not isinstance(stdout, str):
        raise ScenarioError("the scenario's stdin and stdout have to be texts")
    code = data.get("exit_code", 0)
    if type(code) is not int:
        raise ScenarioError("the scenario's exit_code has to be a whole number")
    files = dict(_files(data.get("files") or []))
    return Scenario(tuple(argv), files, encoded(stdin), stdout, code)


def _files(entries: Any) -> Iterable[tuple[str, bytes]]:
    if not isinstance(entries, list):
        raise ScenarioError("the scenario's files have to be a list of path and content")
    for entry in entries:
        path = entry.get("path") if isinstance(entry, dict) else None
        content = entry.get("content") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not isinstance(content, str):
            raise ScenarioError("the scenario's files have to be a list of path and content")
        yield path, encoded(content)
