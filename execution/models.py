"""Attempts, kept forever."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Q

from atomization.fields import SourceTextField
from atomization.models import AtomicUnit
from devmatrix.masterplans.models import MONEY


class AtomRetryHistory(models.Model):
    """One generation of one atom: what was asked, answered, found and paid."""

    class Outcome(models.TextChoices):
        RUNNING = "running"
        ANSWERED = "answered", "static checks passed, tests wait for callees"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        NO_ANSWER = "no_answer", "no usable answer"
        ABANDONED = "abandoned", "lease lost, answer discarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    atom = models.ForeignKey(AtomicUnit, models.CASCADE, related_name="history")
    round = models.PositiveIntegerField(default=1)
    number = models.PositiveIntegerField(help_text="attempt within the round, from 1")
    token = models.UUIDField(unique=True, help_text="fencing token of the claim")
    model = models.CharField(max_length=100, blank=True)
    temperature = models.FloatField(null=True, blank=True)
    effort = models.CharField(max_length=20, blank=True)
    prompt = SourceTextField(blank=True)
    feedback = SourceTextField(blank=True, help_text="what earlier attempts were told")
    answer = SourceTextField(blank=True)
    code = SourceTextField(blank=True, help_text="the answer fitted to its slot")
    imports = models.JSONField(default=list, blank=True, help_text="asked for beside the code")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.RUNNING)
    failed_check = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    stop_reason = models.CharField(max_length=40, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cache_read_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    reserved_usd = models.DecimalField(default=Decimal(0), **MONEY)
    cost_usd = models.DecimalField(default=Decimal(0), **MONEY)
    request_id = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "atom_retry_history"
        ordering = ["atom", "round", "number", "started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["atom", "round", "number"],
                condition=~Q(outcome="abandoned"),
                name="history_number_unique",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="history_from_one"),
            models.CheckConstraint(condition=Q(cost_usd__gte=0), name="history_cost"),
            models.CheckConstraint(
                condition=Q(outcome__in=["running", "answered"]) | Q(finished_at__isnull=False),
                name="history_finished",
            ),
        ]
        verbose_name_plural = "atom retry histories"

    def __str__(self) -> str:
        return f"attempt {self.number} ({self.outcome})"
