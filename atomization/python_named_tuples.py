"""Classes that calls make: ``namedtuple("Point", "x y")`` and its like."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from atomization.python_scopes import (
    Binding,
    BindingKind,
    Class,
    Origin,
    Scope,
    ScopeKind,
    Source,
)
from atomization.python_values import Sort, Value

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

_MAX_FIELDS: Final = 200


class NamedTuples:
    """Makes a class of each call that makes one, once."""

    def __init__(self, world: Resolver) -> None:
        """Begin with none."""
        self.world = world
        self._made: dict[int, Value] = {}

    def of(self, expr: ast.Call, scope: Scope) -> Value:
        """Give the class that ``namedtuple("Point", "x y")`` makes."""
        slot = scope.file.file.slot_at(expr.lineno)
        known = self._made.get(id(expr))
        if known is None:
            title = expr.args[0] if expr.args else None
            name = title.value if isinstance(title, ast.Constant) else "namedtuple"
            base = ast.copy_location(ast.Name("NamedTuple", ast.Load()), expr)
            node = ast.ClassDef(str(name), [base], [], [], [], lineno=expr.lineno, col_offset=0)
            inner = Scope(ScopeKind.CLASS, scope, scope.file)
            cls = Class(str(name), node, scope, inner, slot)
            inner.cls = cls
            for part in _fields(expr):
                origin = Origin(Source.UNKNOWN)
                inner.bindings[part] = [
                    Binding(part, BindingKind.VARIABLE, expr.lineno, slot, inner, origin)
                ]
            known = Value(Sort.CLASS, cls)
            self.world.classes.based_on(cls, self.world.made_in("typing", "NamedTuple"))
            self._made[id(expr)] = known
        return known


def _fields(expr: ast.Call) -> list[str]:
    listed = expr.args[1] if len(expr.args) > 1 else None
    if isinstance(listed, ast.Constant) and isinstance(listed.value, str):
        return listed.value.replace(",", " ").split()[:_MAX_FIELDS]
    found = []
    for part in listed.elts[:_MAX_FIELDS] if isinstance(listed, ast.List | ast.Tuple) else []:
        first = part.elts[0] if isinstance(part, ast.Tuple) and part.elts else part
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.append(first.value)
    return found
