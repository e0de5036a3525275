"""Workers' proof of life: a draining process refreshes its row; a silent one counts as gone."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from django.db import transaction

from devmatrix.operations.models import WorkerHeartbeat

ALIVE_SECONDS = 90
"""A worker that drains beats every few seconds, an idle one at each minute's sweep."""
KEPT = timedelta(days=1)
"""How long the row of a worker that is gone is kept for people to look at."""


def worker_name() -> str:
    """Return the name under which this process beats: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def beat(*, name: str, in_flight: int, now: datetime) -> None:
    """Note that the worker `name` ("host:process id") lives and holds `in_flight` atoms."""
    row = WorkerHeartbeat.objects.filter(pk=name)
    if row.update(seen_at=now, in_flight=in_flight):
        return
    with transaction.atomic():
        WorkerHeartbeat.objects.filter(seen_at__lt=now - KEPT).delete()
        WorkerHeartbeat.objects.bulk_create(
            [WorkerHeartbeat(name=name, started_at=now, seen_at=now, in_flight=in_flight)],
            ignore_conflicts=True,
        )


def workers_alive(now: datetime) -> list[WorkerHeartbeat]:
    """Return the workers seen within the last ALIVE_SECONDS, the latest first."""
    since = now - timedelta(seconds=ALIVE_SECONDS)
    return list(WorkerHeartbeat.objects.filter(seen_at__gte=since).order_by("-seen_at"))
