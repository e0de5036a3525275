"""What nobody wrote down: types from calls, defaults, overriding, stubs, and from use."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final

from atomization.python_classes import substitute
from atomization.python_scopes import (
    Binding,
    BindingKind,
    Class,
    FileNames,
    Function,
    Origin,
    Scope,
    Store,
)
from atomization.python_values import (
    MISS,
    UNKNOWN,
    Hit,
    Outcome,
    Sort,
    Target,
    Value,
    instance,
    parts_of,
    union,
)

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

_MAX_TRIED: Final = 16
_MAX_CALLS: Final = 4
_MAX_BELOW: Final = 40
_MAX_DEPTH: Final = 4


class Inference:
    """Infers the types of parameters and attributes from all that a project shows of them."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known; the indexes are made when they are first asked for."""
        self.world = world
        self._calls: dict[str, list[tuple[ast.Call, Scope]]] | None = None
        self._stores: dict[str, list[Store]] | None = None
        self._below: dict[int, list[Class]] | None = None
        self._parameters: dict[int, Value] = {}
        self._depth = 0

    # -- indexes ----------------------------------------------------------------------------

    def calls(self, name: str, near: FileNames) -> list[tuple[ast.Call, Scope]]:
        """Give the project's calls of a name, those of a file first."""
        if self._calls is None:
            self._calls = {}
            for file in self.world.files:
                for called, found in file.calls.items():
                    self._calls.setdefault(called, []).extend(found)
        found = self._calls.get(name, [])
        if len(found) <= _MAX_TRIED:
            return found
        return [*islice(near.calls.get(name, ()), _MAX_TRIED // 2), *found[: _MAX_TRIED // 2]]

    def stores(self, name: str) -> list[Store]:
        """Give the places that set an attribute on something else than ``self``."""
        if self._stores is None:
            self._stores = {}
            for file in self.world.files:
                for attribute, found in file.stores.items():
                    self._stores.setdefault(attribute, []).extend(found)
        return self._stores.get(name, [])

    def below(self, cls: Class) -> list[Class]:
        """Give the project's subclasses of a class."""
        if self._below is None:
            self._below = {}
            for file in self.world.files:
                for found in file.classes:
                    for base in self.world.classes.line(found)[1:]:
                        self._below.setdefault(id(base), []).append(found)
        return self._below.get(id(cls), [])[:_MAX_BELOW]

    # -- attributes -------------------------------------------------------------------------

    def beside(self, value: Value, cls: Class, name: str) -> Hit:
        """Find an attribute that a mixin expects of the classes that it is mixed into."""
        found: dict[int, tuple[Value, Class, list[Binding]]] = {}
        for other in self.below(cls):
            line = self.world.classes.line(other)
            after = line.index(cls) + 1 if value.sort is Sort.SUPER and cls in line else 0
            hit = self.world.classes.find(other, name, after=after)
            if hit is not None and hit[0].name != "object":
                found.setdefault(id(hit[0]), (Value(value.sort, other), *hit))
        hits = [
            self.world.members.hit(owner, base, bindings, name)
            for owner, base, bindings in islice(found.values(), 3)
        ]
        if not hits:
            return MISS
        targets = tuple(target for hit in hits for target in hit.targets)
        return Hit(hits[0].outcome, union(hit.value for hit in hits), targets, hits[0].outside)

    def stored(self, value: Value, name: str) -> Hit:
        """Find where the project sets an attribute on a value of this sort from outside of it."""
        targets: list[Target] = []
        values: list[Value] = []
        if not self.world.enter():
            return MISS
        try:
            for store in self.stores(name)[:_MAX_TRIED]:
                receiver = self.world.value(store.node.value, store.scope)
                if any(self._same(value, part) for part in parts_of(receiver)):
                    target = Target(store.scope.file, store.slot, "variable", "inference")
                    targets.append(target)
                    values.append(self.set_to(store))
        finally:
            self.world.leave()
        return Hit(Outcome.SLOT, union(values), tuple(targets)) if targets else MISS

    def set_to(self, store: Store) -> Value:
        """Give the value that a place sets an attribute to."""
        line = store.node.lineno
        binding = Binding(store.node.attr, BindingKind.VARIABLE, line, store.slot, store.scope)
        return self.world.expressions.origin(store.origin, binding)

    def _same(self, value: Value, other: Value) -> bool:
        if value.function is not None:
            return other.function is value.function
        own = value.cls
        theirs = other.args[0].cls if other.sort is Sort.VARIABLE else other.cls
        if own is None or theirs is None:
            return False
        line = self.world.classes.line
        return own is theirs or theirs in line(own) or own in line(theirs)

    def attribute(self, value: Value, base: Class, name: str) -> Value:
        """Give what an attribute is whose own bindings say nothing: by stub, or by subclasses."""
        if base.inner.file.outside:
            return UNKNOWN
        twin = self.world.twins.cls(base)
        if twin is not None and name in twin.inner.bindings:
            found = self.world.members.value(value, twin, twin.inner.bindings[name])
            if found.known:
                return self.world.twins.home(found)
        for binding in base.inner.bindings.get(name, base.attributes.get(name, ())):
            if binding.kind is BindingKind.PARAMETER:
                return UNKNOWN
        values = []
        for other in self.below(base):
            bindings = other.inner.bindings.get(name) or other.attributes.get(name) or ()
            values += [self.world.value_of(binding) for binding in bindings]
        return union(values)

    def overridden_result(self, function: Function) -> Value:
        """Give what overriding methods return where the method itself leaves that open."""
        if function.owner is None or function.outer.file.outside:
            return UNKNOWN
        values: list[Value] = []
        for other in self.below(function.owner):
            for binding in other.inner.bindings.get(function.name, ())[:1]:
                if binding.function is not None and len(values) < _MAX_CALLS:
                    values.append(self.world.calls.declared(binding.function))
        return union(values)

    # -- parameters -------------------------------------------------------------------------

    def parameter(self, binding: Binding) -> Value:
        """Give what a parameter without an annotation is."""
        known = self._parameters.get(id(binding))
        if known is not None:
            return known
        function = binding.parameter_of
        if function is None or self._depth >= _MAX_DEPTH or not self.world.enter():
            self.world.cuts += 1
            return UNKNOWN
        self._parameters[id(binding)] = UNKNOWN
        self._depth += 1
        try:
            known, cut = self.world.watched(lambda: self._parameter(binding, function))
        finally:
            self._depth -= 1
            self.world.leave()
        if cut and not known.known:
            del self._parameters[id(binding)]
        else:
            self._parameters[id(binding)] = known
        return known

    def _parameter(self, binding: Binding, function: Function) -> Value:
        default = UNKNOWN
        if binding.origin is not None and binding.origin.expr is not None:
            default = self.world.value(binding.origin.expr, function.outer)
        found = self.world.twins.parameter(function, binding.name)
        if not found.known:
            found = self._overridden(function, binding.name)
        if not found.known and not function.outer.file.outside:
            found = self._passed(function, binding.name)
        return union((found, default))

    def _overridden(self, function: Function, name: str) -> Value:
        """Give what the same parameter is in the method that this one overrides."""
        owner = function.owner
        if owner is None or function.name == "__init__":
            return UNKNOWN
        for base in self.world.classes.line(owner)[1:]:
            twin = None if base.inner.file.outside else self.world.twins.cls(base)
            method = _method(base, function.name) or _method(twin, function.name)
            if method is not None:
                found = self._same_parameter(function, method, name, base)
                if found.known:
                    return found
        return UNKNOWN

    def _same_parameter(self, own: Function, other: Function, name: str, base: Class) -> Value:
        theirs = _parameter_of(other, name) or _at(other, _position(own, name))
        if theirs is None:
            return UNKNOWN
        if theirs.annotation is not None:
            found = self.world.annotated(theirs.annotation, other.outer)
            if found.open and own.owner is not None:
                receiver = instance(own.owner)
                found = substitute(found, self.world.classes.bound(receiver, base))
            return self.world.twins.home(found)
        bindings = other.inner.bindings.get(theirs.arg, ()) if other.inner is not None else ()
        return union(self.world.value_of(found) for found in bindings[:1])

    def _passed(self, function: Function, name: str) -> Value:
        """Join what the project's calls pass."""
        values: list[Value] = []
        position = _position(function, name)
        names = self._called_as(function)
        for called in names:
            for call, scope in self.calls(called, function.outer.file):
                if self._calls_it(call, scope, function):
                    expr = _argument(call, name, position, function)
                    found = self.world.value(expr, scope) if expr is not None else UNKNOWN
                    values += [found] if found.known else []
            if len(values) >= _MAX_CALLS:
                break
        return union(values)

    def _called_as(self, function: Function) -> Iterable[str]:
        if function.name in ("__init__", "__new__") and function.owner is not None:
            below = (cls.name for cls in self.below(function.owner))
            return dict.fromkeys((function.owner.name, *islice(below, 8), function.name))
        return (function.name,)

    def _calls_it(self, call: ast.Call, scope: Scope, function: Function) -> bool:
        callee = self.world.value(call.func, scope)
        for part in parts_of(callee):
            found = part.function
            if found is function:
                return True
            if part.sort is Sort.CLASS and part.cls is not None:
                maker = self.world.classes.find(part.cls, function.name)
                if maker is not None and maker[1][0].function is function:
                    return True
            if found is not None and found.owner is not None and function.owner is not None:
                line = self.world.classes.line(function.owner)
                if found.name == function.name and found.owner in line:
                    return True
        return False

    def lambda_parameter(self, origin: Origin, scope: Scope) -> Value:
        """Give what a call passes to a lambda among its arguments."""
        call, part = origin.expr, origin.part
        if not isinstance(call, ast.Call) or part is None:
            return UNKNOWN
        callee = self.world.value(call.func, scope)
        for declared in self.world.calls.expected(callee, call, part, scope):
            for option in parts_of(declared):
                if option.sort is Sort.CALLABLE and len(option.args) > origin.index + 1:
                    return option.args[origin.index + 1]
        return UNKNOWN


def _method(cls: Class | None, name: str) -> Function | None:
    found = cls.inner.bindings.get(name, ()) if cls is not None else ()
    return next((part.function for part in found if part.function is not None), None)


def _parameter_of(function: Function, name: str) -> ast.arg | None:
    args = function.node.args
    return next(
        (arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs) if arg.arg == name), None
    )


def _at(function: Function, position: int) -> ast.arg | None:
    plain = [*function.node.args.posonlyargs, *function.node.args.args]
    return plain[position] if 0 <= position < len(plain) else None


def _position(function: Function, name: str) -> int:
    plain = [*function.node.args.posonlyargs, *function.node.args.args]
    return next((index for index, arg in enumerate(plain) if arg.arg == name), -1)


def _argument(call: ast.Call, name: str, position: int, function: Function) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    bound = function.owner is not None and "staticmethod" not in function.decorators
    at = position - 1 if bound else position
    if position < 0 or not 0 <= at < len(call.args):
        return None
    if any(isinstance(part, ast.Starred) for part in call.args[: at + 1]):
        return None
    return call.args[at]
