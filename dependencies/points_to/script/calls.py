"""The calls of a project's scripts, and what was not analyzed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.reading import Reading, read
from dependencies.points_to.script.chains import Chains
from dependencies.points_to.script.heap import Heap
from dependencies.points_to.script.linking import Resolve, link, resolver
from dependencies.points_to.script.lowering import Lowering
from dependencies.points_to.script.machine import Machine
from dependencies.points_to.script.model import (
    CONFIDENCE,
    Callee,
    Function,
    How,
    Kind,
    ScriptCall,
    ScriptProblem,
    Site,
    Thing,
)
from dependencies.points_to.script.solving import BoundedSolver

BASE_BUDGET: Final = 1_000_000
LINE_BUDGET: Final = 60
SCRIPTS: Final = frozenset({Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX})
_CALLERS: Final = frozenset(
    [
        "forEach",
        "map",
        "filter",
        "reduce",
        "reduceRight",
        "some",
        "every",
        "find",
        "findIndex",
        "flatMap",
        "then",
        "catch",
        "finally",
        "sort",
    ]
)
_COMMON: Final = _CALLERS | frozenset(
    [
        "push",
        "pop",
        "shift",
        "unshift",
        "slice",
        "splice",
        "concat",
        "join",
        "indexOf",
        "includes",
        "keys",
        "values",
        "entries",
        "get",
        "set",
        "has",
        "add",
        "delete",
        "clear",
        "next",
        "return",
        "throw",
        "toString",
        "valueOf",
        "call",
        "apply",
        "bind",
        "split",
        "replace",
        "match",
        "test",
        "exec",
        "trim",
        "constructor",
        "length",
        "on",
        "off",
        "emit",
        "once",
        "then",
        "log",
        "error",
        "warn",
        "info",
        "start",
        "stop",
        "open",
        "close",
        "send",
        "read",
        "write",
        "run",
        "init",
        "update",
        "render",
        "create",
        "destroy",
        "reset",
        "remove",
        "append",
        "insert",
    ]
)


@dataclass(slots=True, eq=False)
class ScriptCalls:
    """Call edges in the order of files and lines, and the places that were not analyzed.

    ``saturated`` counts the variables, of ``variables``, that more objects reach than are followed.
    """

    calls: tuple[ScriptCall, ...]
    problems: tuple[ScriptProblem, ...]
    functions: tuple[Callee, ...]
    inline: frozenset[tuple[str, int, int]] = frozenset()
    parents: Mapping[tuple[str, int, int], Callee] = field(default_factory=dict)
    saturated: int = 0
    variables: int = 0
    _explain: Callable[[ScriptCall], tuple[str, ...]] | None = None

    def chain(self, call: ScriptCall) -> tuple[str, ...]:
        """Tell why a call reaches its callee: steps from the call to the definition."""
        return self._explain(call) if self._explain is not None else ()


def script_calls(
    files: Sequence[ProjectFile],
    *,
    readings: Mapping[str, Reading] | None = None,
    resolve: Resolve | None = None,
) -> ScriptCalls:
    """Find the calls of the TypeScript and JavaScript files of a project; never raises.

    ``readings`` may hold files that are parsed already, by path; ``resolve`` finds the file that an
    import means: (source, importer) → path.
    """
    scripts = [file for file in files if file.language in SCRIPTS]
    known = readings or {}
    project = Project(resolve)
    for file in scripts:
        reading = known.get(file.path)
        project.add(file.path, reading or read(_bytes(file), file.language))
    return project.solved()


def _bytes(file: ProjectFile) -> bytes:
    return file.text.encode("utf-8", "surrogateescape")


class Project:
    """Files that are lowered one by one and solved together."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        """Begin without a file."""
        self.solver = BoundedSolver()
        self.heap = Heap(self.solver)
        self.machine = Machine(self.heap)
        self.files: dict[str, Lowering] = {}
        self.problems: list[ScriptProblem] = []
        self.resolve = resolve
        self.seconds: dict[str, float] = {}

    def add(self, path: str, reading: Reading) -> None:
        """Read a file."""
        low = Lowering(path, reading, self.machine)
        self.files[path] = low
        low.run()

    def solved(self) -> ScriptCalls:
        """Link, solve and give the calls."""
        resolve = self.resolve or resolver(self.files)
        link(self.files, self.machine, resolve)
        begun = time.perf_counter()
        self.solver.solve()  # what names mean as classes is known before anything is derived
        for low in self.files.values():
            for var, constraint in low.watched:
                self.solver.watch(var, constraint)
        lines = sum(low.module.end_line for low in self.files.values())
        self.solver.budget = BASE_BUDGET + lines * LINE_BUDGET
        self.solver.solve()
        self._unknown_keys()
        if self.solver.exhausted:
            path = next(iter(self.files))
            message = "calls may be missing in any file: the analysis of all ran out of its budget"
            self.problems.append(ScriptProblem(path, 1, message))
        self.seconds["solve"] = time.perf_counter() - begun
        found = self._edges()
        self._fallbacks(found)
        calls = sorted(
            (self._call(site, obj, how) for (site, obj), how in found.items()),
            key=lambda call: (call.path, call.line, call.column, call.callee.name),
        )
        problems = [problem for low in self.files.values() for problem in low.problems]
        functions = [function for low in self.files.values() for function in low.functions]
        return ScriptCalls(
            tuple(calls),
            (*self.problems, *problems),
            tuple(callee_of(function) for function in functions if function.parent is not None),
            frozenset(_key(function) for function in functions if function.inline),
            {
                _key(function): callee_of(function.parent)
                for function in functions
                if function.parent is not None
            },
            len(self.solver.full),
            self.solver.count,
            self._explainer(found),
        )

    def _explainer(
        self, found: Mapping[tuple[Site, int], How]
    ) -> Callable[[ScriptCall], tuple[str, ...]]:
        sites: dict[ScriptCall, tuple[Site, int]] = {}
        chains: list[Chains] = []

        def explain(call: ScriptCall) -> tuple[str, ...]:
            if not chains:
                chains.append(Chains(self.files, self.machine))
                sites.update((self._call(*at, how), at) for at, how in found.items())
            at = sites.get(call)
            return chains[0].steps(*at) if at is not None else ()

        return explain

    def _unknown_keys(self) -> None:
        """Let keys that nothing is known of be any key, as ``handlers[event.type]()`` calls one."""
        solver = self.solver
        unknown = next(iter(solver.points_to(self.heap.unknown)))
        for low in self.files.values():
            for key in low.keys:
                if not solver.points_to(key):
                    solver.give(key, unknown)
        solver.solve()

    def _edges(self) -> dict[tuple[Site, int], How]:
        best: dict[tuple[Site, int], How] = {}
        facts = cast("Iterable[tuple[Site, int, How]]", self.solver.facts)
        for site, obj, how in facts:
            known = best.get((site, obj))
            if known is None or CONFIDENCE[how] > CONFIDENCE[known]:
                best[site, obj] = how
        return best

    def _fallbacks(self, found: dict[tuple[Site, int], How]) -> None:
        """Guess for calls of methods that nothing is known of: the only method of that name."""
        resolved = {site for site, _ in found}
        named: dict[str, list[Function]] = {}
        for low in self.files.values():
            for function in low.functions:
                last = function.name.rsplit(".", 1)[-1]
                if function.kind == "method" or last in low.methods:
                    named.setdefault(last, []).append(function)
        for low in self.files.values():
            for site in low.sites:
                if not site.method or site in resolved:
                    continue
                candidates = named.get(site.method, ())
                if len(candidates) == 1 and site.method not in _COMMON:
                    obj = self._object(candidates[0])
                    found[site, obj] = How.UNIQUE_NAME
                elif not candidates and site.method in _CALLERS:
                    for value in site.arguments[:2]:
                        for obj in sorted(self.solver.points_to(value)):
                            if self.heap.thing(obj).kind is Kind.FUNCTION:
                                found[site, obj] = How.UNIQUE_NAME

    def _object(self, function: Function) -> int:
        return self.heap.made(Kind.FUNCTION, function.path, function.at, function.label, function)

    def _call(self, site: Site, obj: int, how: How) -> ScriptCall:
        thing = self.heap.thing(obj)
        return ScriptCall(
            site.path,
            site.line,
            site.column,
            callee_of(site.caller),
            _callee(thing),
            how,
            CONFIDENCE[how],
        )


def _callee(thing: Thing) -> Callee:
    if isinstance(thing.info, Function):
        return callee_of(thing.info)
    label = f"<builtin>.{thing.name}" if thing.kind is Kind.BUILTIN else thing.name
    return Callee(thing.name, label=label)


def callee_of(function: Function) -> Callee:
    """Give a function as one end of a call."""
    if function.parent is None:
        return Callee("", function.path)
    return Callee(
        function.name,
        function.path,
        function.line,
        function.column,
        function.end_line,
        function.label,
    )


def _key(function: Function) -> tuple[str, int, int]:
    return (function.path, function.line, function.column)
