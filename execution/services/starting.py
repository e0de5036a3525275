"""Letting work begin: releasing what waits for nothing, and reopening a masterplan."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from atomization.models import AtomicUnit
from dependencies.models import AtomDependency
from devmatrix.masterplans import services as masterplans
from devmatrix.masterplans.models import MasterPlan
from devmatrix.masterplans.queue import ring
from execution.services.claimed import ExecutionError

Status = AtomicUnit.Status


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
