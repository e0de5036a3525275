"""What closures read and set of the variables around them, and the solving of a unit with them.

A function that is made at a place may run at any time after it: it reads what reaches that place
and whatever is bound later, and what it sets (``nonlocal``, ``global``) may be there ever after.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import Any

from dependencies.def_use.model import BINDING, OUTER, Definition, Unit
from dependencies.def_use.reaching import Reaching, limit_of, variable_of

_Defs = tuple[Definition, ...]


def solve(unit: Unit, module: Unit) -> None:
    """Find what reaches each use of a unit whose closures are solved already."""
    _gather_rebinds(unit)
    reaching = Reaching(unit)
    reached = reaching.reached
    uses = len(unit.use_vars)
    if unit.fallback or unit.outer:
        _outside(unit, reached, module)
    if unit.rebinds or reaching.seen_late or reaching.asked:
        _later(unit, reaching)
    unit.reached = reached[:uses] if len(reached) > uses else reached
    _free(unit, module)


def _gather_rebinds(unit: Unit) -> None:
    for closure in unit.closures:
        for name, definitions in closure.unit.rebinds.items():
            known = unit.rebinds.get(name, [])
            unit.rebinds[name] = list(dict.fromkeys((*known, *definitions)))
        for name, nodes in closure.unit.free.items():
            if variable_of(unit, closure, name) < 0:
                unit.free.setdefault(name, []).extend(nodes)


def _later(unit: Unit, reaching: Reaching) -> None:
    """Add what is set after a closure was made, and what closures set."""
    by_var, limit = _by_variable(unit), limit_of(unit)
    rebinds = {
        unit.scope[name]: found for name, found in unit.rebinds.items() if name in unit.scope
    }
    reached = reaching.reached
    for use, since in reaching.seen_late:
        reached[use] = joined(reached[use], by_var[unit.use_vars[use]], since, limit)
    for closure, index, var, name in reaching.asked:
        found = reached[index]
        if len(by_var[var]) > 1 or not found:
            found = joined(found, by_var[var], closure.since, limit)
        if var in rebinds:
            found = joined(found, rebinds[var], -1, limit)
        for node in closure.unit.free[name]:
            for definition in found:
                unit.captured.append((definition, node))
    if rebinds:
        for use, var in enumerate(unit.use_vars):
            if var in rebinds:
                reached[use] = joined(reached[use], rebinds[var], -1, limit)


def _by_variable(unit: Unit) -> dict[int, list[Definition]]:
    by_var: dict[int, list[Definition]] = defaultdict(list)
    for definition in unit.definitions:
        if definition.kind == BINDING:
            by_var[definition.var].append(definition)
    return by_var


def joined(found: _Defs, more: list[Definition], since: int, limit: int) -> _Defs:
    """Add those definitions that may run from a rank on, the nearest ones."""
    start = bisect_left(more, since, key=lambda each: each.rank) if since >= 0 else 0
    known = dict.fromkeys(found)
    known.update(dict.fromkeys(more[start : start + limit]))
    return tuple(known) if len(known) > len(found) else found


def _outside(unit: Unit, reached: list[_Defs], module: Unit) -> None:
    """Leave out what stands for a definition outside of the unit, and note the use as free."""
    by_var: dict[int, list[Definition]] | None = None
    for use in range(len(unit.use_vars)):
        found = reached[use]
        if not any(each.kind == OUTER for each in found):
            continue
        kept = tuple(each for each in found if each.kind != OUTER)
        var = unit.use_vars[use]
        node, name = unit.use_nodes[use], unit.names[var]
        if var in unit.fallback:
            by_var = by_var or _by_variable(unit)
            rank = min(each.rank for each in found if each.kind == OUTER)
            other = unit.fallback[var]
            earlier = by_var[other]
            end = bisect_left(earlier, rank, key=lambda each: each.rank)
            kept += tuple(earlier[max(end - limit_of(unit), 0) : end])
            if not unit.bound[other]:
                unit.free.setdefault(name, []).append(node)
        elif unit.outer.get(name):
            module.free_globals.setdefault(name, []).append(node)
        else:
            unit.free.setdefault(name, []).append(node)
        reached[use] = kept


def _free(unit: Unit, module: Unit) -> None:
    """Note what a unit reads and sets of the variables around it."""
    if unit.parent is None:
        return
    bound, names, nodes = unit.bound, unit.names, unit.use_nodes
    for use, var in enumerate(unit.use_vars):
        if not bound[var] and not unit.reached[use]:
            unit.free.setdefault(names[var], []).append(nodes[use])
    if unit.outer:
        by_var = _by_variable(unit)
        for name, is_global in unit.outer.items():
            target = module.rebinds if is_global else unit.rebinds
            found = by_var[unit.scope[name]]
            if found:
                target.setdefault(name, []).extend(found)


def globals_read(module: Unit) -> list[tuple[Definition, Any]]:
    """Tie what functions declare ``global`` to all that may set it."""
    pairs: list[tuple[Definition, Any]] = []
    by_var, limit = _by_variable(module), limit_of(module)
    for name, nodes in module.free_globals.items():
        found = [*by_var[module.scope.get(name, -1)], *module.rebinds.get(name, [])][:limit]
        pairs += [(definition, node) for node in nodes for definition in found]
    return pairs
