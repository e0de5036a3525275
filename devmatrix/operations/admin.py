"""Processes that do background work, for looking at."""

from django.contrib import admin
from django.http import HttpRequest

from devmatrix.operations.models import WorkerHeartbeat


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(admin.ModelAdmin[WorkerHeartbeat]):
    """The rows are the processes' own; a stale one may be removed."""

    list_display = ["name", "started_at", "seen_at", "in_flight"]
    search_fields = ["name"]
    show_full_result_count = False
    readonly_fields = ["name", "started_at", "seen_at", "in_flight"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: only a process can say that it lives."""
        return False
