"""The pages of one atom and of one file.

An atom's page tells what later phases found out about it. It reads that through the atom's reverse
relations, so that nothing here imports a later phase.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from atomization.evidence import latest_results, marked_lines
from atomization.models import AtomicUnit, SourceFile
from atomization.presentation import PlacedLine, code_lines, diff, placed_lines
from atomization.selectors import atom_lines

LINES_A_PAGE = 2000


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of a file with the atom that it begins in, if the file is made of atoms."""

    number: int
    html: SafeString
    atom: AtomicUnit | None
    first: bool


@login_required
@require_safe
def atom_page(request: HttpRequest, atom_id: UUID) -> HttpResponse:
    """Show all that is known about an atom."""
    atom = get_object_or_404(
        AtomicUnit.with_retired.select_related("masterplan", "source_file", "reviewer").defer(
            "source_file__raw"
        ),
        pk=atom_id,
    )
    return render(request, "atomization/atom.html", _facts(atom))


def _facts(atom: AtomicUnit) -> dict[str, Any]:
    first, last = (None, None) if atom.retired_at else atom_lines(atom)
    results = latest_results(atom)
    attempts = list(atom.history.defer("prompt", "answer"))
    return {
        "atom": atom,
        "first_line": first,
        "last_line": last,
        "lines": code_lines(atom.code, atom.language),
        "marked": marked_lines(results, atom.code),
        "results": results,
        "attempts": attempts,
        "several_rounds": len({attempt.round for attempt in attempts}) > 1,
        "shows_difference": bool(atom.skeleton) and atom.skeleton != atom.code,
        "diff": diff(atom.skeleton, atom.code, atom.language),
        "parts": bars(atom.confidence_parts),
        "needs": _edges(atom.dependency_edges, "dependency"),
        "needed_by": _edges(atom.dependent_edges, "dependent"),
        "open_item": atom.review_items.filter(status__in=["waiting", "regenerating"]).first(),
    }


def _edges(relation: Any, end: str) -> list[Any]:
    """Return the current graph's edges with the atom at their other `end` as `other`."""
    edges = list(
        relation.filter(graph__is_current=True)
        .select_related(f"{end}__source_file")
        .only(
            "kind",
            "is_hard",
            "line",
            "reason",
            f"{end}__name",
            f"{end}__status",
            f"{end}__source_file__path",
        )
        .order_by("-is_hard", "kind", f"{end}__name")[:200]
    )
    for edge in edges:
        edge.other = getattr(edge, end)
    return edges


def bars(parts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a confidence as rows with a bar's width (0 to 100) and tone."""
    return [
        part
        | {
            "width": round(100 * part["value"]),
            "tone": "good" if part["value"] >= 0.8 else "warn" if part["value"] >= 0.4 else "bad",
        }
        for part in parts.values()
    ]


@login_required
@require_safe
def file_page(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Show a file: each line with the atom that it begins in, LINES_A_PAGE at a time."""
    file = get_object_or_404(SourceFile.objects.select_related("masterplan"), pk=file_id)
    atoms = list(file.atoms.only("name", "status", "code", "source_file").order_by("position"))
    raw = bytes(file.raw) if file.raw is not None else b""
    binary = b"\0" in raw
    placed = [] if binary else _placed(file, atoms, raw)
    page: Page[PlacedLine] = Paginator(placed, LINES_A_PAGE).get_page(request.GET.get("page"))
    lines = [
        FileLine(line.number, line.html, atoms[line.piece] if atoms else None, line.first)
        for line in page
    ]
    context = {
        "file": file,
        "lines": lines,
        "page": page,
        "total": len(placed),
        "atom_count": len(atoms),
        "binary": binary,
        "size": len(raw),
    }
    return render(request, "atomization/file.html", context)


def _placed(file: SourceFile, atoms: list[AtomicUnit], raw: bytes) -> list[PlacedLine]:
    if file.language:
        return placed_lines([atom.code for atom in atoms], file.language)
    return placed_lines([raw.decode("utf-8", "surrogateescape")], file.path)
