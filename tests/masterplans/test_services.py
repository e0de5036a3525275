"""Services of masterplans on real rows: every change happens once, and says whether it did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from devmatrix.accounts.models import User
from devmatrix.llm import Receipt
from devmatrix.masterplans import discovery, planner, selectors, services
from devmatrix.masterplans.models import MasterPlan, ModelCall, Task
from devmatrix.masterplans.specification import read_specification
from tests.masterplans.examples import DISCOVERY, SPECIFICATION, plan_data

pytestmark = pytest.mark.django_db
Status = MasterPlan.Status
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SPEC = read_specification(SPECIFICATION.encode(), max_bytes=10_000)
PLAN = planner.parse(plan_data())


def receipt(cost: str) -> Receipt:
    return Receipt(
        text="",
        stop_reason="end_turn",
        model="m",
        input_tokens=100,
        output_tokens=20,
        cache_read_tokens=30,
        cache_write_tokens=4,
        cost_usd=Decimal(cost),
        request_id="r",
        seconds=0.5,
    )


def book(masterplan: MasterPlan, reserved: str, cost: str) -> ModelCall:
    return services.book_call(
        masterplan_id=masterplan.pk,
        purpose="atom",
        subject="a.py::f",
        reserved=Decimal(reserved),
        receipt=receipt(cost),
        outcome="ok",
    )


# --- creating


def test_a_new_plan_keeps_its_specification() -> None:
    owner = User.objects.create_user("ann")
    made = services.create(
        specification=SPEC,
        name=" tally ",
        owner=owner,
        budget=None,
        origin=MasterPlan.Origin.SPECIFICATION,
    )
    made.refresh_from_db()
    assert (made.name, made.status, made.owner) == ("tally", Status.DISCOVERY, owner)
    assert made.discovery is not None
    assert made.discovery.specification == SPECIFICATION
    assert made.source_sha256 == made.discovery.specification_sha256 == SPEC.sha256


def test_a_plan_without_a_name_is_called_like_its_specification() -> None:
    made = services.create(specification=SPEC, name="", owner=None, budget=None, origin="import")
    assert made.name == "Tally"


def test_an_import_has_no_discovery() -> None:
    made = services.create(specification=None, name="x", owner=None, budget=None, origin="import")
    assert made.discovery is None


@pytest.mark.parametrize("budget", ["-0.01", "NaN", "Infinity", "1e9"])
def test_an_impossible_budget_is_refused_with_what_to_give(budget: str) -> None:
    with pytest.raises(services.BudgetInvalid, match="give USD from 0"):
        services.create(
            specification=SPEC, name="x", owner=None, budget=Decimal(budget), origin="import"
        )
    assert not MasterPlan.objects.exists()


def test_an_unfinished_plan_is_found_by_name_and_bytes(masterplan: MasterPlan) -> None:
    assert services.find_unfinished(name="tally", sha256=SPEC.sha256) == masterplan
    assert services.find_unfinished(name="other", sha256=SPEC.sha256) is None
    assert services.find_unfinished(name="tally", sha256="0" * 64) is None


@pytest.mark.parametrize("status", services.DONE)
def test_a_finished_plan_is_not_found_again(masterplan: MasterPlan, status: str) -> None:
    MasterPlan.objects.update(status=status)
    assert services.find_unfinished(name="tally", sha256=SPEC.sha256) is None


def test_paused_and_failed_plans_are_found_again(masterplan: MasterPlan) -> None:
    services.fail(masterplan=masterplan, reason="no")
    assert services.find_unfinished(name="tally", sha256=SPEC.sha256) == masterplan


# --- stages


def test_a_stage_is_left_once(masterplan: MasterPlan) -> None:
    step = {
        "masterplan_id": masterplan.pk,
        "from_status": Status.DISCOVERY,
        "to_status": Status.PLANNING,
    }
    assert services.move(**step) is True
    assert services.move(**step) is False
    masterplan.refresh_from_db()
    assert masterplan.status == Status.PLANNING
    assert masterplan.started_at is not None


def test_completing_notes_the_time_and_keeps_the_start(masterplan: MasterPlan) -> None:
    MasterPlan.objects.update(started_at=NOON, status=Status.IN_REVIEW)
    services.move(
        masterplan_id=masterplan.pk, from_status=Status.IN_REVIEW, to_status=Status.COMPLETED
    )
    masterplan.refresh_from_db()
    assert masterplan.started_at == NOON
    assert masterplan.completed_at is not None


@pytest.mark.parametrize("stop", [services.pause, services.fail])
def test_a_stopped_plan_goes_on_where_it_was(masterplan: MasterPlan, stop: object) -> None:
    assert callable(stop)
    MasterPlan.objects.update(status=Status.SKELETONS)
    assert stop(masterplan=masterplan, reason="Out of money.") is True
    masterplan.refresh_from_db()
    assert masterplan.status in services.STOPPED
    assert (masterplan.resume_status, masterplan.status_reason) == ("skeletons", "Out of money.")
    assert services.resume(masterplan=masterplan) is True
    masterplan.refresh_from_db()
    assert (masterplan.status, masterplan.resume_status) == (Status.SKELETONS, "")
    assert masterplan.status_reason == ""


def test_a_stopped_plan_is_not_stopped_again(masterplan: MasterPlan) -> None:
    services.pause(masterplan=masterplan, reason="first")
    assert services.fail(masterplan=masterplan, reason="second") is False
    masterplan.refresh_from_db()
    assert masterplan.status_reason == "first"
    assert masterplan.resume_status == Status.DISCOVERY


def test_a_cancelled_plan_is_neither_stopped_nor_resumed(masterplan: MasterPlan) -> None:
    MasterPlan.objects.update(status=Status.CANCELLED)
    assert services.pause(masterplan=masterplan, reason="no") is False
    assert services.resume(masterplan=masterplan) is False


def test_a_running_plan_is_not_resumed(masterplan: MasterPlan) -> None:
    assert services.resume(masterplan=masterplan) is False


# --- lease


def test_a_lease_is_held_by_one(masterplan: MasterPlan) -> None:
    token = services.take_lease(masterplan_id=masterplan.pk, seconds=60, now=NOON)
    assert token is not None
    later = NOON + timedelta(seconds=60)
    assert services.take_lease(masterplan_id=masterplan.pk, seconds=60, now=later) is None
    assert services.drop_lease(masterplan_id=masterplan.pk, token=uuid4()) is False
    assert services.drop_lease(masterplan_id=masterplan.pk, token=token) is True
    assert services.take_lease(masterplan_id=masterplan.pk, seconds=60, now=NOON) is not None


def test_an_expired_lease_is_taken_over_and_its_holder_finds_out(masterplan: MasterPlan) -> None:
    old = services.take_lease(masterplan_id=masterplan.pk, seconds=60, now=NOON)
    late = NOON + timedelta(seconds=61)
    new = services.take_lease(masterplan_id=masterplan.pk, seconds=60, now=late)
    assert old is not None
    assert new is not None
    assert not services.renew_lease(masterplan_id=masterplan.pk, token=old, seconds=60, now=late)
    assert services.drop_lease(masterplan_id=masterplan.pk, token=old) is False
    assert services.renew_lease(masterplan_id=masterplan.pk, token=new, seconds=60, now=late)


def test_a_renewed_lease_lasts_longer(masterplan: MasterPlan) -> None:
    token = services.take_lease(masterplan_id=masterplan.pk, seconds=60, now=NOON)
    assert token is not None
    half = NOON + timedelta(seconds=30)
    services.renew_lease(masterplan_id=masterplan.pk, token=token, seconds=60, now=half)
    late = NOON + timedelta(seconds=89)
    assert services.take_lease(masterplan_id=masterplan.pk, seconds=60, now=late) is None


# --- what was found


def test_a_discovery_is_stored_once_and_read_back(masterplan: MasterPlan) -> None:
    found = discovery.parse(DISCOVERY)
    keep = {"masterplan": masterplan, "model": "m", "cost": Decimal("0.25")}
    assert services.store_discovery(discovery=found, **keep) is True
    other = discovery.parse({**DISCOVERY, "domain": "other"})
    assert services.store_discovery(discovery=other, **keep) is False
    document = masterplan.discovery
    assert document is not None
    document.refresh_from_db()
    assert selectors.discovery_of(document) == found
    assert document.cost_usd == Decimal("0.25")


def test_a_plan_is_stored_once_and_read_back(masterplan: MasterPlan) -> None:
    assert services.store_plan(masterplan=masterplan, plan=PLAN) is True
    masterplan.refresh_from_db()
    assert selectors.plan_of(masterplan) == PLAN


def test_a_stored_plan_is_never_overwritten(masterplan: MasterPlan) -> None:
    services.store_plan(masterplan=masterplan, plan=PLAN)
    before = set(masterplan.tasks.values_list("pk", flat=True))
    data = plan_data()
    data["phases"] = data["phases"][:1]
    data["description"] = "another one"
    assert services.store_plan(masterplan=masterplan, plan=planner.parse(data)) is False
    assert set(masterplan.tasks.values_list("pk", flat=True)) == before
    masterplan.refresh_from_db()
    assert masterplan.description == "A word counter."


def test_tasks_are_numbered_through_and_linked(masterplan: MasterPlan) -> None:
    services.store_plan(masterplan=masterplan, plan=PLAN)
    cli = masterplan.tasks.get(key="cli")
    assert cli.number == 3
    assert [task.key for task in cli.depends_on.all()] == ["count"]
    assert [criterion.key for criterion in cli.criteria.all()] == ["AC1"]
    assert cli.milestone.phase.kind == "core"


def test_storing_a_plan_takes_the_same_statements_for_many_tasks(
    masterplan: MasterPlan, django_assert_max_num_queries: object
) -> None:
    assert callable(django_assert_max_num_queries)
    data = plan_data()
    tasks = data["phases"][0]["milestones"][0]["tasks"]
    tasks += [{**tasks[0], "key": f"t{n}", "target_files": [f"f{n}.py"]} for n in range(50)]
    with django_assert_max_num_queries(15):
        services.store_plan(masterplan=masterplan, plan=planner.parse(data))
    assert masterplan.tasks.count() == 53
    masterplan.refresh_from_db()
    with django_assert_max_num_queries(6):
        selectors.plan_of(masterplan)


def test_skeleton_and_tests_of_a_task_are_marked_once(masterplan: MasterPlan) -> None:
    services.store_plan(masterplan=masterplan, plan=PLAN)
    task = masterplan.tasks.get(key="cli")
    assert services.mark_skeleton(task=task, now=NOON) is True
    assert services.mark_skeleton(task=task) is False
    assert services.mark_tests(task=task, now=NOON) is True
    assert services.mark_tests(task=task) is False
    assert Task.objects.filter(skeleton_at=NOON, tests_at=NOON).get() == task


# --- money


def test_a_reservation_up_to_the_budget_is_granted_and_beyond_it_not(
    masterplan: MasterPlan,
) -> None:
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal(6)) is True
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal("4.000001")) is False
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal(4)) is True
    masterplan.refresh_from_db()
    assert masterplan.reserved_usd == 10


def test_binary_fractions_do_not_cost_the_last_cent(masterplan: MasterPlan) -> None:
    services.set_budget(masterplan=masterplan, budget=Decimal("0.3"))
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal("0.1")) is True
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal("0.2")) is True
    for amount in ("0.1", "0.2"):
        services.settle(masterplan_id=masterplan.pk, reserved=Decimal(amount))
    masterplan.refresh_from_db()
    assert masterplan.reserved_usd == 0


def test_a_budget_of_zero_grants_only_what_costs_nothing(masterplan: MasterPlan) -> None:
    services.set_budget(masterplan=masterplan, budget=Decimal(0))
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal("0.0000001")) is False
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal(0)) is True


def test_without_a_budget_everything_is_granted(masterplan: MasterPlan) -> None:
    services.set_budget(masterplan=masterplan, budget=None)
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal(1_000)) is True


def test_a_booked_call_frees_its_reservation_and_adds_its_cost(masterplan: MasterPlan) -> None:
    services.reserve(masterplan_id=masterplan.pk, amount=Decimal(2))
    book(masterplan, "2", "0.5")
    masterplan.refresh_from_db()
    assert (masterplan.reserved_usd, masterplan.cost_usd) == (0, Decimal("0.5"))
    assert (masterplan.input_tokens, masterplan.output_tokens) == (134, 20)


def test_the_cost_of_a_plan_is_the_sum_of_its_calls(masterplan: MasterPlan) -> None:
    for cost in ["0.0000005", "0.0000015", "0.1", "0.2", "0.0123456789"] * 20:
        services.reserve(masterplan_id=masterplan.pk, amount=Decimal("0.3"))
        book(masterplan, "0.3", cost)
    masterplan.refresh_from_db()
    assert masterplan.cost_usd == sum(masterplan.calls.values_list("cost_usd", flat=True))
    assert masterplan.reserved_usd == 0


def test_what_was_reserved_twice_over_never_falls_below_zero(masterplan: MasterPlan) -> None:
    services.settle(masterplan_id=masterplan.pk, reserved=Decimal(3), cost=Decimal(1))
    masterplan.refresh_from_db()
    assert (masterplan.reserved_usd, masterplan.cost_usd) == (0, 1)


def test_reservations_of_killed_processes_can_be_released(masterplan: MasterPlan) -> None:
    services.reserve(masterplan_id=masterplan.pk, amount=Decimal(9))
    services.release_reservations(masterplan_id=masterplan.pk)
    assert services.reserve(masterplan_id=masterplan.pk, amount=Decimal(10)) is True


# --- figures


def test_progress_counts_what_is_there(
    masterplan: MasterPlan, django_assert_num_queries: object
) -> None:
    assert callable(django_assert_num_queries)
    services.store_plan(masterplan=masterplan, plan=PLAN)
    services.mark_skeleton(task=masterplan.tasks.get(key="cli"))
    services.reserve(masterplan_id=masterplan.pk, amount=Decimal(3))
    book(masterplan, "1", "0.5")
    masterplan.refresh_from_db()
    with django_assert_num_queries(4):
        found = selectors.progress(masterplan)
    assert (found.tasks, found.skeletons, found.tests, found.discovered) == (3, 1, 0, False)
    assert (found.criteria, found.criteria_met, found.calls) == (1, 0, 1)
    assert (found.cost, found.reserved, found.left) == (Decimal("0.5"), 2, Decimal("7.5"))
