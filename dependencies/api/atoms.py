"""What stands around one atom, over HTTP: what it needs, what needs it, what an edit reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atomization.models import AtomicUnit
from dependencies import selectors
from dependencies.api.flags import flag
from dependencies.api.serializers import (
    KINDS,
    ExplainedEdgeSerializer,
    ImpactRequest,
    ImpactSerializer,
    NeighbourPageSerializer,
    explained,
    node_of,
)
from dependencies.impact import Affected, Change
from dependencies.models import AtomDependency, DependencyGraph
from dependencies.selectors import End, Impact
from dependencies.selectors.graphs import EDGE_COLUMNS
from devmatrix.api_errors import find
from devmatrix.api_pagination import BoundedPagination

_GRAVITY: Final = (Change.GONE, Change.CONTRACT, Change.BODY, Change.ADDED)
PAGES: Final = [
    OpenApiParameter("limit", int, description="atoms at once, 50 unless told, 500 at most"),
    OpenApiParameter("offset", int, description="atoms to pass over"),
]


def atom_and_graph(atom_id: str) -> tuple[AtomicUnit, DependencyGraph]:
    """Return an atom and the current graph of its project; raises NotFound."""
    atoms = AtomicUnit.objects.select_related("source_file", "masterplan")
    atom = find(atoms.defer("source_file__raw", "contract", "context", "criteria"), atom_id)
    graph = selectors.current_graph(atom.masterplan)
    if graph is None:
        raise NotFound("The project of this atom has no dependency graph yet.")
    return atom, graph


def nodes_by_id(ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return atoms as nodes. One query."""
    atoms = AtomicUnit.objects.filter(pk__in=ids).select_related("source_file")
    shown = atoms.only(
        "name", "kind", "status", "wave_number", "loc", "complexity", "confidence", "cycle",
        "source_file__path",
    )  # fmt: skip
    return {atom.pk: node_of(atom) for atom in shown}


class _NeighboursView(APIView):
    """What can be reached from an atom in one direction."""

    end: ClassVar[End]

    def told(self, request: Request, atom_id: str) -> Response:
        """Give a page of atoms, the nearest first, each with the edges of the last step."""
        depth = self._depth(request)
        kinds = request.query_params.getlist("kind")
        unknown = [kind for kind in kinds if (kind, kind) not in KINDS]
        if unknown:
            raise ValidationError({"kind": f"There is no kind {unknown[0][:40]!r} of edges."})
        hard = flag(request, "hard")
        atom, graph = atom_and_graph(atom_id)
        found = selectors.closure_of(graph, atom, self.end, depth=depth, kinds=kinds, hard=hard)
        pages = BoundedPagination()
        shown = pages.paginate_queryset(found, request) or []
        links = selectors.links_of(
            graph, self.end, found=shown, nearer=found, start=atom.pk, kinds=kinds, hard=hard
        )
        nodes = nodes_by_id([one.atom_id for one in shown])
        return pages.get_paginated_response(
            [
                {
                    "atom": nodes[one.atom_id],
                    "depth": one.depth,
                    "edges": [explained(edge) for edge in links.get(one.atom_id, ())],
                }
                for one in shown
                if one.atom_id in nodes
            ]
        )

    def _depth(self, request: Request) -> int | None:
        text = request.query_params.get("depth", "1")
        if text == "all":
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 10) or int(text) < 1:
            raise ValidationError({"depth": f"It is {text[:40]!r} and must be 1, 2, … or all."})
        return int(text)


_NARROWED: Final = [
    OpenApiParameter("depth", str, description="over how many edges: 1 unless told, or all"),
    OpenApiParameter("kind", str, enum=[kind for kind, _ in KINDS], many=True),
    OpenApiParameter("hard", bool, description="true: hard edges only; false: the others"),
    *PAGES,
]


class DependenciesView(_NeighboursView):
    """List what an atom needs, directly or over other atoms."""

    end = End.DEPENDENCIES

    @extend_schema(
        operation_id="atoms_dependencies", parameters=_NARROWED, responses=NeighbourPageSerializer
    )
    def get(self, request: Request, atom_id: str) -> Response:
        """Give a page of atoms, the nearest first, each with the edges of the last step."""
        return self.told(request, atom_id)


class DependantsView(_NeighboursView):
    """List what needs an atom, directly or over other atoms."""

    end = End.DEPENDANTS

    @extend_schema(
        operation_id="atoms_dependants", parameters=_NARROWED, responses=NeighbourPageSerializer
    )
    def get(self, request: Request, atom_id: str) -> Response:
        """Give a page of atoms, the nearest first, each with the edges of the last step."""
        return self.told(request, atom_id)


class ImpactView(APIView):
    """Tell what an edit of an atom would invalidate; nothing is changed."""

    @extend_schema(
        operation_id="atoms_impact",
        parameters=[
            OpenApiParameter(
                "change",
                str,
                enum=[Change.BODY.value, Change.CONTRACT.value],
                description="what the edit does: contract unless told",
            ),
            *PAGES,
        ],
        responses=ImpactSerializer,
    )
    def get(self, request: Request, atom_id: str) -> Response:
        """Tell what any edit would invalidate that changes the body, or the contract."""
        change = request.query_params.get("change", Change.CONTRACT.value)
        if change not in {Change.BODY, Change.CONTRACT}:
            raise ValidationError(
                {"change": f"It is {change[:40]!r} and must be body or contract."}
            )
        atom, graph = atom_and_graph(atom_id)
        (impact,) = selectors.impact_of_change(graph, atom, Change(change))
        return Response(self._told(request, graph, impact))

    @extend_schema(
        operation_id="atoms_impact_of_code",
        parameters=PAGES,
        request=ImpactRequest,
        responses=ImpactSerializer,
    )
    def post(self, request: Request, atom_id: str) -> Response:
        """Compare contracts with a new text in the slot, and tell what it would invalidate."""
        asked = ImpactRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        atom, graph = atom_and_graph(atom_id)
        impact = selectors.impact_of_code(graph, atom, asked.validated_data["code"])
        return Response(self._told(request, graph, impact))

    def _told(self, request: Request, graph: DependencyGraph, impact: Impact) -> dict[str, Any]:
        pages = BoundedPagination()
        shown: list[Affected[str, Any]]
        shown = pages.paginate_queryset(list(impact.affected), request) or []
        nodes = nodes_by_id([UUID(one.atom) for one in shown])
        edges = self._edges(graph, [one.via.pk for one in shown])
        counts = impact.counts()
        page = pages.get_paginated_response(
            [
                {
                    "atom": nodes[UUID(one.atom)],
                    "stale": one.stale.value,
                    "depth": one.depth,
                    "via": explained(edges[one.via.pk]),
                }
                for one in shown
                if UUID(one.atom) in nodes and one.via.pk in edges
            ]
        )
        changes = {one.change for one in impact.changes}
        return {
            "change": next((one.value for one in _GRAVITY if one in changes), "none"),
            "changes": [
                {"name": one.name, "change": one.change.value, "parts": list(one.parts)}
                for one in impact.changes
            ],
            "syntax_faults": [
                {"line": fault.line, "column": fault.column, "message": fault.message}
                for fault in impact.faults
            ],
            "checks": counts["checks"],
            "tests": counts["tests"],
            "affected": page.data,
        }

    def _edges(self, graph: DependencyGraph, ids: Sequence[int]) -> Mapping[int, AtomDependency]:
        return (
            graph.edges.select_related("dependent__source_file", "dependency__source_file")
            .only(*EDGE_COLUMNS)
            .in_bulk(list(ids))
        )


class EdgeView(APIView):
    """Answer why an edge is there: file, line, the line of source, the chain of resolutions."""

    @extend_schema(operation_id="edges_retrieve", responses=ExplainedEdgeSerializer)
    def get(self, request: Request, edge_id: int) -> Response:
        """Give one edge with all that explains it."""
        edges = AtomDependency.objects.select_related(
            "dependent__source_file", "dependency__source_file"
        ).only(*EDGE_COLUMNS)
        return Response(explained(find(edges, edge_id)))
