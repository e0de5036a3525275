"""What an execution tells of itself: figures that add up, and why anything waits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from atomization.models import AtomicUnit
from devmatrix.masterplans.models import MasterPlan
from execution import selectors
from execution.services import Outcome, Status
from tests.factories import make_atom, make_attempt, make_graph, make_masterplan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> MasterPlan:
    return make_masterplan("tally", budget_usd=Decimal("1.5"))


def attempts(plan: MasterPlan, *outcomes: str, round_: int = 1) -> AtomicUnit:
    """Make an atom with these attempts at it, the first one first."""
    atom = make_atom(plan)
    for number, outcome in enumerate(outcomes, start=1):
        make_attempt(atom, number, outcome=outcome, round=round_)
    return atom


# --- success


def test_no_share_is_told_before_anything_is_decided(plan: MasterPlan) -> None:
    attempts(plan, Outcome.REJECTED)
    attempts(plan, Outcome.ANSWERED)
    told = selectors.success_rates(plan)
    assert told["atoms"] == 0
    assert told["first_attempt_share"] is told["by_third_attempt_share"] is None


def test_shares_count_first_and_third_attempts_of_what_is_decided(plan: MasterPlan) -> None:
    attempts(plan, Outcome.ACCEPTED)
    attempts(plan, Outcome.REJECTED, Outcome.ACCEPTED)
    attempts(plan, Outcome.NO_ANSWER, Outcome.REJECTED, Outcome.ACCEPTED)
    attempts(plan, Outcome.REJECTED, Outcome.REJECTED, Outcome.REJECTED)
    attempts(plan, Outcome.REJECTED)
    assert selectors.success_rates(plan) == {
        "atoms": 4,
        "first_attempt": 1,
        "by_third_attempt": 3,
        "first_attempt_share": 0.25,
        "by_third_attempt_share": 0.75,
    }


def test_a_lost_lease_and_a_reviewers_round_change_no_share(plan: MasterPlan) -> None:
    atom = attempts(plan, Outcome.REJECTED, Outcome.REJECTED, Outcome.REJECTED)
    make_attempt(atom, 1, outcome=Outcome.ABANDONED)
    make_attempt(atom, 1, outcome=Outcome.ACCEPTED, round=2)
    told = selectors.success_rates(plan)
    assert (told["atoms"], told["by_third_attempt"]) == (1, 0)


# --- status


def test_every_status_is_counted_zeros_included(plan: MasterPlan) -> None:
    make_atom(plan, status=Status.FAILED)
    make_atom(plan)
    make_atom(plan)
    counts = selectors.atom_counts(plan)
    assert set(counts) == set(Status.values)
    assert (counts["accepted"], counts["failed"], counts["ready"]) == (2, 1, 0)


def test_attempts_and_retries_leave_out_what_was_abandoned(plan: MasterPlan) -> None:
    atom = attempts(plan, Outcome.REJECTED, Outcome.ACCEPTED)
    make_attempt(atom, 2, outcome=Outcome.ABANDONED)
    told = selectors.status(plan)
    assert (told["attempts"], told["retries"]) == (2, 1)


def test_a_wave_tells_how_many_of_its_atoms_are_settled(plan: MasterPlan) -> None:
    done, failed, open_ = make_atom(plan), make_atom(plan, status=Status.FAILED), make_atom(plan)
    make_graph(plan, [[done, failed], [open_]])
    AtomicUnit.objects.filter(pk=open_.pk).update(status=Status.READY)
    waves = selectors.status(plan)["waves"]
    assert [(wave["number"], wave["settled"], wave["atoms"]) for wave in waves] == [
        (1, 2, 2),
        (2, 0, 1),
    ]


def test_money_is_told_as_text(plan: MasterPlan) -> None:
    told = selectors.status(plan)
    assert Decimal(told["cost_usd"]) == Decimal(told["reserved_usd"]) == 0
    assert Decimal(told["budget_usd"]) == Decimal("1.5")


def test_what_waits_for_a_failed_atom_is_said(plan: MasterPlan) -> None:
    make_atom(plan, status=Status.FAILED)
    make_atom(plan, status=Status.BLOCKED)
    make_atom(plan, status=Status.PENDING)
    assert selectors.status(plan)["reason"] == ("2 atoms wait for 1 failed ones to be resolved")


def test_the_reason_of_a_pause_comes_first(plan: MasterPlan) -> None:
    make_atom(plan, status=Status.FAILED)
    make_atom(plan, status=Status.BLOCKED)
    plan.status_reason = "The budget is spent."
    assert selectors.status(plan)["reason"] == "The budget is spent."


def test_a_status_costs_the_same_whatever_the_size_of_the_project(
    plan: MasterPlan, django_assert_max_num_queries: Callable[..., object]
) -> None:
    make_graph(plan, [[make_atom(plan)] for _ in range(8)])
    for _ in range(5):
        attempts(plan, Outcome.REJECTED, Outcome.ACCEPTED)
    with django_assert_max_num_queries(7):
        selectors.status(plan)
