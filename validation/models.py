"""What each check found, with its evidence."""

import uuid

from django.db import models
from django.db.models import Q

from atomization.models import AtomicUnit
from devmatrix.masterplans.models import MasterPlan


class ValidationResult(models.Model):
    """One check of one level on one atom, module, component or system."""

    class Level(models.IntegerChoices):
        ATOM = 1
        MODULE = 2
        COMPONENT = 3
        SYSTEM = 4

    class Verdict(models.TextChoices):
        PASSED = "passed"
        FAILED = "failed"
        NOT_RUN = "not_run", "not run"

    class Severity(models.TextChoices):
        ERROR = "error"
        WARNING = "warning"
        INFO = "info"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="validation_results")
    atom = models.ForeignKey(
        AtomicUnit, models.CASCADE, null=True, blank=True, related_name="validation_results"
    )
    run_id = models.UUIDField(help_text="the checks of one validation share it")
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    check_name = models.CharField(max_length=60)
    target = models.CharField(max_length=500, help_text="atom, module, component or criterion")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.ERROR)
    message = models.TextField(blank=True)
    line = models.PositiveIntegerField(null=True, blank=True, help_text="1-based, in the atom")
    expected = models.TextField(blank=True)
    actual = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True, help_text="of what was checked")
    attempt = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "validation_results"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["atom", "level", "check_name"], name="results_atom_level"),
            models.Index(fields=["masterplan", "level", "verdict"], name="results_plan_level"),
            models.Index(fields=["run_id"], name="results_run"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 4)), name="results_level"),
            models.CheckConstraint(
                condition=~Q(level=1) | Q(atom__isnull=False), name="results_level1_has_atom"
            ),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="results_seconds"),
        ]

    def __str__(self) -> str:
        return f"L{self.level} {self.check_name}: {self.verdict}"
