"""Taking a file's facts into the solver, and changing them when the file changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from dependencies.points_to.program import Program
from dependencies.points_to.shapes import Lowered
from dependencies.points_to.things import (
    Bound,
    Instance,
    Klass,
    Known,
    Module,
    Routine,
    Upward,
)

Fact = tuple[Any, ...]


def apply(program: Program, lowered: Lowered) -> None:
    """Add the facts of a file to the solver."""
    for unit in lowered.units.values():
        for fact in unit.facts:
            add(program, fact)


def add(program: Program, fact: Fact) -> None:
    """Add one fact."""
    solver = program.solver
    what = fact[0]
    if what == "copy":
        solver.copy(fact[1], fact[2])
    elif what == "give":
        solver.give(fact[1], solver.object(fact[2]))
    elif what == "fact":
        solver.fact(("c", fact[1], solver.object(fact[2]), Known.SCOPE))
    else:
        solver.watch(fact[1], fact[2](program, *fact[3:]))


def take_back(program: Program, fact: Fact) -> None:
    """Take one fact back."""
    solver = program.solver
    what = fact[0]
    if what == "copy":
        solver.uncopy(fact[1], fact[2])
    elif what == "give":
        solver.take(fact[1], solver.object(fact[2]))
    elif what == "fact":
        solver.unfact(("c", fact[1], solver.object(fact[2]), Known.SCOPE))
    else:
        solver.unwatch(fact[1], fact[2](program, *fact[3:]))


def repair(
    program: Program,
    old: Mapping[str, Lowered],
    new: Mapping[str, Lowered],
    modules: set[str],
) -> None:
    """Put files in the place of what they were, and solve what that changes.

    ``modules`` are those of the files that bind other names than before.
    """
    solver = program.solver
    gone: list[Fact] = []
    come: list[Fact] = []
    for path, lowered in new.items():
        for taken, added in _differences(old[path], lowered):
            gone += taken
            come += added
    for fact in gone:
        take_back(program, fact)
    routines, classes = _reshaped(old, new)
    reshaped = bool(routines or classes)
    affected = _around(program, classes)
    program.files.update(new)
    if reshaped or _keys(old) != _keys(new):
        program.connect()
        affected |= _around(program, classes)
    else:
        for lowered in new.values():
            program.routines.update(lowered.routines)
            program.classes.update(lowered.classes)
    if reshaped or modules:
        if modules:
            modules |= {path for path, names in program.links.files.items() if names.stars}
        solver.again(_objects(program, routines, affected, modules))
    solver.delete()
    for fact in come:
        add(program, fact)
    solver.repair()


def _differences(old: Lowered, new: Lowered) -> Iterator[tuple[list[Fact], list[Fact]]]:
    """Give, for each unit that changed, the facts that are gone and those that are new."""
    for key in {**old.units, **new.units}:
        before = old.units[key].facts if key in old.units else []
        after = new.units[key].facts if key in new.units else []
        if before != after:
            counted, wanted = Counter(before), Counter(after)
            yield list((counted - wanted).elements()), list((wanted - counted).elements())


def _reshaped(old: Mapping[str, Lowered], new: Mapping[str, Lowered]) -> tuple[set[str], set[str]]:
    """Give the routines and classes whose shapes changed, came or went."""
    routines: set[str] = set()
    classes: set[str] = set()
    for path, lowered in new.items():
        before = old[path]
        for key in before.routines.keys() | lowered.routines.keys():
            was, now = before.routines.get(key), lowered.routines.get(key)
            if was is None or now is None or was.shape() != now.shape():
                routines.add(key)
            if was is not None and now is not None and was.is_abstract != now.is_abstract:
                classes.add(now.owner)
        for key in before.classes.keys() | lowered.classes.keys():
            one, other = before.classes.get(key), lowered.classes.get(key)
            if one is None or other is None or one.shape() != other.shape():
                classes.add(key)
    return routines, classes - {""}


def _keys(files: Mapping[str, Lowered]) -> set[str]:
    return {key for lowered in files.values() for key in (*lowered.routines, *lowered.classes)}


def _around(program: Program, classes: set[str]) -> set[str]:
    """Give classes with all above and below them, and those that they are metaclasses of.

    What stands above a class that is below one of them counts as well: ``super()`` in a mixin leads
    to whatever stands beside it.
    """
    below = {one for key in classes for one in (key, *program.descendants(key))}
    made = {key for key, shape in program.classes.items() if shape.metaclass in below}
    found = classes | made
    for key in tuple(found):
        found.update(program.descendants(key))
    for key in tuple(found):
        if key in program.classes:
            found.update(program.order(key))
    return found


def _objects(
    program: Program, routines: set[str], classes: set[str], modules: set[str]
) -> set[int]:
    """Give the objects whose meaning depends on some routines, classes and modules."""
    found: set[int] = set()
    for number, thing in enumerate(program.solver.things):
        match thing:
            case Routine():
                hit = thing.key in routines
            case Bound():
                hit = thing.routine in routines or thing.receiver in found
            case Instance() | Klass():
                hit = thing.key in classes
            case Upward():
                hit = thing.key in classes or thing.receiver in found
            case Module():
                hit = thing.path in modules or thing.path.endswith("/")
            case _:
                continue
        if hit:
            found.add(number)
    return found
