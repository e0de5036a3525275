"""From what the files of a project ask for to the files that they get; kept up to date cheaply.

Reading a file and linking it are apart: a changed file is read again alone, and links of others
are found anew only when the set of files, the configurations, or the names that a Python file
offers have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from atomization.parser import Language
from atomization.script_modules import ScriptModules, Why
from dependencies.imports.model import (
    FileImport,
    FileRequests,
    ImportGraph,
    Request,
    Unresolved,
)
from dependencies.imports.python_linker import PythonLinker

_WHY = {
    Why.OUTSIDE: Unresolved.OUTSIDE,
    Why.MISSING: Unresolved.MISSING,
    Why.ASSET: Unresolved.ASSET,
}


class Imports:
    """The imports of a project whose files come, change and go."""

    def __init__(
        self,
        files: Iterable[FileRequests] = (),
        *,
        configs: Mapping[str, bytes] | None = None,
        others: Collection[str] = (),
    ) -> None:
        """Take files that have been read, configurations, and the paths of all other files."""
        self._files: dict[str, FileRequests] = {}
        self._configs = dict(configs or {})
        self._others = tuple(others)
        self._links: dict[str, tuple[FileImport, ...]] = {}
        self._python: PythonLinker | None = None
        self._scripts: ScriptModules | None = None
        for file in files:
            self.put(file)

    def put(self, file: FileRequests) -> None:
        """Add a file, or replace it by what it has become."""
        old = self._files.get(file.path)
        self._files[file.path] = file
        if old is None or old.language is not file.language:
            self._forget()
        elif file.language is Language.PYTHON and _offer(old) != _offer(file):
            self._forget_python()
        else:
            self._links.pop(file.path, None)
            if self._python is not None and file.language is Language.PYTHON:
                self._python.files[file.path] = file

    def remove(self, path: str) -> None:
        """Take a file out."""
        if self._files.pop(path, None) is not None:
            self._forget()

    def configure(self, configs: Mapping[str, bytes]) -> None:
        """Replace the configurations."""
        if configs != self._configs:
            self._configs = dict(configs)
            self._forget()

    def graph(self) -> ImportGraph:
        """Give the imports of all files, in the order in which the files came first."""
        found: list[FileImport] = []
        for path in self._files:
            found += self.of(path)
        problems = {path: file.problems for path, file in self._files.items() if file.problems}
        return ImportGraph(tuple(found), problems)

    def of(self, path: str) -> tuple[FileImport, ...]:
        """Give the imports of one file."""
        known = self._links.get(path)
        if known is None:
            file = self._files[path]
            python = file.language is Language.PYTHON
            linked = self._linker().link(file) if python else self._script(file)
            known = self._links[path] = tuple(linked)
        return known

    def _forget(self) -> None:
        self._links.clear()
        self._python = self._scripts = None

    def _forget_python(self) -> None:
        self._python = None
        for path in [path for path in self._links if self._files[path].language is Language.PYTHON]:
            del self._links[path]

    def _linker(self) -> PythonLinker:
        if self._python is None:
            files = self._files.items()
            python = {path: file for path, file in files if file.language is Language.PYTHON}
            self._python = PythonLinker(python)
        return self._python

    def _script(self, file: FileRequests) -> Iterator[FileImport]:
        if self._scripts is None:
            self._scripts = ScriptModules((*self._files, *self._others), self._configs)
        for request in file.requests:
            if not request.specifier:
                yield _record(file, request, None, Unresolved.DYNAMIC)
                continue
            found = self._scripts.find(request.specifier, file.path, required=request.required)
            reason = _WHY[found.why] if found.why is not None else None
            yield _record(file, request, found.path, reason)


def _offer(file: FileRequests) -> tuple[object, ...]:
    """Give what the links of other files depend on."""
    stars = [request.specifier for request in file.requests if request.names == ("*",)]
    return file.bound, file.handed, file.listed, file.is_open, bool(file.problems), stars


def _record(
    file: FileRequests, request: Request, path: str | None, reason: Unresolved | None
) -> FileImport:
    return FileImport(
        file.path,
        request.line,
        request.specifier,
        request.names,
        path,
        reason,
        request.kind,
        request.at_import,
        request.conditional,
    )
