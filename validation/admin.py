"""What checks found: evidence, so it is for reading."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from devmatrix.operations.read_only import ReadOnly
from validation.models import ValidationResult


@admin.register(ValidationResult)
class ValidationResultAdmin(ReadOnly, admin.ModelAdmin[ValidationResult]):
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
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ValidationResult]:
        """Leave the long columns in the database until a row is opened."""
        return super().get_queryset(request).defer("message", "expected", "actual", "evidence")
