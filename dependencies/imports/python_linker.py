"""From what Python files ask for to the files that they get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from atomization.python_modules import Places
from dependencies.imports.model import FileImport, FileRequests, Request, Unresolved

_INIT = ("__init__.py", "__init__.pyi")


class PythonLinker:
    """Finds the files that imports mean: a name in a package hides its submodule of that name."""

    def __init__(self, files: dict[str, FileRequests]) -> None:
        """Take all Python files of a project by path."""
        self.files = files
        self.places = Places(files)
        self.folders = _folders(self.places.names)

    def link(self, file: FileRequests) -> Iterator[FileImport]:
        """Link the imports of one file."""
        for request in file.requests:
            if not request.specifier:
                yield _record(file, request, None, Unresolved.DYNAMIC)
            elif request.names:
                yield from self._members(file, request)
            else:
                path, reason = self._module(file, request.specifier)
                yield _record(file, request, path, reason)

    # -- modules --------------------------------------------------------------------------------

    def _module(self, file: FileRequests, specifier: str) -> tuple[str | None, Unresolved | None]:
        name = specifier.lstrip(".")
        level = len(specifier) - len(name)
        if level > file.path.count("/") + 1:
            return None, Unresolved.MISSING
        if level:
            path = self.places.relative(level, name, file.path)
            return path, None if path else self._lacking(self._absolute(file, level, name))
        path = self.places.absolute(name, file.path)
        if path is not None:
            return path, None
        hides = self.places.hold(name) or name in self.folders
        return None, self._lacking(name) if hides else Unresolved.OUTSIDE

    def _lacking(self, name: str) -> Unresolved:
        return Unresolved.NAMESPACE if name in self.folders else Unresolved.MISSING

    def _absolute(self, file: FileRequests, level: int, name: str) -> str:
        parts = self.places.name_of(file.path).split(".")
        parts = parts if file.path.endswith(_INIT) else parts[:-1]
        parts = parts[: max(len(parts) - (level - 1), 0)]
        return ".".join([*parts, *([name] if name else [])])

    # -- members --------------------------------------------------------------------------------

    def _members(self, file: FileRequests, request: Request) -> Iterator[FileImport]:
        """Link ``from a import b, c``: names of the module, or modules inside of the package."""
        base, reason = self._module(file, request.specifier)
        package = base is None or base.endswith(_INIT)
        names: dict[str | None, list[str]] = {}
        unknown: list[str] = []
        for name in request.names:
            path = base
            if package and name != "*" and not (base and self.offers(base, name)):
                path = self._submodule(file, request.specifier, name, base) or base
            if path == base and base and name != "*" and not self._may_offer(base, name):
                unknown.append(name)
            names.setdefault(path, []).append(name)
        for path, found in names.items():
            lacking = tuple(name for name in found if name in unknown) if path == base else ()
            missing = reason if path is None else None
            if missing is Unresolved.NAMESPACE and found != ["*"]:
                missing = Unresolved.MISSING
            yield _record(file, request, path, missing, tuple(found), lacking)

    def _submodule(
        self, file: FileRequests, specifier: str, name: str, base: str | None
    ) -> str | None:
        if base is not None:
            path = self._inside(base, name)
        else:
            joint = "" if specifier.endswith(".") else "."
            path = self._module(file, f"{specifier}{joint}{name}")[0]
        return path

    def offers(self, path: str, name: str) -> bool:
        """Tell whether a module binds a name itself or by star imports from the project."""
        pending, seen = [path], set[str]()
        while pending:
            at = pending.pop()
            file = self.files.get(at)
            if file is None or at in seen:
                continue
            seen.add(at)
            if at != path and file.listed is not None and name not in file.listed:
                continue
            visible = at == path or file.listed is not None or name[:1] != "_"
            if visible and (name in file.bound or self._hands(file, name)):
                return True
            pending += self._starred(file)
        return False

    def _hands(self, file: FileRequests, name: str) -> bool:
        """Tell whether a package hands on a name that is not just a module inside of it."""
        return any(
            self._module(file, specifier)[0] != file.path or not self._inside(file.path, name)
            for handed, specifier in file.handed
            if handed == name
        )

    def _inside(self, path: str, name: str) -> str | None:
        return self.places.at([*path.split("/")[:-1], name])

    def _starred(self, file: FileRequests) -> Iterator[str]:
        for request in file.requests:
            if request.names == ("*",):
                path = self._module(file, request.specifier)[0]
                if path is not None:
                    yield path

    def _may_offer(self, path: str, name: str) -> bool:
        """Tell whether a module may have a name, for all that can be read off it."""
        if name.startswith("__") or self.offers(path, name):
            return True
        pending, seen = [path], set[str]()
        while pending:
            at = pending.pop()
            file = self.files[at]
            if at in seen:
                continue
            seen.add(at)
            stars = [one for one in file.requests if one.names == ("*",)]
            if file.is_open or file.problems:
                return True
            if at.endswith(_INIT) and self._inside(at, name):
                return True
            for star in stars:
                found, reason = self._module(file, star.specifier)
                if reason is not None:
                    return True
                pending += [found] if found else []
        return False


def _folders(names: Mapping[str, str]) -> frozenset[str]:
    """Give the dotted names of all folders that hold modules."""
    found: set[str] = set()
    for stem, name in names.items():
        for text in (name, stem.replace("/", ".")):
            while "." in text:
                text = text.rpartition(".")[0]
                if text in found:
                    break
                found.add(text)
    return frozenset(found)


def _record(
    file: FileRequests,
    request: Request,
    path: str | None,
    reason: Unresolved | None,
    names: tuple[str, ...] = (),
    unknown: tuple[str, ...] = (),
) -> FileImport:
    return FileImport(
        file.path,
        request.line,
        request.specifier,
        names,
        path,
        reason,
        request.kind,
        request.at_import,
        request.conditional,
        unknown,
    )
