"""The review queue over HTTP: what waits, and the three decisions.

A decision names the version of the item that was looked at; a stale one is answered with 409.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atomization.api import SourceCodeField
from devmatrix.accounts.models import User
from devmatrix.api_errors import Conflict, Unavailable, find
from devmatrix.api_permissions import MayDecide
from devmatrix.sandbox import SandboxUnavailable
from review import services
from review.forms import MAX_FEEDBACK
from review.models import HumanReviewQueue
from validation.findings import Severity, Verdict

T = TypeVar("T")


class ReviewItemSerializer(serializers.ModelSerializer[HumanReviewQueue]):
    """An item of the queue; the text to decide on is at atoms/{atom_id}."""

    key = serializers.SerializerMethodField(help_text="path::name of the atom")
    masterplan_name = serializers.CharField(source="masterplan.name")
    reviewer = serializers.CharField(source="reviewer.username", default=None, allow_null=True)

    class Meta:
        model = HumanReviewQueue
        fields = (
            "id",
            "version",
            "status",
            "reason",
            "priority",
            "confidence",
            "masterplan",
            "masterplan_name",
            "atom",
            "key",
            "feedback",
            "reviewer",
            "lease_until",
            "created_at",
            "decided_at",
        )
        read_only_fields = fields

    def get_key(self, item: HumanReviewQueue) -> str:
        return f"{item.atom.source_file.path}::{item.atom.name}"


def items() -> QuerySet[HumanReviewQueue]:
    """Return review items with what their serializer shows, in one query."""
    return HumanReviewQueue.objects.select_related(
        "masterplan", "atom__source_file", "reviewer"
    ).only(
        *(name for name in ReviewItemSerializer.Meta.fields if name not in _ELSEWHERE),
        "masterplan__name",
        "atom__name",
        "atom__source_file__path",
        "reviewer__username",
    )


_ELSEWHERE = {"key", "masterplan_name"}


class QueueQuery(serializers.Serializer[Any]):
    """Which part of the queue is wanted."""

    masterplan = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=HumanReviewQueue.Status.choices, required=False)


@extend_schema(
    parameters=[
        OpenApiParameter("masterplan", OpenApiTypes.UUID, description="only this project"),
        OpenApiParameter(
            "status",
            str,
            enum=HumanReviewQueue.Status.values,
            description="waiting and regenerating items unless told",
        ),
    ]
)
class QueueView(ListAPIView[HumanReviewQueue]):
    """List review items, the most urgent first."""

    serializer_class = ReviewItemSerializer

    def get_queryset(self) -> QuerySet[HumanReviewQueue]:
        if getattr(self, "swagger_fake_view", False):
            return HumanReviewQueue.objects.none()
        wanted = QueueQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        query = wanted.validated_data
        statuses = [query["status"]] if "status" in query else HumanReviewQueue.OPEN
        found = items().filter(status__in=statuses)
        if "masterplan" in query:
            found = found.filter(masterplan_id=query["masterplan"])
        return found.order_by("priority", "confidence", "created_at", "pk")


class DecisionRequest(serializers.Serializer[Any]):
    """The item and the version of it that was looked at."""

    item_id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class EditRequest(DecisionRequest):
    """The reviewer's own text of the atom, whole."""

    code = SourceCodeField()


class RegenerateRequest(DecisionRequest):
    """What the next attempts are told."""

    feedback = serializers.CharField(max_length=MAX_FEEDBACK)


class FindingSerializer(serializers.Serializer[Any]):
    """What one check said about an edit; `line` is 1-based and counts in the edit."""

    level = serializers.IntegerField()
    check = serializers.CharField()
    verdict = serializers.ChoiceField(choices=[(item.value, item.value) for item in Verdict])
    severity = serializers.ChoiceField(choices=[(item.value, item.value) for item in Severity])
    message = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    expected = serializers.CharField()
    actual = serializers.CharField()


class EditOutcomeSerializer(serializers.Serializer[Any]):
    """Whether the edit was taken, what the checks said, and the item as it is now."""

    detail = serializers.CharField()
    accepted = serializers.BooleanField()
    findings = FindingSerializer(many=True)
    item = ReviewItemSerializer()


CONFLICT = OpenApiResponse(description="Somebody decided, or changed it, meanwhile; read it again.")
REFUSED = OpenApiResponse(
    description="The decision makes no sense for this atom; `detail` says why."
)


class DecisionView(APIView):
    """What the three decisions have in common: who may take them, and how they are refused."""

    permission_classes = (IsAuthenticated, MayDecide)
    request_class: type[serializers.Serializer[Any]] = DecisionRequest

    def asked(self, request: Request) -> tuple[HumanReviewQueue, User, dict[str, Any]]:
        """Return the item that is meant, who decides, and the rest of the request."""
        body = self.request_class(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        item = find(HumanReviewQueue.objects.all(), data.pop("item_id"))
        return item, cast(User, request.user), data

    def decided(self, decide: Callable[[], T]) -> T:
        """Run a decision; turn the service's refusals into answers."""
        try:
            return decide()
        except services.ReviewConflict as error:
            raise Conflict(str(error)) from error
        except services.ReviewRefused as error:
            raise ValidationError(str(error)) from error
        except SandboxUnavailable as error:
            raise Unavailable(str(error)) from error

    def shown(self, item: HumanReviewQueue) -> HumanReviewQueue:
        """Read the item again, as its serializer wants it."""
        return items().get(pk=item.pk)


class ApproveView(DecisionView):
    """Sign an atom off as it is."""

    @extend_schema(
        operation_id="review_approve",
        request=DecisionRequest,
        responses={200: ReviewItemSerializer, 400: REFUSED, 409: CONFLICT},
    )
    def post(self, request: Request) -> Response:
        item, reviewer, data = self.asked(request)
        self.decided(lambda: services.approve(item=item, reviewer=reviewer, **data))
        return Response(ReviewItemSerializer(self.shown(item)).data)


class EditView(DecisionView):
    """Put the reviewer's text in the atom's place, if the checks find no error in it.

    An edit that the checks refuse is answered with 422 and what they found; nothing is changed.
    """

    request_class = EditRequest

    @extend_schema(
        operation_id="review_edit",
        request=EditRequest,
        responses={
            200: EditOutcomeSerializer,
            400: REFUSED,
            409: CONFLICT,
            422: EditOutcomeSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        item, reviewer, data = self.asked(request)
        outcome = self.decided(lambda: services.edit(item=item, reviewer=reviewer, **data))
        blocking = [finding for finding in outcome.findings if finding.blocks]
        detail = "The edit is accepted."
        if not outcome.accepted:
            first = f" {blocking[0].check}: {blocking[0].message}" if blocking else ""
            detail = f"The edit is refused, nothing was changed.{first}"
        answer = {
            "detail": detail,
            "accepted": outcome.accepted,
            "findings": outcome.findings,
            "item": self.shown(item),
        }
        return Response(EditOutcomeSerializer(answer).data, status=200 if outcome.accepted else 422)


class RegenerateView(DecisionView):
    """Send an atom back for a new round of attempts that are told the feedback."""

    request_class = RegenerateRequest

    @extend_schema(
        operation_id="review_regenerate",
        request=RegenerateRequest,
        responses={202: ReviewItemSerializer, 400: REFUSED, 409: CONFLICT},
    )
    def post(self, request: Request) -> Response:
        item, reviewer, data = self.asked(request)
        self.decided(lambda: services.regenerate(item=item, reviewer=reviewer, **data))
        return Response(ReviewItemSerializer(self.shown(item)).data, status=202)
