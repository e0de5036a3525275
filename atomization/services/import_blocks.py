"""The import statements that an answer asks for, in the import blocks of its file."""

from collections.abc import Collection, Sequence
from itertools import dropwhile, takewhile

from django.db.models import F

from atomization.atom_service import MAX_LOC, AtomService
from atomization.decomposer import AtomKind
from atomization.imports import place_imports
from atomization.models import POSITION_STEP, AtomicUnit
from atomization.parser import Language
from atomization.selectors import encode
from atomization.services.columns import storable
from devmatrix.masterplans.models import MasterPlan


def merge_into_import_blocks(atom: AtomicUnit, imports: Sequence[str], language: Language) -> None:
    """Put imports into the blocks at the top of the atom's file; full blocks get a successor."""
    siblings = list(atom.source_file.atoms.order_by("position"))
    blocks = _blocks(siblings)
    if not blocks:
        _insert(atom, place_imports([], imports, language, max_loc=MAX_LOC), siblings, language)
        return
    before = [block.code for block in blocks]
    room = room_behind(blocks[-1])
    texts = place_imports(before, imports, language, max_loc=MAX_LOC)
    if len(texts) - len(blocks) >= room:
        texts = place_imports(before, imports, language, max_loc=10 * MAX_LOC)
    for block, old, text in zip(blocks, before, texts, strict=False):
        if text != old:
            columns = _columns(text, language)
            AtomicUnit.objects.filter(pk=block.pk).update(**columns, version=F("version") + 1)
    added = texts[len(blocks) :]
    step = room // (len(added) + 1)
    places = [blocks[-1].position + step * number for number in range(1, len(added) + 1)]
    _create(atom, added, places, siblings, language)


def _blocks(siblings: Sequence[AtomicUnit]) -> list[AtomicUnit]:
    """Return the first import block of a file and those that follow it directly."""
    rest = dropwhile(lambda row: not _is_import(row), siblings)
    run = takewhile(lambda row: _is_import(row) or row.kind == AtomKind.TRIVIA, rest)
    return [row for row in run if _is_import(row)]


def _is_import(row: AtomicUnit) -> bool:
    return row.kind == AtomKind.IMPORT and row.parent_id is None


def _insert(
    atom: AtomicUnit, texts: Sequence[str], siblings: Sequence[AtomicUnit], language: Language
) -> None:
    """Give a file without imports its first blocks, behind its docstring and opening comments."""
    position = 0
    for row in siblings[:2]:
        if row.name != "__doc__" and not row.name.startswith("trivia"):
            break
        position = row.position
    step = POSITION_STEP // (len(texts) + 1)
    places = [position + step * number for number in range(1, len(texts) + 1)]
    _create(atom, [*texts[:-1], texts[-1] + "\n"], places, siblings, language)


def _create(
    atom: AtomicUnit,
    texts: Sequence[str],
    places: Sequence[int],
    siblings: Sequence[AtomicUnit],
    language: Language,
) -> None:
    taken = {row.name for row in siblings}
    for text, place in zip(texts, places, strict=True):
        name = free_name("imports", taken)
        taken.add(name)
        AtomicUnit.objects.create(
            masterplan_id=atom.masterplan_id,
            source_file_id=atom.source_file_id,
            task_id=atom.task_id,
            position=place,
            kind=AtomKind.IMPORT.value,
            name=name,
            language=language.value,
            status=AtomicUnit.Status.ACCEPTED,
            author=AtomicUnit.Author.MODEL,
            wave_number=1,
            **_columns(text, language),
        )
    if texts:
        MasterPlan.objects.filter(pk=atom.masterplan_id).update(
            total_atoms=F("total_atoms") + len(texts)
        )


def _columns(text: str, language: Language) -> dict[str, object]:
    """Return the columns that follow from an import block's text."""
    alone = AtomService(max_loc=10 * MAX_LOC).atomize(encode(text), language).atoms
    contract = {"contract": storable(alone[0].contract)} if len(alone) == 1 else {}
    loc = len([line for line in text.splitlines() if line.strip()])
    return {"code": text, "loc": loc, **contract}


def room_behind(atom: AtomicUnit) -> int:
    """Return how many positions are free between the atom and the next one."""
    after = (
        atom.source_file.atoms.filter(position__gt=atom.position)
        .order_by("position")
        .values_list("position", flat=True)
        .first()
    )
    return (after or atom.position + POSITION_STEP) - atom.position


def free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, numbered as the decomposer does it where an atom bears it already."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free
