"""From a use of a name to the slots that define it, across the files of a project.

The resolver knows values as far as annotations, literals, constructors and the project's own
signatures tell them. Expressions are evaluated once and remembered; a depth limit and the memory
of what is under way keep cycles and extreme sources from recursing without end.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from atomization.python_modules import Modules
from atomization.python_names import quoted_annotation
from atomization.python_scopes import (
    Binding,
    BindingKind,
    Class,
    FileNames,
    Function,
    Origin,
    Scope,
    ScopeKind,
    Source,
    bare_name,
)
from atomization.python_values import (
    EXTERNAL,
    NONE,
    UNKNOWN,
    Sort,
    Value,
    builtin,
    call_builtin,
    call_method,
    element_of,
    has_builtin,
    item_of,
)

MAX_DEPTH: Final = 40
_BUILTINS: Final = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__builtins__",
    "__annotations__",
    "__class__",
    "__module__",
    "__qualname__",
    "WindowsError",
    "reveal_type",
}
_UNIVERSAL: Final = frozenset(
    {"__name__", "__qualname__", "__module__", "__dict__", "__doc__", "__wrapped__", "__slots__"}
)
_PROPERTIES: Final = frozenset(
    {"property", "cached_property", "setter", "getter", "abstractproperty"}
)
_UNWRAPPED: Final = frozenset(
    {"Optional", "Final", "ClassVar", "Annotated", "Required", "NotRequired", "Awaitable"}
)


class Outcome(StrEnum):
    """What became of a use of a name."""

    SLOT = "slot"
    LOCAL = "local"
    BUILTIN = "builtin"
    EXTERNAL = "external"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A slot that a use means: what it holds of the name, how that was found, how surely."""

    file: FileNames
    slot: int
    what: str  # function | class | variable | import | module
    via: str  # scope | import | self | annotation | inference
    certain: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """The answer to one use: its outcome, its value, its targets."""

    outcome: Outcome
    value: Value = UNKNOWN
    targets: tuple[Target, ...] = ()


_MISS: Final = Hit(Outcome.UNRESOLVED)
_OUTSIDE: Final = Hit(Outcome.EXTERNAL, EXTERNAL)


class Resolver:
    """Resolves names and attributes in the Python files of one project."""

    def __init__(self, files: Iterable[FileNames]) -> None:
        """Index the files; nothing is evaluated yet."""
        self.files = list(files)
        self.modules = Modules(self.files)
        self._values: dict[int, Value] = {}
        self._annotations: dict[int, Value] = {}
        self._bindings: dict[int, Value] = {}
        self._mro: dict[int, list[Class | None]] = {}
        self._vague: set[int] = set()
        self._names: dict[int, Hit] = {}
        self._members: dict[tuple[int, str], Hit] = {}
        self._kept: list[ast.expr] = []
        self._depth = 0

    # -- names ------------------------------------------------------------------------------

    def name(self, name: str, scope: Scope) -> Hit:
        """Resolve a name as used in a scope."""
        bindings = self._visible(name, scope)
        if bindings:
            return self._remembered(bindings)
        stars = scope.file.stars
        for star in stars:
            file = self._module_of(star)
            if file is not None:
                hit = self.member_of_module(file, name)
                if hit.outcome is not Outcome.UNRESOLVED:
                    own = Target(scope.file, star.slot, "import", "import")
                    return replace(hit, targets=(own, *hit.targets))
        if name in _BUILTINS:
            return Hit(Outcome.BUILTIN, Value(Sort.BUILTIN_NAME, name))
        if any(self._module_of(star) is None and self._is_outside(star) for star in stars):
            return _OUTSIDE
        return _MISS

    def _visible(self, name: str, scope: Scope) -> list[Binding]:
        current: Scope | None = scope
        while current is not None:
            kind = current.elsewhere.get(name)
            if kind == "global":
                return scope.file.module.bindings.get(name, [])
            if kind is None and (current.kind is not ScopeKind.CLASS or current is scope):
                found = current.bindings.get(name)
                if found:
                    return found
            current = current.parent
        return []

    def _remembered(self, bindings: list[Binding]) -> Hit:
        """Give the same answer for every use of a name in a scope, made once."""
        known = self._names.get(id(bindings))
        if known is None:
            known = self._bound(bindings, via="scope")
            self._names[id(bindings)] = known
        return known

    def _bound(self, bindings: list[Binding], *, via: str) -> Hit:
        targets: list[Target] = []
        outcome, value = Outcome.UNRESOLVED, UNKNOWN
        for binding in bindings:
            hit = self._binding(binding, via)
            targets += hit.targets
            if outcome is Outcome.UNRESOLVED:
                outcome = hit.outcome
            if value.sort in (Sort.UNKNOWN, Sort.NONE) and hit.value.sort is not Sort.UNKNOWN:
                value = hit.value
        return Hit(outcome, value, _distinct(targets))

    def _binding(self, binding: Binding, via: str) -> Hit:
        if binding.kind is BindingKind.IMPORT:
            return self._imported(binding)
        file = binding.scope.file
        target = Target(file, binding.slot, _what(binding), via, binding.certain)
        local = binding.scope.kind in (ScopeKind.FUNCTION, ScopeKind.COMPREHENSION)
        if local and binding not in file.module.bindings.get(binding.name, ()):
            return Hit(Outcome.LOCAL, self.value_of(binding), (target,))
        return Hit(Outcome.SLOT, self.value_of(binding), (target,))

    # -- modules ----------------------------------------------------------------------------

    def _imported(self, binding: Binding) -> Hit:
        own = Target(binding.scope.file, binding.slot, "import", "import")
        hit = self.imported(binding)
        outcome = Outcome.SLOT if hit.outcome is not Outcome.UNRESOLVED else hit.outcome
        return Hit(outcome, hit.value, (own, *hit.targets))

    def imported(self, binding: Binding, seen: frozenset[tuple[int, str]] = frozenset()) -> Hit:
        """Resolve what an import statement binds, through re-exports, without its own slot."""
        file = self._module_of(binding)
        if not binding.member:
            if file is not None:
                return _module_hit(file)
            return _OUTSIDE if self._is_outside(binding) else self._package(binding)
        if file is not None:
            hit = self.member_of_module(file, binding.member, seen)
            if hit.outcome is not Outcome.UNRESOLVED:
                return hit
        here = binding.scope.file
        module = self.modules.submodule(binding.level, binding.module, binding.member, here)
        if module is not None:
            return _module_hit(module)
        return _OUTSIDE if file is None and self._is_outside(binding) else _MISS

    def star(self, binding: Binding) -> Hit:
        """Resolve ``from module import *`` to the module."""
        file = self._module_of(binding)
        if file is not None:
            return _module_hit(file)
        return _OUTSIDE if self._is_outside(binding) else _MISS

    def _package(self, binding: Binding) -> Hit:
        """Treat a folder of the project without ``__init__.py`` as what it is: a package."""
        known = binding.module in self.modules.roots
        return Hit(Outcome.EXTERNAL, Value(Sort.MODULE, binding.module)) if known else _MISS

    def _module_of(self, binding: Binding) -> FileNames | None:
        here = binding.scope.file
        if binding.level:
            return self.modules.relative(binding.level, binding.module, here)
        return self.modules.absolute(binding.module, here)

    def _is_outside(self, binding: Binding) -> bool:
        """Tell whether an import leaves the project (then its import line says all there is)."""
        return not binding.level and binding.module.split(".", 1)[0] not in self.modules.roots

    def member_of_module(
        self, file: FileNames, name: str, seen: frozenset[tuple[int, str]] = frozenset()
    ) -> Hit:
        """Resolve a name in a module of the project, through imports and star imports."""
        key = (id(file), name)
        if key in self._members:
            return self._members[key]
        if key in seen or len(seen) > MAX_DEPTH:
            return _MISS
        hit = self._member_of_module(file, name, seen | {key})
        if not seen or hit.outcome is not Outcome.UNRESOLVED:
            self._members[key] = hit
        return hit

    def _member_of_module(
        self, file: FileNames, name: str, seen: frozenset[tuple[int, str]]
    ) -> Hit:
        targets: list[Target] = []
        outcome, value = Outcome.UNRESOLVED, UNKNOWN
        for binding in file.module.bindings.get(name, ()):
            hit = self._member_binding(binding, seen)
            targets += hit.targets
            outcome = hit.outcome if outcome is Outcome.UNRESOLVED else outcome
            value = hit.value if value.sort is Sort.UNKNOWN else value
        if outcome is not Outcome.UNRESOLVED:
            return Hit(outcome, value, _distinct(targets))
        return self._starred(file, name, seen)

    def _member_binding(self, binding: Binding, seen: frozenset[tuple[int, str]]) -> Hit:
        if binding.kind is not BindingKind.IMPORT:
            return self._binding(binding, "import")
        hit = self.imported(binding, seen)
        if hit.outcome is Outcome.UNRESOLVED:
            return hit
        own = Target(binding.scope.file, binding.slot, "import", "import")
        return Hit(Outcome.SLOT, hit.value, (own, *hit.targets))

    def _starred(self, file: FileNames, name: str, seen: frozenset[tuple[int, str]]) -> Hit:
        for star in file.stars:
            source = self._module_of(star)
            if source is not None and not name.startswith("_"):
                hit = self.member_of_module(source, name, seen)
                if hit.outcome is not Outcome.UNRESOLVED:
                    own = Target(file, star.slot, "import", "import")
                    return replace(hit, targets=(own, *hit.targets))
        return _MISS

    # -- attributes -------------------------------------------------------------------------

    def attribute(self, node: ast.Attribute, scope: Scope) -> Hit:
        """Resolve an attribute by what is known of the value in front of it."""
        receiver = self.value(node.value, scope)
        hit = self.member(receiver, node.attr, scope.file)
        if isinstance(node.value, ast.Name) and node.value.id == scope.receiver and scope.receiver:
            targets = tuple(replace(target, via="self") for target in hit.targets)
            return replace(hit, targets=targets)
        return hit

    def member(self, value: Value, name: str, near: FileNames) -> Hit:
        """Resolve an attribute of a value."""
        if value.sort is Sort.MODULE:
            return self._member_of_package(value, name, near)
        if value.sort in (Sort.CLASS, Sort.INSTANCE, Sort.SUPER) and value.cls is not None:
            return self._member_of_class(value, value.cls, name)
        if value.sort is Sort.EXTERNAL:
            return _OUTSIDE
        if hasattr(object, name) or (name in _UNIVERSAL and value.sort is not Sort.UNKNOWN):
            return Hit(Outcome.BUILTIN)
        if value.sort is Sort.BUILTIN_NAME:
            return Hit(Outcome.BUILTIN) if has_builtin(value.name, name) else _MISS
        if value.sort is Sort.BUILTIN and has_builtin(value.name, name):
            return Hit(Outcome.BUILTIN, Value(Sort.METHOD, name, args=(value,)))
        if value.sort is Sort.FUNCTION:
            return Hit(Outcome.BUILTIN) if hasattr(_plain, name) else _MISS
        return _MISS

    def _member_of_package(self, value: Value, name: str, near: FileNames) -> Hit:
        if value.file is None:
            module = self.modules.absolute(f"{value.name}.{name}", near)
            return _module_hit(module) if module is not None else _MISS
        hit = self.member_of_module(value.file, name)
        if hit.outcome is not Outcome.UNRESOLVED:
            return hit
        module = self.modules.beside(value.file, name)
        if module is not None:
            return _module_hit(module)
        return Hit(Outcome.BUILTIN) if name in _UNIVERSAL | {"__file__", "__path__"} else _MISS

    def _member_of_class(self, value: Value, cls: Class, name: str) -> Hit:
        line = self.mro(cls)
        for base in line[1:] if value.sort is Sort.SUPER else line:
            if base is None:
                return _MISS if id(cls) in self._vague else _OUTSIDE
            bindings = base.inner.bindings.get(name) or base.attributes.get(name)
            if bindings:
                hit = self._bound_member(bindings, value)
                return replace(hit, value=self._member_value(bindings, hit.value, value))
        if name in _UNIVERSAL or hasattr(object, name) or hasattr(type, name):
            return Hit(Outcome.BUILTIN)
        return _MISS

    def _bound_member(self, bindings: list[Binding], value: Value) -> Hit:
        targets = tuple(
            Target(binding.scope.file, binding.slot, _what(binding), value.via, binding.certain)
            for binding in bindings
        )
        known = next(
            (
                found
                for found in map(self.value_of, bindings)
                if found.sort not in (Sort.UNKNOWN, Sort.NONE)
            ),
            UNKNOWN,
        )
        return Hit(Outcome.SLOT, known, _distinct(targets))

    def _member_value(self, bindings: list[Binding], known: Value, owner: Value) -> Value:
        function = bindings[0].function
        if function is not None:
            names = {bare_name(decorator) for decorator in function.node.decorator_list}
            return self.result_of(function, owner) if names & _PROPERTIES else known
        if owner.sort is Sort.CLASS and owner.cls is not None and self._is_enum(owner.cls):
            return Value(Sort.INSTANCE, cls=owner.cls)
        return known

    def _is_enum(self, cls: Class) -> bool:
        return any(bare_name(base).endswith(("Enum", "Flag")) for base in cls.node.bases)

    def mro(self, cls: Class) -> list[Class | None]:
        """Give a class and its bases in the order of lookup; None stands for one outside."""
        known = self._mro.get(id(cls))
        if known is not None:
            return known
        self._mro[id(cls)] = [cls]
        line: list[Class | None] = [cls]
        for base in cls.node.bases:
            value = self.value(_origin_class(base), cls.outer)
            if value.sort is Sort.CLASS and value.cls is not None and value.cls is not cls:
                line += [found for found in self.mro(value.cls) if found not in line]
            elif value.name != "object" and not _is_typing(base):
                line.append(None)
            if value.sort is Sort.UNKNOWN or (value.cls and id(value.cls) in self._vague):
                self._vague.add(id(cls))
        inside = [found for found in line if found is not None]
        self._mro[id(cls)] = [*inside, *([None] if None in line else [])]
        return self._mro[id(cls)]

    # -- values -----------------------------------------------------------------------------

    def value_of(self, binding: Binding) -> Value:
        """Give what a binding's name is."""
        known = self._bindings.get(id(binding))
        if known is None:
            self._bindings[id(binding)] = UNKNOWN
            known = self._value_of(binding)
            self._bindings[id(binding)] = known
        return known

    def _value_of(self, binding: Binding) -> Value:
        if binding.function is not None:
            return Value(Sort.FUNCTION, function=binding.function)
        if binding.cls is not None:
            return Value(Sort.CLASS, cls=binding.cls)
        if binding.kind is BindingKind.IMPORT:
            return self.imported(binding).value
        origin = binding.origin
        return UNKNOWN if origin is None else self._from(origin, binding.scope)

    def _from(self, origin: Origin, scope: Scope) -> Value:
        expr = origin.expr
        if origin.how in (Source.RECEIVER, Source.RECEIVER_CLASS):
            sort = Sort.INSTANCE if origin.how is Source.RECEIVER else Sort.CLASS
            return Value(sort, cls=scope.cls) if scope.cls is not None else UNKNOWN
        if origin.how is Source.ARGUMENTS:
            return builtin("tuple", self.annotated(expr, scope))
        if origin.how is Source.KEYWORDS:
            return builtin("dict", builtin("str"), self.annotated(expr, scope))
        if expr is None:
            return UNKNOWN
        if origin.how is Source.ANNOTATION:
            return replace(self.annotated(expr, scope), via="annotation")
        if origin.how is Source.EXCEPTION:
            part = expr.elts[0] if isinstance(expr, ast.Tuple) and expr.elts else expr
            return self.annotated(part, scope)
        return self._taken(origin, self.value(expr, scope))

    def _taken(self, origin: Origin, value: Value) -> Value:
        if origin.how is Source.VALUE:
            return value
        if origin.how is Source.ELEMENT:
            return self.element(value)
        if origin.how is Source.ITEM:
            return item_of(value, origin.index)
        if origin.how is Source.ELEMENT_ITEM:
            return item_of(self.element(value), origin.index)
        if origin.how is Source.CONTEXT:
            return self._call_member(value, "__enter__") or value
        return UNKNOWN

    def _call_member(self, value: Value, name: str) -> Value | None:
        """Give what a value's own method returns, or None when it has none of that name."""
        if value.sort is not Sort.INSTANCE or value.cls is None:
            return None
        hit = self._member_of_class(value, value.cls, name)
        if hit.outcome is Outcome.EXTERNAL:
            return EXTERNAL
        return self.result_of(hit.value.function, value) if hit.value.function else None

    def element(self, value: Value) -> Value:
        """Give what iterating a value gives."""
        if value.sort is Sort.CLASS and value.cls is not None and self._is_enum(value.cls):
            return Value(Sort.INSTANCE, cls=value.cls)
        if value.sort is Sort.INSTANCE:
            inner = self._call_member(value, "__iter__")
            return element_of(inner) if inner is not None else UNKNOWN
        return element_of(value)

    def result_of(self, function: Function, receiver: Value = UNKNOWN) -> Value:
        """Give what calling a function of the project returns, by its annotation."""
        returns = function.node.returns
        if returns is None:
            return UNKNOWN
        if bare_name(returns) == "Self" and receiver.cls is not None:
            return Value(Sort.INSTANCE, cls=receiver.cls, via="annotation")
        names = {bare_name(decorator) for decorator in function.node.decorator_list}
        value = replace(self.annotated(returns, function.outer), via="annotation")
        return value if not names & {"contextmanager", "asynccontextmanager"} else element_of(value)

    def annotated(self, expr: ast.expr | None, scope: Scope) -> Value:
        """Give the value that an annotation describes."""
        if expr is None:
            return UNKNOWN
        known = self._annotations.get(id(expr))
        if known is None:
            self._annotations[id(expr)] = UNKNOWN
            known = self._deeper(self._annotated, expr, scope)
            self._annotations[id(expr)] = known
        return known

    def _deeper(self, evaluate: object, expr: ast.expr, scope: Scope) -> Value:
        if self._depth >= MAX_DEPTH:
            return UNKNOWN
        self._depth += 1
        try:
            return evaluate(expr, scope)  # type: ignore[operator,no-any-return]
        finally:
            self._depth -= 1

    def _annotated(self, expr: ast.expr, scope: Scope) -> Value:
        if isinstance(expr, ast.Constant):
            if expr.value is None:
                return NONE
            quoted = quoted_annotation(expr)
            self._kept += [quoted] if quoted is not None else []
            return self.annotated(quoted, scope)
        if isinstance(expr, ast.BinOp):
            left = self.annotated(expr.left, scope)
            return self.annotated(expr.right, scope) if left.sort is Sort.NONE else left
        if isinstance(expr, ast.Subscript):
            return self._generic(expr, scope)
        if isinstance(expr, ast.Name | ast.Attribute):
            return self._named_type(expr, scope)
        return UNKNOWN

    def _generic(self, expr: ast.Subscript, scope: Scope) -> Value:
        name = bare_name(expr.value)
        parts = expr.slice.elts if isinstance(expr.slice, ast.Tuple) else [expr.slice]
        if name == "Literal":
            return self.value(parts[0], scope)
        if name in ("Union", *_UNWRAPPED):
            values = [self.annotated(part, scope) for part in parts]
            return next((value for value in values if value.sort is not Sort.NONE), NONE)
        base = self._named_type(expr.value, scope)
        if name in ("type", "Type"):
            inner = self.annotated(parts[0], scope)
            return replace(inner, sort=Sort.CLASS) if inner.sort is Sort.INSTANCE else inner
        if name == "Callable":
            return base
        return replace(base, args=tuple(self.annotated(part, scope) for part in parts))

    def _named_type(self, expr: ast.expr, scope: Scope) -> Value:
        name = bare_name(expr)
        if name == "Self" and scope.cls is not None:
            return Value(Sort.INSTANCE, cls=scope.cls)
        if name in ("Any", "TypeVar", "Self"):
            return UNKNOWN
        alias = self._alias(expr, scope)
        if alias is not None:
            return alias
        value = self.value(expr, scope)
        if value.sort is Sort.CLASS:
            return replace(value, sort=Sort.INSTANCE)
        if value.sort is Sort.BUILTIN_NAME:
            return builtin(value.name)
        if value.sort is Sort.EXTERNAL:
            return Value(Sort.EXTERNAL, name)
        return value if value.sort is Sort.NONE else UNKNOWN

    def _alias(self, expr: ast.expr, scope: Scope) -> Value | None:
        """Look through ``X = list[Y]``, NewType and TypeVar."""
        if not isinstance(expr, ast.Name):
            return None
        for binding in self._visible(expr.id, scope)[:1]:
            origin = binding.origin
            if binding.kind is not BindingKind.VARIABLE or origin is None or origin.expr is None:
                return None
            inner = origin.expr
            if isinstance(inner, ast.Call):
                maker = bare_name(inner.func)
                if maker == "NewType" and len(inner.args) == 2:
                    return self.annotated(inner.args[1], binding.scope)
                if maker == "TypeVar":
                    bound = [part.value for part in inner.keywords if part.arg == "bound"]
                    return self.annotated(bound[0], binding.scope) if bound else UNKNOWN
                return None
            return self.annotated(inner, binding.scope)
        return None

    def value(self, expr: ast.expr, scope: Scope) -> Value:
        """Give what an expression is known to be."""
        known = self._values.get(id(expr))
        if known is None:
            self._values[id(expr)] = UNKNOWN
            known = self._deeper(self._evaluate, expr, scope)
            self._values[id(expr)] = known
        return known

    def _evaluate(self, expr: ast.expr, scope: Scope) -> Value:
        match expr:
            case ast.Name():
                return self.name(expr.id, scope).value
            case ast.Attribute():
                return self.attribute(expr, scope).value
            case ast.Call():
                return self._called(expr, scope)
            case ast.Constant():
                return NONE if expr.value is None else builtin(type(expr.value).__name__)
            case ast.JoinedStr():
                return builtin("str")
            case ast.List() | ast.Set() | ast.Tuple():
                return self._display(expr, scope)
            case ast.Dict():
                pair = (*expr.keys[:1], *expr.values[:1])
                parts = [self.value(part, scope) for part in pair if part is not None]
                return builtin("dict", *(parts if len(parts) == 2 else ()))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehended(expr, scope)
            case ast.Compare():
                return builtin("bool")
            case ast.UnaryOp():
                return self.value(expr.operand, scope)
            case ast.BinOp():
                return self._operated(expr, scope)
            case ast.BoolOp():
                return self._first(expr.values, scope)
            case ast.IfExp():
                return self._first([expr.body, expr.orelse], scope)
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                return self.value(expr.value, scope)
            case ast.Subscript():
                return self._subscribed(expr, scope)
        return UNKNOWN

    def _first(self, parts: list[ast.expr], scope: Scope) -> Value:
        values = (self.value(part, scope) for part in parts)
        return next(
            (value for value in values if value.sort not in (Sort.UNKNOWN, Sort.NONE)), UNKNOWN
        )

    def _display(self, expr: ast.List | ast.Set | ast.Tuple, scope: Scope) -> Value:
        name = type(expr).__name__.lower()
        count = len(expr.elts) if name == "tuple" else 1
        return builtin(name, *(self.value(part, scope) for part in expr.elts[: min(count, 8)]))

    def _comprehended(
        self, expr: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope
    ) -> Value:
        inner = scope.file.inner.get(id(expr), scope)
        if isinstance(expr, ast.DictComp):
            return builtin("dict", self.value(expr.key, inner), self.value(expr.value, inner))
        name = "set" if isinstance(expr, ast.SetComp) else "list"
        return builtin(name, self.value(expr.elt, inner))

    def _operated(self, expr: ast.BinOp, scope: Scope) -> Value:
        left = self.value(expr.left, scope)
        if left.sort is Sort.INSTANCE:
            method = _OPERATORS.get(type(expr.op).__name__, "")
            return self._call_member(left, method) or UNKNOWN
        right = self.value(expr.right, scope) if left.sort is Sort.UNKNOWN else left
        return left if left.sort is not Sort.UNKNOWN else right

    def _subscribed(self, expr: ast.Subscript, scope: Scope) -> Value:
        value = self.value(expr.value, scope)
        if value.sort is Sort.CLASS:
            return value
        if value.sort is Sort.INSTANCE:
            return self._call_member(value, "__getitem__") or UNKNOWN
        if isinstance(expr.slice, ast.Slice):
            return value
        key = expr.slice.value if isinstance(expr.slice, ast.Constant) else None
        return item_of(value, key if isinstance(key, int) and key >= 0 else None)

    def _called(self, expr: ast.Call, scope: Scope) -> Value:
        callee = self.value(expr.func, scope)
        if callee.sort is Sort.CLASS and callee.cls is not None:
            return Value(Sort.INSTANCE, cls=callee.cls)
        if callee.sort is Sort.FUNCTION and callee.function is not None:
            receiver = UNKNOWN
            if isinstance(expr.func, ast.Attribute):
                receiver = self.value(expr.func.value, scope)
            return self.result_of(callee.function, receiver)
        if callee.sort is Sort.EXTERNAL:
            return EXTERNAL
        if callee.sort is Sort.METHOD:
            return call_method(callee.args[0], callee.name)
        if callee.sort is Sort.INSTANCE:
            return self._call_member(callee, "__call__") or UNKNOWN
        if callee.sort is Sort.BUILTIN_NAME:
            return self._call_builtin(callee.name, expr, scope)
        return UNKNOWN

    def _call_builtin(self, name: str, expr: ast.Call, scope: Scope) -> Value:
        if name == "super":
            return Value(Sort.SUPER, cls=scope.cls) if scope.cls is not None else UNKNOWN
        arguments = [self.value(part, scope) for part in expr.args[:4]]
        if name == "type" and len(arguments) == 1:
            inner = arguments[0]
            return replace(inner, sort=Sort.CLASS) if inner.sort is Sort.INSTANCE else inner
        return call_builtin(name, arguments, [self.element(value) for value in arguments])


def _plain() -> None:
    """Stand for any function, whose attributes all functions have."""


_OPERATORS: Final = {
    "Add": "__add__",
    "Sub": "__sub__",
    "Mult": "__mul__",
    "Div": "__truediv__",
    "FloorDiv": "__floordiv__",
    "Mod": "__mod__",
    "Pow": "__pow__",
    "MatMult": "__matmul__",
    "BitAnd": "__and__",
    "BitOr": "__or__",
    "BitXor": "__xor__",
    "LShift": "__lshift__",
    "RShift": "__rshift__",
}


def _module_hit(file: FileNames) -> Hit:
    value = Value(Sort.MODULE, file.file.path, file=file)
    return Hit(Outcome.SLOT, value, (Target(file, 0, "module", "import"),))


def _what(binding: Binding) -> str:
    if binding.function is not None:
        return "function"
    return "class" if binding.cls is not None else "variable"


def _distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    found: dict[tuple[int, int, str], Target] = {}
    for target in targets:
        key = (id(target.file), target.slot, target.what)
        if key not in found or (target.certain and not found[key].certain):
            found[key] = target
    return tuple(found.values())


def _origin_class(base: ast.expr) -> ast.expr:
    return base.value if isinstance(base, ast.Subscript) else base


def _is_typing(base: ast.expr) -> bool:
    return bare_name(_origin_class(base)) in ("Protocol", "Generic", "ABC")
