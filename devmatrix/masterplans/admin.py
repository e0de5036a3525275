"""Plans and their parts; what has many rows is searched by prefix and never joined unasked."""

from django.contrib import admin

from devmatrix.masterplans.models import (
    AcceptanceCriterion,
    DiscoveryDocument,
    MasterPlan,
    Milestone,
    ModelCall,
    Phase,
    Task,
)
from devmatrix.operations.row_admin import ReadOnlyAdmin, RowAdmin


@admin.register(DiscoveryDocument)
class DiscoveryDocumentAdmin(RowAdmin):
    """What was understood; the specification stays as it was handed in."""

    list_display = ["__str__", "owner", "model", "cost_usd", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["domain__startswith", "specification_sha256__exact"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["specification", "specification_sha256", "model", "cost_usd", "created_at"]


@admin.register(MasterPlan)
class MasterPlanAdmin(RowAdmin):
    """Projects; status and money are the engine's to change."""

    list_display = [
        "name",
        "status",
        "origin",
        "owner",
        "total_atoms",
        "total_waves",
        "precision_percent",
        "cost_usd",
        "created_at",
    ]
    list_filter = ["status", "origin", "replayed"]
    list_select_related = ["owner"]
    search_fields = ["name__startswith", "id__exact"]
    autocomplete_fields = ["owner"]
    raw_id_fields = ["discovery"]
    readonly_fields = [
        "status",
        "resume_status",
        "replayed",
        "source_sha256",
        "total_atoms",
        "total_waves",
        "max_parallelism",
        "precision_percent",
        "reserved_usd",
        "cost_usd",
        "input_tokens",
        "output_tokens",
        "created_at",
        "updated_at",
        "started_at",
        "completed_at",
    ]


@admin.register(Phase)
class PhaseAdmin(RowAdmin):
    """Stretches of plans."""

    list_display = ["name", "masterplan", "number", "kind"]
    list_filter = ["kind"]
    list_select_related = ["masterplan"]
    search_fields = ["name__startswith"]
    autocomplete_fields = ["masterplan"]


@admin.register(Milestone)
class MilestoneAdmin(RowAdmin):
    """Results within phases."""

    list_display = ["name", "phase", "number"]
    list_select_related = ["phase"]
    search_fields = ["name__startswith"]
    autocomplete_fields = ["phase"]


@admin.register(Task)
class TaskAdmin(RowAdmin):
    """Sets of target files with one purpose."""

    list_display = ["name", "masterplan", "number", "key", "complexity"]
    list_filter = ["complexity"]
    list_select_related = ["masterplan"]
    search_fields = ["name__startswith", "key__startswith"]
    autocomplete_fields = ["masterplan", "milestone", "depends_on"]
    readonly_fields = ["skeleton_at", "tests_at"]


@admin.register(AcceptanceCriterion)
class AcceptanceCriterionAdmin(RowAdmin):
    """Promises of specifications; whether they are met is measured, not typed in."""

    list_display = ["key", "masterplan", "status", "checked_at"]
    list_filter = ["status"]
    list_select_related = ["masterplan"]
    search_fields = ["key__startswith"]
    autocomplete_fields = ["masterplan", "tasks"]
    readonly_fields = ["status", "evidence", "checked_at"]


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnlyAdmin):
    """What was paid for."""

    list_display = [
        "subject",
        "purpose",
        "masterplan",
        "model",
        "outcome",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "created_at",
    ]
    list_filter = ["purpose", "outcome"]
    list_select_related = ["masterplan"]
    search_fields = ["subject__startswith", "request_id__exact"]
