"""What an edit of a stored atom would invalidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple
from uuid import UUID

from atomization.atom_service import AtomService
from atomization.decomposer import AtomKind
from atomization.models import AtomicUnit
from atomization.parser import Language, SyntaxFault
from atomization.selectors import encode
from atomization.services import atom_name
from dependencies.edges import EdgeKind
from dependencies.impact import Affected, AtomChange, Change, affected, changes_between
from dependencies.models import DependencyGraph
from dependencies.selectors.ids import as_text, stored

_KINDS: Final = {kind.value: kind for kind in EdgeKind}


class EdgeRow(NamedTuple):
    """An edge by its row and the rows at its ends, whose ids are text (`ids`)."""

    pk: int
    dependent: str
    dependency: str
    kind: EdgeKind
    hard: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """What an edit changes, which atoms that affects, and what the language refuses of it.

    `changed` holds the rows of changed atoms; atoms that are new have none.
    """

    changes: tuple[AtomChange, ...]
    changed: Mapping[UUID, Change]
    affected: Sequence[Affected[str, EdgeRow]]
    faults: tuple[SyntaxFault, ...] = ()

    def counts(self) -> Counter[str]:
        """Count the affected atoms by what is stale."""
        return Counter(one.stale.value for one in self.affected)


def impact_of_change(graph: DependencyGraph, atom: AtomicUnit, *changes: Change) -> list[Impact]:
    """Tell what changes of some sorts to an atom would invalidate, each alone. Three queries."""
    surroundings = _Surroundings(graph)
    return [
        Impact((AtomChange(atom.name, one),), changed, surroundings.affected(changed))
        for one in changes
        for changed in [{atom.pk: one}]
    ]


def impact_of_code(graph: DependencyGraph, atom: AtomicUnit, code: str) -> Impact:
    """Tell what putting a text in an atom's slot would change and invalidate. Five queries."""
    rows = list(atom.source_file.atoms.order_by("position").only("name", "code", "source_file"))
    language = Language(atom.language)
    before = "".join(row.code for row in rows)
    after = "".join(code if row.pk == atom.pk else row.code for row in rows)
    service = AtomService()
    old = service.atomize(encode(before), language).atoms
    new = service.atomize(encode(after), language).atoms
    changes = tuple(changes_between(old, new))
    ids = {row.name: row.pk for row in rows}
    changed = {
        ids[atom_name(one.name)]: one.change
        for one in changes
        if one.change is not Change.ADDED and atom_name(one.name) in ids
    }
    if not changed and changes:  # a part of an atom that was kept in one piece, or something new
        changed = {atom.pk: Change.BODY}
    faults = tuple(service.syntax_faults(encode(after), language))
    return Impact(changes, changed, _Surroundings(graph).affected(changed), faults)


class _Surroundings:
    """All edges of a graph, read once, when they are first asked for."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph

    def affected(self, changed: Mapping[UUID, Change]) -> list[Affected[str, EdgeRow]]:
        """Follow the edges from what changed."""
        if not changed:
            return []
        seeds = {stored(pk): change for pk, change in changed.items()}
        return affected(seeds, self._edges, classes=self._headers, parts=self._parts)

    @cached_property
    def _edges(self) -> list[EdgeRow]:
        rows = self._graph.edges.order_by("pk").values_list(
            "pk", as_text("dependent_id"), as_text("dependency_id"), "kind", "is_hard"
        )
        return [
            EdgeRow(pk, dependent, dependency, _KINDS[kind], hard)
            for pk, dependent, dependency, kind, hard in rows
        ]

    @cached_property
    def _headers(self) -> list[str]:
        headers = AtomicUnit.objects.filter(
            masterplan_id=self._graph.masterplan_id, kind=AtomKind.CLASS.value
        )
        return list(headers.values_list(as_text("pk"), flat=True))

    @cached_property
    def _parts(self) -> dict[str, str]:
        blocks = AtomicUnit.objects.filter(
            masterplan_id=self._graph.masterplan_id,
            kind=AtomKind.BLOCK.value,
            parent__isnull=False,
        )
        return dict(blocks.values_list(as_text("pk"), as_text("parent_id")))
