"""Attributes: what a name after a dot means, by what is known of the value in front of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atomization.python_classes import closed, substitute
from atomization.python_scopes import Binding, Class, FileNames, Function
from atomization.python_values import (
    MISS,
    UNKNOWN,
    Hit,
    Outcome,
    Sort,
    Target,
    Value,
    instance_of,
    type_of,
    union,
)

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

PROPERTIES: Final = frozenset(
    {
        "property",
        "cached_property",
        "abstractproperty",
        "DynamicClassAttribute",
        "_magic_enum_attr",
        "setter",
        "getter",
        "deleter",
    }
)
_UNBOUND: Final = frozenset({"staticmethod"})
_ENUMS: Final = ("Enum", "Flag")
_NATIVE: Final = frozenset({"builtins", "types", "typing"})
_OBJECT: Final = frozenset(dir(object)) | {"__dict__", "__module__", "__slots__", "__weakref__"}


class Members:
    """Looks attributes up."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._plain: dict[tuple[int, str, Sort, str], Hit] = {}
        self._properties: dict[int, bool] = {}

    def of(self, value: Value, name: str, near: FileNames) -> Hit:
        """Resolve an attribute of a value."""
        sort = value.sort
        if sort is Sort.INSTANCE or sort is Sort.SUPER or sort is Sort.CLASS:
            return self._of_class(value, name, near)
        if sort is Sort.VARIABLE:
            return self._of_variable(value, name, near)
        if sort is Sort.MODULE:
            return self._of_module(value, name, near)
        if sort is Sort.UNION:
            return self._of_union(value, name, near)
        if name in _OBJECT and sort is not Sort.FUNCTION:
            return (
                self.of(self.world.made("object"), name, near) if sort is Sort.NONE else _object()
            )
        if sort in (Sort.FUNCTION, Sort.CALLABLE):
            return self._of_function(value, name, near)
        return MISS

    def _of_union(self, value: Value, name: str, near: FileNames) -> Hit:
        hits = [self.of(part, name, near) for part in value.args]
        found = [hit for hit in hits if hit.outcome is not Outcome.UNRESOLVED]
        if len(found) < 2:
            return found[0] if found else MISS
        targets = distinct(target for hit in found for target in hit.targets)
        outcome = next((hit.outcome for hit in found if hit.targets), found[0].outcome)
        return Hit(outcome, union(hit.value for hit in found), targets, found[0].outside)

    def _of_variable(self, value: Value, name: str, near: FileNames) -> Hit:
        bound = value.args[0]
        if value.name == "Self" and bound.cls is not None:
            return self._of_class(bound, name, near, itself=value)
        return self.of(bound, name, near) if bound.known else MISS

    def _of_module(self, value: Value, name: str, near: FileNames) -> Hit:
        hit = self.world.member_of_package(value, name, near)
        if hit.outcome is not Outcome.UNRESOLVED:
            return hit
        return (
            self.of(self.world.made_in("types", "ModuleType"), name, near)
            if (name.startswith("__"))
            else MISS
        )

    def _of_function(self, value: Value, name: str, near: FileNames) -> Hit:
        function = value.function
        if function is not None and function.decorators:
            decorated = self.world.calls.decorated(function)
            if decorated.sort in (Sort.INSTANCE, Sort.UNION):
                hit = self.of(decorated, name, near)
                if hit.outcome is not Outcome.UNRESOLVED:
                    return hit
        kind = "MethodType" if value.receiver is not None else "FunctionType"
        hit = self.of(self.world.made_in("types", kind), name, near)
        if hit.outcome is Outcome.UNRESOLVED and function is not None:
            return self.world.inference.stored(value, name)
        return hit

    # -- classes ----------------------------------------------------------------------------

    def _of_class(
        self, value: Value, name: str, near: FileNames, itself: Value | None = None
    ) -> Hit:
        cls = value.cls
        if cls is None:
            inner = value.args[0] if value.args else UNKNOWN
            bound = inner.args[0] if inner.sort is Sort.VARIABLE else UNKNOWN
            if bound.cls is None:
                return self.of(self.world.made("type"), name, near)
            return self._of_class(type_of(bound), name, near, itself=inner)
        plain = not value.args and itself is None
        key = (id(cls), name, value.sort, value.via)
        if plain and key in self._plain:
            return self._plain[key]
        hit = self._looked_up(value, cls, name, near, itself)
        if plain:
            self._plain[key] = hit
        return hit

    def _looked_up(
        self, value: Value, cls: Class, name: str, near: FileNames, itself: Value | None
    ) -> Hit:
        classes = self.world.classes
        found = classes.find(cls, name, after=1 if value.sort is Sort.SUPER else 0)
        native = found is not None and found[0].inner.file.name == "builtins"
        if found is not None and not (native and found[0].name == "object"):
            return self.hit(value, *found, name, itself)
        if value.sort is Sort.CLASS:
            meta = classes.metaclass(cls)
            if meta.cls is not None:
                above = classes.find(meta.cls, name)
                if above is not None and above[0].name != "object":
                    return self.hit(meta, *above, name, instance_of(value))
        if found is not None:
            return self.hit(value, *found, name, itself)
        return self._hidden(value, cls, name, near, itself)

    def _hidden(
        self, value: Value, cls: Class, name: str, near: FileNames, itself: Value | None
    ) -> Hit:
        """Find what no class body shows: what a stub adds, ``__getattr__``, what others set."""
        inference = self.world.inference
        twin = self.world.twins.member(cls, name)
        if twin is not None:
            owner = Value(value.sort if value.sort is not Sort.SUPER else Sort.INSTANCE, twin[0])
            return self.hit(owner, *twin, name, itself or value)
        made = self.world.models.attribute(value, cls, name)
        if made.outcome is not Outcome.UNRESOLVED:
            return made
        for dynamic in ("__getattr__", "__getattribute__"):
            above = self.world.classes.find(cls, dynamic)
            if above is not None and above[0].name != "object" and value.sort is Sort.INSTANCE:
                hit = self.hit(value, *above, dynamic, itself)
                result = self.world.calls.result(hit.value)
                return replace(hit, value=result)
        if name in ("__dict__", "__slots__", "__weakref__"):
            return _object()
        if itself is not None or value.sort is Sort.SUPER:
            hit = inference.beside(value, cls, name)
            if hit.outcome is not Outcome.UNRESOLVED:
                return hit
        return MISS if id(cls) in self.world.classes.vague else inference.stored(value, name)

    def hit(
        self,
        value: Value,
        base: Class,
        bindings: list[Binding],
        name: str,
        itself: Value | None = None,
    ) -> Hit:
        """Answer with what binds an attribute in a class."""
        found = self.value(value, base, bindings, itself)
        file = base.inner.file
        if file.outside:
            outcome = Outcome.BUILTIN if file.name in _NATIVE else Outcome.EXTERNAL
            return Hit(outcome, found, (), f"{file.name}:{base.name}.{name}")
        via = value.via
        targets = distinct(
            Target(binding.scope.file, binding.slot, what(binding), via, binding.certain)
            for binding in bindings
        )
        return Hit(Outcome.SLOT, found, targets)

    def value(
        self, value: Value, base: Class, bindings: list[Binding], itself: Value | None = None
    ) -> Value:
        """Give what an attribute is, seen from the value that has it."""
        first = bindings[0]
        if first.function is not None:
            return self._of_functions(value, base, bindings, itself)
        if first.cls is not None:
            return Value(Sort.CLASS, first.cls)
        if value.sort is Sort.CLASS and value.cls is not None and self._is_member(value.cls, first):
            return instance_of(value)
        found = union(map(self.world.value_of, bindings))
        if not found.known:
            found = self.world.inference.attribute(value, base, first.name)
        if found.open:
            found = substitute(found, self.world.classes.bound(value, base, itself))
        return self._described(found, value, first)

    def _is_member(self, cls: Class, binding: Binding) -> bool:
        """Tell whether a class attribute is one of an enumeration's members."""
        if not self.world.classes.is_a(cls, *_ENUMS) or binding.name.startswith("_"):
            return False
        return binding.origin is not None

    def _described(self, found: Value, owner: Value, binding: Binding) -> Value:
        """Ask a descriptor for its value."""
        if found.sort is not Sort.INSTANCE or found.cls is None or owner.sort is Sort.CLASS:
            return found
        getter = self.world.classes.find(found.cls, "__get__")
        if getter is None or getter[1][0].function is None:
            return found
        given = self.world.models.given(found, binding)
        if given.known:
            return given
        methods = tuple(part.function for part in getter[1] if part.function is not None)
        chosen = methods[1] if len(methods) > 1 and found.cls.inner.file.outside else methods[-1]
        bindings = self.world.classes.bound(found, getter[0])
        result = substitute(self.world.calls.declared(chosen), bindings)
        return closed(result) if result.known else found

    def _of_functions(
        self, value: Value, base: Class, bindings: list[Binding], itself: Value | None
    ) -> Value:
        functions = [part.function for part in bindings if part.function is not None]
        for function in functions:
            if self.is_property(function):
                receiver = itself or (value if value.sort is not Sort.SUPER else UNKNOWN)
                result = self.world.calls.declared(function)
                if result.open:
                    result = substitute(result, self.world.classes.bound(value, base, receiver))
                return result
        first = functions[0]
        overloads = tuple(part for part in functions if "overload" in part.decorators)
        receiver_of: Value | None = itself or value
        if value.sort is Sort.CLASS:
            by_class = "classmethod" in first.decorators or first.name == "__new__"
            receiver_of = (itself or instance_of(value)) if by_class else None
        elif value.sort is Sort.SUPER and value.cls is not None:
            receiver_of = itself or Value(Sort.INSTANCE, value.cls)
        if first.decorators & _UNBOUND:
            receiver_of = None
        return Value(
            Sort.FUNCTION,
            function=functions[-1] if not overloads else first,
            receiver=receiver_of,
            overloads=overloads,
            cls=base,
        )

    def is_property(self, function: Function) -> bool:
        """Tell whether a method is read without being called."""
        if not function.decorators:
            return False
        if function.decorators & PROPERTIES:
            return True
        known = self._properties.get(id(function))
        if known is None:
            self._properties[id(function)] = False
            known = any(
                found.sort is Sort.CLASS
                and found.cls is not None
                and self.world.classes.find(found.cls, "__get__") is not None
                for found in (
                    self.world.value(part, function.outer) for part in function.node.decorator_list
                )
                if found.cls is None or found.cls.name not in ("staticmethod", "classmethod")
            )
            self._properties[id(function)] = known
        return known


def what(binding: Binding) -> str:
    """Tell what a binding makes of its name."""
    if binding.function is not None:
        return "function"
    return "class" if binding.cls is not None else "variable"


def distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Give each slot once, as certain as it is at its best."""
    found: dict[tuple[int, int, str], Target] = {}
    for target in targets:
        key = (id(target.file), target.slot, target.what)
        if key not in found or (target.certain and not found[key].certain):
            found[key] = target
    return tuple(found.values())


def _object() -> Hit:
    return Hit(Outcome.BUILTIN, UNKNOWN, (), "builtins:object")
