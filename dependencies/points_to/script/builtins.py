"""What the built-in functions of JavaScript do with objects and functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dependencies.points_to.script.calling import Call, New
from dependencies.points_to.script.heap import ANY, KEY, PROTO, VALUE, EachField, Mirror
from dependencies.points_to.script.iterating import Await, Iterate
from dependencies.points_to.script.members import Key, Read, Spread
from dependencies.points_to.script.model import Class, Function, How, Kind, Site
from dependencies.points_to.script.parts import Arguments, Bound
from dependencies.points_to.script.solving import Rule
from dependencies.points_to.solver import NOTHING, Solver

if TYPE_CHECKING:
    from dependencies.points_to.script.machine import Machine


@dataclass(slots=True, frozen=True)
class Use:
    """One call of a built-in function: on what, with what, and where its result goes."""

    machine: Machine
    site: Site
    args: Arguments
    result: int
    this: int
    this_obj: int
    out: Solver

    def fresh(self, kind: Kind, name: str = "") -> int:
        """Give the object that this call makes."""
        obj = self.machine.heap.made(kind, self.site.path, self.site.at, f"made {name}")
        self.out.give(self.result, obj)
        return obj

    def var(self, name: str) -> int:
        """Give a variable of this call."""
        return self.machine.heap.var((name, self.site, self.this_obj))

    def receiver(self) -> int:
        """Give a variable that holds the receiver."""
        if self.this_obj >= 0:
            return self.machine.heap.only(self.this_obj, self.out)
        return self.this

    def elements(self) -> int:
        """Give a variable that holds what the receiver's elements are."""
        var = self.var("elements")
        self.out.watch(self.receiver(), Iterate(self.machine, self.site, var))
        return var

    def items(self, source: int) -> int:
        """Give a variable that holds what an iterable argument gives."""
        var = self.var(f"items{source}")
        self.out.watch(source, Iterate(self.machine, self.site, var))
        return var

    def back(
        self, function: int, values: tuple[int, ...], result: int, this: int = NOTHING
    ) -> None:
        """Call a function that was passed."""
        args = Arguments(values, (1 << len(values)) - 1)
        caller = Call(self.machine, self.site, How.FLOW, args, result, this=this)
        self.out.watch(function, caller)

    def array_of(self, source: int, name: str = "") -> int:
        """Make an array of what a variable holds; it is the result."""
        obj = self.fresh(Kind.ARRAY, name)
        self.machine.heap.store(obj, ANY, source, self.out)
        return obj

    def promise_of(self, source: int) -> int:
        """Make a promise of what a variable holds or promises; it is the result."""
        obj = self.fresh(Kind.PROMISE)
        self.out.watch(source, Await(self.machine, self.machine.heap.field(obj, VALUE)))
        return obj


Model = Callable[[Use], None]


class Builtins:
    """The models by name: ``Array.map`` is what arrays inherit, ``Array.from`` Array's own."""

    def __init__(self, machine: Machine) -> None:
        """Serve a machine."""
        self.machine = machine

    def knows(self, owner: str, key: str) -> bool:
        """Tell whether things of a kind have a built-in method."""
        return key in METHODS.get(owner, ()) or (owner == "Reflect" and f"{owner}.{key}" in MODELS)

    def entry(self, obj: int, out: Solver) -> int:
        """Give the [key, value] array of a Map."""
        heap = self.machine.heap
        thing = heap.thing(obj)
        pair = heap.made(Kind.ARRAY, thing.path, thing.at, f"entry{thing.name}")
        heap.store(pair, "0", heap.field(obj, KEY), out)
        heap.store(pair, "1", heap.field(obj, VALUE), out)
        return pair

    def call(
        self,
        name: str,
        site: Site,
        args: Arguments,
        result: int,
        out: Solver,
        this: int,
        this_obj: int,
    ) -> None:
        """Call a built-in function."""
        for root in ("globalThis.", "window.", "self."):
            name = name.removeprefix(root)
        out.fact((site, self.machine.heap.outside(Kind.BUILTIN, name), site.how))
        model = MODELS.get(name.replace(".prototype.", "."))
        if model is not None:
            model(Use(self.machine, site, args, result, this, this_obj, out))

    def new(self, name: str, site: Site, args: Arguments, result: int, out: Solver) -> None:
        """Make a built-in thing."""
        out.fact((site, self.machine.heap.outside(Kind.BUILTIN, name), site.how))
        use = Use(self.machine, site, args, result, NOTHING, -1, out)
        model = MAKERS.get(name)
        if model is not None:
            model(use)


# -- arrays ---------------------------------------------------------------------------------------


def _each(use: Use) -> None:
    array = use.receiver()
    use.back(
        use.args.at(0), (use.elements(), use.machine.heap.unknown, array), NOTHING, use.args.at(1)
    )


def _map(use: Use) -> None:
    value = use.var("value")
    array = use.receiver()
    use.back(
        use.args.at(0), (use.elements(), use.machine.heap.unknown, array), value, use.args.at(1)
    )
    use.array_of(value)


def _flat_map(use: Use) -> None:
    _map(use)
    value = use.var("value")
    use.array_of(use.items(value))


def _filter(use: Use) -> None:
    _each(use)
    use.array_of(use.elements())


def _find(use: Use) -> None:
    _each(use)
    use.out.copy(use.elements(), use.result)


def _sort(use: Use) -> None:
    elements = use.elements()
    use.back(use.args.at(0), (elements, elements), NOTHING)
    if use.this_obj >= 0:
        use.machine.heap.store(use.this_obj, ANY, elements, use.out)
    use.out.copy(use.receiver(), use.result)


def _reduce(use: Use) -> None:
    total, elements = use.var("total"), use.elements()
    initial = use.args.at(1) if len(use.args.values) > 1 else elements
    use.out.copy(initial, total)
    function = use.args.at(0)
    use.back(function, (total, elements, use.machine.heap.unknown, use.receiver()), total)
    use.out.copy(total, use.result)


def _push(use: Use) -> None:
    for value in (*use.args.values, use.args.spread):
        if value and use.this_obj >= 0:
            use.machine.heap.store(use.this_obj, ANY, value, use.out)


def _fill(use: Use) -> None:
    if use.this_obj >= 0 and use.args.at(0):
        use.machine.heap.store(use.this_obj, ANY, use.args.at(0), use.out)
    use.out.copy(use.receiver(), use.result)


def _splice(use: Use) -> None:
    for value in use.args.values[2:]:
        if value and use.this_obj >= 0:
            use.machine.heap.store(use.this_obj, ANY, value, use.out)
    use.array_of(use.elements())


def _take(use: Use) -> None:
    use.out.copy(use.elements(), use.result)


def _same(use: Use) -> None:
    use.array_of(use.elements())


def _slice(use: Use) -> None:
    """Elements keep their places, less the start, where that is a number in the source."""
    shift = _number(use, use.args.at(0))
    if shift is None or use.this_obj < 0:
        _same(use)
        return
    heap = use.machine.heap
    obj = use.fresh(Kind.ARRAY)
    if obj == use.this_obj:
        return
    use.out.copy(heap.field(use.this_obj, ANY), heap.field(obj, ANY))
    keys = heap.field(use.this_obj, "[[keys]]")
    use.out.watch(keys, Mirror(heap, use.this_obj, obj, frozenset(), shift))


def _number(use: Use, var: int) -> int | None:
    if not var:
        return 0
    texts = use.machine.heap.constants.get(var)
    return int(texts) if texts is not None and texts.isdigit() and len(texts) < 6 else None


def _concat(use: Use) -> None:
    obj = use.array_of(use.elements())
    for value in use.args.values:
        if value:
            use.machine.heap.store(obj, ANY, use.items(value), use.out)


def _keys(use: Use) -> None:
    use.array_of(use.machine.heap.unknown)


def _entries(use: Use) -> None:
    heap = use.machine.heap
    pair = heap.made(Kind.ARRAY, use.site.path, use.site.at, "pair")
    heap.store(pair, "0", heap.unknown, use.out)
    heap.store(pair, "1", use.elements(), use.out)
    use.array_of(heap.only(pair, use.out))


def _from(use: Use) -> None:
    items = use.items(use.args.at(0))
    function = use.args.at(1)
    if function:
        value = use.var("value")
        use.back(function, (items, use.machine.heap.unknown), value)
        use.array_of(value)
    else:
        use.array_of(items)


def _of(use: Use) -> None:
    obj = use.fresh(Kind.ARRAY)
    for index, value in enumerate(use.args.values):
        if value:
            use.machine.heap.store(obj, str(index), value, use.out)
    if use.args.spread:
        use.machine.heap.store(obj, ANY, use.args.spread, use.out)


# -- objects --------------------------------------------------------------------------------------


class _Fields(Rule):
    """What arrives here are objects; their members go on."""

    __slots__ = ("target", "use")

    def __init__(self, use: Use, target: int) -> None:
        self.use, self.target = use, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """An object was found."""
        heap = self.use.machine.heap
        kind = heap.thing(obj).kind
        if kind is Kind.MODULE:
            self.use.machine.members(heap.thing(obj).path, self.target, out)
        elif kind not in (Kind.BUILTIN, Kind.EXTERNAL, Kind.TEXT):
            out.copy(heap.field(obj, ANY), self.target)
            out.watch(heap.field(obj, "[[keys]]"), EachField(heap, obj, self.target))


class _Names(Rule):
    """What arrives here are objects; the names of their members go on."""

    __slots__ = ("target", "use")

    def __init__(self, use: Use, target: int) -> None:
        self.use, self.target = use, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """An object was found."""
        heap = self.use.machine.heap
        if heap.thing(obj).kind not in (Kind.BUILTIN, Kind.EXTERNAL, Kind.TEXT, Kind.MODULE):
            out.copy(heap.field(obj, "[[keys]]"), self.target)


def _values(use: Use) -> None:
    value = use.var("value")
    use.out.watch(use.args.at(0), _Fields(use, value))
    use.array_of(value)


def _names(use: Use) -> None:
    use.out.watch(use.args.at(0), _Names(use, use.var("name")))
    use.out.copy(use.machine.heap.unknown, use.var("name"))
    use.array_of(use.var("name"))


def _pairs(use: Use) -> None:
    heap = use.machine.heap
    value = use.var("value")
    use.out.watch(use.args.at(0), _Fields(use, value))
    pair = heap.made(Kind.ARRAY, use.site.path, use.site.at, "pair")
    heap.store(pair, "0", heap.unknown, use.out)
    heap.store(pair, "1", value, use.out)
    use.array_of(heap.only(pair, use.out))


def _from_pairs(use: Use) -> None:
    value = use.var("value")
    use.out.watch(use.items(use.args.at(0)), Read(use.machine, "1", value, None))
    obj = use.fresh(Kind.OBJECT)
    use.machine.heap.store(obj, ANY, value, use.out)


class _Assign(Rule):
    """Whatever arrives here gets the members of others."""

    __slots__ = ("use",)

    def __init__(self, use: Use) -> None:
        self.use = use

    def fire(self, obj: int, out: Solver, /) -> None:
        """A target was found."""
        for source in (*self.use.args.values[1:], self.use.args.spread):
            if source:
                out.watch(source, Spread(self.use.machine, obj, frozenset()))


def _assign(use: Use) -> None:
    use.out.copy(use.args.at(0), use.result)
    use.out.watch(use.args.at(0), _Assign(use))


def _identity(use: Use) -> None:
    use.out.copy(use.args.at(0), use.result)


def _create(use: Use) -> None:
    obj = use.fresh(Kind.OBJECT)
    use.machine.heap.store(obj, PROTO, use.args.at(0), use.out)


class _Inherit(Rule):
    """Whatever arrives here has the objects of a variable for its prototype."""

    __slots__ = ("source", "use")

    def __init__(self, use: Use, source: int) -> None:
        self.use, self.source = use, source

    def fire(self, obj: int, out: Solver, /) -> None:
        """An object was found."""
        self.use.machine.heap.store(obj, PROTO, self.source, out)


def _set_prototype(use: Use) -> None:
    use.out.watch(use.args.at(0), _Inherit(use, use.args.at(1)))
    use.out.copy(use.args.at(0), use.result)


def _define(use: Use) -> None:
    value = use.var("value")
    for name in ("value", "get"):
        use.out.watch(use.args.at(2), Read(use.machine, name, value, None))
    key = use.args.at(1)
    if key:
        use.out.watch(key, Key(use.machine, use.args.at(0), value, None, True))
    use.out.copy(use.args.at(0), use.result)


# -- functions ------------------------------------------------------------------------------------


def _call(use: Use) -> None:
    caller = Call(
        use.machine, use.site, How.FLOW, use.args.after(1), use.result, this=use.args.at(0)
    )
    use.out.watch(use.receiver(), caller)


class _Apply(Rule):
    """What arrives here are arrays; a function gets their elements as its arguments."""

    __slots__ = ("function", "this", "use")

    def __init__(self, use: Use, function: int, this: int) -> None:
        self.use, self.function, self.this = use, function, this

    def fire(self, obj: int, out: Solver, /) -> None:
        """An array was found."""
        use = self.use
        heap = use.machine.heap
        if heap.thing(obj).kind is not Kind.ARRAY:
            return
        values = tuple(heap.field(obj, str(index)) for index in range(8))
        args = Arguments(values, 0, heap.field(obj, ANY))
        out.watch(
            self.function, Call(use.machine, use.site, How.FLOW, args, use.result, this=self.this)
        )


def _apply(use: Use) -> None:
    function, this = use.receiver(), use.args.at(0)
    use.out.watch(use.args.at(1), _Apply(use, function, this))
    caller = Call(use.machine, use.site, How.FLOW, Arguments(), use.result, this=this)
    use.out.watch(function, caller)


def _reflect_apply(use: Use) -> None:
    function, this = use.args.at(0), use.args.at(1)
    use.out.watch(use.args.at(2), _Apply(use, function, this))
    caller = Call(use.machine, use.site, How.FLOW, Arguments(), use.result, this=this)
    use.out.watch(function, caller)


def _bind(use: Use) -> None:
    bound = Bound(use.receiver(), use.args.at(0), use.args.after(1))
    heap = use.machine.heap
    name = f"bound{use.this_obj}"
    use.out.give(use.result, heap.made(Kind.BOUND, use.site.path, use.site.at, name, bound))


def _later(use: Use) -> None:
    use.back(use.args.at(0), use.args.values[2:], NOTHING)


def _at_once(use: Use) -> None:
    use.back(use.args.at(0), (), NOTHING)


# -- promises -------------------------------------------------------------------------------------


def _promised(use: Use) -> int:
    value = use.var("awaited")
    use.out.watch(use.receiver(), Await(use.machine, value))
    return value


def _then(use: Use) -> None:
    value, given = _promised(use), use.var("given")
    use.back(use.args.at(0), (value,), given)
    use.back(use.args.at(1), (NOTHING,), given)
    obj = use.promise_of(given)
    if not use.args.at(0):
        use.out.copy(value, use.machine.heap.field(obj, VALUE))


def _catch(use: Use) -> None:
    value, given = _promised(use), use.var("given")
    use.back(use.args.at(0), (NOTHING,), given)
    obj = use.promise_of(given)
    use.out.copy(value, use.machine.heap.field(obj, VALUE))


def _finally(use: Use) -> None:
    use.back(use.args.at(0), (), NOTHING)
    use.out.copy(use.receiver(), use.result)


def _resolve(use: Use) -> None:
    use.promise_of(use.args.at(0))


def _all(use: Use) -> None:
    value = use.var("value")
    use.out.watch(use.items(use.args.at(0)), Await(use.machine, value))
    heap = use.machine.heap
    array = heap.made(Kind.ARRAY, use.site.path, use.site.at, "all")
    heap.store(array, ANY, value, use.out)
    use.promise_of(heap.only(array, use.out))


def _race(use: Use) -> None:
    use.promise_of(use.items(use.args.at(0)))


def _new_promise(use: Use) -> None:
    heap = use.machine.heap
    obj = use.fresh(Kind.PROMISE)
    resolve = heap.made(Kind.RESOLVER, use.site.path, use.site.at, "resolve", obj)
    reject = heap.outside(Kind.BUILTIN, "reject")
    function = use.args.at(0)
    use.back(function, (heap.only(resolve, use.out), heap.only(reject, use.out)), NOTHING)


# -- maps, sets, generators -----------------------------------------------------------------------


def _new_map(use: Use) -> None:
    obj = use.fresh(Kind.MAP)
    heap = use.machine.heap
    if use.args.at(0):
        items = use.items(use.args.at(0))
        use.out.watch(items, Read(use.machine, "0", heap.field(obj, KEY), None))
        use.out.watch(items, Read(use.machine, "1", heap.field(obj, VALUE), None))


def _new_set(use: Use) -> None:
    obj = use.fresh(Kind.SET)
    if use.args.at(0):
        use.out.copy(use.items(use.args.at(0)), use.machine.heap.field(obj, VALUE))


def _new_array(use: Use) -> None:
    _of(use)


def _map_set(use: Use) -> None:
    heap = use.machine.heap
    if use.this_obj >= 0:
        use.out.copy(use.args.at(0), heap.field(use.this_obj, KEY))
        use.out.copy(use.args.at(1), heap.field(use.this_obj, VALUE))
    use.out.copy(use.receiver(), use.result)


def _set_add(use: Use) -> None:
    if use.this_obj >= 0:
        use.out.copy(use.args.at(0), use.machine.heap.field(use.this_obj, VALUE))
    use.out.copy(use.receiver(), use.result)


def _value_of(use: Use) -> int:
    return use.machine.heap.field(use.this_obj, VALUE) if use.this_obj >= 0 else NOTHING


def _map_get(use: Use) -> None:
    use.out.copy(_value_of(use), use.result)


def _map_each(use: Use) -> None:
    heap = use.machine.heap
    key = heap.field(use.this_obj, KEY) if use.this_obj >= 0 else NOTHING
    use.back(use.args.at(0), (_value_of(use), key, use.receiver()), NOTHING)


def _map_keys(use: Use) -> None:
    heap = use.machine.heap
    use.array_of(heap.field(use.this_obj, KEY) if use.this_obj >= 0 else NOTHING)


def _map_values(use: Use) -> None:
    use.array_of(_value_of(use))


def _next(use: Use) -> None:
    obj = use.fresh(Kind.OBJECT)
    use.machine.heap.store(obj, "value", _value_of(use), use.out)
    if use.this_obj >= 0 and use.args.at(0):
        use.out.copy(use.args.at(0), use.machine.heap.field(use.this_obj, "[[sent]]"))


# -- texts and the rest ---------------------------------------------------------------------------


def _text(use: Use) -> None:
    use.out.copy(use.machine.heap.unknown, use.result)


def _texts(use: Use) -> None:
    use.array_of(use.machine.heap.unknown)


def _replace(use: Use) -> None:
    unknown = use.machine.heap.unknown
    use.back(use.args.at(1), (unknown, unknown, unknown), NOTHING)
    _text(use)


def _parse(use: Use) -> None:
    unknown = use.machine.heap.unknown
    use.back(use.args.at(1), (unknown, unknown), NOTHING)


def _reflect_construct(use: Use) -> None:
    items = use.items(use.args.at(1))
    args = Arguments((), 0, items)
    use.out.watch(use.args.at(0), New(use.machine, use.site, args, use.result))


def _nothing(use: Use) -> None:
    """Leave out what neither calls nor hands on a function."""


_ARRAY: Final[dict[str, Model]] = {
    **dict.fromkeys(("forEach", "some", "every", "findIndex", "findLastIndex"), _each),
    "map": _map,
    "flatMap": _flat_map,
    "filter": _filter,
    "find": _find,
    "findLast": _find,
    "sort": _sort,
    "toSorted": _sort,
    "reduce": _reduce,
    "reduceRight": _reduce,
    "push": _push,
    "unshift": _push,
    "fill": _fill,
    "splice": _splice,
    "pop": _take,
    "shift": _take,
    "at": _take,
    "slice": _slice,
    "concat": _concat,
    "reverse": _same,
    "toReversed": _same,
    "values": _same,
    "flat": _same,
    "copyWithin": _same,
    "keys": _keys,
    "entries": _entries,
    "join": _text,
    "includes": _nothing,
    "indexOf": _nothing,
    "lastIndexOf": _nothing,
}
_MAP: Final[dict[str, Model]] = {
    "set": _map_set,
    "get": _map_get,
    "forEach": _map_each,
    "keys": _map_keys,
    "values": _map_values,
    "entries": _same,
    "has": _nothing,
    "delete": _nothing,
    "clear": _nothing,
}
_SET: Final[dict[str, Model]] = {
    "add": _set_add,
    "forEach": _map_each,
    "keys": _map_values,
    "values": _map_values,
    "entries": _nothing,
    "has": _nothing,
    "delete": _nothing,
    "clear": _nothing,
}
_STRING: Final[dict[str, Model]] = {
    **dict.fromkeys(
        [
            "charAt",
            "slice",
            "substring",
            "substr",
            "toLowerCase",
            "toUpperCase",
            "trim",
            "trimStart",
            "trimEnd",
            "padStart",
            "padEnd",
            "repeat",
            "concat",
            "normalize",
            "at",
            "toString",
        ],
        _text,
    ),
    **dict.fromkeys(("split", "match", "matchAll"), _texts),
    "replace": _replace,
    "replaceAll": _replace,
    **dict.fromkeys(
        [
            "charCodeAt",
            "codePointAt",
            "indexOf",
            "lastIndexOf",
            "startsWith",
            "endsWith",
            "includes",
            "search",
            "localeCompare",
        ],
        _nothing,
    ),
}
_PROMISE: Final[dict[str, Model]] = {"then": _then, "catch": _catch, "finally": _finally}
_FUNCTION: Final[dict[str, Model]] = {"call": _call, "apply": _apply, "bind": _bind}
_GENERATOR: Final[dict[str, Model]] = {"next": _next, "return": _next, "throw": _next}
_OBJECT: Final[dict[str, Model]] = dict.fromkeys(
    ("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"), _nothing
)
METHODS: Final[dict[str, dict[str, Model]]] = {
    "Array": _ARRAY,
    "Map": _MAP,
    "Set": _SET,
    "String": _STRING,
    "Promise": _PROMISE,
    "Function": _FUNCTION,
    "Generator": _GENERATOR,
    "Object": _OBJECT,
}
MODELS: Final[dict[str, Model]] = {
    **{f"{owner}.{key}": model for owner, table in METHODS.items() for key, model in table.items()},
    "Array.from": _from,
    "Array.of": _of,
    "Array": _of,
    "Object.keys": _names,
    "Object.getOwnPropertyNames": _names,
    "Object.values": _values,
    "Object.entries": _pairs,
    "Object.fromEntries": _from_pairs,
    "Object.assign": _assign,
    "Object.create": _create,
    "Object.setPrototypeOf": _set_prototype,
    "Object.freeze": _identity,
    "Object.seal": _identity,
    "Object.preventExtensions": _identity,
    "Object.defineProperty": _define,
    "Object": _identity,
    "Reflect.apply": _reflect_apply,
    "Reflect.construct": _reflect_construct,
    "Promise.resolve": _resolve,
    "Promise.all": _all,
    "Promise.allSettled": _all,
    "Promise.race": _race,
    "Promise.any": _race,
    "setTimeout": _later,
    "setInterval": _later,
    "setImmediate": _at_once,
    "queueMicrotask": _at_once,
    "requestAnimationFrame": _at_once,
    "requestIdleCallback": _at_once,
    "process.nextTick": _at_once,
    "structuredClone": _identity,
    "JSON.parse": _parse,
    "JSON.stringify": _parse,
    **dict.fromkeys(("String", "Symbol", "parseInt", "parseFloat", "Number"), _text),
}
MAKERS: Final[dict[str, Model]] = {
    "Promise": _new_promise,
    "Map": _new_map,
    "WeakMap": _new_map,
    "Set": _new_set,
    "WeakSet": _new_set,
    "Array": _new_array,
}

__all__ = ["MAKERS", "METHODS", "MODELS", "Builtins", "Class", "Function", "Use"]
