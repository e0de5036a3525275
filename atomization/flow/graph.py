"""The control-flow graph of one scope, and the data flow of any of its regions.

The equations are the classic ones (Aho, Lam, Sethi, Ullman: Compilers, 9.2): liveness backwards and
possibly bound names forwards over the whole graph; upward exposed uses, touched names and surely
bound names over one region. Nothing here recurses: depth is the author's choice.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from atomization.flow.model import Effect, EffectKind, Flow


class Act(NamedTuple):
    """An effect as it stands in the graph.

    ``row`` is 0-based. ``within`` are the rows of what a jump leaves: a region that holds all of
    them keeps the jump to itself, and the effect is not told of it.
    """

    kind: EffectKind
    target: str
    row: int
    within: tuple[int, int] | None = None


_EVERYTHING: Final = -1


@dataclass(slots=True)
class Step:
    """One node of the graph; masks of names, and where it goes from here."""

    row: int
    uses: int = 0
    defs: int = 0
    kills: int = 0
    captures: int = 0
    rebinds: int = 0
    mutates: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    place: bool = False
    next: list[int] = field(default_factory=list)
    raises: tuple[int, ...] = ()


class Graph:
    """The control-flow graph of one scope with its liveness, for asking about regions."""

    def __init__(self, steps: list[Step], names: list[str], local: int, always: int) -> None:
        """Take over what a builder made; labels are resolved to the steps they lead to."""
        self._steps = steps
        self._names = names
        self._local = local
        self._always = always & local
        self._cells = self._shared()
        self._next, self._raises = _resolved(steps)
        self._before = self._predecessors()
        self._order = sorted(
            (index for index, step in enumerate(steps) if not step.place),
            key=lambda index: steps[index].row,
        )
        self._rows = [steps[index].row for index in self._order]
        self._entry = next((i for i, step in enumerate(steps) if not step.place), -1)
        self._live = self._liveness()
        self._bound, self._handed = self._bindings()

    def _shared(self) -> int:
        cells = 0
        for step in self._steps:
            cells |= step.captures | step.rebinds
        return cells & self._local

    def _predecessors(self) -> list[list[int]]:
        before: list[list[int]] = [[] for _ in self._steps]
        for index, step in enumerate(self._steps):
            if not step.place:
                for after in self._next[index]:
                    before[after].append(index)
                for after in self._raises[index]:
                    before[after].append(index)
        return before

    def _liveness(self) -> list[int]:
        """Names that may be used from the start of each step on."""
        steps, after, raises, before = self._steps, self._next, self._raises, self._before
        always = self._always | self._cells
        live = [always] * len(steps)
        work = sorted(self._order)
        waiting = bytearray(len(steps))
        for index in work:
            waiting[index] = 1
        while work:
            index = work.pop()
            waiting[index] = 0
            step = steps[index]
            out = 0
            for other in after[index]:
                out |= live[other]
            out &= ~(step.defs | step.kills)
            for other in raises[index]:
                out |= live[other]
            out |= step.uses | always
            if out != live[index]:
                live[index] = out
                for other in before[index]:
                    if not waiting[other]:
                        waiting[other] = 1
                        work.append(other)
        return live

    def _bindings(self) -> tuple[list[int], list[int]]:
        """Names that may be bound at the end of each step, and where it raises."""
        steps, after, raises = self._steps, self._next, self._raises
        start = [0] * len(steps)
        bound = [0] * len(steps)
        handed = [0] * len(steps)
        work = sorted(self._order, reverse=True)
        waiting = bytearray(len(steps))
        for index in work:
            waiting[index] = 1
        while work:
            index = work.pop()
            waiting[index] = 0
            step = steps[index]
            came = start[index]
            out = (came & ~step.kills) | step.defs | step.rebinds
            bound[index] = out
            handed[index] = both = came | out
            for other in after[index]:
                if out & ~start[other]:
                    start[other] |= out
                    if not waiting[other]:
                        waiting[other] = 1
                        work.append(other)
            for other in raises[index]:
                if both & ~start[other]:
                    start[other] |= both
                    if not waiting[other]:
                        waiting[other] = 1
                        work.append(other)
        return bound, handed

    def names(self, mask: int) -> tuple[str, ...]:
        """Spell a mask out, in the order in which the names were first met."""
        found = []
        while mask:
            low = mask & -mask
            found.append(self._names[low.bit_length() - 1])
            mask ^= low
        return tuple(found)

    @property
    def local_names(self) -> tuple[str, ...]:
        """The names bound in the scope."""
        return self.names(self._local)

    @property
    def cell_names(self) -> tuple[str, ...]:
        """The local names that a closure shares."""
        return self.names(self._cells)

    @property
    def steps(self) -> Sequence[Step]:
        """The steps in the order in which they were made; places lead to steps and are none."""
        return self._steps

    def ways(self, index: int) -> tuple[Sequence[int], Sequence[int]]:
        """Tell where a step goes on, and where it goes when it raises."""
        return self._next[index], self._raises[index]

    def members(self, first: int, last: int) -> list[int]:
        """Give the steps of the rows from ``first`` to ``last``, in source order."""
        return self._order[bisect_left(self._rows, first) : bisect_right(self._rows, last)]

    def flow(self, first: int, last: int, *, inside: int = 0, ended: int = 0) -> Flow:
        """Tell the data flow of the rows from ``first`` to ``last``, both included.

        ``inside`` are names whose scope begins and ends in these rows, ``ended`` those whose scope
        only ends in them: nobody outside, or after, can name them.
        """
        members = self.members(first, last)
        if not members:
            return Flow()
        region = _Region(self, members)
        mentioned = captured = 0
        mutates: dict[str, None] = {}
        acts: list[Act] = []
        for index in members:
            step = self._steps[index]
            uses = step.uses | step.captures | step.rebinds
            mentioned |= uses
            captured |= uses | step.defs | step.kills
            if step.mutates:
                mutates.update(dict.fromkeys(step.mutates))
            if step.acts:
                acts += step.acts
        live_out = region.live_out & self._local & ~(inside | ended)
        may_define = region.passed & live_out
        live_in = (region.exposed | may_define) & region.bound & self._local & ~inside
        return Flow(
            live_in=self.names(live_in),
            live_out=self.names(live_out),
            may_define=self.names(may_define),
            kills=self.names(region.killed & self._local),
            mutates=tuple(mutates),
            free=self.names(mentioned & ~self._local),
            captured=self.names(captured & self._cells & ~inside),
            effects=_effects(acts, first, last),
        )


def _effects(acts: list[Act], first: int, last: int) -> tuple[Effect, ...]:
    """Give the effects of a region once each, without the jumps that stay inside it."""
    found = {}
    for act in acts:
        within = act.within
        if within is None or within[0] < first or within[1] > last:
            found[act.kind, act.target, act.row] = Effect(act.kind, act.target, act.row + 1)
    return tuple(found.values())


def _resolved(steps: list[Step]) -> tuple[list[Sequence[int]], list[Sequence[int]]]:
    """Replace labels by the steps that they lead to; a label that leads nowhere is the exit."""
    known: dict[int, list[int]] = {}
    for index, step in enumerate(steps):
        if step.place:
            known[index] = _through(index, steps, known)
    after: list[Sequence[int]] = [()] * len(steps)
    raises: list[Sequence[int]] = [()] * len(steps)
    for index, step in enumerate(steps):
        if step.place:
            continue
        after[index] = _targets(step.next, known)
        if step.raises:
            raises[index] = _targets(step.raises, known)
    return after, raises


def _targets(found: Sequence[int], known: dict[int, list[int]]) -> Sequence[int]:
    if len(found) == 1:
        return known.get(found[0], found)
    targets: dict[int, None] = {}
    for index in found:
        if index in known:
            targets.update(dict.fromkeys(known[index]))
        else:
            targets[index] = None
    return list(targets)


def _through(label: int, steps: list[Step], known: dict[int, list[int]]) -> list[int]:
    if not steps[label].next:
        return [label]
    found: dict[int, None] = {}
    seen = {label}
    stack = [label]
    while stack:
        for index in steps[stack.pop()].next:
            if not steps[index].place:
                found[index] = None
            elif index in known:
                found.update(dict.fromkeys(known[index]))
            elif index not in seen:
                seen.add(index)
                if steps[index].next:
                    stack.append(index)
                else:
                    found[index] = None
    return list(found)


class _Region:
    """The equations of one region, solved; steps that nothing in or before it reaches are left out.

    ``exposed``: used before the region binds them. ``live_out``: touched and used after.
    ``passed``: live at an exit that some path reaches without binding them. ``killed``: unbound at
    an exit. ``bound``: may be bound on entry.
    """

    __slots__ = (
        "_entries",
        "_graph",
        "_inside",
        "_members",
        "bound",
        "exposed",
        "killed",
        "live_out",
        "passed",
    )

    def __init__(self, graph: Graph, members: list[int]) -> None:
        self._graph = graph
        self._members = sorted(members)
        self._inside = inside = set(members)
        self.bound = self.exposed = self.live_out = self.passed = self.killed = 0
        self._entries = []
        after, raises, before = graph._next, graph._raises, graph._before
        for index in self._members:
            outside = [other for other in before[index] if other not in inside]
            if outside or index == graph._entry:
                self._entries.append(index)
            for other in outside:
                if index in after[other]:
                    self.bound |= graph._bound[other]
                if index in raises[other]:
                    self.bound |= graph._handed[other]
        if not self._entries:
            self._entries.append(self._members[0])
        self._expose()
        self._leave()

    def _expose(self) -> None:
        """Solve upward exposed uses (may, backwards)."""
        graph, inside = self._graph, self._inside
        steps, after, raises, before = graph._steps, graph._next, graph._raises, graph._before
        used = dict.fromkeys(self._members, 0)
        work = list(self._members)
        waiting = set(work)
        while work:
            index = work.pop()
            waiting.discard(index)
            step = steps[index]
            out = 0
            for other in after[index]:
                out |= used.get(other, 0)
            out &= ~(step.defs | step.kills)
            for other in raises[index]:
                out |= used.get(other, 0)
            out |= step.uses | step.captures
            if out != used[index]:
                used[index] = out
                for other in before[index]:
                    if other in inside and other not in waiting:
                        waiting.add(other)
                        work.append(other)
        for index in self._entries:
            self.exposed |= used[index]

    def _leave(self) -> None:
        """Solve touched and killed (may) and surely bound (must) forwards; look at the exits."""
        graph, inside = self._graph, self._inside
        steps, live = graph._steps, graph._live
        touched, surely, killed = self._forward()
        for index in self._members:
            if surely[index] == _EVERYTHING:
                continue
            step = steps[index]
            may = touched[index] | step.defs | step.kills | step.rebinds
            for other in graph._next[index]:
                if other not in inside:
                    self.live_out |= may & live[other]
                    self.passed |= live[other] & ~((surely[index] & ~step.kills) | step.defs)
                    self.killed |= (killed[index] & ~step.defs) | step.kills
            for other in graph._raises[index]:
                if other not in inside:
                    self.live_out |= may & live[other]
                    self.passed |= live[other] & ~(surely[index] & ~step.kills)
                    self.killed |= killed[index]

    def _forward(self) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
        graph = self._graph
        steps, after, raises = graph._steps, graph._next, graph._raises
        touched = dict.fromkeys(self._members, 0)
        surely = dict.fromkeys(self._members, _EVERYTHING)
        killed = dict.fromkeys(self._members, 0)
        for index in self._entries:
            surely[index] = 0
        work = self._members[::-1]
        waiting = set(work)
        while work:
            index = work.pop()
            waiting.discard(index)
            step = steps[index]
            may = touched[index] | step.defs | step.kills | step.rebinds
            kept = surely[index] & ~step.kills
            gone = (killed[index] & ~step.defs) | step.kills
            ways = (
                (after[index], kept | step.defs, gone),
                (raises[index], kept, gone | killed[index]),
            )
            for targets, sure, dead in ways:
                for other in targets:
                    if other not in surely:
                        continue
                    if may & ~touched[other] or dead & ~killed[other] or surely[other] & ~sure:
                        touched[other] |= may
                        surely[other] &= sure
                        killed[other] |= dead
                        if other not in waiting:
                            waiting.add(other)
                            work.append(other)
        return touched, surely, killed
