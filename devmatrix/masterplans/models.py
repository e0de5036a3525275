"""The plan: discovery document → masterplan → phases → milestones → tasks, and its criteria."""

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

MONEY: dict[str, Any] = {"max_digits": 14, "decimal_places": 6}


class DiscoveryDocument(models.Model):
    """What was understood of a specification before anything was planned."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="discoveries"
    )
    specification = models.TextField(help_text="Markdown, as it was handed in")
    specification_sha256 = models.CharField(max_length=64, db_index=True)
    domain = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    bounded_contexts = models.JSONField(default=list, blank=True)
    aggregates = models.JSONField(default=list, blank=True)
    value_objects = models.JSONField(default=list, blank=True)
    domain_events = models.JSONField(default=list, blank=True)
    services = models.JSONField(default=list, blank=True)
    assumptions = models.JSONField(default=list, blank=True)
    open_questions = models.JSONField(default=list, blank=True)
    risks = models.JSONField(default=list, blank=True)
    model = models.CharField(max_length=100, blank=True)
    cost_usd = models.DecimalField(default=Decimal(0), **MONEY)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "discovery_documents"
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(cost_usd__gte=0), name="discovery_cost")]

    def __str__(self) -> str:
        return self.domain or str(self.id)


class MasterPlan(models.Model):
    """One project on its way from its source to a reviewed repository."""

    class Origin(models.TextChoices):
        SPECIFICATION = "specification"
        IMPORT = "import", "imported project"
        MIGRATION = "migration"

    class Status(models.TextChoices):
        DISCOVERY = "discovery"
        PLANNING = "planning"
        SKELETONS = "skeletons"
        ATOMIZING = "atomizing"
        GRAPHING = "graphing"
        EXECUTING = "executing"
        VALIDATING = "validating"
        SCORING = "scoring"
        IN_REVIEW = "in_review", "in review"
        COMPLETED = "completed"
        PAUSED = "paused"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="masterplans"
    )
    discovery = models.ForeignKey(
        DiscoveryDocument, models.PROTECT, null=True, blank=True, related_name="masterplans"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    origin = models.CharField(max_length=20, choices=Origin.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DISCOVERY)
    resume_status = models.CharField(
        max_length=20, choices=Status.choices, blank=True, help_text="where a paused plan goes on"
    )
    status_reason = models.TextField(blank=True, help_text="why it waits or failed, one sentence")
    tech_stack = models.JSONField(default=dict, blank=True)
    architecture_style = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    workspace_path = models.CharField(max_length=500, blank=True)
    source_sha256 = models.CharField(
        max_length=64, blank=True, help_text="of what it was made from"
    )
    replayed = models.BooleanField(default=False, help_text="answers came from a transcript")

    # V2 metadata
    atomization_config = models.JSONField(default=dict, blank=True)
    wave_policy = models.CharField(max_length=20, default="contract")
    total_atoms = models.PositiveIntegerField(default=0)
    total_waves = models.PositiveIntegerField(default=0)
    max_parallelism = models.PositiveIntegerField(default=0, help_text="widest wave, in atoms")
    precision_percent = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="accepted atoms that held-out cases found right; empty while unmeasured",
    )
    estimated_cost_usd = models.DecimalField(null=True, blank=True, **MONEY)
    budget_usd = models.DecimalField(null=True, blank=True, **MONEY)
    reserved_usd = models.DecimalField(default=Decimal(0), **MONEY)
    cost_usd = models.DecimalField(default=Decimal(0), **MONEY)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)

    # the one process that runs a stage other than execution
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "masterplans"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "lease_until"], name="masterplans_status_lease"),
            models.Index(fields=["name"], name="masterplans_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(cost_usd__gte=0) & Q(reserved_usd__gte=0), name="masterplans_money"
            ),
            models.CheckConstraint(
                condition=Q(budget_usd__isnull=True) | Q(budget_usd__gte=0),
                name="masterplans_budget",
            ),
            models.CheckConstraint(
                condition=Q(precision_percent__isnull=True) | Q(precision_percent__range=(0, 100)),
                name="masterplans_precision",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="masterplans_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="paused") | ~Q(resume_status=""), name="masterplans_resume"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Phase(models.Model):
    """A stretch of the plan."""

    class Kind(models.TextChoices):
        SETUP = "setup"
        CORE = "core"
        POLISH = "polish"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="phases")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        db_table = "masterplan_phases"
        ordering = ["masterplan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["masterplan", "number"], name="phases_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class Milestone(models.Model):
    """A result within a phase that somebody could look at."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phase = models.ForeignKey(Phase, models.CASCADE, related_name="milestones")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        db_table = "masterplan_milestones"
        ordering = ["phase", "number"]
        constraints = [
            models.UniqueConstraint(fields=["phase", "number"], name="milestones_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class Task(models.Model):
    """A set of target files with one purpose."""

    class Complexity(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"
        CRITICAL = "critical"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="tasks")
    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="tasks")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=100, help_text="short name, unique in the plan")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    complexity = models.CharField(
        max_length=10, choices=Complexity.choices, default=Complexity.MEDIUM
    )
    target_files = models.JSONField(default=list, blank=True)
    depends_on = models.ManyToManyField(
        "self", symmetrical=False, related_name="blocks", blank=True
    )
    skeleton_at = models.DateTimeField(null=True, blank=True)
    tests_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "masterplan_tasks"
        ordering = ["masterplan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["masterplan", "number"], name="tasks_number_unique"),
            models.UniqueConstraint(fields=["masterplan", "key"], name="tasks_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class AcceptanceCriterion(models.Model):
    """One promise of the specification with the scenario that shows it."""

    class Status(models.TextChoices):
        NOT_RUN = "not_run", "not run"
        MET = "met"
        NOT_MET = "not_met", "not met"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="criteria")
    key = models.CharField(max_length=40)
    text = models.TextField()
    scenario = models.JSONField(help_text="files, argv, stdin and what is expected")
    tasks = models.ManyToManyField(Task, related_name="criteria", blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NOT_RUN)
    evidence = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "acceptance_criteria"
        ordering = ["masterplan", "key"]
        constraints = [
            models.UniqueConstraint(fields=["masterplan", "key"], name="criteria_key_unique"),
            models.CheckConstraint(
                condition=Q(status="not_run") | Q(checked_at__isnull=False),
                name="criteria_checked",
            ),
        ]
        verbose_name_plural = "acceptance criteria"

    def __str__(self) -> str:
        return self.key


class ModelCall(models.Model):
    """One call to the language model that was paid for, whatever its answer was worth."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="calls")
    purpose = models.CharField(max_length=20)
    subject = models.CharField(max_length=500)
    model = models.CharField(max_length=100)
    stop_reason = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=40, help_text="ok, or the name of the error")
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cache_read_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(default=Decimal(0), **MONEY)
    request_id = models.CharField(max_length=100, blank=True)
    seconds = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "model_calls"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["masterplan", "purpose"], name="calls_plan_purpose")]
        constraints = [models.CheckConstraint(condition=Q(cost_usd__gte=0), name="calls_cost")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"
