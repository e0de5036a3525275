"""Building the stored graph and its waves from a masterplan's sources."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from atomization.models import AtomicUnit
from atomization.selectors import project_files
from atomization.services import storable_text
from dependencies.analyzer import Edge, analyze
from dependencies.graph import build_graph as build_networkx
from dependencies.graph import strongly_connected
from dependencies.models import AtomDependency, DependencyGraph, ExecutionWave
from dependencies.wave_generator import Policy, WavePlan, generate_waves
from devmatrix.masterplans.models import MasterPlan


@transaction.atomic
def build_graph(*, masterplan: MasterPlan, policy: Policy = Policy.CONTRACT) -> DependencyGraph:
    """Analyze the masterplan's sources and store edges, cycles and waves as its current graph."""
    ids = _atom_ids(masterplan)
    edges = _best_edges(
        edge
        for edge in analyze(project_files(masterplan))
        if edge.dependent in ids and edge.dependency in ids and edge.dependent != edge.dependency
    )
    plan = generate_waves(list(ids), edges, policy=policy)
    groups = _cycles(ids, edges)
    masterplan.graphs.filter(is_current=True).update(is_current=False)
    graph = DependencyGraph.objects.create(
        masterplan=masterplan,
        policy=policy.value,
        node_count=len(ids),
        edge_count=len(edges),
        hard_edge_count=sum(edge.hard for edge in edges),
        wave_count=len(plan.waves),
        cycles=[[str(ids[key]) for key in group] for group in groups],
        critical_path=[str(ids[key]) for key in plan.critical_path],
    )
    _store_edges(graph, edges, ids, plan)
    _store_waves(graph, plan, ids, groups)
    MasterPlan.objects.filter(pk=masterplan.pk).update(
        total_waves=len(plan.waves),
        total_atoms=len(ids),
        max_parallelism=max((len(wave) for wave in plan.waves), default=0),
        wave_policy=policy.value,
    )
    return graph


def _atom_ids(masterplan: MasterPlan) -> dict[str, Any]:
    rows = masterplan.atoms.order_by("source_file__path", "position").values_list(
        "source_file__path", "name", "pk"
    )
    return {f"{path}::{name}": pk for path, name, pk in rows}


def _best_edges(edges: Iterable[Edge]) -> list[Edge]:
    """Keep one edge of a kind between two atoms, a hard one before a contract one."""
    best: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        key = (edge.dependent, edge.dependency, edge.kind)
        if key not in best or (edge.hard and not best[key].hard):
            best[key] = edge
    return list(best.values())


def _cycles(ids: dict[str, Any], edges: Sequence[Edge]) -> list[tuple[str, ...]]:
    components = strongly_connected(build_networkx(ids, edges))
    return [tuple(component) for component in components if len(component) > 1]


def _store_edges(
    graph: DependencyGraph,
    edges: Sequence[Edge],
    ids: dict[str, Any],
    plan: WavePlan,
) -> None:
    ordering_cycle = _membership(plan.cycles)
    strict = plan.policy is Policy.STRICT
    AtomDependency.objects.bulk_create(
        (
            AtomDependency(
                graph=graph,
                dependent_id=ids[edge.dependent],
                dependency_id=ids[edge.dependency],
                kind=edge.kind.value,
                is_hard=edge.hard,
                orders_generation=(strict or edge.hard) and not _together(ordering_cycle, edge),
                strength=edge.strength,
                confidence=edge.confidence,
                line=edge.line or None,
                reason=storable_text(edge.reason)[:300],
                resolved_by=edge.resolved_by[:40],
            )
            for edge in edges
        ),
        batch_size=1000,
    )


def _membership(groups: Iterable[Iterable[str]]) -> dict[str, int]:
    return {key: number for number, group in enumerate(groups, start=1) for key in group}


def _together(cycle_of: dict[str, int], edge: Edge) -> bool:
    number = cycle_of.get(edge.dependent)
    return number is not None and number == cycle_of.get(edge.dependency)


def _store_waves(
    graph: DependencyGraph,
    plan: WavePlan,
    ids: dict[str, Any],
    groups: Sequence[tuple[str, ...]],
) -> None:
    cycle_of = _membership(groups)
    wave_of = {key: number for number, wave in enumerate(plan.waves, start=1) for key in wave}
    atoms = [
        AtomicUnit(pk=pk, wave_number=wave_of.get(key), cycle=cycle_of.get(key))
        for key, pk in ids.items()
    ]
    AtomicUnit.objects.bulk_update(atoms, ["wave_number", "cycle"], batch_size=300)
    to_fill = set(graph.masterplan.atoms.filter(needs_body=True).values_list("pk", flat=True))
    ExecutionWave.objects.bulk_create(
        ExecutionWave(
            graph=graph,
            number=number,
            total_atoms=len(wave),
            atoms_to_generate=sum(ids[key] in to_fill for key in wave),
        )
        for number, wave in enumerate(plan.waves, start=1)
    )


@transaction.atomic
def observe(*, atom: AtomicUnit, edges: Sequence[Edge]) -> None:
    """Replace what the current graph holds of an atom's contract edges by what its answer shows.

    They order no generation, for the answer is there; they order its tests.
    """
    graph = atom.masterplan.graphs.filter(is_current=True).first()
    if graph is None:
        return
    graph.edges.filter(dependent=atom, is_hard=False).delete()
    ids = _ids_of(atom.masterplan, {edge.dependency for edge in edges})
    AtomDependency.objects.bulk_create(
        (
            AtomDependency(
                graph=graph,
                dependent=atom,
                dependency_id=ids[edge.dependency],
                kind=edge.kind.value,
                is_hard=False,
                orders_generation=False,
                strength=edge.strength,
                confidence=edge.confidence,
                line=edge.line or None,
                reason=storable_text(edge.reason)[:300],
                resolved_by=edge.resolved_by[:40],
            )
            for edge in _best_edges(edges)
            if ids.get(edge.dependency) not in {None, atom.pk}
        ),
        ignore_conflicts=True,
    )
    DependencyGraph.objects.filter(pk=graph.pk).update(edge_count=graph.edges.count())


def _ids_of(masterplan: MasterPlan, keys: set[str]) -> dict[str, Any]:
    rows = masterplan.atoms.filter(
        source_file__path__in={key.partition("::")[0] for key in keys}
    ).values_list("source_file__path", "name", "pk")
    found = {f"{path}::{name}": pk for path, name, pk in rows}
    return {key: found[key] for key in keys if key in found}


def refresh_waves(*, graph: DependencyGraph) -> None:
    """Set each wave's state from its atoms: running once one is under way, then completed."""
    now = timezone.now()
    counts = _progress(graph)
    for wave in graph.waves.exclude(status=ExecutionWave.Status.COMPLETED):
        progress = counts.get(wave.number, Progress(0, 0, 0))
        status = _wave_status(progress)
        if status == wave.status:
            continue
        wave.status = status
        wave.started_at = wave.started_at or now
        wave.completed_at = now if status == ExecutionWave.Status.COMPLETED else None
        wave.save(update_fields=["status", "started_at", "completed_at"])


class Progress(NamedTuple):
    """How many of a wave's atoms there are, wait for others' code, and are settled."""

    atoms: int
    waiting: int
    settled: int


def _progress(graph: DependencyGraph) -> dict[int | None, Progress]:
    waiting, settled = Q(status=AtomicUnit.Status.PENDING), Q(status__in=SETTLED)
    rows = (
        AtomicUnit.objects.filter(masterplan=graph.masterplan_id)
        .order_by()
        .values("wave_number")
        .annotate(
            total=Count("pk"),
            waiting=Count("pk", filter=waiting),
            settled=Count("pk", filter=settled),
        )
        .values_list("wave_number", "total", "waiting", "settled")
    )
    return {number: Progress(*counts) for number, *counts in rows}


def _wave_status(progress: Progress) -> ExecutionWave.Status:
    if progress.settled == progress.atoms:
        return ExecutionWave.Status.COMPLETED
    if progress.waiting < progress.atoms:
        return ExecutionWave.Status.RUNNING
    return ExecutionWave.Status.PENDING


SETTLED = (
    AtomicUnit.Status.ACCEPTED,
    AtomicUnit.Status.FAILED,
    AtomicUnit.Status.BLOCKED,
)
