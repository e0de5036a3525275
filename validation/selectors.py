"""Reading what validation works on, and what it found."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from atomization.models import AtomicUnit, SourceFile
from atomization.parser import Language
from devmatrix.masterplans.models import MasterPlan
from validation.candidate import Candidate
from validation.models import ValidationResult
from validation.snapshot import FileText, Piece, Snapshot
from validation.system_validator import Criterion


def snapshot_of(masterplan: MasterPlan) -> Snapshot:
    """Return a masterplan's project as it stands, each atom with its present text; two queries.

    Symbolic links are left out: they have no text of their own.
    """
    pieces: dict[UUID, list[Piece]] = {}
    rows = masterplan.atoms.order_by("source_file", "position")
    for file_id, name, code in rows.values_list("source_file_id", "name", "code"):
        pieces.setdefault(file_id, []).append(Piece(name, code))
    files: dict[str, FileText] = {}
    raw: dict[str, bytes] = {}
    for file in masterplan.files.exclude(mode=SourceFile.Mode.LINK).order_by("path"):
        if file.raw is not None:
            raw[file.path] = bytes(file.raw)
        else:
            texts = tuple(pieces.get(file.pk, ()))
            files[file.path] = FileText(Language(file.language), texts)
    return Snapshot(files, raw)


def key_of(atom: AtomicUnit) -> str:
    """Return an atom's key, "<path>::<name>"."""
    return f"{atom.source_file.path}::{atom.name}"


def atom_ids(masterplan: MasterPlan) -> dict[str, UUID]:
    """Return the id of every atom of a masterplan by its key; one query."""
    rows = masterplan.atoms.values_list("source_file__path", "name", "id")
    return {f"{path}::{name}": pk for path, name, pk in rows}


def candidate_of(atom: AtomicUnit, code: str | None = None) -> Candidate:
    """Return an atom's text, or another one for its slot, as the checks take it.

    A text that was imported is given: nobody was asked to fill it. An atom that was split off a
    longer one has no skeleton of its own and is compared with itself.
    """
    text = atom.code if code is None else code
    return Candidate(
        key=key_of(atom),
        code=text,
        skeleton=atom.skeleton or atom.code,
        language=Language(atom.language),
        given=atom.author == AtomicUnit.Author.IMPORTED,
    )


def criteria_of(masterplan: MasterPlan) -> list[Criterion]:
    """Return a masterplan's acceptance criteria as level 4 takes them."""
    rows = masterplan.criteria.order_by("key").values_list("key", "text", "scenario")
    return [
        Criterion(key, text, scenario if isinstance(scenario, dict) else {})
        for key, text, scenario in rows
    ]


def faulty_atoms(*, masterplan: MasterPlan) -> set[UUID]:
    """Return the ids of the atoms that the newest run of level 1 on them refuses; one query."""
    rows = masterplan.validation_results.filter(level=ValidationResult.Level.ATOM)
    return _faulty(
        rows.order_by("created_at").values_list("atom_id", "run_id", "verdict", "severity")
    )


def _faulty(rows: Iterable[tuple[UUID | None, UUID, str, str]]) -> set[UUID]:
    newest: dict[UUID, UUID] = {}
    faulty: set[tuple[UUID, UUID]] = set()
    for atom_id, run_id, verdict, severity in rows:
        assert atom_id is not None  # a constraint of the table
        newest[atom_id] = run_id
        if verdict == "failed" and severity == "error":
            faulty.add((atom_id, run_id))
    return {atom_id for atom_id, run_id in newest.items() if (atom_id, run_id) in faulty}
