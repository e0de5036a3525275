"""Projects can be listed and read."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from devmatrix.masterplans.models import AcceptanceCriterion
from tests.factories import make_masterplan, make_task

pytestmark = pytest.mark.django_db


def test_projects_are_listed_newest_first(api: APIClient, django_assert_num_queries: Any) -> None:
    plans = [make_masterplan() for _ in range(3)]

    with django_assert_num_queries(2):
        told = api.get("/api/v2/masterplans").json()
    assert [plan["id"] for plan in told["results"]] == [str(plan.pk) for plan in reversed(plans)]


def test_a_project_is_told_with_its_tasks_and_criteria(
    api: APIClient, django_assert_num_queries: Any
) -> None:
    plan = make_masterplan("evenly", cost_usd="1.25")
    for number in range(3):
        make_task(plan, f"t{number}", target_files=[f"t{number}.py"])
        AcceptanceCriterion.objects.create(
            masterplan=plan, key=f"AC-{number}", text="It adds up.", scenario={}
        )

    with django_assert_num_queries(3):
        told = api.get(f"/api/v2/masterplans/{plan.pk}").json()
    assert (told["name"], told["cost_usd"]) == ("evenly", "1.250000")
    assert [task["key"] for task in told["tasks"]] == ["t0", "t1", "t2"]
    assert [(one["key"], one["status"]) for one in told["criteria"]] == [
        ("AC-0", "not_run"),
        ("AC-1", "not_run"),
        ("AC-2", "not_run"),
    ]
