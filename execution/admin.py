"""Attempts: kept forever, so they are for reading."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from atomization.presentation import visible
from devmatrix.operations.row_admin import ReadOnlyAdmin
from execution.models import AtomRetryHistory

LONG = ["prompt", "feedback", "answer", "code"]


@admin.register(AtomRetryHistory)
class AtomRetryHistoryAdmin(ReadOnlyAdmin):
    """Attempts, their texts with hidden characters named."""

    list_display = [
        "atom",
        "round",
        "number",
        "outcome",
        "failed_check",
        "model",
        "cost_usd",
        "started_at",
    ]
    list_filter = ["outcome", "failed_check", "number"]
    list_select_related = ["atom"]
    search_fields = ["atom__name__startswith", "request_id__exact"]
    exclude = LONG
    readonly_fields = ["shown_prompt", "shown_feedback", "shown_answer", "shown_code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AtomRetryHistory]:
        """Leave the long columns in the database until a row is opened."""
        return super().get_queryset(request).defer(*LONG, "error")

    @admin.display(description="prompt")
    def shown_prompt(self, attempt: AtomRetryHistory) -> SafeString:
        """Show what was asked."""
        return _text(attempt.prompt)

    @admin.display(description="feedback")
    def shown_feedback(self, attempt: AtomRetryHistory) -> SafeString:
        """Show what was told about earlier attempts."""
        return _text(attempt.feedback)

    @admin.display(description="answer")
    def shown_answer(self, attempt: AtomRetryHistory) -> SafeString:
        """Show the answer as it came."""
        return _text(attempt.answer)

    @admin.display(description="code")
    def shown_code(self, attempt: AtomRetryHistory) -> SafeString:
        """Show the answer as it was fitted to its slot."""
        return _text(attempt.code)


def _text(text: str) -> SafeString:
    return format_html("<pre>{}</pre>", visible(text))
