"""Imports from file to file, of Python, TypeScript and JavaScript, as data.

``requests_of`` reads one file, ``Imports`` links what was read and keeps it up to date,
``imports_of`` does both for a whole project.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from atomization.collector import collector_paused
from atomization.project import ProjectFile
from atomization.python_scopes import FileNames
from dependencies.imports.linker import Imports
from dependencies.imports.model import (
    RUNNING,
    FileImport,
    FileRequests,
    ImportGraph,
    ImportKind,
    Request,
    Unresolved,
)
from dependencies.imports.reader import requests_of

__all__ = [
    "RUNNING",
    "FileImport",
    "FileRequests",
    "ImportGraph",
    "ImportKind",
    "Imports",
    "Request",
    "Unresolved",
    "imports_of",
    "is_config",
    "requests_of",
]


def imports_of(
    files: Sequence[ProjectFile],
    *,
    configs: Mapping[str, bytes] | None = None,
    names: Mapping[str, FileNames] | None = None,
    others: Collection[str] = (),
) -> ImportGraph:
    """Find the imports of a project, in the order of its files; never raises for a source.

    ``configs`` are the files that ``is_config`` names, path → content. ``names`` gives what
    ``names_of`` found in Python files that have been walked already. ``others`` are the paths of
    other files of the project (JSON, styles), so that imports of them have a target.
    """
    names = names or {}
    with collector_paused():
        read = [requests_of(file, names.get(file.path)) for file in files]
        return Imports(read, configs=configs, others=others).graph()


def is_config(path: str) -> bool:
    """Tell by its path whether a file says where modules are, so that ``configs`` wants it."""
    name = path.rsplit("/", 1)[-1]
    if "node_modules/" in path:
        return False
    if name in ("package.json", "lerna.json", "pnpm-workspace.yaml"):
        return True
    return name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json")
