"""Ringing the workers: a message carries only the id of the masterplan to go on with."""

from uuid import UUID

from django_q.tasks import async_task

ADVANCE = "devmatrix.pipeline.tasks.advance"
"""Named, not imported: it stands above every phase, and a queue message is a name anyway."""


def ring(masterplan_id: UUID) -> None:
    """Ask the workers to go on with a masterplan; harmless when nothing is to be done.

    Within a transaction on the same database the message is rolled back with it.
    """
    async_task(ADVANCE, str(masterplan_id), group=str(masterplan_id))
