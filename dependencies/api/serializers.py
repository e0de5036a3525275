"""What graphs, waves, edges and their neighbours look like as data.

Rows that come by the ten thousand are made into plain data by hand, as serializers take ten times
as long; the classes describe them to those who read the schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from atomization.api import KINDS as ATOM_KINDS
from atomization.api import SourceCodeField, SyntaxFaultSerializer
from atomization.models import AtomicUnit
from dependencies.edges import EdgeKind
from dependencies.impact import Change, Stale
from dependencies.models import AtomDependency, DependencyGraph, ExecutionWave
from dependencies.selectors import AtomRow
from dependencies.selectors.ids import hyphened
from dependencies.wave_generator import BoundaryKind

KINDS = [(item.value, item.value) for item in EdgeKind]
STALE = [(item.value, item.value) for item in Stale]
CHANGES = [(item.value, item.value) for item in Change]
EFFECTS = [("none", "none"), *CHANGES]
BOUNDARIES = [(item.value, item.value) for item in BoundaryKind]


class EdgeCountSerializer(serializers.Serializer[Any]):
    """How many edges of one kind there are."""

    hard = serializers.IntegerField()
    total = serializers.IntegerField()


class SpeedUpSerializer(serializers.Serializer[Any]):
    """How many times faster the atoms can be made side by side than one after the other."""

    parallelism = serializers.FloatField(
        help_text="atoms by the longest chain: any number of slots"
    )
    slots = serializers.IntegerField(help_text="how many are made at a time in what follows")
    best = serializers.FloatField(help_text="what no schedule exceeds")
    guaranteed = serializers.FloatField(help_text="what every list schedule reaches (Graham)")
    actual = serializers.FloatField(help_text="what the schedule reaches")


class ProblemSerializer(serializers.Serializer[Any]):
    """A place that was not analyzed, and why."""

    path = serializers.CharField()
    line = serializers.IntegerField()
    message = serializers.CharField()


class GraphSummarySerializer(serializers.ModelSerializer[DependencyGraph]):
    """One analysis of a project in a list."""

    class Meta:
        model = DependencyGraph
        fields: tuple[str, ...] = (
            "id",
            "masterplan",
            "policy",
            "is_current",
            "node_count",
            "edge_count",
            "hard_edge_count",
            "wave_count",
            "created_at",
        )
        read_only_fields = fields


class GraphSerializer(GraphSummarySerializer):
    """One analysis of a project; atoms are named by their ids."""

    cycles = serializers.ListField(child=serializers.ListField(child=serializers.UUIDField()))
    critical_path = serializers.ListField(child=serializers.UUIDField())
    edges_by_kind = serializers.DictField(child=serializers.IntegerField())
    hard_edges_by_kind = serializers.DictField(child=serializers.IntegerField())
    speed_up = SpeedUpSerializer(
        required=False, help_text="empty in graphs made before it was kept"
    )
    problems = ProblemSerializer(many=True, help_text="what was not analyzed, the first 500")

    class Meta(GraphSummarySerializer.Meta):
        fields = (
            *GraphSummarySerializer.Meta.fields,
            "edges_by_kind",
            "hard_edges_by_kind",
            "cycles",
            "critical_path",
            "speed_up",
            "min_confidence",
            "unsure_count",
            "problems",
            "problem_count",
        )
        read_only_fields = fields


class WaveAtomSerializer(serializers.Serializer[Any]):
    """An atom as a member of a wave."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=ATOM_KINDS)
    status = serializers.ChoiceField(choices=AtomicUnit.Status.choices)


class BoundarySerializer(serializers.Serializer[Any]):
    """What is whole once a wave is done, so that it can be validated."""

    kind = serializers.ChoiceField(choices=BOUNDARIES)
    name = serializers.CharField(help_text="a file, a folder, or the key of an atom")
    atoms = serializers.IntegerField(help_text="in the file or folder; dependents of the atom")


class WaveSerializer(serializers.ModelSerializer[ExecutionWave]):
    """One wave; `atoms` is null in a graph that is no longer the current one."""

    atoms = WaveAtomSerializer(many=True, allow_null=True)
    boundaries = BoundarySerializer(many=True)

    class Meta:
        model = ExecutionWave
        fields = (
            "number",
            "status",
            "total_atoms",
            "atoms_to_generate",
            "started_at",
            "completed_at",
            "boundaries",
            "atoms",
        )
        read_only_fields = fields


class NodeSerializer(WaveAtomSerializer):
    """An atom as a node."""

    wave = serializers.IntegerField(allow_null=True)
    cycle = serializers.IntegerField(allow_null=True)
    loc = serializers.IntegerField()
    complexity = serializers.IntegerField()
    confidence = serializers.FloatField(allow_null=True)


class EdgeSerializer(serializers.Serializer[Any]):
    """A typed edge, dependent → dependency; why it is there is at edges/{id}."""

    id = serializers.IntegerField()
    dependent = serializers.UUIDField()
    dependency = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    is_hard = serializers.BooleanField(help_text="the dependency's code must exist first")
    orders_generation = serializers.BooleanField()
    strength = serializers.FloatField()
    confidence = serializers.FloatField()
    line = serializers.IntegerField(allow_null=True, help_text="in the dependent's file")
    reason = serializers.CharField()
    resolved_by = serializers.CharField()


class LaneSerializer(serializers.Serializer[Any]):
    """The ids of the atoms of one wave."""

    number = serializers.IntegerField()
    atoms = serializers.ListField(child=serializers.UUIDField())


class VisualizationSerializer(serializers.Serializer[Any]):
    """A window of the graph: its nodes, the edges that leave them, and the waves they are in.

    Each node and each edge is in exactly one of the windows that `next` leads through; an edge may
    lead to a node of another window.
    """

    count = serializers.IntegerField(help_text="nodes of the whole graph")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    nodes = NodeSerializer(many=True)
    edges = EdgeSerializer(many=True)
    waves = LaneSerializer(many=True)


class StepSerializer(serializers.Serializer[Any]):
    """One step from a use to what it means; `text` is the line as it stood when analyzed."""

    what = serializers.CharField()
    path = serializers.CharField()
    line = serializers.IntegerField()
    text = serializers.CharField(allow_blank=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """Where in the dependent's file the edge comes from."""

    path = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    text = serializers.CharField(allow_blank=True, help_text="the line of source")


class ExplainedEdgeSerializer(serializers.Serializer[Any]):
    """An edge with all that answers why it is there."""

    id = serializers.IntegerField()
    graph = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    is_hard = serializers.BooleanField(help_text="the dependency's code must exist first")
    orders_generation = serializers.BooleanField()
    strength = serializers.FloatField()
    confidence = serializers.FloatField()
    resolved_by = serializers.CharField()
    reason = serializers.CharField()
    place = PlaceSerializer()
    dependent = NodeSerializer()
    dependency = NodeSerializer()
    chain = StepSerializer(many=True)


class _PageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class CycleSerializer(serializers.Serializer[Any]):
    """A group of atoms that need each other, and the edges that make it one."""

    number = serializers.IntegerField()
    atoms = serializers.ListField(child=serializers.UUIDField())
    made_as_one = serializers.BooleanField(help_text="tied when made, not only when tested")
    edge_count = serializers.IntegerField()
    edges = ExplainedEdgeSerializer(many=True, help_text="the first 100")


class CyclePageSerializer(_PageSerializer):
    """Cycles, a page of them."""

    results = CycleSerializer(many=True)


class NeighbourSerializer(serializers.Serializer[Any]):
    """An atom that is reached, over how many edges, and the edges of the last step."""

    atom = NodeSerializer()
    depth = serializers.IntegerField()
    edges = ExplainedEdgeSerializer(many=True)


class NeighbourPageSerializer(_PageSerializer):
    """Neighbours, a page of them, the nearest first."""

    results = NeighbourSerializer(many=True)


class ImpactRequest(serializers.Serializer[Any]):
    """The text that would be put in the atom's slot."""

    code = SourceCodeField()


class AtomChangeSerializer(serializers.Serializer[Any]):
    """What happens to an atom of the edited file."""

    name = serializers.CharField()
    change = serializers.ChoiceField(choices=CHANGES)
    parts = serializers.ListField(
        child=serializers.CharField(), help_text="of the contract, that are not what they were"
    )


class AffectedSerializer(serializers.Serializer[Any]):
    """An atom that the edit reaches."""

    atom = NodeSerializer()
    stale = serializers.ChoiceField(
        choices=STALE, help_text="checks: static checks and tests; tests: the tests alone"
    )
    depth = serializers.IntegerField(help_text="edges between the edit and this atom")
    via = ExplainedEdgeSerializer(help_text="the edge over which it is reached")


class AffectedPageSerializer(_PageSerializer):
    """Affected atoms, a page of them, the nearest first."""

    results = AffectedSerializer(many=True)


class ImpactSerializer(serializers.Serializer[Any]):
    """What an edit would change and invalidate."""

    change = serializers.ChoiceField(choices=EFFECTS, help_text="the gravest of the changes")
    changes = AtomChangeSerializer(many=True)
    syntax_faults = SyntaxFaultSerializer(many=True, help_text="what the language would refuse")
    checks = serializers.IntegerField(help_text="atoms whose static checks and tests are stale")
    tests = serializers.IntegerField(help_text="atoms whose tests alone are stale")
    affected = AffectedPageSerializer()


# -- rows as plain data -----------------------------------------------------------------------


def wave_atom(atom: AtomRow) -> dict[str, Any]:
    """Give an atom as a member of a wave."""
    return {"id": str(atom.id), "key": atom.key, "kind": atom.kind, "status": atom.status}


def node(atom: AtomRow) -> dict[str, Any]:
    """Give an atom as a node."""
    return {
        **wave_atom(atom),
        "wave": atom.wave,
        "cycle": atom.cycle,
        "loc": atom.loc,
        "complexity": atom.complexity,
        "confidence": atom.confidence,
    }


def node_of(atom: AtomicUnit) -> dict[str, Any]:
    """Give an atom's row as a node."""
    return node(
        AtomRow(
            atom.pk,
            atom.source_file.path,
            atom.name,
            atom.kind,
            atom.status,
            atom.wave_number,
            atom.loc,
            atom.complexity,
            atom.confidence,
            atom.cycle,
        )
    )


def edge_rows(rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Give edges as plain data, from the tuples of `selectors.edges_in`."""
    return [
        {
            "id": pk,
            "dependent": hyphened(dependent),
            "dependency": hyphened(dependency),
            "kind": kind,
            "is_hard": hard,
            "orders_generation": orders,
            "strength": strength,
            "confidence": confidence,
            "line": line,
            "reason": reason,
            "resolved_by": resolved_by,
        }
        for (
            pk,
            dependent,
            dependency,
            kind,
            hard,
            orders,
            strength,
            confidence,
            line,
            reason,
            resolved_by,
        ) in rows
    ]


def explained(edge: AtomDependency) -> dict[str, Any]:
    """Give an edge with all that answers why it is there."""
    return {
        "id": edge.pk,
        "graph": str(edge.graph_id),
        "kind": edge.kind,
        "is_hard": edge.is_hard,
        "orders_generation": edge.orders_generation,
        "strength": edge.strength,
        "confidence": edge.confidence,
        "resolved_by": edge.resolved_by,
        "reason": edge.reason,
        "place": {"path": edge.dependent.source_file.path, "line": edge.line, "text": edge.text},
        "dependent": node_of(edge.dependent),
        "dependency": node_of(edge.dependency),
        "chain": edge.chain,
    }
