"""The levels in their order: cheap before dear, and no further than tells something."""

from __future__ import annotations

import pytest

from tests.validation.projects import HALF, SHARE, candidate, project, with_body
from validation.findings import Finding, Verdict, passed
from validation.hierarchical_validator import (
    nothing_imports,
    validate_atoms,
    validate_edit,
    validate_project,
)
from validation.snapshot import Snapshot
from validation.type_checker import TypeChecker

pytestmark = pytest.mark.usefixtures("sandbox")


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in findings}


def test_an_atom_whose_types_are_wrong_is_not_executed(
    evenly: Snapshot, checker: TypeChecker
) -> None:
    made = candidate(evenly, SHARE, with_body(evenly, SHARE, "return str(total)"))
    found = verdicts(validate_atoms(evenly, [made], checker=checker)[SHARE])
    assert found["types"] is Verdict.FAILED
    assert found["examples"] is Verdict.NOT_RUN


def test_an_atom_that_is_right_is_executed(evenly: Snapshot, checker: TypeChecker) -> None:
    made = candidate(evenly, SHARE, with_body(evenly, SHARE, "return total // people"))
    found = verdicts(validate_atoms(evenly, [made], checker=checker)[SHARE])
    assert set(found.values()) == {Verdict.PASSED}
    assert found["examples"] is Verdict.PASSED


def test_an_edit_is_checked_on_two_levels(evenly: Snapshot, checker: TypeChecker) -> None:
    made = candidate(evenly, SHARE, with_body(evenly, SHARE, "return total // people"))
    found = validate_edit(evenly, made, checker=checker)
    assert passed(found)
    assert {finding.level for finding in found} == {1, 2}
    assert verdicts(found)["import"] is Verdict.PASSED


def test_an_edit_that_breaks_its_examples_is_refused(
    evenly: Snapshot, checker: TypeChecker
) -> None:
    made = candidate(evenly, SHARE, with_body(evenly, SHARE, "return total + people"))
    found = validate_edit(evenly, made, checker=checker)
    assert [finding.check for finding in found if finding.blocks] == ["examples"]
    assert {finding.level for finding in found} == {1}


def test_an_edit_that_breaks_the_import_is_refused(checker: TypeChecker) -> None:
    snapshot = project({"a.py": "X = int('1')\n"})
    made = candidate(snapshot, "a.py::X", "X = int('one')\n")
    found = validate_edit(snapshot, made, checker=checker)
    assert [finding.check for finding in found if finding.blocks] == ["import"]


def test_an_edit_is_not_blamed_for_a_module_that_was_broken_before(checker: TypeChecker) -> None:
    text = "X = int('one')\n\n\ndef f() -> int:\n    return 1\n"
    snapshot = project({"a.py": text})
    code = snapshot.code("a.py::f").replace("1", "2")
    found = validate_edit(snapshot, candidate(snapshot, "a.py::f", code), checker=checker)
    assert passed(found)
    assert verdicts(found)["import"] is Verdict.NOT_RUN


def test_an_edit_of_typescript_stays_on_level_one(evenly: Snapshot, checker: TypeChecker) -> None:
    code = evenly.code("web/double.ts::double").replace(
        'throw new Error("not implemented")', "return 2 * x"
    )
    found = validate_edit(evenly, candidate(evenly, "web/double.ts::double", code), checker=checker)
    assert passed(found)
    assert {finding.level for finding in found} == {1}


def test_a_whole_project_has_a_verdict_a_level(evenly: Snapshot) -> None:
    filled = evenly.replace(SHARE, with_body(evenly, SHARE, "return total // people"))
    made = [candidate(filled, key, filled.code(key)) for key in (SHARE, HALF)]
    report = validate_project(filled, made, [])
    assert [report.verdict(level) for level in (1, 2, 3, 4)] == [
        Verdict.PASSED,
        Verdict.PASSED,
        Verdict.NOT_RUN,
        Verdict.PASSED,
    ]


def test_tests_of_a_project_that_cannot_be_imported_are_not_run() -> None:
    snapshot = project({"a.py": "1 / 0\n", "tests/test_a.py": "def test_a():\n    pass\n"})
    report = validate_project(snapshot, [], [])
    assert nothing_imports(report.findings[2])
    assert report.verdict(3) is Verdict.NOT_RUN
