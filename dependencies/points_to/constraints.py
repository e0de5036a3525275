"""What Python's constructs derive from each object that reaches them.

Facts: ``("c", site, callee, known)`` for a call, callee an object; ``("m", site, owner, name,
known)`` for an attribute that a class or module (its scope's key) binds; ``("e", site)`` for an
attribute of something that is known and has it from elsewhere.
"""

from __future__ import annotations

from typing import Final

from dependencies.points_to import builtin_calls
from dependencies.points_to.keyed import Keyed
from dependencies.points_to.program import Found, Program
from dependencies.points_to.shapes import Member
from dependencies.points_to.solver import NOTHING, Solver
from dependencies.points_to.things import (
    Bound,
    Box,
    Builtin,
    Factory,
    Instance,
    Klass,
    Known,
    Literal,
    Module,
    Native,
    Outside,
    Partial,
    Property,
    Routine,
    Upward,
    outside,
)


class Load(Keyed):
    """``target ⊇ watched.name``."""

    __slots__ = ("called", "name", "program", "site", "target")

    def __init__(
        self, program: Program, name: str, target: int, site: int, called: bool = False
    ) -> None:
        self.program = program
        self.name = name
        self.target = target
        self.site = site
        self.called = called

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        match thing:
            case Instance() | Klass() | Upward():
                self._member(thing, obj, out)
            case Module():
                self._of_module(thing.path, out)
            case Native() | Box() | Builtin() if not self.called:
                out.fact(("e", self.site))
            case Native():
                out.fact(("e", self.site))
                out.give(self.target, out.object(Builtin(f"<**{thing.sort}**>.{self.name}", obj)))
            case Box():
                out.fact(("e", self.site))
                out.give(self.target, out.object(Builtin(f".{self.name}", obj)))
            case Routine() | Bound():
                self._of_routine(thing, obj, out)
            case Partial() if self.name == "register":
                out.fact(("e", self.site))
                out.give(self.target, out.object(Builtin("<register>.", obj)))
            case Builtin() if thing.receiver < 0:
                out.fact(("e", self.site))
                out.give(self.target, out.object(Builtin(f"{thing.name}.{self.name}")))

    def _of_routine(self, thing: Routine | Bound, obj: int, out: Solver) -> None:
        key = thing.key if isinstance(thing, Routine) else thing.routine
        if self.name in ("__func__", "__wrapped__"):
            out.give(self.target, obj)
        elif self.name == "__self__" and isinstance(thing, Bound) and thing.receiver >= 0:
            out.give(self.target, thing.receiver)
        else:
            out.copy(self.program.named(key, f".{self.name}"), self.target)

    def _of_module(self, path: str, out: Solver) -> None:
        program = self.program
        found = program.links.export(path, self.name)
        if found is None:
            return
        if not found[1]:
            out.give(self.target, out.object(Module(found[0])))
            return
        out.fact(("m", self.site, found[0] + "::", found[1], Known.SCOPE))
        var = program.named(found[0] + "::", found[1])
        if found[1] == "__getattr__" != self.name:
            call = Call(program, self.site, (), NOTHING, (), NOTHING, self.target, ())
            out.watch(var, call)
        else:
            out.copy(var, self.target)

    def _member(self, thing: Instance | Klass | Upward, obj: int, out: Solver) -> None:
        program, name = self.program, self.name
        if name == "__class__" and isinstance(thing, Instance):
            out.give(self.target, out.object(Klass(thing.key, thing.open)))
            return
        known = False
        for found in program.members(obj, name):
            known = True
            out.fact(("m", self.site, found.owner, name, found.known))
            for member in found.members:
                take(program, out, found, member, name, self.target, self.site)
        if isinstance(thing, Upward):
            if not known:
                self._above(thing, out)
            return
        if isinstance(thing, Instance):
            self._field(thing, known, out)
        elif not known:
            self._of_class(thing, out)

    def _field(self, thing: Instance, known: bool, out: Solver) -> None:
        program, name = self.program, self.name
        homes = program.homes(thing.key, name)
        for home in homes:
            out.copy(program.named(home, "." + name), self.target)
            if not known and home in program.classes and name in program.classes[home].fields:
                out.fact(("m", self.site, home, name, thing.known))
        if known or (homes and homes != (thing.key,)):
            return
        out.fact(("e", self.site))
        if name in program.classes[thing.key].fields or name.startswith("__"):
            return
        for found in program.members(out.object(thing), "__getattr__"):
            for member in found.members:
                run(program, out, found, member, (), self.target, self.site)
        self._of_base(thing.key, out)

    def _of_base(self, key: str, out: Solver) -> None:
        """What a class outside of the project gives is an object only where it is called."""
        base = self.program.outer_base(key)
        if base and not base.startswith(("<", "enum.")) and self.called:
            out.give(self.target, out.object(outside(base, self.name)))

    def _of_class(self, thing: Klass, out: Solver) -> None:
        program = self.program
        out.fact(("e", self.site))
        for key in program.order(thing.key):
            out.copy(program.named(key, self.name), self.target)
        meta = program.metaclass(thing.key)
        if meta:
            found = program.lookup(meta, self.name)
            if found is not None:
                out.fact(("m", self.site, found[0], self.name, Known.FLOW))
                receiver = Found(*found, out.object(thing), Known.FLOW)
                for member in found[1]:
                    take(program, out, receiver, member, self.name, self.target, self.site)
                return
        self._of_base(thing.key, out)

    def _above(self, thing: Upward, out: Solver) -> None:
        self._of_base(thing.key, out)
        if self.name == "__new__":
            out.give(self.target, out.object(Builtin("object.__new__")))
        elif self.name == "__call__" and isinstance(out.things[thing.receiver], Klass):
            out.give(self.target, out.object(Builtin("<instantiate>.", thing.receiver)))


def take(
    program: Program,
    out: Solver,
    found: Found,
    member: Member,
    name: str,
    target: int,
    site: int,
) -> None:
    """Let a variable hold a member as it is seen from its receiver."""
    by_class = isinstance(out.things[found.receiver], Klass)
    match member.kind:
        case "method" if not by_class:
            out.give(target, out.object(Bound(member.routine, found.receiver, found.known)))
        case "method" | "static":
            out.give(target, out.object(Bound(member.routine, -1, found.known)))
        case "class":
            receiver = found.receiver
            thing = out.things[receiver]
            if isinstance(thing, Instance):
                receiver = out.object(Klass(thing.key, thing.open))
            out.give(target, out.object(Bound(member.routine, receiver, found.known)))
        case "property" if not by_class:
            run(program, out, found, member, (), target, site)
        case "value" if not name.startswith("_") and program.is_enumeration(found.owner):
            out.give(target, out.object(Instance(found.owner)))
        case "value":
            var = program.named(found.owner, name)
            if by_class:
                out.copy(var, target)
            else:
                out.watch(var, Attach(program, found.receiver, found.known, target, site))


def run(
    program: Program,
    out: Solver,
    found: Found,
    member: Member,
    args: tuple[int, ...],
    result: int,
    site: int,
    name: str = "",
) -> None:
    """Let a member be called on its receiver."""
    if member.kind == "value":
        var = program.named(found.owner, name)
        call = Call(program, site, args, NOTHING, (), NOTHING, result, ())
        held = program.named("!", site, found.owner, name, found.receiver)
        out.watch(var, Attach(program, found.receiver, found.known, held, site))
        out.watch(held, call)
        return
    receiver = found.receiver if member.kind != "static" else -1
    bound = out.object(Bound(member.routine, receiver, found.known))
    Call(program, site, args, NOTHING, (), NOTHING, result, ()).fire(bound, out)


def operate(
    program: Program,
    out: Solver,
    obj: int,
    name: str,
    args: tuple[int, ...],
    result: int,
    site: int,
) -> bool:
    """Call a method by its special name on an object; tell whether there is one."""
    known = False
    for found in program.members(obj, name):
        known = True
        for member in found.members:
            run(program, out, found, member, args, result, site, name)
    return known


class LoadLike(Keyed):
    """``target`` takes every attribute of the watched whose name begins and ends in a way."""

    __slots__ = ("ending", "program", "site", "start", "target")

    def __init__(self, program: Program, start: str, ending: str, target: int, site: int) -> None:
        self.program = program
        self.start = start
        self.ending = ending
        self.target = target
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        program = self.program
        if not isinstance(thing, Instance | Klass) or thing.key not in program.classes:
            return
        keys = program.order(thing.key)
        if thing.open:
            keys = (*keys, *program.descendants(thing.key))
        for name in sorted({name for key in keys for name in program.classes[key].members}):
            if name.startswith(self.start) and name.endswith(self.ending):
                Load(program, name, self.target, self.site).fire(obj, out)


class Attach(Keyed):
    """Binds a function that is the value of a class attribute to its receiver."""

    __slots__ = ("known", "program", "receiver", "site", "target")

    def __init__(
        self, program: Program, receiver: int, known: Known, target: int, site: int
    ) -> None:
        self.program = program
        self.receiver = receiver
        self.known = known
        self.target = target
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        match thing:
            case Routine():
                routine = self.program.routines[thing.key]
                receiver = -1 if routine.kind == "static" else self.receiver
                out.give(self.target, out.object(Bound(thing.key, receiver, self.known)))
            case Property():
                call = Call(self.program, self.site, (), NOTHING, (), NOTHING, self.target, ())
                getter = out.things[thing.getter] if thing.getter >= 0 else None
                if isinstance(getter, Routine):
                    bound = out.object(Bound(getter.key, self.receiver, self.known))
                    call.fire(bound, out)
            case Instance():
                found = operate(self.program, out, obj, "__get__", (), self.target, self.site)
                if not found:
                    out.give(self.target, obj)
            case Factory():
                pass
            case _:
                out.give(self.target, obj)


class Store(Keyed):
    """``watched.name ⊇ source``."""

    __slots__ = ("name", "program", "site", "source")

    def __init__(self, program: Program, name: str, source: int, site: int) -> None:
        self.program = program
        self.name = name
        self.source = source
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        program = self.program
        match thing:
            case Instance():
                self._of_instance(thing, obj, out)
            case Klass():
                found = program.lookup(thing.key, self.name)
                owner = found[0] if found is not None else thing.key
                out.copy(self.source, program.named(owner, self.name))
            case Module() if not thing.path.endswith("/"):
                out.copy(self.source, program.named(thing.path + "::", self.name))
            case Routine():
                out.copy(self.source, program.named(thing.key, f".{self.name}"))

    def _of_instance(self, thing: Instance, obj: int, out: Solver) -> None:
        program = self.program
        for found in program.members(obj, self.name):
            setters = [one for one in found.members if one.kind == "setter"]
            for member in setters:
                out.fact(("m", self.site, found.owner, self.name, found.known))
                run(program, out, found, member, (self.source,), NOTHING, self.site)
            if any(one.kind == "value" for one in found.members):
                var = program.named(found.owner, self.name)
                out.watch(var, SetDescriptor(program, obj, self.source, self.site))
        arguments = (NOTHING, self.source)
        operate(program, out, obj, "__setattr__", arguments, NOTHING, self.site)
        home = program.homes(thing.key, self.name)[0]
        out.copy(self.source, program.named(home, "." + self.name))


class SetDescriptor(Keyed):
    """Calls a descriptor's ``__set__``, or what a property calls to set."""

    __slots__ = ("program", "receiver", "site", "source")

    def __init__(self, program: Program, receiver: int, source: int, site: int) -> None:
        self.program = program
        self.receiver = receiver
        self.source = source
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Instance):
            arguments = (NOTHING, self.source)
            operate(self.program, out, obj, "__set__", arguments, NOTHING, self.site)
        elif isinstance(thing, Property) and thing.setter >= 0:
            setter = out.things[thing.setter]
            if isinstance(setter, Routine):
                bound = out.object(Bound(setter.key, self.receiver, Known.FLOW))
                args = (self.source,)
                call = Call(self.program, self.site, args, NOTHING, (), NOTHING, NOTHING, ())
                call.fire(bound, out)


class Erase(Keyed):
    """``del watched.name`` calls what a property has for that."""

    __slots__ = ("name", "program", "site")

    def __init__(self, program: Program, name: str, site: int) -> None:
        self.program = program
        self.name = name
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        if not isinstance(out.things[obj], Instance):
            return
        for found in self.program.members(obj, self.name):
            for member in found.members:
                if member.kind == "deleter":
                    out.fact(("m", self.site, found.owner, self.name, found.known))
                    run(self.program, out, found, member, (), NOTHING, self.site)
        operate(self.program, out, obj, "__delattr__", (), NOTHING, self.site)


class Call(Keyed):
    """``result ⊇ watched(args, *star, named, **more)``."""

    __slots__ = ("args", "literals", "more", "named", "program", "result", "site", "star")

    def __init__(
        self,
        program: Program,
        site: int,
        args: tuple[int, ...],
        star: int,
        named: tuple[tuple[str, int], ...],
        more: int,
        result: int,
        literals: tuple[tuple[str, str], ...],
    ) -> None:
        self.program = program
        self.site = site
        self.args = args
        self.star = star
        self.named = named
        self.more = more
        self.result = result
        self.literals = literals

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        match thing:
            case Routine():
                out.fact(("c", self.site, obj, Known.SCOPE))
                self.enter(thing.key, -1, out)
            case Bound():
                callee = out.object(Routine(thing.routine))
                out.fact(("c", self.site, callee, thing.known))
                self.enter(thing.routine, thing.receiver, out)
            case Klass():
                self._make(thing, obj, out)
            case Instance():
                operated = list(self.program.members(obj, "__call__"))
                for found in operated:
                    for member in found.members:
                        self._through(found, member, out)
            case Partial() if type(self) is not Completed:
                args = (*thing.args, *self.args)
                named = (*thing.named, *self.named)
                call = Completed(
                    self.program, self.site, args, self.star, named, self.more, self.result, ()
                )
                out.watch(thing.callee, call)
            case Outside():
                out.fact(("c", self.site, obj, Known.SCOPE))
                builtin_calls.outside_call(self, thing, obj, out)
            case Builtin():
                builtin_calls.builtin_call(self, thing, obj, out)

    def _through(self, found: Found, member: Member, out: Solver) -> None:
        if member.kind == "value":
            var = self.program.named(found.owner, "__call__")
            out.watch(var, self)
            return
        receiver = found.receiver if member.kind != "static" else -1
        self.fire(out.object(Bound(member.routine, receiver, found.known)), out)

    def _make(self, thing: Klass, obj: int, out: Solver) -> None:
        program = self.program
        known = Known.SELF if thing.open else Known.FLOW
        made = out.object(Instance(thing.key, known))
        out.fact(("c", self.site, obj, Known.SELF if thing.open else Known.SCOPE))
        out.give(self.result, made)
        meta = program.metaclass(thing.key)
        called = program.lookup(meta, "__call__") if meta else None
        if called is None:
            self.instantiate(thing, obj, out)
        for member in called[1] if called is not None else ():
            self.fire(out.object(Bound(member.routine, obj, Known.FLOW)), out)

    def instantiate(self, thing: Klass, obj: int, out: Solver) -> None:
        """Make an instance as ``type.__call__`` does."""
        program = self.program
        made = out.object(Instance(thing.key, Known.SELF if thing.open else Known.FLOW))
        out.give(self.result, made)
        for found in program.members(obj, "__new__"):
            for member in found.members:
                if member.routine:
                    self.fire(out.object(Bound(member.routine, obj, found.known)), out)
        started = False
        quiet = Call(
            program,
            self.site,
            self.args,
            self.star,
            self.named,
            self.more,
            NOTHING,
            self.literals,
        )
        for found in program.members(made, "__init__"):
            for member in found.members:
                started = True
                if member.kind == "value":
                    quiet._through(found, member, out)
                else:
                    if not thing.open and found.known is Known.FLOW:
                        found = found._replace(known=Known.SCOPE)
                    quiet.fire(out.object(Bound(member.routine, found.receiver, found.known)), out)
        if not started:
            self._fields(thing, made, out)
            base = program.outer_base(thing.key)
            if base and not base.startswith("<"):
                out.fact(("c", self.site, out.object(outside(base, "__init__")), Known.SCOPE))

    def _fields(self, thing: Klass, made: int, out: Solver) -> None:
        program = self.program
        order = program.order(thing.key)
        if not any(program.classes[key].is_record for key in order):
            return
        names = [
            name
            for key in reversed(order)
            if program.classes[key].is_record
            for name in program.classes[key].annotated
        ]
        given = [*zip(dict.fromkeys(names), self.args, strict=False), *self.named]
        passed = {name for name, _ in given}
        for key in order:
            for name in program.classes[key].annotated if program.classes[key].is_record else ():
                if name not in passed:
                    var = program.named(program.homes(thing.key, name)[0], "." + name)
                    out.watch(program.named(key, name), Filled(program, var, self.site))
        for name, var in given:
            home = program.homes(thing.key, name)[0]
            out.copy(var, program.named(home, "." + name))
        operate(program, out, made, "__post_init__", (), NOTHING, self.site)

    def enter(self, key: str, receiver: int, out: Solver) -> None:
        """Bind arguments to the parameters of a routine, and take its result."""
        routine = self.program.routines.get(key)
        if routine is None:
            return
        names, variables = routine.positional, routine.variables
        start = 0
        if receiver >= 0 and routine.kind != "static":
            if names and self._fits(routine.owner, receiver, out):
                out.give(variables[names[0]], receiver)
            start = 1
            if names and names[0] in routine.handed:
                out.give(self.result, receiver)
        given = set(names[:start])
        for at, arg in enumerate(self.args, start):
            if at >= len(names):
                self._excess(key, at - len(names), arg, out)
                continue
            given.add(names[at])
            if names[at] in routine.handed:
                out.copy(arg, self.result)
            if at == 0 and routine.kind == "method":
                out.watch(arg, Filter(self.program, (routine.owner,), variables[names[0]]))
            else:
                out.copy(arg, variables[names[at]])
        if self.star:
            self._spread(routine.key, start + len(self.args), out)
        for name, arg in self.named:
            if name in variables and name not in names[: routine.only_positional]:
                given.add(name)
                out.copy(arg, variables[name])
                if name in routine.handed:
                    out.copy(arg, self.result)
            elif routine.named_rest:
                box = Box("dict", f"{key}**")
                put(self.program, out, box, repr(name), arg)
        for name in routine.handed - given:
            out.copy(variables[name], self.result)
        if self.more:
            for name in (*names[start + len(self.args) :], *routine.only_named):
                if name not in given:
                    item = Item(self.program, repr(name), variables[name], self.site)
                    out.watch(self.more, item)
            if routine.named_rest:
                out.copy(self.more, variables[routine.named_rest])
        if routine.is_generator:
            out.give(self.result, out.object(Box("generator", key)))
        else:
            out.copy(routine.result, self.result)

    def _fits(self, owner: str, receiver: int, out: Solver) -> bool:
        thing = out.things[receiver]
        if not owner or not isinstance(thing, Instance | Klass):
            return True
        program = self.program
        if isinstance(thing, Klass) and program.is_a(program.metaclass(thing.key), (owner,)):
            return True
        return program.is_a(thing.key, (owner,)) or program.is_a(owner, (thing.key,))

    def _excess(self, key: str, at: int, arg: int, out: Solver) -> None:
        routine = self.program.routines[key]
        if routine.rest:
            put(self.program, out, Box("tuple", f"{key}*"), str(at), arg)

    def _spread(self, key: str, start: int, out: Solver) -> None:
        routine = self.program.routines[key]
        names = routine.positional
        for at, name in enumerate(names[start:]):
            var = routine.variables[name]
            if at == 0 and start == 0 and routine.kind == "method":
                held = self.program.named("!", self.site, "self")
                out.watch(held, Filter(self.program, (routine.owner,), var))
                var = held
            out.watch(self.star, Item(self.program, str(at), var, self.site))
        if routine.rest:
            skip = max(len(names) - start, 0)
            box = Box("tuple", f"{key}*")
            if skip == 0 and start <= len(names):
                out.copy(self.star, routine.variables[routine.rest])
            else:
                out.watch(self.star, Shift(self.program, box, skip, self.site))


class Filled(Keyed):
    """A record's field that is not passed takes what its factory makes."""

    __slots__ = ("program", "site", "target")

    def __init__(self, program: Program, target: int, site: int) -> None:
        self.program = program
        self.target = target
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Factory):
            call = Call(self.program, self.site, (), NOTHING, (), NOTHING, self.target, ())
            out.watch(thing.callee, call)


class Completed(Call):
    """A call of a partial; partials of partials are not looked into: there is no end to them."""

    __slots__ = ()


class Decorate(Call):
    """A call of a decorator: what stands outside of the project is taken to give its argument."""

    __slots__ = ()

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Outside) or (isinstance(thing, Builtin) and thing.receiver < 0):
            out.copy(self.args[0], self.result)
            if isinstance(thing, Builtin):
                return
        super().fire(obj, out)


class Forward(Call):
    """A wrapper's call of what it wraps: whatever is wrapped anywhere shares the wrapper.

    So ``*args`` says nothing of the parameters of one wrapped function but its receiver.
    """

    __slots__ = ()

    def _spread(self, key: str, start: int, out: Solver) -> None:
        routine = self.program.routines[key]
        if start == 0 and routine.kind == "method" and routine.positional:
            var = routine.variables[routine.positional[0]]
            held = self.program.named("!", self.site, "self")
            out.watch(held, Filter(self.program, (routine.owner,), var))
            out.watch(self.star, Item(self.program, "0", held, self.site))


def put(program: Program, out: Solver, box: Box, key: str, held: int) -> None:
    """Put something into a container at a key; the empty key is any."""
    out.copy(held, program.item(box, key))
    if key and held:
        out.copy(held, program.item(box, "*"))
        out.give(program.keys(box), out.object(Literal(key)))


class Item(Keyed):
    """``target ⊇ watched[key]``; the empty key is any."""

    __slots__ = ("key", "program", "site", "target")

    def __init__(self, program: Program, key: str, target: int, site: int) -> None:
        self.program = program
        self.key = key
        self.target = target
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        match thing:
            case Box():
                self.of_box(thing, out)
            case Instance():
                if not operate(self.program, out, obj, "__getitem__", (), self.target, self.site):
                    operate(self.program, out, obj, "__missing__", (), self.target, self.site)
                field_at(self.program, out, thing.key, self.key, self.target)
            case Klass() if self.program.is_enumeration(thing.key):
                out.give(self.target, out.object(Instance(thing.key)))
            case Klass() if operate(
                self.program, out, obj, "__class_getitem__", (), self.target, self.site
            ):
                pass
            case Klass() | Outside() | Native():
                out.give(self.target, obj)

    def of_box(self, box: Box, out: Solver) -> None:
        """Take what a container holds at the key."""
        program = self.program
        if box.sort in ("set", "iterator", "generator") or self.key.startswith("-"):
            out.copy(program.item(box, "*"), self.target)
        elif self.key:
            out.copy(program.item(box, self.key), self.target)
        else:
            out.copy(program.item(box, "*"), self.target)
        out.copy(program.item(box, ""), self.target)


class Unpack(Item):
    """``target`` takes an item of what is unpacked."""

    __slots__ = ()

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Instance):
            Elements(self.program, self.target, self.site).fire(obj, out)
            field_at(self.program, out, thing.key, self.key, self.target)
        else:
            super().fire(obj, out)


def field_at(program: Program, out: Solver, key: str, at: str, target: int) -> None:
    """Take a named tuple's field by its place."""
    fields = program.fields(key)
    if at.isdigit() and int(at) < len(fields):
        home = program.homes(key, fields[int(at)])[0]
        out.copy(program.named(home, "." + fields[int(at)]), target)


class Matched(Keyed):
    """``target`` takes the attribute at a place of a class pattern."""

    __slots__ = ("at", "program", "site", "target")

    def __init__(self, program: Program, at: int, target: int, site: int) -> None:
        self.program = program
        self.at = at
        self.target = target
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Instance):
            names = self.program.fields(thing.key)
            if self.at < len(names):
                Load(self.program, names[self.at], self.target, self.site).fire(obj, out)


class StoreItem(Keyed):
    """``watched[key] ⊇ source``."""

    __slots__ = ("key", "program", "site", "source")

    def __init__(self, program: Program, key: str, source: int, site: int) -> None:
        self.program = program
        self.key = key
        self.source = source
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Box):
            put(self.program, out, thing, self.key, self.source)
        elif isinstance(thing, Instance):
            args = (NOTHING, self.source)
            operate(self.program, out, obj, "__setitem__", args, NOTHING, self.site)


class Elements(Keyed):
    """``target`` takes what iterating over the watched gives."""

    __slots__ = ("program", "site", "target")

    def __init__(self, program: Program, target: int, site: int) -> None:
        self.program = program
        self.target = target
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        program = self.program
        thing = out.things[obj]
        match thing:
            case Box(sort="dict"):
                out.copy(program.item(thing, "<keys>"), self.target)
            case Box():
                out.copy(program.item(thing, "*"), self.target)
                out.copy(program.item(thing, ""), self.target)
            case Instance():
                held = program.named("!", self.site, "iter")
                if operate(program, out, obj, "__iter__", (), held, self.site) or operate(
                    program, out, obj, "__aiter__", (), held, self.site
                ):
                    out.watch(held, Next(program, self.target, self.site))
                else:
                    operate(program, out, obj, "__getitem__", (), self.target, self.site)
            case Klass():
                out.give(self.target, out.object(Instance(thing.key)))
                meta = program.classes[thing.key].metaclass
                found = program.lookup(meta, "__iter__") if meta else None
                if found is not None:
                    receiver = Found(*found, obj, Known.FLOW)
                    for member in found[1]:
                        run(program, out, receiver, member, (), NOTHING, self.site, "__iter__")


class Next(Keyed):
    """``target`` takes what an iterator gives."""

    __slots__ = ("program", "site", "target")

    def __init__(self, program: Program, target: int, site: int) -> None:
        self.program = program
        self.target = target
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        if isinstance(out.things[obj], Instance):
            found = operate(self.program, out, obj, "__next__", (), self.target, self.site)
            if not found:
                operate(self.program, out, obj, "__anext__", (), self.target, self.site)
        else:
            Elements(self.program, self.target, self.site).fire(obj, out)


class Enter(Keyed):
    """``target`` takes what ``with`` binds; the context is left at its end."""

    __slots__ = ("program", "site", "target", "waits")

    def __init__(self, program: Program, target: int, site: int, waits: bool) -> None:
        self.program = program
        self.target = target
        self.site = site
        self.waits = waits

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        program = self.program
        letter = "a" if self.waits else ""
        if isinstance(thing, Instance):
            operate(program, out, obj, f"__{letter}enter__", (), self.target, self.site)
            operate(program, out, obj, f"__{letter}exit__", (), NOTHING, self.site)
        elif isinstance(thing, Box):
            Elements(program, self.target, self.site).fire(obj, out)


_ELSE: dict[str, tuple[str, ...]] = {
    "__bool__": ("__len__",),
    "__contains__": ("__iter__", "__getitem__"),
    "__format__": ("__str__", "__repr__"),
    "__str__": ("__repr__",),
    "__ne__": ("__eq__",),
    "__lt__": ("__gt__", "__le__", "__ge__"),
    "__gt__": ("__lt__", "__ge__", "__le__"),
    "__le__": ("__ge__", "__lt__", "__gt__"),
    "__ge__": ("__le__", "__gt__", "__lt__"),
}


_JOINING: Final = frozenset(
    f"__{kind}{name}__" for kind in ("", "r", "i") for name in ("add", "mul", "or")
)


class Operate(Keyed):
    """An operator on the watched calls the method behind it."""

    __slots__ = ("args", "name", "program", "result", "site")

    def __init__(
        self, program: Program, name: str, args: tuple[int, ...], result: int, site: int
    ) -> None:
        self.program = program
        self.name = name
        self.args = args
        self.result = result
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Instance):
            names = (self.name, *_ELSE.get(self.name, ()))
            if self.name.startswith("__i") and self.name != "__invert__":
                names = (self.name, f"__{self.name[3:]}")
            for name in names:
                if operate(self.program, out, obj, name, self.args, self.result, self.site):
                    return
        elif isinstance(thing, Box) and self.name in _JOINING:
            out.give(self.result, obj)
            if self.name.startswith("__i"):
                for arg in self.args:
                    out.watch(arg, Merge(self.program, thing))


class Filter(Keyed):
    """``target`` takes what of the watched is of certain classes; without any, containers."""

    __slots__ = ("classes", "program", "target")

    def __init__(self, program: Program, classes: tuple[str, ...], target: int) -> None:
        self.program = program
        self.classes = classes
        self.target = target

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if not self.classes:
            if isinstance(thing, Box):
                out.give(self.target, obj)
        elif isinstance(thing, Instance | Klass) and self.program.is_a(thing.key, self.classes):
            out.give(self.target, obj)


class Upwards(Keyed):
    """``target`` takes ``super()`` of each receiver, seen from a class."""

    __slots__ = ("key", "program", "target")

    def __init__(self, program: Program, key: str, target: int) -> None:
        self.program = program
        self.key = key
        self.target = target

    def fire(self, obj: int, out: Solver) -> None:
        if isinstance(out.things[obj], Instance | Klass):
            out.give(self.target, out.object(Upward(self.key, obj)))


class Merge(Keyed):
    """A container takes what another one holds, key by key as far as keys are known."""

    __slots__ = ("box", "program")

    def __init__(self, program: Program, box: Box) -> None:
        self.program = program
        self.box = box

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Box):
            merge(self.program, out, thing, self.box)


def merge(program: Program, out: Solver, source: Box, target: Box) -> None:
    """Let a container hold what another one holds, at the same keys."""
    for key in ("", "*", "<keys>"):
        out.copy(program.item(source, key), program.item(target, key))
    out.watch(program.keys(source), SameKey(program, source, target, 0))


class SameKey(Keyed):
    """A container takes what another one holds at each key, or at a later index."""

    __slots__ = ("program", "source", "start", "target")

    def __init__(self, program: Program, source: Box, target: Box, start: int) -> None:
        self.program = program
        self.source = source
        self.target = target
        self.start = start

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if not isinstance(thing, Literal):
            return
        key = thing.text
        if self.start:
            if not key.isdigit() or int(key) < self.start:
                return
            key = str(int(key) - self.start)
        put(self.program, out, self.target, key, self.program.item(self.source, thing.text))


class Shift(Keyed):
    """A list takes the items of another one from an index on."""

    __slots__ = ("box", "program", "site", "start")

    def __init__(self, program: Program, box: Box, start: int, site: int) -> None:
        self.program = program
        self.box = box
        self.start = start
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        program = self.program
        if not isinstance(thing, Box):
            return
        out.watch(program.keys(thing), SameKey(program, thing, self.box, self.start))
        out.copy(program.item(thing, ""), program.item(self.box, ""))


class Returned(Keyed):
    """``target`` takes what a generator returns."""

    __slots__ = ("program", "target")

    def __init__(self, program: Program, target: int) -> None:
        self.program = program
        self.target = target

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Box) and thing.sort == "generator":
            routine = self.program.routines.get(thing.place)
            if routine is not None:
                out.copy(routine.result, self.target)


class Raised(Keyed):
    """``raise`` of a class makes an instance of it."""

    __slots__ = ("program", "site")

    def __init__(self, program: Program, site: int) -> None:
        self.program = program
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        if isinstance(out.things[obj], Klass):
            Call(self.program, self.site, (), NOTHING, (), NOTHING, NOTHING, ()).fire(obj, out)


class Named(Keyed):
    """What a class binds is told its name."""

    __slots__ = ("program", "site")

    def __init__(self, program: Program, site: int) -> None:
        self.program = program
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        if isinstance(out.things[obj], Instance):
            operate(self.program, out, obj, "__set_name__", (), NOTHING, self.site)


class ClassMade(Keyed):
    """A class statement runs what its bases and metaclass do with new classes."""

    __slots__ = ("program", "site")

    def __init__(self, program: Program, site: int) -> None:
        self.program = program
        self.site = site

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        program = self.program
        if not isinstance(thing, Klass):
            return
        for name, members in program.classes[thing.key].members.items():
            if any(member.kind == "value" for member in members):
                out.watch(program.named(thing.key, name), Named(program, self.site))
        found = program.after(thing.key, thing.key, "__init_subclass__")
        if found is not None:
            for member in found[1]:
                run(program, out, Found(*found, obj, Known.FLOW), member, (), NOTHING, self.site)
        for key in program.order(thing.key):
            meta = program.classes[key].metaclass
            if not meta:
                continue
            for name in ("__new__", "__init__"):
                above = program.lookup(meta, name)
                for member in above[1] if above is not None else ():
                    if member.routine:
                        receiver = Found(above[0], above[1], obj, Known.FLOW)  # type: ignore[index]
                        run(program, out, receiver, member, (), NOTHING, self.site)
            return
