"""Cutting a file anew around an atom whose text was replaced.

The decomposer looks at a whole function, so a longer block may move the borders of its
neighbours, too. What is cut anew is the smallest run of atoms around the replaced one that begins
and ends where both cuts have a border; everything outside of it stays untouched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.db.models import CharField, F
from django.db.models.functions import Cast
from django.utils import timezone

from atomization.atom_service import Atom, AtomService
from atomization.identity import Kept, match
from atomization.models import AtomicUnit
from atomization.parser import Language
from atomization.selectors import encode
from atomization.services.columns import atom_name, described
from atomization.services.import_blocks import free_name, room_behind
from atomization.services.retiring import discard
from atomization.services.storing import ASIDE, known_rows, known_slots
from devmatrix.masterplans.models import MasterPlan

MAX_REVIVED = 200


@dataclass(frozen=True, slots=True)
class _Window:
    """Rows that are cut anew, the atoms that their text is cut into, and the atom's own bytes."""

    rows: list[AtomicUnit]
    parts: list[Atom]
    begin: int
    end: int

    def holds(self, part: Atom) -> int:
        """Count the bytes of the replaced text that a part holds."""
        return min(part.end, self.end) - max(part.start, self.begin)

    def own_part(self, kind: str) -> int:
        """Give the index of the part that the replaced atom is now."""
        for index, part in enumerate(self.parts):
            if part.start == self.begin:
                return index
        best = max(self.parts, key=lambda part: (part.slot.kind == kind, self.holds(part)))
        return self.parts.index(best)


def recut(atom: AtomicUnit) -> list[AtomicUnit]:
    """Give an atom the measures of its text, and rows of their own to parts that are too much.

    Returns the atoms that hold the atom's text now, the given one first; all have its status.
    Where its neighbours are in another state, or at work, the atom stays in one piece.
    """
    rows = list(atom.source_file.atoms.order_by("position"))
    text = encode("".join(row.code for row in rows))
    whole = AtomService().atomize(text, Language(atom.language)).atoms
    window = _window(atom, rows, whole)
    room = room_behind(window.rows[-1]) + window.rows[-1].position - window.rows[0].position
    if not _is_free(window, atom) or room < len(window.parts):
        _measure_alone(atom)
        return [atom]
    made = _made(atom, window, rows)
    _save(atom, window, made, room // len(window.parts), rows)
    _name_in_order(atom, whole)
    for row in made:
        row.refresh_from_db()
    holders = [
        row
        for row, part in zip(made, window.parts, strict=True)
        if window.holds(part) > 0 and row.pk != atom.pk
    ]
    atom.refresh_from_db()
    return [atom, *holders]


def _window(atom: AtomicUnit, rows: Sequence[AtomicUnit], whole: Sequence[Atom]) -> _Window:
    """Find the run of rows around the atom that both cuts have the borders of."""
    borders = list(accumulate((len(encode(row.code)) for row in rows), initial=0))
    at = next(index for index, row in enumerate(rows) if row.pk == atom.pk)
    begin, end = borders[at], borders[at + 1]
    common = {0, borders[-1]} | ({*borders} & {part.start for part in whole})
    low = max(border for border in common if border <= begin)
    high = min(border for border in common if border >= end)
    return _Window(
        [
            row
            for row, start in zip(rows, borders, strict=False)
            if low <= start < high or row is rows[at]
        ],
        [part for part in whole if low <= part.start < high],
        begin,
        end,
    )


def _is_free(window: _Window, atom: AtomicUnit) -> bool:
    """Tell whether all rows but the atom are settled as it is, and of the same definition."""
    others = [row for row in window.rows if row.pk != atom.pk]
    family = {row.pk for row in window.rows} | {atom.parent_id}
    return bool(window.parts) and all(
        row.status == atom.status
        and row.lease_token is None
        and (row.parent_id in family or row.pk == atom.parent_id)
        for row in others
    )


def _measure_alone(atom: AtomicUnit) -> None:
    """Measure an atom that cannot be cut where it stands, from its text alone."""
    parts = AtomService().slots(encode(atom.code), Language(atom.language))
    atom.loc = sum(part.loc for part in parts)
    atom.complexity = 1 + sum(max(0, part.complexity - 1) for part in parts)
    atom.save(update_fields=["loc", "complexity", "updated_at"])


def _made(atom: AtomicUnit, window: _Window, rows: Sequence[AtomicUnit]) -> list[AtomicUnit]:
    """Find or make the row of each part; parts of an earlier text are taken up again."""
    own = window.own_part(atom.kind)
    root = next((row.pk for row in rows if row.pk == atom.parent_id), atom.pk)
    former = AtomicUnit.with_retired.filter(
        parent__in={root, atom.pk}, retired_at__isnull=False
    ).order_by("-retired_at", "position")[:MAX_REVIVED]
    pool = [*(row for row in window.rows if row.pk != atom.pk), *former]
    names = {
        row.pk: known for row, known in zip([*rows, *pool], known_rows([*rows, *pool]), strict=True)
    }
    others = [part for index, part in enumerate(window.parts) if index != own]
    found = iter(
        match([names[row.pk] for row in pool], known_slots([part.slot for part in others]))
    )
    made = []
    for index, part in enumerate(window.parts):
        kept = Kept(-1, False) if index == own else next(found)
        row = atom if index == own else pool[kept.old] if kept else AtomicUnit(skeleton="")
        _fill(row, part, atom, window, same=kept is not None and kept.same)
        made.append(row)
    return made


def _fill(row: AtomicUnit, part: Atom, atom: AtomicUnit, window: _Window, *, same: bool) -> None:
    """Give a row the text of its part and, where it holds the replaced text, the atom's state."""
    was = row.code
    columns = described(part.slot, part.contract)
    if row is not atom and (row.retired_at or row._state.adding or window.holds(part) > 0):
        columns |= _shared(atom)
    for field, value in columns.items():
        setattr(row, field, value)
    if row is not atom and not row._state.adding and was != row.code:
        row.version += 1
    if not same:
        row.updated_at = timezone.now()


def _shared(atom: AtomicUnit) -> dict[str, Any]:
    """Return what the parts of an atom's text take over from it."""
    return {
        "retired_at": None,
        "masterplan_id": atom.masterplan_id,
        "source_file_id": atom.source_file_id,
        "task_id": atom.task_id,
        "language": atom.language,
        "status": atom.status,
        "author": atom.author,
        "model": atom.model,
        "reviewer": atom.reviewer,
        "wave_number": atom.wave_number,
        "cycle": atom.cycle,
        "attempts": atom.attempts,
        "context": atom.context,
        "context_completeness": atom.context_completeness,
    }


_OWN = (
    *("kind", "name", "code", "signature", "loc", "complexity", "irreducible", "contract"),
    *("position", "parent", "updated_at"),
)
_OTHERS = (
    *_OWN,
    *("version", "retired_at", "masterplan", "source_file", "task", "language", "status"),
    *("author", "model", "reviewer", "wave_number", "cycle", "attempts", "context"),
    "context_completeness",
)


def _save(
    atom: AtomicUnit,
    window: _Window,
    made: Sequence[AtomicUnit],
    step: int,
    rows: Sequence[AtomicUnit],
) -> None:
    first, parent = window.rows[0].position, atom.parent
    inside = {row.pk for row in window.rows}
    outside = {row.name: row for row in rows if row.pk not in inside}
    AtomicUnit.objects.filter(pk__in=inside).update(
        position=F("position") + ASIDE, name=Cast("id", CharField())
    )
    by_name: dict[str, AtomicUnit] = {}
    taken = set(outside)
    for index, (row, part) in enumerate(zip(made, window.parts, strict=True)):
        owner = by_name.get(part.slot.parent or "") or outside.get(part.slot.parent or "")
        row.parent = owner or (parent if row is atom or part.slot.parent else None)
        by_name[part.slot.name] = row
        row.position = first + index * step
        row.name = free_name(row.name, taken)
        taken.add(row.name)
        if row._state.adding:
            row.save(force_insert=True)
        else:
            row.save(update_fields=_OWN if row is atom else _OTHERS)
    kept = {row.pk for row in made}
    vanished = [row for row in window.rows if row.pk not in kept]
    discard(vanished)
    AtomicUnit.with_retired.bulk_update(vanished, ["name", "position"])
    MasterPlan.objects.filter(pk=atom.masterplan_id).update(
        total_atoms=F("total_atoms") + len(made) - len(window.rows)
    )


def _name_in_order(atom: AtomicUnit, whole: Sequence[Atom]) -> None:
    """Give a file's rows the names that the decomposer gives, where both cut it alike."""
    rows = list(atom.source_file.atoms.order_by("position"))
    wanted = [atom_name(part.slot.name) for part in whole]
    alike = [row.code for row in rows] == [part.slot.code for part in whole]
    if not alike or [row.name for row in rows] == wanted:
        return
    renamed = [row for row, name in zip(rows, wanted, strict=True) if row.name != name]
    AtomicUnit.objects.filter(pk__in=[row.pk for row in renamed]).update(
        name=Cast("id", CharField())
    )
    for row, name in zip(rows, wanted, strict=True):
        row.name = name
    AtomicUnit.objects.bulk_update(renamed, ["name"], batch_size=200)
