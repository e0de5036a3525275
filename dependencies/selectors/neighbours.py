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
    """An atom that can be reached, over how many edges at least."""

    atom_id: UUID
    depth: int


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
    edges = _chosen(graph, kinds, hard)
    if depth == 1:
        found = edges.filter(**{end.other.value: atom}).order_by("pk")
        ids = dict.fromkeys(found.values_list(f"{end.value}_id", flat=True))
        return [Neighbour(pk, 1) for pk in ids]
    following: dict[UUID, list[UUID]] = defaultdict(list)
    for start, target in edges.order_by("pk").values_list(
        f"{end.other.value}_id", f"{end.value}_id"
    ):
        following[start].append(target)
    seen: dict[UUID, int] = {atom.pk: 0}
    queue = deque([atom.pk])
    while queue:
        current = queue.popleft()
        if depth is not None and seen[current] >= depth:
            continue
        for pk in following[current]:
            if pk not in seen:
                seen[pk] = seen[current] + 1
                queue.append(pk)
    del seen[atom.pk]
    return [Neighbour(pk, steps) for pk, steps in seen.items()]


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
    depth_of = {one.atom_id: one.depth for one in nearer} | {start: 0}
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
        if depth_of.get(near) == depth_of[far] - 1:
            links[far].append(edge)
    return links
