"""Graphs and waves over HTTP: figures, lanes, nodes and edges, cycles, and a picture."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atomization.models import AtomicUnit
from atomization.presentation import visible
from dependencies import selectors
from dependencies.api.flags import flag
from dependencies.api.serializers import (
    CyclePageSerializer,
    GraphSerializer,
    GraphSummarySerializer,
    VisualizationSerializer,
    WaveSerializer,
    edge_rows,
    explained,
    node,
    wave_atom,
)
from dependencies.api.windows import PARAMETERS, Neighbouring, around, window_of
from dependencies.models import DependencyGraph
from dependencies.selectors import AtomRow, Window
from dependencies.wave_board import Line, Square, draw
from devmatrix.api_errors import Conflict, find
from devmatrix.api_pagination import BoundedPagination

CYCLE_EDGES = 100


@extend_schema(
    parameters=[
        OpenApiParameter("masterplan", OpenApiTypes.UUID, description="of this project only"),
        OpenApiParameter("current", bool, description="true: only those that count now"),
    ]
)
class GraphsView(ListAPIView[DependencyGraph]):
    """List analyses, newest first; of a project the current one is what counts."""

    serializer_class = GraphSummarySerializer

    def get_queryset(self) -> QuerySet[DependencyGraph]:
        """Narrow the list by the query."""
        graphs = DependencyGraph.objects.order_by("-created_at", "pk")
        plan = self.request.query_params.get("masterplan")
        if plan is not None:
            try:
                graphs = graphs.filter(masterplan_id=plan)
            except (ValueError, TypeError, DjangoValidationError) as error:
                raise ValidationError({"masterplan": f"{plan[:40]!r} is no id."}) from error
        if flag(self.request, "current"):
            graphs = graphs.filter(is_current=True)
        return graphs


class GraphView(APIView):
    """Read the figures of one graph."""

    @extend_schema(operation_id="graphs_retrieve", responses=GraphSerializer)
    def get(self, request: Request, graph_id: str) -> Response:
        """Give figures, cycles, the longest chain, and what was not analyzed."""
        graph: Any = find(DependencyGraph.objects.all(), graph_id)
        counts = selectors.edges_by_kind(graph)
        graph.edges_by_kind = {kind: total for kind, (_, total) in counts.items()}
        graph.hard_edges_by_kind = {kind: hard for kind, (hard, _) in counts.items()}
        graph.speed_up = graph.speed_up or None
        return Response(GraphSerializer(graph).data)


class WavesView(APIView):
    """List the waves of a graph with their atoms."""

    @extend_schema(
        operation_id="graphs_waves", parameters=PARAMETERS, responses=WaveSerializer(many=True)
    )
    def get(self, request: Request, graph_id: str) -> Response:
        """Give all waves, each with those of its atoms that are in the window.

        Where there are more atoms, the header Link names the next window.
        """
        window = window_of(request)
        graph = find(DependencyGraph.objects.all(), graph_id)
        waves: list[Any] = list(graph.waves.order_by("number"))
        atoms, count = selectors.atoms_in(graph, window) if graph.is_current else ([], 0)
        lanes = selectors.lanes_of(atoms)
        for wave in waves:
            wave.atoms = None
        data = WaveSerializer(waves, many=True).data
        if not graph.is_current:
            return Response(data)
        for row in data:
            row["atoms"] = [wave_atom(atom) for atom in lanes.get(row["number"], [])]
        return Response(data, headers=around(request, window, count).headers)


class VisualizeView(APIView):
    """Give the current graph as nodes, edges and waves, or as an SVG wave board."""

    @extend_schema(
        operation_id="graphs_visualize",
        parameters=[
            OpenApiParameter("as", str, enum=["json", "svg"], description="json unless told"),
            OpenApiParameter("atom", OpenApiTypes.UUID, description="svg: draw this atom's edges"),
            *PARAMETERS,
        ],
        responses={
            (200, "application/json"): VisualizationSerializer,
            (200, "image/svg+xml"): OpenApiTypes.STR,
            409: OpenApiResponse(description="The graph was replaced by a newer one."),
        },
    )
    def get(self, request: Request, graph_id: str) -> Response | HttpResponse:
        """Give a window of the graph; `next` and the header Link lead to the following one."""
        wanted = request.query_params.get("as", "json")
        if wanted not in {"json", "svg"}:
            raise ValidationError({"as": f"It is {wanted[:40]!r} and must be json or svg."})
        window = window_of(request)
        graph = find(DependencyGraph.objects.all(), graph_id)
        if not graph.is_current:
            raise Conflict("This graph was replaced by a newer one; ask for the current graph.")
        atoms, count = selectors.atoms_in(graph, window)
        near = around(request, window, count)
        if wanted == "svg":
            chosen = request.query_params.get("atom")
            return self._picture(graph, atoms, window, near, chosen)
        data = {
            "count": count,
            "next": near.next,
            "previous": near.previous,
            "nodes": [node(atom) for atom in atoms],
            "edges": edge_rows(selectors.edges_in(graph, window, count)),
            "waves": [
                {"number": number, "atoms": [str(atom.id) for atom in lane]}
                for number, lane in selectors.lanes_of(atoms).items()
            ],
        }
        return Response(data, headers=near.headers)

    def _picture(
        self,
        graph: DependencyGraph,
        atoms: list[AtomRow],
        window: Window,
        near: Neighbouring,
        atom_id: str | None,
    ) -> HttpResponse:
        shown = {atom.id for atom in atoms}
        chosen, lines = None, []
        if atom_id is not None:
            atom = find(AtomicUnit.objects.filter(masterplan_id=graph.masterplan_id), atom_id)
            chosen = str(atom.pk)
            edges = graph.edges.filter(Q(dependent=atom) | Q(dependency=atom))
            lines = [
                Line(str(edge.dependent_id), str(edge.dependency_id), edge.is_hard)
                for edge in edges.defer("chain", "reason")
                if edge.dependent_id in shown and edge.dependency_id in shown
            ]
        picture = draw(
            [Square(str(atom.id), atom.wave, atom.status, visible(atom.key)) for atom in atoms],
            chosen=chosen,
            lines=lines,
            caption=window.caption(len(atoms), near.count),
        )
        return HttpResponse(
            picture, content_type="image/svg+xml; charset=utf-8", headers=near.headers
        )


class CyclesView(APIView):
    """List the cycles of a graph with the edges that make them, and why these are there."""

    @extend_schema(
        operation_id="graphs_cycles",
        parameters=[
            OpenApiParameter("limit", int, description="cycles at once, 50 unless told"),
            OpenApiParameter("offset", int, description="cycles to pass over"),
        ],
        responses=CyclePageSerializer,
    )
    def get(self, request: Request, graph_id: str) -> Response:
        """Give a page of cycles, in the order of their first atoms."""
        graph = find(DependencyGraph.objects.all(), graph_id)
        pages = BoundedPagination()
        numbers = pages.paginate_queryset(range(1, len(graph.cycles) + 1), request)
        rows = selectors.cycle_rows(graph, numbers=numbers or [], most=CYCLE_EDGES)
        return pages.get_paginated_response(
            [
                {
                    "number": row.number,
                    "atoms": list(row.atoms),
                    "made_as_one": row.tied,
                    "edge_count": row.edge_count,
                    "edges": [explained(edge) for edge in row.edges],
                }
                for row in rows
            ]
        )
