"""Level 1, types: mypy's sentences led back to the candidates that they are about.

How type errors weigh. In a generated atom each one refuses it: its contract is typed and the checks
run without `--strict`, so that what is left is an error. In given code (an imported project) only
those in CERTAIN do, and functions without annotations are not looked into: code that was not
written for this checker makes it say much that is no defect (in toolz, whose tests all pass, 62
sentences with them and 18 without, "name is not defined" among them). The others are warnings. So
are those in tests, which pass what is wrong on purpose, unless a name or a module is not there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Final

from atomization.parser import Language, syntax_faults
from validation.candidate import LEVEL, MAX_FINDINGS, Candidate
from validation.contract_python import without_silencers
from validation.findings import Finding, Severity, Verdict, failed, not_run, ok
from validation.layout import is_test_support, layout_of
from validation.snapshot import Snapshot, encoded
from validation.type_checker import TypeChecker, TypeCheckError, TypeFault

CERTAIN: Final = frozenset({"syntax"})
CERTAIN_IN_TESTS: Final = frozenset({"syntax", "name-defined", "import-not-found"})


def check_types(
    snapshot: Snapshot, candidates: Sequence[Candidate], *, checker: TypeChecker
) -> dict[str, list[Finding]]:
    """Run the type checker over the project with all candidates put in; key → findings.

    Given and generated candidates have a run each, for they are checked under different options.
    """
    if not candidates:
        return {}
    given = [candidate for candidate in candidates if candidate.given]
    if given and len(given) < len(candidates):
        made = [candidate for candidate in candidates if not candidate.given]
        return {
            **check_types(snapshot, given, checker=checker),
            **check_types(snapshot, made, checker=checker),
        }
    started = time.perf_counter()
    filled = _filled(snapshot, candidates)
    try:
        faults = _faults(filled, candidates, checker)
    except TypeCheckError as error:
        if len(candidates) == 1:
            return {
                candidates[0].key: [_types_refused(snapshot, filled, candidates[0], error, checker)]
            }
        parts = (check_types(snapshot, [candidate], checker=checker) for candidate in candidates)
        return {key: findings for part in parts for key, findings in part.items()}
    seconds = (time.perf_counter() - started) / len(candidates)
    return {
        candidate.key: [
            finding.took(seconds) for finding in _type_findings(filled, candidate, faults)
        ]
        for candidate in candidates
    }


def _filled(snapshot: Snapshot, candidates: Sequence[Candidate]) -> Snapshot:
    """Put candidates and their imports into the project; nothing in them silences the checker."""
    for candidate in candidates:
        snapshot = snapshot.with_imports(snapshot.split(candidate.key)[0], candidate.imports)
    return snapshot.replace_all(
        {
            candidate.key: candidate.code if candidate.given else without_silencers(candidate.code)
            for candidate in candidates
        }
    )


def _faults(
    snapshot: Snapshot, candidates: Sequence[Candidate], checker: TypeChecker
) -> list[TypeFault]:
    sources = {
        path: snapshot.files[path].text
        for path in snapshot.paths(Language.PYTHON)
        if not syntax_faults(encoded(snapshot.files[path].text), Language.PYTHON)
    }
    targets = sorted({snapshot.split(candidate.key)[0] for candidate in candidates})
    untyped = not candidates[0].given
    return checker.check(sources, layout_of(sources), targets, untyped=untyped)


def _type_findings(
    snapshot: Snapshot, candidate: Candidate, faults: Iterable[TypeFault]
) -> list[Finding]:
    path, _ = snapshot.split(candidate.key)
    first, last = snapshot.span(candidate.key)
    found = []
    for fault in faults:
        if fault.path != path:
            continue
        if first <= fault.line <= last:
            found.append(_type_fault(fault, candidate, snapshot, fault.line - first + 1))
        elif candidate.imports and _is_own_import(fault, candidate, snapshot):
            found.append(_type_fault(fault, candidate, snapshot, None))
    return found[:MAX_FINDINGS] or [ok(LEVEL, "types")]


def _is_own_import(fault: TypeFault, candidate: Candidate, snapshot: Snapshot) -> bool:
    row = _row(snapshot, fault)
    return any(row.strip() == statement.strip() for statement in candidate.imports)


def _row(snapshot: Snapshot, fault: TypeFault) -> str:
    file = snapshot.files[fault.path]
    if not 1 <= fault.line <= len(file.lines):
        return ""
    return file.text[file.lines[fault.line - 1] :].split("\n", 1)[0].rstrip("\r")


def _type_fault(
    fault: TypeFault, candidate: Candidate, snapshot: Snapshot, line: int | None
) -> Finding:
    return failed(
        LEVEL,
        "types",
        f"{fault.message} [{fault.code}]",
        severity=_severity(fault, candidate),
        line=line,
        actual=_row(snapshot, fault),
        evidence={"code": fault.code, "file_line": fault.line, "column": fault.column},
    )


def _severity(fault: TypeFault, candidate: Candidate) -> Severity:
    if candidate.given:
        certain = fault.code in CERTAIN
    elif is_test_support(fault.path):
        certain = fault.code in CERTAIN_IN_TESTS or fault.message.startswith('Module "')
    else:
        certain = True
    return Severity.ERROR if certain else Severity.WARNING


def _types_refused(
    before: Snapshot,
    filled: Snapshot,
    candidate: Candidate,
    error: TypeCheckError,
    checker: TypeChecker,
) -> Finding:
    """Judge a run that came to no end: the candidate's doing only if it works without it."""
    own = [
        finding
        for finding in _type_findings(filled, candidate, error.faults)
        if finding.verdict is Verdict.FAILED
    ]
    if own:
        return own[0]
    try:
        _faults(before, [candidate], checker)
    except TypeCheckError as also:
        return not_run(LEVEL, "types", f"without this atom as well: {also}")
    if candidate.given:
        return not_run(LEVEL, "types", str(error))
    message = f"{error} Without this text the check finishes; write it in a simpler form."
    return failed(LEVEL, "types", message)
