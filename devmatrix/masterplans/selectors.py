"""Reads of masterplans: plain values for prompts, figures for pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from devmatrix.masterplans.discovery import Discovery, Named
from devmatrix.masterplans.models import (
    AcceptanceCriterion,
    DiscoveryDocument,
    MasterPlan,
    Phase,
    Task,
)
from devmatrix.masterplans.planner import (
    Criterion,
    Plan,
    PlannedMilestone,
    PlannedPhase,
    PlannedTask,
    parse_scenario,
)


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """How far the stages before the atoms are, what the acceptance criteria say, and the money.

    Money is in USD; `budget` and `left` are None where there is no limit. `calls` are all calls to
    the model that were paid for.
    """

    status: str
    reason: str
    discovered: bool
    tasks: int
    skeletons: int
    tests: int
    criteria: int
    criteria_met: int
    criteria_not_met: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    reserved: Decimal
    budget: Decimal | None
    left: Decimal | None


def discovery_of(document: DiscoveryDocument) -> Discovery | None:
    """The document's discovery as a value, or None before there is one."""
    if not document.domain:
        return None
    return Discovery(
        domain=document.domain,
        summary=document.summary,
        bounded_contexts=_named(document.bounded_contexts),
        aggregates=_named(document.aggregates),
        value_objects=_named(document.value_objects),
        domain_events=_named(document.domain_events),
        services=_named(document.services),
        assumptions=tuple(document.assumptions),
        open_questions=tuple(document.open_questions),
        risks=tuple(document.risks),
    )


def plan_of(masterplan: MasterPlan) -> Plan | None:
    """The stored plan as a value, or None before there is one. Six queries, however long it is."""
    phases = masterplan.phases.prefetch_related(
        "milestones__tasks__depends_on", "milestones__tasks__criteria"
    )
    plan = Plan(
        description=masterplan.description,
        architecture_style=masterplan.architecture_style,
        languages=tuple(masterplan.tech_stack.get("languages", ())),
        dependencies=tuple(masterplan.tech_stack.get("dependencies", ())),
        phases=tuple(_phase(phase) for phase in phases),
        criteria=tuple(_criterion(row) for row in masterplan.criteria.all()),
    )
    return plan if plan.tasks else None


def progress(masterplan: MasterPlan) -> PlanProgress:
    """The figures of a plan. Four queries."""
    tasks = masterplan.tasks.aggregate(
        total=Count("pk"), skeletons=Count("skeleton_at"), tests=Count("tests_at")
    )
    criteria = Counter(masterplan.criteria.values_list("status", flat=True))
    budget = masterplan.budget_usd
    used = masterplan.cost_usd + masterplan.reserved_usd
    return PlanProgress(
        status=masterplan.status,
        reason=masterplan.status_reason,
        discovered=_is_discovered(masterplan),
        tasks=tasks["total"],
        skeletons=tasks["skeletons"],
        tests=tasks["tests"],
        criteria=criteria.total(),
        criteria_met=criteria[AcceptanceCriterion.Status.MET],
        criteria_not_met=criteria[AcceptanceCriterion.Status.NOT_MET],
        calls=masterplan.calls.count(),
        input_tokens=masterplan.input_tokens,
        output_tokens=masterplan.output_tokens,
        cost=masterplan.cost_usd,
        reserved=masterplan.reserved_usd,
        budget=budget,
        left=None if budget is None else max(Decimal(0), budget - used),
    )


def _is_discovered(masterplan: MasterPlan) -> bool:
    documents = DiscoveryDocument.objects.filter(masterplans=masterplan.pk)
    return documents.exclude(domain="").exists()


def _named(items: list[dict[str, str]]) -> tuple[Named, ...]:
    return tuple(Named(item["name"], item["description"]) for item in items)


def _phase(row: Phase) -> PlannedPhase:
    milestones = tuple(
        PlannedMilestone(
            milestone.name,
            milestone.description,
            tuple(_task(task) for task in milestone.tasks.all()),
        )
        for milestone in row.milestones.all()
    )
    return PlannedPhase(row.name, row.kind, milestones)


def _task(row: Task) -> PlannedTask:
    dependencies = sorted(row.depends_on.all(), key=lambda task: task.number)
    return PlannedTask(
        key=row.key,
        name=row.name,
        description=row.description,
        complexity=row.complexity,
        target_files=tuple(row.target_files),
        acceptance_criteria=tuple(sorted(item.key for item in row.criteria.all())),
        depends_on=tuple(task.key for task in dependencies),
    )


def _criterion(row: AcceptanceCriterion) -> Criterion:
    return Criterion(row.key, row.text, parse_scenario(row.scenario))
