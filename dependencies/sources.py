"""The sources below some paths as the projects that the analysis sees.

What lies under one root (the directory from which its modules are imported) is one project: its
files know each other's names. Of several projects each is analyzed on its own, and its paths get
the root in front, so that two packages of one name stay two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final

from atomization.atom_service import AtomService
from atomization.collector import collector_paused
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.source_walk import FoundSource, Skipped, Walk, unfit
from dependencies.imports import is_config

MAX_CONFIG_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ReadProject:
    """The files of one root; ``prefix`` is what tells its paths from those of other projects.

    ``named`` are the same files by the path that somebody has named, relative to that directory.
    ``configs`` are the files that say where modules of scripts are (``imports.is_config``).
    """

    root: str
    prefix: str
    files: tuple[ProjectFile, ...]
    named: Mapping[str, tuple[ProjectFile, ...]]
    configs: Mapping[str, bytes]


@dataclass(slots=True)
class Sources:
    """What was read, what was left out, and one sentence for each file that cannot be read."""

    projects: tuple[ReadProject, ...] = ()
    skipped: Counter[Skipped] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    @property
    def files(self) -> Iterator[ProjectFile]:
        """Give the files of all projects."""
        return (file for project in self.projects for file in project.files)

    def prefixed_files(self) -> Iterator[ProjectFile]:
        """Give the files of all projects under the paths that tell the projects apart."""
        return (
            replace(file, path=project.prefix + file.path) if project.prefix else file
            for project in self.projects
            for file in project.files
        )

    def languages(self) -> Counter[Language]:
        """Count the files by language."""
        return Counter(file.language for file in self.files)


def read_sources(walk: Walk, service: AtomService | None = None) -> Sources:
    """Read and cut the sources that a walk has found; what cannot be read is told, not raised."""
    cutter = service or AtomService()
    sources = Sources(skipped=Counter(walk.skipped), unreadable=list(walk.unreadable))
    roots: dict[str, list[tuple[str, FoundSource]]] = {}
    for project in walk.projects:
        for source in project.sources:
            roots.setdefault(_root(source), []).append((project.root, source))
    prefixes = _prefixes(list(roots))
    with collector_paused():
        read = [
            _project(root, prefixes[root], found, cutter, sources) for root, found in roots.items()
        ]
    sources.projects = tuple(project for project in read if project.files)
    return sources


def _project(
    root: str,
    prefix: str,
    found: Iterable[tuple[str, FoundSource]],
    service: AtomService,
    sources: Sources,
) -> ReadProject:
    files: list[ProjectFile] = []
    named: dict[str, list[ProjectFile]] = {}
    for name, source in found:
        file = _file(source, service, sources)
        if file is None:
            continue
        files.append(file)
        directory = str(Path(name).parent) if source.named else name
        path = Path(source.path).relative_to(directory).as_posix()
        named.setdefault(directory, []).append(replace(file, path=path))
    return ReadProject(
        root,
        prefix,
        tuple(files),
        {name: tuple(group) for name, group in named.items()},
        _configs(root, files, sources),
    )


def _configs(root: str, files: Iterable[ProjectFile], sources: Sources) -> dict[str, bytes]:
    """Read what tells where modules of scripts are, in the folders of the scripts and above."""
    folders = {
        folder
        for file in files
        if file.language is not Language.PYTHON
        for folder in PurePosixPath(file.path).parents
    }
    found: dict[str, bytes] = {}
    for folder in sorted(folders):
        try:
            for entry in sorted(Path(root, folder).iterdir()):
                path = (folder / entry.name).as_posix()
                if is_config(path) and entry.is_file() and entry.stat().st_size <= MAX_CONFIG_BYTES:
                    found[path] = entry.read_bytes()
        except OSError as error:
            sources.unreadable.append(f"{Path(root, folder)}: cannot be read ({error.strerror})")
    return found


def _root(source: FoundSource) -> str:
    """Give the directory that a source's module path begins in."""
    whole = Path(source.path).resolve().as_posix()
    return whole.removesuffix(source.module_path).rstrip("/") or "/"


def _prefixes(roots: Sequence[str]) -> dict[str, str]:
    """Give each of several roots the shortest tail of its path that no other one has."""
    if len(roots) == 1:
        return {roots[0]: ""}
    return {root: _tail(root, [other for other in roots if other != root]) for root in roots}


def _tail(root: str, others: Iterable[str]) -> str:
    parts = root.strip("/").split("/")
    taken = [other.strip("/").split("/") for other in others]
    for count in range(1, len(parts)):
        if all(other[-count:] != parts[-count:] for other in taken):
            return "/".join(parts[-count:]) + "/"
    return "/".join(parts) + "/"


def _file(source: FoundSource, service: AtomService, sources: Sources) -> ProjectFile | None:
    """Read one file; None, and a reason among the sources, for one that cannot be."""
    try:
        content = Path(source.path).read_bytes()
        reason = unfit(content, source)
        if reason is not None:
            sources.skipped[reason] += 1
            return None
        slots = service.slots(content, source.language)
    except OSError as error:
        sources.unreadable.append(f"{source.path}: cannot be read ({error.strerror})")
    except Exception as error:
        # A defect of ours; the other files are still worth doing.
        message = f"cannot be cut into atoms ({type(error).__name__}: {error})"
        sources.unreadable.append(f"{source.path}: {message}")
    else:
        return ProjectFile(source.module_path, source.language, slots)
    return None
