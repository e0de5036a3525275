"""Checks are run over HTTP, and what they found can be read."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django_q.models import OrmQ
from rest_framework.test import APIClient

from tests.factories import atom_named, make_atom, make_file, make_masterplan, make_result
from validation.models import ValidationResult
from validation.tasks import run_levels

pytestmark = pytest.mark.django_db
RUN = "/api/v2/validation/run"
GOOD = '''def twice(n: int) -> int:
    """Double.

    >>> twice(2)
    4
    """
    return 2 * n
'''


def verdicts(results: list[dict[str, Any]]) -> dict[str, str]:
    return {result["check_name"]: result["verdict"] for result in results}


def test_a_right_atom_passes_its_own_examples(api: APIClient) -> None:
    plan = make_masterplan()
    make_file(plan, "m.py", GOOD)
    atom = atom_named(plan, "m.py::twice")

    answer = api.post(RUN, {"atom_id": str(atom.pk)}, format="json")
    assert answer.status_code == 200, answer.content
    found = verdicts(answer.json()["results"])
    assert found["syntax"] == found["types"] == found["examples"] == "passed"
    stored = ValidationResult.objects.filter(run_id=answer.json()["run_id"])
    assert stored.count() == len(answer.json()["results"])


def test_a_wrong_atom_is_told_what_was_expected(api: APIClient) -> None:
    plan = make_masterplan()
    make_file(plan, "m.py", GOOD.replace("2 * n", "3 * n"))
    atom = atom_named(plan, "m.py::twice")

    results = api.post(RUN, {"atom_id": str(atom.pk)}, format="json").json()["results"]
    wrong = next(result for result in results if result["check_name"] == "examples")
    assert wrong["verdict"] == "failed"
    assert (wrong["expected"].strip(), wrong["actual"].strip()) == ("4", "6")


def test_a_project_is_checked_by_a_worker_on_the_levels_asked_for(api: APIClient) -> None:
    plan = make_masterplan()

    answer = api.post(RUN, {"masterplan_id": str(plan.pk), "levels": [2, 1, 2]}, format="json")
    assert answer.status_code == 202
    assert answer.json()["levels"] == [1, 2]
    assert api.get(answer.json()["status_url"]).status_code == 200
    (message,) = OrmQ.objects.all()
    assert message.task["func"] == "validation.tasks.run_levels"
    assert message.task["args"] == (str(plan.pk), [1, 2])


def test_the_worker_stores_what_each_level_found() -> None:
    plan = make_masterplan()
    make_file(plan, "m.py", GOOD)

    runs = run_levels(str(plan.pk), [2, 1])
    levels = [
        set(ValidationResult.objects.filter(run_id=run).values_list("level", flat=True))
        for run in runs
    ]
    assert levels == [{1}, {2}]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Send either atom_id or masterplan_id."),
        (
            {"atom_id": str(uuid.uuid4()), "masterplan_id": str(uuid.uuid4())},
            "Send either atom_id or masterplan_id.",
        ),
        (
            {"atom_id": str(uuid.uuid4()), "levels": [2]},
            "levels: An atom is checked on level 1; levels 2 to 4 belong to a project.",
        ),
        ({"masterplan_id": "7"}, "masterplan_id: Must be a valid UUID."),
        (
            {"masterplan_id": str(uuid.uuid4()), "levels": []},
            "levels: This list may not be empty.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    api: APIClient, body: dict[str, Any], sentence: str
) -> None:
    answer = api.post(RUN, body, format="json")

    assert answer.status_code == 400
    assert answer.json()["detail"] == sentence


def test_a_level_that_does_not_exist_is_refused(api: APIClient) -> None:
    body = {"masterplan_id": str(uuid.uuid4()), "levels": [5]}
    answer = api.post(RUN, body, format="json")

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("levels")


def test_results_are_listed_latest_first_and_by_run(
    api: APIClient, django_assert_num_queries: Any
) -> None:
    atom = make_atom()
    first = make_result(atom)
    for name in ("contract", "types", "examples"):
        last = make_result(atom, check_name=name)
    make_result(make_atom())

    with django_assert_num_queries(3):
        told = api.get(f"/api/v2/validation/results/{atom.pk}").json()
    assert told["count"] == 4
    assert told["results"][0]["id"] == str(last.pk)
    only = api.get(f"/api/v2/validation/results/{atom.pk}", {"run_id": str(first.run_id)}).json()
    assert [result["id"] for result in only["results"]] == [str(first.pk)]


def test_a_run_that_is_no_id_is_refused(api: APIClient) -> None:
    answer = api.get(f"/api/v2/validation/results/{make_atom().pk}", {"run_id": "7"})

    assert answer.status_code == 400
    assert answer.json()["detail"] == "run_id: Must be a valid UUID."
