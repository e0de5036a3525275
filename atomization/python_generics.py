"""Matching values with declared types: what type variables stand for, and which overload fits."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from atomization.python_classes import Bindings
from atomization.python_scopes import Class, bare_name
from atomization.python_values import UNKNOWN, Sort, Value, instance_of, parts_of

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

_PROMOTED: Final = {
    "bool": ("int", "float", "complex"),
    "int": ("float", "complex"),
    "float": ("complex",),
    "bytearray": ("bytes",),
    "memoryview": ("bytes",),
}
_ITERABLES: Final = frozenset({"Iterable", "Iterator", "Collection", "SupportsIter", "Reversible"})
_MAX_METHODS: Final = 3


class Generics:
    """Solves type variables and compares values with declared types, both cheaply."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._protocols: dict[int, tuple[str, ...]] = {}

    def unify(self, declared: Value, given: Value, bindings: Bindings) -> None:
        """Note what type variables in a declared type stand for, given a value."""
        if not declared.open or not self.world.enter():
            return
        try:
            self._unify(declared, given, bindings)
        finally:
            self.world.leave()

    def _unify(self, declared: Value, given: Value, bindings: Bindings) -> None:
        sort = declared.sort
        if sort is Sort.VARIABLE:
            known = bindings.get(declared.name)
            if given.known and (known is None or not known.known):
                bindings[declared.name] = given
        elif sort is Sort.UNION:
            self._unify_union(declared, given, bindings)
        elif sort is Sort.CALLABLE:
            self._unify_callable(declared, given, bindings)
        elif sort is Sort.CLASS:
            if given.sort is Sort.CLASS:
                inner = declared.args[0] if declared.cls is None else instance_of(declared)
                self.unify(inner, instance_of(given), bindings)
        elif sort is Sort.INSTANCE and declared.cls is not None:
            for part in parts_of(given):
                self._unify_instance(declared, declared.cls, part, bindings)

    def _unify_union(self, declared: Value, given: Value, bindings: Bindings) -> None:
        fixed = [part for part in declared.args if part.sort is not Sort.VARIABLE]
        for part in parts_of(given):
            taken = [option for option in fixed if self.fits(option, part, None)]
            for option in taken or declared.args:
                self.unify(option, part, bindings)

    def _unify_callable(self, declared: Value, given: Value, bindings: Bindings) -> None:
        result = self.world.calls.result(given)
        if declared.args and result.known:
            self.unify(declared.args[0], result, bindings)

    def _unify_instance(
        self, declared: Value, base: Class, given: Value, bindings: Bindings
    ) -> None:
        if given.sort is Sort.CALLABLE or given.sort is Sort.FUNCTION:
            return
        if base.name in _ITERABLES and base.inner.file.outside:
            self.unify(
                declared.args[0] if declared.args else UNKNOWN, self.world.element(given), bindings
            )
            return
        args = self.world.classes.view(given, base) if given.sort is Sort.INSTANCE else None
        if args is not None:
            if base.name == "tuple" and len(args) != len(declared.args):
                args = (self.world.element(given),) * len(declared.args)
            for option, arg in zip(declared.args, args, strict=False):
                self.unify(option, arg, bindings)
            return
        self._unify_protocol(declared, base, given, bindings)

    def _unify_protocol(
        self, declared: Value, base: Class, given: Value, bindings: Bindings
    ) -> None:
        """Compare what the methods of a protocol give with what the value's own give."""
        own = dict(zip(self.world.classes.parameters(base), declared.args, strict=False))
        for name in self._methods(base)[:_MAX_METHODS]:
            hit = self.world.members.of(given, name, base.inner.file)
            method = base.inner.bindings[name][0].function
            if method is None or hit.value.sort is not Sort.FUNCTION:
                continue
            inner: Bindings = {}
            self.unify(self.world.calls.declared(method), self.world.calls.result(hit.value), inner)
            for parameter, value in inner.items():
                if parameter in own:
                    self.unify(own[parameter], value, bindings)

    def _methods(self, cls: Class) -> tuple[str, ...]:
        """Name what a protocol asks for; nothing when the class is no protocol."""
        known = self._protocols.get(id(cls))
        if known is None:
            bases = [
                part.value if isinstance(part, ast.Subscript) else part for part in cls.node.bases
            ]
            is_protocol = any(bare_name(base) == "Protocol" for base in bases)
            names = [name for name, found in cls.inner.bindings.items() if found[0].function]
            known = tuple(names) if is_protocol else ()
            self._protocols[id(cls)] = known
        return known

    def fits(self, declared: Value, given: Value, expr: ast.expr | None) -> bool:
        """Tell whether a value may be passed where a type is declared; when in doubt, yes."""
        if declared.sort is Sort.UNION:
            return any(self.fits(part, given, expr) for part in declared.args)
        if declared.literals and expr is not None:
            if isinstance(expr, ast.Constant):
                return expr.value in declared.literals
            return bool(given.literals) and set(given.literals) <= set(declared.literals)
        if given.sort is Sort.UNION:
            return any(self.fits(declared, part, None) for part in given.args)
        if given.sort is Sort.NONE:
            return declared.sort not in (Sort.INSTANCE, Sort.CLASS, Sort.CALLABLE)
        if declared.sort is Sort.NONE:
            return given.sort is Sort.UNKNOWN
        if declared.sort is Sort.INSTANCE and declared.cls is not None:
            return self._fits_instance(declared, declared.cls, given)
        if declared.sort is Sort.CALLABLE:
            return given.sort is not Sort.INSTANCE or self._has(given, "__call__")
        if declared.sort is Sort.CLASS:
            return given.sort in (Sort.CLASS, Sort.UNKNOWN, Sort.VARIABLE)
        if declared.sort is Sort.VARIABLE and declared.args[0].known:
            return self.fits(declared.args[0], given, expr)
        return True

    def _fits_instance(self, declared: Value, base: Class, given: Value) -> bool:
        methods = self._methods(base)
        if given.sort is Sort.INSTANCE and given.cls is not None:
            line = self.world.classes.line(given.cls)
            if any(part is base for part in line):
                return self._fits_args(declared, base, given)
            if id(given.cls) in self.world.classes.vague:
                return True
            if methods:
                return all(self._has(given, name) for name in methods)
            names = (name for part in line for name in _PROMOTED.get(part.name, ()))
            return base.inner.file.outside and base.name in names
        if given.sort in (Sort.FUNCTION, Sort.CALLABLE, Sort.MODULE):
            return "__call__" in methods if methods else base.name in ("object", "ModuleType")
        if given.sort is Sort.CLASS:
            return "__call__" in methods or (not methods and base.name in ("object", "type"))
        return True

    def _fits_args(self, declared: Value, base: Class, given: Value) -> bool:
        """Compare the first type argument where both are plain classes (``self: list[str]``)."""
        args = self.world.classes.view(given, base) or ()
        for option, arg in zip(declared.args[:1], args[:1], strict=False):
            if option.sort is Sort.INSTANCE and not option.open and arg.sort is Sort.INSTANCE:
                return self.fits(option, arg, None)
        return True

    def _has(self, given: Value, name: str) -> bool:
        return given.cls is not None and self.world.classes.find(given.cls, name) is not None
