"""A part of a graph at a time: atoms in the order of waves and places, and the edges from them.

Every atom and every edge is in exactly one of the windows that follow each other, so that a graph
of any size can be read in answers of a bounded size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from atomization.models import AtomicUnit
from dependencies.models import DependencyGraph
from dependencies.selectors.ids import as_text, stored

MAX_WINDOW: Final = 10_000
_EDGE_FIELDS: Final = (
    "id",
    "dependent_text",
    "dependency_text",
    "kind",
    "is_hard",
    "orders_generation",
    "strength",
    "confidence",
    "line",
    "reason",
    "resolved_by",
)


@dataclass(frozen=True, slots=True)
class Window:
    """So many atoms from a place on."""

    offset: int = 0
    limit: int = MAX_WINDOW

    def whole(self, count: int) -> bool:
        """Tell whether the window shows all of so many atoms."""
        return self.offset == 0 and self.limit >= count

    def caption(self, shown: int, count: int) -> str:
        """Say which of so many atoms are shown; empty where all are."""
        if self.whole(count):
            return ""
        return f"atoms {self.offset + 1:,} to {self.offset + shown:,} of {count:,}"


class AtomRow(NamedTuple):
    """An atom as a node."""

    id: UUID
    path: str
    name: str
    kind: str
    status: str
    wave: int | None
    loc: int
    complexity: int
    confidence: float | None
    cycle: int | None

    @property
    def key(self) -> str:
        """Give the atom's key."""
        return f"{self.path}::{self.name}"


def _ordered(graph: DependencyGraph) -> QuerySet[AtomicUnit]:
    return AtomicUnit.objects.filter(masterplan_id=graph.masterplan_id).order_by(
        F("wave_number").asc(nulls_last=True), "source_file__path", "position"
    )


def atoms_in(graph: DependencyGraph, window: Window) -> tuple[list[AtomRow], int]:
    """Return the atoms of a window of the current graph, and how many there are. Two queries."""
    atoms = _ordered(graph)
    rows = atoms.values_list(
        "id",
        "source_file__path",
        "name",
        "kind",
        "status",
        "wave_number",
        "loc",
        "complexity",
        "confidence",
        "cycle",
    )
    found = [AtomRow(*row) for row in rows[window.offset : window.offset + window.limit]]
    if window.offset == 0 and len(found) < window.limit:
        return found, len(found)
    return found, atoms.count()


def edges_in(graph: DependencyGraph, window: Window, count: int) -> Iterable[tuple[Any, ...]]:
    """Return the edges whose dependent is in a window of `count` atoms. One query.

    Each is a tuple: id, the ids of dependent and dependency as text (`ids.hyphened`), kind, whether
    it is hard, whether it orders generation, strength, confidence, line, reason, resolved by.
    """
    edges = graph.edges.all()
    if not window.whole(count):
        atoms = _ordered(graph).values("pk")[window.offset : window.offset + window.limit]
        edges = edges.filter(dependent__in=atoms)
    texts = {f"{end}_text": as_text(f"{end}_id") for end in ("dependent", "dependency")}
    return edges.order_by("pk").annotate(**texts).values_list(*_EDGE_FIELDS)


def lanes_of(atoms: Iterable[AtomRow]) -> dict[int, list[AtomRow]]:
    """Sort atoms by wave, in order; atoms in no wave are left out."""
    lanes: dict[int, list[AtomRow]] = {}
    for atom in atoms:
        if atom.wave is not None:
            lanes.setdefault(atom.wave, []).append(atom)
    return lanes


def place_of(graph: DependencyGraph, atom: AtomicUnit) -> int:
    """Return how many atoms come before one in the order of waves and places. One query."""
    ids = _ordered(graph).values_list(as_text("pk"), flat=True)
    wanted = stored(atom.pk)
    return next((place for place, pk in enumerate(ids) if pk == wanted), 0)
