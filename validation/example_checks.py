"""Level 1, examples: an atom's docstring examples, run in the sandbox and compared on the host."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from atomization.parser import Language
from devmatrix.sandbox import CallRecord, Limits, evaluate
from validation.candidate import LEVEL, MAX_FINDINGS
from validation.examples import Trial, files_for_examples, refusal, trials_in
from validation.findings import Finding, failed, not_run, ok
from validation.imports import import_env, missing_package
from validation.layout import Layout, layout_of
from validation.snapshot import Snapshot

_LIMITS: Final = Limits()


def check_examples(
    snapshot: Snapshot,
    key: str,
    examples: Sequence[Trial] | None = None,
    *,
    limits: Limits = _LIMITS,
) -> list[Finding]:
    """Run an atom's docstring examples in the sandbox, and compare here what they showed.

    `snapshot` is the project with the atom in it; `examples` are taken from the atom's docstring
    unless they are given. Raises KeyError for an unknown key and SandboxUnavailable.
    """
    started = time.perf_counter()
    findings = _examples(snapshot, key, examples, limits)
    seconds = (time.perf_counter() - started) / len(findings)
    return [finding.took(seconds) for finding in findings]


def _examples(
    snapshot: Snapshot, key: str, examples: Sequence[Trial] | None, limits: Limits
) -> list[Finding]:
    path, _ = snapshot.split(key)
    language = snapshot.files[path].language
    if language is not Language.PYTHON:
        name = language.value if language else "this file"
        return [not_run(LEVEL, "examples", f"examples of {name} are not run yet")]
    trials = trials_in(snapshot.code(key)) if examples is None else list(examples)
    if not trials:
        return [not_run(LEVEL, "examples", "the contract has no examples")]
    assembled = snapshot.assembled()
    layout = layout_of(assembled)
    module = layout.module_of(path)
    if module is None:
        return [not_run(LEVEL, "examples", f"{path} is no name that Python can import")]
    files = files_for_examples(assembled, layout, path)
    records = _evaluated(module, files, trials, layout, limits)
    return _compared(trials, records, layout)


def _evaluated(
    module: str,
    files: Mapping[str, bytes],
    trials: Sequence[Trial],
    layout: Layout,
    limits: Limits,
) -> list[CallRecord]:
    """Run the examples; with the installed packages where the project needs one of them."""
    sources, env = [trial.source for trial in trials], import_env(layout)
    records = evaluate(module, files, sources, limits=limits, env=env)
    if missing_package(records[0], layout):
        return evaluate(module, files, sources, limits=limits, env=env, packages=True)
    return records


def _compared(
    trials: Sequence[Trial], records: Sequence[CallRecord], layout: Layout
) -> list[Finding]:
    evidence = {"examples": len(trials)}
    package = missing_package(records[0], layout)
    if package:
        reason = f"the module needs the package {package!r}, which is not installed here"
        return [not_run(LEVEL, "examples", reason)]
    found = []
    for trial, record in zip(trials, records, strict=True):
        if not record.completed:
            found.append(_unfinished_example(trial, record, evidence))
            break
        difference = refusal(trial, record)
        if difference is not None:
            sentence, expected, actual = difference
            message = f"{sentence}: {trial.source.strip()}"
            found.append(
                failed(
                    LEVEL,
                    "examples",
                    message,
                    line=trial.line,
                    expected=expected,
                    actual=actual,
                    evidence=evidence,
                )
            )
    return found[:MAX_FINDINGS] or [ok(LEVEL, "examples", evidence=evidence)]


def _unfinished_example(trial: Trial, record: CallRecord, evidence: dict[str, int]) -> Finding:
    said = record.exception_message or "no reason given"
    if record.exception_type is not None:
        message = f"the module cannot be imported: {record.exception_type}: {said}"
        return failed(LEVEL, "examples", message, actual=said, evidence=evidence)
    message = f"the example does not come to an end ({said}): {trial.source.strip()}"
    return failed(
        LEVEL,
        "examples",
        message,
        line=trial.line,
        expected=trial.want or trial.exception or "",
        actual=said,
        evidence=evidence,
    )
