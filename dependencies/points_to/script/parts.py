"""What a call passes, what a module hands out, and functions and members of a special kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dependencies.points_to.script.model import Function, How, Kind, Site
from dependencies.points_to.script.solving import Rule
from dependencies.points_to.solver import NOTHING, Solver

if TYPE_CHECKING:
    from dependencies.points_to.script.machine import Machine


ITERATOR: Final = "[Symbol.iterator]"
ASYNC_ITERATOR: Final = "[Symbol.asyncIterator]"
NO_ONE: Final = -1


class Arguments(Rule):
    """What a call passes: variables in order, which of them are surely there, and ``...rest``."""

    __slots__ = ("certain", "spread", "values")

    def __init__(self, values: tuple[int, ...] = (), certain: int = 0, spread: int = 0) -> None:
        self.values, self.certain, self.spread = values, certain, spread

    def at(self, index: int) -> int:
        """Give the variable of an argument, NOTHING where there is none."""
        return self.values[index] if index < len(self.values) else self.spread

    def after(self, index: int) -> Arguments:
        """Give the arguments from an index on."""
        return Arguments(self.values[index:], self.certain >> index, self.spread)


NO_ARGUMENTS: Final = Arguments()


class Exports:
    """What a module hands out: names of its own, whole modules, and what CommonJS makes of it."""

    __slots__ = ("common", "handed", "names", "obj", "stars", "strict")

    def __init__(self, obj: int, common: int) -> None:
        self.obj, self.common = obj, common
        self.names: dict[str, int] = {}
        self.handed: dict[str, tuple[str, str]] = {}
        self.stars: list[str] = []
        self.strict = False


class Bound:
    """A function whose ``this`` and first arguments are fixed."""

    __slots__ = ("args", "target", "this")

    def __init__(self, target: int, this: int, args: Arguments) -> None:
        self.target, self.this, self.args = target, this, args


class Accessor:
    """A getter and a setter."""

    __slots__ = ("getter", "setter")

    def __init__(self, getter: Function | None, setter: Function | None) -> None:
        self.getter, self.setter = getter, setter

    def read(
        self, machine: Machine, site: Site | None, this_obj: int, target: int, out: Solver
    ) -> None:
        """Call the getter."""
        if self.getter is not None:
            if site is not None:
                function = machine.heap.made(
                    Kind.FUNCTION, self.getter.path, self.getter.at, "", self.getter
                )
                out.fact((site, function, How.FLOW))
            machine.enter(self.getter, NO_ARGUMENTS, target, out, this_obj=this_obj)

    def write(
        self, machine: Machine, site: Site | None, this_obj: int, source: int, out: Solver
    ) -> None:
        """Call the setter."""
        if self.setter is not None:
            if site is not None:
                function = machine.heap.made(
                    Kind.FUNCTION, self.setter.path, self.setter.at, "", self.setter
                )
                out.fact((site, function, How.FLOW))
            machine.enter(self.setter, Arguments((source,), 1), NOTHING, out, this_obj=this_obj)
