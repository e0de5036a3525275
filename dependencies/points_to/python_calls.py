"""Which function of a Python project calls which: the analysis from files to call edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    return named_calls(program)


def named_calls(program: Program, least: float = 0.0) -> dict[str, list[str]]:
    """Give the calls of a program by dotted names, those at least as sure as ``least``."""
    found: dict[str, set[str]] = {}
    for key in (*program.routines, *(f"{path}::" for path in program.files)):
        found.setdefault(dotted(key), set())
    things = program.solver.things
    for fact in program.solver.facts:
        if not isinstance(fact, tuple) or fact[0] != "c" or fact[1] < 0:
            continue
        _, number, callee, known = fact
        thing = things[callee]
        if Known(known).confidence < least:
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


def as_text(calls: Mapping[str, Iterable[str]]) -> str:
    """Write a call graph for a reader."""
    return "\n".join(f"{caller} -> {callee}" for caller in calls for callee in calls[caller])
