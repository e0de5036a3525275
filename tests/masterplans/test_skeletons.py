"""Which files are taken as a skeleton or as tests, and what the questions show."""

import pytest

from devmatrix.masterplans import discovery, planner, skeletons
from devmatrix.masterplans.skeletons import GeneratedFile
from tests.masterplans.examples import (
    COUNT_SKELETON,
    COUNT_TESTS,
    DISCOVERY,
    SPECIFICATION,
    plan_data,
)

PLAN = planner.parse(plan_data())
TASK = PLAN.tasks[1]
PROJECT = skeletons.project_part(
    specification=SPECIFICATION, discovery=discovery.parse(DISCOVERY), plan=PLAN
)


def skeleton_problems(*files: tuple[str, str]) -> list[str]:
    return skeletons.problems_of_skeleton([GeneratedFile(*file) for file in files], TASK)


def problems_of_tests(*files: tuple[str, str], owners: dict[str, str] | None = None) -> list[str]:
    answer = [GeneratedFile(*file) for file in files]
    return skeletons.problems_of_tests(answer, TASK, owners or {})


def test_exactly_the_target_files_are_a_skeleton() -> None:
    assert skeleton_problems(("tally/count.py", COUNT_SKELETON)) == []


def test_missing_and_foreign_files_are_named() -> None:
    assert skeleton_problems(("tally/other.py", "x = 1\n")) == [
        "target file 'tally/count.py' is missing",
        "file 'tally/other.py' is no target file of the task",
    ]


def test_a_file_given_twice_is_named() -> None:
    file = ("tally/count.py", COUNT_SKELETON)
    assert skeleton_problems(file, file) == ["file 'tally/count.py' is given twice"]


def test_an_empty_file_is_named() -> None:
    assert skeleton_problems(("tally/count.py", " \n")) == ["file 'tally/count.py' is empty"]


def test_an_empty_init_is_fine() -> None:
    package = PLAN.tasks[0]
    files = [GeneratedFile("tally/__init__.py", "")]
    assert skeletons.problems_of_skeleton(files, package) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def f(:\n", "is no Python, line 1"),
        ("(" * 500, "tally/count.py"),
        ("x = 1\0\n", "tally/count.py"),
    ],
)
def test_a_file_that_python_cannot_read_is_named(source: str, problem: str) -> None:
    (found,) = skeleton_problems(("tally/count.py", source))
    assert problem in found


def test_a_doubtful_escape_is_no_error() -> None:
    assert skeleton_problems(("tally/count.py", 'PATTERN = "\\d"\n')) == []


def test_pytest_files_are_tests() -> None:
    assert problems_of_tests(("tests/test_count.py", COUNT_TESTS)) == []


@pytest.mark.parametrize("path", ["tests/count.py", "test_count.py", "tests/../test_x.py"])
def test_other_paths_are_not(path: str) -> None:
    assert f"file {path!r} is not of the form tests/…/test_*.py" in problems_of_tests(
        (path, COUNT_TESTS)
    )


def test_tests_of_another_task_may_not_be_overwritten() -> None:
    owners = {"tests/test_count.py": "cli"}
    assert problems_of_tests(("tests/test_count.py", COUNT_TESTS), owners=owners) == [
        "file 'tests/test_count.py' belongs to task 'cli'"
    ]


def test_ones_own_tests_may_be_given_again() -> None:
    owners = {"tests/test_count.py": "count"}
    assert problems_of_tests(("tests/test_count.py", COUNT_TESTS), owners=owners) == []


def test_a_test_file_without_tests_is_named() -> None:
    assert problems_of_tests(("tests/test_count.py", "x = 1\n")) == [
        "file 'tests/test_count.py' defines no function `test_…`"
    ]


def test_an_answer_without_files_is_named() -> None:
    assert problems_of_tests() == ["there is no test file"]


def test_tests_are_needed_where_a_python_function_is_defined() -> None:
    assert skeletons.needs_tests({"a.py": "x = 1\n", "b.py": COUNT_SKELETON})
    assert not skeletons.needs_tests({"a.py": "x = 1\n", "README.md": "def f(): ..."})
    assert not skeletons.needs_tests({"web/money.ts": "export function f(): void {}"})


def test_the_skeleton_question_shows_task_neighbours_and_targets() -> None:
    prompt = skeletons.prompt_for_skeleton(
        project=PROJECT, task=TASK, neighbours={"tally/__init__.py": '"""Tally."""'}
    )
    assert (prompt.purpose, prompt.subject) == ("skeleton", "count")
    assert prompt.project == PROJECT
    assert '<file path="tally/__init__.py">\n"""Tally."""\n</file>' in prompt.body
    assert prompt.body.endswith("exactly these files:\ntally/count.py")


def test_the_tests_question_shows_the_contract_and_the_scenarios() -> None:
    prompt = skeletons.prompt_for_tests(
        project=PROJECT,
        task=TASK,
        skeleton={"tally/count.py": COUNT_SKELETON},
        criteria=PLAN.criteria,
    )
    assert (prompt.purpose, prompt.subject) == ("tests", "count")
    assert "How often each word occurs" in prompt.body
    assert r"a 2\nb 1\n" in prompt.body


def test_questions_about_one_project_share_their_stable_part() -> None:
    prompts = [
        skeletons.prompt_for_skeleton(project=PROJECT, task=task, neighbours={})
        for task in PLAN.tasks
    ]
    assert len({(prompt.system, prompt.project) for prompt in prompts}) == 1
