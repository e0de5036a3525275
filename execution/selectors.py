"""How far an execution is: counts, success rates, waves, cost, and why anything waits."""

from typing import Any

from django.db.models import Count, Max, Q

from atomization.models import AtomicUnit
from dependencies.selectors import current_graph
from devmatrix.masterplans.models import MasterPlan
from execution.models import AtomRetryHistory

Status = AtomicUnit.Status
Outcome = AtomRetryHistory.Outcome


def success_rates(masterplan: MasterPlan) -> dict[str, Any]:
    """Return how many generated atoms were accepted on the first attempt, and by the third.

    Counts first rounds only; shares are None while nothing was finished. Atoms whose tests still
    wait are not counted.
    """
    finished = AtomRetryHistory.objects.filter(
        atom__masterplan=masterplan,
        round=1,
        outcome__in=[Outcome.ACCEPTED, Outcome.REJECTED, Outcome.NO_ANSWER],
    )
    per_atom = finished.values("atom").annotate(
        last=Max("number"),
        first=Count("pk", filter=Q(number=1, outcome=Outcome.ACCEPTED)),
        third=Count("pk", filter=Q(number__lte=3, outcome=Outcome.ACCEPTED)),
    )
    rows = list(per_atom)
    decided = [row for row in rows if row["third"] or row["last"] >= 3]
    total = len(decided)
    first = sum(1 for row in decided if row["first"])
    third = sum(1 for row in decided if row["third"])
    return {
        "atoms": total,
        "first_attempt": first,
        "by_third_attempt": third,
        "first_attempt_share": first / total if total else None,
        "by_third_attempt_share": third / total if total else None,
    }


def atom_counts(masterplan: MasterPlan) -> dict[str, int]:
    """Return the number of atoms in each status, zeros included."""
    rows = masterplan.atoms.order_by().values_list("status").annotate(number=Count("pk"))
    return {status.value: 0 for status in Status} | dict(rows)


def status(masterplan: MasterPlan) -> dict[str, Any]:
    """Return the whole picture of an execution, ready for JSON."""
    graph = current_graph(masterplan)
    waves = list(graph.waves.order_by("number")) if graph else []
    done = dict(
        masterplan.atoms.filter(status__in=[Status.ACCEPTED, Status.FAILED, Status.BLOCKED])
        .order_by()
        .values_list("wave_number")
        .annotate(number=Count("pk"))
    )
    counts = atom_counts(masterplan)
    history = AtomRetryHistory.objects.filter(atom__masterplan=masterplan)
    return {
        "masterplan_id": str(masterplan.pk),
        "name": masterplan.name,
        "status": masterplan.status,
        "reason": masterplan.status_reason or _why_waiting(counts),
        "atoms": counts,
        "total_atoms": sum(counts.values()),
        "attempts": history.exclude(outcome=Outcome.ABANDONED).count(),
        "retries": history.filter(number__gt=1).exclude(outcome=Outcome.ABANDONED).count(),
        "success": success_rates(masterplan),
        "waves": [
            {
                "number": wave.number,
                "status": wave.status,
                "atoms": wave.total_atoms,
                "to_generate": wave.atoms_to_generate,
                "settled": min(done.get(wave.number, 0), wave.total_atoms),
                "started_at": wave.started_at,
                "completed_at": wave.completed_at,
            }
            for wave in waves
        ],
        "cost_usd": str(masterplan.cost_usd),
        "reserved_usd": str(masterplan.reserved_usd),
        "budget_usd": str(masterplan.budget_usd) if masterplan.budget_usd is not None else None,
        "input_tokens": masterplan.input_tokens,
        "output_tokens": masterplan.output_tokens,
    }


def _why_waiting(counts: dict[str, int]) -> str:
    waiting = counts[Status.BLOCKED] + counts[Status.PENDING]
    if waiting and counts[Status.FAILED]:
        return f"{waiting} atoms wait for {counts[Status.FAILED]} failed ones to be resolved"
    if counts[Status.BLOCKED]:
        return f"{counts[Status.BLOCKED]} atoms could not be tested and wait for a person"
    return ""
