"""Def-use analysis: which definition, binding or change of an object, may reach which use.

``units_of`` lowers and solves a Python module, ``states_of`` adds what mutations and aliases mean,
``pairs_of`` tells the pairs of one unit.
"""

from __future__ import annotations

from dependencies.def_use.model import Pair, PairKind, Unit
from dependencies.def_use.python import pairs_of, units_of
from dependencies.def_use.states import states_of

__all__ = ["Pair", "PairKind", "Unit", "pairs_of", "states_of", "units_of"]
