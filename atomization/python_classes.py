"""Classes: their bases, the order of lookup, and what their type parameters stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from atomization.python_scopes import Binding, Class, bare_name
from atomization.python_values import (
    UNKNOWN,
    Sort,
    Value,
    instance_of,
    parts_of,
    type_of,
    union,
)

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

Bindings = dict[str, Value]
_MARKERS: Final = frozenset({"Generic", "Protocol"})
_MAX_LINE: Final = 60


class Classes:
    """What the classes of a project, and those that it uses, inherit."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._bases: dict[int, list[Value]] = {}
        self._lines: dict[int, list[Class]] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        self._views: dict[int, dict[int, tuple[Value, ...]]] = {}
        self._found: dict[tuple[int, str], tuple[Class, list[Binding]] | None] = {}
        self._metas: dict[int, Value] = {}
        self.vague: set[int] = set()

    def bases(self, cls: Class) -> list[Value]:
        """Give the bases of a class as instances; those that are unknown make the class vague."""
        known = self._bases.get(id(cls))
        if known is None:
            self._bases[id(cls)] = []
            known = [*self._evaluated(cls)]
            self._bases[id(cls)] = known
        return known

    def based_on(self, cls: Class, *bases: Value) -> None:
        """Say what the bases of a class are that no class statement made."""
        self._bases[id(cls)] = [base for base in bases if base.cls is not None]

    def _evaluated(self, cls: Class) -> Iterable[Value]:
        for base in cls.node.bases:
            name = bare_name(base.value if isinstance(base, ast.Subscript) else base)
            if name in _MARKERS:
                continue
            if name == "TypedDict":
                found = self.world.known("typing", "_TypedDict")
            elif isinstance(base, ast.Call):
                found = instance_of(self.world.value(base, cls.outer))
            else:
                found = self.world.annotated(base, cls.outer)
            parts = [part for part in parts_of(found) if part.sort is Sort.INSTANCE]
            if not parts and name != "object":
                self.vague.add(id(cls))
            yield from (part for part in parts if part.cls is not cls)

    def line(self, cls: Class) -> list[Class]:
        """Give a class and all its bases in the order of lookup (C3, where it exists)."""
        known = self._lines.get(id(cls))
        if known is None:
            self._lines[id(cls)] = [cls]
            if not self.world.enter():
                del self._lines[id(cls)]
                return [cls]
            try:
                known = self._line(cls)
            finally:
                self.world.leave()
            self._lines[id(cls)] = known
        return known

    def _line(self, cls: Class) -> list[Class]:
        bases = [base.cls for base in self.bases(cls) if base.cls is not None]
        lines = [self.line(base)[:_MAX_LINE] for base in bases]
        if any(id(base) in self.vague for base in bases):
            self.vague.add(id(cls))
        top = self.world.builtin_class("object")
        found = [cls, *_merged([*lines, bases])]
        if top is not None:
            found = [*(part for part in found if part is not top), top]
        return found

    def find(self, cls: Class, name: str, *, after: int = 0) -> tuple[Class, list[Binding]] | None:
        """Find what binds an attribute in a class or its bases, its instances' included."""
        if after:
            return self._find(cls, name, after)
        key = (id(cls), name)
        if key not in self._found:
            self._found[key] = self._find(cls, name, 0)
        return self._found[key]

    def _find(self, cls: Class, name: str, after: int) -> tuple[Class, list[Binding]] | None:
        for base in self.line(cls)[after:]:
            bindings = base.inner.bindings.get(name)
            set_on = base.attributes.get(name)
            if bindings or set_on:
                return base, [*(bindings or ()), *(set_on or ())]
        return None

    def parameters(self, cls: Class) -> tuple[str, ...]:
        """Name the type parameters of a class, in their order."""
        known = self._names.get(id(cls))
        if known is None:
            self._names[id(cls)] = ()
            known = tuple(dict.fromkeys(self._parameters(cls)))
            self._names[id(cls)] = known
        return known

    def _parameters(self, cls: Class) -> Iterable[str]:
        for base in cls.node.bases:
            if isinstance(base, ast.Subscript) and bare_name(base.value) in _MARKERS:
                parts = base.slice.elts if isinstance(base.slice, ast.Tuple) else [base.slice]
                yield from (bare_name(part) for part in parts)
                return
        for base_value in self.bases(cls):
            for arg in base_value.args:
                yield from _variables(arg)

    def view(self, value: Value, base: Class) -> tuple[Value, ...] | None:
        """Give the type arguments of an instance (or class) seen as one of its bases."""
        if value.cls is None:
            return None
        if value.cls is base:
            return value.args
        args = self.views(value.cls).get(id(base))
        if args is None or not any(arg.open for arg in args):
            return args
        own = dict(zip(self.parameters(value.cls), value.args, strict=False))
        return tuple(closed(substitute(arg, own)) for arg in args)

    def views(self, cls: Class) -> dict[int, tuple[Value, ...]]:
        """Give the arguments of each base of a class, in terms of the class's own parameters."""
        known = self._views.get(id(cls))
        if known is not None:
            return known
        found: dict[int, tuple[Value, ...]] = {}
        self._views[id(cls)] = found
        if not self.world.enter():
            del self._views[id(cls)]
            return found
        try:
            for base in self.bases(cls):
                if base.cls is None:
                    continue
                found.setdefault(id(base.cls), base.args)
                names = self.parameters(base.cls)
                own = dict.fromkeys(names, UNKNOWN)
                own.update(zip(names, base.args, strict=False))
                for other, args in self.views(base.cls).items():
                    found.setdefault(other, tuple(substitute(arg, own) for arg in args))
        finally:
            self.world.leave()
        return found

    def bound(self, value: Value, base: Class, itself: Value | None = None) -> Bindings:
        """Tell what the type parameters of a base, and Self, stand for in a value."""
        found: Bindings = {}
        names = self.parameters(base)
        if names:
            args = self.view(value, base) or ()
            found = dict.fromkeys(names, UNKNOWN)
            if base.name == "tuple" and base.inner.file.outside and len(args) != 1:
                args = (union(args),)
            found.update(zip(names, args, strict=False))
        found["Self"] = itself or (instance_of(value) if value.sort is Sort.CLASS else value)
        return found

    def metaclass(self, cls: Class) -> Value:
        """Give the class that a class is an instance of."""
        known = self._metas.get(id(cls))
        if known is None:
            known = self._metaclass(cls)
            self._metas[id(cls)] = known
        return known

    def _metaclass(self, cls: Class) -> Value:
        for base in self.line(cls):
            for keyword in base.node.keywords:
                if keyword.arg == "metaclass":
                    found = self.world.value(keyword.value, base.outer)
                    if found.sort is Sort.CLASS and found.cls is not None:
                        return instance_of(found)
        return self.world.made("type")

    def named(self, value: Value) -> list[Class]:
        """Give the classes that a value, or each member of a union, is or is an instance of."""
        parts = [part.args[0] if part.sort is Sort.VARIABLE else part for part in parts_of(value)]
        parts += [
            arg.args[0]
            for arg in (p.args[0] for p in parts if p.cls is None and p.args)
            if arg.sort is Sort.VARIABLE
        ]
        return [part.cls for part in parts if part.cls is not None]

    def is_a(self, cls: Class, *names: str) -> bool:
        """Tell whether one of these names is in a class's line."""
        return any(base.name in names for base in self.line(cls))


def substitute(value: Value, bindings: Bindings) -> Value:
    """Put values in the place of type variables; those that are not given stay."""
    if not value.open:
        return value
    if value.sort is Sort.VARIABLE:
        found = bindings.get(value.name)
        return value if found is None else found
    args = tuple(substitute(arg, bindings) for arg in value.args)
    if value.sort is Sort.UNION:
        return union(args)
    if value.sort is Sort.CLASS and value.cls is None:
        return type_of(args[0])
    return Value(
        value.sort,
        value.cls,
        args,
        value.name,
        value.file,
        value.function,
        value.receiver,
        open=any(arg.open for arg in args),
        via=value.via,
    )


def closed(value: Value) -> Value:
    """Put what bounds them in the place of the type variables that are left."""
    if not value.open:
        return value
    found: Bindings = {}
    for name in _variables(value):
        found[name] = UNKNOWN
    if value.sort is Sort.VARIABLE:
        return value if value.name == "Self" else closed(value.args[0])
    found.pop("Self", None)
    return substitute(value, found)


def _variables(value: Value) -> Iterable[str]:
    stack = [value]
    while stack:
        part = stack.pop()
        if part.sort is Sort.VARIABLE:
            yield part.name
        elif part.open:
            stack.extend(reversed(part.args))


def _merged(lines: list[list[Class]]) -> list[Class]:
    """Merge lines of bases (C3); where no order satisfies all, take the first that is left."""
    found: list[Class] = []
    left = [list(line) for line in lines if line]
    while left:
        heads = (line[0] for line in left)
        taken = next(
            (head for head in heads if not any(head in line[1:] for line in left)), left[0][0]
        )
        found.append(taken)
        left = [line for line in ([c for c in line if c is not taken] for line in left) if line]
    return found
