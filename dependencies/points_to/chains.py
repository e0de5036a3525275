"""Why a call is resolved as it is: the names that what is called came through."""

from __future__ import annotations

from typing import Final

from dependencies.edges import Step
from dependencies.points_to.links import dotted
from dependencies.points_to.program import Program
from dependencies.points_to.things import Bound, Box, Routine

MOST: Final = 8


class Chains:
    """Explains calls of a solved program."""

    def __init__(self, program: Program) -> None:
        """Take the program as it is now."""
        self.program = program
        self._names = {var: key for key, var in program.named_variables()}
        self._lines: dict[tuple[str, str], int] = {}
        for lowered in program.files.values():
            for scope in lowered.names.scopes:
                key = program.links.key(scope)
                for name, bindings in scope.bindings.items():
                    self._lines[key, name] = bindings[0].line

    def of(self, site: int, callee: int) -> tuple[Step, ...]:
        """Give the steps from the call to where its callee is known by name, nearest first."""
        program = self.program
        at = program.sites[site]
        steps = [Step(f"{at.text} is called here", at.path, at.line)]
        lowered = program.files.get(at.path)
        var = lowered.callees.get(site, 0) if lowered is not None else 0
        found = self._as_held(var, callee)
        if found is None:
            return tuple(steps)
        for one in reversed(program.solver.way_to(var, found)):
            step = self._step(one)
            if step is not None and step not in steps and len(steps) < MOST:
                steps.append(step)
        return tuple(steps)

    def _as_held(self, var: int, callee: int) -> int | None:
        """Give the object as which a variable holds what is called: itself, or with a receiver."""
        held = self.program.solver.points_to(var)
        if callee in held:
            return callee
        things = self.program.solver.things
        thing = things[callee]
        for obj in sorted(held):
            other = things[obj]
            if isinstance(other, Bound) and Routine(other.routine) == thing:
                return obj
        return None

    def _step(self, var: int) -> Step | None:
        key = self._names.get(var)
        if key is None:
            return None
        owner, name = key[0], key[1] if len(key) > 1 else ""
        if isinstance(owner, Box):
            unit, _, _ = owner.place.partition("!")
            path, found, _ = unit.partition("::")
            if not found:
                return None
            return Step(f"held by a {owner.sort} of {dotted(unit)}", path, self._first_line(unit))
        if not isinstance(owner, str) or not isinstance(name, str) or "::" not in owner:
            return None
        path = owner.partition("::")[0]
        where = dotted(owner)
        if name == "<return>":
            return Step(f"returned by {where}", path, self._first_line(owner))
        plain = name.lstrip(".").partition("<")[0]
        line = self._lines.get((owner, plain), 0) or self._first_line(owner)
        return Step(f"through {plain} of {where}", path, line)

    def _first_line(self, key: str) -> int:
        routine = self.program.routines.get(key)
        shape = self.program.classes.get(key)
        return routine.line if routine is not None else shape.line if shape is not None else 1
