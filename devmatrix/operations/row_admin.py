"""What the administration of every table shares; rows that are evidence have no forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest

if TYPE_CHECKING:
    Base = ModelAdmin[Any]
else:
    Base = ModelAdmin


class RowAdmin(Base):
    """A table that may be long: its rows are counted once a page, not twice."""

    show_full_result_count = False


class ReadOnlyAdmin(RowAdmin):
    """Rows that can be read, never made, changed or removed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: these rows are written by the work that they tell about."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: evidence is not corrected."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse on the rows' own pages; they still go with the project that somebody removes."""
        own = f"{self.opts.app_label}_{self.opts.model_name}_"
        match = request.resolver_match
        if match is None or (match.url_name or "").startswith(own):
            return False
        return super().has_delete_permission(request, obj)
