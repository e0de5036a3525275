"""Scoring atoms, filling the queue, and the decisions that people take.

Two people may look at one item, and a page may be a day old: every decision is a conditional update
on the item's status and version, whose row count decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from atomization.models import AtomicUnit
from atomization.services import AtomizationError, replace_code
from devmatrix.accounts.models import User
from devmatrix.masterplans import services as masterplans
from devmatrix.masterplans.models import MasterPlan
from execution import services as execution
from review import confidence_scorer
from review.models import HumanReviewQueue
from review.queue_manager import Candidate, Chosen, choose, priority
from review.selectors import free_for, is_held, is_unwritten, newest_checks, reviewable
from validation import services as validation
from validation.findings import Finding, passed

LEASE = timedelta(minutes=10)
"""How long a claim lasts without a sign of life from the reviewer's page."""

Status = HumanReviewQueue.Status
SETTLED = (AtomicUnit.Status.ACCEPTED, AtomicUnit.Status.FAILED)


class ReviewError(Exception):
    """A decision that cannot be taken; the message says why and what to do."""


class ReviewConflict(ReviewError):  # noqa: N818 - named for what it says to people
    """Somebody else was faster, or the page is older than the item."""


class ReviewRefused(ReviewError):  # noqa: N818
    """The decision makes no sense for this atom, or says too little."""


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """Whether an edit was taken, and what the checks said about it."""

    accepted: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class QueueChange:
    """What a refresh did: items made, reopened after regeneration, and no longer needed."""

    created: int
    reopened: int
    superseded: int


# --- scores -----------------------------------------------------------------------------------


def score(*, masterplan: MasterPlan) -> int:
    """Write the confidence of every settled atom and its parts; returns how many."""
    return _score(masterplan, masterplan.atoms.filter(status__in=SETTLED))


def _score(masterplan: MasterPlan, rows: QuerySet[AtomicUnit]) -> int:
    checks = newest_checks(masterplan)
    atoms = list(
        rows.select_related("source_file").only(
            "masterplan", "status", "attempts", "author", "complexity", "source_file__path"
        )
    )
    for atom in atoms:
        confidence = confidence_scorer.score(
            checks=checks.of(atom.pk, atom.source_file.path),
            attempts=atom.attempts,
            failed=atom.status == AtomicUnit.Status.FAILED,
            by_person=atom.author == AtomicUnit.Author.PERSON,
            complexity=atom.complexity,
        )
        atom.confidence, atom.confidence_parts = confidence.value, confidence.to_json()
    AtomicUnit.objects.bulk_update(atoms, ["confidence", "confidence_parts"], batch_size=200)
    return len(atoms)


# --- the queue --------------------------------------------------------------------------------


@transaction.atomic
def refresh_queue(*, masterplan: MasterPlan) -> QueueChange:
    """Bring the queue in line with the scores; a second call in a row changes nothing.

    The least confident share of the atoms (DEVMATRIX["REVIEW_SHARE"]) and every failed atom wait;
    what is no longer among them is superseded, unless a person holds it or has asked for it.
    """
    chosen = {UUID(item.key): item for item in _choose(masterplan)}
    atoms = {atom.pk: atom for atom in masterplan.atoms.defer("contract", "context", "criteria")}
    items = {item.atom_id: item for item in masterplan.review_items.filter(status__in=[*_OPEN])}
    reopened = superseded = 0
    for atom_id, item in items.items():
        change = _bring_up_to_date(item, atoms[atom_id], chosen.get(atom_id))
        reopened += change == "reopened"
        superseded += change == "superseded"
    made = [
        HumanReviewQueue(masterplan=masterplan, **_seen(atoms[atom_id], item))
        for atom_id, item in chosen.items()
        if atom_id not in items
    ]
    HumanReviewQueue.objects.bulk_create(made, batch_size=200)
    return QueueChange(len(made), reopened, superseded)


_OPEN = HumanReviewQueue.OPEN


def _choose(masterplan: MasterPlan) -> list[Chosen]:
    decided = masterplan.review_items.filter(status__in=[Status.APPROVED, Status.EDITED])
    signed: dict[UUID, set[str]] = {}
    for atom_id, code in decided.values_list("atom_id", "code_after"):
        signed.setdefault(atom_id, set()).add(code)
    rows = list(reviewable(masterplan).values_list("pk", "confidence", "status", "code"))
    need_person = _need_person({status for _, _, status, _ in rows})
    candidates = [
        Candidate(
            key=str(pk),
            confidence=confidence or 0.0,
            failed=status == AtomicUnit.Status.FAILED,
            blocked=status == AtomicUnit.Status.BLOCKED,
            signed_off=code in signed.get(pk, ()),
        )
        for pk, confidence, status, code in rows
        if status == need_person or (status in SETTLED and confidence is not None)
    ]
    return choose(candidates, share=settings.DEVMATRIX["REVIEW_SHARE"])


def _need_person(statuses: set[str]) -> str:
    """Return the status that nothing but a person leads out of.

    Blocked atoms go on by themselves once what failed is resolved; where nothing failed, they need
    a person themselves.
    """
    if AtomicUnit.Status.FAILED in statuses or AtomicUnit.Status.BLOCKED not in statuses:
        return AtomicUnit.Status.FAILED
    return AtomicUnit.Status.BLOCKED


def _seen(atom: AtomicUnit, chosen: Chosen) -> dict[str, Any]:
    """Return an item's columns that follow from its atom."""
    return {
        "atom": atom,
        "reason": chosen.reason.value,
        "priority": chosen.priority,
        "confidence": atom.confidence,
        "code_before": atom.code,
    }


def _bring_up_to_date(item: HumanReviewQueue, atom: AtomicUnit, chosen: Chosen | None) -> str:
    """Bring one open item in line with its atom; returns what happened in one word, or ""."""
    rows = HumanReviewQueue.objects.filter(pk=item.pk, version=item.version)
    settled = atom.status in SETTLED
    if item.status == Status.REGENERATING and settled:
        rows.update(
            **_columns(atom, chosen, item),
            status=Status.WAITING,
            version=F("version") + 1,
        )
        return "reopened"
    if item.status == Status.REGENERATING:
        return ""
    if not settled and atom.status != AtomicUnit.Status.BLOCKED:
        rows.update(status=Status.REGENERATING, version=F("version") + 1)
        return ""
    if chosen is None and not item.feedback and not is_held(item):
        rows.update(status=Status.SUPERSEDED, decided_at=timezone.now(), version=F("version") + 1)
        return "superseded"
    wanted = _columns(atom, chosen, item)
    changed = any(getattr(item, name) != value for name, value in wanted.items())
    if changed:
        newer = item.code_before != atom.code
        rows.update(**wanted, **({"version": F("version") + 1} if newer else {}))
    return ""


def _columns(atom: AtomicUnit, chosen: Chosen | None, item: HumanReviewQueue) -> dict[str, Any]:
    accepted = atom.status == AtomicUnit.Status.ACCEPTED
    if chosen is not None:
        reason, urgency = chosen.reason.value, chosen.priority
    elif accepted and item.feedback:  # its reviewer asked for it, and wants to see what came
        reason = HumanReviewQueue.Reason.REGENERATED.value
        urgency = priority(confidence=atom.confidence or 0.0, failed=False)
    else:
        reason, urgency = item.reason, item.priority
    return {
        "reason": reason,
        "priority": urgency,
        "confidence": atom.confidence,
        "code_before": atom.code,
    }


# --- decisions --------------------------------------------------------------------------------


def claim(*, item: HumanReviewQueue, reviewer: User) -> bool:
    """Hold an item for `reviewer` for LEASE, or prolong that; False if somebody else holds it."""
    now = timezone.now()
    won = (
        HumanReviewQueue.objects.filter(pk=item.pk, status=Status.WAITING)
        .filter(free_for(reviewer, now))
        .update(reviewer=reviewer, lease_until=now + LEASE)
    )
    item.refresh_from_db()
    return bool(won)


def approve(*, item: HumanReviewQueue, reviewer: User, version: int) -> None:
    """Sign the atom off as it is. Raises ReviewConflict and ReviewRefused."""
    atom = _atom_of(item)
    if is_unwritten(atom):
        raise ReviewRefused(
            f"{atom.name} has no accepted text yet, only its empty body. Edit it, or send it back."
        )
    with transaction.atomic():
        _decide(item, reviewer, version, status=Status.APPROVED, code_after=atom.code)
        _refuse_changed(item, atom)
        AtomicUnit.objects.filter(pk=atom.pk).update(reviewer=reviewer)
        if atom.status != AtomicUnit.Status.ACCEPTED:
            execution.resolve(atom=atom)
        else:
            _complete_when_decided(item.masterplan_id)
    item.refresh_from_db()


def _complete_when_decided(masterplan_id: UUID) -> None:
    """Complete a masterplan in review once nothing in its queue waits for anybody."""
    waiting = HumanReviewQueue.objects.filter(
        masterplan_id=masterplan_id, status__in=HumanReviewQueue.OPEN
    )
    if not waiting.exists():
        masterplans.move(
            masterplan_id=masterplan_id,
            from_status=MasterPlan.Status.IN_REVIEW,
            to_status=MasterPlan.Status.COMPLETED,
        )


def edit(*, item: HumanReviewQueue, reviewer: User, code: str, version: int) -> EditOutcome:
    """Put a reviewer's text in the atom's place if levels 1 and 2 find no error in it.

    Returns what the checks said; nothing is changed unless it was accepted. Raises ReviewConflict
    when the item was decided or changed meanwhile.
    """
    atom = _atom_of(item)
    _require_current(item, reviewer, version)
    text = _closed(code, atom.code)
    findings = tuple(validation.check_edit(atom=atom, code=text))
    if not passed(findings):
        return EditOutcome(False, findings)
    with transaction.atomic():
        _decide(item, reviewer, version, status=Status.EDITED, code_after=text)
        _refuse_changed(item, atom)
        try:
            holders = replace_code(
                atom=atom, code=text, author=AtomicUnit.Author.PERSON, reviewer=reviewer
            )
        except AtomizationError as error:
            raise ReviewRefused(str(error)) from error
        HumanReviewQueue.objects.filter(pk=item.pk).update(code_after=holders[0].code)
        validation.record(
            masterplan=atom.masterplan,
            atom=holders[0],
            run_id=uuid4(),
            findings=[finding for finding in findings if finding.level == 1],
            target=f"{atom.source_file.path}::{atom.name}",
            content=text,
        )
        for holder in holders:
            execution.resolve(atom=holder)
    _score(atom.masterplan, AtomicUnit.objects.filter(pk=atom.pk))
    item.refresh_from_db()
    return EditOutcome(True, findings)


def regenerate(*, item: HumanReviewQueue, reviewer: User, feedback: str, version: int) -> None:
    """Send the atom back for a new round of attempts that are told `feedback`.

    Raises ReviewConflict, and ReviewRefused for empty feedback or an atom that is being made.
    """
    if not feedback.strip():
        raise ReviewRefused("Say what is wrong; the next attempt is told exactly that.")
    with transaction.atomic():
        _decide(item, reviewer, version, status=Status.REGENERATING, feedback=feedback.strip())
        item.refresh_from_db()
        try:
            target = execution.retry_atom(atom=_atom_of(item), guidance=feedback.strip())
        except (execution.ExecutionError, AtomizationError) as error:
            raise ReviewRefused(str(error)) from error
        _follow(item, target)


def _follow(item: HumanReviewQueue, target: AtomicUnit) -> None:
    """Let the item stand for the function that a block was rejoined with.

    The block's row is gone, and its item with it.
    """
    if target.pk == item.atom_id:
        return
    HumanReviewQueue.objects.filter(atom=target, status__in=[*_OPEN]).exclude(pk=item.pk).update(
        status=Status.SUPERSEDED, decided_at=timezone.now(), version=F("version") + 1
    )
    item.atom, item.code_before = target, target.code
    item.save(force_insert=not HumanReviewQueue.objects.filter(pk=item.pk).exists())


def _atom_of(item: HumanReviewQueue) -> AtomicUnit:
    return AtomicUnit.objects.select_related("source_file", "masterplan").get(pk=item.atom_id)


def _decide(item: HumanReviewQueue, reviewer: User, version: int, **columns: Any) -> None:
    """Take the decision if the item is still what the reviewer saw, else raise ReviewConflict."""
    now = timezone.now()
    final = columns["status"] != Status.REGENERATING
    won = (
        HumanReviewQueue.objects.filter(pk=item.pk, status=Status.WAITING, version=version)
        .filter(free_for(reviewer, now))
        .update(
            reviewer=reviewer,
            lease_until=None,
            decided_at=now if final else None,
            version=F("version") + 1,
            **columns,
        )
    )
    if not won:
        raise _conflict(item, reviewer)


def _require_current(item: HumanReviewQueue, reviewer: User, version: int) -> None:
    """Raise the conflict that a decision would raise, before costly checks are made."""
    rows = HumanReviewQueue.objects.filter(pk=item.pk, status=Status.WAITING, version=version)
    if not rows.filter(free_for(reviewer, timezone.now())).exists():
        raise _conflict(item, reviewer)


def _refuse_changed(item: HumanReviewQueue, atom: AtomicUnit) -> None:
    """Raise ReviewConflict if the atom's text is not the one that the item was shown with."""
    current = AtomicUnit.objects.values_list("code", flat=True).get(pk=atom.pk)
    if current != item.code_before:
        raise ReviewConflict(
            f"The text of {atom.name} has changed since it was queued. Look at it again."
        )


def _conflict(item: HumanReviewQueue, reviewer: User) -> ReviewConflict:
    fresh = HumanReviewQueue.objects.select_related("reviewer").get(pk=item.pk)
    who = fresh.reviewer.get_username() if fresh.reviewer else "the system"
    by = "You have" if fresh.reviewer == reviewer else f"{who} has"
    if fresh.status == Status.SUPERSEDED:
        return ReviewConflict("This item is no longer needed; its atom was settled otherwise.")
    if fresh.status == Status.REGENERATING:
        return ReviewConflict(f"{by} already sent this atom back; it is being made again.")
    if fresh.status != Status.WAITING:
        return ReviewConflict(f"{by} already decided on this item: {fresh.status}.")
    if is_held(fresh) and fresh.reviewer != reviewer:
        until = f"{fresh.lease_until:%H:%M} UTC"
        return ReviewConflict(f"{who} is working on this item until {until}. Take another one.")
    return ReviewConflict("The item has changed since you opened it. Look at it again.")


def _closed(code: str, original: str) -> str:
    """Return `code` with the final line end that the original text had."""
    if original.endswith("\n") and not code.endswith("\n"):
        return code + ("\r\n" if original.endswith("\r\n") else "\n")
    return code
