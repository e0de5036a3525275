"""Judging atoms in tests: those of a source, and blocks with a given data flow."""

from __future__ import annotations

from atomization.context_injector import Context, build_contexts
from atomization.contracts import Contract
from atomization.decomposer import Slot, slots_of
from atomization.flow.model import Flow
from atomization.parser import Language, language_of
from atomization.pieces import AtomKind
from atomization.project import ProjectFile, atom_key
from atomization.reading import read
from atomization.validator import Criterion, criteria, criteria_of


def judged(source: str, path: str = "a.py") -> dict[str, dict[str, Criterion]]:
    """Judge all atoms of a file: atom name → criterion name → answer."""
    language = language_of(path)
    assert language is not None
    reading = read(source.encode(), language)
    slots = slots_of(reading)
    contexts = build_contexts([ProjectFile(path, language, tuple(slots))])
    found = criteria_of(reading, slots, [contexts[atom_key(path, slot.name)] for slot in slots])
    return {
        slot.name: {criterion.name: criterion for criterion in answers}
        for slot, answers in zip(slots, found, strict=True)
    }


def measured(source: str, name: str = "f", path: str = "a.py") -> dict[str, Criterion]:
    """Judge one atom of a file."""
    return judged(source, path)[name]


def block(
    code: str, flow: Flow | None, *, name: str = "f#block2", language: Language = Language.PYTHON
) -> dict[str, Criterion]:
    """Judge a statement block with a given data flow."""
    slot = slot_of(code, AtomKind.BLOCK, name)
    contract = Contract(name, "block", "", "", flow=flow)
    found = criteria(slot, context_of(), contract, language=language)
    return {criterion.name: criterion for criterion in found}


def slot_of(code: str, kind: AtomKind = AtomKind.FUNCTION, name: str = "f") -> Slot:
    """Give a slot around a text."""
    lines = code.count("\n")
    parent = name.split("#", 1)[0] if "#" in name else None
    return Slot(kind, name, code, 1, lines, parent, lines, 1, "", "", (), False, False, "")


def context_of() -> Context:
    """Give a context without anything."""
    return Context((), (), (), (), 1.0)
