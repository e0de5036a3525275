"""Building the stored graph and its waves from a masterplan's sources."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from atomization.decomposer import Slot
from atomization.models import AtomicUnit
from atomization.project import ProjectFile, atom_key
from atomization.selectors import project_files
from atomization.services import atom_name, storable_text
from dependencies.dependency_service import (
    Dependencies,
    DependencyService,
    KeptProjects,
    Quoter,
    best_edges,
    speed_up_json,
)
from dependencies.edges import Edge, Problem, Step
from dependencies.graph import Engine
from dependencies.imports import is_config
from dependencies.models import AtomDependency, DependencyGraph, ExecutionWave
from dependencies.wave_generator import Boundary, Policy, WavePlan
from devmatrix.masterplans.models import MasterPlan

MAX_PROBLEMS: Final = 500
MAX_STEPS: Final = 20
ROWS_AT_ONCE: Final = 1000
_KEPT: Final = KeptProjects()


def dependency_service() -> DependencyService:
    """Return the service as the settings want it; it keeps the last projects of this process."""
    return DependencyService(
        min_confidence=settings.DEVMATRIX["MIN_EDGE_CONFIDENCE"],
        kept=_KEPT,
        engine=Engine(settings.DEVMATRIX["GRAPH_ENGINE"]),
    )


@transaction.atomic
def build_graph(
    *,
    masterplan: MasterPlan,
    policy: Policy = Policy.CONTRACT,
    max_width: int | None = None,
    service: DependencyService | None = None,
) -> DependencyGraph:
    """Analyze the masterplan's sources and store edges, cycles and waves as its current graph."""
    asked = service or dependency_service()
    files = project_files(masterplan)
    ids = _atom_ids(masterplan)
    analyzed = asked.analyze(files, name=str(masterplan.pk), configs=_configs(masterplan))
    found = _of_rows(analyzed, masterplan, files, ids)
    plan = found.schedule(policy, max_width=max_width).plan
    groups = [cycle.members for cycle in found.cycles()]
    masterplan.graphs.filter(is_current=True).update(is_current=False)
    graph = DependencyGraph.objects.create(
        masterplan=masterplan,
        policy=policy.value,
        node_count=len(ids),
        edge_count=len(found.edges),
        hard_edge_count=sum(edge.hard for edge in found.edges),
        wave_count=len(plan.waves),
        cycles=[[str(ids[key]) for key in group] for group in groups],
        critical_path=[str(ids[key]) for key in plan.critical_path],
        speed_up=speed_up_json(plan.speed_up),
        min_confidence=asked.min_confidence,
        unsure_count=found.unsure,
        problems=[_problem(one) for one in found.problems[:MAX_PROBLEMS]],
        problem_count=len(found.problems),
    )
    _store_edges(graph, found.edges, ids, plan, Quoter(files))
    _store_waves(graph, plan, ids, groups)
    MasterPlan.objects.filter(pk=masterplan.pk).update(
        total_waves=len(plan.waves),
        total_atoms=len(ids),
        max_parallelism=max((len(wave) for wave in plan.waves), default=0),
        wave_policy=policy.value,
    )
    return graph


def _configs(masterplan: MasterPlan) -> dict[str, bytes]:
    """Return the files that say where modules of scripts are."""
    paths = masterplan.files.filter(language="").values_list("pk", "path")
    wanted = [pk for pk, path in paths if is_config(path)]
    rows = masterplan.files.filter(pk__in=wanted).order_by("path").values_list("path", "raw")
    return {path: bytes(raw) for path, raw in rows if raw is not None}


def _atom_ids(masterplan: MasterPlan) -> dict[str, Any]:
    rows = masterplan.atoms.order_by("source_file__path", "position").values_list(
        "source_file__path", "name", "pk"
    )
    return {atom_key(path, name): pk for path, name, pk in rows}


def _of_rows(
    found: Dependencies,
    masterplan: MasterPlan,
    files: Sequence[ProjectFile],
    ids: Mapping[str, Any],
) -> Dependencies:
    """Tell of the stored atoms what was found of the slots.

    A slot of which there is no row is a part of an atom that was kept in one piece: its edges are
    that atom's.
    """
    row_of: dict[str, str] = {}
    for file in files:
        missing = [slot for slot in file.slots if _row_key(file, slot) not in ids]
        around = _rows_by_line(masterplan, file.path) if missing else []
        for slot in file.slots:
            key, own = atom_key(file.path, slot.name), _row_key(file, slot)
            row_of[key] = own if own in ids else _row_at(around, slot.start_line) or own
    edges = [_rekeyed(edge, row_of) for edge in found.edges]
    return Dependencies(
        tuple(ids), tuple(best_edges(edges, ids)), found.problems, found.unsure, found.engine
    )


def _row_key(file: ProjectFile, slot: Slot) -> str:
    return atom_key(file.path, atom_name(slot.name))


def _rekeyed(edge: Edge, row_of: Mapping[str, str]) -> Edge:
    dependent, dependency = row_of[edge.dependent], row_of[edge.dependency]
    if (dependent, dependency) == (edge.dependent, edge.dependency):
        return edge
    return replace(edge, dependent=dependent, dependency=dependency)


def _rows_by_line(masterplan: MasterPlan, path: str) -> list[tuple[int, str]]:
    """Return the first line and the key of each stored atom of a file."""
    rows = list(
        masterplan.atoms.filter(source_file__path=path)
        .order_by("position")
        .values_list("name", "code")
    )
    starts = accumulate((code.count("\n") for _, code in rows), initial=1)
    return [(start, atom_key(path, name)) for start, (name, _) in zip(starts, rows, strict=False)]


def _row_at(rows: Sequence[tuple[int, str]], line: int) -> str:
    return next((key for start, key in reversed(rows) if start <= line), "")


def _store_edges(
    graph: DependencyGraph,
    edges: Sequence[Edge],
    ids: Mapping[str, Any],
    plan: WavePlan,
    quoter: Quoter,
) -> None:
    ordering_cycle = _membership(plan.cycles)
    strict = plan.policy is Policy.STRICT
    AtomDependency.objects.bulk_create(
        (
            AtomDependency(
                graph=graph,
                dependent_id=ids[edge.dependent],
                dependency_id=ids[edge.dependency],
                is_hard=edge.hard,
                orders_generation=(strict or edge.hard) and not _together(ordering_cycle, edge),
                **_columns(quoter.explained(edge)),
            )
            for edge in edges
        ),
        batch_size=ROWS_AT_ONCE,
    )


def _columns(edge: Edge) -> dict[str, Any]:
    """Give the columns that say of an edge what it is and why it is there."""
    return {
        "kind": edge.kind.value,
        "strength": edge.strength,
        "confidence": edge.confidence,
        "line": edge.line or None,
        "reason": storable_text(edge.reason)[:300],
        "resolved_by": edge.resolved_by[:40],
        "chain": [_step(step) for step in edge.chain[:MAX_STEPS]],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "what": storable_text(step.what)[:300],
        "path": storable_text(step.path),
        "line": step.line,
        "text": storable_text(step.text),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "path": storable_text(problem.path),
        "line": problem.line,
        "message": storable_text(problem.message)[:300],
    }


def _membership(groups: Iterable[Iterable[str]]) -> dict[str, int]:
    return {key: number for number, group in enumerate(groups, start=1) for key in group}


def _together(cycle_of: dict[str, int], edge: Edge) -> bool:
    number = cycle_of.get(edge.dependent)
    return number is not None and number == cycle_of.get(edge.dependency)


def _store_waves(
    graph: DependencyGraph,
    plan: WavePlan,
    ids: Mapping[str, Any],
    groups: Sequence[tuple[str, ...]],
) -> None:
    cycle_of = _membership(groups)
    wave_of = {key: number for number, wave in enumerate(plan.waves, start=1) for key in wave}
    alike: dict[tuple[int | None, int | None], list[Any]] = {}
    for key, pk in ids.items():
        alike.setdefault((wave_of.get(key), cycle_of.get(key)), []).append(pk)
    for (wave_number, cycle), rows in alike.items():
        for some in batched(rows, ROWS_AT_ONCE):
            AtomicUnit.objects.filter(pk__in=some).update(wave_number=wave_number, cycle=cycle)
    to_fill = set(graph.masterplan.atoms.filter(needs_body=True).values_list("pk", flat=True))
    ends: dict[int, list[Boundary]] = {}
    for boundary in plan.boundaries:
        ends.setdefault(boundary.after, []).append(boundary)
    ExecutionWave.objects.bulk_create(
        ExecutionWave(
            graph=graph,
            number=number,
            total_atoms=len(wave),
            atoms_to_generate=sum(ids[key] in to_fill for key in wave),
            boundaries=[_boundary(one) for one in ends.get(number, ())],
        )
        for number, wave in enumerate(plan.waves, start=1)
    )


def batched(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Part rows into runs of a size that a statement can name."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _boundary(boundary: Boundary) -> dict[str, Any]:
    name = storable_text(boundary.name)
    return {"kind": boundary.kind.value, "name": name, "atoms": boundary.atoms}


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
                is_hard=False,
                orders_generation=False,
                **_columns(edge),
            )
            for edge in best_edges(edges, {*ids, *(edge.dependent for edge in edges)})
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
