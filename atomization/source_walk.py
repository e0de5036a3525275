"""Which files under some paths are sources to be cut into atoms, and why the others are not.

Files and directories that are named are always read. Below them `.gitignore` files are respected,
nested ones and those above the named directory included, and directories that hold other people's
code are left out.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec

from atomization.parser import Language, language_of

VENDORED: Final = frozenset(
    {
        "node_modules",
        "bower_components",
        "site-packages",
        "dist-packages",
        "__pypackages__",
        ".venv",
        ".tox",
        ".nox",
    }
)
TOOLS: Final = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".eggs"}
)
MAX_BYTES: Final = 32_000_000
MEAN_MINIFIED_LINE: Final = 200
MIN_MINIFIED_BYTES: Final = 2_000
HEAD: Final = 8_000


class Skipped(StrEnum):
    """Why something was left out."""

    IGNORED = "ignored by .gitignore"
    VENDORED = "vendored directories"
    LANGUAGE = "of other languages"
    LINK = "symbolic links"
    LARGE = "too large"
    BINARY = "binary"
    MINIFIED = "minified"


class WalkRefused(Exception):  # noqa: N818  (the path is at fault)
    """A path that cannot be atomized; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class FoundSource:
    """One source file.

    ``path`` is how to open and show it, ``module_path`` its path in its project, by which imports
    find it. ``named`` says that a person named this very file, so that it is read whatever it is.
    """

    path: str
    module_path: str
    language: Language
    size: int
    named: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """The sources below one named path, in order of their paths; their names know each other."""

    root: str
    sources: tuple[FoundSource, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found: projects in the order of the named paths, counts of what was left out."""

    projects: tuple[Project, ...]
    skipped: Mapping[Skipped, int]
    unreadable: tuple[str, ...]

    @property
    def sources(self) -> int:
        """Count the files."""
        return sum(len(project.sources) for project in self.projects)


def find_sources(paths: Sequence[str]) -> Walk:
    """Find the sources in files and directories; a file reached twice is taken once.

    Raises WalkRefused for a path that is not there, or that cannot hold a source.
    """
    state = _State()
    projects = [_project(path, state) for path in paths]
    if not any(project.sources for project in projects) and not state.unreadable:
        raise WalkRefused(_nothing(paths, state.skipped))
    found = tuple(project for project in projects if project.sources)
    return Walk(found, dict(state.skipped), tuple(state.unreadable))


@dataclass(slots=True)
class _State:
    skipped: Counter[Skipped] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def is_new(self, status: os.stat_result) -> bool:
        """Tell whether a file comes for the first time, and remember it."""
        identity = (status.st_dev, status.st_ino)
        new = identity not in self.seen
        self.seen.add(identity)
        return new


def _nothing(paths: Sequence[str], skipped: Counter[Skipped]) -> str:
    named = ", ".join(paths)
    why = "; ".join(f"{count:,} {reason}" for reason, count in sorted(skipped.items()))
    return (
        f"{named} holds no Python, TypeScript or JavaScript source"
        f"{f' (left out: {why})' if why else ''}; name a file or directory that does."
    )


def _project(path: str, state: _State) -> Project:
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise WalkRefused(f"{path} cannot be read ({reason}); name what is there.") from error
    if stat.S_ISDIR(status.st_mode):
        return Project(path, tuple(_walk(path, state)))
    language = language_of(path.replace(os.sep, "/"))
    if not stat.S_ISREG(status.st_mode) or language is None:
        raise WalkRefused(
            f"{path} is no Python, TypeScript or JavaScript file; name one that ends in .py, .pyi, "
            ".ts, .mts, .cts, .tsx, .js, .mjs, .cjs or .jsx, or a directory."
        )
    if not state.is_new(status):
        return Project(path, ())
    name = _module_path(_package_root(Path(path).parent), Path(path))
    return Project(path, (FoundSource(path, name, language, status.st_size, named=True),))


def _is_there(path: Path) -> bool:
    """Tell whether an entry is there; nothing is where nobody may look."""
    try:
        return path.exists()
    except OSError:
        return False


def _package_root(directory: Path) -> Path:
    """Climb out of a package: the directory from which its modules are imported."""
    current = directory.resolve()
    while _is_there(current / "__init__.py") and current.parent != current:
        current = current.parent
    return current


def _module_path(root: Path, path: Path) -> str:
    return path.resolve().relative_to(root).as_posix()


@dataclass(frozen=True, slots=True)
class _Rules:
    """The .gitignore files that speak about a directory's entries, outermost first."""

    levels: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    def below(self, directory: str) -> _Rules:
        """Add the rules of a directory's own .gitignore, if it has any."""
        spec = _spec(Path(directory) / ".gitignore")
        return _Rules((*self.levels, (directory, spec))) if spec is not None else self

    def ignores(self, path: str, *, directory: bool) -> bool:
        """Tell whether an entry is ignored: the last match in the innermost file decides."""
        mark = "/" if directory else ""
        for base, spec in reversed(self.levels):
            verdict = spec.check_file(path[len(base) :].lstrip("/") + mark).include
            if verdict is not None:
                return verdict
        return False


def _spec(path: Path) -> GitIgnoreSpec | None:
    """Read a file of patterns; None where there is none, or none that can be read."""
    try:
        return GitIgnoreSpec.from_lines(path.read_text("utf-8", "replace").splitlines())
    except (OSError, ValueError):
        return None


def _rules_above(root: Path) -> _Rules:
    """Collect the rules of the git work tree that a directory lies in, from its top down."""
    above = [directory for directory in root.parents if _in_work_tree(directory)]
    rules = _Rules()
    if not above or _is_there(root / ".git"):
        return rules
    for directory in reversed(above):
        if rules.ignores(directory.as_posix(), directory=True):
            return _Rules()
        rules = rules.below(directory.as_posix())
    return rules


def _in_work_tree(directory: Path) -> bool:
    return any(_is_there(place / ".git") for place in (directory, *directory.parents))


def _walk(named: str, state: _State) -> Iterator[FoundSource]:
    """Find the sources below a named directory, in order of their paths.

    Where that directory is itself vendored or ignored, it was named in spite of that: then the
    rules above it and its own do not count, nor does anything below it count as vendored.
    """
    root = Path(named).resolve()
    above = _rules_above(root)
    foreign = any(part in VENDORED for part in root.parts)
    if foreign or above.ignores(root.as_posix(), directory=True):
        start = _Rules()
    else:
        start = above.below(root.as_posix())
    modules = _package_root(root)
    stack = [(root.as_posix(), start)]
    while stack:
        directory, rules = stack.pop()
        entries = _entries(directory, state)
        for entry in (entry for entry in entries if entry.is_file(follow_symlinks=False)):
            source = _source(entry, rules, named, root, modules, state)
            if source is not None:
                yield source
        for entry in reversed(entries):
            if entry.is_symlink():
                state.skipped[Skipped.LINK] += 1
            elif entry.is_dir() and _enters(entry, rules, foreign, state):
                path = Path(entry.path).as_posix()
                stack.append((path, rules.below(path)))


def _entries(directory: str, state: _State) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        state.unreadable.append(f"{directory}: cannot be read ({error.strerror})")
        return []


def _enters(entry: os.DirEntry[str], rules: _Rules, foreign: bool, state: _State) -> bool:
    if entry.name in TOOLS:
        return False
    if not foreign and (entry.name in VENDORED or _is_there(Path(entry.path, "pyvenv.cfg"))):
        state.skipped[Skipped.VENDORED] += 1
        return False
    if rules.ignores(Path(entry.path).as_posix(), directory=True):
        state.skipped[Skipped.IGNORED] += 1
        return False
    return True


def _source(
    entry: os.DirEntry[str], rules: _Rules, named: str, root: Path, modules: Path, state: _State
) -> FoundSource | None:
    path = Path(entry.path)
    language = language_of(entry.name)
    if language is None:
        state.skipped[Skipped.LANGUAGE] += 1
        return None
    if rules.ignores(path.as_posix(), directory=False):
        state.skipped[Skipped.IGNORED] += 1
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        state.unreadable.append(f"{path}: cannot be read ({error.strerror})")
        return None
    if not state.is_new(status):
        return None
    if status.st_size > MAX_BYTES:
        state.skipped[Skipped.LARGE] += 1
        return None
    shown = Path(named, path.relative_to(root)).as_posix()
    return FoundSource(shown, path.relative_to(modules).as_posix(), language, status.st_size)


def unfit(content: bytes, source: FoundSource) -> Skipped | None:
    """Say why a file's content is not a source that somebody wrote; None for one that is.

    Binary is what git takes for binary: a NUL byte near the beginning. Minified is a script whose
    name says so, or whose lines have over ``MEAN_MINIFIED_LINE`` bytes on average.
    """
    if source.named:
        return None
    if b"\0" in content[:HEAD]:
        return Skipped.BINARY
    if source.language is Language.PYTHON:
        return None
    stem = source.path.rsplit(".", 1)[0]
    lines = content.count(b"\n") + 1
    dense = len(content) >= MIN_MINIFIED_BYTES and len(content) / lines > MEAN_MINIFIED_LINE
    return Skipped.MINIFIED if dense or stem.endswith((".min", "-min")) else None
