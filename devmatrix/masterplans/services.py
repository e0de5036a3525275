"""Writes of masterplans: creating one, its stages and their lease, its parts, its money.

Every change of state is a conditional UPDATE; its row count says whether it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import DecimalField, F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Round
from django.utils import timezone

from devmatrix.accounts.models import User
from devmatrix.llm import Receipt
from devmatrix.masterplans.discovery import Discovery
from devmatrix.masterplans.models import (
    AcceptanceCriterion,
    DiscoveryDocument,
    MasterPlan,
    Milestone,
    ModelCall,
    Phase,
    Task,
)
from devmatrix.masterplans.planner import Plan, PlannedTask
from devmatrix.masterplans.specification import Specification

Status = MasterPlan.Status

ENDED = (Status.COMPLETED, Status.CANCELLED)
"""Nothing leads out of these."""
STOPPED = (Status.PAUSED, Status.FAILED, Status.CANCELLED)
"""Nothing is asked or run in these; `resume` leads out of the first two."""
DONE = (Status.IN_REVIEW, *ENDED)
"""Generation is over in these."""

_STEP = Decimal("0.000001")


class BudgetInvalid(Exception):  # noqa: N818  (it is the budget that is at fault)
    """A budget that no plan can have; the message says which and what to give instead."""


def create(
    *,
    specification: Specification | None,
    name: str,
    owner: User | None,
    budget: Decimal | None,
    origin: str,
) -> MasterPlan:
    """Create a masterplan in its first stage, and its discovery document with the specification.

    An empty name becomes the specification's title. A plan without a specification (an import)
    has no discovery. `budget` is in USD, None is no limit. Raises BudgetInvalid.
    """
    _check_budget(budget)
    title = name.strip() or (specification.title if specification else "")
    with transaction.atomic():
        return MasterPlan.objects.create(
            owner=owner,
            discovery=_new_discovery(specification, owner) if specification else None,
            name=title[:200] or "Untitled",
            origin=origin,
            status=Status.DISCOVERY,
            source_sha256=specification.sha256 if specification else "",
            budget_usd=budget,
            replayed=bool(settings.DEVMATRIX["REPLAYED"]),
        )


def find_unfinished(*, name: str, sha256: str) -> MasterPlan | None:
    """The newest plan of this name from the same bytes whose generation is not over, if any."""
    return (
        MasterPlan.objects.filter(name=name, source_sha256=sha256)
        .exclude(status__in=DONE)
        .order_by("-created_at")
        .first()
    )


def move(*, masterplan_id: UUID, from_status: str, to_status: str) -> bool:
    """Lead a plan from one stage to another; False where it is not in the first one (any more)."""
    now = timezone.now()
    ended = {"completed_at": now} if to_status == Status.COMPLETED else {}
    moved = MasterPlan.objects.filter(pk=masterplan_id, status=from_status).update(
        status=to_status,
        status_reason="",
        started_at=Coalesce(F("started_at"), Value(now)),
        updated_at=now,
        **ended,
    )
    return moved == 1


def pause(*, masterplan: MasterPlan, reason: str) -> bool:
    """Stop a plan where it is; `reason` is one sentence that says how to go on.

    False where it is stopped or over already.
    """
    return _stop(masterplan.pk, Status.PAUSED, reason)


def fail(*, masterplan: MasterPlan, reason: str) -> bool:
    """Stop a plan that cannot go on as it is; `reason` is one sentence with the way out.

    Nothing is lost: `resume` tries the same stage again. False where it is stopped or over already.
    """
    return _stop(masterplan.pk, Status.FAILED, reason)


def resume(*, masterplan: MasterPlan) -> bool:
    """Let a paused or failed plan go on in the stage where it stopped; False where it is neither.

    Whoever resumes rings the workers.
    """
    stopped = MasterPlan.objects.filter(
        pk=masterplan.pk, status__in=(Status.PAUSED, Status.FAILED)
    ).exclude(resume_status="")
    return (
        stopped.update(
            status=F("resume_status"), resume_status="", status_reason="", updated_at=timezone.now()
        )
        == 1
    )


def set_budget(*, masterplan: MasterPlan, budget: Decimal | None) -> None:
    """Change what a plan may cost in USD; None is no limit. Raises BudgetInvalid."""
    _check_budget(budget)
    MasterPlan.objects.filter(pk=masterplan.pk).update(budget_usd=budget, updated_at=timezone.now())


# The lease of a stage: one process at a time runs a stage other than execution.


def take_lease(*, masterplan_id: UUID, seconds: float, now: datetime | None = None) -> UUID | None:
    """Take the lease of a plan for so long; its token, or None while another process holds it."""
    moment = now or timezone.now()
    token = uuid4()
    taken = MasterPlan.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=moment), pk=masterplan_id
    ).update(lease_token=token, lease_until=moment + timedelta(seconds=seconds))
    return token if taken else None


def renew_lease(
    *, masterplan_id: UUID, token: UUID, seconds: float, now: datetime | None = None
) -> bool:
    """Hold a lease for so long from now; False where another process has taken it over."""
    until = (now or timezone.now()) + timedelta(seconds=seconds)
    held = MasterPlan.objects.filter(pk=masterplan_id, lease_token=token)
    return held.update(lease_until=until) == 1


def drop_lease(*, masterplan_id: UUID, token: UUID) -> bool:
    """Give a lease back; False where it was not held (any more)."""
    held = MasterPlan.objects.filter(pk=masterplan_id, lease_token=token)
    return held.update(lease_token=None, lease_until=None) == 1


# What discovery, planning and skeletons found.


def store_discovery(
    *, masterplan: MasterPlan, discovery: Discovery, model: str, cost: Decimal
) -> bool:
    """Write what was discovered into the plan's document; False if something is there already."""
    empty = DiscoveryDocument.objects.filter(masterplans=masterplan.pk, domain="")
    return empty.update(**discovery.to_dict(), model=model, cost_usd=_money(cost)) == 1


def store_plan(*, masterplan: MasterPlan, plan: Plan) -> bool:
    """Write phases, milestones, tasks and criteria of a valid plan.

    False, and nothing changes, if the masterplan has tasks already: a plan is never overwritten.
    """
    with transaction.atomic():
        row = MasterPlan.objects.select_for_update().get(pk=masterplan.pk)
        if row.tasks.exists():
            return False
        row.description = plan.description
        row.architecture_style = plan.architecture_style
        row.tech_stack = {
            "languages": list(plan.languages),
            "dependencies": list(plan.dependencies),
        }
        row.save(
            update_fields=["description", "architecture_style", "tech_stack", "updated_at"],
        )
        tasks = _store_tasks(row, plan)
        _store_dependencies(plan, tasks)
        _store_criteria(row, plan, tasks)
    return True


def mark_skeleton(*, task: Task, now: datetime | None = None) -> bool:
    """Note that a task has its skeleton; False if it had one before."""
    bare = Task.objects.filter(pk=task.pk, skeleton_at__isnull=True)
    return bare.update(skeleton_at=now or timezone.now()) == 1


def mark_tests(*, task: Task, now: datetime | None = None) -> bool:
    """Note that a task has its tests, or needs none; False if that was noted before."""
    bare = Task.objects.filter(pk=task.pk, tests_at__isnull=True)
    return bare.update(tests_at=now or timezone.now()) == 1


# Money: reserved before a call, settled after it.


def reserve(*, masterplan_id: UUID, amount: Decimal) -> bool:
    """Set `amount` USD aside for a call; False where cost + reserved would pass the budget."""
    wanted = _money(amount, ROUND_UP)
    used = _rounded(F("cost_usd") + F("reserved_usd") + _usd(wanted))
    within = Q(budget_usd__isnull=True) | Q(budget_usd__gte=used)
    plans = MasterPlan.objects.filter(within, pk=masterplan_id)
    return plans.update(reserved_usd=_rounded(F("reserved_usd") + _usd(wanted))) == 1


def settle(
    *,
    masterplan_id: UUID,
    reserved: Decimal,
    cost: Decimal = Decimal(0),
    input_tokens: int = 0,
    output_tokens: int = 0,
) -> None:
    """Give a reservation back and add what the call really cost; no cost only gives back."""
    held = _rounded(F("reserved_usd") - _usd(_money(reserved, ROUND_UP)))
    MasterPlan.objects.filter(pk=masterplan_id).update(
        reserved_usd=Greatest(held, _usd(Decimal(0))),
        cost_usd=_rounded(F("cost_usd") + _usd(_money(cost))),
        input_tokens=F("input_tokens") + input_tokens,
        output_tokens=F("output_tokens") + output_tokens,
    )


def record_call(
    *, masterplan_id: UUID, purpose: str, subject: str, receipt: Receipt, outcome: str
) -> ModelCall:
    """Keep a row of a call that was paid for; `outcome` is "ok" or the name of the error."""
    return ModelCall.objects.create(
        masterplan_id=masterplan_id,
        purpose=purpose[:20],
        subject=subject[:500],
        model=receipt.model[:100],
        stop_reason=receipt.stop_reason[:40],
        outcome=outcome[:40],
        input_tokens=receipt.input_tokens,
        output_tokens=receipt.output_tokens,
        cache_read_tokens=receipt.cache_read_tokens,
        cache_write_tokens=receipt.cache_write_tokens,
        cost_usd=_money(receipt.cost_usd),
        request_id=receipt.request_id[:100],
        seconds=receipt.seconds,
    )


def book_call(
    *,
    masterplan_id: UUID,
    purpose: str,
    subject: str,
    reserved: Decimal,
    receipt: Receipt,
    outcome: str,
) -> ModelCall:
    """Record a call and settle its reservation in one transaction; cached input counts as input."""
    with transaction.atomic():
        settle(
            masterplan_id=masterplan_id,
            reserved=reserved,
            cost=receipt.cost_usd,
            input_tokens=receipt.input_tokens
            + receipt.cache_read_tokens
            + receipt.cache_write_tokens,
            output_tokens=receipt.output_tokens,
        )
        return record_call(
            masterplan_id=masterplan_id,
            purpose=purpose,
            subject=subject,
            receipt=receipt,
            outcome=outcome,
        )


def release_reservations(*, masterplan_id: UUID) -> None:
    """Forget what killed processes had reserved. Only for whoever knows that no call is in flight:
    the holder of the lease at the start of a stage."""
    MasterPlan.objects.filter(pk=masterplan_id).update(reserved_usd=Decimal(0))


def _stop(masterplan_id: UUID, status: str, reason: str) -> bool:
    running = MasterPlan.objects.filter(pk=masterplan_id).exclude(status__in=(*STOPPED, *ENDED))
    return (
        running.update(
            resume_status=F("status"),
            status=status,
            status_reason=reason,
            updated_at=timezone.now(),
        )
        == 1
    )


def _check_budget(budget: Decimal | None) -> None:
    if budget is not None and not (budget.is_finite() and 0 <= budget < 10**8):
        raise BudgetInvalid(
            f"A budget of {budget} is not possible; give USD from 0 to 99,999,999, or none."
        )


def _new_discovery(specification: Specification, owner: User | None) -> DiscoveryDocument:
    return DiscoveryDocument.objects.create(
        owner=owner,
        specification=specification.text,
        specification_sha256=specification.sha256,
    )


def _store_tasks(masterplan: MasterPlan, plan: Plan) -> dict[str, Task]:
    phases: list[Phase] = []
    milestones: list[Milestone] = []
    tasks: list[Task] = []
    for number, phase in enumerate(plan.phases, start=1):
        stretch = Phase(masterplan=masterplan, number=number, kind=phase.kind, name=phase.name)
        phases.append(stretch)
        for place, item in enumerate(phase.milestones, start=1):
            milestone = Milestone(
                phase=stretch, number=place, name=item.name, description=item.description
            )
            milestones.append(milestone)
            for task in item.tasks:
                tasks.append(_task_row(masterplan, milestone, len(tasks) + 1, task))
    Phase.objects.bulk_create(phases)
    Milestone.objects.bulk_create(milestones)
    Task.objects.bulk_create(tasks)
    return {task.key: task for task in tasks}


def _task_row(masterplan: MasterPlan, milestone: Milestone, number: int, task: PlannedTask) -> Task:
    return Task(
        masterplan=masterplan,
        milestone=milestone,
        number=number,
        key=task.key,
        name=task.name,
        description=task.description,
        complexity=task.complexity,
        target_files=list(task.target_files),
    )


def _store_dependencies(plan: Plan, tasks: dict[str, Task]) -> None:
    link = Task.depends_on.through
    link.objects.bulk_create(
        link(from_task_id=tasks[task.key].pk, to_task_id=tasks[key].pk)
        for task in plan.tasks
        for key in task.depends_on
    )


def _store_criteria(masterplan: MasterPlan, plan: Plan, tasks: dict[str, Task]) -> None:
    rows = {
        item.id: AcceptanceCriterion(
            masterplan=masterplan, key=item.id, text=item.text, scenario=item.scenario.to_dict()
        )
        for item in plan.criteria
    }
    AcceptanceCriterion.objects.bulk_create(rows.values())
    link = AcceptanceCriterion.tasks.through
    link.objects.bulk_create(
        link(acceptancecriterion_id=rows[key].pk, task_id=tasks[task_key].pk)
        for task_key, key in _covered(plan)
    )


def _covered(plan: Plan) -> Iterator[tuple[str, str]]:
    for task in plan.tasks:
        for key in task.acceptance_criteria:
            yield task.key, key


def _money(amount: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    return amount.quantize(_STEP, rounding)


def _usd(amount: Decimal) -> Value:
    return Value(amount, output_field=DecimalField(max_digits=14, decimal_places=6))


def _rounded(expression: Combinable) -> Round:
    """SQLite keeps decimals as binary fractions; rounding keeps their sums exact to a step."""
    return Round(
        expression, precision=6, output_field=DecimalField(max_digits=14, decimal_places=6)
    )
