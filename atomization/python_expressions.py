"""What an expression is known to be."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from atomization.python_named_tuples import NamedTuples
from atomization.python_scopes import (
    Binding,
    Origin,
    Scope,
    Source,
    bare_name,
)
from atomization.python_values import (
    NONE,
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

_MAX_ELEMENTS: Final = 4
_OPERATORS: Final = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "Mod": "mod",
    "Pow": "pow",
    "MatMult": "matmul",
    "BitAnd": "and",
    "BitOr": "or",
    "BitXor": "xor",
    "LShift": "lshift",
    "RShift": "rshift",
}


class Expressions:
    """Evaluates expressions, each once."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._known: dict[int, Value] = {}
        self._tries: dict[int, int] = {}
        self._named_tuples = NamedTuples(world)
        self._kinds: dict[type[ast.expr], Callable[[Any, Scope], Value]] = {
            ast.Name: lambda expr, scope: self.world.name(expr.id, scope).value,
            ast.Attribute: lambda expr, scope: self.world.attribute(expr, scope).value,
            ast.Call: self._called,
            ast.Constant: self._constant,
            ast.JoinedStr: lambda expr, scope: self.world.made("str"),
            ast.List: self._display,
            ast.Set: self._display,
            ast.Tuple: self._tuple,
            ast.Dict: self._dict,
            ast.ListComp: self._comprehended,
            ast.SetComp: self._comprehended,
            ast.GeneratorExp: self._comprehended,
            ast.DictComp: self._mapped,
            ast.Compare: lambda expr, scope: self.world.made("bool"),
            ast.UnaryOp: self._unary,
            ast.BinOp: self._operated,
            ast.BoolOp: lambda expr, scope: self._any(expr.values, scope),
            ast.IfExp: lambda expr, scope: self._any([expr.body, expr.orelse], scope),
            ast.Await: self._awaited,
            ast.NamedExpr: lambda expr, scope: self.of(expr.value, scope),
            ast.Starred: lambda expr, scope: self.of(expr.value, scope),
            ast.Subscript: self._subscribed,
            ast.Lambda: self._lambda,
        }

    def of(self, expr: ast.expr, scope: Scope) -> Value:
        """Give what an expression is known to be."""
        key = id(expr)
        known = self._known.get(key)
        if known is not None:
            return known
        kind = self._kinds.get(type(expr))
        if kind is None or not self.world.enter():
            return UNKNOWN
        self._known[key] = UNKNOWN
        world, cuts = self.world, self.world.cuts
        try:
            known = kind(expr, scope)
        finally:
            world.leave()
        if not known.known and world.cuts != cuts and self._again(key):
            del self._known[key]
        else:
            self._known[key] = known
        return known

    def _again(self, key: int) -> bool:
        """Tell whether an answer that was cut short may be asked for once more."""
        tries = self._tries.get(key, 0) + 1
        self._tries[key] = tries
        return tries < 3

    # -- variables --------------------------------------------------------------------------

    def origin(self, origin: Origin, binding: Binding) -> Value:
        """Give what a variable is by where its value comes from."""
        how, expr, scope = origin.how, origin.expr, binding.scope
        if how is Source.VALUE:
            if expr is None:
                return UNKNOWN
            return self.of(expr, scope)
        if how is Source.ANNOTATION:
            return self.world.annotated(expr, scope)
        if how is Source.RECEIVER or how is Source.RECEIVER_CLASS:
            return self._receiver(how, binding)
        if how is Source.ARGUMENTS:
            return self.world.made("tuple", self.world.annotated(expr, scope), name_of="...")
        if how is Source.KEYWORDS:
            return self.world.made(
                "dict", self.world.made("str"), self.world.annotated(expr, scope)
            )
        if how is Source.ARGUMENT:
            return self.world.inference.lambda_parameter(origin, scope)
        if how is Source.ITEM and origin.of is not None:
            found = self.origin(origin.of, binding)
            return self.item(found, origin.index if origin.index >= 0 else None)
        if how is Source.REST and origin.of is not None:
            return self.world.made("list", self.element(self.origin(origin.of, binding)))
        return self._taken(how, expr, scope) if expr is not None else UNKNOWN

    def _taken(self, how: Source, expr: ast.expr, scope: Scope) -> Value:
        if how is Source.ELEMENT:
            return self.element(self.of(expr, scope))
        if how is Source.CONTEXT:
            return self.entered(self.of(expr, scope))
        if how is Source.EXCEPTION:
            parts = expr.elts if isinstance(expr, ast.Tuple) else [expr]
            found = union(self._caught(self.of(part, scope)) for part in parts)
            return found if found.known else self.world.made("Exception")
        return UNKNOWN

    def _caught(self, value: Value) -> Value:
        if value.sort is Sort.INSTANCE:
            return union(self._caught(part) for part in value.args)
        return instance_of(value)

    def _receiver(self, how: Source, binding: Binding) -> Value:
        scope = binding.scope
        function = binding.parameter_of
        cls = function.owner if function is not None else scope.cls
        if cls is None:
            return UNKNOWN
        names = self.world.classes.parameters(cls)
        args = tuple(Value(Sort.VARIABLE, args=(UNKNOWN,), name=name, open=True) for name in names)
        own = Value(Sort.INSTANCE, cls, args, open=bool(args))
        if how is Source.RECEIVER and self.world.classes.is_a(cls, "type"):
            return Value(Sort.CLASS, args=(UNKNOWN,)) if cls.inner.file.outside else own
        itself = Value(Sort.VARIABLE, args=(own,), name="Self", open=True)
        return itself if how is Source.RECEIVER else type_of(itself)

    # -- parts of values --------------------------------------------------------------------

    def element(self, value: Value) -> Value:
        """Give what iterating a value gives."""
        if value.sort is Sort.UNION:
            return union(self.element(part) for part in value.args)
        if value.sort is Sort.VARIABLE:
            return self.element(value.args[0])
        if value.sort is Sort.CLASS and value.cls is not None:
            enum = self.world.classes.is_a(value.cls, "Enum", "Flag")
            return instance_of(value) if enum else UNKNOWN
        if value.sort is not Sort.INSTANCE or value.cls is None:
            return UNKNOWN
        if value.cls.name == "tuple" and value.cls.inner.file.outside:
            return union(value.args)
        for protocol in ("Iterable", "AsyncIterable"):
            base = self.world.made_in("typing", protocol).cls
            args = self.world.classes.view(value, base) if base is not None else None
            if args and args[0].known:
                return args[0]
        for first, following in (("__iter__", "__next__"), ("__aiter__", "__anext__")):
            iterator = self._method(value, first)
            if iterator.known:
                if iterator.cls is value.cls:
                    return self.awaited(self._method(iterator, following))
                return self._nested(iterator)
        return self._method(value, "__getitem__")

    def _nested(self, iterator: Value) -> Value:
        if not self.world.enter():
            return UNKNOWN
        try:
            return self.element(iterator)
        finally:
            self.world.leave()

    def item(self, value: Value, index: int | None) -> Value:
        """Give what subscribing or unpacking a value gives, at an index where that is known."""
        parts = [self._item(part, index) for part in parts_of(value)]
        return union(parts)

    def _item(self, value: Value, index: int | None) -> Value:
        if value.cls is not None and value.cls.inner.file.outside and value.cls.name == "tuple":
            if value.name != "..." and index is not None and index < len(value.args):
                return value.args[index]
            return union(value.args)
        base = self.world.builtin_class("tuple")
        if value.cls is not None and base is not None and value.sort is Sort.INSTANCE:
            args = self.world.classes.view(value, base)
            if args is not None and index is not None and index < len(args):
                return args[index]
        return self.element(value)

    def entered(self, value: Value) -> Value:
        """Give what ``with value as x`` binds."""
        for part in parts_of(value):
            found = self._method(part, "__enter__")
            if not found.known:
                found = self.awaited(self._method(part, "__aenter__"))
            if found.known:
                return found
        return UNKNOWN

    def awaited(self, value: Value) -> Value:
        """Give what awaiting a value gives; what cannot be awaited stays itself."""
        if value.sort is not Sort.INSTANCE:
            return value
        base = self.world.made_in("typing", "Awaitable").cls
        args = self.world.classes.view(value, base) if base is not None else None
        if args:
            return args[-1] if args[-1].known or len(value.args) < 3 else value.args[2]
        return value

    def _method(self, value: Value, name: str) -> Value:
        if value.sort is not Sort.INSTANCE and value.sort is not Sort.VARIABLE:
            return UNKNOWN
        cls = value.cls or value.args[0].cls
        if cls is None:
            return UNKNOWN
        hit = self.world.members.of(value, name, cls.inner.file)
        return self.world.calls.result(hit.value) if hit.value.sort is Sort.FUNCTION else UNKNOWN

    # -- expressions ------------------------------------------------------------------------

    def _constant(self, expr: ast.Constant, scope: Scope) -> Value:
        if expr.value is None:
            return NONE
        return UNKNOWN if expr.value is ... else self.world.made(type(expr.value).__name__)

    def _awaited(self, expr: ast.Await, scope: Scope) -> Value:
        return self.awaited(self.of(expr.value, scope))

    def _lambda(self, expr: ast.Lambda, scope: Scope) -> Value:
        inner = scope.file.inner.get(id(expr))
        return Value(Sort.CALLABLE, args=(UNKNOWN,), expr=expr, scope=inner)

    def _any(self, parts: Sequence[ast.expr], scope: Scope) -> Value:
        return union(self.of(part, scope) for part in parts)

    def _display(self, expr: ast.List | ast.Set, scope: Scope) -> Value:
        parts = expr.elts[:_MAX_ELEMENTS]
        return self.world.made(type(expr).__name__.lower(), self._elements(parts, scope))

    def _elements(self, parts: Sequence[ast.expr], scope: Scope) -> Value:
        return union(
            self.element(self.of(part, scope))
            if isinstance(part, ast.Starred)
            else self.of(part, scope)
            for part in parts
        )

    def _tuple(self, expr: ast.Tuple, scope: Scope) -> Value:
        if len(expr.elts) > 12 or any(isinstance(part, ast.Starred) for part in expr.elts):
            item = self._elements(expr.elts[:_MAX_ELEMENTS], scope)
            return self.world.made("tuple", item, name_of="...")
        return self.world.made("tuple", *(self.of(part, scope) for part in expr.elts))

    def _dict(self, expr: ast.Dict, scope: Scope) -> Value:
        keys = [key for key in expr.keys[:_MAX_ELEMENTS] if key is not None]
        values = [
            value for key, value in zip(expr.keys, expr.values, strict=True) if key is not None
        ]
        return self.world.made(
            "dict", self._any(keys, scope), self._any(values[:_MAX_ELEMENTS], scope)
        )

    def _comprehended(
        self, expr: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope
    ) -> Value:
        item = self.of(expr.elt, scope.file.inner.get(id(expr), scope))
        if isinstance(expr, ast.GeneratorExp):
            return self.world.made_in("typing", "Generator", item, UNKNOWN, UNKNOWN)
        return self.world.made("set" if isinstance(expr, ast.SetComp) else "list", item)

    def _mapped(self, expr: ast.DictComp, scope: Scope) -> Value:
        inner = scope.file.inner.get(id(expr), scope)
        return self.world.made("dict", self.of(expr.key, inner), self.of(expr.value, inner))

    def _unary(self, expr: ast.UnaryOp, scope: Scope) -> Value:
        if isinstance(expr.op, ast.Not):
            return self.world.made("bool")
        return self.of(expr.operand, scope)

    def _operated(self, expr: ast.BinOp, scope: Scope) -> Value:
        left: ast.expr = expr
        chain: list[ast.BinOp] = []
        while (isinstance(left, ast.BinOp) and id(left) not in self._known) or left is expr:
            assert isinstance(left, ast.BinOp)
            chain.append(left)
            left = left.left
        value = self.of(left, scope)
        for part in reversed(chain):
            value = self._operation(part, value, self.of(part.right, scope), scope)
        return value

    def _operation(self, expr: ast.BinOp, left: Value, right: Value, scope: Scope) -> Value:
        name = _OPERATORS.get(type(expr.op).__name__, "")
        for value, method, other in (
            (left, f"__{name}__", expr.right),
            (right, f"__r{name}__", expr.left),
        ):
            if not value.known:
                continue
            found = self._applied(value, method, other, scope)
            if found.known:
                return found
            if value is left and left.sort is Sort.INSTANCE:
                break
        if left.sort is Sort.UNKNOWN:
            return right if right.known else UNKNOWN
        return UNKNOWN if left.known and right.sort is Sort.UNKNOWN and left.cls is None else left

    def _applied(self, value: Value, method: str, other: ast.expr, scope: Scope) -> Value:
        """Call a method with one argument, as an operator or a subscript does."""
        results = []
        for part in parts_of(value):
            hit = self.world.members.of(part, method, scope.file)
            if hit.value.sort is Sort.FUNCTION:
                call = ast.Call(ast.Name(method), [other], [])
                results.append(self.world.calls.of(hit.value, call, scope))
        return union(results)

    def _subscribed(self, expr: ast.Subscript, scope: Scope) -> Value:
        value = self.of(expr.value, scope)
        if value.sort is Sort.CLASS and value.cls is not None:
            if self.world.classes.is_a(value.cls, "Enum"):
                return instance_of(value)
            return type_of(self.world.annotated(expr, scope))
        if isinstance(expr.slice, ast.Slice):
            if value.cls is not None and value.cls.name == "tuple":
                return self.world.made("tuple", self.element(value), name_of="...")
            found = self._applied(value, "__getitem__", expr.slice, scope)
            return found if found.known else value
        key = expr.slice.value if isinstance(expr.slice, ast.Constant) else None
        results = []
        for part in parts_of(value):
            if part.cls is not None and part.cls.name == "tuple":
                results.append(self._item(part, key if isinstance(key, int) and key >= 0 else None))
            else:
                results.append(self._applied(part, "__getitem__", expr.slice, scope))
        return union(results)

    def _called(self, expr: ast.Call, scope: Scope) -> Value:
        name = bare_name(expr.func)
        if name == "super" and isinstance(expr.func, ast.Name):
            return Value(Sort.SUPER, scope.cls) if scope.cls is not None else UNKNOWN
        if name == "cast" and len(expr.args) == 2:
            return self.world.annotated(expr.args[0], scope)
        if name in ("namedtuple", "NamedTuple") and len(expr.args) > 1:
            return self._named_tuples.of(expr, scope)
        callee = self.of(expr.func, scope)
        if name == "getattr" and 2 <= len(expr.args) <= 3:
            attribute = expr.args[1]
            if isinstance(attribute, ast.Constant) and isinstance(attribute.value, str):
                owner = self.of(expr.args[0], scope)
                return self.world.members.of(owner, attribute.value, scope.file).value
        return self.world.calls.of(callee, expr, scope)
