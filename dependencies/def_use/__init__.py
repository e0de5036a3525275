"""Def-use analysis: which definition, binding or change of an object, may reach which use.

``units_of`` lowers and solves a Python module, ``states_of`` adds what mutations and aliases mean,
``pairs_of`` tells the pairs of one unit. ``slot_flows`` gives what flows between a file's slots,
in any language.
"""

from __future__ import annotations

from dependencies.def_use.flows import FlowKind, SlotFlow
from dependencies.def_use.model import Pair, PairKind, Unit
from dependencies.def_use.python import pairs_of, units_of
from dependencies.def_use.slots import slot_flows
from dependencies.def_use.states import states_of

__all__ = [
    "FlowKind",
    "Pair",
    "PairKind",
    "SlotFlow",
    "Unit",
    "pairs_of",
    "slot_flows",
    "states_of",
    "units_of",
]
