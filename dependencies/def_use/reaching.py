"""Reaching definitions over the blocks of a unit (Aho, Lam, Sethi, Ullman: Compilers, 9.2.4).

Inside a block the answer is read off in order; only variables that are used in another block than
the one that sets them take part in the equations, whose sets are bit masks in plain integers. Work
and answers are bounded: masks that would grow too large are solved in turns, and a unit of many
thousand uses is told only the nearest definitions of each (``limit_of``).
"""

from __future__ import annotations

from typing import Any, Final

from dependencies.def_use.model import (
    BINDING,
    KILL,
    OUTER,
    Closure,
    Definition,
    Unit,
)

MAX_BITS: Final = 400_000_000
"""Bits of all masks of a sort that are worked on at once; more definitions are done in turns."""

MAX_TOLD: Final = 2_000_000
MIN_TOLD: Final = 100

States = list[tuple[Definition, ...]]
"""For each use, the definitions that may reach it."""

_Defs = tuple[Definition, ...]


def limit_of(unit: Unit) -> int:
    """Give how many definitions a use is told at most: all of them, but in enormous units."""
    return max(MIN_TOLD, MAX_TOLD // (len(unit.use_vars) + 1))


class Reaching:
    """Solves one unit; ``also`` is a kind that counts beside what binds and unbinds."""

    def __init__(self, unit: Unit, *, also: int = BINDING) -> None:
        """Read the blocks and solve."""
        self.unit = unit
        self._counted = frozenset({BINDING, KILL, OUTER, also})
        self.reached: list[_Defs] = [()] * len(unit.use_vars)
        self.seen_late: list[tuple[int, int]] = []
        self.asked: list[tuple[Closure, int, int, str]] = []
        self._limit = limit_of(unit)
        self._exposed: list[tuple[int, int, int]] = []
        self._gens: list[dict[int, _Defs]] = []
        self._closed: list[set[int] | None] = []
        self._thrown: list[tuple[dict[int, dict[Definition, None]], set[int] | None] | None] = []
        self._gather()
        if self._exposed:
            self._solve()

    def _gather(self) -> None:
        unit, reached, counted = self.unit, self.reached, self._counted
        use_vars, exposed, limit = unit.use_vars, self._exposed, self._limit
        gens: list[dict[int, _Defs]] = [{}] * len(unit.blocks)
        opened: list[Any] = [None] * len(unit.blocks)
        thrown: list[Any] = [None] * len(unit.blocks)
        for block in unit.order:
            local: dict[int, _Defs] = {}
            weak: set[int] = set()
            throws: dict[int, dict[Definition, None]] | None = None
            kept: set[int] = set()
            dirty: dict[int, None] = {}
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
                            local[var] = (*before[1 - limit :], event)
                    else:
                        local[var] = () if kind == KILL else (event,)
                        if weak:
                            weak.discard(var)
                    if throws is not None:
                        dirty[var] = None
                elif event is None:
                    if throws is None:
                        throws = {}
                        kept = {var for var in local if var not in weak}
                        dirty = dict.fromkeys(local)
                    for var in dirty:
                        throws.setdefault(var, {}).update(dict.fromkeys(local[var]))
                    dirty.clear()
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
        room = limit = max(MAX_BITS // max(len(self.unit.blocks), 1), MIN_TOLD)
        turn: dict[int, list[Definition]] = {}
        for var, found in bits.items():
            known = list(dict.fromkeys(found))
            for start in range(0, len(known), limit):
                part = known[start : start + limit]
                if len(part) > room:
                    self._turn(turn)
                    turn, room = {}, limit
                turn[var] = part
                room -= len(part)
        if turn:
            self._turn(turn)

    def _turn(self, turn: dict[int, list[Definition]]) -> None:
        """Solve for some definitions of some variables."""
        unit = self.unit
        numbered: list[Definition] = []
        place: dict[Definition, int] = {}
        masks: dict[int, int] = {}
        for var, found in turn.items():
            start = len(numbered)
            for definition in found:
                place[definition] = len(numbered)
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
                    if definition in place:
                        made |= 1 << place[definition]
                if not weak or var not in weak:
                    kills |= mask
            gen[block], keep[block] = made, ~kills
            thrown = self._thrown[block]
            if thrown is not None:
                made = kills = 0
                for var, more in thrown[0].items():
                    if var in masks:
                        for definition in more:
                            if definition in place:
                                made |= 1 << place[definition]
                for var in thrown[1] or ():
                    kills |= masks.get(var, 0)
                throw[block] = (made, ~kills)
        self._tell(masks, self._fixpoint(gen, keep, throw), numbered)

    def _tell(self, masks: dict[int, int], entering: list[int], numbered: list[Definition]) -> None:
        known: dict[int, _Defs] = {}
        reached, limit = self.reached, self._limit
        for block, var, use in self._exposed:
            mask = masks.get(var, 0) & entering[block]
            if mask:
                if mask not in known:
                    known[mask] = _spelled(mask, numbered, limit)
                before = reached[use]
                reached[use] = (*known[mask], *before)[-limit:] if before else known[mask]

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


def _spelled(mask: int, numbered: list[Definition], limit: int) -> _Defs:
    """Give the definitions of a mask in their order, the last ones if there are too many."""
    found: list[Definition] = []
    while mask and len(found) < limit:
        high = mask.bit_length() - 1
        found.append(numbered[high])
        mask ^= 1 << high
    return tuple(reversed(found))


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
