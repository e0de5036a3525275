"""What others may rely on without reading a body: an atom's contract.

``contracts_of`` reads a whole file off the one syntax tree that the decomposer has read, too;
``contract_of`` reads one slot's text alone, for those who have nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from atomization.contracts.errors import Handling
from atomization.contracts.model import (
    Bound,
    Contract,
    Example,
    Member,
    Parameter,
    ParameterKind,
    Section,
)
from atomization.contracts.python import python_contracts, python_handling
from atomization.contracts.render import render, render_flow
from atomization.contracts.script import script_contracts, script_handling
from atomization.decomposer import Slot
from atomization.flow import Flow, flows_of
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.reading import Reading, read

__all__ = [
    "Bound",
    "Contract",
    "Example",
    "Handling",
    "Member",
    "Parameter",
    "ParameterKind",
    "Section",
    "contract_of",
    "contracts_of",
    "handling_of",
    "render",
    "render_flow",
    "summary",
]

_FRAMED: Final = frozenset({AtomKind.METHOD, AtomKind.FIELD})
_CALLABLE: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD})


def contracts_of(
    reading: Reading, slots: Sequence[Slot], *, flows: Mapping[int, Flow] | None = None
) -> list[Contract]:
    """Give the contracts of a file's slots, in order; never raises for what stands there.

    ``slots`` are those of the reading's source. ``flows`` is the data flow by index of slot where
    somebody has it already; without it, it is computed.
    """
    python = reading.language is Language.PYTHON
    found = (python_contracts if python else script_contracts)(reading, slots)
    _overload(found, slots, python=python)
    known = flows_of(reading, slots) if flows is None else flows
    return _with_flow(found, slots, known) if known else found


def handling_of(reading: Reading, slots: Sequence[Slot]) -> Handling:
    """Tell where in a file errors are kept; never raises for what stands there."""
    python = reading.language is Language.PYTHON
    return (python_handling if python else script_handling)(reading, slots)


def contract_of(slot: Slot, language: Language) -> Contract:
    """Read a slot's contract from its text alone, without flow; never raises for what is there."""
    before, after = _frame(slot, language)
    text = f"{before}{slot.code}{after}"
    first = 1 + before.count("\n")
    alone = replace(slot, start_line=first, end_line=first + slot.end_line - slot.start_line)
    reading = read(text.encode("utf-8", "surrogateescape"), language)
    return contracts_of(reading, [alone], flows={})[0]


def _frame(slot: Slot, language: Language) -> tuple[str, str]:
    """Give what has to stand around a member of a class for it to be read as one."""
    if slot.kind not in _FRAMED:
        return "", ""
    if language is Language.PYTHON:
        return ("class _:\n", "") if slot.code.lstrip("\r\n")[:1] in " \t" else ("", "")
    return "class _ {\n", "\n}\n"


def _overload(found: list[Contract], slots: Sequence[Slot], *, python: bool) -> None:
    """Give every slot of an overloaded function all the signatures that it may be called by."""
    groups: dict[tuple[str | None, str], list[int]] = {}
    for at, slot in enumerate(slots):
        if slot.kind in _CALLABLE:
            groups.setdefault((slot.parent, slot.name.partition("#")[0]), []).append(at)
    for group in groups.values():
        if len(group) == 1:
            continue
        declared = [found[at].signature for at in group if _declares(found[at], python=python)]
        for at in group if declared else ():
            found[at] = replace(found[at], overloads=tuple(dict.fromkeys(declared)))


def _declares(contract: Contract, *, python: bool) -> bool:
    """Tell whether a contract is one of several signatures, without an implementation."""
    if python:
        return any(name.rpartition(".")[2] == "overload" for name in contract.decorators)
    return contract.bodiless


def _with_flow(
    found: list[Contract], slots: Sequence[Slot], flows: Mapping[int, Flow]
) -> list[Contract]:
    """Put the flow into the contracts; a block's needs get the types that its function declares."""
    index = {slot.name: at for at, slot in enumerate(slots)}
    for at, flow in flows.items():
        slot = slots[at]
        if slot.kind is not AtomKind.BLOCK:
            found[at] = replace(found[at], flow=flow)
            continue
        owner = index.get(slot.parent) if slot.parent is not None else None
        typed = found[owner].parameters if owner is not None else ()
        types = {part.name.lstrip("*."): _inside(part) for part in typed}
        needs = tuple(
            Parameter(name, types.get(name, ""), "", ParameterKind.LIVE) for name in flow.live_in
        )
        found[at] = replace(found[at], flow=flow, parameters=needs)
    return found


def _inside(part: Parameter) -> str:
    """Give the type that a parameter's name has inside the function."""
    if part.annotation and part.name.startswith("**"):
        return f"dict[str, {part.annotation}]"
    if part.annotation and part.name.startswith("*"):
        return f"tuple[{part.annotation}, ...]"
    return part.annotation


def summary(docstring: str) -> str:
    """Give the first line of a docstring."""
    return inspect.cleandoc(docstring).split("\n", 1)[0] if docstring else ""
