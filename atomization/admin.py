"""Files and atoms. Text and what was computed from it is for reading: edits belong to a review."""

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from atomization.models import AtomicUnit, SourceFile
from atomization.presentation import visible
from devmatrix.operations.row_admin import ReadOnlyAdmin

LONG = ["code", "skeleton", "contract", "context", "criteria", "guidance", "confidence_parts"]


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin):
    """Files; their bytes are never loaded here."""

    list_display = ["shown_path", "masterplan", "language", "mode", "created_at"]
    list_filter = ["language", "mode"]
    list_select_related = ["masterplan"]
    search_fields = ["path__startswith"]
    exclude = ["raw"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceFile]:
        """Leave the bytes in the database."""
        return super().get_queryset(request).defer("raw")

    @admin.display(description="path", ordering="path")
    def shown_path(self, file: SourceFile) -> str:
        """Show the path with hidden characters named."""
        return visible(file.path)


@admin.register(AtomicUnit)
class AtomicUnitAdmin(ReadOnlyAdmin):
    """Atoms: all columns to read; text is changed by a review, status by the engine."""

    list_display = [
        "shown_name",
        "source_file",
        "kind",
        "status",
        "wave_number",
        "attempts",
        "confidence",
        "cost_usd",
        "retired_at",
    ]
    list_filter = ["status", "kind", "author", "language", ("retired_at", EmptyFieldListFilter)]
    list_select_related = ["source_file"]
    search_fields = ["name__startswith", "id__exact"]
    exclude = ["code", "skeleton"]
    readonly_fields = ["shown_code", "shown_skeleton", "retired_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AtomicUnit]:
        """Leave the long columns in the database until a row is opened; show retired atoms too."""
        rows = AtomicUnit.with_retired.get_queryset().order_by(*self.get_ordering(request))
        return rows.defer(*LONG)

    @admin.display(description="name", ordering="name")
    def shown_name(self, atom: AtomicUnit) -> str:
        """Show the name with hidden characters named."""
        return visible(atom.name)

    @admin.display(description="code")
    def shown_code(self, atom: AtomicUnit) -> SafeString:
        """Show the text with hidden characters named."""
        return format_html("<pre>{}</pre>", visible(atom.code))

    @admin.display(description="skeleton")
    def shown_skeleton(self, atom: AtomicUnit) -> SafeString:
        """Show the text that the slot began with."""
        return format_html("<pre>{}</pre>", visible(atom.skeleton))
