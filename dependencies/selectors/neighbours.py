"""What an atom needs and what needs it, directly or over other atoms."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from atomization.models import AtomicUnit
from dependencies.models import AtomDependency, DependencyGraph
from dependencies.selectors.graphs import EDGE_COLUMNS
from dependencies.selectors.ids import as_text, stored


class End(StrEnum):
    """Which way to go from an atom."""

    DEPENDENCIES = "dependency"
    """to what it needs"""
    DEPENDANTS = "dependent"
    """to what needs it"""

    @property
    def other(self) -> End:
        """Give the way back."""
        return End.DEPENDANTS if self is End.DEPENDENCIES else End.DEPENDENCIES


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An atom that can be reached, over how many edges at least; `text` is its id (`ids`)."""

    text: str
    depth: int

    @property
    def atom_id(self) -> UUID:
        """Give the id of the atom."""
        return UUID(self.text)


def closure_of(
    graph: DependencyGraph,
    atom: AtomicUnit,
    end: End,
    *,
    depth: int | None = 1,
    kinds: Collection[str] = (),
    hard: bool | None = None,
) -> list[Neighbour]:
    """Return what is reached from an atom within `depth` edges (None: any number), nearest first.

    At one depth the order is that of the edges. One query.
    """
    edges = _chosen(graph, kinds, hard).order_by("pk")
    far = as_text(f"{end.value}_id")
    if depth == 1:
        found = edges.filter(**{end.other.value: atom}).values_list(far, flat=True)
        return [Neighbour(text, 1) for text in dict.fromkeys(found)]
    following: dict[str, list[str]] = defaultdict(list)
    for start, target in edges.values_list(as_text(f"{end.other.value}_id"), far):
        following[start].append(target)
    first = stored(atom.pk)
    seen, queue = {first: 0}, deque([first])
    while queue:
        current = queue.popleft()
        if depth is not None and seen[current] >= depth:
            continue
        for text in following[current]:
            if text not in seen:
                seen[text] = seen[current] + 1
                queue.append(text)
    del seen[first]
    return [Neighbour(text, steps) for text, steps in seen.items()]


def _chosen(
    graph: DependencyGraph, kinds: Collection[str], hard: bool | None
) -> QuerySet[AtomDependency]:
    edges = graph.edges.all()
    if kinds:
        edges = edges.filter(kind__in=kinds)
    return edges if hard is None else edges.filter(is_hard=hard)


def links_of(
    graph: DependencyGraph,
    end: End,
    *,
    found: Sequence[Neighbour],
    nearer: Iterable[Neighbour],
    start: UUID,
    kinds: Collection[str] = (),
    hard: bool | None = None,
) -> dict[UUID, list[AtomDependency]]:
    """Return, for some of what was reached, the edges that lead there from one step nearer.

    `nearer` is all that was reached. One query.
    """
    depth_of = {one.text: one.depth for one in nearer} | {stored(start): 0}
    wanted = {one.atom_id for one in found}
    edges = (
        _chosen(graph, kinds, hard)
        .filter(**{f"{end.value}__in": wanted})
        .select_related("dependent__source_file", "dependency__source_file")
        .only(*EDGE_COLUMNS)
        .order_by("-is_hard", "pk")
    )
    links: dict[UUID, list[AtomDependency]] = defaultdict(list)
    for edge in edges:
        far = getattr(edge, f"{end.value}_id")
        near = getattr(edge, f"{end.other.value}_id")
        if depth_of.get(stored(near)) == depth_of[stored(far)] - 1:
            links[far].append(edge)
    return links
