"""The dependency graph of a masterplan and the waves that follow from it."""

import uuid

from django.db import models
from django.db.models import F, Q

from atomization.models import AtomicUnit
from dependencies.analyzer import EdgeKind
from dependencies.wave_generator import Policy
from devmatrix.masterplans.models import MasterPlan


class DependencyGraph(models.Model):
    """One analysis of a masterplan's atoms; older ones are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="graphs")
    policy = models.CharField(max_length=10, choices=[(item.value, item.value) for item in Policy])
    is_current = models.BooleanField(default=True)
    node_count = models.PositiveIntegerField(default=0)
    edge_count = models.PositiveIntegerField(default=0)
    hard_edge_count = models.PositiveIntegerField(default=0)
    wave_count = models.PositiveIntegerField(default=0)
    cycles = models.JSONField(default=list, blank=True, help_text="lists of atom ids")
    critical_path = models.JSONField(default=list, blank=True, help_text="atom ids in order")
    speed_up = models.JSONField(
        default=dict, blank=True, help_text="how much faster side by side than one by one"
    )
    min_confidence = models.FloatField(default=0, help_text="edges below it were left out")
    unsure_count = models.PositiveIntegerField(default=0, help_text="edges that were left out")
    problems = models.JSONField(
        default=list, blank=True, help_text="what was not analyzed: path, line, message"
    )
    problem_count = models.PositiveIntegerField(
        default=0, help_text="all of them; only the first are listed"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "dependency_graphs"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["masterplan"], condition=Q(is_current=True), name="graphs_one_current"
            ),
            models.CheckConstraint(
                condition=Q(min_confidence__range=(0, 1)), name="graphs_min_confidence"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.masterplan_id} ({self.policy})"


class AtomDependency(models.Model):
    """A typed edge, dependent → dependency, with the place that caused it."""

    graph = models.ForeignKey(DependencyGraph, models.CASCADE, related_name="edges")
    dependent = models.ForeignKey(AtomicUnit, models.CASCADE, related_name="dependency_edges")
    dependency = models.ForeignKey(AtomicUnit, models.CASCADE, related_name="dependent_edges")
    kind = models.CharField(max_length=14, choices=[(item.value, item.value) for item in EdgeKind])
    is_hard = models.BooleanField(help_text="the dependency's code must exist first")
    orders_generation = models.BooleanField(
        help_text="under the graph's policy, and not within a cycle of such edges"
    )
    strength = models.FloatField(default=1)
    confidence = models.FloatField(default=1)
    line = models.PositiveIntegerField(null=True, blank=True, help_text="in the dependent's file")
    reason = models.CharField(max_length=300)
    resolved_by = models.CharField(max_length=40)
    chain = models.JSONField(
        default=list,
        blank=True,
        help_text="how it was resolved, from the use to the definition: what, path, line, text",
    )

    class Meta:
        db_table = "atom_dependencies"
        indexes = [
            models.Index(fields=["dependency", "orders_generation"], name="edges_releases"),
            models.Index(fields=["dependent", "orders_generation"], name="edges_waits"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["graph", "dependent", "dependency", "kind"], name="edges_unique"
            ),
            models.CheckConstraint(
                condition=~Q(dependent=F("dependency")), name="edges_no_self_loop"
            ),
            models.CheckConstraint(condition=Q(strength__range=(0, 1)), name="edges_strength"),
            models.CheckConstraint(condition=Q(confidence__range=(0, 1)), name="edges_confidence"),
        ]
        verbose_name_plural = "atom dependencies"

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"

    @property
    def text(self) -> str:
        """Give the line of source that caused the edge, as it stood when it was analyzed."""
        first = self.chain[0] if self.chain else {}
        return str(first["text"]) if first.get("line") == self.line else ""


class ExecutionWave(models.Model):
    """Atoms whose ordering dependencies are all in earlier waves."""

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        COMPLETED = "completed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    graph = models.ForeignKey(DependencyGraph, models.CASCADE, related_name="waves")
    number = models.PositiveIntegerField(help_text="from 1")
    total_atoms = models.PositiveIntegerField()
    atoms_to_generate = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    boundaries = models.JSONField(
        default=list, blank=True, help_text="what is whole after it: kind, name, atoms"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "execution_waves"
        ordering = ["graph", "number"]
        constraints = [
            models.UniqueConstraint(fields=["graph", "number"], name="waves_number_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="waves_from_one"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(started_at__isnull=False),
                name="waves_started_first",
            ),
        ]

    def __str__(self) -> str:
        return f"wave {self.number}"
