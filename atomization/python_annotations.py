"""What an annotation says of a value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from atomization.python_binding import quoted_annotation
from atomization.python_scopes import BindingKind, Scope, bare_name
from atomization.python_values import (
    NONE,
    UNKNOWN,
    Sort,
    Value,
    instance_of,
    type_of,
    union,
    variable,
)

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

_FIRST: Final = frozenset(
    {
        "Annotated",
        "ClassVar",
        "Final",
        "InitVar",
        "NotRequired",
        "Optional",
        "ReadOnly",
        "Required",
    }
)
_SILENT: Final = frozenset({"Any", "Never", "NoReturn", "ParamSpec", "TypeVarTuple", "object"})
_NAMED: Final = {
    "LiteralString": "str",
    "Tuple": "tuple",
    "Type": "type",
    "TypeGuard": "bool",
    "TypeIs": "bool",
    "TypeVar": "",
}
_ALIASES: Final = {
    "ChainMap": ("collections", "ChainMap"),
    "Counter": ("collections", "Counter"),
    "DefaultDict": ("collections", "defaultdict"),
    "Deque": ("collections", "deque"),
    "Dict": ("builtins", "dict"),
    "FrozenSet": ("builtins", "frozenset"),
    "List": ("builtins", "list"),
    "OrderedDict": ("collections", "OrderedDict"),
    "Set": ("builtins", "set"),
}
_SPECIAL: Final = _FIRST | _SILENT | {*_NAMED, "Callable", "Literal", "Self", "Union", "type"}


class Annotations:
    """Evaluates annotations, each once."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._known: dict[int, Value] = {}
        self._kept: list[ast.expr] = []

    def of(self, expr: ast.expr | None, scope: Scope) -> Value:
        """Give the value that an annotation describes."""
        if expr is None:
            return UNKNOWN
        known = self._known.get(id(expr))
        if known is None:
            if not self.world.enter():
                return UNKNOWN
            self._known[id(expr)] = UNKNOWN
            try:
                known = self._evaluate(expr, scope)
            finally:
                self.world.leave()
            self._known[id(expr)] = known
        return known

    def _evaluate(self, expr: ast.expr, scope: Scope) -> Value:
        if isinstance(expr, ast.Name | ast.Attribute):
            return self._named(expr, scope)
        if isinstance(expr, ast.Subscript):
            return self._generic(expr, scope)
        if isinstance(expr, ast.Constant):
            if expr.value is None:
                return NONE
            quoted = quoted_annotation(expr)
            self._kept += [quoted] if quoted is not None else []
            return self.of(quoted, scope)
        if isinstance(expr, ast.BinOp):
            return self._joined(expr, scope)
        if isinstance(expr, ast.Tuple):
            return union(self.of(part, scope) for part in expr.elts)
        if isinstance(expr, ast.Call):
            return instance_of(self.world.value(expr, scope))
        return UNKNOWN

    def _joined(self, expr: ast.BinOp, scope: Scope) -> Value:
        parts: list[ast.expr] = []
        left: ast.expr = expr
        while isinstance(left, ast.BinOp):
            parts.append(left.right)
            left = left.left
        return union(self.of(part, scope) for part in [left, *reversed(parts)])

    def _special(self, expr: ast.expr, scope: Scope) -> str:
        """Give the name of a special form; nothing where the project has a class of that name."""
        name = bare_name(expr)
        if name not in _SPECIAL:
            return ""
        found = self.world.value(expr, scope)
        own = found.cls is not None and not found.cls.inner.file.outside
        return "" if own else name

    def _generic(self, expr: ast.Subscript, scope: Scope) -> Value:
        name = self._special(expr.value, scope)
        parts = expr.slice.elts if isinstance(expr.slice, ast.Tuple) else [expr.slice]
        if not parts:
            return self._named(expr.value, scope)
        if name == "Literal":
            return self._literal(parts)
        if name == "Union":
            return union(self.of(part, scope) for part in parts)
        if name in _FIRST:
            return self.of(parts[0], scope)
        if name in ("type", "Type"):
            found = type_of(self.of(parts[0], scope))
            return found if found.known else self.world.made("type")
        if name == "Callable":
            return self._callable(parts, scope)
        base = self._named(expr.value, scope)
        if base.sort is not Sort.INSTANCE or base.cls is None:
            return base
        several = len(parts) == 2 and isinstance(parts[1], ast.Constant)
        if base.cls.name == "tuple" and several and parts[1].value is ...:  # type: ignore[attr-defined]
            item = self.of(parts[0], scope)
            return Value(Sort.INSTANCE, base.cls, (item,), "...", open=item.open)
        args = tuple(self.of(part, scope) for part in parts)
        return Value(Sort.INSTANCE, base.cls, args, open=any(arg.open for arg in args))

    def _callable(self, parts: list[ast.expr], scope: Scope) -> Value:
        result = self.of(parts[-1], scope)
        taken = parts[0].elts if isinstance(parts[0], ast.List) else []
        args = (result, *(self.of(part, scope) for part in taken))
        return Value(Sort.CALLABLE, args=args, open=any(arg.open for arg in args))

    def _literal(self, parts: list[ast.expr]) -> Value:
        groups: dict[str, list[object]] = {}
        for part in parts:
            if isinstance(part, ast.Constant):
                groups.setdefault(type(part.value).__name__, []).append(part.value)
        values = []
        for name, literals in groups.items():
            made = NONE if name == "NoneType" else self.world.made(name)
            found = Value(made.sort, made.cls, literals=tuple(literals))
            values.append(NONE if name == "NoneType" else found)
        return union(values)

    def _named(self, expr: ast.expr, scope: Scope) -> Value:
        name = self._special(expr, scope)
        if name == "Self":
            own = Value(Sort.INSTANCE, scope.cls) if scope.cls is not None else UNKNOWN
            return variable("Self", own)
        if name in _NAMED:
            return self.world.made(_NAMED[name])
        if name == "Callable":
            return Value(Sort.CALLABLE, args=(UNKNOWN,))
        if name and name != "type":
            return UNKNOWN
        alias = self._alias(expr, scope)
        if alias is not None:
            return alias
        found = self.world.value(expr, scope)
        if found.cls is not None and found.cls.name == "_Alias":
            return self.world.made_in(*_ALIASES.get(bare_name(expr), ("builtins", "object")))
        return instance_of(found)

    def _alias(self, expr: ast.expr, scope: Scope) -> Value | None:
        """Look through ``X = list[Y]``, NewType and TypeVar, in this module or another."""
        binding = self.world.binding_of(expr, scope)
        if binding is None or binding.kind is not BindingKind.VARIABLE or binding.origin is None:
            return None
        inner = binding.origin.expr
        if inner is None:
            return None
        if isinstance(inner, ast.Call):
            maker = bare_name(inner.func)
            if maker == "NewType" and len(inner.args) == 2:
                return self.of(inner.args[1], binding.scope)
            if maker in ("ParamSpec", "TypeVarTuple"):
                return UNKNOWN
            if maker != "TypeVar":
                return None
            bound = [part.value for part in inner.keywords if part.arg == "bound"]
            limit = self.of(bound[0], binding.scope) if bound else UNKNOWN
            if len(inner.args) > 1:
                limit = union(self.of(part, binding.scope) for part in inner.args[1:])
            return variable(binding.name, limit)
        if bare_name(inner) in ("Any", "object"):
            return UNKNOWN
        return self.of(inner, binding.scope)
