"""Claims, answers and verdicts: every change of an atom's state on its way to being accepted.

The queue only rings; the truth is here. An atom is claimed by a conditional update that sets a
fencing token and a lease; whatever comes back is accepted only under that token.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from atomization.models import AtomicUnit
from atomization.services import put_code, rejoin, replace_code, storable_text
from dependencies.edges import Edge
from dependencies.models import AtomDependency
from dependencies.selectors import needed_at_import
from dependencies.services import SETTLED, observe
from devmatrix.llm.types import Receipt, Sampling
from devmatrix.masterplans import services as masterplans
from devmatrix.masterplans.models import MasterPlan
from devmatrix.masterplans.queue import ring
from execution.feedback_generator import describe_failure
from execution.models import AtomRetryHistory
from execution.retry_orchestrator import Next, after_failure
from execution.verification_order import testable
from validation import services as validation
from validation.findings import Finding, passed

MONEY_STEP = Decimal("0.000001")
Status = AtomicUnit.Status
Outcome = AtomRetryHistory.Outcome


class ExecutionError(Exception):
    """Work that cannot be started; the message says why and what to do."""


class ClaimLost(ExecutionError):  # noqa: N818  (what happened)
    """The claim's lease ran out and was given back; whatever comes of it is not wanted."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt that this process may make."""

    atom_id: UUID
    token: UUID
    number: int
    round: int


@dataclass(frozen=True, slots=True)
class Verification:
    """Answered atoms whose tests this process may run; several if they form a cycle."""

    token: UUID
    atom_ids: tuple[UUID, ...]


def lease_until(now: datetime) -> datetime:
    """Return when a lease taken or renewed now ends."""
    return now + timedelta(seconds=settings.DEVMATRIX["LEASE_SECONDS"])


# --- starting ---------------------------------------------------------------------------------


def start(*, masterplan: MasterPlan) -> int:
    """Let work on a masterplan begin or go on, and ring the workers; returns the atoms to make.

    A paused or failed plan goes on where it stopped. Raises ExecutionError when it is cancelled.
    """
    if masterplan.status == MasterPlan.Status.CANCELLED:
        raise ExecutionError(f"{masterplan.name} is cancelled; begin a new project instead.")
    if masterplan.status in {MasterPlan.Status.PAUSED, MasterPlan.Status.FAILED}:
        masterplans.resume(masterplan=masterplan)
    with transaction.atomic():
        released = release(masterplan_id=masterplan.pk)
        if open_atoms(masterplan.pk).exists():
            reopen(masterplan_id=masterplan.pk)
        ring(masterplan.pk)
    return released


def reopen(*, masterplan_id: UUID) -> bool:
    """Send a masterplan that is past execution back to it."""
    return bool(
        MasterPlan.objects.filter(pk=masterplan_id, status__in=AFTER_EXECUTION).update(
            status=MasterPlan.Status.EXECUTING
        )
    )


def overlooked() -> list[UUID]:
    """Return the masterplans that left execution while an atom was made ready in them."""
    ready = AtomicUnit.objects.filter(
        masterplan=OuterRef("pk"), status__in=[Status.READY, Status.ANSWERED]
    )
    left = MasterPlan.objects.filter(Exists(ready), status__in=AFTER_EXECUTION)
    return list(left.values_list("pk", flat=True))


AFTER_EXECUTION = (
    MasterPlan.Status.VALIDATING,
    MasterPlan.Status.SCORING,
    MasterPlan.Status.IN_REVIEW,
    MasterPlan.Status.COMPLETED,
)


def open_atoms(masterplan_id: UUID) -> QuerySet[AtomicUnit]:
    """Return the atoms that somebody works on or could."""
    return AtomicUnit.objects.filter(
        masterplan_id=masterplan_id,
        status__in=[Status.READY, Status.GENERATING, Status.ANSWERED],
    )


def release(*, masterplan_id: UUID, after: AtomicUnit | None = None) -> int:
    """Make ready every waiting atom whose ordering dependencies' code is all there.

    A blocked atom's code is there as well as an accepted one's, and what it orders may be the very
    atom that its own tests wait for. With `after`, only what depends on that one is looked at.
    """
    waiting = AtomicUnit.objects.filter(
        masterplan_id=masterplan_id, status=Status.PENDING, needs_body=True
    )
    if after is not None:
        waiting = waiting.filter(
            pk__in=AtomDependency.objects.filter(
                graph__is_current=True, dependency=after, orders_generation=True
            ).values("dependent")
        )
    return waiting.filter(~Exists(_unmet("orders_generation", IN_PLACE))).update(
        status=Status.READY
    )


IN_PLACE = (Status.ACCEPTED, Status.BLOCKED)


def _unmet(order: str, enough: Collection[str]) -> QuerySet[AtomDependency]:
    return AtomDependency.objects.filter(
        graph__is_current=True, dependent=OuterRef("pk"), **{order: True}
    ).exclude(dependency__status__in=enough)


# --- claiming ---------------------------------------------------------------------------------


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
    atom = _locked(history.atom_id)
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


def _locked(atom_id: UUID) -> AtomicUnit:
    """Read an atom and keep others from changing it, or its attempts, in this transaction."""
    columns = ["status", "lease_token", "lease_until", "masterplan"]
    return AtomicUnit.objects.select_for_update().only(*columns).get(pk=atom_id)


def give_back(*, verification: Verification) -> None:
    """Let others verify what this process cannot."""
    AtomicUnit.objects.filter(lease_token=verification.token, status=Status.ANSWERED).update(
        lease_token=None, lease_until=None
    )


# --- paying -----------------------------------------------------------------------------------


@transaction.atomic
def reserve_attempt(*, claim: Claim, masterplan_id: UUID, amount: Decimal) -> bool:
    """Reserve the most that the attempt can cost; False when the budget does not allow it.

    Raises ClaimLost, and reserves nothing, when the attempt was given back meanwhile.
    """
    if _locked(claim.atom_id).lease_token != claim.token:
        raise ClaimLost("The lease of the attempt ended before it asked anything.")
    amount = amount.quantize(MONEY_STEP, ROUND_UP)  # as the plan holds it, to give it all back
    if not masterplans.reserve(masterplan_id=masterplan_id, amount=amount):
        return False
    AtomRetryHistory.objects.filter(token=claim.token).update(reserved_usd=amount)
    return True


def others_reserve(*, claim: Claim, masterplan_id: UUID) -> bool:
    """Tell whether other attempts hold money that may become free when they are settled."""
    running = AtomRetryHistory.objects.filter(
        atom__masterplan_id=masterplan_id, outcome=Outcome.RUNNING, reserved_usd__gt=0
    )
    return running.exclude(token=claim.token).exists()


@transaction.atomic
def book(
    *,
    claim: Claim,
    masterplan_id: UUID,
    subject: str,
    receipt: Receipt,
    sampling: Sampling,
    prompt: str,
    feedback: str,
    outcome: str,
) -> None:
    """Write down what an answer cost, once, whether or not it is still wanted."""
    _locked(claim.atom_id)
    history = AtomRetryHistory.objects.get(token=claim.token)
    booked = AtomRetryHistory.objects.filter(pk=history.pk, answered_at__isnull=True).update(
        model=receipt.model,
        temperature=sampling.temperature,
        effort=sampling.effort or "",
        prompt=prompt,
        feedback=feedback,
        answer=receipt.text,
        stop_reason=receipt.stop_reason,
        input_tokens=receipt.input_tokens,
        output_tokens=receipt.output_tokens,
        cache_read_tokens=receipt.cache_read_tokens,
        cache_write_tokens=receipt.cache_write_tokens,
        cost_usd=receipt.cost_usd,
        request_id=receipt.request_id,
        reserved_usd=Decimal(0),
        answered_at=timezone.now(),
    )
    if not booked:
        return
    masterplans.book_call(
        masterplan_id=masterplan_id,
        purpose="atom",
        subject=subject,
        reserved=history.reserved_usd,
        receipt=receipt,
        outcome=outcome,
    )
    AtomicUnit.objects.filter(pk=claim.atom_id).update(cost_usd=F("cost_usd") + receipt.cost_usd)


# --- verdicts ---------------------------------------------------------------------------------


@transaction.atomic
def reject(
    *,
    claim: Claim,
    code: str,
    failure: str,
    failed_check: str,
    findings: Sequence[Finding] = (),
    outcome: str = Outcome.REJECTED,
) -> bool:
    """Record that an attempt failed; False, and nothing written, when its token is not held."""
    if not _let_go(claim.atom_id, claim.token, claim.number):
        return False
    _finish_attempt(claim.token, code, failure, failed_check, outcome)
    _record(claim.atom_id, findings, claim.number, code)
    return True


def _let_go(atom_id: UUID, token: UUID, number: int) -> bool:
    maximum = settings.DEVMATRIX["MAX_ATTEMPTS"]
    retry = after_failure(number, max_attempts=maximum) is Next.RETRY
    return bool(
        AtomicUnit.objects.filter(pk=atom_id, lease_token=token).update(
            status=Status.READY if retry else Status.FAILED, lease_token=None, lease_until=None
        )
    )


def _finish_attempt(token: UUID, code: str, failure: str, check: str, outcome: str) -> None:
    AtomRetryHistory.objects.filter(token=token).update(
        code=code,
        error=storable_text(failure),
        failed_check=check,
        outcome=outcome,
        finished_at=timezone.now(),
    )


def _record(atom_id: UUID, findings: Sequence[Finding], number: int, code: str) -> None:
    if not findings:
        return
    atom = AtomicUnit.objects.select_related("masterplan", "source_file").get(pk=atom_id)
    validation.record(
        masterplan=atom.masterplan,
        atom=atom,
        run_id=uuid4(),
        findings=findings,
        target=f"{atom.source_file.path}::{atom.name}",
        attempt=number,
        content=code,
    )


@transaction.atomic
def answered(
    *,
    claim: Claim,
    code: str,
    imports: Sequence[str],
    findings: Sequence[Finding],
    edges: Sequence[Edge] = (),
) -> bool:
    """Record an answer that passed the static checks; its tests wait for its callees, `edges`."""
    held = AtomicUnit.objects.filter(pk=claim.atom_id, lease_token=claim.token).update(
        status=Status.ANSWERED, lease_token=None, lease_until=None
    )
    if not held:
        return False
    AtomRetryHistory.objects.filter(token=claim.token).update(
        code=code, imports=list(imports), outcome=Outcome.ANSWERED
    )
    observe(atom=AtomicUnit.objects.select_related("masterplan").get(pk=claim.atom_id), edges=edges)
    _record(claim.atom_id, findings, claim.number, code)
    return True


@dataclass(frozen=True, slots=True)
class Pending:
    """An answered atom with the attempt whose text waits to be accepted."""

    atom: AtomicUnit
    attempt: AtomRetryHistory

    @property
    def key(self) -> str:
        return f"{self.atom.source_file.path}::{self.atom.name}"


def pending_of(*, verification: Verification) -> list[Pending]:
    """Return the atoms of a verification that are still held, with their answered attempts."""
    atoms = AtomicUnit.objects.filter(
        pk__in=verification.atom_ids, lease_token=verification.token
    ).select_related("source_file", "masterplan")
    found = []
    for atom in atoms:
        attempt = atom.history.filter(round=atom.round, outcome=Outcome.ANSWERED).last()
        if attempt is not None:
            found.append(Pending(atom, attempt))
    return found


@transaction.atomic
def settle_verification(
    *, verification: Verification, findings: Mapping[UUID, Sequence[Finding]]
) -> None:
    """Accept, reject or block each atom by what its tests said; a cycle is accepted as a whole."""
    pending = pending_of(verification=verification)
    group = [item.atom.pk for item in pending]
    whole = all(passed(findings[pk]) for pk in group)
    for item in pending:
        found = findings[item.atom.pk]
        _record(item.atom.pk, found, item.attempt.number, item.attempt.code)
        if passed(found) and whole:
            _accept(item)
        elif passed(found):
            _hold(item.atom.pk, Status.ANSWERED)
        elif _misses_callee(item.atom, group):
            _block(item)
        else:
            _refuse(item, found)


def _accept(item: Pending) -> None:
    atom, attempt = item.atom, item.attempt
    _hold(atom.pk, Status.ACCEPTED)
    atom.refresh_from_db()
    replace_code(
        atom=atom,
        code=attempt.code,
        imports=attempt.imports,
        author=AtomicUnit.Author.MODEL,
        model=attempt.model,
    )
    AtomRetryHistory.objects.filter(pk=attempt.pk).update(
        outcome=Outcome.ACCEPTED, finished_at=timezone.now()
    )
    release(masterplan_id=atom.masterplan_id, after=atom)
    unblock(atom=atom)


def _block(item: Pending) -> None:
    """Put the text in place, unverified: what it calls failed, so its tests say nothing of it.

    It stays one piece, for the same answer is put there again once its tests have passed.
    """
    _hold(item.atom.pk, Status.BLOCKED)
    item.atom.refresh_from_db()
    put_code(
        atom=item.atom,
        code=item.attempt.code,
        imports=item.attempt.imports,
        author=AtomicUnit.Author.MODEL,
        model=item.attempt.model,
    )
    release(masterplan_id=item.atom.masterplan_id, after=item.atom)


def _refuse(item: Pending, findings: Sequence[Finding]) -> None:
    _let_go(item.atom.pk, item.atom.lease_token or uuid4(), item.attempt.number)
    first = next(finding for finding in findings if finding.blocks)
    _finish_attempt(
        item.attempt.token,
        item.attempt.code,
        describe_failure(item.attempt.number, item.attempt.code, findings),
        first.check,
        Outcome.REJECTED,
    )


def _hold(atom_id: UUID, status: str) -> None:
    AtomicUnit.objects.filter(pk=atom_id).update(status=status, lease_token=None, lease_until=None)


def _misses_callee(atom: AtomicUnit, group: Sequence[UUID]) -> bool:
    """Tell whether anything that the atom calls, or its cycle holds, is not there to be called."""
    edges = AtomDependency.objects.filter(graph__is_current=True, dependent=atom)
    at_import = needed_at_import(atom.masterplan).get(atom.source_file_id, frozenset())
    needed = Q(pk__in=edges.values("dependency")) | Q(pk__in=at_import)
    if atom.cycle is not None:
        needed |= Q(cycle=atom.cycle)
    others = AtomicUnit.objects.filter(needed, masterplan_id=atom.masterplan_id)
    return others.exclude(pk__in=group).exclude(status=Status.ACCEPTED).exists()


def unblock(*, atom: AtomicUnit) -> int:
    """Let the tests of blocked atoms that need `atom` run again, now that it is accepted."""
    blocked = AtomicUnit.objects.filter(masterplan_id=atom.masterplan_id, status=Status.BLOCKED)
    if not blocked.exists():
        return 0
    edges = AtomDependency.objects.filter(graph__is_current=True, dependency=atom)
    needed = needed_at_import(atom.masterplan)
    files = [file for file, atoms in needed.items() if atom.pk in atoms]
    needing = Q(pk__in=edges.values("dependent")) | Q(source_file__in=files)
    if atom.cycle is not None:
        needing |= Q(cycle=atom.cycle)
    return blocked.filter(needing).update(status=Status.ANSWERED)


# --- what people ask for ----------------------------------------------------------------------


@transaction.atomic
def resolve(*, atom: AtomicUnit) -> None:
    """Take an atom as settled by a person: what waited for it goes on, and the workers are rung.

    An attempt at it that is under way is discarded.
    """
    token = AtomicUnit.objects.values_list("lease_token", flat=True).get(pk=atom.pk)
    if token is not None:
        abandon(token=token, reason="a person settled the atom meanwhile")
    AtomicUnit.objects.filter(pk=atom.pk).update(
        status=Status.ACCEPTED, lease_token=None, lease_until=None
    )
    release(masterplan_id=atom.masterplan_id, after=atom)
    unblock(atom=atom)
    reopen(masterplan_id=atom.masterplan_id)
    ring(atom.masterplan_id)


@transaction.atomic
def retry_atom(*, atom: AtomicUnit, guidance: str = "") -> AtomicUnit:
    """Begin a new round of attempts at an atom, told `guidance`, and ring the workers.

    A block of a split function is made anew with its whole function. Returns the atom that is
    made. Raises ExecutionError while it is being made or waits for others, and AtomizationError
    where it cannot be made as one piece.
    """
    target = atom
    while target.kind == "block" and target.parent is not None:
        target = target.parent
    target = rejoin(atom=target)
    done = [Status.ACCEPTED, Status.FAILED, Status.BLOCKED]
    changed = AtomicUnit.objects.filter(
        pk=target.pk, status__in=done, lease_token__isnull=True
    ).update(
        status=Status.READY,
        attempts=0,
        round=F("round") + 1,
        guidance=guidance,
    )
    if not changed:
        raise ExecutionError(
            f"{target.name} is {target.get_status_display()}; make it anew once that is done."
        )
    reopen(masterplan_id=target.masterplan_id)
    ring(target.masterplan_id)
    target.refresh_from_db()
    return target
