"""The pages of projects: what they tell, and at how many queries."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from devmatrix.accounts.models import User
from devmatrix.masterplans.models import AcceptanceCriterion, MasterPlan
from devmatrix.pipeline import selectors
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    """A client of somebody who is signed in."""
    client.force_login(user)
    return client


def body(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def running_plan() -> MasterPlan:
    """Make a project with two waves, one of them half done."""
    plan = factories.make_masterplan(
        "Evenly", cost_usd=Decimal("1.25"), budget_usd=Decimal(5), input_tokens=12_345
    )
    done = factories.make_atom(plan, attempts=1)
    factories.make_attempt(done, input_tokens=10)
    waiting = [factories.make_atom(plan, status="ready") for _ in range(3)]
    factories.make_graph(plan, [[done, waiting[0]], waiting[1:]])
    return plan


def test_projects_are_listed_with_what_waits(browser: Client) -> None:
    plan = running_plan()
    factories.make_review_item(plan.atoms.all()[0])
    text = body(browser.get(reverse("projects")))
    assert "Evenly" in text and "executing" in text and "$1.25" in text
    assert f"?project={plan.pk}" in text


def test_without_projects_the_page_says_how_to_begin(browser: Client) -> None:
    assert "manage.py generate" in body(browser.get(reverse("projects")))


def test_a_running_project_renews_its_progress(browser: Client) -> None:
    plan = running_plan()
    text = body(browser.get(reverse("project", args=[plan.pk])))
    assert f'hx-get="/projects/{plan.pk}/progress/"' in text
    fragment = body(browser.get(reverse("project-progress", args=[plan.pk])))
    assert "hx-trigger" in fragment and "<html" not in fragment


@pytest.mark.parametrize("status", ["in_review", "completed", "paused", "failed"])
def test_a_project_at_rest_does_not(browser: Client, status: str) -> None:
    plan = running_plan()
    MasterPlan.objects.filter(pk=plan.pk).update(status=status, resume_status="executing")
    assert "hx-trigger" not in body(browser.get(reverse("project", args=[plan.pk])))
    fragment = browser.get(reverse("project-progress", args=[plan.pk]))
    assert fragment["HX-Refresh"] == "true"


def test_an_expired_session_loads_the_page_anew(client: Client) -> None:
    response = client.get(reverse("project-progress", args=[running_plan().pk]))
    assert response["HX-Refresh"] == "true"


def test_the_figures_are_those_of_the_rows(browser: Client) -> None:
    plan = running_plan()
    text = body(browser.get(reverse("project", args=[plan.pk])))
    assert "1 of 1 generated" in text
    assert "$1.25" in text and "of $5.00" in text and "12,345" in text
    assert "not measured" in text


def test_waves_tell_how_far_they_are() -> None:
    first, second = selectors.wave_rows(running_plan())
    assert (first.number, first.accepted, first.total) == (1, 1, 2)
    assert (second.number, second.accepted, second.total) == (2, 0, 2)
    assert [segment.tone for segment in first.segments] == ["good", "idle"]
    assert sum(segment.width for segment in first.segments) == 1000


def test_criteria_say_met_not_met_or_not_run(browser: Client) -> None:
    plan = running_plan()
    for key, status in (("A", "met"), ("B", "not_met"), ("C", "not_run")):
        AcceptanceCriterion.objects.create(
            masterplan=plan,
            key=key,
            text=f"Promise {key}",
            scenario={},
            status=status,
            checked_at=timezone.now(),
        )
    text = body(browser.get(reverse("project", args=[plan.pk])))
    assert "1 of 3 met" in text
    assert "✓</span> met" in text and "✕</span> not met" in text and "</span> not run" in text


def test_replayed_answers_are_never_passed_off_as_a_models(browser: Client) -> None:
    plan = running_plan()
    assert "replayed" not in body(browser.get(reverse("project", args=[plan.pk])))
    MasterPlan.objects.filter(pk=plan.pk).update(replayed=True)
    text = body(browser.get(reverse("project", args=[plan.pk])))
    assert "Answers replayed from a transcript" in text


def test_why_a_project_waits_is_told(browser: Client) -> None:
    plan = factories.make_masterplan(
        status="paused", resume_status="executing", status_reason="The budget is spent."
    )
    assert "The budget is spent." in body(browser.get(reverse("project", args=[plan.pk])))


def test_a_hostile_name_is_text(browser: Client) -> None:
    plan = factories.make_masterplan("<script>alert(1)</script>\u202e")
    text = body(browser.get(reverse("project", args=[plan.pk])))
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text and "⟦U+202E⟧" in text


def test_atoms_are_narrowed_by_status_wave_and_name(browser: Client) -> None:
    plan = running_plan()
    address = reverse("project-atoms", args=[plan.pk])
    assert "4 atoms." in body(browser.get(address))
    assert "1 atom." in body(browser.get(address, {"status": "accepted"}))
    assert "2 atoms." in body(browser.get(address, {"wave": "2"}))
    assert "0 atoms." in body(browser.get(address, {"text": "nowhere"}))
    assert "4 atoms." in body(browser.get(address, {"status": "bogus", "wave": "x"}))


def test_the_time_is_that_of_the_work() -> None:
    begun = timezone.now() - timedelta(seconds=75)
    plan = factories.make_masterplan(
        started_at=begun, completed_at=begun + timedelta(seconds=60), status="completed"
    )
    assert selectors.progress(plan)["elapsed"] == 60


@pytest.mark.parametrize("size", [2, 20])
def test_a_projects_page_takes_a_fixed_number_of_queries(
    browser: Client, size: int, django_assert_max_num_queries: Any
) -> None:
    plan = running_plan()
    for _ in range(size):
        factories.make_atom(plan)
    with django_assert_max_num_queries(20):
        browser.get(reverse("project", args=[plan.pk]))


def test_a_list_of_projects_takes_a_fixed_number_of_queries(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        factories.make_masterplan(owner=factories.make_user())
    with django_assert_max_num_queries(6):
        browser.get(reverse("projects"))
