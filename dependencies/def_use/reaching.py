"""Reaching definitions over the blocks of a unit (Aho, Lam, Sethi, Ullman: Compilers, 9.2.4).

Inside a block the answer is read off in order; only variables that are used in another block than
the one that sets them take part in the equations, whose sets are bit masks in plain integers.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import Any, Final

from dependencies.def_use.model import (
    BINDING,
    KILL,
    OUTER,
    Closure,
    Definition,
    Unit,
)

MAX_BITS: Final = 2_000_000_000
"""Bits of all masks together that are worked on at once; more variables are done in turns."""

States = list[tuple[Definition, ...]]
"""For each use, the definitions that may reach it."""

_Defs = tuple[Definition, ...]


class Reaching:
    """Solves one unit; ``also`` is a kind that counts beside what binds and unbinds."""

    def __init__(self, unit: Unit, *, also: int = BINDING) -> None:
        """Read the blocks and solve."""
        self.unit = unit
        self._counted = frozenset({BINDING, KILL, OUTER, also})
        self.reached: list[_Defs] = [()] * len(unit.use_vars)
        self.seen_late: list[tuple[int, int]] = []
        self.asked: list[tuple[Closure, int, int, str]] = []
        self.by_var: dict[int, list[Definition]] = defaultdict(list)
        self._exposed: list[tuple[int, int, int]] = []
        self._gens: list[dict[int, _Defs]] = []
        self._closed: list[set[int] | None] = []
        self._thrown: list[tuple[dict[int, dict[Definition, None]], set[int] | None] | None] = []
        self._gather()
        if self._exposed:
            self._solve()

    def _gather(self) -> None:
        unit, reached, counted = self.unit, self.reached, self._counted
        use_vars, exposed = unit.use_vars, self._exposed
        gens: list[dict[int, _Defs]] = [{}] * len(unit.blocks)
        opened: list[Any] = [None] * len(unit.blocks)
        thrown: list[Any] = [None] * len(unit.blocks)
        for block in unit.order:
            local: dict[int, _Defs] = {}
            weak: set[int] = set()
            throws: dict[int, dict[Definition, None]] | None = None
            kept: set[int] = set()
            dirty = True
            for event in unit.blocks[block]:
                if event.__class__ is int:
                    var = use_vars[event]
                    found = local.get(var)
                    if found is None:
                        exposed.append((block, var, event))
                    else:
                        reached[event] = found
                        if var in weak:
                            exposed.append((block, var, event))
                elif event.__class__ is Definition:
                    kind = event.kind
                    if kind not in counted:
                        continue
                    var = event.var
                    if event.weak:
                        before = local.get(var)
                        if before is None:
                            weak.add(var)
                            local[var] = (event,)
                        else:
                            local[var] = (*before, event)
                    else:
                        local[var] = () if kind == KILL else (event,)
                        if weak:
                            weak.discard(var)
                    dirty = True
                elif event is None:
                    if throws is None:
                        throws = {}
                        kept = {var for var in local if var not in weak}
                    if dirty:
                        for var, defs in local.items():
                            throws.setdefault(var, {}).update(dict.fromkeys(defs))
                        dirty = False
                elif event.__class__ is Closure:
                    self._ask(event, block, local, weak)
                else:
                    self.seen_late.append((event.use, event.since))
            gens[block] = local
            opened[block] = weak
            if throws is not None:
                thrown[block] = (throws, kept)
        self._gens, self._closed, self._thrown = gens, opened, thrown

    def _ask(self, closure: Closure, block: int, local: dict[int, _Defs], weak: set[int]) -> None:
        """Treat what a closure reads as used where it is made, and later on."""
        unit = self.unit
        for name in closure.unit.free:
            var = variable_of(unit, closure, name)
            if var < 0:
                continue
            index = len(self.reached)
            found = local.get(var)
            self.reached.append(found or ())
            self.asked.append((closure, index, var, name))
            if found is None or var in weak:
                self._exposed.append((block, var, index))

    def _solve(self) -> None:
        wanted = {var for _, var, _ in self._exposed}
        bits: dict[int, list[Definition]] = {}
        for block in self.unit.order:
            for var, defs in self._gens[block].items():
                if var in wanted:
                    bits.setdefault(var, []).extend(defs)
            thrown = self._thrown[block]
            if thrown is not None:
                for var, more in thrown[0].items():
                    if var in wanted:
                        bits.setdefault(var, []).extend(more)
        turn: list[int] = []
        count = 0
        limit = MAX_BITS // max(len(self.unit.blocks), 1)
        for var, found in bits.items():
            turn.append(var)
            count += len(found)
            if count > limit:
                self._turn(turn, bits)
                turn, count = [], 0
        if turn:
            self._turn(turn, bits)

    def _turn(self, variables: list[int], bits: dict[int, list[Definition]]) -> None:
        unit = self.unit
        numbered: list[Definition] = []
        place: dict[Definition, int] = {}
        masks: dict[int, int] = {}
        for var in variables:
            start = len(numbered)
            for definition in bits[var]:
                if definition not in place:
                    place[definition] = 1 << len(numbered)
                    numbered.append(definition)
            masks[var] = (1 << len(numbered)) - (1 << start)
        count = len(unit.blocks)
        gen, keep = [0] * count, [-1] * count
        throw: list[tuple[int, int] | None] = [None] * count
        for block in unit.order:
            weak = self._closed[block]
            made = kills = 0
            for var, defs in self._gens[block].items():
                mask = masks.get(var)
                if mask is None:
                    continue
                for definition in defs:
                    made |= place[definition]
                if not weak or var not in weak:
                    kills |= mask
            gen[block], keep[block] = made, ~kills
            thrown = self._thrown[block]
            if thrown is not None:
                made = kills = 0
                for var, more in thrown[0].items():
                    if var in masks:
                        for definition in more:
                            made |= place[definition]
                for var in thrown[1] or ():
                    kills |= masks.get(var, 0)
                throw[block] = (made, ~kills)
        entering = self._fixpoint(gen, keep, throw)
        known: dict[int, _Defs] = {}
        reached = self.reached
        for block, var, use in self._exposed:
            mask = masks.get(var, 0) & entering[block]
            if mask:
                if mask not in known:
                    known[mask] = _spelled(mask, numbered)
                before = reached[use]
                reached[use] = (*known[mask], *before) if before else known[mask]

    def _fixpoint(
        self, gen: list[int], keep: list[int], throw: list[tuple[int, int] | None]
    ) -> list[int]:
        unit = self.unit
        entering = [0] * len(unit.blocks)
        rank = [0] * len(unit.blocks)
        for number, block in enumerate(unit.order):
            rank[block] = number
        again = True
        while again:
            again = False
            for block in unit.order:
                came = entering[block]
                out = gen[block] | (came & keep[block])
                if out:
                    own = rank[block]
                    for other in unit.next[block]:
                        if out & ~entering[other]:
                            entering[other] |= out
                            again = again or rank[other] <= own
                thrown = throw[block]
                if thrown is not None:
                    out = thrown[0] | (came & thrown[1])
                    if out:
                        for other in unit.handlers[block]:
                            if out & ~entering[other]:
                                entering[other] |= out
                                again = again or rank[other] <= rank[block]
        return entering


def _spelled(mask: int, numbered: list[Definition]) -> _Defs:
    found = []
    while mask:
        low = mask & -mask
        found.append(numbered[low.bit_length() - 1])
        mask ^= low
    return tuple(found)


def variable_of(unit: Unit, closure: Closure, name: str) -> int:
    """Give the unit's own variable that a closure's name means; -1 if it is none."""
    scope = closure.scope
    while scope is not None:
        if not scope.is_class and name in scope.names:
            return scope.names[name]
        scope = scope.parent
    var = unit.scope.get(name, -1)
    if var < 0 or unit.outer.get(name, False):
        return -1
    return var if unit.bound[var] or name in unit.rebinds or name in unit.outer else -1


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
            known = unit.rebinds.setdefault(name, [])
            known += [each for each in definitions if each not in known]
        for name, nodes in closure.unit.free.items():
            if variable_of(unit, closure, name) < 0:
                unit.free.setdefault(name, []).extend(nodes)


def _later(unit: Unit, reaching: Reaching) -> None:
    """Add what is set after a closure was made, and what closures set."""
    by_var: dict[int, list[Definition]] = defaultdict(list)
    for definition in unit.definitions:
        if definition.kind == BINDING:
            by_var[definition.var].append(definition)
    rebinds = {
        unit.scope[name]: found for name, found in unit.rebinds.items() if name in unit.scope
    }
    reached = reaching.reached
    for use, since in reaching.seen_late:
        reached[use] = _joined(reached[use], by_var[unit.use_vars[use]], since)
    for closure, index, var, name in reaching.asked:
        found = reached[index]
        if len(by_var[var]) > 1 or not found:
            found = _joined(found, by_var[var], closure.since)
        if var in rebinds:
            found = _joined(found, rebinds[var], -1)
        for node in closure.unit.free[name]:
            for definition in found:
                unit.captured.append((definition, node))
    if rebinds:
        for use, var in enumerate(unit.use_vars):
            if var in rebinds:
                reached[use] = _joined(reached[use], rebinds[var], -1)


def _joined(found: _Defs, more: list[Definition], since: int) -> _Defs:
    later = [each for each in more if each.rank >= since and each not in found]
    return (*found, *later) if later else found


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
            if by_var is None:
                by_var = defaultdict(list)
                for definition in unit.definitions:
                    if definition.kind == BINDING:
                        by_var[definition.var].append(definition)
            rank = min(each.rank for each in found if each.kind == OUTER)
            other = unit.fallback[var]
            kept += tuple(each for each in by_var[other] if each.rank < rank)
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
        own = {name: unit.scope[name] for name in unit.outer}
        for name, var in own.items():
            target = module.rebinds if unit.outer[name] else unit.rebinds
            found = [d for d in unit.definitions if d.var == var and d.kind == BINDING]
            if found:
                target.setdefault(name, []).extend(found)


def globals_read(module: Unit) -> list[tuple[Definition, ast.AST]]:
    """Tie what functions declare ``global`` to all that may set it."""
    pairs = []
    for name, nodes in module.free_globals.items():
        var = module.scope.get(name, -1)
        found = [d for d in module.definitions if d.var == var and d.kind == BINDING]
        found += module.rebinds.get(name, [])
        pairs += [(definition, node) for node in nodes for definition in found]
    return pairs
