"""Reading the queue: what waits, what an item shows, what the score is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString

from atomization.decomposer import AtomKind
from atomization.models import AtomicUnit
from atomization.presentation import DiffLine, diff, placed_lines
from atomization.selectors import atom_lines
from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan
from execution.models import AtomRetryHistory
from review.confidence_scorer import Check
from review.models import HumanReviewQueue
from validation.models import ValidationResult

NEIGHBOURS = 20
"""Lines of the file shown before and behind the atom under review."""

Status = HumanReviewQueue.Status


@dataclass(frozen=True, slots=True)
class Checks:
    """The newest checks of a project: of each atom, of each module by path, and its tests."""

    own: Mapping[UUID, Sequence[Check]]
    modules: Mapping[str, Sequence[Check]]
    tests: Sequence[Check]

    def of(self, atom_id: UUID, path: str) -> list[Check]:
        """Return what counts for one atom.

        A module's or a test's failure belongs to the atom that it leads back to. The other atoms
        get what was said of their module, and how the project's tests fared.
        """
        own = list(self.own.get(atom_id, ()))
        blamed = {(check.level, check.name) for check in own}
        modules = [item for item in self.modules.get(path, ()) if (2, item.name) not in blamed]
        tests = [] if any(check.level == 3 for check in own) else self.tests
        return [*own, *modules, *tests]


def newest_checks(masterplan: MasterPlan) -> Checks:
    """Return what the newest run of each check said, in one query.

    The newest run is that on the atom for level 1, on the module for level 2, and on the project
    for level 3; of several results of one check the worst counts.
    """
    rows: list[Any] = list(
        ValidationResult.objects.filter(masterplan=masterplan, level__lte=3)
        .order_by("created_at")
        .values_list(
            "atom_id", "run_id", "level", "check_name", "target", "verdict", "severity", named=True
        )
    )
    newest = {_scope(row): row.run_id for row in rows}
    own: dict[tuple[UUID, int, str], Check] = {}
    modules: dict[tuple[str, str], Check] = {}
    tests: dict[str, Check] = {}
    for row in rows:
        if newest[_scope(row)] != row.run_id:
            continue
        check = Check(row.level, row.check_name, row.verdict, row.severity)
        if row.atom_id is not None:
            _keep_worst(own, (row.atom_id, row.level, row.check_name), check)
        elif row.level == 2:
            _keep_worst(modules, (row.target, row.check_name), check)
        elif row.level == 3:
            _keep_worst(tests, row.target, check)
    if len(tests) > 1:
        tests.pop(WHOLE_RUN, None)
    return Checks(_grouped(own), _grouped(modules), list(tests.values()))


WHOLE_RUN = "tests"
"""The target under which level 3 reports its run as a whole, beside one target a test."""


def _scope(row: Any) -> tuple[Any, ...]:
    """Return what a run of the row's check replaces: the atom's, the module's, the project's."""
    if row.level == 1:
        return (1, row.atom_id, row.check_name)
    return (2, row.target) if row.level == 2 else (3,)


def _keep_worst(kept: dict[Any, Check], key: Any, check: Check) -> None:
    kept[key] = max(kept.get(key, check), check, key=lambda item: 1 - item.worth)


def _grouped(kept: Mapping[Any, Check]) -> dict[Any, list[Check]]:
    groups: dict[Any, list[Check]] = {}
    for key, check in kept.items():
        groups.setdefault(key[0], []).append(check)
    return groups


def reviewable(masterplan: MasterPlan) -> QuerySet[AtomicUnit]:
    """Return the atoms that a person may be asked about: made ones, in an import all."""
    settled = masterplan.atoms.filter(
        status__in=[
            AtomicUnit.Status.ACCEPTED,
            AtomicUnit.Status.FAILED,
            AtomicUnit.Status.BLOCKED,
        ]
    )
    failed = Q(status=AtomicUnit.Status.FAILED)
    if masterplan.origin != MasterPlan.Origin.SPECIFICATION:
        return settled.filter(failed | ~Q(kind=AtomKind.TRIVIA.value))
    made = Q(needs_body=True) | (
        Q(author__in=[AtomicUnit.Author.MODEL, AtomicUnit.Author.PERSON])
        & ~Q(kind__in=[AtomKind.IMPORT.value, AtomKind.TRIVIA.value])
    )
    return settled.filter(failed | made)


def free_for(reviewer: User, now: datetime) -> Q:
    """Return the condition that nobody but `reviewer` holds an item."""
    return Q(reviewer=None) | Q(reviewer=reviewer) | Q(lease_until=None) | Q(lease_until__lte=now)


def waiting() -> QuerySet[HumanReviewQueue]:
    """Return what waits for a decision, most urgent first, without the long texts."""
    return (
        HumanReviewQueue.objects.filter(status=Status.WAITING)
        .select_related("masterplan", "atom__source_file", "reviewer")
        .only(
            "status",
            "reason",
            "priority",
            "confidence",
            "lease_until",
            "created_at",
            "masterplan__name",
            "atom__name",
            "atom__kind",
            "atom__status",
            "atom__attempts",
            "atom__signature",
            "atom__source_file__path",
            "reviewer__username",
        )
        .order_by("priority", "confidence", "created_at", "pk")
    )


def next_item(*, reviewer: User, masterplan_id: UUID | None = None) -> HumanReviewQueue | None:
    """Return the most urgent item that nobody else holds, of the given project if it has one."""
    free = waiting().filter(free_for(reviewer, timezone.now()))
    same = free.filter(masterplan_id=masterplan_id).first() if masterplan_id else None
    return same or free.first()


def is_held(item: HumanReviewQueue) -> bool:
    """Tell whether somebody has claimed the item and the claim has not run out."""
    return bool(item.reviewer_id and item.lease_until and item.lease_until > timezone.now())


def proposal(atom: AtomicUnit, attempts: Sequence[AtomRetryHistory]) -> str:
    """Return the text to decide on: the atom's, or the last attempt's if none was accepted."""
    if atom.status == AtomicUnit.Status.FAILED and is_unwritten(atom):
        return next((item.code for item in reversed(attempts) if item.code), atom.code)
    return atom.code


def is_unwritten(atom: AtomicUnit) -> bool:
    """Tell whether the atom still holds the empty body that it began with."""
    return atom.needs_body and atom.code == atom.skeleton


@dataclass(frozen=True, slots=True)
class Base:
    """A text that the current one can be compared with."""

    key: str
    label: str
    code: str


def bases(item: HumanReviewQueue, attempts: Sequence[AtomRetryHistory]) -> list[Base]:
    """Return what an item's text can be compared with: the skeleton, then each attempt's text."""
    found = [Base("skeleton", "Skeleton", item.atom.skeleton)] if item.atom.skeleton else []
    rounds = {attempt.round for attempt in attempts}
    for attempt in attempts:
        if attempt.code:
            number = f"{attempt.round}.{attempt.number}" if len(rounds) > 1 else attempt.number
            found.append(Base(str(attempt.pk), f"Attempt {number}", attempt.code))
    if item.code_before and item.code_before not in {base.code for base in found}:
        found.append(Base("before", "When it was queued", item.code_before))
    return found


def compared(
    item: HumanReviewQueue, attempts: Sequence[AtomRetryHistory], wanted: str
) -> dict[str, Any]:
    """Return the comparison of an item's text with the base that is `wanted` by its key."""
    choices = bases(item, attempts)
    current = proposal(item.atom, attempts)
    chosen = next((base for base in choices if base.key == wanted), choices[0] if choices else None)
    lines: list[DiffLine] = []
    if chosen is not None:
        lines = diff(chosen.code, current, item.atom.language)
    return {"bases": choices, "chosen_base": chosen.key if chosen else "", "diff": lines}


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of a file; `own` lines belong to the atom under review."""

    number: int
    html: SafeString
    own: bool
    marked: bool


def surroundings(atom: AtomicUnit, code: str, marked: set[int]) -> list[FileLine]:
    """Return `code` in the atom's place in its file, with NEIGHBOURS lines around.

    `marked` holds lines of `code`, counted from 1.
    """
    rows = atom.source_file.atoms.order_by("position").values_list("pk", "code")
    codes = [code if key == atom.pk else text for key, text in rows]
    first, _ = atom_lines(atom)
    last = first + max(0, code.rstrip("\n").count("\n"))
    return [
        FileLine(
            line.number,
            line.html,
            first <= line.number <= last,
            first <= line.number <= last and line.number - first + 1 in marked,
        )
        for line in placed_lines(codes, atom.language)
        if first - NEIGHBOURS <= line.number <= last + NEIGHBOURS
    ]


def projects_in_queue() -> QuerySet[MasterPlan]:
    """Return the projects that have something waiting, by name."""
    return (
        MasterPlan.objects.filter(review_items__status=Status.WAITING)
        .only("name")
        .distinct()
        .order_by("name")
    )
