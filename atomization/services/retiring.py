"""Taking atoms out of their files without losing what happened to them."""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from atomization.models import AtomicUnit

Status = AtomicUnit.Status


def retire(atoms: Collection[AtomicUnit]) -> None:
    """Take atoms out of their file: their rows stay, with attempts, results and decisions.

    Whoever is at work on one loses the lease. Edges to and from them go, and what waits for a
    person is superseded: both are about a file that these atoms are no part of any more.
    """
    ids = [atom.pk for atom in atoms]
    rows = AtomicUnit.with_retired.filter(pk__in=ids)
    now = timezone.now()
    rows.filter(status=Status.GENERATING).update(
        status=Status.READY, lease_token=None, lease_until=None
    )
    rows.update(retired_at=now, updated_at=now, lease_token=None, lease_until=None)
    for row in rows:
        # Tables of later phases, by their reverse relations: nothing here imports those phases.
        related = cast(Any, row)
        related.dependency_edges.all().delete()
        related.dependent_edges.all().delete()
        related.review_items.filter(status__in=["waiting", "regenerating"]).update(
            status="superseded", decided_at=now, lease_until=None
        )


def discard(atoms: Collection[AtomicUnit]) -> None:
    """Retire the atoms that something happened to, and delete the others."""
    nothing = Q(history__isnull=True, validation_results__isnull=True, review_items__isnull=True)
    unmarked = set(
        AtomicUnit.with_retired.filter(nothing, pk__in=[atom.pk for atom in atoms])
        .values_list("pk", flat=True)
        .distinct()
    )
    while parents := _parents_of_others(unmarked):
        unmarked -= parents
    retire([atom for atom in atoms if atom.pk not in unmarked])
    AtomicUnit.with_retired.filter(pk__in=unmarked).delete()


def _parents_of_others(ids: Collection[UUID]) -> set[UUID]:
    """Return those of some atoms that have a child which is none of them."""
    children = AtomicUnit.with_retired.filter(parent__in=ids).exclude(pk__in=ids)
    return {pk for pk in children.values_list("parent_id", flat=True) if pk is not None}
