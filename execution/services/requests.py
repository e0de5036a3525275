"""What people ask for: an atom taken as settled, or made anew."""

from django.db import transaction
from django.db.models import F

from atomization.models import AtomicUnit
from atomization.services import rejoin
from devmatrix.masterplans.queue import ring
from execution.services.claimed import ExecutionError
from execution.services.claims import abandon
from execution.services.starting import release, reopen
from execution.services.verdicts import unblock

Status = AtomicUnit.Status


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
