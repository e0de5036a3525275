"""What checks found: evidence, so it is for reading."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from devmatrix.operations.row_admin import ReadOnlyAdmin
from validation.models import ValidationResult


@admin.register(ValidationResult)
class ValidationResultAdmin(ReadOnlyAdmin):
    """Results, newest first."""

    list_display = [
        "target",
        "level",
        "check_name",
        "verdict",
        "severity",
        "masterplan",
        "attempt",
        "created_at",
    ]
    list_filter = ["level", "verdict", "severity", "check_name"]
    list_select_related = ["masterplan"]
    search_fields = ["target__startswith", "run_id__exact"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ValidationResult]:
        """Leave the long columns in the database until a row is opened."""
        return super().get_queryset(request).defer("message", "expected", "actual", "evidence")
