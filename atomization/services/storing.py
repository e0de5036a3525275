"""Storing source files as atoms; an atom that a changed file still holds stays the same row."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import CharField, F
from django.db.models.functions import Cast
from django.utils import timezone

from atomization.atom_service import Atom, AtomService
from atomization.decomposer import Slot
from atomization.identity import Kept, Known, match
from atomization.models import POSITION_STEP, AtomicUnit, SourceFile
from atomization.parser import Language, language_of
from atomization.services.columns import atom_name, described
from atomization.services.errors import AtomizationError
from atomization.services.retiring import discard
from devmatrix.masterplans.models import MasterPlan, Task

MAX_ATOMIZED_BYTES = 1_000_000
ASIDE = 2**40
"""Added to positions while a file is put in its new order; more than any position."""


def store_file(
    *,
    masterplan: MasterPlan,
    path: str,
    content: bytes,
    author: AtomicUnit.Author,
    task: Task | None = None,
    mode: int = SourceFile.Mode.FILE,
    model: str = "",
) -> SourceFile:
    """Store one file: as atoms when its language is known and it is not too large, else as bytes.

    A file that is there already under the same path gets the new text. Atoms that did not change
    keep everything, changed ones their history but not their acceptance, vanished ones are
    retired; which is which, `atomization.identity` says.
    """
    if len(path) > 500:
        raise AtomizationError(f"The path {path[:80]!r}… has over 500 characters; shorten it.")
    language = language_of(path) if mode != SourceFile.Mode.LINK else None
    note = ""
    if language and len(content) > MAX_ATOMIZED_BYTES:
        note = f"{len(content):,} bytes is too large to be made of atoms; kept as it is"
        language = None
    atoms = AtomService().atomize(content, language).atoms if language else ()
    columns = {
        "task": task,
        "language": language.value if language and atoms else "",
        "mode": mode,
        "raw": None if atoms else content,
        "note": note,
    }
    with transaction.atomic():
        source_file, created = SourceFile.objects.select_for_update().update_or_create(
            masterplan=masterplan, path=path, defaults=columns
        )
        origin = _Origin(source_file, language, author, model)
        if created:
            rows = _linked(atoms, [origin.row(atom) for atom in atoms])
            AtomicUnit.objects.bulk_create(rows, batch_size=500)
        else:
            _store_again(origin, atoms)
    return source_file


@transaction.atomic
def remove_file(*, source_file: SourceFile) -> None:
    """Take a file out of its project; its row stays as long as one of its atoms has a history."""
    discard(list(source_file.atoms.all()))
    if AtomicUnit.with_retired.filter(source_file=source_file).exists():
        SourceFile.objects.filter(pk=source_file.pk).update(retired_at=timezone.now())
    else:
        source_file.delete()


class _Origin:
    """Where the atoms of one file come from."""

    def __init__(
        self,
        source_file: SourceFile,
        language: Language | None,
        author: AtomicUnit.Author,
        model: str,
    ) -> None:
        self.source_file = source_file
        self.language = language
        self.author = author
        self.model = model

    def columns(self, slot: Slot) -> dict[str, Any]:
        """Give the columns that a slot has when its text comes from here."""
        imported = self.author == AtomicUnit.Author.IMPORTED
        to_fill = slot.needs_body and self.author == AtomicUnit.Author.SKELETON
        complete = not imported and not to_fill
        return {
            "skeleton": slot.code,
            "needs_body": to_fill,
            "status": AtomicUnit.Status.ACCEPTED if complete else AtomicUnit.Status.PENDING,
            "author": AtomicUnit.Author.NOBODY if to_fill else self.author,
            "model": "" if to_fill else self.model,
        }

    def row(self, atom: Atom) -> AtomicUnit:
        """Make the row of an atom that was not there before."""
        return AtomicUnit(
            masterplan_id=self.source_file.masterplan_id,
            source_file=self.source_file,
            task_id=self.source_file.task_id,
            language=self.language.value if self.language else "",
            **self.columns(atom.slot),
            **described(atom.slot, atom.contract),
        )


def _linked(atoms: Sequence[Atom], rows: Sequence[AtomicUnit]) -> Sequence[AtomicUnit]:
    """Give the rows of a whole file their places and their parents."""
    by_name: dict[str, AtomicUnit] = {}
    for index, (atom, row) in enumerate(zip(atoms, rows, strict=True), start=1):
        row.position = index * POSITION_STEP
        row.parent = by_name.get(atom.slot.parent) if atom.slot.parent else None
        by_name[atom.slot.name] = row
    return rows


def _store_again(origin: _Origin, atoms: Sequence[Atom]) -> None:
    """Lead the rows of a file over to its new text."""
    before = list(origin.source_file.atoms.order_by("position"))
    was = {row.pk: _state(row) for row in before}
    places = {row.pk: (row.name, row.position) for row in before}
    found = match(known_rows(before), known_slots([atom.slot for atom in atoms]))
    rows = _linked(
        atoms,
        [
            _carried(before[kept.old], kept, atom, origin) if kept else origin.row(atom)
            for kept, atom in zip(found, atoms, strict=True)
        ],
    )
    kept_rows = [row for row in rows if row.pk in was]
    new = [row for row in rows if row.pk not in was]
    ids = {row.pk for row in kept_rows}
    vanished = [row for row in before if row.pk not in ids]
    moved = any((row.name, row.position) != places[row.pk] for row in kept_rows)
    if moved or new or vanished:
        _set_aside(origin.source_file)
    AtomicUnit.objects.bulk_create(new, batch_size=500)
    if moved or new or vanished:
        AtomicUnit.objects.bulk_update(kept_rows, ["name", "position"], batch_size=500)
    changed = [row for row in kept_rows if _state(row) != was[row.pk]]
    AtomicUnit.objects.bulk_update(changed, _CARRIED, batch_size=200)
    discard(vanished)
    AtomicUnit.with_retired.bulk_update(vanished, ["name", "position"], batch_size=200)


def _state(row: AtomicUnit) -> list[Any]:
    """Return what a new text may change of a row."""
    return [getattr(row, f"{name}_id" if name in _KEYS else name) for name in _CARRIED]


_CARRIED = (
    *("kind", "name", "code", "signature", "loc", "complexity", "irreducible", "contract"),
    *("skeleton", "needs_body", "status", "author", "model", "reviewer", "attempts", "round"),
    *("guidance", "confidence", "confidence_parts", "version", "lease_token", "lease_until"),
    *("position", "parent", "task", "updated_at"),
)
_KEYS = frozenset({"reviewer", "parent", "task"})


def _carried(row: AtomicUnit, kept: Kept, atom: Atom, origin: _Origin) -> AtomicUnit:
    """Give a row the new text of its atom; what was said of another text is taken back."""
    row.task_id = origin.source_file.task_id
    if row.code != atom.slot.code:
        row.version += 1
        row.updated_at = timezone.now()
    columns = described(atom.slot, atom.contract)
    if not kept.same:
        columns |= origin.columns(atom.slot) | {
            "reviewer": None,
            "attempts": 0,
            "round": row.round + 1,
            "guidance": "",
            "confidence": None,
            "confidence_parts": {},
            "lease_token": None,
            "lease_until": None,
        }
    for field, value in columns.items():
        setattr(row, field, value)
    return row


def _set_aside(source_file: SourceFile) -> None:
    """Move a file's rows out of the way of their new names and places, which are unique."""
    source_file.atoms.update(position=F("position") + ASIDE, name=Cast("id", CharField()))


def known_rows(rows: Sequence[AtomicUnit]) -> list[Known]:
    """Tell of rows what their identity is found by."""
    names = {row.pk: row.name for row in rows}
    return [
        Known(row.kind, row.name, names.get(row.parent_id) if row.parent_id else None, row.code)
        for row in rows
    ]


def known_slots(slots: Sequence[Slot]) -> list[Known]:
    """Tell of slots what their identity is found by."""
    return [
        Known(
            slot.kind.value,
            atom_name(slot.name),
            atom_name(slot.parent) if slot.parent else None,
            slot.code,
        )
        for slot in slots
    ]
