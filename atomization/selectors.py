"""Reading source files back from their atoms."""

from collections.abc import Iterable

from atomization.context_injector import ProjectFile
from atomization.decomposer import decompose
from atomization.models import AtomicUnit, SourceFile
from atomization.parser import Language
from devmatrix.masterplans.models import MasterPlan


def encode(text: str) -> bytes:
    """Return the bytes that `text` (UTF-8 with surrogateescape) was read from."""
    return text.encode("utf-8", "surrogateescape")


def file_text(source_file: SourceFile) -> str:
    """Return the whole text of a file made of atoms."""
    codes = source_file.atoms.order_by("position").values_list("code", flat=True)
    return "".join(codes)


def assembled(masterplan: MasterPlan) -> dict[str, bytes]:
    """Return every file of a masterplan, path → bytes, in two queries."""
    return {file.path: content for file, content in assembled_files(masterplan)}


def assembled_files(masterplan: MasterPlan) -> list[tuple[SourceFile, bytes]]:
    """Return every file of a masterplan with its bytes, ordered by path."""
    texts: dict[object, list[str]] = {}
    rows = masterplan.atoms.order_by("source_file", "position").values_list(
        "source_file_id", "code"
    )
    for file_id, code in rows:
        texts.setdefault(file_id, []).append(code)
    return [
        (file, bytes(file.raw) if file.raw is not None else encode("".join(texts.get(file.pk, []))))
        for file in masterplan.files.select_related("task").order_by("path")
    ]


def project_files(masterplan: MasterPlan) -> list[ProjectFile]:
    """Return the masterplan's sources, decomposed anew from their assembled text."""
    return [
        ProjectFile(file.path, language, tuple(decompose(content, language)))
        for file, content in assembled_files(masterplan)
        if file.language
        for language in [Language(file.language)]
    ]


def atom_lines(atom: AtomicUnit) -> tuple[int, int]:
    """Return the atom's first and last line in its file, 1-based."""
    before = atom.source_file.atoms.filter(position__lt=atom.position).order_by("position")
    start = 1 + count_newlines(before.values_list("code", flat=True))
    return start, start + max(0, atom.code.rstrip("\n").count("\n"))


def count_newlines(codes: Iterable[str]) -> int:
    """Return how many line feeds the texts hold."""
    return sum(code.count("\n") for code in codes)
