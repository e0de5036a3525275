"""Putting a new text in an atom's slot, cutting it anew where it is too long, taking that back."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import CharField, F
from django.db.models.functions import Cast
from django.utils import timezone

from atomization.atom_service import Atom, AtomService
from atomization.decomposer import AtomKind
from atomization.identity import match
from atomization.models import AtomicUnit, SourceFile
from atomization.parser import Language
from atomization.selectors import encode, file_text
from atomization.services.columns import atom_name, described
from atomization.services.errors import AtomizationError
from atomization.services.import_blocks import free_name, merge_into_import_blocks, room_behind
from atomization.services.retiring import retire
from atomization.services.storing import known_rows, known_slots
from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan

MAX_REVIVED = 200


@transaction.atomic
def put_code(
    *,
    atom: AtomicUnit,
    code: str,
    author: AtomicUnit.Author,
    imports: Sequence[str] = (),
    model: str = "",
    reviewer: User | None = None,
) -> None:
    """Put `code` in the atom's slot and the imports it asks for into the file's import blocks.

    Two at work on one file come one after the other, so that neither's imports are lost.
    """
    list(SourceFile.objects.select_for_update().filter(pk=atom.source_file_id).values_list("pk"))
    if imports:
        merge_into_import_blocks(atom, imports, Language(atom.language))
    AtomicUnit.objects.filter(pk=atom.pk).update(
        code=code, author=author, model=model, reviewer=reviewer, version=F("version") + 1
    )
    atom.refresh_from_db()


@transaction.atomic
def replace_code(
    *,
    atom: AtomicUnit,
    code: str,
    author: AtomicUnit.Author,
    imports: Sequence[str] = (),
    model: str = "",
    reviewer: User | None = None,
) -> list[AtomicUnit]:
    """Put `code` and imports in their places, and give the atom the measures of its new text.

    A text over the hard limit is atomized again into sub-atoms; those that an earlier text had,
    too, are the same rows again. Returns the atoms that hold the text now, the given one first;
    all have the status of the given one.
    """
    put_code(atom=atom, code=code, author=author, imports=imports, model=model, reviewer=reviewer)
    return _reatomize(atom, Language(atom.language))


def _reatomize(atom: AtomicUnit, language: Language) -> list[AtomicUnit]:
    """Give the atom its new measures; where it is too long, split it into sub-atoms."""
    whole = AtomService().atomize(encode(file_text(atom.source_file)), language).atoms
    inside = _inside(atom, whole)
    if not inside:
        return [atom]
    columns = described(inside[0].slot, inside[0].contract)
    del columns["name"]
    for field, value in columns.items():
        setattr(atom, field, value)
    atom.save(update_fields=[*columns, "updated_at"])
    room = room_behind(atom)
    if len(inside) == 1 or room < len(inside):
        return [atom]
    children = _children(atom, inside[1:], room // len(inside))
    MasterPlan.objects.filter(pk=atom.masterplan_id).update(
        total_atoms=F("total_atoms") + len(children)
    )
    _name_in_order(atom.source_file, whole)
    for row in [atom, *children]:
        row.refresh_from_db()
    return [atom, *children]


def _inside(atom: AtomicUnit, whole: Sequence[Atom]) -> list[Atom]:
    """Return the atoms that the file is cut into within the given one's text, if they align."""
    before = atom.source_file.atoms.filter(position__lt=atom.position).values_list(
        "code", flat=True
    )
    begin = sum(len(encode(code)) for code in before)
    end = begin + len(encode(atom.code))
    found = [part for part in whole if begin <= part.start < end]
    aligned = "".join(part.slot.code for part in found) == atom.code
    return found if aligned else []


def _children(atom: AtomicUnit, parts: Sequence[Atom], step: int) -> list[AtomicUnit]:
    """Make the rows of an atom's parts behind it; parts of an earlier text are taken up again."""
    owner = atom.parent if atom.kind == AtomKind.BLOCK and atom.parent else atom
    former = list(
        AtomicUnit.with_retired.filter(parent=owner, retired_at__isnull=False).order_by(
            "-retired_at", "position"
        )[:MAX_REVIVED]
    )
    found = match(known_rows([owner, *former]), known_slots([part.slot for part in parts]))
    taken = set(atom.source_file.atoms.values_list("name", flat=True))
    rows: list[AtomicUnit] = []
    owners = {owner.name: owner}
    for number, (part, kept) in enumerate(zip(parts, found, strict=True), start=1):
        revived = former[kept.old - 1] if kept and kept.old else None
        row = revived or AtomicUnit(source_file_id=atom.source_file_id, skeleton="")
        was = row.code
        for field, value in (_shared(atom) | described(part.slot, part.contract)).items():
            setattr(row, field, value)
        if revived and was != row.code:
            row.version += 1
        row.name = free_name(row.name, taken)
        taken.add(row.name)
        row.position = atom.position + number * step
        row.parent = owners.get(part.slot.parent or "", owner)
        owners[part.slot.name] = row
        row.save(force_insert=revived is None)
        rows.append(row)
    return rows


def _shared(atom: AtomicUnit) -> dict[str, Any]:
    """Return what an atom's parts take over from it."""
    return {
        "retired_at": None,
        "updated_at": timezone.now(),
        "masterplan_id": atom.masterplan_id,
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


def _name_in_order(source_file: SourceFile, whole: Sequence[Atom]) -> None:
    """Give a file's rows the names that the decomposer gives, where both cut it alike."""
    rows = list(source_file.atoms.order_by("position"))
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


@transaction.atomic
def rejoin(*, atom: AtomicUnit) -> AtomicUnit:
    """Undo an earlier split: take the text of the atom's parts back into it and return it.

    The parts are retired, for a text that holds them again makes them the same atoms again. A
    class takes back no methods, which are made on their own. Raises AtomizationError.
    """
    parts = _parts(atom)
    if not parts:
        return atom
    code = atom.code + "".join(part.code for part in parts)
    retire(parts)
    AtomicUnit.objects.filter(pk=atom.pk).update(code=code, version=F("version") + 1)
    MasterPlan.objects.filter(pk=atom.masterplan_id).update(
        total_atoms=F("total_atoms") - len(parts)
    )
    atom.refresh_from_db()
    return atom


def _parts(atom: AtomicUnit) -> list[AtomicUnit]:
    """Return the atoms that an atom was split into, in order, those nested in them included."""
    inside = {atom.pk}
    parts: list[AtomicUnit] = []
    for row in atom.source_file.atoms.filter(position__gt=atom.position).order_by("position"):
        own = atom.kind != AtomKind.CLASS or row.kind == AtomKind.BLOCK
        if row.parent_id not in inside or not own:
            break
        inside.add(row.pk)
        parts.append(row)
    if atom.children.filter(kind=AtomKind.BLOCK.value).exclude(pk__in=inside).exists():
        raise AtomizationError(
            f"{atom.name} holds nested definitions of their own; regenerate those instead."
        )
    return parts
