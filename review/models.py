"""The atoms that wait for a person, and what the person decided."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from atomization.fields import SourceTextField
from atomization.models import AtomicUnit
from devmatrix.masterplans.models import MasterPlan


class HumanReviewQueue(models.Model):
    """One review item: an atom that a person approves, edits or sends back."""

    class Reason(models.TextChoices):
        FAILED = "failed", "failed all attempts"
        BLOCKED = "blocked", "could not be tested"
        REGENERATED = "regenerated", "made anew, as asked"
        LOW_CONFIDENCE = "low_confidence", "among the least confident"

    class Status(models.TextChoices):
        WAITING = "waiting"
        REGENERATING = "regenerating"
        APPROVED = "approved"
        EDITED = "edited"
        SUPERSEDED = "superseded", "no longer needed"

    OPEN = (Status.WAITING, Status.REGENERATING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="review_items")
    atom = models.ForeignKey(AtomicUnit, models.CASCADE, related_name="review_items")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    priority = models.PositiveSmallIntegerField(help_text="1 is most urgent, 5 least")
    confidence = models.FloatField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="reviews"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    feedback = models.TextField(blank=True)
    code_before = SourceTextField(blank=True)
    code_after = SourceTextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "human_review_queue"
        ordering = ["priority", "confidence", "created_at"]
        indexes = [
            models.Index(
                fields=["priority", "confidence", "created_at"],
                name="review_waiting_order",
                condition=Q(status="waiting"),
            ),
            models.Index(fields=["masterplan", "status"], name="review_plan_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["atom"],
                condition=Q(status__in=["waiting", "regenerating"]),
                name="review_one_open_item",
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 5)), name="review_priority"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "regenerating"]) | Q(decided_at__isnull=False),
                name="review_decided",
            ),
        ]
        verbose_name_plural = "human review queue"

    def __str__(self) -> str:
        return f"review {self.id} ({self.status})"
