"""Whole graphs: the current one, its figures, its cycles, and what its files run at import."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from django.db.models import Count, F, Q

from atomization.models import AtomicUnit
from dependencies.edges import EdgeKind
from dependencies.graph import closure
from dependencies.models import AtomDependency, DependencyGraph
from dependencies.wave_generator import Policy
from devmatrix.masterplans.models import MasterPlan


def current_graph(masterplan: MasterPlan) -> DependencyGraph | None:
    """Return the masterplan's newest analysis, if there is one."""
    return masterplan.graphs.filter(is_current=True).first()


def needed_at_import(masterplan: MasterPlan) -> dict[UUID, frozenset[UUID]]:
    """Return, by file, the atoms to be generated whose code runs when the file is imported.

    A file's import runs what its module-level code calls, and all of that of the files it imports,
    their packages' `__init__` included. Three queries.
    """
    edges = AtomDependency.objects.filter(graph__is_current=True, graph__masterplan=masterplan)
    imports: dict[UUID, set[UUID]] = defaultdict(set)
    crossing = edges.filter(kind=EdgeKind.IMPORT.value).exclude(
        dependent__source_file=F("dependency__source_file")
    )
    for importer, imported in crossing.values_list(
        "dependent__source_file", "dependency__source_file"
    ):
        imports[importer].add(imported)
    paths = dict(masterplan.files.values_list("path", "pk"))
    for path, pk in paths.items():
        for parent in PurePosixPath(path).parents:
            package = paths.get((parent / "__init__.py").as_posix())
            if package is not None and package != pk:
                imports[pk].add(package)
    runs: dict[UUID, set[UUID]] = defaultdict(set)
    hard = edges.filter(is_hard=True, dependency__needs_body=True)
    for file, atom in hard.values_list("dependent__source_file", "dependency"):
        runs[file].add(atom)
    return {
        pk: frozenset(atom for file in closure(imports, pk) for atom in runs.get(file, ()))
        for pk in paths.values()
    }


def edges_by_kind(graph: DependencyGraph) -> dict[str, tuple[int, int]]:
    """Count a graph's edges by kind: hard ones, and all. One query."""
    rows = (
        graph.edges.order_by()
        .values_list("kind")
        .annotate(hard=Count("pk", filter=Q(is_hard=True)), total=Count("pk"))
    )
    return {kind: (hard, total) for kind, hard, total in sorted(rows)}


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A group of atoms that need each other; `tied` says that they are made as one, too.

    `edges` are the first of `edge_count`.
    """

    number: int
    atoms: tuple[str, ...]
    edges: tuple[AtomDependency, ...]
    edge_count: int
    tied: bool


def cycle_rows(graph: DependencyGraph, *, numbers: Sequence[int], most: int) -> list[CycleRow]:
    """Return some of a graph's cycles, numbered from 1, with at most `most` edges each.

    Three queries a cycle.
    """
    found = []
    for number in numbers:
        ids = graph.cycles[number - 1]
        members = AtomicUnit.objects.filter(pk__in=ids).values("pk")
        inside = graph.edges.filter(dependent__in=members, dependency__in=members)
        edges = inside.select_related("dependent__source_file", "dependency__source_file").only(
            *EDGE_COLUMNS
        )
        strict = graph.policy == Policy.STRICT.value
        ordering = Q() if strict else Q(is_hard=True)
        found.append(
            CycleRow(
                number,
                tuple(ids),
                tuple(edges.order_by("-is_hard", "pk")[:most]),
                inside.count(),
                inside.filter(ordering, orders_generation=False).exists(),
            )
        )
    return found


EDGE_COLUMNS = (
    "graph",
    "kind",
    "is_hard",
    "orders_generation",
    "strength",
    "confidence",
    "line",
    "reason",
    "resolved_by",
    "chain",
    *(
        f"{end}__{column}"
        for end in ("dependent", "dependency")
        for column in (
            "name",
            "kind",
            "status",
            "wave_number",
            "loc",
            "complexity",
            "confidence",
            "cycle",
            "source_file__path",
        )
    ),
)
"""What is told of an edge and its ends."""
