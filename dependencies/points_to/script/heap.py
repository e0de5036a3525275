"""What objects hold: members, prototypes, and what a member of an abstract object means."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final, cast

from dependencies.points_to.script.model import Class, Function, Kind, Thing
from dependencies.points_to.script.solving import BoundedSolver, Rule
from dependencies.points_to.solver import Solver

ACCESSOR: Final = "\1"
ANY: Final = "*"
PROTO: Final = "[[proto]]"
VALUE: Final = "[[value]]"
KEY: Final = "[[key]]"
UNKNOWN_TEXT: Final = "\0"
_PLAIN: Final = frozenset(
    {Kind.TEXT, Kind.ARRAY, Kind.PROMISE, Kind.GENERATOR, Kind.MAP, Kind.SET, Kind.RESOLVER}
)
_DEPTH: Final = 100
_DOTS: Final = 2
_LISTED: Final = 64


class Heap:
    """Members of things as variables of the solver, made when they are first asked for."""

    def __init__(self, solver: BoundedSolver) -> None:
        """Begin empty, on a solver."""
        self.solver = solver
        self.accessors: set[str] = set()
        self.native: frozenset[str] = frozenset()
        self._fields: dict[tuple[int, str], int] = {}
        self._lookups: dict[tuple[int, str], int] = {}
        self._overrides: dict[tuple[int, str], int] = {}
        self._named: dict[Hashable, int] = {}
        self._texts: dict[str, int] = {}
        self.constants: dict[int, str] = {}
        self._classes: dict[int, Class] = {}
        self._limits: dict[tuple[int, ...], list[Class]] = {}
        self._above: dict[Class, tuple[set[Class], bool]] = {}
        self._depth = 0
        self._open: set[tuple[int, str]] = set()
        self.unknown = self.text(UNKNOWN_TEXT)

    # -- things and variables ---------------------------------------------------------------------

    def thing(self, obj: int) -> Thing:
        """Give the thing of a number."""
        return cast("Thing", self.solver.things[obj])

    def made(
        self, kind: Kind, path: str, at: int, name: str = "", info: object | None = None
    ) -> int:
        """Give the object of a kind that is made at a place."""
        return self.solver.object(Thing(kind, path, at, name, info))

    def outside(self, kind: Kind, name: str) -> int:
        """Give a built-in or external thing by its name."""
        return self.solver.object(Thing(kind, "", 0, name))

    def part(self, obj: int, key: str) -> int:
        """Give a member of a built-in or external thing, -1 where nobody knows of it."""
        thing = self.thing(obj)
        name = thing.name
        if thing.kind is Kind.BUILTIN:
            name = name.removeprefix("globalThis.").removeprefix("window.")
            if "." in name and not name.endswith(".prototype"):
                return -1
        elif name.count(".") - name.count("./") - name.count("../") >= _DOTS:
            return -1
        return self.outside(thing.kind, f"{name}.{key}")

    def var(self, key: Hashable) -> int:
        """Give the variable of a key, always the same one."""
        found = self._named.get(key)
        if found is None:
            found = self._named[key] = self.solver.variable()
        return found

    def only(self, obj: int, out: Solver) -> int:
        """Give a variable that holds one object."""
        var = self.var(("only", obj))
        if out.lasting or obj not in out.points_to(var):
            out.give(var, obj)
        return var

    def text(self, text: str) -> int:
        """Give the variable that holds a text, or (``UNKNOWN_TEXT``) one that nobody knows."""
        var = self._texts.get(text)
        if var is None:
            var = self._texts[text] = self.solver.variable()
            self.constants[var] = text
            self.solver.give(var, self.key(text))
        return var

    def key(self, key: str) -> int:
        """Give the object that a key is."""
        obj = self.solver.object(Thing(Kind.TEXT, "", 0, key))
        self.solver.texts.add(obj)
        return obj

    def field(self, obj: int, key: str) -> int:
        """Give the variable of a member of its own of an object."""
        found = self._fields.get((obj, key))
        if found is None:
            found = self._fields[obj, key] = self.solver.variable()
            if key == "[[keys]]":
                self.solver.wide.add(found)
        return found

    def members(self) -> Iterable[tuple[tuple[int, str], int]]:
        """Give all members that were asked for: (object, key), variable."""
        return self._fields.items()

    def known_lookup(self, obj: int, key: str) -> int | None:
        """Give the variable of a member, its own or inherited, if it was asked for."""
        return self._lookups.get((obj, key))

    def class_of(self, obj: int) -> Class | None:
        """Give what is known of a class; a function is one when ``new`` is said to it."""
        info = self.thing(obj).info
        if isinstance(info, Class):
            return info
        if not isinstance(info, Function):
            return None
        found = self._classes.get(obj)
        if found is None:
            found = Class(info.path, info.name, info.label, info.line, info.at, obj)
            self._classes[obj] = found
            self.complete(found)
        return found

    def complete(self, cls: Class) -> None:
        """Make the prototype of a class, and the instance that annotations speak of."""
        cls.prototype = self.made(Kind.PROTOTYPE, cls.path, cls.at, cls.name, cls)
        cls.typed = self.made(Kind.TYPED, cls.path, cls.at, cls.name, cls)

    def subclasses(self, cls: Class) -> int:
        """Give the variable that holds the classes which extend or implement a class."""
        return self.field(cls.obj, "[[subclasses]]")

    # -- annotations ------------------------------------------------------------------------------

    def allows(self, classes: tuple[int, ...], obj: int) -> bool:
        """Tell whether a value may be an instance of one of the classes of some variables."""
        thing = self.thing(obj)
        if thing.kind in (Kind.EXTERNAL, Kind.BUILTIN):
            return True
        known = self._limits.get(classes)
        if known is None:
            known = self._limits[classes] = self._limit(classes)
        if not known:
            return True
        if any(cls.interface for cls in known):
            return thing.kind not in _PLAIN
        if thing.kind not in (Kind.INSTANCE, Kind.TYPED) or not isinstance(thing.info, Class):
            return False
        own, sure = self._ancestors(thing.info)
        if not sure:
            return True
        return any(cls in own or thing.info in self._ancestors(cls)[0] for cls in known)

    def _limit(self, classes: tuple[int, ...]) -> list[Class]:
        """Give the classes that variables hold, none where one of them holds no class."""
        found: list[Class] = []
        for var in classes:
            held = [self.thing(obj) for obj in sorted(self.solver.points_to(var))]
            infos = [thing.info for thing in held if thing.kind is Kind.CLASS]
            if not infos or len(infos) < len(held):
                return []
            found.extend(info for info in infos if isinstance(info, Class))
        return found

    def _ancestors(self, cls: Class) -> tuple[set[Class], bool]:
        """Give a class and all that it extends, and whether that is all."""
        known = self._above.get(cls)
        if known is not None:
            return known
        found, sure = {cls}, True
        work = [cls]
        while work:
            base = work.pop().base
            held = self.solver.points_to(base) if base else ()
            sure = sure and bool(held or not base)
            for obj in held:
                thing = self.thing(obj)
                if isinstance(thing.info, Class) and thing.info not in found:
                    found.add(thing.info)
                    work.append(thing.info)
        self._above[cls] = (found, sure)
        return found, sure

    # -- writing ----------------------------------------------------------------------------------

    def store(self, obj: int, key: str, source: int, out: Solver) -> None:
        """Let a member of an object hold what a variable holds."""
        out.copy(source, self.field(obj, key))
        if key != PROTO:
            kind = self.thing(obj).kind
            out.give(self.field(obj, "[[keys]]"), self.key(key))
            if kind is Kind.INSTANCE:
                cls = self.thing(obj).info
                if isinstance(cls, Class):
                    out.copy(source, self.field(cls.typed, key))
            elif kind is Kind.PROTOTYPE:
                cls = self.thing(obj).info
                if isinstance(cls, Class):
                    out.watch(source, Method(cls))

    # -- reading ----------------------------------------------------------------------------------

    def lookup(self, obj: int, key: str, out: Solver) -> int:
        """Give the variable of a member, its own or one of its prototypes'."""
        at = (obj, key)
        var = self._lookups.get(at)
        if var is not None and (not out.lasting or at in self._open):
            return var
        if var is None:
            var = self._lookups[at] = self.solver.variable()
        if self._depth > _DEPTH:
            return var
        self._depth += 1
        self._open.add(at)
        out.copy(self.field(obj, key), var)
        if self._may_be_computed(obj, key):
            out.copy(self.field(obj, ANY), var)
        self._inherited(obj, key, var, out)
        self._open.discard(at)
        self._depth -= 1
        return var

    def _may_be_computed(self, obj: int, key: str) -> bool:
        """Tell whether a member may have been assigned with a computed key.

        Nothing inherited counts, nothing that the literal itself names, and no name of a method
        that texts, arrays and the like have.
        """
        thing = self.thing(obj)
        if thing.kind is Kind.ARRAY:
            return key.isdigit()
        if thing.kind is not Kind.OBJECT or key[0:1] in ("", ACCESSOR, "["):
            return False
        if key in self.native:
            return False
        return not (isinstance(thing.info, frozenset) and key in thing.info)

    def _inherited(self, obj: int, key: str, var: int, out: Solver) -> None:
        thing = self.thing(obj)
        info = thing.info
        if key == "prototype" and thing.kind in (Kind.CLASS, Kind.FUNCTION):
            cls = self.class_of(obj)
            if cls is not None:
                out.give(var, cls.prototype)
        elif thing.kind in (Kind.INSTANCE, Kind.TYPED) and isinstance(info, Class):
            out.copy(self.lookup(info.prototype, key, out), var)
            if not isinstance(self.thing(info.obj).info, Class):
                out.watch(self.field(info.obj, "prototype"), LookUp(self, key, var))
        elif thing.kind is Kind.CLASS and isinstance(info, Class):
            if key not in info.statics and info.base:
                out.watch(info.base, LookUp(self, key, var))
        elif thing.kind is Kind.PROTOTYPE and isinstance(info, Class):
            if key not in info.members:
                if info.base:
                    out.watch(info.base, LookUpPrototype(self, key, var))
                out.watch(self.field(obj, PROTO), LookUp(self, key, var))
        elif thing.kind is Kind.OBJECT and not (isinstance(info, frozenset) and key in info):
            out.watch(self.field(obj, PROTO), LookUp(self, key, var))

    def overrides(self, cls: Class, key: str, out: Solver) -> int:
        """Give the variable of a member as the subclasses of a class define it."""
        at = (cls.obj, key)
        var = self._overrides.get(at)
        if var is not None and (not out.lasting or (cls.obj, "\0" + key) in self._open):
            return var
        if var is None:
            var = self._overrides[at] = self.solver.variable()
        if self._depth > _DEPTH:
            return var
        self._depth += 1
        self._open.add((cls.obj, "\0" + key))
        out.watch(self.subclasses(cls), Override(self, key, var, cls.interface))
        self._open.discard((cls.obj, "\0" + key))
        self._depth -= 1
        return var

    def elements(self, obj: int, target: int, out: Solver) -> None:
        """Let a variable hold all members of an object, those of arrays in any place."""
        out.copy(self.field(obj, ANY), target)
        out.watch(self.field(obj, "[[keys]]"), EachField(self, obj, target))

    def is_index(self, key: str) -> bool:
        """Tell whether a key is the place of an element."""
        return key.isdigit()


class LookUp(Rule):
    """Whatever is a prototype here has the member."""

    __slots__ = ("heap", "key", "target")

    def __init__(self, heap: Heap, key: str, target: int) -> None:
        self.heap, self.key, self.target = heap, key, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """A prototype was found."""
        out.copy(self.heap.lookup(obj, self.key, out), self.target)


class LookUpPrototype(Rule):
    """Whatever class is extended here, its prototype has the member."""

    __slots__ = ("heap", "key", "target")

    def __init__(self, heap: Heap, key: str, target: int) -> None:
        self.heap, self.key, self.target = heap, key, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """A base class was found."""
        cls = self.heap.class_of(obj)
        if cls is not None:
            out.copy(self.heap.lookup(cls.prototype, self.key, out), self.target)


class Override(Rule):
    """A subclass may define the member again, and its own subclasses, too."""

    __slots__ = ("heap", "inherited", "key", "target")

    def __init__(self, heap: Heap, key: str, target: int, inherited: bool) -> None:
        self.heap, self.key, self.target, self.inherited = heap, key, target, inherited

    def fire(self, obj: int, out: Solver, /) -> None:
        """A subclass was found."""
        heap = self.heap
        cls = heap.class_of(obj)
        if cls is None:
            return
        if self.inherited and not cls.interface:
            out.copy(heap.lookup(cls.prototype, self.key, out), self.target)
        else:
            out.copy(heap.field(cls.prototype, self.key), self.target)
        out.copy(heap.overrides(cls, self.key, out), self.target)


class EachField(Rule):
    """Whatever key an object has, its value goes on."""

    __slots__ = ("heap", "obj", "target")

    def __init__(self, heap: Heap, obj: int, target: int) -> None:
        self.heap, self.obj, self.target = heap, obj, target

    def fire(self, key: int, out: Solver, /) -> None:
        """A key was found."""
        out.copy(self.heap.field(self.obj, self.heap.thing(key).name), self.target)


class Mirror(Rule):
    """Whatever key an object has, another object gets it, too, but for some."""

    __slots__ = ("but", "heap", "shift", "source", "target")

    def __init__(
        self, heap: Heap, source: int, target: int, but: frozenset[str], shift: int = 0
    ) -> None:
        self.heap, self.source, self.target, self.but = heap, source, target, but
        self.shift = shift

    def fire(self, key: int, out: Solver, /) -> None:
        """A key was found."""
        name = self.heap.thing(key).name
        if name in self.but:
            return
        value = self.heap.field(self.source, name)
        if name.isdigit() and self.shift:
            moved = int(name) - self.shift
            if moved < 0:
                return
            name = str(moved)
        self.heap.store(self.target, name, value, out)


class Subclass(Rule):
    """A class extends whatever arrives here."""

    __slots__ = ("cls", "heap")

    def __init__(self, heap: Heap, cls: Class) -> None:
        self.heap, self.cls = heap, cls

    def fire(self, obj: int, out: Solver, /) -> None:
        """A base class was found."""
        base = self.heap.class_of(obj)
        if base is not None and base is not self.cls:
            out.give(self.heap.subclasses(base), self.cls.obj)


class Method(Rule):
    """A function that arrives on a prototype is a method: ``this`` is an instance."""

    __slots__ = ("cls",)

    def __init__(self, cls: Class) -> None:
        self.cls = cls

    def fire(self, obj: int, out: Solver, /) -> None:
        """A method was found."""
        info = cast("Thing", out.things[obj]).info
        if isinstance(info, Function) and info.this and info.kind != "arrow":
            out.give(info.this, self.cls.typed)


class InstanceOf(Rule):
    """What an annotation means: instances of the classes that its name means."""

    __slots__ = ("heap", "target")

    def __init__(self, heap: Heap, target: int) -> None:
        self.heap, self.target = heap, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """A class was found, or (behind an alias) what it stands for."""
        thing = self.heap.thing(obj)
        if thing.kind is Kind.CLASS and isinstance(thing.info, Class):
            out.give(self.target, thing.info.typed)
        elif thing.kind is Kind.FUNCTION:
            cls = self.heap.class_of(obj)
            if cls is not None:
                out.give(self.target, cls.typed)
        elif thing.kind not in (Kind.EXTERNAL, Kind.BUILTIN):
            out.give(self.target, obj)


class Limit(Rule):
    """What arrives goes on if the classes of an annotation allow it.

    The classes, and what they extend, are what is known before anything is derived; a class that
    extends something unknown may be anything. An interface allows objects of any class.
    """

    __slots__ = ("classes", "heap", "target")

    def __init__(self, heap: Heap, classes: tuple[int, ...], target: int) -> None:
        self.heap, self.classes, self.target = heap, classes, target

    def fire(self, obj: int, out: Solver, /) -> None:
        """A value was found."""
        if self.heap.allows(self.classes, obj):
            out.give(self.target, obj)
