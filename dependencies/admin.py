"""Graphs, edges and waves: computed, so they are for reading."""

from django.contrib import admin

from dependencies.models import AtomDependency, DependencyGraph, ExecutionWave
from devmatrix.operations.row_admin import ReadOnlyAdmin


@admin.register(DependencyGraph)
class DependencyGraphAdmin(ReadOnlyAdmin):
    """Analyses of projects."""

    list_display = [
        "masterplan",
        "policy",
        "is_current",
        "node_count",
        "edge_count",
        "wave_count",
        "problem_count",
        "created_at",
    ]
    list_filter = ["policy", "is_current"]
    list_select_related = ["masterplan"]
    search_fields = ["masterplan__name__startswith", "id__exact"]


@admin.register(AtomDependency)
class AtomDependencyAdmin(ReadOnlyAdmin):
    """Edges."""

    list_display = ["dependent", "dependency", "kind", "is_hard", "line", "reason", "resolved_by"]
    list_filter = ["kind", "is_hard"]
    list_select_related = ["dependent", "dependency"]
    search_fields = ["dependent__name__startswith", "dependency__name__startswith"]


@admin.register(ExecutionWave)
class ExecutionWaveAdmin(ReadOnlyAdmin):
    """Waves."""

    list_display = ["number", "graph", "status", "total_atoms", "atoms_to_generate", "started_at"]
    list_filter = ["status"]
    list_select_related = ["graph"]
    search_fields = ["graph__id__exact"]
