"""A project as it would be with answers in place: their text in its slot, their imports merged."""

from collections.abc import Mapping, Sequence

from atomization.imports import merge_imports
from atomization.parser import Language
from validation.snapshot import FileText, Piece, Snapshot

NEW_BLOCK = "imports (asked for)"


def with_imports(
    snapshot: Snapshot, path: str, statements: Sequence[str], blocks: Mapping[str, str]
) -> Snapshot:
    """Return the snapshot with import statements merged into one file.

    `blocks` names each file's import block; a file without one gets a new first piece, which
    shifts lines but no atom.
    """
    file = snapshot.files.get(path)
    if not statements or file is None or file.language is None:
        return snapshot
    name = blocks.get(path)
    if name is not None:
        changed = file.with_code(name, merge_imports(file.code(name), statements, file.language))
    else:
        changed = _with_new_block(file, statements, file.language)
    return Snapshot({**snapshot.files, path: changed}, snapshot.raw)


def _with_new_block(file: FileText, statements: Sequence[str], language: Language) -> FileText:
    """Put a new block where `atomization.services` will: behind the file's docstring."""
    present = [piece for piece in file.pieces if piece.name == NEW_BLOCK]
    if present:
        return file.with_code(NEW_BLOCK, merge_imports(present[0].code, statements, language))
    block = Piece(NEW_BLOCK, merge_imports("", statements, language) + "\n")
    behind = bool(file.pieces) and file.pieces[0].code.lstrip().startswith(('"""', "'''", "#", "/"))
    at = 1 if behind and len(file.pieces) > 1 else 0
    return FileText(file.language, (*file.pieces[:at], block, *file.pieces[at:]))
