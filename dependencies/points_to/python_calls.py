"""Which function of a Python project calls which: the analysis from files to call edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from atomization.collector import collector_paused
from atomization.decomposer import decompose
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_names import names_of
from atomization.python_scopes import FileNames
from dependencies.points_to.links import dotted
from dependencies.points_to.lowering import Lowering
from dependencies.points_to.program import Program
from dependencies.points_to.shapes import Lowered
from dependencies.points_to.things import Builtin, Known, Outside, Routine

CROWD: Final = 20
"""How many functions a value may be before it tells little of each."""

FEW: Final = 6
"""The same for what no name in the source calls, and for methods of derived classes."""

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


def apply(program: Program, lowered: Lowered) -> None:
    """Add the facts of a file to the solver."""
    for unit in lowered.units.values():
        for fact in unit.facts:
            assert_fact(program, fact)


def assert_fact(program: Program, fact: tuple[Any, ...]) -> object:
    """Add one fact; gives the constraint that it makes, if any."""
    solver = program.solver
    what = fact[0]
    if what == "copy":
        solver.copy(fact[1], fact[2])
    elif what == "give":
        solver.give(fact[1], solver.object(fact[2]))
    elif what == "fact":
        solver.fact(("c", fact[1], solver.object(fact[2]), Known.SCOPE))
    else:
        constraint = fact[2](program, *fact[3:])
        solver.watch(fact[1], constraint)
        return constraint
    return None


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


def named_calls(program: Program, least: float = 0.0) -> dict[str, list[str]]:
    """Give the calls of a program by dotted names, those at least as sure as ``least``."""
    found: dict[str, set[str]] = {}
    for key in (*program.routines, *(f"{path}::" for path in program.files)):
        found.setdefault(dotted(key), set())
    things = program.solver.things
    for number, callee, known in calls_of(program):
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


def calls_of(program: Program) -> Iterator[tuple[int, int, Known]]:
    """Give every call as a site, the object that is called, and how that is known.

    A value that may be any of a crowd of functions tells little of each.
    """
    found: dict[tuple[int, int], Known] = {}
    for fact in program.solver.facts:
        if isinstance(fact, tuple) and fact[0] == "c" and fact[1] >= 0:
            _, site, callee, known = fact
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
        if known >= Known.FLOW and crowds[site] > most:
            known = Known.CROWD
        if known is Known.OVERRIDE and derived[site] > FEW:
            known = Known.CROWD
        yield site, callee, known


def as_text(calls: Mapping[str, Iterable[str]]) -> str:
    """Write a call graph for a reader."""
    return "\n".join(f"{caller} -> {callee}" for caller in calls for callee in calls[caller])
