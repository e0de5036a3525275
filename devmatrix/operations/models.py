"""Proof of life of the processes that do background work."""

from django.db import models


class WorkerHeartbeat(models.Model):
    """One process that drains masterplans; its row is refreshed while it lives."""

    name = models.CharField(max_length=200, primary_key=True, help_text="host:process id")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    in_flight = models.PositiveIntegerField(default=0, help_text="atoms held right now")

    class Meta:
        db_table = "worker_heartbeats"
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return self.name
