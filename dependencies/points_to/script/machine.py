"""What calling and constructing mean, object by object, and what modules hand on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from dependencies.points_to.script.builtins import METHODS, Builtins
from dependencies.points_to.script.calling import Call, Construct
from dependencies.points_to.script.heap import (
    ANY,
    VALUE,
    Heap,
    Limit,
)
from dependencies.points_to.script.members import Read, ReadAny, Write
from dependencies.points_to.script.model import Class, Function, How, Kind, Site
from dependencies.points_to.script.parts import NO_ONE, Arguments, Bound, Exports
from dependencies.points_to.solver import NOTHING, Constraint, Solver


class Machine:
    """Calls on things; ``builtins`` is what knows the built-in ones.

    ``popular`` counts by name in how many places of the project a class is made; the instances of
    one that is made in more than ``POPULAR`` places are not told apart.
    """

    def __init__(self, heap: Heap) -> None:
        """Work on a heap."""
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
