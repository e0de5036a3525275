"""Leading a plan on: what nobody foresaw stops it once, what was overlooked is found again."""

from __future__ import annotations

from typing import Any

import pytest
from django_q.models import OrmQ

from devmatrix.llm.prices import PriceError
from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline import stages, tasks
from execution.services import Status
from tests.factories import make_atom, make_graph, make_masterplan


@pytest.mark.django_db(transaction=True)
def test_an_error_that_nobody_foresaw_pauses_the_plan_where_it_is(settings: Any) -> None:
    """Prices that cannot be read are found by the commands; a worker meets them unprepared."""
    settings.DEVMATRIX = {**settings.DEVMATRIX, "PRICES": "cheap"}
    plan = make_masterplan()
    make_graph(plan, [[make_atom(plan, status=Status.READY)]])
    with pytest.raises(PriceError):
        stages.advance(plan.pk)
    plan.refresh_from_db()
    assert (plan.status, plan.resume_status) == ("paused", "executing")
    assert "start again to go on" in plan.status_reason


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_missing_pauses_the_plan_and_says_so(settings: Any) -> None:
    keyless = {"ANTHROPIC_API_KEY": "", "ANTHROPIC_BASE_URL": ""}
    settings.DEVMATRIX = {**settings.DEVMATRIX, **keyless}
    plan = make_masterplan()
    make_graph(plan, [[make_atom(plan, status=Status.READY)]])
    stages.advance(plan.pk)
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.PAUSED
    assert "ANTHROPIC_API_KEY" in plan.status_reason


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["in_review", "completed"])
def test_an_atom_made_ready_while_its_plan_left_execution_is_found(stage: str) -> None:
    plan = make_masterplan(status=stage)
    make_atom(plan, status=Status.READY)
    assert tasks.sweep() == 1
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.EXECUTING
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["in_review", "paused", "failed", "cancelled"])
def test_nobody_is_rung_for_a_plan_with_nothing_to_do(stage: str) -> None:
    make_atom(make_masterplan(status=stage, resume_status="executing"))
    assert tasks.sweep() == 0
