"""Review items: decisions are taken on the review pages, where the checks run."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from atomization.presentation import visible
from devmatrix.operations.row_admin import ReadOnlyAdmin
from review.models import HumanReviewQueue


@admin.register(HumanReviewQueue)
class HumanReviewQueueAdmin(ReadOnlyAdmin):
    """Items, most urgent first."""

    list_display = [
        "atom",
        "masterplan",
        "reason",
        "priority",
        "confidence",
        "status",
        "reviewer",
        "created_at",
        "decided_at",
    ]
    list_filter = ["status", "reason", "priority"]
    list_select_related = ["atom", "masterplan", "reviewer"]
    search_fields = ["atom__name__startswith", "id__exact"]
    exclude = ["code_before", "code_after"]
    readonly_fields = ["shown_before", "shown_after"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HumanReviewQueue]:
        """Leave the texts in the database until a row is opened."""
        return super().get_queryset(request).defer("code_before", "code_after")

    @admin.display(description="code before")
    def shown_before(self, item: HumanReviewQueue) -> SafeString:
        """Show the text that was queued."""
        return format_html("<pre>{}</pre>", visible(item.code_before))

    @admin.display(description="code after")
    def shown_after(self, item: HumanReviewQueue) -> SafeString:
        """Show the text that was decided on."""
        return format_html("<pre>{}</pre>", visible(item.code_after))
