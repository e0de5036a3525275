"""What calls, member accesses, ``await`` and iteration mean, object by object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Final

from dependencies.points_to.script.heap import (
    ACCESSOR,
    ANY,
    UNKNOWN_TEXT,
    VALUE,
    Heap,
    Limit,
    Mirror,
)
from dependencies.points_to.script.model import Class, Function, How, Kind, Site
from dependencies.points_to.script.solving import Rule
from dependencies.points_to.solver import NOTHING, Constraint, Solver

ITERATOR: Final = "[Symbol.iterator]"
ASYNC_ITERATOR: Final = "[Symbol.asyncIterator]"
NO_ONE: Final = -1
POPULAR: Final = 8
_BUILTIN_KIND: Final = {
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


class Machine:
    """Calls on things; ``builtins`` is what knows the built-in ones.

    ``popular`` counts by name in how many places of the project a class is made; the instances of
    one that is made in more than ``POPULAR`` places are not told apart.
    """

    def __init__(self, heap: Heap) -> None:
        """Work on a heap."""
        from dependencies.points_to.script.builtins import METHODS, Builtins

        self.heap = heap
        heap.native = frozenset(name for table in METHODS.values() for name in table)
        self.builtins = Builtins(self)
        self.exports: dict[str, Exports] = {}
        self.popular: Counter[str] = Counter()
        self._done: set[Hashable] = set()
        self._exported: dict[tuple[str, str], int] = {}

    # -- calling ----------------------------------------------------------------------------------

    def call(
        self,
        site: Site,
        obj: int,
        how: How,
        args: Arguments,
        result: int,
        out: Solver,
        *,
        this: int = NOTHING,
        this_obj: int = NO_ONE,
    ) -> None:
        """Call whatever an object is; ``this`` is a variable or one object."""
        thing = self.heap.thing(obj)
        kind, info = thing.kind, thing.info
        if kind is Kind.FUNCTION and isinstance(info, Function):
            if info.kind == "signature":
                out.copy(info.result, result)
                return
            out.fact((site, obj, how))
            self.enter(info, args, result, out, this=this, this_obj=this_obj)
        elif kind is Kind.BUILTIN:
            self.builtins.call(thing.name, site, args, result, out, this, this_obj)
        elif kind is Kind.EXTERNAL:
            out.fact((site, obj, how))
        elif kind is Kind.BOUND and isinstance(info, Bound):
            bound = Arguments(
                info.args.values + args.values,
                info.args.certain | args.certain << len(info.args.values),
                args.spread,
            )
            caller = Call(self, site, How.FLOW, bound, result, this=info.this)
            if self.once((site, obj, result), out):
                out.watch(info.target, caller)
        elif kind is Kind.RESOLVER and isinstance(info, int):
            out.copy(args.at(0), self.heap.field(info, VALUE))

    def enter(
        self,
        function: Function,
        args: Arguments,
        result: int,
        out: Solver,
        *,
        this: int = NOTHING,
        this_obj: int = NO_ONE,
    ) -> None:
        """Hand the arguments of a call to a function, and its result back."""
        if this_obj >= 0:
            out.give(function.this, this_obj)
        else:
            out.copy(this, function.this)
        passed = len(args.values)
        for index, parameter in enumerate(function.parameters):
            if parameter.rest:
                self._rest(function, index, args, parameter.var, out)
            elif index < passed:
                if parameter.classes:
                    limit = Limit(self.heap, parameter.classes, parameter.var)
                    out.watch(args.values[index], limit)
                else:
                    out.copy(args.values[index], parameter.var)
                if parameter.default and not args.certain >> index & 1:
                    out.copy(parameter.default, parameter.var)
            else:
                out.copy(args.spread, parameter.var)
                out.copy(parameter.default, parameter.var)
        if function.arguments:
            for value in (*args.values, args.spread):
                out.copy(value, function.arguments)
        for base, key, source in function.stores:
            self._stored(function, (base, key, source), args, this, this_obj, out)
        if result:
            out.copy(function.result, result)
            for source in function.returns:
                if source >= 0:
                    for var in self._argument(function, source, args):
                        out.copy(var, result)
                elif this_obj >= 0:
                    out.give(result, this_obj)
                else:
                    out.copy(this, result)

    def _argument(self, function: Function, index: int, args: Arguments) -> list[int]:
        """Give the variables that one call passes for a parameter."""
        parameter = function.parameters[index]
        if index < len(args.values):
            found = [args.values[index]]
            if parameter.default and not args.certain >> index & 1:
                found.append(parameter.default)
        else:
            found = [args.spread, parameter.default]
        if parameter.classes and found[0]:
            limited = self.heap.var(("limited", found[0], parameter.classes))
            self.heap.solver.watch(found[0], Limit(self.heap, parameter.classes, limited))
            found[0] = limited
        return [*found, parameter.declared]

    def once(self, key: Hashable, out: Solver) -> bool:
        """Tell whether this is asked for the first time: what calls itself is called once."""
        if key in self._done:
            return False
        self._done.add(key)
        return True

    # -- modules ----------------------------------------------------------------------------------

    def member(self, path: str, key: str, constraint: Constraint, out: Solver) -> None:
        """Watch what a module exports under a name."""
        exports = self.exports.get(path)
        if exports is None:
            return
        out.watch(self.export(path, key), constraint)
        if not exports.strict:
            member = self.heap.var(("common", path, key))
            out.watch(exports.common, Read(self, key, member, None))
            out.watch(member, constraint)

    def members(self, path: str, target: int, out: Solver) -> None:
        """Let a variable hold all that a module exports."""
        exports = self.exports.get(path)
        if exports is None:
            return
        for name in exports.names:
            out.copy(self.export(path, name), target)
        if not exports.strict:
            out.watch(exports.common, ReadAny(self, target))

    def export(self, path: str, name: str) -> int:
        """Give the variable of an export, through all that hand it on; NOTHING without one."""
        key = (path, name)
        if key not in self._exported:
            self._exported[key] = found = self.heap.var(("export", path, name))
            for source in self._sources(path, name):
                self.heap.solver.copy(source, found)
        return self._exported[key]

    def exported(self) -> dict[tuple[str, str], int]:
        """Give the exports that were asked for: (path, name), variable."""
        return self._exported

    def _sources(self, path: str, name: str) -> list[int]:
        work = [(path, name)]
        seen: set[tuple[str, str]] = set()
        found: list[int] = []
        while work and len(seen) < 5_000:
            at = work.pop()
            if at in seen:
                continue
            seen.add(at)
            exports = self.exports.get(at[0])
            if exports is None:
                continue
            plain = at[1].removeprefix("type:")
            if at[1] in exports.names:
                found.append(exports.names[at[1]])
            elif plain in exports.names:
                found.append(exports.names[plain])
            elif at[1] in exports.handed or plain in exports.handed:
                target, other = exports.handed.get(at[1]) or exports.handed[plain]
                work.append((target, other if at[1] == plain else f"type:{other}"))
            elif plain != "default":
                work.extend((target, at[1]) for target in exports.stars)
        return found

    # -- arguments --------------------------------------------------------------------------------

    def _rest(self, function: Function, index: int, args: Arguments, var: int, out: Solver) -> None:
        heap = self.heap
        rest = heap.made(Kind.ARRAY, function.path, function.at, f"rest{index}")
        out.give(var, rest)
        for at, value in enumerate(args.values[index:]):
            if value:
                heap.store(rest, str(at) if at < 16 else ANY, value, out)
        if args.spread:
            heap.store(rest, ANY, args.spread, out)

    def _stored(
        self,
        function: Function,
        stored: tuple[int, str, int],
        args: Arguments,
        this: int,
        this_obj: int,
        out: Solver,
    ) -> None:
        base, key, source = stored
        if source >= 0:
            values = [value for value in self._argument(function, source, args) if value]
        else:
            values = [self.heap.only(this_obj, out) if this_obj >= 0 else this]
        for value in values:
            if base < 0 and this_obj >= 0:
                Write(self, key, value, None).fire(this_obj, out)
            elif base < 0:
                out.watch(this, Write(self, key, value, None))
            else:
                for var in self._argument(function, base, args):
                    if var:
                        out.watch(var, Write(self, key, value, None))

    def construct(
        self,
        site: Site,
        obj: int,
        how: How,
        args: Arguments,
        out: Solver,
        *,
        this: int = NOTHING,
        this_obj: int = NO_ONE,
    ) -> None:
        """Run the constructor of a class, or of the class that it inherits one from."""
        heap = self.heap
        thing = heap.thing(obj)
        info = thing.info
        if isinstance(info, Class):
            if this_obj >= 0:
                out.give(info.this, this_obj)
            else:
                out.copy(this, info.this)
            if info.constructor >= 0:
                made = heap.thing(info.constructor).info
                if isinstance(made, Function):
                    out.fact((site, info.constructor, how))
                    self.enter(made, args, NOTHING, out, this=this, this_obj=this_obj)
            elif info.base:
                parent = Construct(self, site, how, args, this, this_obj, (obj,))
                out.watch(info.base, parent)
        elif isinstance(info, Function):
            out.fact((site, obj, how))
            self.enter(info, args, NOTHING, out, this=this, this_obj=this_obj)
        elif thing.kind is Kind.BOUND and isinstance(info, Bound):
            if self.once((site, obj, this_obj), out):
                out.watch(info.target, Construct(self, site, how, args, this, this_obj, (obj,)))
        elif thing.kind is Kind.EXTERNAL:
            out.fact((site, obj, how))


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
        native = _BUILTIN_KIND.get(kind, "")
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
        native = _BUILTIN_KIND.get(kind, "")
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
