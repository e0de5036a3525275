"""The solver within a budget, and constraints that are equal when they say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, ClassVar, Final

from dependencies.points_to.solver import Solver, Watcher

MOST: Final = 24
MOST_TEXTS: Final = 8


class Rule:
    """A constraint that is its fields: two of the same class and fields are one."""

    __slots__ = ()
    _parts: ClassVar[attrgetter[Any]]

    def __init_subclass__(cls) -> None:
        """Note which fields a rule is."""
        slots: tuple[str, ...] = tuple(cls.__slots__)
        cls._parts = attrgetter(slots[0], *slots[1:])

    def __eq__(self, other: object) -> bool:
        """Tell whether another rule says the same."""
        return type(self) is type(other) and bool(self._parts(self) == self._parts(other))

    def __hash__(self) -> int:
        """Give equal rules one number."""
        return hash(self._parts(self))


class BoundedSolver(Solver):
    """A solver that derives no more once it has derived from ``budget`` objects.

    A variable that holds ``MOST`` objects or more takes no further ones: where everything meets, as
    in what a library does with values of any kind, more objects say less. Texts are the first to be
    left out; ``wide`` variables, which hold the keys of objects, take any number.
    """

    def __init__(self, *, lasting: bool = False, budget: int = 2_000_000) -> None:
        """Begin with no variable but NOTHING."""
        super().__init__(lasting=lasting)
        self.budget = budget
        self.spent = 0
        self.full: set[int] = set()
        self.wide: set[int] = set()
        self.texts: set[int] = set()

    @property
    def exhausted(self) -> bool:
        """Tell whether the budget ended before the fixpoint was reached."""
        return self.spent > self.budget

    @property
    def count(self) -> int:
        """Tell how many variables there are."""
        return len(self._sets)

    def copies(self) -> Iterator[tuple[int, Iterable[int]]]:
        """Give the copy edges: a variable, and those that hold all that it holds."""
        for source, targets in enumerate(self._to):
            if targets:
                yield source, targets

    def _arrive(self, var: int, objects: set[int]) -> None:
        held = self._sets[var]
        if held is not None and len(held) >= MOST_TEXTS and var not in self.wide:
            if len(held) >= MOST:
                self.full.add(var)
                return
            objects = objects - self.texts
        super()._arrive(var, objects)

    def _fire(self, watcher: Watcher, obj: int) -> None:
        self.spent += 1
        if self.spent <= self.budget:
            super()._fire(watcher, obj)
