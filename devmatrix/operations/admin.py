"""Processes that do background work, for looking at."""

from django.contrib import admin
from django.http import HttpRequest

from devmatrix.operations.models import WorkerHeartbeat
from devmatrix.operations.row_admin import RowAdmin


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(RowAdmin):
    """The rows are the processes' own; a stale one may be removed."""

    list_display = ["name", "started_at", "seen_at", "in_flight"]
    search_fields = ["name"]
    readonly_fields = ["name", "started_at", "seen_at", "in_flight"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: only a process can say that it lives."""
        return False
