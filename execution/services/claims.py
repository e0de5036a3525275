"""Claiming attempts and verifications, and giving back what is held no longer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from atomization.models import AtomicUnit
from atomization.services import storable_text
from dependencies.models import AtomDependency
from dependencies.selectors import needed_at_import
from dependencies.services import SETTLED
from devmatrix.masterplans import services as masterplans
from devmatrix.masterplans.models import MasterPlan
from execution.models import AtomRetryHistory
from execution.services.claimed import Claim, Verification, lease_until, locked
from execution.verification_order import testable

Status = AtomicUnit.Status
Outcome = AtomRetryHistory.Outcome


def claim_attempts(*, masterplan_id: UUID, limit: int, now: datetime) -> list[Claim]:
    """Claim up to `limit` ready atoms for one attempt each, earliest wave first."""
    ready = AtomicUnit.objects.filter(
        masterplan_id=masterplan_id,
        status=Status.READY,
        masterplan__status=MasterPlan.Status.EXECUTING,
    )
    ids = list(ready.order_by("wave_number", "position").values_list("pk", flat=True)[:limit])
    return [claim for pk in ids if (claim := _claim_attempt(pk, now)) is not None]


@transaction.atomic
def _claim_attempt(atom_id: UUID, now: datetime) -> Claim | None:
    token = uuid4()
    won = AtomicUnit.objects.filter(
        pk=atom_id, status=Status.READY, lease_token__isnull=True
    ).update(
        status=Status.GENERATING,
        lease_token=token,
        lease_until=lease_until(now),
        attempts=F("attempts") + 1,
    )
    if not won:
        return None
    number, round_ = AtomicUnit.objects.values_list("attempts", "round").get(pk=atom_id)
    AtomRetryHistory.objects.create(
        atom_id=atom_id, round=round_, number=number, token=token, started_at=now
    )
    return Claim(atom_id=atom_id, token=token, number=number, round=round_)


def claim_verifications(
    *,
    masterplan_id: UUID,
    limit: int,
    now: datetime,
    at_import: Mapping[UUID, frozenset[UUID]] | None = None,
) -> list[Verification]:
    """Claim answered atoms whose callees are all settled; a cycle is claimed as one group.

    `at_import` is what `needed_at_import` returned, for callers that ask often.
    """
    answered_atoms = _answered(masterplan_id)
    unmet = _unmet_for_tests(masterplan_id, answered_atoms, at_import)
    claimed: list[Verification] = []
    for group in testable(list(answered_atoms), unmet):
        if len(claimed) >= limit:
            break
        verification = _claim_verification(group, now)
        if verification is not None:
            claimed.append(verification)
    return claimed


def _answered(masterplan_id: UUID) -> dict[UUID, UUID]:
    """Return the answered atoms that nobody tests, in order, with their files."""
    rows = AtomicUnit.objects.filter(
        masterplan_id=masterplan_id,
        status=Status.ANSWERED,
        lease_token__isnull=True,
        masterplan__status=MasterPlan.Status.EXECUTING,
    )
    return dict(rows.order_by("wave_number", "position").values_list("pk", "source_file"))


def _unmet_for_tests(
    masterplan_id: UUID,
    files: Mapping[UUID, UUID],
    at_import: Mapping[UUID, frozenset[UUID]] | None,
) -> list[tuple[UUID, UUID]]:
    """Return (answered atom, atom not settled that it calls or that its module runs at import)."""
    if not files:
        return []
    edges = AtomDependency.objects.filter(graph__is_current=True, dependent__in=files)
    called = edges.exclude(dependency__status__in=SETTLED)
    pairs = list(called.values_list("dependent", "dependency"))
    if at_import is None:
        at_import = needed_at_import(MasterPlan.objects.get(pk=masterplan_id))
    unsettled = set(
        AtomicUnit.objects.filter(masterplan_id=masterplan_id, needs_body=True)
        .exclude(status__in=SETTLED)
        .values_list("pk", flat=True)
    )
    for atom_id, file_id in files.items():
        pairs += [(atom_id, other) for other in at_import.get(file_id, frozenset()) & unsettled]
    return pairs


@transaction.atomic
def claim_stranded(*, masterplan_id: UUID, now: datetime) -> list[Verification]:
    """Claim the answered atoms whose callees will not come by themselves.

    An answer may wait for an atom that waits for a failed one, or that waits for this very answer.
    Once nobody makes or could make anything, such answers are tested beside what is there: those
    that pass are accepted, the others are blocked. Returns nothing while anybody works.
    """
    left = _answered(masterplan_id)
    unmet = _unmet_for_tests(masterplan_id, left, None)
    if testable(list(left), unmet) or _busy(masterplan_id):  # in this order: others claim meanwhile
        return []
    among_themselves = [pair for pair in unmet if pair[1] in left]
    claims = (_claim_verification(group, now) for group in testable(list(left), among_themselves))
    return [claim for claim in claims if claim is not None]


def _busy(masterplan_id: UUID) -> bool:
    """Tell whether anybody makes or tests an atom of the plan, or could make one."""
    at_work = Q(status__in=[Status.READY, Status.GENERATING]) | Q(lease_token__isnull=False)
    return AtomicUnit.objects.filter(
        at_work, masterplan_id=masterplan_id, masterplan__status=MasterPlan.Status.EXECUTING
    ).exists()


def _claim_verification(atom_ids: Sequence[UUID], now: datetime) -> Verification | None:
    token = uuid4()
    with transaction.atomic():
        won = AtomicUnit.objects.filter(
            pk__in=atom_ids, status=Status.ANSWERED, lease_token__isnull=True
        ).update(lease_token=token, lease_until=lease_until(now))
        if won == len(atom_ids):
            return Verification(token=token, atom_ids=tuple(atom_ids))
        AtomicUnit.objects.filter(lease_token=token).update(lease_token=None, lease_until=None)
    return None


def renew(*, tokens: Collection[UUID], now: datetime) -> None:
    """Prolong the leases of what this process holds."""
    if tokens:
        AtomicUnit.objects.filter(lease_token__in=tokens).update(lease_until=lease_until(now))


def sweep(*, masterplan_id: UUID, now: datetime) -> int:
    """Give back what processes held that are gone: expired leases and their reserved money."""
    expired = AtomicUnit.objects.filter(masterplan_id=masterplan_id, lease_until__lt=now)
    swept = 0
    for token, status in list(expired.values_list("lease_token", "status")):
        swept += 1
        if token is not None and status == Status.GENERATING:
            abandon(token=token, reason="its process is gone: the lease expired", expired=now)
        else:
            expired.filter(lease_token=token).update(lease_token=None, lease_until=None)
    return swept


@transaction.atomic
def abandon(*, token: UUID, reason: str, expired: datetime | None = None) -> None:
    """Give an attempt back as if it had not been claimed; its reservation is freed.

    With `expired`, only if its lease ended before then: it may have been renewed meanwhile.
    """
    history = AtomRetryHistory.objects.filter(token=token).first()
    if history is None:
        return
    atom = locked(history.atom_id)
    held = atom.lease_token == token
    if held and expired is not None and atom.lease_until and atom.lease_until >= expired:
        return
    if held and atom.status == Status.GENERATING:
        AtomicUnit.objects.filter(pk=atom.pk).update(
            status=Status.READY, attempts=F("attempts") - 1, lease_token=None, lease_until=None
        )
    history.refresh_from_db()
    if history.outcome == Outcome.RUNNING:
        AtomRetryHistory.objects.filter(pk=history.pk).update(
            outcome=Outcome.ABANDONED,
            error=storable_text(reason),
            reserved_usd=Decimal(0),
            finished_at=timezone.now(),
        )
        if history.reserved_usd:
            masterplans.settle(masterplan_id=atom.masterplan_id, reserved=history.reserved_usd)


def give_back(*, verification: Verification) -> None:
    """Let others verify what this process cannot."""
    AtomicUnit.objects.filter(lease_token=verification.token, status=Status.ANSWERED).update(
        lease_token=None, lease_until=None
    )
