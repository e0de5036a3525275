"""What becomes of an answer: rejected, answered, accepted, blocked or failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from atomization.models import AtomicUnit
from atomization.services import put_code, replace_code, storable_text
from dependencies.edges import Edge
from dependencies.models import AtomDependency
from dependencies.selectors import needed_at_import
from dependencies.services import observe
from execution.feedback_generator import describe_failure
from execution.models import AtomRetryHistory
from execution.retry_orchestrator import Next, after_failure
from execution.services.claimed import Claim, Verification
from execution.services.starting import release
from validation import services as validation
from validation.findings import Finding, passed

Status = AtomicUnit.Status
Outcome = AtomRetryHistory.Outcome


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
