"""Storing source files as atoms, describing the atoms, and replacing the text of one."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import F

from atomization.context_injector import build_contexts, contract_of
from atomization.decomposer import AtomKind, Slot, decompose
from atomization.imports import merge_imports
from atomization.models import POSITION_STEP, AtomicUnit, SourceFile
from atomization.parser import Language, language_of
from atomization.selectors import encode, file_text, project_files
from atomization.validator import criteria
from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan, Task

HARD_LIMIT = 15
MAX_ATOMIZED_BYTES = 1_000_000
MAX_NAME = 300


class AtomizationError(Exception):
    """A file cannot become atoms; the message says which, why and what to do."""


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

    A file that is there already under the same path is replaced.
    """
    if len(path) > 500:
        raise AtomizationError(f"The path {path[:80]!r}… has over 500 characters; shorten it.")
    language = language_of(path) if mode != SourceFile.Mode.LINK else None
    note = ""
    if language and len(content) > MAX_ATOMIZED_BYTES:
        note = f"{len(content):,} bytes is too large to be made of atoms; kept as it is"
        language = None
    slots = decompose(content, language) if language else []
    with transaction.atomic():
        masterplan.files.filter(path=path).delete()
        source_file = SourceFile.objects.create(
            masterplan=masterplan,
            task=task,
            path=path,
            language=language.value if language and slots else "",
            mode=mode,
            raw=None if slots else content,
            note=note,
        )
        if language and slots:
            _create_atoms(source_file, slots, language, author, model)
    return source_file


def _create_atoms(
    source_file: SourceFile,
    slots: Sequence[Slot],
    language: Language,
    author: AtomicUnit.Author,
    model: str,
) -> None:
    imported = author == AtomicUnit.Author.IMPORTED
    atoms: dict[str, AtomicUnit] = {}
    for index, slot in enumerate(slots, start=1):
        to_fill = slot.needs_body and author == AtomicUnit.Author.SKELETON
        complete = not imported and not to_fill
        atoms[slot.name] = AtomicUnit(
            masterplan=source_file.masterplan,
            source_file=source_file,
            task=source_file.task,
            parent=atoms.get(slot.parent) if slot.parent else None,
            position=index * POSITION_STEP,
            language=language.value,
            skeleton=slot.code,
            needs_body=to_fill,
            status=AtomicUnit.Status.ACCEPTED if complete else AtomicUnit.Status.PENDING,
            author=AtomicUnit.Author.NOBODY if to_fill else author,
            model="" if to_fill else model,
            **_described(slot, language),
        )
    AtomicUnit.objects.bulk_create(atoms.values(), batch_size=500)


def atom_name(name: str) -> str:
    """Return a slot's name, shortened by a digest where the column could not hold it."""
    if len(name) <= MAX_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return f"{name[: MAX_NAME - 13]}~{digest[:12]}"


def _described(slot: Slot, language: Language) -> dict[str, Any]:
    """Return the columns of an atom that follow from its text alone."""
    return {
        "kind": slot.kind.value,
        "name": atom_name(slot.name),
        "code": slot.code,
        "signature": storable_text(slot.signature),
        "loc": slot.loc,
        "complexity": max(1, slot.complexity),
        "irreducible": slot.irreducible[:200],
        "contract": storable(contract_of(slot, language)),
    }


def describe(*, masterplan: MasterPlan) -> None:
    """Compute context, completeness and the ten criteria of every atom of the masterplan."""
    files = project_files(masterplan)
    contexts = build_contexts(files)
    slots = {
        f"{file.path}::{slot.name}": (slot, file.language) for file in files for slot in file.slots
    }
    atoms = list(masterplan.atoms.select_related("source_file").defer("source_file__raw"))
    changed = []
    for atom in atoms:
        key = f"{atom.source_file.path}::{atom.name}"
        context = contexts.get(key)
        if key not in slots or context is None:
            continue
        slot, language = slots[key]
        atom.context = storable(context)
        atom.context_completeness = min(1.0, max(0.0, context.completeness))
        atom.criteria = [storable(item) for item in criteria(slot, context, language=language)]
        changed.append(atom)
    fields = ["context", "context_completeness", "criteria"]
    AtomicUnit.objects.bulk_update(changed, fields, batch_size=200)
    MasterPlan.objects.filter(pk=masterplan.pk).update(total_atoms=len(atoms))


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
    """Put `code` in the atom's slot and the imports it asks for into the file's import block.

    Two at work on one file come one after the other, so that neither's imports are lost.
    """
    list(SourceFile.objects.select_for_update().filter(pk=atom.source_file_id).values_list("pk"))
    if imports:
        _merge_into_import_block(atom, imports, Language(atom.language))
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

    A text over the hard limit is atomized again into sub-atoms. Returns the atoms that hold the
    text now, the given one first; all have the status of the given one.
    """
    put_code(atom=atom, code=code, author=author, imports=imports, model=model, reviewer=reviewer)
    return _reatomize(atom, Language(atom.language))


def _reatomize(atom: AtomicUnit, language: Language) -> list[AtomicUnit]:
    """Give the atom its new measures; where it is too long, split it into sub-atoms."""
    slots = _slots_of(atom, language)
    if not slots:
        return [atom]
    described = _described(slots[0], language)
    del described["name"]
    for field, value in described.items():
        setattr(atom, field, value)
    atom.save(update_fields=[*described, "updated_at"])
    room = _room_behind(atom)
    if len(slots) == 1 or room < len(slots):
        return [atom]
    children = [
        AtomicUnit(
            masterplan_id=atom.masterplan_id,
            source_file_id=atom.source_file_id,
            task_id=atom.task_id,
            parent=atom,
            position=atom.position + index * (room // len(slots)),
            language=atom.language,
            skeleton="",
            status=atom.status,
            author=atom.author,
            model=atom.model,
            reviewer=atom.reviewer,
            wave_number=atom.wave_number,
            cycle=atom.cycle,
            attempts=atom.attempts,
            context=atom.context,
            context_completeness=atom.context_completeness,
            **_described(slot, language),
        )
        for index, slot in enumerate(slots[1:], start=1)
    ]
    AtomicUnit.objects.bulk_create(children)
    MasterPlan.objects.filter(pk=atom.masterplan_id).update(
        total_atoms=F("total_atoms") + len(children)
    )
    return [atom, *children]


def _slots_of(atom: AtomicUnit, language: Language) -> list[Slot]:
    """Return the slots that the file is cut into within the atom's text, if they align."""
    before = "".join(
        atom.source_file.atoms.filter(position__lt=atom.position)
        .order_by("position")
        .values_list("code", flat=True)
    )
    offset, found = 0, []
    begin, end = len(encode(before)), len(encode(before + atom.code))
    for slot in decompose(encode(file_text(atom.source_file)), language):
        if begin <= offset and offset < end:
            found.append(slot)
        offset += len(encode(slot.code))
    aligned = "".join(slot.code for slot in found) == atom.code
    return found if aligned else []


def _room_behind(atom: AtomicUnit) -> int:
    """Return how many positions are free between the atom and the next one."""
    after = (
        atom.source_file.atoms.filter(position__gt=atom.position)
        .order_by("position")
        .values_list("position", flat=True)
        .first()
    )
    return (after or atom.position + POSITION_STEP) - atom.position


@transaction.atomic
def rejoin(*, atom: AtomicUnit) -> AtomicUnit:
    """Undo an earlier split: take the text of the atom's blocks back into it and return it."""
    blocks = atom.children.filter(kind=AtomKind.BLOCK.value).order_by("position")
    if not blocks:
        return atom
    if not _adjacent(atom, list(blocks)):
        raise AtomizationError(
            f"{atom.name} holds nested definitions of their own; regenerate those instead."
        )
    code = atom.code + "".join(block.code for block in blocks)
    _, removed = blocks.delete()
    count = removed[AtomicUnit._meta.label]
    AtomicUnit.objects.filter(pk=atom.pk).update(code=code, version=F("version") + 1)
    MasterPlan.objects.filter(pk=atom.masterplan_id).update(total_atoms=F("total_atoms") - count)
    atom.refresh_from_db()
    return atom


def _adjacent(atom: AtomicUnit, blocks: Sequence[AtomicUnit]) -> bool:
    between = atom.source_file.atoms.filter(
        position__gt=atom.position, position__lte=blocks[-1].position
    )
    return between.count() == len(blocks)


def _merge_into_import_block(atom: AtomicUnit, imports: Sequence[str], language: Language) -> None:
    siblings = atom.source_file.atoms.order_by("position")
    block = siblings.filter(kind=AtomKind.IMPORT.value, parent=None).first()
    if block is not None:
        merged = merge_imports(block.code, imports, language)
        if merged != block.code:
            AtomicUnit.objects.filter(pk=block.pk).update(
                code=merged,
                loc=len([line for line in merged.splitlines() if line.strip()]),
                version=F("version") + 1,
            )
        return
    _insert_import_block(atom, merge_imports("", imports, language) + "\n", language)


def _insert_import_block(atom: AtomicUnit, text: str, language: Language) -> None:
    """Give a file without imports an import block, behind its docstring and opening comments."""
    rows = atom.source_file.atoms.order_by("position").values_list("position", "name")
    position = 0
    for place, name in rows[:2]:
        if name != "__doc__" and not name.startswith("trivia"):
            break
        position = place
    taken = {name for _, name in rows}
    AtomicUnit.objects.create(
        masterplan_id=atom.masterplan_id,
        source_file_id=atom.source_file_id,
        task_id=atom.task_id,
        position=position + POSITION_STEP // 2,
        kind=AtomKind.IMPORT.value,
        name=_free_name("imports", taken),
        language=language.value,
        code=text,
        loc=len([line for line in text.splitlines() if line.strip()]),
        status=AtomicUnit.Status.ACCEPTED,
        author=AtomicUnit.Author.MODEL,
        wave_number=1,
    )
    MasterPlan.objects.filter(pk=atom.masterplan_id).update(total_atoms=F("total_atoms") + 1)


def _free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, numbered as the decomposer does it where an atom bears it already."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free


def storable(value: Any) -> Any:
    """Return a dataclass as JSON data without the characters that PostgreSQL's JSON refuses."""
    data = value.to_json() if hasattr(value, "to_json") else asdict(value)
    return json.loads(storable_text(json.dumps(data, ensure_ascii=False, default=str)))


def storable_text(text: str) -> str:
    """Return `text` with NUL and lone surrogates replaced, for columns that only describe code."""
    return (
        text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        .replace("\\u0000", "\\ufffd")
        .encode("utf-8", "replace")
        .decode("utf-8")
    )
