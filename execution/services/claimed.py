"""What a process holds: claims with their tokens, and the lock on an atom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from atomization.models import AtomicUnit


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


def locked(atom_id: UUID) -> AtomicUnit:
    """Read an atom and keep others from changing it, or its attempts, in this transaction."""
    columns = ["status", "lease_token", "lease_until", "masterplan"]
    return AtomicUnit.objects.select_for_update().only(*columns).get(pk=atom_id)
