"""Source files and the atoms that are their text."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from atomization.decomposer import AtomKind
from atomization.fields import SourceTextField
from atomization.parser import Language
from devmatrix.masterplans.models import MONEY, MasterPlan, Task

POSITION_STEP = 1024
"""Distance between neighbouring atoms' positions, so that sub-atoms fit between them."""


class FilesInProjects(models.Manager["SourceFile"]):
    """The files that projects are made of now; those that were retired are left out."""

    def get_queryset(self) -> models.QuerySet["SourceFile"]:
        """Leave out what was retired."""
        return super().get_queryset().filter(retired_at__isnull=True)


class SourceFile(models.Model):
    """A file of a project: its atoms' text concatenated or, where it has no atoms, its bytes.

    A file that vanished from its project is retired as long as an atom of it has a history.
    """

    class Mode(models.IntegerChoices):
        FILE = 0o100644, "file"
        EXECUTABLE = 0o100755, "executable file"
        LINK = 0o120000, "symbolic link"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="files")
    task = models.ForeignKey(Task, models.SET_NULL, null=True, blank=True, related_name="files")
    path = models.CharField(max_length=500, help_text="relative, with forward slashes")
    language = models.CharField(
        max_length=12, blank=True, choices=[(item.value, item.value) for item in Language]
    )
    mode = models.IntegerField(choices=Mode.choices, default=Mode.FILE)
    raw = models.BinaryField(
        null=True, blank=True, help_text="bytes of a file that is not made of atoms"
    )
    note = models.CharField(max_length=300, blank=True, help_text="what was remarkable on reading")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when it vanished from its project"
    )

    objects = FilesInProjects()
    with_retired: ClassVar[models.Manager["SourceFile"]] = models.Manager()

    class Meta:
        db_table = "source_files"
        ordering = ["masterplan", "path"]
        constraints = [
            models.UniqueConstraint(
                fields=["masterplan", "path"],
                name="files_path_unique",
                condition=Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=(Q(language="") & Q(raw__isnull=False))
                | (~Q(language="") & Q(raw__isnull=True)),
                name="files_atoms_or_raw",
            ),
        ]

    def __str__(self) -> str:
        return self.path


class AtomsInFiles(models.Manager["AtomicUnit"]):
    """The atoms that files are made of now; those that were retired are left out."""

    def get_queryset(self) -> models.QuerySet["AtomicUnit"]:
        """Leave out what was retired."""
        return super().get_queryset().filter(retired_at__isnull=True)


class AtomicUnit(models.Model):
    """A slot of a source file: the smallest thing generated, validated, retried and reviewed.

    An atom that vanished from its file is retired: the row stays, for its attempts, results and
    decisions are kept forever, but its file is made without it and relations pass it over.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "waits for code of others"
        READY = "ready"
        GENERATING = "generating"
        ANSWERED = "answered", "answered, waits for its callees"
        BLOCKED = "blocked", "answered, its tests need a failed callee"
        ACCEPTED = "accepted"
        FAILED = "failed"

    class Author(models.TextChoices):
        SKELETON = "skeleton", "model (skeleton)"
        TESTS = "tests", "model (tests)"
        MODEL = "model"
        PERSON = "person"
        IMPORTED = "imported"
        NOBODY = "nobody", "nobody yet"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    masterplan = models.ForeignKey(MasterPlan, models.CASCADE, related_name="atoms")
    source_file = models.ForeignKey(SourceFile, models.CASCADE, related_name="atoms")
    task = models.ForeignKey(Task, models.SET_NULL, null=True, blank=True, related_name="atoms")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    position = models.PositiveBigIntegerField(help_text="order in the file, with gaps")
    kind = models.CharField(max_length=12, choices=[(item.value, item.value) for item in AtomKind])
    name = models.CharField(max_length=300, help_text="unique in the file")
    language = models.CharField(
        max_length=12, choices=[(item.value, item.value) for item in Language]
    )
    code = SourceTextField(blank=True)
    skeleton = SourceTextField(blank=True, help_text="the text that the slot began with")
    signature = models.TextField(blank=True)
    loc = models.PositiveIntegerField(default=0)
    complexity = models.PositiveIntegerField(default=1)
    irreducible = models.CharField(max_length=200, blank=True)
    contract = models.JSONField(default=dict, blank=True)
    context = models.JSONField(default=dict, blank=True)
    context_completeness = models.FloatField(default=0)
    criteria = models.JSONField(default=list, blank=True)
    needs_body = models.BooleanField(default=False, help_text="the waves fill this slot")

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    author = models.CharField(max_length=10, choices=Author.choices, default=Author.NOBODY)
    model = models.CharField(max_length=100, blank=True, help_text="model that wrote the text")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    wave_number = models.PositiveIntegerField(null=True, blank=True)
    cycle = models.PositiveIntegerField(
        null=True, blank=True, help_text="atoms of one cycle share this number"
    )
    attempts = models.PositiveIntegerField(default=0, help_text="in the current round")
    round = models.PositiveIntegerField(default=1, help_text="grows with each regeneration")
    guidance = models.TextField(blank=True, help_text="a reviewer's feedback for this round")
    confidence = models.FloatField(null=True, blank=True)
    confidence_parts = models.JSONField(default=dict, blank=True)
    cost_usd = models.DecimalField(default=Decimal(0), **MONEY)
    version = models.PositiveIntegerField(default=1, help_text="grows with each change of code")
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    retired_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when it vanished from its file"
    )

    objects = AtomsInFiles()
    with_retired: ClassVar[models.Manager["AtomicUnit"]] = models.Manager()

    class Meta:
        db_table = "atomic_units"
        ordering = ["source_file", "position"]
        indexes = [
            models.Index(fields=["masterplan", "status", "wave_number"], name="atoms_plan_status"),
            models.Index(fields=["masterplan", "confidence"], name="atoms_plan_confidence"),
            models.Index(fields=["name"], name="atoms_name"),
            models.Index(
                fields=["lease_until"],
                name="atoms_lease_until",
                condition=Q(lease_until__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source_file", "position"],
                name="atoms_position_unique",
                condition=Q(retired_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["source_file", "name"],
                name="atoms_name_unique",
                condition=Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(lease_token__isnull=True),
                name="atoms_retired_unleased",
            ),
            models.CheckConstraint(condition=Q(complexity__gte=1), name="atoms_complexity"),
            models.CheckConstraint(
                condition=Q(context_completeness__range=(0, 1)), name="atoms_completeness"
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__range=(0, 1)),
                name="atoms_confidence",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="atoms_lease_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status="generating") | Q(lease_token__isnull=False),
                name="atoms_generating_leased",
            ),
            models.CheckConstraint(condition=Q(cost_usd__gte=0), name="atoms_cost"),
        ]

    def __str__(self) -> str:
        return self.name
