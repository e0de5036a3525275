"""Receivers of unknown type: what tests, mypy, and the attributes used themselves say of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from atomization.python_scopes import Class, Scope, ScopeKind, dotted_name
from atomization.python_values import (
    MISS,
    NONE,
    UNKNOWN,
    Hit,
    Outcome,
    Sort,
    Target,
    Value,
    type_of,
    union,
)

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver
    from atomization.type_facts import TypeFacts

_BASIC: Final = (
    ("builtins", "str"),
    ("builtins", "bytes"),
    ("builtins", "list"),
    ("builtins", "dict"),
    ("builtins", "set"),
    ("builtins", "int"),
    ("builtins", "tuple"),
    ("typing", "IO"),
    ("types", "FunctionType"),
    ("types", "MethodType"),
    ("types", "ModuleType"),
    ("builtins", "type"),
    ("builtins", "BaseException"),
    ("datetime", "datetime"),
)
_MAX_DEFINERS: Final = 24
_MAX_ROOTS: Final = 3


class Usage:
    """Answers where the type of a receiver is not known, in the order of how sure that is."""

    def __init__(self, world: Resolver, types: TypeFacts | None) -> None:
        """Take mypy's view of the project, where there is one."""
        self.world = world
        self.types = types
        self._definers: dict[str, list[Class]] | None = None
        self._by_use: dict[tuple[str, ...], Value] = {}
        self._facts: dict[str, Value] = {}

    def attribute(self, node: ast.Attribute, receiver: Value, scope: Scope) -> Hit:
        """Resolve an attribute that what is known of the receiver does not explain."""
        near = scope.file
        tested = self._tested(node.value, scope)
        if tested.known:
            hit = self.world.members.of(tested, node.attr, near)
            if hit.outcome is not Outcome.UNRESOLVED:
                return hit
        if near.outside:
            return MISS
        if self.types is not None:
            hit = self.world.members.of(self.by_mypy(node.value, near.file.path), node.attr, near)
            if hit.outcome is not Outcome.UNRESOLVED:
                return _via(hit, "types")
        if receiver.known:
            return MISS
        hit = self.world.members.of(self._used(node, scope), node.attr, near)
        return (
            _via(hit, "unique-name")
            if hit.outcome is not Outcome.UNRESOLVED
            else self._set(node.attr)
        )

    def _tested(self, expr: ast.expr, scope: Scope) -> Value:
        """Give the types that ``isinstance`` compares an expression with, in its function."""
        name = dotted_name(expr)
        if not name:
            return UNKNOWN
        home: Scope | None = scope
        while home is not None:
            found = home.tested.get(name)
            if found:
                return union(self.world.annotated(part, home) for part in found)
            home = home.parent if home.kind is not ScopeKind.MODULE else None
        return UNKNOWN

    # -- mypy ---------------------------------------------------------------------------------

    def by_mypy(self, expr: ast.expr, path: str) -> Value:
        """Give what mypy tells of an expression in a file of the project."""
        if self.types is None:
            return UNKNOWN
        fact = self.types.of(
            path, expr.lineno, expr.col_offset, expr.end_lineno, expr.end_col_offset
        )
        return self._fact(fact) if fact is not None else UNKNOWN

    def _fact(self, fact: Any) -> Value:
        """Turn what the worker wrote of a type into a value; it is no deeper than it wrote."""
        kind, *rest = fact
        if kind == "class":
            module, name, args = rest
            found = self._class(module, name)
            if found.cls is None:
                return UNKNOWN
            return Value(Sort.INSTANCE, found.cls, tuple(self._fact(arg) for arg in args))
        if kind == "tuple":
            return self.world.made("tuple", *(self._fact(arg) for arg in rest[0]))
        if kind == "union":
            return union(self._fact(arg) for arg in rest[0])
        if kind == "type":
            return type_of(self._fact(rest[0]))
        return NONE if kind == "none" else UNKNOWN

    def _class(self, module: str, name: str) -> Value:
        key = f"{module}:{name}"
        known = self._facts.get(key)
        if known is None:
            known = UNKNOWN
            file = self.world.modules.own(module) or self.world.modules.outside.find(module)
            if file is not None:
                head, *rest = name.split(".")
                known = self.world.member_of_module(file, head).value
                for part in rest:
                    known = self.world.members.of(known, part, file).value
            known = known if known.sort is Sort.CLASS else UNKNOWN
            self._facts[key] = known
        return known

    # -- use ----------------------------------------------------------------------------------

    def _used(self, node: ast.Attribute, scope: Scope) -> Value:
        """Give the only types that have all the attributes that are used on a receiver."""
        names: tuple[str, ...] = (node.attr,)
        if isinstance(node.value, ast.Name):
            names = tuple(sorted(self._attributes(node.value.id, scope))) or names
        known = self._by_use.get(names)
        if known is None:
            self._by_use[names] = UNKNOWN
            known = self._having(names)
            if not known.known and len(names) > 1:
                known = self._having((node.attr,))
                names = ()
            self._by_use[names] = known
        return known

    def _attributes(self, name: str, scope: Scope) -> Iterable[str]:
        home: Scope | None = scope
        while home is not None:
            found = home.used.get(name)
            if found:
                return found
            home = home.parent
        return ()

    def _having(self, names: tuple[str, ...]) -> Value:
        definers = min((self._classes(name) for name in names), key=len)
        if definers:
            if len(definers) > _MAX_DEFINERS:
                return UNKNOWN
            roots = self._roots(cls for cls in definers if self._has(cls, names))
            if not roots:
                below = (part for cls in definers for part in self.world.inference.below(cls))
                roots = self._roots(cls for cls in below if self._has(cls, names))
            if len(roots) > _MAX_ROOTS:
                return UNKNOWN
            if roots:
                return union(Value(Sort.INSTANCE, cls, via="unique-name") for cls in roots)
        return union(
            value
            for value in (self.world.made_in(*place) for place in _BASIC)
            if value.cls is not None and self._has(value.cls, names)
        )

    def _has(self, cls: Class, names: tuple[str, ...]) -> bool:
        find = self.world.classes.find
        return all(find(cls, name) is not None for name in names)

    def _roots(self, classes: Iterable[Class]) -> list[Class]:
        """Leave out the classes that have a base among them."""
        found = list(dict.fromkeys(classes))
        return [
            cls
            for cls in found
            if not any(base in found for base in self.world.classes.line(cls)[1:])
        ]

    def _classes(self, name: str) -> list[Class]:
        if self._definers is None:
            self._definers = {}
            for cls in self._all():
                for attribute in {**cls.inner.bindings, **cls.attributes}:
                    self._definers.setdefault(attribute, []).append(cls)
        return self._definers.get(name, [])

    def _all(self) -> Iterator[Class]:
        for file in self.world.files:
            yield from file.classes

    def _set(self, name: str) -> Hit:
        """Take the only place in the project that sets an attribute of that name."""
        stores = self.world.inference.stores(name)
        places = {(id(store.scope.file), store.slot): store for store in stores}
        if len(places) != 1 or self._classes(name):
            return MISS
        ((_, store),) = places.items()
        target = Target(store.scope.file, store.slot, "variable", "unique-name")
        value = self.world.inference.set_to(store)
        return Hit(Outcome.SLOT, value, (target,), via="unique-name")


def _via(hit: Hit, via: str) -> Hit:
    targets = tuple(replace(target, via=via) for target in hit.targets)
    return replace(hit, targets=targets, via=via)
