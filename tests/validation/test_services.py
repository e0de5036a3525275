"""Findings become rows: each on its atom, with the content that was checked."""

from __future__ import annotations

import hashlib
import uuid

import pytest

from atomization.models import AtomicUnit, SourceFile
from devmatrix.masterplans.models import AcceptanceCriterion, MasterPlan
from tests.factories import atom_named, make_file, make_masterplan
from tests.validation.projects import MONEY, WIDGET
from validation import services
from validation.findings import Severity, Verdict, failed, not_run, ok, passed
from validation.models import ValidationResult
from validation.selectors import faulty_atoms, snapshot_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

PATH = "src/evenly/money.py"
TESTS = """from evenly.money import half, share


def test_half():
    assert half(8) == 4


def test_share():
    assert share(9, 3) == 3
"""
PROGRAM = "from evenly.money import half\n\nprint(half(8))\n"


def filled(body: str = "return total // people") -> str:
    """The project's library with its bodies."""
    add = "        ...\n"
    text = MONEY.replace(
        add, "        if other is None:\n            raise TypeError('no amount')\n"
        "        return Money(self.cents + other.cents)\n"
    )  # fmt: skip
    marker = '    >>> share(10, 3)\n    3\n    """\n'
    assert marker in text
    return text.replace(marker, f"{marker}    {body}\n")


def make_project(money: str = "") -> MasterPlan:
    plan = make_masterplan()
    make_file(plan, "src/evenly/__init__.py", "")
    make_file(plan, PATH, money or filled())
    make_file(plan, "src/evenly/__main__.py", PROGRAM)
    make_file(plan, "tests/test_money.py", TESTS)
    make_file(plan, "web/double.ts", WIDGET)
    make_file(plan, "README.md", "Read me.\n")
    return plan


def results(run_id: uuid.UUID) -> list[ValidationResult]:
    return list(ValidationResult.objects.filter(run_id=run_id).order_by("created_at"))


def atom(plan: MasterPlan, name: str) -> AtomicUnit:
    return atom_named(plan, f"{PATH}::{name}")


# --- reading


def test_a_snapshot_is_the_project_byte_for_byte(django_assert_num_queries: object) -> None:
    plan = make_project()
    SourceFile.objects.create(
        masterplan=plan, path="link", mode=SourceFile.Mode.LINK, raw=b"README.md"
    )
    with django_assert_num_queries(2):  # type: ignore[operator]
        assembled = snapshot_of(plan).assembled()
    assert assembled[PATH].decode() == filled()
    assert assembled["README.md"] == b"Read me.\n"
    assert assembled["src/evenly/__init__.py"] == b""
    assert "link" not in assembled


# --- level 1


def test_level_one_is_stored_with_its_content() -> None:
    plan = make_project()
    share = atom(plan, "share")
    run_id = services.validate_atoms(atoms=[share], attempt=2)
    rows = {row.check_name: row for row in results(run_id)}
    assert {name: row.verdict for name, row in rows.items()} == {
        "syntax": "passed",
        "contract": "passed",
        "completeness_of_body": "passed",
        "types": "passed",
        "examples": "passed",
    }
    row = rows["examples"]
    assert (row.atom_id, row.level, row.attempt, row.target) == (share.pk, 1, 2, f"{PATH}::share")
    assert row.content_sha256 == hashlib.sha256(share.code.encode()).hexdigest()
    assert row.seconds > 0


def test_a_wrong_atom_is_faulty_until_a_newer_run_says_otherwise() -> None:
    plan = make_project(filled("return total"))
    share = atom(plan, "share")
    services.validate_atoms(atoms=list(plan.atoms.select_related("source_file", "masterplan")))
    assert share.pk in faulty_atoms(masterplan=plan)
    AtomicUnit.objects.filter(pk=share.pk).update(
        code=share.code.replace("return total\n", "return total // people\n")
    )
    services.validate_atoms(atoms=[atom(plan, "share")])
    assert share.pk not in faulty_atoms(masterplan=plan)


def test_an_imported_atom_that_is_empty_is_no_fault() -> None:
    plan = make_masterplan(origin=MasterPlan.Origin.IMPORT)
    make_file(plan, "a.py", "def f():\n    pass\n")
    plan.atoms.update(author=AtomicUnit.Author.IMPORTED)
    services.validate_atoms(atoms=list(plan.atoms.select_related("source_file", "masterplan")))
    assert faulty_atoms(masterplan=plan) == set()


def test_nothing_to_check_stores_nothing() -> None:
    services.validate_atoms(atoms=[])
    assert not ValidationResult.objects.exists()


# --- an edit


def test_an_edit_is_judged_and_nothing_is_stored() -> None:
    plan = make_project()
    share = atom(plan, "share")
    wrong = share.code.replace("total // people", "total")
    assert passed(services.check_edit(atom=share, code=share.code))
    found = services.check_edit(atom=share, code=wrong)
    assert [finding.check for finding in found if finding.blocks] == ["examples"]
    share.refresh_from_db()
    assert "total // people" in share.code
    assert not ValidationResult.objects.exists()


# --- levels 2 to 4


def test_modules_are_stored_by_path() -> None:
    plan = make_project()
    rows = results(services.validate_modules(masterplan=plan, paths=[PATH]))
    assert {(row.level, row.check_name, row.target, row.verdict) for row in rows} == {
        (2, "import", PATH, "passed"),
        (2, "call_signatures", PATH, "passed"),
    }
    assert rows[0].content_sha256 == hashlib.sha256(filled().encode()).hexdigest()


def test_a_modules_failure_is_its_atoms() -> None:
    plan = make_project(filled() + "\n\nNOTHING = 1 // 0\n")
    rows = results(services.validate_modules(masterplan=plan, paths=[PATH]))
    (row,) = [row for row in rows if row.verdict == "failed"]
    assert row.atom == atom(plan, "NOTHING")


def test_tests_are_stored_each_and_as_a_run() -> None:
    plan = make_project()
    rows = {row.target: row for row in results(services.validate_components(masterplan=plan))}
    assert {target: row.verdict for target, row in rows.items()} == {
        "tests/test_money.py::test_half": "passed",
        "tests/test_money.py::test_share": "passed",
        "tests": "passed",
    }
    assert rows["tests"].level == 3


def test_a_failed_test_belongs_to_the_atom_it_ended_in() -> None:
    plan = make_project(filled("return total // 0"))
    rows = {row.target: row for row in results(services.validate_components(masterplan=plan))}
    row = rows["tests/test_money.py::test_half"]
    assert row.verdict == "failed"
    assert row.atom == atom(plan, "share")
    assert row.line is not None
    assert row.atom is not None
    assert "total // 0" in row.atom.code.split("\n")[row.line - 1]


def test_criteria_are_settled_by_what_was_executed() -> None:
    plan = make_project()
    command = {"argv": ["python", "-m", "evenly"], "exit_code": 0}
    for key, scenario in {
        "AC-1": command | {"stdout": "4\n"},
        "AC-2": command | {"stdout": "5\n"},
        "AC-3": {"text": "nothing to execute"},
    }.items():
        AcceptanceCriterion.objects.create(masterplan=plan, key=key, text=key, scenario=scenario)
    run_id = services.validate_system(masterplan=plan)
    states = dict(plan.criteria.values_list("key", "status"))
    assert states == {"AC-1": "met", "AC-2": "not_met", "AC-3": "not_run"}
    failed_one = plan.criteria.get(key="AC-2")
    assert failed_one.checked_at is not None
    assert failed_one.evidence["run_id"] == str(run_id)
    assert "4" in failed_one.evidence["actual"]
    verdicts = {row.target: row.verdict for row in results(run_id)}
    assert verdicts == {
        "AC-1": "passed",
        "AC-2": "failed",
        "AC-3": "not_run",
        "compile": "passed",
    }


def test_a_project_without_criteria_says_so() -> None:
    plan = make_project()
    rows = {row.check_name: row for row in results(services.validate_system(masterplan=plan))}
    assert rows["acceptance"].verdict == "not_run"
    assert rows["acceptance"].message == "no acceptance criteria"


# --- skeletons


def test_skeletons_that_fit_together_have_no_problems() -> None:
    plan = make_project(MONEY)
    assert services.skeleton_problems(masterplan=plan) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("from decimal import Decimal", "from decimal import Decimall", "Decimall"),
        ("people: int", "people: Nothing", "Nothing"),
        ("def share(", "def share((", "line"),
    ],
)
def test_skeletons_that_do_not_fit_are_named(old: str, new: str, said: str) -> None:
    plan = make_project(MONEY.replace(old, new))
    problems = services.skeleton_problems(masterplan=plan)
    assert problems
    assert PATH in problems[0]
    assert said in problems[0]


# --- storing


def test_findings_of_others_are_recorded_the_refusing_ones_last() -> None:
    plan = make_project()
    share = atom(plan, "share")
    findings = [
        failed(1, "types", "no \x00 \udc80", line=3, evidence={"text": "\x00\udcff"}),
        ok(1, "syntax"),
        failed(1, "types", "hm", severity=Severity.WARNING),
        not_run(1, "examples", "later"),
    ]
    rows = services.record(
        masterplan=plan,
        atom=share,
        run_id=uuid.uuid4(),
        findings=findings,
        target="x" * 900,
        attempt=1,
        content="text \udc80",
    )
    assert [row.verdict for row in rows][-1] == Verdict.FAILED.value
    stored = ValidationResult.objects.get(pk=rows[-1].pk)
    assert "\x00" not in stored.message
    assert len(stored.target) == 500
    assert stored.content_sha256 == hashlib.sha256(b"text \x80").hexdigest()
