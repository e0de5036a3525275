"""The second door: reading a project's directory, losing nothing, leaving it nowhere."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from atomization.models import SourceFile

SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".tox"}
)
MAX_FILE_BYTES = 20_000_000
MAX_PROJECT_BYTES = 500_000_000


class ImportRefused(Exception):  # noqa: N818  (the directory is at fault)
    """A directory that cannot be imported; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file of a directory: path with forward slashes, mode as git knows it, bytes."""

    path: str
    mode: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """What was read: the files in order of their paths, and the names of skipped directories."""

    files: tuple[FoundFile, ...]
    skipped: tuple[str, ...]


def read_directory(root: Path) -> Directory:
    """Read a project. Links are kept as links; one that leads out of the tree is refused.

    Raises ImportRefused, and then nothing has been stored.
    """
    if not root.is_dir():
        raise ImportRefused(f"{root} is not a directory; name the directory of a project.")
    skipped: list[str] = []
    files: list[FoundFile] = []
    total = 0
    for path in _walk(root, skipped):
        found = _read(root, path)
        total += len(found.content)
        if total > MAX_PROJECT_BYTES:
            raise ImportRefused(
                f"{root} holds over {MAX_PROJECT_BYTES:,} bytes; remove data and build results "
                "from it, or import a part."
            )
        files.append(found)
    if not files:
        raise ImportRefused(f"{root} holds no files; name the directory of a project.")
    return Directory(tuple(sorted(files, key=lambda file: file.path)), tuple(skipped))


def _walk(root: Path, skipped: list[str]) -> Iterator[Path]:
    for folder, names, files in os.walk(root, onerror=_refuse):
        here = Path(folder)
        for name in sorted(names):
            if name in SKIPPED:
                skipped.append((here / name).relative_to(root).as_posix())
        names[:] = sorted(name for name in names if name not in SKIPPED)
        links = [name for name in names if (here / name).is_symlink()]
        yield from (here / name for name in [*links, *sorted(files)])


def _refuse(error: OSError) -> None:
    raise ImportRefused(
        f"{error.filename} cannot be read ({error.strerror}); make it readable and try again."
    ) from error


def _read(root: Path, path: Path) -> FoundFile:
    relative = path.relative_to(root).as_posix()
    try:
        relative.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ImportRefused(
            f"The file name {relative!r} is not UTF-8; rename the file and import again."
        ) from error
    information = path.lstat()
    if stat.S_ISLNK(information.st_mode):
        return FoundFile(relative, SourceFile.Mode.LINK, _link_target(root, path, relative))
    if not stat.S_ISREG(information.st_mode):
        raise ImportRefused(f"{relative} is neither a file nor a link; remove it and import again.")
    if information.st_size > MAX_FILE_BYTES:
        raise ImportRefused(
            f"{relative} has {information.st_size:,} bytes, the limit is {MAX_FILE_BYTES:,}; "
            "remove it and import again."
        )
    executable = information.st_mode & 0o111
    mode = SourceFile.Mode.EXECUTABLE if executable else SourceFile.Mode.FILE
    try:
        return FoundFile(relative, mode, path.read_bytes())
    except OSError as error:
        _refuse(error)
        raise


def _link_target(root: Path, path: Path, relative: str) -> bytes:
    target = path.readlink()
    inside = (path.parent / target).resolve()
    if target.is_absolute() or not inside.is_relative_to(root.resolve()):
        raise ImportRefused(
            f"The link {relative} leads out of the project (to {target}); "
            "remove it or put a copy in its place, then import again."
        )
    return os.fsencode(target)
