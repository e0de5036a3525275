"""The ten criteria of an atom, each measured on its syntax, contract, data flow and context.

``criteria_of`` judges the atoms of a file together, with one walk over its tree; ``criteria``
judges one atom from its text. A criterion that does not apply to a kind of atom (a constant has no
inputs) is met and says so. What each weighs, and why, stands at ``WEIGHTS``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from atomization.context_injector import Context
from atomization.contracts import Contract, contract_of, contracts_of
from atomization.criteria import behaviour, form
from atomization.criteria.facts import Facts
from atomization.criteria.model import (
    MAX_COMPLEXITY,
    MAX_INPUTS,
    MAX_LOC,
    MAX_OUTPUTS,
    MIN_COMPLETENESS,
    TARGET_LOC,
    WEIGHTS,
    Criterion,
    Severity,
    score,
)
from atomization.criteria.subject import Subject
from atomization.criteria.walk import facts_alone, facts_of
from atomization.decomposer import Slot
from atomization.parser import Language
from atomization.reading import Reading

__all__ = [
    "MAX_COMPLEXITY",
    "MAX_INPUTS",
    "MAX_LOC",
    "MAX_OUTPUTS",
    "MIN_COMPLETENESS",
    "TARGET_LOC",
    "WEIGHTS",
    "Criterion",
    "Severity",
    "criteria",
    "criteria_of",
    "score",
]


def criteria_of(
    reading: Reading,
    slots: Sequence[Slot],
    contexts: Sequence[Context],
    contracts: Sequence[Contract] | None = None,
) -> list[list[Criterion]]:
    """Judge all atoms of a file: slots, contexts and contracts in the same order.

    Contracts that are not given are read here.
    """
    known = contracts_of(reading, slots) if contracts is None else contracts
    owners = {slot.name: contract for slot, contract in zip(slots, known, strict=True)}
    return [
        _judged(slot, context, contract, facts, reading.language, owners.get(slot.parent or ""))
        for slot, context, contract, facts in zip(
            slots, contexts, known, facts_of(reading, slots), strict=True
        )
    ]


def criteria(
    slot: Slot,
    context: Context,
    contract: Contract | None = None,
    *,
    language: Language = Language.PYTHON,
) -> list[Criterion]:
    """Measure the ten criteria of one atom from its text, in the order of ``WEIGHTS``."""
    contract = contract or contract_of(slot, language)
    return _judged(slot, context, contract, facts_alone(slot, language), language)


def _judged(
    slot: Slot,
    context: Context,
    contract: Contract,
    facts: Facts,
    language: Language,
    owner: Contract | None = None,
) -> list[Criterion]:
    subject = Subject(slot, context, contract, facts, contract.flow, language, owner)
    return [measure(subject) for measure in _MEASURES]


_MEASURES: Final[tuple[Callable[[Subject], Criterion], ...]] = (
    form.size,
    form.complexity,
    form.responsibility,
    form.boundaries,
    form.independence,
    form.completeness,
    behaviour.interface,
    behaviour.testable,
    behaviour.deterministic,
    behaviour.effects,
)
