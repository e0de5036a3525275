"""What the installation says about itself when asked whether it can serve."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from devmatrix.operations.services import workers_alive

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests can be served, and why not; workers are information, not a condition."""

    ready: bool
    database: str
    migrations: str
    workers: int
    in_flight: int
    last_seen: str | None

    def to_json(self) -> dict[str, Any]:
        """Give the answer as plain data."""
        return asdict(self)


def readiness(now: datetime) -> Readiness:
    """Ask the database, its migrations and the workers' heartbeats how they are."""
    try:
        missing = unapplied_migrations()
    except DatabaseError:
        logger.exception("readiness: the database does not answer")
        return Readiness(False, "unreachable", "unknown", 0, 0, None)
    if missing:
        state = f"{len(missing)} not applied, first {missing[0]}; run manage.py migrate"
        return Readiness(False, "ok", state, 0, 0, None)
    workers = workers_alive(now)
    return Readiness(
        ready=True,
        database="ok",
        migrations="ok",
        workers=len(workers),
        in_flight=sum(worker.in_flight for worker in workers),
        last_seen=workers[0].seen_at.isoformat() if workers else None,
    )


def unapplied_migrations() -> list[str]:
    """List the migrations that the code has and the database has not, "app.name"."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
