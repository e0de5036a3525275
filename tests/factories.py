"""Small functions that make rows for tests; what a test does not say gets a sensible value."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone

from atomization.models import AtomicUnit, SourceFile
from atomization.services import store_file
from dependencies.models import AtomDependency, DependencyGraph, ExecutionWave
from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan, Milestone, Phase, Task
from execution.models import AtomRetryHistory
from review.models import HumanReviewQueue
from validation.models import ValidationResult

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def make_user(username: str = "", **fields: Any) -> User:
    """Make a person who signs in with PASSWORD."""
    name = username or f"person{next(_numbers)}"
    return User.objects.create_user(name, password=PASSWORD, **fields)


def make_reviewer(username: str = "", **fields: Any) -> User:
    """Make a person with the permission to decide on review items."""
    user = make_user(username or f"reviewer{next(_numbers)}", **fields)
    user.user_permissions.add(Permission.objects.get(codename="change_humanreviewqueue"))
    return user


def make_masterplan(name: str = "", **fields: Any) -> MasterPlan:
    """Make a project that is being executed."""
    fields.setdefault("origin", MasterPlan.Origin.SPECIFICATION)
    fields.setdefault("status", MasterPlan.Status.EXECUTING)
    return MasterPlan.objects.create(name=name or f"project {next(_numbers)}", **fields)


def make_task(plan: MasterPlan, key: str = "", **fields: Any) -> Task:
    """Make a task, with the phase and milestone above it where the plan has none yet."""
    phase, _ = Phase.objects.get_or_create(
        masterplan=plan, number=1, defaults={"kind": Phase.Kind.CORE, "name": "Core"}
    )
    milestone, _ = Milestone.objects.get_or_create(
        phase=phase, number=1, defaults={"name": "It works"}
    )
    number = plan.tasks.count() + 1
    key = key or f"task-{number}"
    fields.setdefault("name", f"Write {key}")
    return Task.objects.create(
        masterplan=plan, milestone=milestone, number=number, key=key, **fields
    )


def make_file(plan: MasterPlan, path: str, source: str, task: Task | None = None) -> SourceFile:
    """Store a file as a skeleton: bodies that are there are accepted, empty ones are pending."""
    return store_file(
        masterplan=plan,
        path=path,
        content=source.encode("utf-8", "surrogateescape"),
        task=task,
        author=AtomicUnit.Author.SKELETON,
    )


def atom_named(plan: MasterPlan, key: str) -> AtomicUnit:
    """Find an atom by its key, "<path>::<name>"."""
    path, _, name = key.partition("::")
    return AtomicUnit.objects.select_related("source_file").get(
        masterplan=plan, source_file__path=path, name=name
    )


def make_atom(
    plan: MasterPlan | None = None, code: str = "", path: str = "", **fields: Any
) -> AtomicUnit:
    """Make one accepted function in a file of its own."""
    number = next(_numbers)
    name = f"double_{number}"
    code = code or f"def {name}(n: int) -> int:\n    return 2 * n\n"
    file = make_file(plan or make_masterplan(), path or f"pkg/module_{number}.py", code)
    atom = file.atoms.get(kind__in=["function", "method"])
    for field, value in fields.items():
        setattr(atom, field, value)
    atom.save()
    return atom


def make_graph(
    plan: MasterPlan,
    waves: Sequence[Sequence[AtomicUnit]],
    edges: Sequence[tuple[AtomicUnit, AtomicUnit]] = (),
    **fields: Any,
) -> DependencyGraph:
    """Make the plan's current graph: its waves, and hard call edges (dependent, dependency)."""
    fields.setdefault("policy", "contract")
    graph = DependencyGraph.objects.create(
        masterplan=plan,
        node_count=sum(len(wave) for wave in waves),
        edge_count=len(edges),
        hard_edge_count=len(edges),
        wave_count=len(waves),
        **fields,
    )
    for number, wave in enumerate(waves, start=1):
        ExecutionWave.objects.create(graph=graph, number=number, total_atoms=len(wave))
        ids = [atom.pk for atom in wave]
        AtomicUnit.objects.filter(pk__in=ids).update(wave_number=number)
    for dependent, dependency in edges:
        make_edge(graph, dependent, dependency)
    return graph


def make_edge(
    graph: DependencyGraph, dependent: AtomicUnit, dependency: AtomicUnit, **fields: Any
) -> AtomDependency:
    """Make one edge, dependent → dependency; a hard call that orders both ways unless told."""
    fields.setdefault("kind", "function_call")
    fields.setdefault("is_hard", True)
    fields.setdefault("orders_generation", fields["is_hard"])
    fields.setdefault("line", 1)
    return AtomDependency.objects.create(
        graph=graph,
        dependent=dependent,
        dependency=dependency,
        reason=f"{dependent.name} calls {dependency.name}",
        resolved_by="scope",
        **fields,
    )


def make_attempt(atom: AtomicUnit, number: int = 1, **fields: Any) -> AtomRetryHistory:
    """Make one finished attempt; accepted unless told otherwise."""
    now = timezone.now()
    fields.setdefault("outcome", AtomRetryHistory.Outcome.ACCEPTED)
    fields.setdefault("finished_at", now)
    fields.setdefault("code", atom.code)
    return AtomRetryHistory.objects.create(
        atom=atom, number=number, token=uuid.uuid4(), started_at=now, answered_at=now, **fields
    )


def make_result(atom: AtomicUnit, **fields: Any) -> ValidationResult:
    """Make one check of an atom; a passed syntax check unless told otherwise."""
    fields.setdefault("run_id", uuid.uuid4())
    fields.setdefault("level", 1)
    fields.setdefault("check_name", "syntax")
    fields.setdefault("verdict", ValidationResult.Verdict.PASSED)
    content = atom.code.encode("utf-8", "surrogateescape")
    fields.setdefault("content_sha256", hashlib.sha256(content).hexdigest())
    return ValidationResult.objects.create(
        masterplan=atom.masterplan,
        atom=atom,
        target=f"{atom.source_file.path}::{atom.name}",
        **fields,
    )


def make_review_item(atom: AtomicUnit, **fields: Any) -> HumanReviewQueue:
    """Put an atom in the review queue."""
    fields.setdefault("reason", HumanReviewQueue.Reason.LOW_CONFIDENCE)
    fields.setdefault("priority", 3)
    fields.setdefault("confidence", 0.5)
    fields.setdefault("code_before", atom.code)
    return HumanReviewQueue.objects.create(masterplan=atom.masterplan, atom=atom, **fields)
