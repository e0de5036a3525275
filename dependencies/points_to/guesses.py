"""What a call on an unknown receiver may mean: the methods of that name, if they are of one family.

This is the last resort, and marked as such. Names that built-in types have as well say nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from dependencies.index import COMMON
from dependencies.points_to.program import Program
from dependencies.points_to.things import Known, Routine

MOST: Final = 4
"""How many methods of one family a name may stand for."""


def guessed_calls(program: Program) -> Iterator[tuple[int, int, Known]]:
    """Give a site, a method and how it is known, for each call whose receiver nothing tells."""
    facts = [fact for fact in program.solver.facts if isinstance(fact, tuple)]
    answered = {fact[1] for fact in facts if fact[0] in ("c", "e")}
    named = _methods(program)
    for lowered in program.files.values():
        for site, (name, attribute) in lowered.methods.items():
            known = site in answered or attribute in answered or attribute not in lowered.bases
            if not known and name not in COMMON:
                for routine in named.get(name, ()):
                    yield site, program.intern(routine), Known.NAME


def _methods(program: Program) -> dict[str, list[Routine]]:
    """Give the methods that a name may mean, by name: one alone, or a class's and its overrides."""
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, shape in program.classes.items():
        for name, members in shape.members.items():
            if members[-1].kind in ("method", "static", "class"):
                owners[name].append((key, members[-1].routine))
    return {
        name: [Routine(routine) for _, routine in found]
        for name, found in owners.items()
        if len(found) <= MOST and _is_family(program, [key for key, _ in found])
    }


def _is_family(program: Program, keys: list[str]) -> bool:
    return any(all(program.is_a(key, (top,)) for key in keys) for top in keys)
