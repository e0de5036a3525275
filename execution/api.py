"""Starting, watching and repeating the making of atoms over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atomization.api import AtomSummarySerializer
from atomization.models import AtomicUnit
from atomization.services import AtomizationError
from dependencies.models import ExecutionWave
from devmatrix.api_errors import Conflict, find
from devmatrix.api_permissions import MayDecide
from devmatrix.masterplans.models import MasterPlan
from execution import selectors, services

MAX_GUIDANCE = 4000


class StartRequest(serializers.Serializer[Any]):
    """Which project to go on with."""

    masterplan_id = serializers.UUIDField()


class SuccessSerializer(serializers.Serializer[Any]):
    """How often the model was right; shares are null while nothing was finished."""

    atoms = serializers.IntegerField()
    first_attempt = serializers.IntegerField()
    by_third_attempt = serializers.IntegerField()
    first_attempt_share = serializers.FloatField(allow_null=True)
    by_third_attempt_share = serializers.FloatField(allow_null=True)


class WaveProgressSerializer(serializers.Serializer[Any]):
    """How far one wave is."""

    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=ExecutionWave.Status.choices)
    atoms = serializers.IntegerField()
    to_generate = serializers.IntegerField()
    settled = serializers.IntegerField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class StatusSerializer(serializers.Serializer[Any]):
    """The whole picture of an execution; money is text, so that nothing is rounded."""

    masterplan_id = serializers.UUIDField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=MasterPlan.Status.choices)
    reason = serializers.CharField(help_text="why it waits or failed, one sentence")
    atoms = serializers.DictField(child=serializers.IntegerField(), help_text="status → number")
    total_atoms = serializers.IntegerField()
    attempts = serializers.IntegerField()
    retries = serializers.IntegerField()
    success = SuccessSerializer()
    waves = WaveProgressSerializer(many=True)
    cost_usd = serializers.CharField()
    reserved_usd = serializers.CharField()
    budget_usd = serializers.CharField(allow_null=True)
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()


class StatusView(APIView):
    """Tell how far a project is."""

    @extend_schema(operation_id="execution_status", responses=StatusSerializer)
    def get(self, request: Request, masterplan_id: str) -> Response:
        masterplan = find(MasterPlan.objects.all(), masterplan_id)
        return Response(StatusSerializer(selectors.status(masterplan)).data)


class StartView(APIView):
    """Let the work on a project begin or go on, and ring the workers."""

    @extend_schema(
        operation_id="execution_start",
        request=StartRequest,
        responses={
            202: StatusSerializer,
            409: OpenApiResponse(description="The project cannot be started; `detail` says why."),
        },
    )
    def post(self, request: Request) -> Response:
        asked = StartRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        masterplan = find(MasterPlan.objects.all(), asked.validated_data["masterplan_id"])
        try:
            services.start(masterplan=masterplan)
        except services.ExecutionError as error:
            raise Conflict(str(error)) from error
        masterplan.refresh_from_db()
        return Response(StatusSerializer(selectors.status(masterplan)).data, status=202)


class RetryRequest(serializers.Serializer[Any]):
    """What the next attempts are told; may be empty."""

    guidance = serializers.CharField(required=False, allow_blank=True, max_length=MAX_GUIDANCE)


class RetryView(APIView):
    """Begin a new round of attempts at an atom.

    A block of a split function is made anew with its whole function, which is what is returned.
    Like a review's regenerate it takes an accepted text back, so it needs the same permission.
    """

    permission_classes = (IsAuthenticated, MayDecide)

    @extend_schema(
        operation_id="retry_atom",
        request=RetryRequest,
        responses={
            202: AtomSummarySerializer,
            409: OpenApiResponse(description="The atom is being made; `detail` says more."),
        },
    )
    def post(self, request: Request, atom_id: str) -> Response:
        asked = RetryRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        atoms = AtomicUnit.objects.select_related("source_file", "parent")
        atom = find(atoms, atom_id)
        try:
            made = services.retry_atom(atom=atom, guidance=asked.validated_data.get("guidance", ""))
        except (services.ExecutionError, AtomizationError) as error:
            raise Conflict(str(error)) from error
        return Response(AtomSummarySerializer(made).data, status=202)
