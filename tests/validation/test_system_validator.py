"""Level 4: acceptance criteria are met by what a command shows, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix.sandbox import Limits
from tests.validation.projects import project
from validation.findings import Finding, Verdict
from validation.snapshot import Snapshot
from validation.system_validator import (
    Criterion,
    ScenarioError,
    check_compiles,
    check_criterion,
    scenario_from,
    validate_system,
)

PROGRAM = """import sys

total = sum(int(line) for line in (open(sys.argv[1]) if sys.argv[1:] else sys.stdin))
print(total)
sys.exit(0 if total else 3)
"""
FILES = {"src/evenly/__init__.py": "", "src/evenly/__main__.py": PROGRAM}
SUM: dict[str, Any] = {
    "files": [{"path": "in.txt", "content": "1\n2\n"}],
    "argv": ["python", "-m", "evenly", "in.txt"],
    "stdout": "3\n",
    "exit_code": 0,
}


def judged(snapshot: Snapshot, **changes: Any) -> Finding:
    criterion = Criterion("AC-1", "It adds.", SUM | changes)
    return check_criterion(snapshot, criterion, limits=Limits(wall_seconds=3.0))


@pytest.mark.usefixtures("sandbox")
class TestCriterion:
    def test_a_criterion_that_is_met_passes(self) -> None:
        found = judged(project(FILES))
        assert found.verdict is Verdict.PASSED
        assert found.evidence["stdout"] == "3\n"

    def test_standard_input_is_given(self) -> None:
        found = judged(project(FILES), argv=["python", "-m", "evenly"], stdin="4\n", stdout="4")
        assert found.verdict is Verdict.PASSED

    def test_another_exit_code_may_be_wanted(self) -> None:
        changes = {"files": [{"path": "in.txt", "content": ""}], "stdout": "0\n"}
        assert judged(project(FILES), **changes, exit_code=3).verdict is Verdict.PASSED
        found = judged(project(FILES), **changes)
        assert found.verdict is Verdict.FAILED
        assert "exit code 3 instead of 0" in found.message

    def test_other_output_is_refused_with_both_texts(self) -> None:
        found = judged(project(FILES), stdout="4\n")
        assert found.verdict is Verdict.FAILED
        assert "4" in found.expected
        assert "3" in found.actual

    def test_a_command_that_never_ends_is_refused(self) -> None:
        snapshot = project(FILES | {"src/evenly/__main__.py": "while True:\n    pass\n"})
        found = judged(snapshot)
        assert found.verdict is Verdict.FAILED
        assert "did not come to its end" in found.message

    def test_tests_with_the_answers_are_not_there(self) -> None:
        files = FILES | {"tests/test_it.py": "ANSWER = 3\n"}
        program = "import pathlib\nprint(pathlib.Path('tests').exists())\n"
        found = judged(project(files | {"src/evenly/__main__.py": program}), stdout="False\n")
        assert found.verdict is Verdict.PASSED

    def test_the_scenario_has_a_copy_of_its_own(self) -> None:
        program = "import pathlib\np = pathlib.Path('left')\nprint(p.exists())\np.touch()\n"
        snapshot = project(FILES | {"src/evenly/__main__.py": program})
        for _ in range(2):
            assert judged(snapshot, stdout="False\n").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "scenario",
    [
        {},
        {"argv": []},
        {"argv": "python"},
        {"argv": ["python"], "stdout": None},
        {"argv": ["python"], "stdout": "", "exit_code": "0"},
        {"argv": ["python"], "stdout": "", "exit_code": True},
        {"argv": ["python"], "stdout": "", "files": {"a": "b"}},
        {"argv": ["python"], "stdout": "", "files": [{"path": "a"}]},
    ],
)
def test_a_scenario_that_is_not_complete_is_not_run(scenario: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError):
        scenario_from(scenario)
    found = check_criterion(project(FILES), Criterion("AC-1", "", scenario))
    assert found.verdict is Verdict.NOT_RUN


@pytest.mark.usefixtures("sandbox")
def test_a_file_outside_the_project_is_not_run() -> None:
    found = judged(project(FILES), files=[{"path": "../../etc/passwd", "content": ""}])
    assert found.verdict is Verdict.NOT_RUN


def test_without_criteria_nothing_is_claimed() -> None:
    found = validate_system(project(FILES), [])
    assert found["acceptance"][0].verdict is Verdict.NOT_RUN
    assert found["acceptance"][0].message == "no acceptance criteria"


def test_each_source_has_to_compile() -> None:
    assert check_compiles(project(FILES))[0].verdict is Verdict.PASSED
    found = check_compiles(project(FILES | {"a.py": "def f(:\n", "b.ts": "function (\n"}))
    assert [finding.verdict for finding in found] == [Verdict.FAILED] * 2
    assert found[0].message.startswith("a.py, line 1")
    assert str(found[0].evidence["atom"]).startswith("a.py::")


def test_a_project_without_sources_compiles_nothing() -> None:
    assert check_compiles(project({"README.md": "x"}))[0].verdict is Verdict.NOT_RUN
