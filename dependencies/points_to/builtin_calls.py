"""What calls of built-ins and of the standard library do with functions and containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from dependencies.points_to import constraints
from dependencies.points_to.keyed import Keyed
from dependencies.points_to.solver import NOTHING, Solver
from dependencies.points_to.things import (
    Box,
    Builtin,
    Factory,
    Instance,
    Klass,
    Known,
    Outside,
    Partial,
    Property,
    Routine,
)

if TYPE_CHECKING:
    from dependencies.points_to.constraints import Call

Model = Callable[["Call", Solver], None]


def builtin_call(call: Call, thing: Builtin, obj: int, out: Solver) -> None:
    """Call a built-in function, class, or method of a native value."""
    receiver = out.things[thing.receiver] if thing.receiver >= 0 else None
    kind, _, rest = thing.name.partition(">.")
    if kind in _MADE:
        _MADE[kind](call, rest, receiver, out)
        return
    if isinstance(receiver, Box):
        name = thing.name.rpartition(".")[2]
        sort = _SORTS.get(receiver.sort, "")
        if sort:
            named = Builtin(f"<**{sort}**>.{name}")
            out.fact(("c", call.site, out.object(named), Known.SCOPE))
        box_call(call, receiver, name, out)
        return
    plain = obj if receiver is None else out.object(Builtin(thing.name))
    out.fact(("c", call.site, plain, Known.SCOPE))
    if receiver is not None:
        _of_text(call, thing.name.rpartition(".")[2], out)
        return
    model = _BUILTINS.get(thing.name)
    if model is not None:
        model(call, out)
    elif thing.name in _PROTOCOL:
        for arg in call.args[:1]:
            operator = constraints.Operate(
                call.program, _PROTOCOL[thing.name], (), call.result, call.site
            )
            out.watch(arg, operator)


def outside_call(call: Call, thing: Outside, obj: int, out: Solver) -> None:
    """Call something of the standard library or of an installed package."""
    model = _OUTSIDE.get(thing.name)
    if model is not None:
        model(call, out)


# -- helpers --------------------------------------------------------------------------------------


def again(
    call: Call, out: Solver, callee: int, args: tuple[int, ...], result: int = NOTHING
) -> None:
    """Call a function that was given as an argument."""
    out.watch(
        callee,
        constraints.Call(call.program, call.site, args, NOTHING, (), NOTHING, result, ()),
    )


def keyword(call: Call, name: str) -> int:
    """Give the variable of an argument that is passed by name."""
    return next((var for key, var in call.named if key == name), NOTHING)


def local(call: Call, label: str) -> int:
    """Give a variable of this call."""
    return call.program.named("!", call.site, label)


def listed(call: Call, out: Solver, sort: str = "list") -> Box:
    """Give a new container as the result."""
    box = Box(sort, f"!{call.site}")
    out.give(call.result, out.object(box))
    return box


def elements(call: Call, out: Solver, source: int, target: int) -> None:
    """Iterate over an argument."""
    out.watch(source, constraints.Elements(call.program, target, call.site))


# -- built-in functions ---------------------------------------------------------------------------


def _map(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    result = call.program.item(box, "")
    others: list[int] = []
    for at, source in enumerate(call.args[1:]):
        element = local(call, f"element{at}")
        elements(call, out, source, element)
        others.append(element)
    for callee in call.args[:1]:
        again(call, out, callee, tuple(others), result)


def _filter(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    if len(call.args) > 1:
        element = call.program.item(box, "")
        elements(call, out, call.args[1], element)
        again(call, out, call.args[0], (element,))


def _sorted(call: Call, out: Solver) -> None:
    box = listed(call, out)
    element = call.program.item(box, "")
    for source in call.args[:1]:
        elements(call, out, source, element)
    again(call, out, keyword(call, "key"), (element,))
    _compare(call, out, element)


def _compare(call: Call, out: Solver, element: int, name: str = "__lt__") -> None:
    if not keyword(call, "key"):
        operator = constraints.Operate(call.program, name, (element,), NOTHING, call.site)
        out.watch(element, operator)


def _extreme(name: str) -> Model:
    def model(call: Call, out: Solver) -> None:
        element = local(call, "element")
        if len(call.args) == 1:
            elements(call, out, call.args[0], element)
        for arg in call.args if len(call.args) > 1 else ():
            out.copy(arg, element)
        out.copy(element, call.result)
        out.copy(keyword(call, "default"), call.result)
        again(call, out, keyword(call, "key"), (element,))
        _compare(call, out, element, name)

    return model


def _print(call: Call, out: Solver) -> None:
    for arg in call.args:
        out.watch(arg, constraints.Operate(call.program, "__str__", (), NOTHING, call.site))


def _collect(sort: str) -> Model:
    def model(call: Call, out: Solver) -> None:
        box = listed(call, out, sort)
        for source in call.args[:1]:
            elements(call, out, source, call.program.item(box, ""))
            out.watch(source, constraints.Merge(call.program, box))

    return model


def _dict(call: Call, out: Solver) -> None:
    box = listed(call, out, "dict")
    for source in call.args[:1]:
        out.watch(source, constraints.Merge(call.program, box))
        pair = local(call, "pair")
        elements(call, out, source, pair)
        values = call.program.item(box, "")
        out.watch(pair, constraints.Item(call.program, "1", values, call.site))
        keys = call.program.item(box, "<keys>")
        out.watch(pair, constraints.Item(call.program, "0", keys, call.site))
    for name, var in call.named:
        constraints.put(call.program, out, box, repr(name), var)


def _iter(call: Call, out: Solver) -> None:
    for source in call.args[:1]:
        held = call.result
        operator = constraints.Operate(call.program, "__iter__", (), held, call.site)
        out.watch(source, operator)
        out.watch(source, constraints.Filter(call.program, (), held))
    if len(call.args) > 1:
        box = listed(call, out, "iterator")
        again(call, out, call.args[0], (), call.program.item(box, ""))


def _next(call: Call, out: Solver) -> None:
    for source in call.args[:1]:
        out.watch(source, constraints.Next(call.program, call.result, call.site))
    for default in call.args[1:]:
        out.copy(default, call.result)


def _enumerate(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    pair = Box("tuple", f"!{call.site}.pair")
    out.give(call.program.item(box, ""), out.object(pair))
    for source in call.args[:1]:
        elements(call, out, source, call.program.item(pair, "1"))


def _zip(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    pair = Box("tuple", f"!{call.site}.pair")
    out.give(call.program.item(box, ""), out.object(pair))
    for at, source in enumerate(call.args):
        held = local(call, f"zip{at}")
        elements(call, out, source, held)
        constraints.put(call.program, out, pair, str(at), held)


def _getattr(call: Call, out: Solver) -> None:
    names = dict(call.literals)
    name = names.get("1", "")
    if call.args and name.startswith("~"):
        start, _, ending = name[1:].partition("*")
        like = constraints.LoadLike(call.program, start, ending, call.result, call.site)
        out.watch(call.args[0], like)
    elif call.args and name.startswith(("'", '"')):
        load = constraints.Load(call.program, name[1:-1], call.result, call.site)
        out.watch(call.args[0], load)
    for default in call.args[2:3]:
        out.copy(default, call.result)


def _setattr(call: Call, out: Solver) -> None:
    name = dict(call.literals).get("1", "")
    if len(call.args) > 2 and name.startswith(("'", '"')):
        store = constraints.Store(call.program, name[1:-1], call.args[2], call.site)
        out.watch(call.args[0], store)


class _TypeOf(Keyed):
    """``target`` takes the class of what is watched."""

    __slots__ = ("target",)

    def __init__(self, target: int) -> None:
        self.target = target

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Instance):
            out.give(self.target, out.object(Klass(thing.key, thing.open)))


class _MadeOf(Keyed):
    """``target`` takes an instance of the class that is watched."""

    __slots__ = ("target",)

    def __init__(self, target: int) -> None:
        self.target = target

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Klass):
            known = Known.SELF if thing.open else Known.FLOW
            out.give(self.target, out.object(Instance(thing.key, known)))


class _PropertyOf(Keyed):
    """``target`` takes a property of each function that is watched."""

    __slots__ = ("sets", "target")

    def __init__(self, target: int, *, sets: bool = False) -> None:
        self.target = target
        self.sets = sets

    def fire(self, obj: int, out: Solver) -> None:
        if isinstance(out.things[obj], Routine):
            made = Property(-1, obj) if self.sets else Property(obj)
            out.give(self.target, out.object(made))


def _type(call: Call, out: Solver) -> None:
    if len(call.args) == 1:
        out.watch(call.args[0], _TypeOf(call.result))


def _new(call: Call, out: Solver) -> None:
    for arg in call.args[:1]:
        out.watch(arg, _MadeOf(call.result))


def _property(call: Call, out: Solver) -> None:
    for arg in (*call.args[:1], keyword(call, "fget")):
        out.watch(arg, _PropertyOf(call.result))
    for arg in (*call.args[1:2], keyword(call, "fset")):
        out.watch(arg, _PropertyOf(call.result, sets=True))


def _same(call: Call, out: Solver) -> None:
    for arg in call.args[:1]:
        out.copy(arg, call.result)


def _second(call: Call, out: Solver) -> None:
    for arg in call.args[1:2]:
        out.copy(arg, call.result)


def _super(call: Call, out: Solver) -> None:
    if len(call.args) == 2:
        out.watch(call.args[0], _SuperOf(call, call.args[1]))


class _SuperOf(Keyed):
    """``super(Class, receiver)``."""

    __slots__ = ("call", "receiver")

    def __init__(self, call: Call, receiver: int) -> None:
        self.call = call
        self.receiver = receiver

    def fire(self, obj: int, out: Solver) -> None:
        thing = out.things[obj]
        if isinstance(thing, Klass):
            upwards = constraints.Upwards(self.call.program, thing.key, self.call.result)
            out.watch(self.receiver, upwards)


# -- the standard library -------------------------------------------------------------------------


def _partial(call: Call, out: Solver) -> None:
    if call.args:
        made = Partial(call.site, call.args[0], call.args[1:], call.named)
        out.give(call.result, out.object(made))


def _reduce(call: Call, out: Solver) -> None:
    element = local(call, "element")
    total = local(call, "total")
    for source in call.args[1:2]:
        elements(call, out, source, element)
        out.copy(element, total)
    for start in call.args[2:3]:
        out.copy(start, total)
    if call.args:
        again(call, out, call.args[0], (total, element), total)
    out.copy(total, call.result)


def _wrapper(call: Call, out: Solver) -> None:
    """A decorator that is made by a call: what it is applied to comes back."""
    out.give(call.result, out.object(Builtin("<same>")))


def _calls_first(call: Call, out: Solver) -> None:
    """The first argument is called with the others, now or later, and its result given."""
    if call.args:
        again(call, out, call.args[0], call.args[1:], call.result)


def _calls_second(call: Call, out: Solver) -> None:
    if len(call.args) > 1:
        again(call, out, call.args[1], call.args[2:], call.result)


def _thread(call: Call, out: Solver) -> None:
    target = keyword(call, "target") or (call.args[1] if len(call.args) > 1 else NOTHING)
    args = keyword(call, "args")
    out.watch(
        target,
        constraints.Call(call.program, call.site, (), args, (), NOTHING, NOTHING, ()),
    )


def _dispatch(call: Call, out: Solver) -> None:
    """A function that calls what is registered with it as well."""
    _same(call, out)
    registered = Partial(call.site, local(call, "registered"), (), ())
    out.give(call.result, out.object(registered))


class _Register(Keyed):
    """Functions that are watched are called where another one is; they stay what they are."""

    __slots__ = ("others", "result")

    def __init__(self, others: int, result: int) -> None:
        self.others = others
        self.result = result

    def fire(self, obj: int, out: Solver) -> None:
        if isinstance(out.things[obj], Routine):
            out.give(self.others, obj)
            out.give(self.result, obj)


def _register(call: Call, _: str, receiver: object, out: Solver) -> None:
    if isinstance(receiver, Partial):
        again_later = Builtin("<register>.", out.object(receiver))
        out.give(call.result, out.object(again_later))
        for arg in call.args:
            out.watch(arg, _Register(receiver.callee, call.result))


def _maker(kind: str) -> Model:
    """What is made with a name, and applied later: attrgetter("name")."""

    def model(call: Call, out: Solver) -> None:
        name = dict(call.literals).get("0", "")
        if name.startswith(("'", '"')) and name[1:-1].isidentifier():
            out.give(call.result, out.object(Builtin(f"{kind}>.{name[1:-1]}")))

    return model


def _get_attribute(call: Call, name: str, _: object, out: Solver) -> None:
    for arg in call.args[:1]:
        out.watch(arg, constraints.Load(call.program, name, call.result, call.site))


def _call_method(call: Call, name: str, _: object, out: Solver) -> None:
    method = local(call, f"method.{name}")
    for arg in call.args[:1]:
        out.watch(arg, constraints.Load(call.program, name, method, call.site, True))
        again(call, out, method, (), call.result)


def _instantiate(call: Call, _: str, receiver: object, out: Solver) -> None:
    if isinstance(receiver, Klass):
        call.instantiate(receiver, out.object(receiver), out)


_MADE: Final = {
    "<register": _register,
    "<attrgetter": _get_attribute,
    "<methodcaller": _call_method,
    "<instantiate": _instantiate,
}


def _field(call: Call, out: Solver) -> None:
    """A field of a record: its default, or what makes one for each instance."""
    out.copy(keyword(call, "default"), call.result)
    factory = keyword(call, "default_factory") or keyword(call, "factory")
    if factory:
        out.give(call.result, out.object(Factory(factory)))


def _entering(*, waits: bool) -> Model:
    def model(call: Call, out: Solver) -> None:
        for arg in call.args[:1]:
            out.watch(arg, constraints.Enter(call.program, call.result, call.site, waits))

    return model


def _reference(call: Call, out: Solver) -> None:
    same = local(call, "same")
    out.give(same, out.object(Builtin("<same>")))
    out.give(call.result, out.object(Partial(call.site, same, call.args[:1], ())))


def _closing(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    for arg in call.args[:1]:
        out.copy(arg, call.program.item(box, ""))
        close = local(call, "close")
        out.watch(arg, constraints.Load(call.program, "close", close, call.site, True))
        again(call, out, close, ())


def _submit(call: Call, out: Solver) -> None:
    """The first argument is called with the others, by another thread or process."""
    if call.args:
        again(call, out, call.args[0], call.args[1:])


def _default_dict(call: Call, out: Solver) -> None:
    box = listed(call, out, "dict")
    for factory in call.args[:1]:
        again(call, out, factory, (), call.program.item(box, ""))


def _chain(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    for source in call.args:
        elements(call, out, source, call.program.item(box, ""))


def _first_iterable(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    for source in call.args:
        held = local(call, "any")
        elements(call, out, source, held)
        out.copy(held, call.program.item(box, ""))


def _calls_with_elements(call: Call, out: Solver) -> None:
    """A function first, an iterable second: takewhile, dropwhile, filterfalse, starmap."""
    box = listed(call, out, "iterator")
    if len(call.args) > 1:
        element = call.program.item(box, "")
        elements(call, out, call.args[1], element)
        again(call, out, call.args[0], (element,))


def _group_by(call: Call, out: Solver) -> None:
    box = listed(call, out, "iterator")
    pair = Box("tuple", f"!{call.site}.pair")
    group = Box("iterator", f"!{call.site}.group")
    out.give(call.program.item(box, ""), out.object(pair))
    out.give(call.program.item(pair, "1"), out.object(group))
    for source in call.args[:1]:
        elements(call, out, source, call.program.item(group, ""))
    key = keyword(call, "key") or (call.args[1] if len(call.args) > 1 else NOTHING)
    again(call, out, key, (call.program.item(group, ""),), call.program.item(pair, "0"))


def _gather(call: Call, out: Solver) -> None:
    box = listed(call, out)
    for at, arg in enumerate(call.args):
        constraints.put(call.program, out, box, str(at), arg)


_BUILTINS: Final[dict[str, Model]] = {
    "map": _map,
    "filter": _filter,
    "sorted": _sorted,
    "min": _extreme("__lt__"),
    "max": _extreme("__gt__"),
    "print": _print,
    "list": _collect("list"),
    "tuple": _collect("tuple"),
    "set": _collect("set"),
    "frozenset": _collect("set"),
    "reversed": _collect("iterator"),
    "dict": _dict,
    "iter": _iter,
    "aiter": _iter,
    "next": _next,
    "anext": _next,
    "enumerate": _enumerate,
    "zip": _zip,
    "getattr": _getattr,
    "setattr": _setattr,
    "type": _type,
    "super": _super,
    "object.__new__": _new,
    "property": _property,
    "classmethod": _same,
    "staticmethod": _same,
    "<same>": _same,
    "all": lambda call, out: elements(call, out, call.args[0], NOTHING) if call.args else None,
    "any": lambda call, out: elements(call, out, call.args[0], NOTHING) if call.args else None,
    "sum": _chain,
}
_PROTOCOL: Final = {
    "len": "__len__",
    "str": "__str__",
    "repr": "__repr__",
    "hash": "__hash__",
    "bool": "__bool__",
    "int": "__int__",
    "float": "__float__",
    "bytes": "__bytes__",
    "abs": "__abs__",
    "round": "__round__",
    "format": "__format__",
    "dir": "__dir__",
}
_OUTSIDE: Final[dict[str, Model]] = {
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.reduce": _reduce,
    "functools.wraps": _wrapper,
    "functools.update_wrapper": _same,
    "functools.lru_cache": _same,
    "functools.cache": _same,
    "functools.singledispatch": _dispatch,
    "dataclasses.field": _field,
    "attr.field": _field,
    "attr.ib": _field,
    "attrs.field": _field,
    "functools.total_ordering": _same,
    "contextlib.contextmanager": _same,
    "contextlib.asynccontextmanager": _same,
    "contextlib.closing": _closing,
    "contextlib.ExitStack.enter_context": _entering(waits=False),
    "contextlib.ExitStack.callback": _calls_first,
    "contextlib.AsyncExitStack.enter_context": _entering(waits=False),
    "contextlib.AsyncExitStack.enter_async_context": _entering(waits=True),
    "contextlib.AsyncExitStack.callback": _calls_first,
    "contextlib.AsyncExitStack.push_async_callback": _calls_first,
    "concurrent.futures.ThreadPoolExecutor.submit": _submit,
    "concurrent.futures.ThreadPoolExecutor.map": _map,
    "concurrent.futures.ProcessPoolExecutor.submit": _submit,
    "concurrent.futures.ProcessPoolExecutor.map": _map,
    "multiprocessing.Pool.map": _map,
    "types.MethodType": _partial,
    "typing.cast": _second,
    "typing.overload": _same,
    "copy.copy": _same,
    "copy.deepcopy": _same,
    "weakref.proxy": _same,
    "weakref.ref": _reference,
    "dataclasses.replace": _same,
    "collections.defaultdict": _default_dict,
    "collections.OrderedDict": _dict,
    "collections.deque": _collect("list"),
    "collections.ChainMap": _same,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _first_iterable,
    "itertools.islice": _collect("iterator"),
    "itertools.cycle": _collect("iterator"),
    "itertools.product": _chain,
    "itertools.takewhile": _calls_with_elements,
    "itertools.dropwhile": _calls_with_elements,
    "itertools.filterfalse": _calls_with_elements,
    "itertools.starmap": _calls_with_elements,
    "itertools.groupby": _group_by,
    "itertools.accumulate": _collect("iterator"),
    "itertools.zip_longest": _zip,
    "threading.Thread": _thread,
    "threading.Timer": _calls_second,
    "multiprocessing.Process": _thread,
    "atexit.register": _calls_first,
    "signal.signal": _calls_second,
    "re.sub": lambda call, out: _calls_second(call, out),
    "asyncio.run": _same,
    "asyncio.create_task": _same,
    "asyncio.ensure_future": _same,
    "asyncio.wait_for": _same,
    "asyncio.shield": _same,
    "asyncio.gather": _gather,
    "asyncio.to_thread": _calls_first,
    "operator.attrgetter": _maker("<attrgetter"),
    "operator.methodcaller": _maker("<methodcaller"),
    "six.with_metaclass": _second,
}
MODELLED: Final = frozenset(_OUTSIDE)
_SORTS: Final = {"list": "PyList", "dict": "PyDict", "tuple": "PyTuple", "set": "PySet"}


# -- methods of containers ------------------------------------------------------------------------


def box_call(call: Call, box: Box, name: str, out: Solver) -> None:
    """Call a method of a list, dict, set, tuple or generator."""
    program = call.program
    whole = (program.item(box, "*"), program.item(box, ""))
    if name in ("append", "add", "appendleft"):
        for arg in call.args[:1]:
            constraints.put(program, out, box, "", arg)
    elif name == "insert":
        for arg in call.args[1:2]:
            constraints.put(program, out, box, "", arg)
    elif name in ("extend", "update", "extendleft", "union"):
        for arg in call.args[:1]:
            out.watch(arg, constraints.Merge(program, box))
            if box.sort != "dict":
                elements(call, out, arg, program.item(box, ""))
        for key, var in call.named:
            constraints.put(program, out, box, repr(key), var)
        out.give(call.result, out.object(box))
    elif name in ("get", "pop", "setdefault", "popleft", "__getitem__"):
        _taken(call, box, name, out)
    elif name in ("values", "copy", "__iter__", "send", "intersection", "difference"):
        if name == "values":
            values = listed(call, out, "iterator")
            for var in whole:
                out.copy(var, program.item(values, ""))
        elif name == "send":
            for var in whole:
                out.copy(var, call.result)
            for arg in call.args[:1]:
                out.copy(arg, program.named(box.place, "<sent>"))
        else:
            out.give(call.result, out.object(box))
    elif name in ("items", "popitem"):
        pair = Box("tuple", f"!{call.site}.pair")
        held = call.result
        if name == "items":
            held = program.item(listed(call, out, "iterator"), "")
        out.give(held, out.object(pair))
        for var in whole:
            constraints.put(program, out, pair, "1", var)
        constraints.put(program, out, pair, "0", program.item(box, "<keys>"))
    elif name == "keys":
        keys = listed(call, out, "iterator")
        out.copy(program.item(box, "<keys>"), program.item(keys, ""))
    elif name == "sort":
        again(call, out, keyword(call, "key"), whole[1:])
        again(call, out, keyword(call, "key"), whole[:1])
        for var in whole:
            _compare(call, out, var)
    elif name == "__next__":
        for var in whole:
            out.copy(var, call.result)


def _taken(call: Call, box: Box, name: str, out: Solver) -> None:
    program = call.program
    key = dict(call.literals).get("0", "")
    if box.sort != "dict" and (not call.args or key.startswith("-")):
        key = ""
    item = constraints.Item(program, key, call.result, call.site)
    item.of_box(box, out)
    for default in call.args[1:2]:
        out.copy(default, call.result)
        if name == "setdefault":
            constraints.put(program, out, box, key, default)


def _of_text(call: Call, name: str, out: Solver) -> None:
    if name in ("split", "splitlines", "rsplit", "partition", "rpartition"):
        listed(call, out)
