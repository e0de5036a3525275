"""Which function of a Python project calls which: the analysis from files to call edges."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from atomization.collector import collector_paused
from atomization.decomposer import decompose
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_names import names_of
from atomization.python_scopes import FileNames
from dependencies.edges import Step
from dependencies.points_to.chains import Chains
from dependencies.points_to.guesses import guessed_calls
from dependencies.points_to.links import dotted, interface
from dependencies.points_to.lowering import Lowering
from dependencies.points_to.program import Program
from dependencies.points_to.repairing import apply, repair
from dependencies.points_to.shapes import Routine as RoutineShape
from dependencies.points_to.shapes import Shape
from dependencies.points_to.things import Builtin, Klass, Known, Outside, Routine

CallFact = tuple[str, int, int, Known]
MemberFact = tuple[str, int, str, str, Known]

CROWD: Final = 20
"""How many functions a value may be before it tells little of each."""

FEW: Final = 6
"""The same for what no name in the source calls."""

MANY_DERIVED: Final = 16

IMPLICIT: Final = frozenset(
    {
        "bool",
        "compare",
        "format",
        "iter",
        "[]",
        "[]=",
        "with",
        "await",
        "unary",
        "del",
        "len",
        "str",
    }
    | {"repr", "hash", "add", "sub", "mul", "mod", "or", "and", "truediv"}
)
SKIPPED: Final = frozenset({".git", ".venv", "__pycache__", "node_modules"})


def build(names: Iterable[FileNames], *, lasting: bool = False) -> Program:
    """Read files into a program and solve it."""
    program = Program(lasting=lasting)
    files = list(names)
    program.links.connect(files)
    for file in files:
        program.links.name_scopes(file)
    for file in files:
        program.files[file.file.path] = Lowering(program, file).run()
    program.connect()
    for lowered in program.files.values():
        apply(program, lowered)
        if not lasting:
            for unit in lowered.units.values():
                unit.facts.clear()
    program.solver.solve()
    return program


def call_graph(directory: Path | str) -> dict[str, list[str]]:
    """Give the call graph of a directory in PyCG's shape: dotted names to what they call."""
    root = Path(directory)
    files: list[ProjectFile] = []
    with collector_paused():
        for path in sorted(root.rglob("*.py")):
            if SKIPPED.isdisjoint(path.relative_to(root).parts):
                slots = tuple(decompose(path.read_bytes(), Language.PYTHON))
                name = path.relative_to(root).as_posix()
                files.append(ProjectFile(name, Language.PYTHON, slots))
        program = build(names_of(file) for file in files)
    return named_calls(program, 0.5)


class SolvedProgram:
    """A solved program, with what it found by file."""

    def __init__(self, names: Iterable[FileNames], *, lasting: bool = False) -> None:
        """Read and solve some files."""
        self.program = build(names, lasting=lasting)
        self._chains: Chains | None = None
        self.members: dict[str, set[MemberFact]] = defaultdict(set)
        self.elsewhere: dict[str, set[int]] = defaultdict(set)
        self._calls: dict[str, set[CallFact]] = defaultdict(set)
        for fact in self.program.solver.facts:
            self._note(fact, there=True)
        self.program.solver.changed.clear()

    def _note(self, fact: Any, *, there: bool) -> str:
        """Take a fact in or out; gives the path of the file that it is about."""
        if fact[1] < 0:
            return ""
        path: str = self.program.sites[fact[1]].path
        what, index = fact, self._calls
        if fact[0] == "m":
            index = self.members  # type: ignore[assignment]
        elif fact[0] == "e":
            index, what = self.elsewhere, fact[1]  # type: ignore[assignment]
        if there:
            index[path].add(what)
        else:
            index[path].discard(what)
        return path

    def update(self, changed: Sequence[FileNames]) -> set[str]:
        """Take files anew, and repair the solution; gives the files that it changed something of.

        Needs a lasting program, and the same paths as before.
        """
        program = self.program
        before = {names.file.path: program.files[names.file.path] for names in changed}
        again = set(before)
        self._chains = None
        modules: set[str] = set()
        for names in changed:
            path = names.file.path
            was, now = interface(before[path].names), interface(names)
            other_names = {
                (path, name) for name in was.keys() | now.keys() if was.get(name) != now.get(name)
            }
            if other_names:
                modules.add(path)
                again |= {
                    other
                    for other, lowered in program.files.items()
                    if not lowered.consulted.isdisjoint(other_names)
                }
            program.links.replace(names)
        old = {path: program.files[path] for path in again}
        new = {path: Lowering(program, program.links.files[path]).run() for path in sorted(again)}
        repair(program, old, new, modules)
        touched = set(again)
        for fact in program.solver.changed:
            touched.add(self._note(fact, there=fact in program.solver.facts))
        program.solver.changed.clear()
        return touched - {""}

    def calls_in(self, path: str) -> list[tuple[int, int, Known]]:
        """Give a file's calls in a fixed order: site, called object, and how that is known."""
        sites, things = self.program.sites, self.program.solver.things
        found = weighed(self.program, self._calls.get(path, ()))

        def order(call: tuple[int, int, Known]) -> tuple[object, ...]:
            site = sites[call[0]]
            return site.line, site.column, site.text, call[2], str(things[call[1]])

        return sorted(found, key=order)

    def chain(self, site: int, callee: int) -> tuple[Step, ...]:
        """Tell why a call means what it means, from the call on."""
        if self._chains is None:
            self._chains = Chains(self.program)
        return self._chains.of(site, callee)

    def place_of(self, callee: int) -> tuple[str, int] | None:
        """Give the file and slot of a function or class of the project."""
        thing = self.program.solver.things[callee]
        found: RoutineShape | Shape | None = None
        if isinstance(thing, Routine):
            found = self.program.routines.get(thing.key)
        elif isinstance(thing, Klass):
            found = self.program.classes.get(thing.key)
        return (found.path, found.slot) if found is not None else None


def named_calls(program: Program, least: float = 0.0) -> dict[str, list[str]]:
    """Give the calls of a program by dotted names, those at least as sure as ``least``."""
    found: dict[str, set[str]] = {}
    for key in (*program.routines, *(f"{path}::" for path in program.files)):
        found.setdefault(dotted(key), set())
    things = program.solver.things
    facts = (fact for fact in program.solver.facts if isinstance(fact, tuple) and fact[0] == "c")
    for number, callee, known in (*weighed(program, facts), *guessed_calls(program)):
        thing = things[callee]
        if known.confidence < least:
            continue
        if isinstance(thing, Routine):
            name = dotted(thing.key)
        elif isinstance(thing, Outside):
            name = thing.name
        elif isinstance(thing, Builtin):
            name = thing.name if thing.name.startswith("<**") else f"<builtin>.{thing.name}"
        else:
            continue
        found.setdefault(dotted(program.sites[number].unit), set()).add(name)
        found.setdefault(name, set())
    return {name: sorted(found[name]) for name in sorted(found)}


def weighed(program: Program, facts: Iterable[CallFact]) -> Iterator[tuple[int, int, Known]]:
    """Give every call as a site, the object that is called, and how that is known.

    A value that may be any of a crowd of functions tells little of each.
    """
    found: dict[tuple[int, int], Known] = {}
    for _, site, callee, known in facts:
        if site >= 0:
            before = found.get((site, callee))
            if before is None or known < before:
                found[site, callee] = known
    crowds = Counter(site for site, _ in found)
    derived = Counter(site for (site, _), known in found.items() if known is Known.OVERRIDE)
    for (site, callee), known in found.items():
        place = program.sites[site]
        if known is Known.SCOPE and not place.direct:
            known = Known.FLOW
        most = CROWD if place.text not in IMPLICIT else FEW
        if (known >= Known.FLOW and crowds[site] > most) or (
            known is Known.OVERRIDE and derived[site] > MANY_DERIVED
        ):
            known = Known.CROWD
        yield site, callee, known
