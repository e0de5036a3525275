"""The constraints of members: what the object is decides what is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dependencies.points_to.script.calling import BUILTIN_KIND, Call, MethodCall
from dependencies.points_to.script.heap import (
    ACCESSOR,
    ANY,
    UNKNOWN_TEXT,
    Mirror,
)
from dependencies.points_to.script.model import Class, How, Kind, Site
from dependencies.points_to.script.parts import Accessor, Arguments
from dependencies.points_to.script.solving import Rule
from dependencies.points_to.solver import Solver

if TYPE_CHECKING:
    from dependencies.points_to.script.machine import Machine


class Read(Rule):
    """``o.k`` as a value, where the object arrives here."""

    __slots__ = ("key", "machine", "site", "target")

    def __init__(self, machine: Machine, key: str, target: int, site: Site | None) -> None:
        self.machine, self.key, self.target, self.site = machine, key, target, site

    def fire(self, obj: int, out: Solver, /) -> None:
        """An object was found."""
        machine, key = self.machine, self.key
        heap = machine.heap
        thing = heap.thing(obj)
        kind = thing.kind
        if kind in (Kind.BUILTIN, Kind.EXTERNAL):
            part = heap.part(obj, key)
            if part >= 0:
                out.give(self.target, part)
            out.copy(heap.field(obj, key), self.target)
            return
        if kind is Kind.MODULE:
            machine.member(thing.path, key, Pass(self.target), out)
            return
        if kind is Kind.TEXT:
            return
        native = BUILTIN_KIND.get(kind, "")
        if native and kind is not Kind.CLASS and machine.builtins.knows(native, key):
            out.give(self.target, heap.outside(Kind.BUILTIN, f"{native}.{key}"))
        out.copy(heap.lookup(obj, key, out), self.target)
        accessor = f"{ACCESSOR}{key}" if key in heap.accessors else ""
        if accessor:
            out.watch(heap.lookup(obj, accessor, out), Got(self, obj))
        if kind is Kind.TYPED and isinstance(thing.info, Class):
            out.copy(heap.overrides(thing.info, key, out), self.target)
            if accessor:
                out.watch(heap.overrides(thing.info, accessor, out), Got(self, obj))


class Pass(Rule):
    """What arrives here goes on."""

    __slots__ = ("target",)

    def __init__(self, target: int) -> None:
        self.target = target

    def fire(self, obj: int, out: Solver, /) -> None:
        """Something was found."""
        out.give(self.target, obj)


class Got(Rule):
    """A getter of a member that is read."""

    __slots__ = ("read", "this_obj")

    def __init__(self, read: Read, this_obj: int) -> None:
        self.read, self.this_obj = read, this_obj

    def fire(self, obj: int, out: Solver, /) -> None:
        """An accessor was found."""
        read = self.read
        info = read.machine.heap.thing(obj).info
        if isinstance(info, Accessor):
            info.read(read.machine, read.site, self.this_obj, read.target, out)


class Write(Rule):
    """``o.k = v``, where the object arrives here."""

    __slots__ = ("key", "machine", "site", "source")

    def __init__(self, machine: Machine, key: str, source: int, site: Site | None) -> None:
        self.machine, self.key, self.source, self.site = machine, key, source, site

    def fire(self, obj: int, out: Solver, /) -> None:
        """An object was found."""
        machine = self.machine
        heap = machine.heap
        if self.key in heap.accessors:
            out.watch(heap.lookup(obj, f"{ACCESSOR}{self.key}", out), Put(self, obj))
        heap.store(obj, self.key, self.source, out)


class Put(Rule):
    """A member that is written may have a setter."""

    __slots__ = ("this_obj", "write")

    def __init__(self, write: Write, this_obj: int) -> None:
        self.write, self.this_obj = write, this_obj

    def fire(self, obj: int, out: Solver, /) -> None:
        """An accessor was found."""
        write = self.write
        info = write.machine.heap.thing(obj).info
        if isinstance(info, Accessor):
            info.write(write.machine, write.site, self.this_obj, write.source, out)


class ReadAny(Rule):
    """``o[k]`` with a key that nobody knows."""

    __slots__ = ("machine", "target")

    def __init__(self, machine: Machine, target: int) -> None:
        self.machine, self.target = machine, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """An object was found."""
        kind = self.machine.heap.thing(obj).kind
        if kind is Kind.MODULE:
            self.machine.members(self.machine.heap.thing(obj).path, self.target, out)
        elif kind not in (Kind.BUILTIN, Kind.EXTERNAL, Kind.TEXT):
            self.machine.heap.elements(obj, self.target, out)


class WriteAny(Rule):
    """``o[k] = v`` with a key that nobody knows."""

    __slots__ = ("machine", "source")

    def __init__(self, machine: Machine, source: int) -> None:
        self.machine, self.source = machine, source

    def fire(self, obj: int, out: Solver, /) -> None:
        """An object was found."""
        self.machine.heap.store(obj, ANY, self.source, out)


class Key(Rule):
    """A computed key: what it may be decides which member is meant."""

    __slots__ = ("machine", "obj", "site", "value", "writes")

    def __init__(
        self, machine: Machine, obj: int, value: int, site: Site | None, writes: bool
    ) -> None:
        self.machine, self.obj, self.value = machine, obj, value
        self.site, self.writes = site, writes

    def fire(self, key: int, out: Solver, /) -> None:
        """A key was found."""
        machine = self.machine
        thing = machine.heap.thing(key)
        if thing.kind is Kind.BUILTIN and thing.name.startswith("Symbol."):
            name = f"[{thing.name}]"
        elif thing.kind is not Kind.TEXT:
            return
        else:
            name = thing.name
        if name == UNKNOWN_TEXT:
            out.watch(self.obj, (WriteAny if self.writes else ReadAny)(machine, self.value))
        elif self.writes:
            out.watch(self.obj, Write(machine, name, self.value, self.site))
        else:
            out.watch(self.obj, Read(machine, name, self.value, self.site))


class KeyCall(Rule):
    """``o[k](…)`` with a computed key."""

    __slots__ = ("args", "machine", "obj", "result", "site")

    def __init__(
        self, machine: Machine, site: Site, obj: int, args: Arguments, result: int
    ) -> None:
        self.machine, self.site, self.obj = machine, site, obj
        self.args, self.result = args, result

    def fire(self, key: int, out: Solver, /) -> None:
        """A key was found."""
        machine = self.machine
        thing = machine.heap.thing(key)
        if thing.kind is Kind.BUILTIN and thing.name.startswith("Symbol."):
            name = f"[{thing.name}]"
        elif thing.kind is Kind.TEXT:
            name = thing.name
        else:
            return
        if name == UNKNOWN_TEXT:
            member = machine.heap.var(("any", self.site))
            out.watch(self.obj, ReadAny(machine, member))
            out.watch(
                member,
                Call(machine, self.site, How.FLOW, self.args, self.result, this=self.obj),
            )
        else:
            call = MethodCall(machine, self.site, name, self.args, self.result)
            out.watch(self.obj, call)


class Spread(Rule):
    """``{...o}`` and ``Object.assign``: an object gets the members of whatever arrives here."""

    __slots__ = ("but", "machine", "target")

    def __init__(self, machine: Machine, target: int, but: frozenset[str]) -> None:
        self.machine, self.target, self.but = machine, target, but

    def fire(self, obj: int, out: Solver, /) -> None:
        """A source was found."""
        heap = self.machine.heap
        thing = heap.thing(obj)
        if obj == self.target or thing.kind in (Kind.BUILTIN, Kind.EXTERNAL, Kind.TEXT):
            return
        but = self.but
        if isinstance(thing.info, Class) and thing.kind is Kind.PROTOTYPE:
            but = but | thing.info.members
        if thing.kind is Kind.MODULE:
            self.machine.members(thing.path, heap.field(self.target, ANY), out)
            return
        out.watch(heap.field(obj, "[[keys]]"), Mirror(heap, obj, self.target, but))
