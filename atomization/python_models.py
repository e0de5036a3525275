"""What Django's metaclass adds to models, which no class body and no stub shows.

Managers, the keys beside foreign keys, and the managers at the other end of a relation are made
when a model class is made. They are told here from the fields as they are written.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from atomization.python_scopes import Binding, Class, bare_name
from atomization.python_values import (
    MISS,
    UNKNOWN,
    Hit,
    Outcome,
    Sort,
    Target,
    Value,
    instance,
    instance_of,
)

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

_MANAGERS: Final = frozenset({"objects", "_default_manager", "_base_manager"})
_SINGLE: Final = frozenset({"ForeignKey", "OneToOneField"})
_RELATIONS: Final = _SINGLE | {"ManyToManyField"}
_GIVEN: Final = "_pyi_private_get_type"
_BASE: Final = "django.db.models.base"
_FIELDS: Final = "django.db.models.fields"

Relation = tuple[Class, Binding, ast.Call]


class Models:
    """Answers for the attributes of Django's models."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known; relations are collected when one is first asked for."""
        self.world = world
        self._models: dict[int, bool] = {}
        self._relations: dict[str, list[Relation]] | None = None

    def is_model(self, cls: Class) -> bool:
        """Tell whether a class is a model of Django's, by its bases."""
        known = self._models.get(id(cls))
        if known is None:
            line = self.world.classes.line(cls)[1:]
            known = any(base.name == "Model" and base.inner.file.name == _BASE for base in line)
            self._models[id(cls)] = known
        return known

    def attribute(self, value: Value, cls: Class, name: str) -> Hit:
        """Find an attribute that the metaclass adds to a model."""
        if not self.is_model(cls):
            return MISS
        if name in _MANAGERS:
            manager = self._manager(cls)
            return Hit(Outcome.EXTERNAL, manager, (), f"{_BASE}:Model.{name}")
        if name == "id":
            return Hit(Outcome.EXTERNAL, self.world.made("int"), (), f"{_BASE}:Model.{name}")
        field = name.removesuffix("_id") if name.endswith("_id") else _displayed(name)
        found = self.world.classes.find(cls, field) if field else None
        if found is not None:
            shown = name.startswith("get_")
            text = Value(Sort.CALLABLE, args=(self.world.made("str"),)) if shown else UNKNOWN
            return Hit(Outcome.SLOT, text, _targets(found[1]))
        return self._reverse(cls, name)

    def given(self, field: Value, binding: Binding) -> Value:
        """Give what a model's instance has where its class has a field; unknown for no field."""
        cls = field.cls
        if cls is None or binding.origin is None:
            return UNKNOWN
        line = self.world.classes.line(cls)
        if not any(base.name == "Field" and base.inner.file.name == _FIELDS for base in line):
            return UNKNOWN
        call = binding.origin.expr
        if isinstance(call, ast.Call) and bare_name(call.func) in _RELATIONS:
            target = self._target(call, binding)
            if target is None:
                return UNKNOWN
            single = bare_name(call.func) in _SINGLE
            return instance(target) if single else self._manager(target)
        found = self.world.classes.find(cls, _GIVEN)
        return self.world.value_of(found[1][0]) if found is not None else UNKNOWN

    def _manager(self, cls: Class) -> Value:
        return self.world.made_in("django.db.models.manager", "Manager", instance(cls))

    def _reverse(self, cls: Class, name: str) -> Hit:
        """Find the relation that a model is the other end of."""
        if self._relations is None:
            self._relations = {}
            for file in self.world.files:
                for model in file.classes:
                    self._collect(model, self._relations)
        for model, binding, call in self._relations.get(name, ()):
            target = self._target(call, binding)
            if target is not None and target in self.world.classes.line(cls):
                single = bare_name(call.func) == "OneToOneField"
                value = instance(model) if single else self._manager(model)
                return Hit(Outcome.SLOT, value, _targets([binding]))
        return MISS

    def _collect(self, model: Class, relations: dict[str, list[Relation]]) -> None:
        for bindings in model.inner.bindings.values():
            origin = bindings[0].origin
            call = origin.expr if origin is not None else None
            if isinstance(call, ast.Call) and bare_name(call.func) in _RELATIONS:
                name = _related_name(call, model)
                relations.setdefault(name, []).append((model, bindings[0], call))

    def _target(self, call: ast.Call, binding: Binding) -> Class | None:
        """Find the model that a relation leads to: a class, or its name in quotes."""
        given = [*call.args[:1], *(part.value for part in call.keywords if part.arg == "to")]
        if not given:
            return None
        expr = given[0]
        if not isinstance(expr, ast.Constant):
            return instance_of(self.world.value(expr, binding.scope)).cls
        name = str(expr.value).rsplit(".", 1)[-1]
        if name == "self":
            return binding.scope.cls
        near = binding.scope.file
        options = [
            model
            for file in (near, *self.world.files)
            for model in file.classes
            if model.name == name and self.is_model(model)
        ]
        return options[0] if options else None


def _displayed(name: str) -> str:
    return name[4:-8] if name.startswith("get_") and name.endswith("_display") else ""


def _related_name(call: ast.Call, model: Class) -> str:
    for part in call.keywords:
        if part.arg == "related_name" and isinstance(part.value, ast.Constant):
            return str(part.value.value)
    name = model.name.lower()
    return name if bare_name(call.func) == "OneToOneField" else f"{name}_set"


def _targets(bindings: list[Binding]) -> tuple[Target, ...]:
    return tuple(
        Target(found.scope.file, found.slot, "variable", "inference")
        for found in bindings
        if not found.scope.file.outside
    )
