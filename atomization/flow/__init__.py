"""Data flow of statement blocks: an engine without a language, and a lowering for each."""

from __future__ import annotations

from collections.abc import Sequence

from atomization.decomposer import Slot
from atomization.flow.model import Effect, EffectKind, Flow
from atomization.flow.python_slots import python_flows
from atomization.flow.script import script_flows
from atomization.parser import Language
from atomization.reading import Reading

__all__ = ["Effect", "EffectKind", "Flow", "flows_of"]


def flows_of(reading: Reading, slots: Sequence[Slot]) -> dict[int, Flow]:
    """Give the flow of slots by their index.

    These have one: statement blocks (of functions, classes and modules), the headers of functions
    that are split, and what else is a part of such a function. Never raises for what stands in the
    source.
    """
    if reading.language is Language.PYTHON:
        return python_flows(reading, slots)
    return script_flows(reading, slots)
