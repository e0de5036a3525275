"""The walk over a Python tree: it binds names and collects their uses.

The walk keeps a stack of its own, since the depth of a source is its author's choice. It follows
the language reference, "Naming and binding": class scopes are not visible from functions inside,
a comprehension's first iterable belongs to the scope around it, a walrus binds outside of
comprehensions, defaults, decorators and bases are evaluated where the definition stands.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import Any, Final

from atomization.python_binding import (
    Binder,
    Definition,
    function_of,
    home_of,
    inherit_receiver,
    is_decorated,
    is_main_guard,
    quoted_annotation,
    unbound_local,
)
from atomization.python_scopes import (
    Binding,
    BindingKind,
    Class,
    FileNames,
    Origin,
    Role,
    Scope,
    ScopeKind,
    Source,
    bare_name,
    dotted_name,
)

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LEAVES: Final = frozenset({"ctx", "op", "ops", "kind", "conversion", "type_comment", "is_async"})
_TESTS: Final = frozenset({"isinstance", "issubclass"})


class Walker(Binder):
    """Walks the trees of one file and fills its FileNames."""

    def __init__(self, names: FileNames) -> None:
        """Take the file to fill; a file from outside of the project gets no mentions."""
        super().__init__(names)
        self.fields: dict[type[ast.AST], tuple[str, ...]] = {}
        self.lambdas: dict[int, ast.Call] = {}
        self.handlers: dict[type[ast.AST], Callable[[Any, Scope, Role, bool], None]] = {
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.Lambda: self._lambda,
            ast.ClassDef: self._class,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augmented,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.withitem: self._with,
            ast.NamedExpr: self._walrus,
            ast.ExceptHandler: self._handler,
            ast.MatchAs: self._capture,
            ast.MatchStar: self._capture,
            ast.MatchMapping: self._capture,
            ast.Global: self._global,
            ast.Nonlocal: self._global,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.Subscript: self._subscript,
            ast.Constant: self._constant,
            ast.If: self._if,
            ast.Raise: self._raise,
            ast.Return: self._return,
            ast.Yield: self._yield,
        }
        if sys.version_info >= (3, 12):
            self.handlers[ast.TypeAlias] = self._alias

    def walk(self, tree: ast.Module) -> None:
        """Walk a module."""
        self.push(tree.body, self.names.module, Role.VALUE, at_import=True)
        stack, handlers = self.stack, self.handlers
        while stack:
            node, scope, role, at_import = stack.pop()
            handler = handlers.get(type(node))
            if handler is not None:
                handler(node, scope, role, at_import)
            else:
                self._parts(node, scope, _passed(role), at_import)

    def _parts(self, node: ast.AST, scope: Scope, role: Role, at_import: bool) -> None:
        """Walk the parts of a node that needs no handler of its own."""
        fields = self.fields.get(type(node))
        if fields is None:
            fields = tuple(name for name in reversed(node._fields) if name not in _LEAVES)
            self.fields[type(node)] = fields
        for name in fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for part in reversed(value):
                    if isinstance(part, ast.AST):
                        self.stack.append((part, scope, role, at_import))
            elif isinstance(value, ast.AST):
                self.stack.append((value, scope, role, at_import))

    def _function(self, node: Definition, scope: Scope, _: Role, at_import: bool) -> None:
        owner = scope.cls if scope.kind is ScopeKind.CLASS else None
        function = function_of(node, scope, self.slot(node))
        self.bind(node.name, BindingKind.FUNCTION, node, scope).function = function
        types = self.type_scope(node, scope, at_import)
        inner = Scope(ScopeKind.FUNCTION, types, self.names, column=_column(node))
        inner.function, function.inner = function, inner
        self.names.functions.append(function)
        self._parameters(node.args, inner, types, at_import)
        self._receive(node, inner, scope, owner)
        self.push(node.body, inner, Role.VALUE, at_import=False)
        self.push([node.returns], types, Role.ANNOTATION, at_import=at_import)
        self.push(node.decorator_list, scope, Role.DECORATOR, at_import=at_import)

    def _receive(self, node: Definition, inner: Scope, outer: Scope, owner: Class | None) -> None:
        """Tell a method's scope what its first parameter is; functions inside it see it too."""
        if owner is None:
            inherit_receiver(inner, outer)
            return
        parameters = [*node.args.posonlyargs, *node.args.args]
        if not parameters or is_decorated(node, "staticmethod"):
            return
        first = parameters[0]
        inner.cls, inner.receiver = owner, first.arg
        if first.annotation is None:
            by_class = is_decorated(node, "classmethod") or node.name in _CLASS_METHODS
            how = Source.RECEIVER_CLASS if by_class else Source.RECEIVER
            inner.bindings[first.arg][0].origin = Origin(how)

    def _parameters(
        self,
        args: ast.arguments,
        inner: Scope,
        outer: Scope,
        at_import: bool,
    ) -> None:
        plain = [*args.posonlyargs, *args.args]
        defaults: dict[str, ast.expr] = {}
        for arg, value in zip(reversed(plain), reversed(args.defaults), strict=False):
            defaults[arg.arg] = value
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if default is not None:
                defaults[arg.arg] = default
        extra = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
        for arg in [*plain, *args.kwonlyargs, *extra]:
            origin = Origin(Source.VALUE, defaults.get(arg.arg))
            if arg is args.vararg:
                origin = Origin(Source.ARGUMENTS, arg.annotation)
            elif arg is args.kwarg:
                origin = Origin(Source.KEYWORDS, arg.annotation)
            elif arg.annotation is not None:
                origin = Origin(Source.ANNOTATION, arg.annotation)
            binding = self.bind(arg.arg, BindingKind.PARAMETER, arg, inner, origin)
            binding.parameter_of = inner.function
            self.push([arg.annotation], outer, Role.ANNOTATION, at_import=at_import)
        plain_scope = outer.parent if outer.kind is ScopeKind.TYPES and outer.parent else outer
        self.push(defaults.values(), plain_scope, Role.DEFAULT, at_import=at_import)

    def _lambda(self, node: ast.Lambda, scope: Scope, _: Role, at_import: bool) -> None:
        inner = Scope(ScopeKind.FUNCTION, scope, self.names, column=-2)
        self.names.inner[id(node)] = inner
        inherit_receiver(inner, scope)
        self._parameters(node.args, inner, scope, at_import)
        call = self.lambdas.get(id(node))
        if call is not None:
            for index, arg in enumerate(node.args.args):
                binding = inner.bindings[arg.arg][0]
                binding.origin = Origin(Source.ARGUMENT, call, index, part=node)
                binding.scope = scope
        self.push([node.body], inner, Role.VALUE, at_import=False)

    def _class(self, node: ast.ClassDef, scope: Scope, _: Role, at_import: bool) -> None:
        types = self.type_scope(node, scope, at_import)
        inner = Scope(ScopeKind.CLASS, types, self.names, column=_column(node))
        cls = Class(node.name, node, scope, inner, self.slot(node))
        inner.cls = cls
        self.names.classes.append(cls)
        self.bind(node.name, BindingKind.CLASS, node, scope).cls = cls
        self.push(node.body, inner, Role.VALUE, at_import=at_import)
        for keyword in node.keywords:
            role = Role.BASE if keyword.arg == "metaclass" else Role.VALUE
            self.push([keyword.value], types, role, at_import=at_import)
        self.push(node.bases, types, Role.BASE, at_import=at_import)
        self.push(node.decorator_list, scope, Role.DECORATOR, at_import=at_import)

    def _import(self, node: ast.Import, scope: Scope, _: Role, at_import: bool) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.split(".", 1)[0]
            binding = self.bind(name, BindingKind.IMPORT, node, scope)
            binding.module = alias.name if alias.asname else name
            whole = binding
            if binding.module != alias.name:
                whole = Binding(alias.name, BindingKind.IMPORT, node.lineno, binding.slot, scope)
                whole.module = alias.name
            self.names.imports.append(whole)

    def _import_from(self, node: ast.ImportFrom, scope: Scope, _: Role, at_import: bool) -> None:
        for alias in node.names:
            if alias.name == "*":
                slot = self.slot(node)
                binding = Binding("*", BindingKind.IMPORT, node.lineno, slot, scope)
                binding.certain = node.col_offset == scope.column
                self.names.stars.append(binding)
            else:
                name = alias.asname or alias.name
                binding = self.bind(name, BindingKind.IMPORT, node, scope)
            binding.module, binding.member = node.module or "", alias.name
            binding.level = node.level
            self.names.imports.append(binding)

    def _assign(self, node: ast.Assign, scope: Scope, _: Role, at_import: bool) -> None:
        if scope.cls is not None and bare_name(node.targets[0]) == "__slots__":
            self._slots(node, scope, scope.cls)
        for target in node.targets:
            self.bind_target(target, Origin(Source.VALUE, node.value), scope, at_import)
        self.push([node.value], scope, Role.VALUE, at_import=at_import)

    def _slots(self, node: ast.Assign, scope: Scope, cls: Class) -> None:
        """Take the names in ``__slots__`` for attributes, whoever sets them."""
        parts = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else [node.value]
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                origin, slot = Origin(Source.UNKNOWN), self.slot(part)
                kind = BindingKind.VARIABLE
                binding = Binding(part.value, kind, part.lineno, slot, scope, origin)
                cls.attributes.setdefault(part.value, []).append(binding)

    def _annotated(self, node: ast.AnnAssign, scope: Scope, _: Role, at_import: bool) -> None:
        origin = Origin(Source.ANNOTATION, node.annotation)
        if bare_name(node.annotation) in ("TypeAlias", "Final", "ClassVar") and node.value:
            origin = Origin(Source.VALUE, node.value)
        self.bind_target(node.target, origin, scope, at_import)
        self.push([node.value], scope, Role.VALUE, at_import=at_import)
        self.push([node.annotation], scope, Role.ANNOTATION, at_import=at_import)

    def _alias(self, node: Any, scope: Scope, _: Role, at_import: bool) -> None:
        """``type A[T] = …``, whose tree is known from Python 3.12 on."""
        origin = Origin(Source.VALUE, node.value)
        self.bind(node.name.id, BindingKind.VARIABLE, node, scope, origin)
        types = self.type_scope(node, scope, at_import)
        self.push([node.value], types, Role.ANNOTATION, at_import=False)

    def _augmented(self, node: ast.AugAssign, scope: Scope, _: Role, at_import: bool) -> None:
        if isinstance(node.target, ast.Name):
            origin = Origin(Source.UNKNOWN)
            self.bind(node.target.id, BindingKind.VARIABLE, node, scope, origin)
            self.mention(node.target, scope, Role.VALUE, at_import)
        else:
            self.push([node.target], scope, Role.VALUE, at_import=at_import)
        self.push([node.value], scope, Role.VALUE, at_import=at_import)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope, _: Role, at_import: bool) -> None:
        self.bind_target(node.target, Origin(Source.ELEMENT, node.iter), scope, at_import)
        parts = [node.iter, *node.body, *node.orelse]
        self.push(parts, scope, Role.VALUE, at_import=at_import)

    def _with(self, node: ast.withitem, scope: Scope, _: Role, at_import: bool) -> None:
        if node.optional_vars is not None:
            origin = Origin(Source.CONTEXT, node.context_expr)
            self.bind_target(node.optional_vars, origin, scope, at_import)
        self.push([node.context_expr], scope, Role.VALUE, at_import=at_import)

    def _walrus(self, node: ast.NamedExpr, scope: Scope, _: Role, at_import: bool) -> None:
        outer = scope
        while outer.kind is ScopeKind.COMPREHENSION and outer.parent is not None:
            outer = outer.parent
        self.bind_target(node.target, Origin(Source.VALUE, node.value), outer, at_import)
        self.push([node.value], scope, Role.VALUE, at_import=at_import)

    def _handler(self, node: ast.ExceptHandler, scope: Scope, _: Role, at_import: bool) -> None:
        if node.name:
            origin = Origin(Source.EXCEPTION, node.type)
            self.bind(node.name, BindingKind.VARIABLE, node, scope, origin)
        self.push([node.type, *node.body], scope, Role.VALUE, at_import=at_import)

    def _capture(
        self,
        node: ast.MatchAs | ast.MatchStar | ast.MatchMapping,
        scope: Scope,
        _: Role,
        at_import: bool,
    ) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            pattern = node.pattern if isinstance(node, ast.MatchAs) else None
            origin = Origin(Source.UNKNOWN)
            if isinstance(pattern, ast.MatchClass):
                origin = Origin(Source.ANNOTATION, pattern.cls)
            self.bind(name, BindingKind.VARIABLE, node, scope, origin)
        self.push(ast.iter_child_nodes(node), scope, Role.VALUE, at_import=at_import)

    def _global(
        self, node: ast.Global | ast.Nonlocal, scope: Scope, _: Role, at_import: bool
    ) -> None:
        kind = "global" if isinstance(node, ast.Global) else "nonlocal"
        for name in node.names:
            scope.elsewhere[name] = kind

    def _comprehension(self, node: Comprehension, scope: Scope, _: Role, at_import: bool) -> None:
        inner = Scope(ScopeKind.COMPREHENSION, scope, self.names, column=-2)
        self.names.inner[id(node)] = inner
        inherit_receiver(inner, scope)
        for index, part in enumerate(node.generators):
            outer = scope if index == 0 else inner
            origin = Origin(Source.ELEMENT, part.iter)
            self.bind_target(part.target, origin, inner, at_import)
            self._rescope(part.target, inner, outer)
            self.push([part.iter], outer, Role.VALUE, at_import=at_import)
            self.push(part.ifs, inner, Role.VALUE, at_import=at_import)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.push(parts, inner, Role.VALUE, at_import=at_import)

    def _rescope(self, target: ast.expr, inner: Scope, outer: Scope) -> None:
        """Let the origin of a comprehension's variables be evaluated where the iterable is."""
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                for binding in inner.bindings.get(part.id, []):
                    binding.scope = outer

    def _name(self, node: ast.Name, scope: Scope, role: Role, at_import: bool) -> None:
        if isinstance(node.ctx, ast.Store):
            origin = Origin(Source.UNKNOWN)
            self.bind(node.id, BindingKind.VARIABLE, node, scope, origin)
            role = Role.STORE
        elif isinstance(node.ctx, ast.Del) and unbound_local(node.id, scope):
            self.bind(node.id, BindingKind.VARIABLE, node, scope, Origin(Source.UNKNOWN))
        self.mention(node, scope, role, at_import)

    def _attribute(self, node: ast.Attribute, scope: Scope, role: Role, at_import: bool) -> None:
        self.mention(node, scope, role, at_import)
        if isinstance(node.value, ast.Name) and role is not Role.STORE:
            used = home_of(scope).used
            used.setdefault(node.value.id, {})[node.attr] = None
        inner = Role.ANNOTATION if role is Role.ANNOTATION else Role.VALUE
        self.push([node.value], scope, inner, at_import=at_import)

    def _call(self, node: ast.Call, scope: Scope, role: Role, at_import: bool) -> None:
        called = Role.DECORATOR if role is Role.DECORATOR else Role.CALL
        self.push([node.func], scope, called, at_import=at_import)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        self.push(arguments, scope, Role.VALUE, at_import=at_import)
        name = bare_name(node.func)
        if name in _TESTS and len(node.args) == 2:
            tested = home_of(scope).tested
            tested.setdefault(dotted_name(node.args[0]), []).append(node.args[1])
        elif name:
            self.names.calls.setdefault(name, []).append((node, scope))
        for argument in arguments:
            if isinstance(argument, ast.Lambda):
                self.lambdas[id(argument)] = node

    def _subscript(self, node: ast.Subscript, scope: Scope, role: Role, at_import: bool) -> None:
        self.push([node.value], scope, _passed(role, Role.BASE), at_import=at_import)
        if role is Role.BASE:
            self.push([node.slice], scope, Role.ANNOTATION, at_import=at_import)
        elif role is Role.ANNOTATION and bare_name(node.value) == "Literal":
            return
        elif role is Role.ANNOTATION and bare_name(node.value) == "Annotated":
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            self.push(parts[:1], scope, Role.ANNOTATION, at_import=at_import)
            self.push(parts[1:], scope, Role.VALUE, at_import=at_import)
        else:
            self.push([node.slice], scope, _passed(role), at_import=at_import)

    def _constant(self, node: ast.Constant, scope: Scope, role: Role, at_import: bool) -> None:
        if role is Role.ANNOTATION and isinstance(node.value, str):
            quoted = quoted_annotation(node)
            self.names.trees += [quoted] if quoted is not None else []
            self.push([quoted], scope, role, at_import=at_import)

    def _if(self, node: ast.If, scope: Scope, _: Role, at_import: bool) -> None:
        inside = at_import and not is_main_guard(node.test)
        self.push([node.test], scope, Role.VALUE, at_import=at_import)
        self.push(node.body, scope, Role.VALUE, at_import=inside)
        self.push(node.orelse, scope, Role.VALUE, at_import=at_import)

    def _raise(self, node: ast.Raise, scope: Scope, _: Role, at_import: bool) -> None:
        if node.exc is not None:
            self.names.raises.append((self.slot(node), node.exc))
        self.push([node.exc, node.cause], scope, Role.VALUE, at_import=at_import)

    def _return(self, node: ast.Return, scope: Scope, _: Role, at_import: bool) -> None:
        if node.value is not None:
            if scope.function is not None:
                scope.function.results.append(node.value)
            self.push([node.value], scope, Role.VALUE, at_import=at_import)

    def _yield(self, node: ast.Yield, scope: Scope, _: Role, at_import: bool) -> None:
        function = home_of(scope).function
        if function is not None:
            function.yields.append(node.value or ast.Constant(None))
        self.push([node.value], scope, Role.VALUE, at_import=at_import)


_CLASS_METHODS: Final = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


def _column(node: Definition | ast.ClassDef) -> int:
    """Give the column of a body's statements; no column when it stands beside its header."""
    return node.body[0].col_offset if node.body[0].lineno > node.lineno else -2


def _passed(role: Role, *more: Role) -> Role:
    """Give the role that the parts of an expression inherit."""
    return role if role in (Role.ANNOTATION, Role.DEFAULT, *more) else Role.VALUE
