"""The constraints of ``await`` and of iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dependencies.points_to.script.calling import MethodCall
from dependencies.points_to.script.heap import (
    ANY,
    VALUE,
    Mirror,
)
from dependencies.points_to.script.members import Read
from dependencies.points_to.script.model import Kind, Site
from dependencies.points_to.script.parts import ASYNC_ITERATOR, ITERATOR, NO_ARGUMENTS
from dependencies.points_to.script.solving import Rule
from dependencies.points_to.solver import Solver

if TYPE_CHECKING:
    from dependencies.points_to.script.machine import Machine


class Await(Rule):
    """``await p``: what a promise is fulfilled with, or what is no promise."""

    __slots__ = ("depth", "machine", "target")

    def __init__(self, machine: Machine, target: int, depth: int = 0) -> None:
        self.machine, self.target, self.depth = machine, target, depth

    def fire(self, obj: int, out: Solver, /) -> None:
        """An operand was found."""
        heap = self.machine.heap
        if heap.thing(obj).kind is not Kind.PROMISE:
            out.give(self.target, obj)
        elif self.depth < 2:
            inner = Await(self.machine, self.target, self.depth + 1)
            out.watch(heap.field(obj, VALUE), inner)


class Iterate(Rule):
    """``for (x of o)``, ``...o``, ``[x] = o``: what an iterable gives."""

    __slots__ = ("machine", "site", "target")

    def __init__(self, machine: Machine, site: Site, target: int) -> None:
        self.machine, self.site, self.target = machine, site, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """An iterable was found."""
        machine, site = self.machine, self.site
        heap = machine.heap
        kind = heap.thing(obj).kind
        if kind is Kind.ARRAY:
            heap.elements(obj, self.target, out)
        elif kind in (Kind.SET, Kind.GENERATOR):
            out.copy(heap.field(obj, VALUE), self.target)
        elif kind is Kind.MAP:
            out.give(self.target, machine.builtins.entry(obj, out))
        elif kind is Kind.TEXT:
            out.copy(heap.unknown, self.target)
        elif kind in (Kind.OBJECT, Kind.INSTANCE, Kind.TYPED):
            iterator = heap.var(("iterator", site, obj))
            for name in (ITERATOR, ASYNC_ITERATOR):
                MethodCall(machine, site, name, NO_ARGUMENTS, iterator).fire(obj, out)
            out.watch(iterator, Next(machine, site, self.target))


class Next(Rule):
    """What an iterator gives: ``next()`` of it, and the value of that."""

    __slots__ = ("machine", "site", "target")

    def __init__(self, machine: Machine, site: Site, target: int) -> None:
        self.machine, self.site, self.target = machine, site, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """An iterator was found."""
        machine, site = self.machine, self.site
        heap = machine.heap
        kind = heap.thing(obj).kind
        if kind is Kind.GENERATOR:
            out.copy(heap.field(obj, VALUE), self.target)
        elif kind in (Kind.OBJECT, Kind.INSTANCE, Kind.TYPED):
            result = heap.var(("next", site, obj))
            MethodCall(machine, site, "next", NO_ARGUMENTS, result).fire(obj, out)
            awaited = heap.var(("next value", site, obj))
            out.watch(result, Await(machine, awaited))
            out.watch(awaited, Read(machine, "value", self.target, None))


class Element(Rule):
    """``[a, b] = o``: one place of an array, anything of another iterable."""

    __slots__ = ("index", "iterate", "rest")

    def __init__(self, iterate: Iterate, index: int, rest: int = -1) -> None:
        self.iterate, self.index, self.rest = iterate, index, rest

    def fire(self, obj: int, out: Solver, /) -> None:
        """An iterable was found."""
        iterate = self.iterate
        heap = iterate.machine.heap
        thing = heap.thing(obj)
        if thing.kind is not Kind.ARRAY:
            if self.rest >= 0:
                return
            iterate.fire(obj, out)
        elif self.rest >= 0:
            if self.rest != obj:
                out.copy(heap.field(obj, ANY), heap.field(self.rest, ANY))
                mirror = Mirror(heap, obj, self.rest, frozenset(), self.index)
                out.watch(heap.field(obj, "[[keys]]"), mirror)
        else:
            out.copy(heap.field(obj, str(self.index)), iterate.target)
            out.copy(heap.field(obj, ANY), iterate.target)
