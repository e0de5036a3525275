"""What makes a plan executable: each rule refuses the plan that breaks it, and only that."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from devmatrix.masterplans import discovery, planner
from tests.masterplans.examples import DISCOVERY, SPECIFICATION, plan_data, task_of

Change = Callable[[dict[str, Any]], None]


def problems_after(change: Change, criteria_ids: tuple[str, ...] = ()) -> list[str]:
    data = plan_data()
    change(data)
    assert Draft202012Validator(planner.SCHEMA).is_valid(data)
    return planner.validate(planner.parse(data), criteria_ids)


def in_task(key: str, /, **fields: Any) -> Change:
    return lambda data: task_of(data, key).update(fields)


def in_scenario(**fields: Any) -> Change:
    return lambda data: data["acceptance_criteria"][0]["scenario"].update(fields)


def test_a_sound_plan_has_no_problems() -> None:
    assert planner.validate(planner.parse(plan_data()), ("AC1",)) == []


def test_the_question_shows_specification_and_discovery() -> None:
    prompt = planner.prompt(
        name="tally", specification=SPECIFICATION, discovery=discovery.parse(DISCOVERY)
    )
    assert (prompt.purpose, prompt.subject) == ("masterplan", "tally")
    assert "Counts the words" in prompt.project
    assert "order of equal counts" in prompt.project


def test_tasks_are_listed_in_the_order_of_phases() -> None:
    tasks = planner.parse(plan_data()).tasks
    assert [task.key for task in tasks] == ["package", "count", "cli"]


def test_a_long_architecture_style_is_shortened_not_sent_back() -> None:
    data = {**plan_data(), "architecture_style": "layered " * 50}
    assert len(planner.parse(data).architecture_style) <= planner.STYLE_LENGTH


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (in_task("cli", target_files=["tally/count.py"]), "more than one owner: count, cli"),
        (in_task("cli", target_files=["a.py", "a.py"]), "more than one owner: cli, cli"),
        (in_task("cli", target_files=["Tally/count.py"]), "differ in upper and lower case"),
        (in_task("cli", target_files=["tally/count.py/x"]), "both a file and the folder"),
        (in_task("cli", target_files=[]), "'cli' has no target files"),
        (in_task("cli", target_files=["../x.py"]), "'../x.py' of task 'cli' has a folder"),
        (in_task("cli", target_files=["/x.py"]), "is not relative"),
        (in_task("cli", target_files=["x\0.py"]), "control character"),
        (in_task("cli", target_files=["tests/test_x.py"]), "tests are written in a separate"),
        (in_task("cli", depends_on=["nothing"]), "'nothing', which is no task"),
        (in_task("count", depends_on=["cli"]), "in a circle: "),
        (in_task("count", depends_on=["count"]), "in a circle: count → count"),
        (in_task("cli", key="count", depends_on=[]), "task key 'count' is given 2 times"),
        (in_task("cli", key="a b"), "task key 'a b' is not made of"),
        (in_task("cli", name=" "), "task 'cli' needs a name"),
        (in_task("cli", acceptance_criteria=["AC9"]), "'AC9', which is no acceptance criterion"),
        (in_scenario(argv=[]), "must run `python`"),
        (in_scenario(argv=["python"]), "must run `python`"),
        (in_scenario(argv=["rm", "-rf"]), "must run `python`"),
        (in_scenario(exit_code=256), "exit code 256"),
        (in_scenario(exit_code=-1), "exit code -1"),
        (in_scenario(files=[{"path": "../in", "content": ""}]), "names a file '../in' that"),
        (
            in_scenario(files=[{"path": "tally/count.py", "content": ""}]),
            "would overwrite 'tally/count.py'",
        ),
        (in_scenario(files=[{"path": "in", "content": ""}] * 2), "'in' is given 2 times"),
        (lambda data: data.update(phases=[]), "the plan has no task"),
        (lambda data: data["phases"][0].update(name=""), "phase needs a name"),
        (lambda data: data["phases"][0].update(name="x" * 201), "phase needs a name"),
        (
            lambda data: data["acceptance_criteria"][0].update(id="AC 1"),
            "id 'AC 1' is not made of",
        ),
        (lambda data: data["acceptance_criteria"][0].update(text=""), "has no text"),
        (
            lambda data: data["acceptance_criteria"].append(data["acceptance_criteria"][0]),
            "given 2",
        ),
    ],
)
def test_a_broken_rule_is_named(change: Change, problem: str) -> None:
    assert [found for found in problems_after(change) if problem in found]


def test_a_criterion_that_no_task_covers_is_named() -> None:
    def uncover(data: dict[str, Any]) -> None:
        task_of(data, "count")["acceptance_criteria"] = []
        task_of(data, "cli")["acceptance_criteria"] = []

    assert problems_after(uncover) == ["acceptance criterion 'AC1' is covered by no task"]


def test_a_plan_without_criteria_is_refused() -> None:
    def strip(data: dict[str, Any]) -> None:
        data["acceptance_criteria"] = []
        task_of(data, "count")["acceptance_criteria"] = []
        task_of(data, "cli")["acceptance_criteria"] = []

    assert ["no acceptance criterion" in found for found in problems_after(strip)] == [True]


def test_the_criteria_of_the_specification_may_not_get_lost() -> None:
    found = problems_after(lambda data: None, ("AC1", "AC2"))
    assert found == ["acceptance criterion 'AC2' of the specification is missing"]


def test_a_plan_of_five_thousand_tasks_is_one_problem() -> None:
    def multiply(data: dict[str, Any]) -> None:
        data["phases"][0]["milestones"][0]["tasks"] *= 5_000

    (problem,) = problems_after(multiply)
    assert "at most 500" in problem


def test_a_long_chain_of_dependencies_is_no_problem() -> None:
    def chain(data: dict[str, Any]) -> None:
        data["phases"][0]["milestones"][0]["tasks"] += [
            {
                **task_of(data, "package"),
                "key": f"t{number}",
                "target_files": [f"f{number}.py"],
                "depends_on": [f"t{number - 1}"] if number else [],
            }
            for number in range(400)
        ]

    assert problems_after(chain) == []


def test_a_scenario_survives_the_way_to_a_value_and_back() -> None:
    scenario = plan_data()["acceptance_criteria"][0]["scenario"]
    scenario["files"] = [{"path": "in.txt", "content": "x"}]
    assert planner.parse_scenario(scenario).to_dict() == scenario
