"""What the project pages show, in a fixed number of queries each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from atomization.models import AtomicUnit, SourceFile
from dependencies.models import ExecutionWave
from dependencies.selectors import current_graph
from devmatrix.masterplans.models import MasterPlan
from execution.models import AtomRetryHistory
from execution.selectors import atom_counts, success_rates
from review.models import HumanReviewQueue

AtomStatus = AtomicUnit.Status
Status = MasterPlan.Status

STAGES: Final = (
    Status.DISCOVERY,
    Status.PLANNING,
    Status.SKELETONS,
    Status.ATOMIZING,
    Status.GRAPHING,
    Status.EXECUTING,
    Status.VALIDATING,
    Status.SCORING,
)
"""The stages in which something moves by itself, in order."""

_TONES: Final = {
    AtomStatus.ACCEPTED: "good",
    AtomStatus.FAILED: "bad",
    AtomStatus.BLOCKED: "warn",
    AtomStatus.ANSWERED: "busy",
    AtomStatus.GENERATING: "busy",
    AtomStatus.READY: "idle",
    AtomStatus.PENDING: "idle",
}
_TONE_ORDER: Final = ("good", "warn", "bad", "busy")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar, in the units of its `viewBox`."""

    tone: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class WaveRow:
    """A wave as a bar: its length tells its share of the widest wave, its colours the states."""

    number: int
    total: int
    accepted: int
    failed: int
    segments: tuple[Segment, ...]


def projects() -> QuerySet[MasterPlan]:
    """Return all projects, newest first, with the number of review items that wait."""
    return (
        MasterPlan.objects.select_related("owner")
        .only(
            "name",
            "status",
            "origin",
            "replayed",
            "total_atoms",
            "total_waves",
            "cost_usd",
            "precision_percent",
            "created_at",
            "owner__username",
        )
        .annotate(
            waiting=Count(
                "review_items", filter=Q(review_items__status=HumanReviewQueue.Status.WAITING)
            )
        )
        .order_by("-created_at")
    )


def is_live(masterplan: MasterPlan) -> bool:
    """Tell whether the project's figures may change without anybody doing anything."""
    return masterplan.status in STAGES


def progress(masterplan: MasterPlan) -> dict[str, Any]:
    """Return what moves while a project runs."""
    counts = atom_counts(masterplan)
    total = sum(counts.values())
    review = dict(
        masterplan.review_items.order_by().values_list("status").annotate(number=Count("pk"))
    )
    return {
        "live": is_live(masterplan),
        "stages": _stages(masterplan),
        "counts": [(status, counts[status.value]) for status in AtomStatus if counts[status.value]],
        "bar": _segments({status: counts[status.value] for status in AtomStatus}, total),
        "total": total,
        "success": success_rates(masterplan),
        "retries": _retries(masterplan),
        "cost_cap": masterplan.budget_usd,
        "waves": wave_rows(masterplan),
        "criteria": list(masterplan.criteria.order_by("key").defer("scenario")),
        "met": masterplan.criteria.filter(status="met").count(),
        "review_waiting": review.get(HumanReviewQueue.Status.WAITING, 0),
        "review_done": review.get(HumanReviewQueue.Status.APPROVED, 0)
        + review.get(HumanReviewQueue.Status.EDITED, 0),
        "elapsed": _elapsed(masterplan),
    }


def _stages(masterplan: MasterPlan) -> list[tuple[str, str]]:
    """Return each stage with "done", "now" or "later"."""
    status = masterplan.status
    if status == Status.PAUSED:
        status = masterplan.resume_status or status
    if status not in STAGES:
        reached = len(STAGES) if status in {Status.IN_REVIEW, Status.COMPLETED} else 0
        return [
            (str(stage.label), "done" if i < reached else "later") for i, stage in enumerate(STAGES)
        ]
    now = STAGES.index(Status(status))
    words = ["done" if i < now else "now" if i == now else "later" for i in range(len(STAGES))]
    return list(zip([str(stage.label) for stage in STAGES], words, strict=True))


def _retries(masterplan: MasterPlan) -> int:
    return (
        AtomRetryHistory.objects.filter(atom__masterplan=masterplan, number__gt=1)
        .exclude(outcome=AtomRetryHistory.Outcome.ABANDONED)
        .count()
    )


def _elapsed(masterplan: MasterPlan) -> float | None:
    """Return the seconds of model and checking work, from the first call to the last change."""
    times = AtomRetryHistory.objects.filter(atom__masterplan=masterplan).aggregate(
        first=Min("started_at"), last=Max("finished_at")
    )
    if masterplan.started_at and masterplan.completed_at:
        return (masterplan.completed_at - masterplan.started_at).total_seconds()
    first = masterplan.started_at or times["first"]
    return (times["last"] - first).total_seconds() if first and times["last"] else None


def wave_rows(masterplan: MasterPlan) -> list[WaveRow]:
    """Return the waves of the current graph with how far their atoms are."""
    graph = current_graph(masterplan)
    if graph is None:
        return []
    counts: dict[int, dict[str, int]] = {}
    rows = (
        masterplan.atoms.exclude(wave_number=None)
        .order_by()
        .values_list("wave_number", "status")
        .annotate(number=Count("pk"))
    )
    for number, status, amount in rows:
        counts.setdefault(number, {})[status] = amount
    widest = max((sum(states.values()) for states in counts.values()), default=0)
    return [_wave_row(wave, counts.get(wave.number, {}), widest) for wave in graph.waves.all()]


def _wave_row(wave: ExecutionWave, states: dict[str, int], widest: int) -> WaveRow:
    return WaveRow(
        wave.number,
        sum(states.values()),
        states.get(AtomStatus.ACCEPTED, 0),
        states.get(AtomStatus.FAILED, 0),
        _segments(states, widest),
    )


def _segments(states: dict[Any, int], full: int) -> tuple[Segment, ...]:
    """Lay the states along a bar of 1000 units that stands for `full` atoms."""
    if not full:
        return ()
    sums = dict.fromkeys((*_TONE_ORDER, "idle"), 0)
    for status, amount in states.items():
        sums[_TONES[AtomStatus(status)]] += amount
    found, x = [], 0.0
    for tone, amount in sums.items():
        if amount:
            width = 1000 * amount / full
            found.append(Segment(tone, round(x, 2), round(width, 2)))
            x += width
    return tuple(found)


def files(masterplan: MasterPlan) -> QuerySet[SourceFile]:
    """Return the project's files by path with what their atoms amount to."""
    there = Q(atoms__retired_at__isnull=True)
    return (
        masterplan.files.defer("raw")
        .annotate(
            atom_count=Count("atoms", filter=there),
            accepted=Count("atoms", filter=there & Q(atoms__status=AtomStatus.ACCEPTED)),
            failed=Count("atoms", filter=there & Q(atoms__status=AtomStatus.FAILED)),
            line_count=Sum("atoms__loc", filter=there),
            confidence=Min("atoms__confidence", filter=there),
        )
        .order_by("path")
    )


def atoms(
    masterplan_id: UUID, *, status: str = "", wave: int | None = None, text: str = ""
) -> QuerySet[AtomicUnit]:
    """Return a project's atoms in file order, narrowed by status, wave and a part of the name."""
    found = AtomicUnit.objects.filter(masterplan_id=masterplan_id)
    if status in AtomStatus.values:
        found = found.filter(status=status)
    if wave is not None:
        found = found.filter(wave_number=wave)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(source_file__path__icontains=text))
    return (
        found.select_related("source_file")
        .only(
            "name",
            "kind",
            "status",
            "wave_number",
            "attempts",
            "confidence",
            "loc",
            "complexity",
            "cost_usd",
            "source_file__path",
        )
        .order_by("source_file__path", "position")
    )


def plan_outline(masterplan: MasterPlan) -> Iterable[Any]:
    """Return the phases of the plan with their milestones and tasks."""
    return masterplan.phases.prefetch_related("milestones__tasks").order_by("number")
