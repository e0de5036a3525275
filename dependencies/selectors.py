"""Reading graphs: the current one, its edges as keys, and the neighbours of an atom."""

from collections import defaultdict
from pathlib import PurePosixPath
from uuid import UUID

from django.db.models import F

from dependencies.edges import EdgeKind
from dependencies.graph import closure
from dependencies.models import AtomDependency, DependencyGraph
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
