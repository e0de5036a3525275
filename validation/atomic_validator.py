"""Level 1: one atom in its place. Is it a program, is it what its slot is for, do its types hold,
do its examples show what they say?

The checks go from cheap to dear. Red flags need the atom's text only; syntax needs its file; types
need the project, and one run of the checker serves all candidates of the moment; examples need the
sandbox. What code says about itself is never taken as a verdict.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from atomization.parser import Language, SyntaxFault, syntax_faults
from validation import contract_python, contract_script
from validation.candidate import LEVEL, MAX_FINDINGS, Candidate
from validation.contract_python import Change, names_bound
from validation.example_checks import check_examples
from validation.findings import Finding, Severity, Verdict, failed, not_run, ok
from validation.snapshot import Snapshot
from validation.type_checker import TypeChecker, shared_checker
from validation.type_checks import check_types

__all__ = ["Candidate", "cheap_checks", "check_examples", "check_syntax", "static_checks"]

MAX_CHARACTERS: Final = 20_000


def cheap_checks(candidate: Candidate) -> list[Finding]:
    """Check what the atom's own text shows: red flags, contract, completeness of the body."""
    started = time.perf_counter()
    flag = _red_flag(candidate)
    if flag is not None:
        return [flag.took(time.perf_counter() - started)]
    findings = [*_contract(candidate), *_completeness(candidate)]
    seconds = (time.perf_counter() - started) / len(findings)
    return [finding.took(seconds) for finding in findings]


def _red_flag(candidate: Candidate) -> Finding | None:
    code = candidate.code
    if not code.strip() and candidate.skeleton.strip():
        return failed(LEVEL, "completeness_of_body", "the answer is empty")
    if candidate.given:
        return None
    if len(code) > MAX_CHARACTERS:
        message = f"the answer has {len(code):,} characters; an atom is a few lines"
        return failed(LEVEL, "syntax", message)
    for number, row in enumerate(code.split("\n"), start=1):
        if row.lstrip().startswith("```") and "```" not in candidate.skeleton:
            message = "the answer holds a Markdown fence; answer with the code alone"
            return failed(LEVEL, "syntax", message, line=number, actual=row)
    return None


# --- contract and body


def _contract(candidate: Candidate) -> list[Finding]:
    if candidate.code == candidate.skeleton:
        return [ok(LEVEL, "contract")]
    found = _changes(candidate)
    if found is None:
        reason = "the text is a fragment that only its file makes whole"
        return [not_run(LEVEL, "contract", reason)]
    return [
        failed(
            LEVEL,
            "contract",
            change.message,
            line=change.line,
            expected=change.expected,
            actual=change.actual,
        )
        for change in found[:MAX_FINDINGS]
    ] or [ok(LEVEL, "contract")]


def _changes(candidate: Candidate) -> list[Change] | None:
    if candidate.language is Language.PYTHON:
        skeleton, answer = (
            contract_python.parsed(text) for text in (candidate.skeleton, candidate.code)
        )
        return contract_python.changes(skeleton, answer) if skeleton and answer else None
    before, after = (
        contract_script.parsed(text, candidate.language)
        for text in (candidate.skeleton, candidate.code)
    )
    return contract_script.changes(before, after) if before and after else None


def _completeness(candidate: Candidate) -> list[Finding]:
    check = "completeness_of_body"
    if candidate.given and candidate.code == candidate.skeleton:
        return [ok(LEVEL, check, "taken as it was handed in")]
    empty, comments = _unfinished(candidate)
    findings = [
        failed(LEVEL, check, f"{name} has no body: {instead}", line=line, actual=instead)
        for name, line, instead in empty
    ]
    findings += [
        failed(
            LEVEL,
            check,
            "a comment says that something is left to do",
            severity=Severity.WARNING,
            line=line,
            actual=text,
        )
        for line, text in comments
        if text not in candidate.skeleton
    ]
    return findings[:MAX_FINDINGS] or [ok(LEVEL, check)]


def _unfinished(candidate: Candidate) -> tuple[list[tuple[str, int, str]], list[tuple[int, str]]]:
    code, language = candidate.code, candidate.language
    if language is Language.PYTHON:
        tree = contract_python.parsed(code)
        empty = list(contract_python.empty_definitions(tree)) if tree else []
        return empty, list(contract_python.unfinished_comments(code))
    items = contract_script.parsed(code, language)
    empty = list(contract_script.empty_definitions(items)) if items else []
    return empty, list(contract_script.unfinished_comments(code, language))


# --- syntax


def check_syntax(snapshot: Snapshot, candidate: Candidate) -> Finding:
    """Check one candidate's syntax within its file; the snapshot holds the text before it."""
    started = time.perf_counter()
    return _syntax(snapshot, candidate).took(time.perf_counter() - started)


def _syntax(snapshot: Snapshot, candidate: Candidate) -> Finding:
    path, name = snapshot.split(candidate.key)
    file = snapshot.files[path].with_code(name, candidate.code)
    faults = _faults(file.source, candidate.language)
    if not faults:
        return ok(LEVEL, "syntax")
    first, last = file.span(name)
    inside = [fault for fault in faults if first <= fault.line <= last]
    if inside:
        return _syntax_fault(inside[0], inside[0].line - first + 1, file.text)
    before = _faults(snapshot.files[path].source, candidate.language)
    if not before:
        return _syntax_fault(faults[0], None, file.text)
    where = f"line {before[0].line} of {path}: {before[0].message}"
    return not_run(LEVEL, "syntax", f"another atom of the file does not parse ({where})")


@lru_cache(maxsize=32)
def _faults(source: bytes, language: Language) -> list[SyntaxFault]:
    """Many atoms of one file are checked in a row; the file is parsed once."""
    return syntax_faults(source, language)


def _syntax_fault(fault: SyntaxFault, line: int | None, text: str) -> Finding:
    rows = text.split("\n")
    actual = rows[fault.line - 1] if fault.line <= len(rows) else ""
    evidence = {"file_line": fault.line, "column": fault.column}
    return failed(LEVEL, "syntax", fault.message, line=line, actual=actual, evidence=evidence)


# --- everything that runs nothing


def static_checks(
    snapshot: Snapshot, candidates: Sequence[Candidate], *, checker: TypeChecker | None = None
) -> dict[str, list[Finding]]:
    """Check candidates without running them: key → findings (syntax, contract, body, types).

    `snapshot` is the project without the candidates; each is put into it for the checks. Types are
    checked in one run over all candidates that came that far. Raises KeyError for an unknown key.
    """
    found: dict[str, list[Finding]] = {}
    sound: list[Candidate] = []
    for candidate in candidates:
        findings = cheap_checks(candidate)
        if not any(finding.check == "syntax" for finding in findings):
            findings.insert(0, check_syntax(snapshot, candidate))
        if _has_blocks(snapshot, candidate.key):
            findings = [_body_in_blocks(finding) for finding in findings]
        findings += _import_collisions(snapshot, candidate)
        found[candidate.key] = findings
        if any(
            f.blocks or (f.check == "syntax" and f.verdict is Verdict.NOT_RUN) for f in findings
        ):
            reason = "types are looked at once the checks before them pass"
            findings.append(not_run(LEVEL, "types", reason))
        elif candidate.language is not Language.PYTHON:
            reason = f"no type checker for {candidate.language.value} is set up"
            findings.append(not_run(LEVEL, "types", reason))
        else:
            sound.append(candidate)
    types = check_types(snapshot, sound, checker=checker or shared_checker())
    for key, more in types.items():
        found[key] += more
    return found


def _has_blocks(snapshot: Snapshot, key: str) -> bool:
    """Tell whether an atom is the head of a function whose body is in atoms of its own."""
    path, name = snapshot.split(key)
    marks = (f"{name}#block", f"{name}.")
    return any(piece.name.startswith(marks) for piece in snapshot.files[path].pieces)


def _body_in_blocks(finding: Finding) -> Finding:
    if finding.check != "completeness_of_body" or not finding.blocks:
        return finding
    return ok(LEVEL, finding.check, "the body is in blocks of its own")


def _import_collisions(snapshot: Snapshot, candidate: Candidate) -> Iterator[Finding]:
    """Find imports that would give a name of the file another meaning."""
    if not candidate.imports or candidate.language is not Language.PYTHON:
        return
    path, _ = snapshot.split(candidate.key)
    bound = names_bound(snapshot.text(path))
    for statement in candidate.imports:
        for name, origin in names_bound(statement).items():
            if bound.get(name, origin) != origin:
                message = f"{statement!r} binds {name}, which the file already defines"
                yield failed(LEVEL, "imports", message, expected=bound[name], actual=origin)
