"""Running checks and reading what they found over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django_q.tasks import async_task
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atomization.models import AtomicUnit
from devmatrix.api_errors import Unavailable, find
from devmatrix.masterplans.models import MasterPlan
from devmatrix.sandbox import SandboxUnavailable
from validation import services
from validation.models import ValidationResult

ALL_LEVELS = [level.value for level in ValidationResult.Level]
RUN_LEVELS = "validation.tasks.run_levels"


class RunRequest(serializers.Serializer[Any]):
    """One atom, checked at once; or a project's levels, checked by a worker."""

    atom_id = serializers.UUIDField(required=False)
    masterplan_id = serializers.UUIDField(required=False)
    levels = serializers.ListField(
        child=serializers.ChoiceField(choices=ValidationResult.Level.choices),
        required=False,
        allow_empty=False,
        help_text="of a project; all four unless told",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("atom_id" in attrs) == ("masterplan_id" in attrs):
            raise serializers.ValidationError("Send either atom_id or masterplan_id.")
        if "atom_id" in attrs and attrs.get("levels", [1]) != [1]:
            raise serializers.ValidationError(
                {"levels": "An atom is checked on level 1; levels 2 to 4 belong to a project."}
            )
        return attrs


class ResultSerializer(serializers.ModelSerializer[ValidationResult]):
    """What one check found; `line` is 1-based and counts in the atom."""

    class Meta:
        model = ValidationResult
        fields = (
            "id",
            "run_id",
            "level",
            "check_name",
            "target",
            "verdict",
            "severity",
            "message",
            "line",
            "expected",
            "actual",
            "evidence",
            "content_sha256",
            "attempt",
            "seconds",
            "created_at",
        )
        read_only_fields = fields


class RunSerializer(serializers.Serializer[Any]):
    """The results of one run on an atom."""

    run_id = serializers.UUIDField()
    results = ResultSerializer(many=True)


class QueuedSerializer(serializers.Serializer[Any]):
    """A run that a worker will do."""

    masterplan_id = serializers.UUIDField()
    levels = serializers.ListField(child=serializers.IntegerField())
    status_url = serializers.CharField()


class RunView(APIView):
    """Check one atom now, or have a project checked."""

    @extend_schema(
        operation_id="validation_run",
        request=RunRequest,
        responses={
            200: RunSerializer,
            202: QueuedSerializer,
            503: OpenApiResponse(description="The sandbox is missing; `detail` names the package."),
        },
    )
    def post(self, request: Request) -> Response:
        asked = RunRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        if "atom_id" in data:
            return self._check_now(data["atom_id"])
        masterplan = find(MasterPlan.objects.all(), data["masterplan_id"])
        levels = sorted(set(data.get("levels", ALL_LEVELS)))
        async_task(RUN_LEVELS, str(masterplan.pk), levels, group=str(masterplan.pk))
        queued = {
            "masterplan_id": masterplan.pk,
            "levels": levels,
            "status_url": reverse("api-execution-status", args=[masterplan.pk]),
        }
        return Response(QueuedSerializer(queued).data, status=202)

    def _check_now(self, atom_id: object) -> Response:
        atom = find(AtomicUnit.objects.select_related("source_file", "masterplan"), atom_id)
        try:
            run_id = services.validate_atoms(atoms=[atom])
        except SandboxUnavailable as error:
            raise Unavailable(str(error)) from error
        results = ValidationResult.objects.filter(run_id=run_id).order_by("created_at", "id")
        return Response(RunSerializer({"run_id": run_id, "results": results}).data)


@extend_schema(
    parameters=[
        OpenApiParameter("run_id", OpenApiTypes.UUID, description="only the results of one run")
    ]
)
class ResultsView(ListAPIView[ValidationResult]):
    """List what checks found on an atom, the latest first."""

    serializer_class = ResultSerializer

    def get_queryset(self) -> QuerySet[ValidationResult]:
        if getattr(self, "swagger_fake_view", False):
            return ValidationResult.objects.none()
        atom = find(AtomicUnit.objects.only("pk"), self.kwargs["atom_id"])
        results = ValidationResult.objects.filter(atom=atom).order_by("-created_at", "id")
        run_id = self.request.query_params.get("run_id")
        if run_id is None:
            return results
        try:
            return results.filter(run_id=serializers.UUIDField().to_internal_value(run_id))
        except ValidationError as error:
            raise ValidationError({"run_id": error.detail}) from error
