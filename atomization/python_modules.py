"""Which file an import means: one of the project, or one from outside of it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

from atomization.outside import Outside
from atomization.python_scopes import FileNames

_INIT = "__init__"


class Places:
    """The modules that the paths of a project make, found by dotted name or by relative path.

    A file has the name that its path gives from the project's root, and the one it has from the
    first directory above it without an ``__init__.py`` (a source root such as ``src/``). Where two
    files share a name, an import finds the one nearest to the importing file. A module in a folder
    of scripts hides one of the standard library from the files below that folder only.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        """Index the paths; where code stands beside its stub (``.pyi``), the code is meant."""
        self._by_stem: dict[str, str] = {}
        for path in paths:
            stem = _stem(path)
            if not path.endswith(".pyi") or stem not in self._by_stem:
                self._by_stem[stem] = path
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self.names: dict[str, str] = {}
        self.roots: set[str] = set()
        for stem in sorted(self._by_stem):
            parts = stem.split("/")
            own = _dotted(parts[self._root_depth(parts) :])
            self.names[stem] = own
            for name in {_dotted(parts), own} - {""}:
                self._by_name[name].append(stem)
                self.roots.add(name.split(".", 1)[0])

    def _root_depth(self, parts: list[str]) -> int:
        depth = len(parts) - 1
        while depth > 0 and "/".join([*parts[:depth], _INIT]) in self._by_stem:
            depth -= 1
        return depth

    def name_of(self, path: str) -> str:
        """Give the name that a file's module is imported by."""
        return self.names[_stem(path)]

    def hold(self, name: str) -> bool:
        """Tell whether a module of that name can only be one of the project's."""
        top = name.split(".", 1)[0]
        return top in self.roots and top not in sys.stdlib_module_names

    def absolute(self, name: str, near: str) -> str | None:
        """Find the file of a module by its dotted name, as seen from another file."""
        stems = self._by_name.get(name)
        if not stems:
            return None
        if name.split(".", 1)[0] in sys.stdlib_module_names:
            stems = [stem for stem in stems if near.startswith(_folder_of(stem, name))]
            if not stems:
                return None
        if len(stems) == 1:
            return self._by_stem[stems[0]]
        here = near.split("/")
        return self._by_stem[max(stems, key=lambda stem: (_shared(stem.split("/"), here), stem))]

    def own(self, name: str) -> str | None:
        """Find the one file that is imported by a name."""
        stems = self._by_name.get(name)
        return self._by_stem[stems[0]] if stems and len(stems) == 1 else None

    def at(self, parts: list[str]) -> str | None:
        """Find a module by the folders and the name that lead to it."""
        stem = "/".join(parts)
        return self._by_stem.get(stem) or self._by_stem.get("/".join([*parts, _INIT]))

    def relative(self, level: int, name: str, near: str) -> str | None:
        """Find the file of ``from ..name import``; None when there is none."""
        return self.at(folders_of(level, name, near))


def folders_of(level: int, name: str, near: str) -> list[str]:
    """Give the parts of the path that ``..name`` means in a file."""
    parts = near.split("/")[:-1]
    parts = parts[: max(len(parts) - (level - 1), 0)]
    return [*parts, *(part for part in name.split(".") if part)]


class Modules:
    """The modules that a project sees: those of its files, and what lies outside of it."""

    def __init__(self, files: Iterable[FileNames], outside: Outside) -> None:
        """Index the files of a project; what they do not hold is looked for outside."""
        self.outside = outside
        self._by_path = {names.file.path: names for names in files}
        self._places = Places(self._by_path)
        self.roots = self._places.roots
        for path, names in self._by_path.items():
            names.name = self._places.name_of(path)

    def absolute(self, name: str, near: FileNames) -> FileNames | None:
        """Find a module by its dotted name."""
        if not near.outside:
            path = self._places.absolute(name, near.file.path)
            if path is not None:
                return self._by_path[path]
            if self._places.hold(name):
                return None
        return self.outside.find(name)

    def own(self, name: str) -> FileNames | None:
        """Find a module of the project by the name that it is imported by."""
        path = self._places.own(name)
        return self._by_path[path] if path is not None else None

    def relative(self, level: int, name: str, near: FileNames) -> FileNames | None:
        """Find ``from ..name import``'s module; None when there is no such file."""
        if near.outside:
            return self.outside.find(_absolute(level, name, near))
        return self._at(folders_of(level, name, near.file.path))

    def submodule(self, level: int, name: str, member: str, near: FileNames) -> FileNames | None:
        """Find the module that ``from name import member`` means when member is a module."""
        if near.outside:
            package = _absolute(level, name, near)
            return self.outside.find(f"{package}.{member}" if package else member)
        if level:
            return self._at([*folders_of(level, name, near.file.path), member])
        return self.absolute(f"{name}.{member}" if name else member, near)

    def beside(self, package: FileNames, member: str) -> FileNames | None:
        """Find a module inside a package."""
        stem = _stem(package.file.path)
        if stem.rsplit("/", 1)[-1] != _INIT:
            return None
        if package.outside:
            return self.outside.find(f"{package.name}.{member}")
        return self._at([*stem.split("/")[:-1], member])

    def _at(self, parts: list[str]) -> FileNames | None:
        path = self._places.at(parts)
        return self._by_path[path] if path is not None else None


def _folder_of(stem: str, name: str) -> str:
    """Give the folder (with its slash) from which a module is imported by a name."""
    parts = stem.removesuffix(f"/{_INIT}").split("/")[: -len(name.split("."))]
    return "".join(f"{part}/" for part in parts)


def _stem(path: str) -> str:
    return path.removesuffix(".pyi").removesuffix(".py")


def _dotted(parts: list[str]) -> str:
    return ".".join(parts[:-1] if parts[-1] == _INIT else parts)


def _shared(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _absolute(level: int, name: str, near: FileNames) -> str:
    """Turn a relative import of a module from outside into a dotted name."""
    if not level:
        return name
    parts = near.name.split(".")
    if _stem(near.file.path).rsplit("/", 1)[-1] != _INIT:
        parts = parts[:-1]
    parts = parts[: max(len(parts) - (level - 1), 0)]
    return ".".join([*parts, *(part for part in name.split(".") if part)])
