"""Reading def-use pairs of small sources, for tests."""

from __future__ import annotations

import ast
import textwrap

from atomization.decomposer import decompose
from atomization.parser import Language
from atomization.project import ProjectFile
from dependencies.def_use import PairKind, SlotFlow, pairs_of, slot_flows, states_of, units_of


def pairs(source: str, kind: PairKind = PairKind.DEFINITION) -> set[tuple[str, int, int]]:
    """Give (name, definition line, use line); the first line is 1."""
    tree = ast.parse(textwrap.dedent(source).strip("\n"))
    units = units_of(tree)
    states = states_of(units)
    return {
        (pair.name, pair.definition_line, pair.line)
        for place, unit in enumerate(units)
        for pair in pairs_of(unit, states.get(place))
        if pair.kind is kind
    }


def reads(source: str, name: str, line: int) -> list[int]:
    """Give the lines whose bindings of a name may reach its uses on a line."""
    return sorted(at for own, at, use in pairs(source) if (own, use) == (name, line))


def changes(source: str, name: str, line: int) -> list[int]:
    """Give the lines whose changes of what a name holds may reach its uses on a line."""
    found = pairs(source, PairKind.MUTATION)
    return sorted(at for own, at, use in found if (own, use) == (name, line))


def captures(source: str, name: str, line: int) -> list[int]:
    """Give the lines whose bindings of a name around a function may reach its uses on a line."""
    found = pairs(source, PairKind.CLOSURE)
    return sorted(at for own, at, use in found if (own, use) == (name, line))


def file_of(source: str, language: Language = Language.PYTHON) -> ProjectFile:
    """Decompose a source, so that every statement is a slot of its own."""
    text = textwrap.dedent(source).strip("\n") + "\n"
    slots = decompose(text.encode(), language, max_loc=2, target_loc=1)
    return ProjectFile("a.py", language, tuple(slots))


def flows(source: str, language: Language = Language.PYTHON) -> list[SlotFlow]:
    """Give what flows between the slots of a source."""
    return slot_flows(file_of(source, language))
