"""The least fixpoint of inclusion constraints, for any language, and its repair after a change.

This is Andersen's analysis (L. O. Andersen, "Program Analysis and Specialization for the C
Programming Language", 1994) in its usual form: variables hold sets of objects, copy edges include
one set in another, and a constraint that watches a variable derives more edges from every object
that arrives. What a language means by an attribute or a call is the business of its constraints.

After a change, facts are taken back and what only they supported is deleted and derived again
(Gupta, Mumick, Subrahmanian, "Maintaining views incrementally", SIGMOD 1993); the result is the
least fixpoint of the facts that stand, whatever came before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

NOTHING: Final = 0
"""The variable that never holds an object; what flows into it is lost."""

MANY: Final = 40
"""How many objects a variable may hold before it takes no more: it would say nothing."""

_EMPTY: Final[frozenset[int]] = frozenset()


class Constraint(Protocol):
    """Derives facts from each object that reaches the variable it watches.

    ``fire`` may depend on nothing but the constraint itself, the object and what is fixed before
    solving; it only calls ``give``, ``copy``, ``watch`` and ``fact``. Constraints that are equal
    watch a variable once; those that ``fire`` makes must be equal when they say the same, so that
    deriving ends.
    """

    def fire(self, obj: int, out: Solver, /) -> None: ...


@dataclass(slots=True, eq=False)
class Watcher:
    """A constraint at a variable: how often it was put there, and what it derived, by object."""

    constraint: Constraint
    count: int = 1
    effects: dict[int, list[Callable[[], None]]] = field(default_factory=dict)


class Solver:
    """Variables, objects, edges and watchers.

    With ``lasting`` the solver remembers what each constraint derived from each object, so that
    facts can be taken back; that costs about as much memory again. A change is: take old facts
    back, ``delete``, add new facts, ``repair``.
    """

    def __init__(self, *, lasting: bool = False, bound: int = MANY) -> None:
        """Begin with no variable but NOTHING."""
        self.lasting = lasting
        self.bound = bound
        self.full: set[int] = set()
        self.things: list[Hashable] = []
        self.facts: dict[Hashable, int] = {}
        self.changed: set[Hashable] = set()
        self._numbers: dict[Hashable, int] = {}
        self._sets: list[set[int] | None] = [None]
        self._to: list[dict[int, int] | None] = [None]
        self._watchers: list[dict[Constraint, Watcher] | None] = [None]
        self._given: dict[tuple[int, int], int] = {}
        self._from: dict[int, dict[int, None]] = {}
        self._back: dict[int, list[int]] | None = None
        self._fresh: dict[int, set[int]] = {}
        self._queue: deque[int] = deque()
        self._due: list[tuple[Watcher, list[int]]] = []
        self._noting: list[Callable[[], None]] | None = None
        self._lost: list[tuple[int, int]] = []
        self._suspects: list[tuple[int, int]] = []

    # -- variables and objects --------------------------------------------------------------------

    def variable(self) -> int:
        """Make a variable."""
        self._sets.append(None)
        self._to.append(None)
        self._watchers.append(None)
        return len(self._sets) - 1

    def object(self, thing: Hashable) -> int:
        """Give the number of an object; equal things are one object."""
        number = self._numbers.get(thing)
        if number is None:
            number = len(self.things)
            self._numbers[thing] = number
            self.things.append(thing)
        return number

    def points_to(self, var: int) -> set[int] | frozenset[int]:
        """Give the objects that a variable holds."""
        return self._sets[var] or _EMPTY

    def way_to(self, var: int, obj: int) -> list[int]:
        """Give the variables that an object came through, from its origin to one that holds it."""
        if self._back is None:
            self._back = {}
            for source, edges in enumerate(self._to):
                for target in edges or ():
                    self._back.setdefault(target, []).append(source)
        came: dict[int, int] = {var: NOTHING}
        queue = deque([var])
        last = var
        while queue:
            last = queue.popleft()
            for source in self._back.get(last, ()):
                held = self._sets[source]
                if source not in came and held is not None and obj in held:
                    came[source] = last
                    queue.append(source)
        found = [last]
        while came[found[-1]]:
            found.append(came[found[-1]])
        return found

    # -- facts ------------------------------------------------------------------------------------

    def give(self, var: int, obj: int) -> None:
        """Let a variable hold an object."""
        if var == NOTHING:
            return
        if self.lasting:
            self._given[var, obj] = self._given.get((var, obj), 0) + 1
            self._note(lambda: self.take(var, obj))
        held = self._sets[var]
        if held is None or obj not in held:
            self._arrive(var, {obj})

    def copy(self, source: int, target: int) -> None:
        """Let a variable hold all that another one holds."""
        if NOTHING in (source, target) or source == target:
            return
        edges = self._to[source]
        if edges is None:
            edges = self._to[source] = {}
        known = edges.get(target, 0)
        edges[target] = known + 1
        if self.lasting:
            self._from.setdefault(target, {})[source] = None
            self._note(lambda: self.uncopy(source, target))
        if not known:
            held = self._sets[source]
            if held:
                self._arrive(target, held)

    def watch(self, var: int, constraint: Constraint) -> None:
        """Fire a constraint once for each object that a variable holds or will hold."""
        if var == NOTHING:
            return
        watchers = self._watchers[var]
        if watchers is None:
            watchers = self._watchers[var] = {}
        if self.lasting:
            self._note(lambda: self.unwatch(var, constraint))
        known = watchers.get(constraint)
        if known is not None:
            known.count += 1
            return
        watcher = watchers[constraint] = Watcher(constraint)
        held = self._sets[var]
        if held:
            late = self._fresh.get(var)
            self._due.append((watcher, list(held if late is None else held - late)))

    def fact(self, fact: Hashable) -> None:
        """Derive a fact; ``facts`` counts how often each is derived."""
        known = self.facts.get(fact, 0)
        self.facts[fact] = known + 1
        if self.lasting:
            self._note(lambda: self.unfact(fact))
            if not known:
                self.changed.add(fact)

    def _note(self, undo: Callable[[], None]) -> None:
        if self._noting is not None:
            self._noting.append(undo)

    def _fire(self, watcher: Watcher, obj: int) -> None:
        if not self.lasting:
            watcher.constraint.fire(obj, self)
            return
        self._noting = []
        watcher.constraint.fire(obj, self)
        if self._noting:
            watcher.effects[obj] = self._noting
        self._noting = None

    # -- the fixpoint -----------------------------------------------------------------------------

    def _arrive(self, var: int, objects: set[int]) -> None:
        held = self._sets[var]
        if held is None:
            new = set(objects)
            self._sets[var] = set(new)
        else:
            new = objects - held
            if not new:
                return
            if len(held) > self.bound:
                self.full.add(var)
                return
            held |= new
        waiting = self._fresh.get(var)
        if waiting is None:
            self._fresh[var] = new
            self._queue.append(var)
        else:
            waiting |= new

    def solve(self) -> None:
        """Propagate until nothing changes."""
        self._back = None
        queue, fresh, due = self._queue, self._fresh, self._due
        while queue or due:
            while due:
                late, held = due.pop()
                for obj in held:
                    self._fire(late, obj)
            if not queue:
                return
            var = queue.popleft()
            new = fresh.pop(var, None)
            if not new:
                continue
            edges = self._to[var]
            if edges:
                for target in tuple(edges):
                    self._arrive(target, new)
            watchers = self._watchers[var]
            if watchers:
                for watcher in tuple(watchers.values()):
                    for obj in new:
                        self._fire(watcher, obj)

    # -- taking back ------------------------------------------------------------------------------

    def take(self, var: int, obj: int) -> None:
        """Take one ``give`` back."""
        left = self._given[var, obj] - 1
        if left:
            self._given[var, obj] = left
            return
        del self._given[var, obj]
        self._suspects.append((var, obj))

    def uncopy(self, source: int, target: int) -> None:
        """Take one ``copy`` back."""
        edges = self._to[source]
        if edges is None or source == target:
            return
        left = edges[target] - 1
        if left:
            edges[target] = left
            return
        del edges[target]
        del self._from[target][source]
        common = (self._sets[source] or _EMPTY) & (self._sets[target] or _EMPTY)
        self._suspects.extend((target, obj) for obj in common)

    def unwatch(self, var: int, constraint: Constraint) -> None:
        """Take one ``watch`` back, and all that it derived."""
        watchers = self._watchers[var]
        watcher = watchers.get(constraint) if watchers is not None else None
        if watchers is None or watcher is None:
            return
        watcher.count -= 1
        if not watcher.count:
            del watchers[constraint]
            for obj in tuple(watcher.effects):
                self._retract(watcher, obj)

    def unfact(self, fact: Hashable) -> None:
        """Take one ``fact`` back."""
        left = self.facts[fact] - 1
        if left:
            self.facts[fact] = left
        else:
            del self.facts[fact]
            self.changed.add(fact)

    def _retract(self, watcher: Watcher, obj: int) -> None:
        for undo in watcher.effects.pop(obj, ()):
            undo()

    def again(self, objects: Iterable[int]) -> None:
        """Derive again whatever was derived from some objects, as what they mean has changed."""
        wanted = set(objects)
        for var, held in enumerate(self._sets):
            watchers = self._watchers[var]
            if held and watchers and not held.isdisjoint(wanted):
                for obj in held & wanted:
                    self._suspects.append((var, obj))

    def repair(self) -> None:
        """Derive what was deleted and is supported still or again, and solve."""
        lost, self._lost = self._lost, []
        for var, obj in lost:
            held = self._sets[var]
            if (held is None or obj not in held) and self._supported(var, obj):
                self._arrive(var, {obj})
        self.solve()

    def delete(self) -> None:
        """Delete all that only taken facts supported; then come new facts, and ``repair``."""
        suspects = self._suspects
        while suspects:
            var, obj = suspects.pop()
            held = self._sets[var]
            if held is None or obj not in held:
                continue
            held.discard(obj)
            self._lost.append((var, obj))
            suspects.extend((target, obj) for target in self._to[var] or ())
            for watcher in tuple((self._watchers[var] or {}).values()):
                self._retract(watcher, obj)

    def _supported(self, var: int, obj: int) -> bool:
        if (var, obj) in self._given:
            return True
        return any(obj in (self._sets[source] or _EMPTY) for source in self._from.get(var, ()))
