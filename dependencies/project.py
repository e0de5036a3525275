"""A project in memory: its edges, found once and repaired after a change.

Python goes from names to facts, from facts to what they mean, and from there to edges, each step a
file at a time; a change repeats the steps of its file and of the files that what it means reaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from atomization.collector import collector_paused
from atomization.names import FileReferences, references_of
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_names import names_of
from atomization.python_scopes import FileNames
from dependencies.def_use import SlotFlow, slot_flows
from dependencies.edges import Edge, Problem, Step
from dependencies.file_edges import CallEdge, FileEdges
from dependencies.import_closure import ImportClosure
from dependencies.imports import FileImport, Imports, Unresolved, requests_of
from dependencies.index import Place, ProjectIndex
from dependencies.points_to.python_calls import SolvedProgram
from dependencies.points_to.references import VIA, References
from dependencies.points_to.script import script_calls
from dependencies.points_to.script.linking import resolver
from dependencies.points_to.things import Known


class Project:
    """The files of a project and what their atoms need of each other."""

    def __init__(
        self,
        files: Sequence[ProjectFile],
        *,
        configs: Mapping[str, bytes] | None = None,
        lasting: bool = False,
    ) -> None:
        """Analyze the files; a ``lasting`` project can be updated."""
        self.configs = dict(configs or {})
        self.lasting = lasting
        self._analyze(files)

    def _analyze(self, files: Sequence[ProjectFile]) -> None:
        self.files = {file.path: file for file in files}
        self.index = ProjectIndex(files)
        self._parts: dict[str, FileEdges] = {}
        self._flows: dict[str, list[SlotFlow]] = {}
        self._visited: dict[str, set[str]] = {}
        self._late: dict[str, list[Problem]] = {}
        self._sorted: dict[str, tuple[Edge, ...]] = {}
        with collector_paused():
            python = [file for file in files if file.language is Language.PYTHON]
            self.program = SolvedProgram([names_of(file) for file in python], lasting=self.lasting)
            self._script_problems: list[Problem] = []
            self._imports = Imports(
                [requests_of(file, self._names(file.path)) for file in files], configs=self.configs
            )
            scripts = [file for file in files if file.language is not Language.PYTHON]
            references = {found.file.path: found for found in self._scripts(scripts)}
            calls = self._script_calls(scripts)
            for file in files:
                known = references.get(file.path) or self._references(file.path)
                own = calls.get(file.path) or self._calls(file.path)
                self._part(known, own)
            closure = ImportClosure(self.index, self._parts)
            for file in files:
                self._close(file.path, closure)

    # -- changes ----------------------------------------------------------------------------------

    def update(self, files: Sequence[ProjectFile]) -> set[str]:
        """Take files in place of what they were; gives the paths of the files whose edges changed.

        What comes out is what an analysis of the whole project would give. Files that are new, and
        scripts, are analyzed with all others of their kind. Needs a lasting project.
        """
        before = dict(self._sorted)
        whole = not self.lasting or any(file.path not in self.files for file in files)
        if whole or any(file.language is not Language.PYTHON for file in files):
            self._analyze(list({**self.files, **{file.path: file for file in files}}.values()))
        else:
            with collector_paused():
                self._repair(files)
        return {path for path in self.files if before.get(path) != self._sorted[path]}

    def _repair(self, files: Sequence[ProjectFile]) -> None:
        touched: set[str] = set()
        asked: set[str] = set()
        reran: set[str] = set()
        for file in files:
            was_empty = not self.files[file.path].slots
            self.files[file.path] = file
            moved, names = self.index.replace(file)
            asked |= names
            self._flows.pop(file.path, None)
            if moved:
                reran.add(file.path)
                touched |= self._mention(file.path) if was_empty else self._refer_to(file.path)
        touched |= self.program.update([names_of(file) for file in files])
        for file in files:
            self._imports.put(requests_of(file, self._names(file.path)))
        touched |= {path for path, part in self._parts.items() if not part.asked.isdisjoint(asked)}
        runs = {path: self._run_by(path) for path in touched}
        for path in touched:
            self._part(self._references(path), self._calls(path))
        reran |= {path for path in touched if self._run_by(path) != runs[path]}
        closure = ImportClosure(self.index, self._parts)
        for path in self.files:
            if path in touched or not self._visited[path].isdisjoint(reran):
                self._close(path, closure)

    def _refer_to(self, path: str) -> set[str]:
        """Give the files with an edge to a file's atoms."""
        return {
            other
            for other, part in self._parts.items()
            if any(dependency[0] == path for _, dependency, _ in part.edges)
        }

    def _mention(self, path: str) -> set[str]:
        """Give the files that mean a file by a name, even where it had no atoms to depend on."""
        return {
            other
            for other, part in self._parts.items()
            if any(
                target.path == path
                for reference in (*part.file.imports, *part.file.references)
                for target in reference.targets
            )
        }

    def _run_by(self, path: str) -> tuple[object, ...]:
        part = self._parts[path]
        return part.runs, part.bases

    # -- results ----------------------------------------------------------------------------------

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, in the order of files and slots."""
        return tuple(edge for path in self.files for edge in self._sorted[path])

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The places that were not analyzed."""
        found = [
            Problem(path, line, message)
            for path, part in self._parts.items()
            for line, message in part.file.problems
        ]
        found += self._script_problems
        found += (
            Problem(one.path, one.line, message)
            for one in self._imports.graph().imports
            for message in _missing(one)
        )
        found += (problem for path in self.files for problem in self._late[path])
        return tuple(dict.fromkeys(found))

    @property
    def imports(self) -> tuple[FileImport, ...]:
        """The imports from file to file, in the order of files and lines."""
        return self._imports.graph().imports

    # -- steps ------------------------------------------------------------------------------------

    def _names(self, path: str) -> FileNames | None:
        lowered = self.program.program.files.get(path)
        return lowered.names if lowered is not None else None

    def _references(self, path: str) -> FileReferences:
        program = self.program
        members, elsewhere = program.members.get(path, ()), program.elsewhere.get(path, set())
        return References(program.program, path).read(members, elsewhere)

    def _calls(self, path: str) -> list[CallEdge]:
        found: list[CallEdge] = []
        program = self.program.program
        for site, callee, known in self.program.calls_in(path):
            place = self.program.place_of(callee)
            if place is None:
                continue
            at = program.sites[site]
            via = "scope" if known is Known.SCOPE else VIA.get(known, "inference")
            chain = self.program.chain(site, callee)
            found.append(
                CallEdge(at.line, at.text, place, at.at_import, via, known.confidence, chain)
            )
        return found

    def _scripts(self, scripts: Sequence[ProjectFile]) -> list[FileReferences]:
        return references_of(scripts, configs=self.configs) if scripts else []

    def _script_calls(self, scripts: Sequence[ProjectFile]) -> dict[str, list[CallEdge]]:
        found: dict[str, list[CallEdge]] = defaultdict(list)
        if not scripts:
            return found
        resolve = resolver([file.path for file in scripts], self.configs)
        calls = script_calls(scripts, resolve=resolve)
        for call in calls.calls:
            callee = call.callee
            if not callee.path or callee.path not in self.files or not call.caller.line:
                continue
            place: Place = (callee.path, self.files[callee.path].slot_at(callee.line))
            chain = (Step(f"calls {callee.name}", call.path, call.line),)
            edge = CallEdge(
                call.line, callee.name, place, False, call.how.value, call.confidence, chain
            )
            found[call.path].append(edge)
        self._script_problems = [
            Problem(problem.path, problem.line, problem.message) for problem in calls.problems
        ]
        return found

    def _part(self, references: FileReferences, calls: Iterable[CallEdge]) -> None:
        path = references.file.path
        if path not in self._flows:
            self._flows[path] = slot_flows(references.file)
        part = FileEdges(self.index, references)
        if references.file.slots:
            part.collect(calls, self._flows[path])
        self._parts[path] = part

    def _close(self, path: str, closure: ImportClosure) -> None:
        part = self._parts[path]
        own = dict(part.edges)
        self._late[path] = closure.harden(part)
        self._visited[path] = closure.visited
        order = self.index.order
        keys = sorted(
            part.edges,
            key=lambda key: (key[0][1], order[key[1][0]], key[1][1], key[2]),
        )
        self._sorted[path] = tuple(part.edges[key] for key in keys)
        part.edges = own


def _missing(one: FileImport) -> Iterator[str]:
    """Say what an import means that is not there; one that is tried only may miss it."""
    if one.conditional:
        return
    if one.reason is Unresolved.MISSING:
        yield f"imports {one.specifier}, which the project does not have"
    elif one.unknown and one.target is not None and one.target.endswith(".py"):
        yield f"imports {', '.join(one.unknown)} from {one.target}, which has no such name"
