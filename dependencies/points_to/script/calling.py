"""The constraints of calls: what the callee is decides what is called, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dependencies.points_to.script.heap import (
    ACCESSOR,
)
from dependencies.points_to.script.model import Class, Function, How, Kind, Site
from dependencies.points_to.script.parts import NO_ONE, Accessor, Arguments, Bound
from dependencies.points_to.script.solving import Rule
from dependencies.points_to.solver import NOTHING, Solver

if TYPE_CHECKING:
    from dependencies.points_to.script.machine import Machine


POPULAR: Final = 8
BUILTIN_KIND: Final = {
    Kind.ARRAY: "Array",
    Kind.MAP: "Map",
    Kind.SET: "Set",
    Kind.PROMISE: "Promise",
    Kind.GENERATOR: "Generator",
    Kind.TEXT: "String",
    Kind.FUNCTION: "Function",
    Kind.CLASS: "Function",
    Kind.BOUND: "Function",
    Kind.OBJECT: "Object",
    Kind.INSTANCE: "Object",
    Kind.TYPED: "Object",
    Kind.PROTOTYPE: "Object",
    Kind.BUILTIN: "Function",
    Kind.RESOLVER: "Function",
}


class Call(Rule):
    """``f(…)``, where the function arrives here."""

    __slots__ = ("args", "how", "machine", "result", "site", "this")

    def __init__(
        self,
        machine: Machine,
        site: Site,
        how: How,
        args: Arguments,
        result: int,
        this: int = NOTHING,
    ) -> None:
        self.machine, self.site, self.how = machine, site, how
        self.args, self.result, self.this = args, result, this

    def fire(self, obj: int, out: Solver, /) -> None:
        """A callee was found."""
        self.machine.call(self.site, obj, self.how, self.args, self.result, out, this=self.this)


class New(Rule):
    """``new C(…)``, where the class arrives here."""

    __slots__ = ("args", "jsx", "machine", "result", "site")

    def __init__(
        self, machine: Machine, site: Site, args: Arguments, result: int, jsx: bool = False
    ) -> None:
        self.machine, self.site, self.args, self.result = machine, site, args, result
        self.jsx = jsx

    def fire(self, obj: int, out: Solver, /) -> None:
        """A class was found: it is made here."""
        machine, site = self.machine, self.site
        heap = machine.heap
        thing = heap.thing(obj)
        if self.jsx and thing.kind is not Kind.CLASS:
            return
        if thing.kind is Kind.BUILTIN:
            machine.builtins.new(thing.name, site, self.args, self.result, out)
            return
        if thing.kind is Kind.EXTERNAL:
            out.fact((site, obj, site.how))
            return
        if thing.kind is Kind.BOUND and isinstance(thing.info, Bound):
            if machine.once((site, obj, self.result), out):
                out.watch(thing.info.target, New(machine, site, self.args, self.result))
            return
        cls = heap.class_of(obj)
        if cls is None or thing.kind not in (Kind.CLASS, Kind.FUNCTION):
            return
        popular = machine.popular.get(site.text.rsplit(".", 1)[-1], 0) > POPULAR
        if popular and not site.functional:
            made = heap.made(Kind.INSTANCE, cls.path, cls.at, cls.name, cls)
        else:
            made = heap.made(Kind.INSTANCE, site.path, site.at, f"{cls.path}:{cls.at}", cls)
        out.give(self.result, made)
        if thing.kind is Kind.FUNCTION and isinstance(thing.info, Function):
            out.copy(thing.info.result, self.result)
        machine.construct(site, obj, site.how, self.args, out, this_obj=made)


class Construct(Rule):
    """``super(…)``, or the constructor of a base class, where the class arrives here."""

    __slots__ = ("args", "how", "machine", "passed", "site", "this", "this_obj")

    def __init__(
        self,
        machine: Machine,
        site: Site,
        how: How,
        args: Arguments,
        this: int,
        this_obj: int = NO_ONE,
        passed: tuple[int, ...] = (),
    ) -> None:
        self.machine, self.site, self.how, self.args = machine, site, how, args
        self.this, self.this_obj, self.passed = this, this_obj, passed

    def fire(self, obj: int, out: Solver, /) -> None:
        """A class was found."""
        if obj in self.passed or len(self.passed) > 50:
            return
        machine = self.machine
        thing = machine.heap.thing(obj)
        info = thing.info
        if isinstance(info, Class) and info.constructor < 0 and info.base:
            if self.this_obj >= 0:
                out.give(info.this, self.this_obj)
            else:
                out.copy(self.this, info.this)
            passed = (*self.passed, obj)
            parent = Construct(
                machine, self.site, self.how, self.args, self.this, self.this_obj, passed
            )
            out.watch(info.base, parent)
            return
        machine.construct(
            self.site, obj, self.how, self.args, out, this=self.this, this_obj=self.this_obj
        )


class MethodCall(Rule):
    """``o.m(…)``, where the receiver arrives here."""

    __slots__ = ("args", "key", "machine", "result", "site")

    def __init__(
        self, machine: Machine, site: Site, key: str, args: Arguments, result: int
    ) -> None:
        self.machine, self.site, self.key = machine, site, key
        self.args, self.result = args, result

    def fire(self, obj: int, out: Solver, /) -> None:
        """A receiver was found."""
        machine, site, key = self.machine, self.site, self.key
        heap = machine.heap
        thing = heap.thing(obj)
        kind = thing.kind
        if kind is Kind.TEXT:
            if machine.builtins.knows("String", key) and machine.once((site, "text"), out):
                name = f"String.{key}"
                machine.builtins.call(name, site, self.args, self.result, out, NOTHING, obj)
            return
        if kind in (Kind.BUILTIN, Kind.EXTERNAL) and not (
            kind is Kind.BUILTIN
            and machine.builtins.knows("Function", key)
            and not machine.builtins.knows(thing.name, key)
        ):
            member = heap.part(obj, key)
            if member >= 0:
                machine.call(site, member, site.how, self.args, self.result, out, this_obj=obj)
            out.watch(heap.field(obj, key), Invoke(self, How.FLOW, obj))
            return
        if kind is Kind.MODULE:
            machine.member(thing.path, key, Invoke(self, How.IMPORT, NO_ONE), out)
            return
        native = BUILTIN_KIND.get(kind, "")
        if native and machine.builtins.knows(native, key):
            name = f"{native}.{key}"
            machine.builtins.call(name, site, self.args, self.result, out, NOTHING, obj)
            if kind in (Kind.ARRAY, Kind.MAP, Kind.SET, Kind.PROMISE):
                return
        how = How.FLOW
        if site.how is How.SELF:
            how = How.SELF
        elif kind is Kind.TYPED:
            how = How.ANNOTATION
        elif kind is Kind.CLASS and site.how in (How.SCOPE, How.IMPORT):
            how = site.how
        out.watch(heap.lookup(obj, key, out), Invoke(self, how, obj))
        if key in heap.accessors:
            accessor = heap.lookup(obj, f"{ACCESSOR}{key}", out)
            out.watch(accessor, Invoke(self, how, obj))
        if kind is Kind.TYPED and isinstance(thing.info, Class):
            how = How.ANNOTATION if thing.info.interface else How.SUBCLASS
            out.watch(heap.overrides(thing.info, key, out), Invoke(self, how, obj))


class Invoke(Rule):
    """The method of a receiver, where it arrives."""

    __slots__ = ("call", "how", "this_obj")

    def __init__(self, call: MethodCall, how: How, this_obj: int) -> None:
        self.call, self.how, self.this_obj = call, how, this_obj

    def fire(self, obj: int, out: Solver, /) -> None:
        """A method was found."""
        call = self.call
        machine = call.machine
        thing = machine.heap.thing(obj)
        if thing.kind is Kind.ACCESSOR and isinstance(thing.info, Accessor):
            got = machine.heap.var(("got", call.site, call.key))
            thing.info.read(machine, call.site, self.this_obj, got, out)
            out.watch(got, Call(machine, call.site, How.FLOW, call.args, call.result))
            return
        machine.call(call.site, obj, self.how, call.args, call.result, out, this_obj=self.this_obj)


class SuperCall(Rule):
    """``super.m(…)``, where the base class arrives here."""

    __slots__ = ("call", "static", "this")

    def __init__(self, call: MethodCall, this: int, static: bool) -> None:
        self.call, self.this, self.static = call, this, static

    def fire(self, obj: int, out: Solver, /) -> None:
        """A base class was found."""
        call = self.call
        machine = call.machine
        thing = machine.heap.thing(obj)
        if thing.kind in (Kind.EXTERNAL, Kind.BUILTIN):
            member = machine.heap.part(obj, call.key)
            if member >= 0:
                machine.call(call.site, member, How.SELF, call.args, call.result, out)
            return
        cls = machine.heap.class_of(obj)
        if cls is None:
            return
        owner = obj if self.static else cls.prototype
        method = machine.heap.lookup(owner, call.key, out)
        caller = Call(machine, call.site, How.SELF, call.args, call.result, this=self.this)
        out.watch(method, caller)
