"""Work is started, watched and repeated over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django_q.models import OrmQ
from rest_framework.test import APIClient

from atomization.models import AtomicUnit
from devmatrix.masterplans.models import MasterPlan
from tests.factories import atom_named, make_atom, make_attempt, make_file, make_graph
from tests.factories import make_masterplan as make_plan

pytestmark = pytest.mark.django_db
START = "/api/v2/execution/start"
TO_FILL = 'def twice(n: int) -> int:\n    """Double."""\n    ...\n'


def rung() -> list[str]:
    """Ids of the masterplans that the workers were rung for."""
    return [message.task["args"][0] for message in OrmQ.objects.all()]


def status_of(api: APIClient, plan: MasterPlan) -> Any:
    return api.get(f"/api/v2/execution/status/{plan.pk}").json()


def test_starting_makes_ready_what_waits_for_nothing_and_rings(api: APIClient) -> None:
    plan = make_plan()
    make_file(plan, "m.py", TO_FILL)

    answer = api.post(START, {"masterplan_id": str(plan.pk)}, format="json")
    assert answer.status_code == 202
    assert answer.json()["atoms"]["ready"] == 1
    assert rung() == [str(plan.pk)]


def test_an_atom_that_waits_for_code_is_not_released(api: APIClient) -> None:
    plan = make_plan()
    make_file(plan, "m.py", TO_FILL)
    make_file(plan, "n.py", TO_FILL.replace("twice", "thrice"))
    below, above = atom_named(plan, "n.py::thrice"), atom_named(plan, "m.py::twice")
    make_graph(plan, [[above], [below]], [(below, above)])

    answer = api.post(START, {"masterplan_id": str(plan.pk)}, format="json")
    assert (answer.json()["atoms"]["ready"], answer.json()["atoms"]["pending"]) == (1, 1)


def test_what_is_cancelled_cannot_be_started(api: APIClient) -> None:
    plan = make_plan("evenly", status="cancelled")

    answer = api.post(START, {"masterplan_id": str(plan.pk)}, format="json")
    assert answer.status_code == 409
    assert answer.json()["detail"].lower().startswith("evenly is cancelled; ")
    assert rung() == []


@pytest.mark.parametrize("status", ["paused", "failed"])
def test_a_stopped_project_goes_on_where_it_stopped(api: APIClient, status: str) -> None:
    plan = make_plan(status=status, resume_status="executing")

    answer = api.post(START, {"masterplan_id": str(plan.pk)}, format="json")
    assert answer.status_code == 202
    assert answer.json()["status"] == "executing"


def test_a_start_without_a_project_is_refused(api: APIClient) -> None:
    answer = api.post(START, {}, format="json")

    assert answer.status_code == 400
    assert answer.json()["detail"] == "masterplan_id: This field is required."


def test_the_status_counts_atoms_attempts_and_waves(api: APIClient) -> None:
    plan = make_plan(cost_usd="0.5", budget_usd="2")
    first, second = make_atom(plan), make_atom(plan, status="failed")
    make_graph(plan, [[first], [second]])
    make_attempt(first)
    for number in (1, 2, 3):
        make_attempt(second, number, outcome="rejected")

    told = status_of(api, plan)
    assert told["total_atoms"] == 2
    assert (told["atoms"]["accepted"], told["atoms"]["failed"]) == (1, 1)
    assert (told["attempts"], told["retries"]) == (4, 2)
    assert (told["success"]["first_attempt"], told["success"]["atoms"]) == (1, 2)
    assert [(wave["number"], wave["atoms"]) for wave in told["waves"]] == [(1, 1), (2, 1)]
    assert (told["cost_usd"], told["budget_usd"]) == ("0.500000", "2.000000")


@pytest.mark.parametrize("width", [1, 8])
def test_the_status_costs_the_same_queries_however_many_atoms(
    api: APIClient, django_assert_num_queries: Any, width: int
) -> None:
    plan = make_plan()
    make_graph(plan, [[make_atom(plan) for _ in range(width)] for _ in range(width)])

    with django_assert_num_queries(8):
        status_of(api, plan)


def test_a_retry_begins_a_new_round_that_is_told_the_guidance(reviewer_api: APIClient) -> None:
    atom = make_atom(attempts=3, status="failed")

    answer = reviewer_api.post(
        f"/api/v2/retry/{atom.pk}", {"guidance": "Mind zero."}, format="json"
    )
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["round"]) == ("ready", 2)
    atom.refresh_from_db()
    assert (atom.guidance, atom.attempts) == ("Mind zero.", 0)
    assert rung() == [str(atom.masterplan_id)]


def test_what_is_being_made_cannot_be_retried(reviewer_api: APIClient) -> None:
    atom = make_atom(status=AtomicUnit.Status.READY)

    answer = reviewer_api.post(f"/api/v2/retry/{atom.pk}", {}, format="json")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(atom.name)
    assert rung() == []


def test_guidance_has_a_bound(reviewer_api: APIClient) -> None:
    atom = make_atom(status="failed")

    answer = reviewer_api.post(f"/api/v2/retry/{atom.pk}", {"guidance": "x" * 4001}, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("guidance: ")


def test_a_retry_needs_the_permission_of_reviewers(api: APIClient) -> None:
    atom = make_atom(attempts=3, status="accepted")

    answer = api.post(f"/api/v2/retry/{atom.pk}", {}, format="json")
    assert answer.status_code == 403
    atom.refresh_from_db()
    assert (atom.status, atom.attempts) == ("accepted", 3)
    assert rung() == []
