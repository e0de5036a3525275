"""Reading graphs: the current one, its edges as keys, and the neighbours of an atom."""

from django.db.models import QuerySet

from atomization.models import AtomicUnit
from dependencies.models import AtomDependency, DependencyGraph
from devmatrix.masterplans.models import MasterPlan


def current_graph(masterplan: MasterPlan) -> DependencyGraph | None:
    """Return the masterplan's newest analysis, if there is one."""
    return masterplan.graphs.filter(is_current=True).first()


def dependencies_of(atom: AtomicUnit) -> QuerySet[AtomDependency]:
    """Return the edges to what `atom` needs, in the current graph."""
    return (
        AtomDependency.objects.filter(graph__is_current=True, dependent=atom)
        .select_related("dependency__source_file")
        .order_by("-is_hard", "kind", "dependency__name")
    )


def dependants(atom: AtomicUnit) -> QuerySet[AtomDependency]:
    """Return the edges from what needs `atom`, in the current graph."""
    return (
        AtomDependency.objects.filter(graph__is_current=True, dependency=atom)
        .select_related("dependent__source_file")
        .order_by("-is_hard", "kind", "dependent__name")
    )
