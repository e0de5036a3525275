"""What the commands, the pages and the API ask of the whole way: begin, import, export."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from atomization.models import AtomicUnit, SourceFile
from atomization.parser import Language, syntax_faults
from atomization.selectors import assembled_files, encode
from atomization.services import remove_file, store_file
from dependencies.selectors import current_graph
from devmatrix.accounts.models import User
from devmatrix.masterplans import services as masterplans
from devmatrix.masterplans.models import MasterPlan
from devmatrix.masterplans.specification import Specification
from devmatrix.pipeline.importing import Directory, FoundFile, ImportRefused
from devmatrix.pipeline.repository import Commit, Entry, write_repository

Status = MasterPlan.Status
RESTING = (Status.IN_REVIEW, Status.COMPLETED, Status.PAUSED, Status.FAILED)


def create_from_specification(
    *,
    specification: Specification,
    name: str = "",
    owner: User | None = None,
    budget: Decimal | None = None,
) -> MasterPlan:
    """Return the masterplan of a specification: one begun before goes on, else a new one."""
    title = (name.strip() or specification.title)[:200]
    begun = masterplans.find_unfinished(name=title, sha256=specification.sha256)
    if begun is not None:
        if budget is not None:
            masterplans.set_budget(masterplan=begun, budget=budget)
        masterplans.resume(masterplan=begun)
        begun.refresh_from_db()
        return begun
    return masterplans.create(
        specification=specification,
        name=title,
        owner=owner,
        budget=budget,
        origin=MasterPlan.Origin.SPECIFICATION,
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """A project that came in, with one sentence for each file that was remarkable."""

    masterplan: MasterPlan
    files: int
    atoms: int
    remarks: tuple[str, ...]


@transaction.atomic
def import_directory(*, directory: Directory, name: str, owner: User | None = None) -> Imported:
    """Store a directory's files as a new masterplan whose next stage is atomizing."""
    plan = masterplans.create(
        specification=None,
        name=name,
        owner=owner,
        budget=None,
        origin=MasterPlan.Origin.IMPORT,
    )
    return _imported(plan, directory)


@transaction.atomic
def import_again(*, directory: Directory, masterplan: MasterPlan) -> Imported:
    """Store a directory's files in a masterplan that was imported before.

    Atoms that did not change keep all that happened to them (`atomization.services.store_file`);
    what the directory holds no longer is retired. Raises ImportRefused while the plan is worked on.
    """
    ready = MasterPlan.objects.filter(
        pk=masterplan.pk, origin=MasterPlan.Origin.IMPORT, status__in=RESTING
    )
    if not ready.update(status=Status.ATOMIZING, resume_status="", completed_at=None):
        raise ImportRefused(
            f"{masterplan.name} is {masterplan.get_status_display()} and came from "
            f"{masterplan.get_origin_display()}; only an imported project that nobody works on "
            "can be imported again."
        )
    paths = {file.path for file in directory.files}
    for file in masterplan.files.defer("raw"):
        if file.path not in paths:
            remove_file(source_file=file)
    return _imported(masterplan, directory)


def _imported(plan: MasterPlan, directory: Directory) -> Imported:
    """Store each file of a directory; the plan's next stage is atomizing."""
    remarks: list[str] = []
    digest = sha256()
    for file in directory.files:
        stored = store_file(
            masterplan=plan,
            path=file.path,
            content=file.content,
            author=AtomicUnit.Author.IMPORTED,
            mode=file.mode,
        )
        digest.update(file.path.encode() + b"\0" + file.content + b"\0")
        remark = _remark(stored, file)
        if remark:
            remarks.append(remark)
    MasterPlan.objects.filter(pk=plan.pk).update(
        status=Status.ATOMIZING, status_reason="", source_sha256=digest.hexdigest(), replayed=False
    )
    plan.refresh_from_db()
    return Imported(plan, len(directory.files), plan.atoms.count(), tuple(remarks))


def _remark(stored: SourceFile, file: FoundFile) -> str:
    """Return what a person should know about a file, "" if nothing."""
    if stored.note:
        return f"{file.path}: {stored.note}."
    if not stored.language:
        return ""
    if b"\0" in file.content:
        return f"{file.path}: holds NUL bytes; it is kept as it is, clean it to have it checked."
    faults = syntax_faults(file.content, Language(stored.language))
    if faults:
        first = faults[0]
        return (
            f"{file.path}:{first.line}: {first.message}; it is kept as it is and its atoms "
            "wait in the review queue: mend it there, or mend the file and import again."
        )
    return ""


def export_repository(*, masterplan: MasterPlan, directory: Path) -> str:
    """Write the masterplan's files as a git repository, one commit a wave; returns its last hash.

    Raises ExportRefused.
    """
    files = assembled_files(masterplan)
    final = {file.path: Entry(file.mode, content) for file, content in files}
    commits = [*_commits(masterplan, [file for file, _ in files]), _last(masterplan, final)]
    when = (masterplan.started_at or masterplan.created_at).isoformat()
    return write_repository(directory, commits, when=when)


def _commits(masterplan: MasterPlan, files: Sequence[SourceFile]) -> list[Commit]:
    """Return the beginning and the state after each wave."""
    atoms: dict[object, list[AtomicUnit]] = {}
    for atom in masterplan.atoms.order_by("position"):
        atoms.setdefault(atom.source_file_id, []).append(atom)
    graph = current_graph(masterplan)
    waves = graph.wave_count if graph else 0
    begun = (
        "Begin with what was imported" if _was_imported(masterplan) else "Begin with the skeletons"
    )
    commits = [Commit(f"{begun}\n", _tree(files, atoms, 0))]
    for number in range(1, waves + 1):
        made = [a for group in atoms.values() for a in group if a.wave_number == number]
        commits.append(Commit(_message(number, waves, made), _tree(files, atoms, number)))
    return commits


def _was_imported(masterplan: MasterPlan) -> bool:
    return masterplan.origin != MasterPlan.Origin.SPECIFICATION


def _tree(
    files: Sequence[SourceFile], atoms: dict[object, list[AtomicUnit]], wave: int
) -> dict[str, Entry]:
    tree = {}
    for file in files:
        if file.raw is not None:
            content = bytes(file.raw)
        else:
            content = encode("".join(_text(atom, wave) for atom in atoms.get(file.pk, [])))
        tree[file.path] = Entry(file.mode, content)
    return tree


def _text(atom: AtomicUnit, wave: int) -> str:
    return atom.code if atom.wave_number and atom.wave_number <= wave else atom.skeleton


def _message(number: int, waves: int, atoms: Sequence[AtomicUnit]) -> str:
    changed = [atom for atom in atoms if atom.code != atom.skeleton]
    lines = [
        f"{atom.name} ({atom.get_status_display()}, {atom.get_author_display()}"
        f"{f', attempt {atom.attempts}' if atom.attempts else ''})"
        for atom in changed
    ]
    title = f"Wave {number} of {waves}: {len(changed)} of {len(atoms)} atoms written"
    return "\n".join([title, "", *lines, ""])


def _last(masterplan: MasterPlan, final: dict[str, Entry]) -> Commit:
    accepted = masterplan.atoms.filter(status=AtomicUnit.Status.ACCEPTED).count()
    total = masterplan.atoms.count()
    return Commit(
        f"Finish: {accepted} of {total} atoms accepted\n\nDevMatrix masterplan {masterplan.pk}\n",
        final,
    )
