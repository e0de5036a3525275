"""Projects over HTTP, read only: they are made and stopped by commands and pages."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devmatrix.api_errors import find
from devmatrix.masterplans.models import AcceptanceCriterion, MasterPlan, Task


class MasterPlanSummarySerializer(serializers.ModelSerializer[MasterPlan]):
    """A project in a list."""

    class Meta:
        model = MasterPlan
        fields: tuple[str, ...] = (
            "id",
            "name",
            "origin",
            "status",
            "status_reason",
            "replayed",
            "total_atoms",
            "total_waves",
            "max_parallelism",
            "precision_percent",
            "budget_usd",
            "cost_usd",
            "created_at",
            "completed_at",
        )
        read_only_fields = fields


class TaskSerializer(serializers.ModelSerializer[Task]):
    """A task: which files it makes."""

    class Meta:
        model = Task
        fields = ("id", "number", "key", "name", "description", "complexity", "target_files")
        read_only_fields = fields


class CriterionSerializer(serializers.ModelSerializer[AcceptanceCriterion]):
    """One promise of the specification and whether it was seen kept."""

    class Meta:
        model = AcceptanceCriterion
        fields = ("key", "text", "status", "checked_at")
        read_only_fields = fields


class MasterPlanSerializer(MasterPlanSummarySerializer):
    """A project with its tasks and acceptance criteria."""

    tasks = TaskSerializer(many=True)
    criteria = CriterionSerializer(many=True)

    class Meta(MasterPlanSummarySerializer.Meta):
        fields = (
            *MasterPlanSummarySerializer.Meta.fields,
            "description",
            "architecture_style",
            "tech_stack",
            "wave_policy",
            "atomization_config",
            "estimated_cost_usd",
            "reserved_usd",
            "input_tokens",
            "output_tokens",
            "started_at",
            "tasks",
            "criteria",
        )
        read_only_fields = fields


class MasterPlansView(ListAPIView[MasterPlan]):
    """List the projects, the newest first."""

    serializer_class = MasterPlanSummarySerializer
    queryset = MasterPlan.objects.order_by("-created_at", "id")


class MasterPlanView(APIView):
    """Read one project."""

    @extend_schema(operation_id="masterplans_retrieve", responses=MasterPlanSerializer)
    def get(self, request: Request, masterplan_id: str) -> Response:
        plans = MasterPlan.objects.prefetch_related("tasks", "criteria")
        return Response(MasterPlanSerializer(find(plans, masterplan_id)).data)
