"""Imports as data: what a file asks for, and which files of the project it gets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from atomization.parser import Language


class ImportKind(StrEnum):
    """What an import is for.

    A type-only import is gone when the program runs (``TYPE_CHECKING``, ``import type``). A
    re-export offers on what it imports. A side-effect import binds nothing (``import "./a"``).
    A dynamic one is a call (``import_module``, ``import()``, ``require`` inside a function).
    """

    RUNTIME = "runtime"
    TYPE_ONLY = "type-only"
    RE_EXPORT = "re-export"
    DYNAMIC = "dynamic"
    SIDE_EFFECT = "side effect"


class Unresolved(StrEnum):
    """Why an import has no file of the project as its target."""

    OUTSIDE = "outside of the project"
    MISSING = "missing"
    DYNAMIC = "dynamic"
    NAMESPACE = "a namespace package"
    ASSET = "not a source"


@dataclass(frozen=True, slots=True)
class Request:
    """One import as it is written, before anybody knows what it means.

    ``specifier`` is the module as written, with Python's leading dots; "" where it is computed.
    ``names`` are what is imported from it, as they are called there: none for the module itself,
    "*" for everything. ``at_import`` says that loading the file runs it; ``conditional`` that it
    stands in a branch. ``required`` marks CommonJS, to which a package may give another file.
    """

    line: int
    specifier: str
    names: tuple[str, ...] = ()
    kind: ImportKind = ImportKind.RUNTIME
    at_import: bool = True
    conditional: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class FileRequests:
    """The imports of one file, and of a Python file what others can import from it.

    ``bound`` are the names that its module binds, ``handed`` those of ``from a import b`` with the
    module that they come from, since that may be the module itself and ``b`` a module inside it.
    ``listed`` is ``__all__``, None where there is none or it is computed in part. ``is_open`` says
    that it has names that nobody can read off it (``__getattr__``, a part of ``__all__``).
    """

    path: str
    language: Language
    requests: tuple[Request, ...]
    bound: frozenset[str] = frozenset()
    handed: frozenset[tuple[str, str]] = frozenset()
    listed: tuple[str, ...] | None = None
    is_open: bool = False
    problems: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FileImport:
    """One import of a file: an edge to another file, or the reason why there is none.

    A statement that imports from several files makes one record for each of them. ``unknown`` are
    those of its names that the target does not have as far as can be read off it.
    """

    path: str
    line: int
    specifier: str
    names: tuple[str, ...]
    target: str | None
    reason: Unresolved | None
    kind: ImportKind
    at_import: bool = True
    conditional: bool = False
    unknown: tuple[str, ...] = ()


RUNNING: Final = frozenset(ImportKind) - {ImportKind.TYPE_ONLY}
"""The kinds of import that are there when the program runs."""


@dataclass(frozen=True, slots=True)
class ImportGraph:
    """The imports of a project, in the order of its files and lines."""

    imports: tuple[FileImport, ...]
    problems: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)

    def edges(
        self, kinds: Collection[ImportKind] = frozenset(ImportKind)
    ) -> dict[str, dict[str, int]]:
        """Give, for each file, the files that it imports with the first line that does."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for item in self.imports:
            if item.target is not None and item.target != item.path and item.kind in kinds:
                found[item.path].setdefault(item.target, item.line)
        return dict(found)

    def unresolved(self, reasons: Iterable[Unresolved] = (Unresolved.MISSING,)) -> list[FileImport]:
        """Give the imports without a target for one of some reasons."""
        wanted = frozenset(reasons)
        return [item for item in self.imports if item.reason in wanted]
