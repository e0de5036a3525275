"""The page of a project's graph: the board of waves, an atom in it, and why its edges are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from atomization.models import AtomicUnit
from atomization.presentation import visible
from dependencies import selectors
from dependencies.impact import Change
from dependencies.models import AtomDependency, DependencyGraph
from dependencies.selectors import End, Impact, Window
from dependencies.selectors.graphs import EDGE_COLUMNS
from dependencies.wave_board import Line, Square, draw
from devmatrix.masterplans.models import MasterPlan

BOARD: Final = 2_000
EDGES_SHOWN: Final = 100
CYCLES_SHOWN: Final = 10
CYCLE_EDGES_SHOWN: Final = 20
CHAIN_SHOWN: Final = 50
AFFECTED_SHOWN: Final = 30
FOUND_SHOWN: Final = 30


@login_required
@require_safe
def graph_page(request: HttpRequest, masterplan_id: UUID) -> HttpResponse:
    """Show the current graph of a project; `atom` chooses one, `text` looks for some."""
    plan = get_object_or_404(MasterPlan, pk=masterplan_id)
    graph = selectors.current_graph(plan)
    context: dict[str, Any] = {"section": "projects", "plan": plan, "graph": graph}
    if graph is not None:
        chosen = _chosen(graph, request.GET.get("atom"))
        text = request.GET.get("text", "").strip()[:200]
        context |= {
            **_board(request, graph, chosen),
            **_figures(graph),
            "text": text,
            "matches": _matches(graph, text) if text else [],
            "chosen": chosen,
            "around": _around(graph, chosen) if chosen is not None else None,
        }
    return render(request, "dependencies/graph.html", context)


def _chosen(graph: DependencyGraph, key: str | None) -> AtomicUnit | None:
    if not key:
        return None
    atoms = AtomicUnit.objects.filter(masterplan_id=graph.masterplan_id)
    try:
        return atoms.select_related("source_file").defer("source_file__raw").get(pk=key)
    except (AtomicUnit.DoesNotExist, ValidationError, ValueError) as error:
        raise Http404("There is no such atom in this project.") from error


# -- the board ------------------------------------------------------------------------------------


def _board(
    request: HttpRequest, graph: DependencyGraph, chosen: AtomicUnit | None
) -> dict[str, Any]:
    """Draw the part of the board that was asked for, or the one that the chosen atom is in."""
    number = request.GET.get("page")
    count = AtomicUnit.objects.filter(masterplan_id=graph.masterplan_id).count()
    if number is None and chosen is not None and count > BOARD:
        number = str(selectors.place_of(graph, chosen) // BOARD + 1)
    page: Page[int] = Paginator(range(count), BOARD).get_page(number)
    window = Window((page.number - 1) * BOARD, BOARD)
    atoms, _ = selectors.atoms_in(graph, window)
    here = {"page": str(page.number)} if page.paginator.num_pages > 1 else {}
    squares = [
        Square(
            str(atom.id),
            atom.wave,
            atom.status,
            visible(atom.key),
            f"?{urlencode({**here, 'atom': str(atom.id)})}#chosen",
        )
        for atom in atoms
    ]
    picture = draw(
        squares,
        chosen=str(chosen.pk) if chosen is not None else None,
        lines=_lines(graph, chosen, {atom.id for atom in atoms}) if chosen is not None else [],
        chain=graph.critical_path,
        tied={str(atom.id) for atom in atoms if atom.cycle is not None},
        caption=window.caption(len(atoms), count),
        legend=True,
    )
    return {"board": _safe(picture), "page": page, "caption": window.caption(len(atoms), count)}


def _lines(graph: DependencyGraph, atom: AtomicUnit, shown: set[UUID]) -> list[Line]:
    edges = graph.edges.filter(Q(dependent=atom) | Q(dependency=atom)).values_list(
        "dependent_id", "dependency_id", "is_hard"
    )
    return [
        Line(str(dependent), str(dependency), hard)
        for dependent, dependency, hard in edges
        if dependent in shown and dependency in shown
    ]


def _safe(picture: str) -> SafeString:
    return mark_safe(picture)  # noqa: S308 - draw() escapes every name


# -- the graph as a whole -------------------------------------------------------------------------


def _figures(graph: DependencyGraph) -> dict[str, Any]:
    cycles = list(range(1, len(graph.cycles) + 1))
    chain = graph.critical_path[:CHAIN_SHOWN]
    atoms = _by_id(chain)
    return {
        "kinds": [
            (kind, hard, total - hard, total)
            for kind, (hard, total) in selectors.edges_by_kind(graph).items()
        ],
        "waves": list(graph.waves.all()),
        "chain": [atoms[key] for key in chain if key in atoms],
        "more_chain": max(0, len(graph.critical_path) - CHAIN_SHOWN),
        "cycles": selectors.cycle_rows(
            graph, numbers=cycles[:CYCLES_SHOWN], most=CYCLE_EDGES_SHOWN
        ),
        "more_cycles": max(0, len(cycles) - CYCLES_SHOWN),
        "more_problems": max(0, graph.problem_count - len(graph.problems)),
    }


def _by_id(ids: list[str]) -> dict[str, AtomicUnit]:
    atoms = AtomicUnit.objects.filter(pk__in=ids).select_related("source_file")
    found = atoms.only("name", "status", "wave_number", "source_file__path")
    return {str(atom.pk): atom for atom in found}


def _matches(graph: DependencyGraph, text: str) -> list[AtomicUnit]:
    path, separator, name = text.rpartition("::")
    wanted = (
        Q(source_file__path__icontains=path, name__icontains=name)
        if separator
        else Q(name__icontains=text) | Q(source_file__path__icontains=text)
    )
    atoms = AtomicUnit.objects.filter(wanted, masterplan_id=graph.masterplan_id)
    found = atoms.select_related("source_file").only(
        "name", "kind", "status", "wave_number", "source_file__path"
    )
    return list(found.order_by("name", "source_file__path")[:FOUND_SHOWN])


# -- one atom -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """What one sort of edit would invalidate: counts, and the nearest atoms."""

    title: str
    checks: int
    tests: int
    nearest: list[tuple[AtomicUnit, str, int]]
    more: int


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the chosen atom; `more` edges than these are not shown."""

    needs: list[AtomDependency]
    more_needs: int
    needed_by: list[AtomDependency]
    more_needed_by: int
    reaches: list[Reach]


def _around(graph: DependencyGraph, atom: AtomicUnit) -> Around:
    needs, more_needs = _edges(graph, atom, End.DEPENDENCIES)
    needed_by, more_needed_by = _edges(graph, atom, End.DEPENDANTS)
    return Around(
        needs,
        more_needs,
        needed_by,
        more_needed_by,
        [
            _reach(title, impact)
            for title, impact in zip(
                ("If only its body changes", "If its contract changes"),
                selectors.impact_of_change(graph, atom, Change.BODY, Change.CONTRACT),
                strict=True,
            )
        ],
    )


def _edges(graph: DependencyGraph, atom: AtomicUnit, end: End) -> tuple[list[AtomDependency], int]:
    edges = graph.edges.filter(**{end.other.value: atom})
    found = list(
        edges.select_related("dependent__source_file", "dependency__source_file")
        .only(*EDGE_COLUMNS)
        .order_by("-is_hard", "kind", f"{end.value}__name", "pk")[: EDGES_SHOWN + 1]
    )
    more = edges.count() - EDGES_SHOWN if len(found) > EDGES_SHOWN else 0
    for edge in found:
        edge.other = getattr(edge, end.value)  # type: ignore[attr-defined]
    return found[:EDGES_SHOWN], more


def _reach(title: str, impact: Impact) -> Reach:
    counts = impact.counts()
    shown = [(str(UUID(one.atom)), one) for one in impact.affected[:AFFECTED_SHOWN]]
    atoms = _by_id([key for key, _ in shown])
    nearest = [(atoms[key], one.stale.value, one.depth) for key, one in shown if key in atoms]
    more = len(impact.affected) - len(shown)
    return Reach(title, counts["checks"], counts["tests"], nearest, more)
