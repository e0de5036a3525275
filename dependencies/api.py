"""Graphs and waves over HTTP: figures, lanes, nodes and edges, and a picture."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atomization.api import KINDS as ATOM_KINDS
from atomization.models import AtomicUnit
from dependencies.analyzer import EdgeKind
from dependencies.models import AtomDependency, DependencyGraph, ExecutionWave
from dependencies.wave_board import Line, Square, draw
from devmatrix.api_errors import Conflict, find

KINDS = [(item.value, item.value) for item in EdgeKind]
EDGE_FIELDS = (
    "dependent_id",
    "dependency_id",
    "kind",
    "is_hard",
    "orders_generation",
    "strength",
    "confidence",
    "line",
    "reason",
    "resolved_by",
)


class GraphSerializer(serializers.ModelSerializer[DependencyGraph]):
    """One analysis of a project; atoms are named by their ids."""

    cycles = serializers.ListField(child=serializers.ListField(child=serializers.UUIDField()))
    critical_path = serializers.ListField(child=serializers.UUIDField())
    edges_by_kind = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = DependencyGraph
        fields = (
            "id",
            "masterplan",
            "policy",
            "is_current",
            "node_count",
            "edge_count",
            "hard_edge_count",
            "wave_count",
            "edges_by_kind",
            "cycles",
            "critical_path",
            "created_at",
        )
        read_only_fields = fields


class GraphView(APIView):
    """Read the figures of one graph."""

    @extend_schema(operation_id="graphs_retrieve", responses=GraphSerializer)
    def get(self, request: Request, graph_id: str) -> Response:
        graph = find(DependencyGraph.objects.all(), graph_id)
        kinds = graph.edges.order_by().values_list("kind").annotate(number=Count("pk"))
        graph.edges_by_kind = dict(kinds)  # type: ignore[attr-defined]
        return Response(GraphSerializer(graph).data)


class WaveAtomSerializer(serializers.Serializer[Any]):
    """An atom as a member of a wave."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=ATOM_KINDS)
    status = serializers.ChoiceField(choices=AtomicUnit.Status.choices)


class WaveSerializer(serializers.ModelSerializer[ExecutionWave]):
    """One wave; `atoms` is null in a graph that is no longer the current one."""

    atoms = WaveAtomSerializer(many=True, allow_null=True)

    class Meta:
        model = ExecutionWave
        fields = (
            "number",
            "status",
            "total_atoms",
            "atoms_to_generate",
            "started_at",
            "completed_at",
            "atoms",
        )
        read_only_fields = fields


def atoms_of(graph: DependencyGraph) -> list[dict[str, Any]]:
    """Return the atoms of the graph's project as plain data, in order of wave and place."""
    rows = (
        AtomicUnit.objects.filter(masterplan_id=graph.masterplan_id)
        .order_by("wave_number", "source_file__path", "position")
        .values_list(
            "id",
            "source_file__path",
            "name",
            "kind",
            "status",
            "wave_number",
            "loc",
            "complexity",
            "confidence",
        )
    )
    return [
        {
            "id": pk,
            "key": f"{path}::{name}",
            "kind": kind,
            "status": status,
            "wave": wave,
            "loc": loc,
            "complexity": complexity,
            "confidence": confidence,
        }
        for pk, path, name, kind, status, wave, loc, complexity, confidence in rows
    ]


class WavesView(APIView):
    """List the waves of a graph with their atoms."""

    @extend_schema(operation_id="graphs_waves", responses=WaveSerializer(many=True))
    def get(self, request: Request, graph_id: str) -> Response:
        graph = find(DependencyGraph.objects.all(), graph_id)
        waves = list(graph.waves.order_by("number"))
        lanes: dict[int | None, list[dict[str, Any]]] = {}
        for atom in atoms_of(graph) if graph.is_current else ():
            lanes.setdefault(atom["wave"], []).append(atom)
        for wave in waves:
            wave.atoms = lanes.get(wave.number, []) if graph.is_current else None  # type: ignore[attr-defined]
        return Response(WaveSerializer(waves, many=True).data)


class NodeSerializer(WaveAtomSerializer):
    """An atom as a node."""

    wave = serializers.IntegerField(allow_null=True)
    loc = serializers.IntegerField()
    complexity = serializers.IntegerField()
    confidence = serializers.FloatField(allow_null=True)


class EdgeSerializer(serializers.ModelSerializer[AtomDependency]):
    """A typed edge, dependent → dependency."""

    dependent = serializers.UUIDField(source="dependent_id")
    dependency = serializers.UUIDField(source="dependency_id")

    class Meta:
        model = AtomDependency
        fields = ("dependent", "dependency", *EDGE_FIELDS[2:])
        read_only_fields = fields


class LaneSerializer(serializers.Serializer[Any]):
    """The ids of the atoms of one wave."""

    number = serializers.IntegerField()
    atoms = serializers.ListField(child=serializers.UUIDField())


class VisualizationSerializer(serializers.Serializer[Any]):
    """Everything that a drawing of the graph needs."""

    nodes = NodeSerializer(many=True)
    edges = EdgeSerializer(many=True)
    waves = LaneSerializer(many=True)


class VisualizeView(APIView):
    """Give the current graph as nodes, edges and waves, or as an SVG wave board."""

    @extend_schema(
        operation_id="graphs_visualize",
        parameters=[
            OpenApiParameter("as", str, enum=["json", "svg"], description="json unless told"),
            OpenApiParameter("atom", OpenApiTypes.UUID, description="svg: draw this atom's edges"),
        ],
        responses={
            (200, "application/json"): VisualizationSerializer,
            (200, "image/svg+xml"): OpenApiTypes.STR,
            409: OpenApiResponse(description="The graph was replaced by a newer one."),
        },
    )
    def get(self, request: Request, graph_id: str) -> Response | HttpResponse:
        wanted = request.query_params.get("as", "json")
        if wanted not in {"json", "svg"}:
            raise ValidationError({"as": f"It is {wanted!r} and must be json or svg."})
        graph = find(DependencyGraph.objects.all(), graph_id)
        if not graph.is_current:
            raise Conflict("This graph was replaced by a newer one; ask for the current graph.")
        atoms = atoms_of(graph)
        if wanted == "svg":
            return self._picture(graph, atoms, request.query_params.get("atom"))
        lanes: dict[int, list[Any]] = {}
        for atom in atoms:
            if atom["wave"] is not None:
                lanes.setdefault(atom["wave"], []).append(atom["id"])
        data = {
            "nodes": atoms,
            "edges": graph.edges.order_by("pk").values(*EDGE_FIELDS),
            "waves": [{"number": number, "atoms": ids} for number, ids in lanes.items()],
        }
        return Response(VisualizationSerializer(data).data)

    def _picture(
        self, graph: DependencyGraph, atoms: list[dict[str, Any]], atom_id: str | None
    ) -> HttpResponse:
        keys = {atom["id"]: atom["key"] for atom in atoms}
        squares = [Square(atom["key"], atom["wave"], atom["status"]) for atom in atoms]
        chosen, lines = None, []
        if atom_id is not None:
            atom = find(AtomicUnit.objects.filter(masterplan_id=graph.masterplan_id), atom_id)
            chosen = keys[atom.pk]
            edges = graph.edges.filter(Q(dependent=atom) | Q(dependency=atom))
            lines = [
                Line(keys[edge.dependent_id], keys[edge.dependency_id], edge.is_hard)
                for edge in edges
            ]
        return HttpResponse(
            draw(squares, chosen=chosen, lines=lines), content_type="image/svg+xml; charset=utf-8"
        )
