"""Modules from outside of a project: the standard library and what is installed.

Stubs come first (typeshed's, which mypy brings along, and ``*-stubs`` packages), then the sources
of installed packages. Everything is read as text and kept for the life of the process; nothing is
ever imported.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import sysconfig
import threading
from functools import cache
from pathlib import Path
from typing import Final

from atomization.collector import collector_paused
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_scopes import FileNames
from atomization.python_stubs import bind_stub
from atomization.python_walk import Walker
from devmatrix.python_source import UNPARSABLE, parse_module

_MAX_BYTES: Final = 4_000_000
_COMPILED: Final = (".so", ".pyd")


class Outside:
    """Finds modules by dotted name; what was found once stays."""

    def __init__(self, typeshed: Path | None, sites: tuple[Path, ...], library: Path) -> None:
        """Take the folder of typeshed's stubs, of installed packages, of the standard library."""
        self.typeshed = typeshed
        self.sites = sites
        self.library = library
        self._versions = _versions(typeshed) if typeshed is not None else {}
        self._found: dict[str, FileNames | None] = {}
        self._typed: dict[str, FileNames | None] = {}
        self._lock = threading.RLock()

    def find(self, name: str) -> FileNames | None:
        """Find a module; None when there is none of that name."""
        try:
            return self._found[name]
        except KeyError:
            pass
        with self._lock:
            if name not in self._found:
                self._found[name] = self.stub(name) or self._source(name)
            return self._found[name]

    def stub(self, name: str) -> FileNames | None:
        """Find the stub file of a module: typeshed's, or an installed one."""
        with self._lock:
            if name not in self._typed:
                self._typed[name] = self._stub(name)
            return self._typed[name]

    def _stub(self, name: str) -> FileNames | None:
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        if self.typeshed is not None and self._is_current(parts):
            found = _file_at(self.typeshed.joinpath(*parts), (".pyi",))
            if found is not None:
                return _read(name, found)
        for site in self.sites:
            for first in (f"{parts[0]}-stubs", parts[0]):
                found = _file_at(site.joinpath(first, *parts[1:]), (".pyi",))
                if found is not None:
                    return _read(name, found)
        return None

    def _source(self, name: str) -> FileNames | None:
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        folder = None
        for root in (*self.sites, self.library):
            place = root.joinpath(*parts)
            found = _file_at(place, (".py",)) or _compiled_at(place)
            if found is not None:
                return _read(name, found)
            if place.is_dir() and root != self.library:
                folder = place
        return _empty(name, folder / "__init__.py") if folder is not None else None

    def _is_current(self, parts: list[str]) -> bool:
        """Tell whether a module of the standard library is there in this version of Python."""
        for depth in range(len(parts), 0, -1):
            versions = self._versions.get(".".join(parts[:depth]))
            if versions is not None:
                first, last = versions
                return first <= sys.version_info[:2] <= last
        return False


@cache
def installed() -> Outside:
    """Give the modules that this interpreter sees."""
    paths = sysconfig.get_paths()
    sites = tuple(dict.fromkeys(Path(paths[kind]) for kind in ("purelib", "platlib")))
    spec = importlib.util.find_spec("mypy")
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    typeshed = origin.parent / "typeshed" / "stdlib" if origin is not None else None
    if typeshed is not None and not typeshed.is_dir():
        typeshed = None
    return Outside(typeshed, sites, Path(paths["stdlib"]))


def _versions(typeshed: Path) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Read typeshed's table of modules: since which version, until which."""
    found = {}
    for line in (typeshed / "VERSIONS").read_text("utf-8").splitlines():
        name, _, span = line.split("#", 1)[0].partition(":")
        if span.strip():
            first, _, last = span.strip().partition("-")
            found[name.strip()] = (_version(first), _version(last) if last else (99,))
    return found


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _file_at(place: Path, endings: tuple[str, ...]) -> Path | None:
    for ending in endings:
        for path in (place / f"__init__{ending}", place.parent / f"{place.name}{ending}"):
            if path.is_file():
                return path
    return None


def _compiled_at(place: Path) -> Path | None:
    if not place.parent.is_dir():
        return None
    found = sorted(place.parent.glob(f"{place.name}.*"))
    return next((path for path in found if path.suffix in _COMPILED), None)


def _empty(name: str, path: Path) -> FileNames:
    names = FileNames(ProjectFile(path.as_posix(), Language.PYTHON, ()))
    names.name, names.outside = name, True
    return names


def _read(name: str, path: Path) -> FileNames:
    with collector_paused():
        return _read_at(name, path)


def _read_at(name: str, path: Path) -> FileNames:
    names = _empty(name, path)
    tree = _parsed(path)
    if tree is None:
        names.closed = True
        return names
    names.trees.append(tree)
    if path.suffix == ".pyi":
        names.stub = True
        bind_stub(names, tree)
    else:
        Walker(names).walk(tree)
    return names


def _parsed(path: Path) -> ast.Module | None:
    try:
        if path.suffix in _COMPILED or path.stat().st_size > _MAX_BYTES:
            return None
        return parse_module(path.read_bytes())
    except (*UNPARSABLE, OSError):
        return None
