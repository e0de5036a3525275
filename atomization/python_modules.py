"""Which file an import means: one of the project, or one from outside of it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

from atomization.outside import Outside
from atomization.python_scopes import FileNames

_INIT = "__init__"


class Modules:
    """The modules that a project sees, found by dotted name or by relative path.

    A file has the name that its path gives from the project's root, and the one it has from the
    first directory above it without an ``__init__.py`` (a source root such as ``src/``). Where two
    files share a name, an import finds the one nearest to the importing file. A module in a folder
    of scripts hides one of the standard library from the files below that folder only.
    """

    def __init__(self, files: Iterable[FileNames], outside: Outside) -> None:
        """Index the files of a project; what they do not hold is looked for outside."""
        self.outside = outside
        self._by_path = {_stem(names.file.path): names for names in files}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self.roots: set[str] = set()
        for stem in sorted(self._by_path):
            parts = stem.split("/")
            own = _dotted(parts[self._root_depth(parts) :])
            self._by_path[stem].name = own
            for name in {_dotted(parts), own} - {""}:
                self._by_name[name].append(stem)
                self.roots.add(name.split(".", 1)[0])

    def _root_depth(self, parts: list[str]) -> int:
        depth = len(parts) - 1
        while depth > 0 and "/".join([*parts[:depth], _INIT]) in self._by_path:
            depth -= 1
        return depth

    def absolute(self, name: str, near: FileNames) -> FileNames | None:
        """Find a module by its dotted name."""
        stems = None if near.outside else self._by_name.get(name)
        if not stems:
            top = name.split(".", 1)[0]
            inside = not near.outside and top in self.roots
            hidden = inside and top not in sys.stdlib_module_names
            return None if hidden else self.outside.find(name)
        if name.split(".", 1)[0] in sys.stdlib_module_names:
            path = near.file.path
            stems = [stem for stem in stems if path.startswith(_folder_of(stem, name))]
            if not stems:
                return self.outside.find(name)
        if len(stems) == 1:
            return self._by_path[stems[0]]
        here = near.file.path.split("/")
        return self._by_path[max(stems, key=lambda stem: (_shared(stem.split("/"), here), stem))]

    def own(self, name: str) -> FileNames | None:
        """Find a module of the project by the name that it is imported by."""
        stems = self._by_name.get(name)
        return self._by_path[stems[0]] if stems and len(stems) == 1 else None

    def relative(self, level: int, name: str, near: FileNames) -> FileNames | None:
        """Find ``from ..name import``'s module; None when there is no such file."""
        if near.outside:
            return self.outside.find(_absolute(level, name, near))
        return self._at(self._folder(level, name, near))

    def submodule(self, level: int, name: str, member: str, near: FileNames) -> FileNames | None:
        """Find the module that ``from name import member`` means when member is a module."""
        if near.outside:
            package = _absolute(level, name, near)
            return self.outside.find(f"{package}.{member}" if package else member)
        if level:
            return self._at([*self._folder(level, name, near), member])
        return self.absolute(f"{name}.{member}" if name else member, near)

    def beside(self, package: FileNames, member: str) -> FileNames | None:
        """Find a module inside a package."""
        stem = _stem(package.file.path)
        if stem.rsplit("/", 1)[-1] != _INIT:
            return None
        if package.outside:
            return self.outside.find(f"{package.name}.{member}")
        return self._at([*stem.split("/")[:-1], member])

    def _folder(self, level: int, name: str, near: FileNames) -> list[str]:
        parts = near.file.path.split("/")[:-1]
        parts = parts[: max(len(parts) - (level - 1), 0)]
        return [*parts, *(part for part in name.split(".") if part)]

    def _at(self, parts: list[str]) -> FileNames | None:
        stem = "/".join(parts)
        return self._by_path.get(stem) or self._by_path.get("/".join([*parts, _INIT]))


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
