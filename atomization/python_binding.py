"""The ground of the walk over a Python tree: its stack, and how names are bound."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from atomization.python_scopes import (
    Binding,
    BindingKind,
    FileNames,
    Function,
    Mention,
    Origin,
    Role,
    Scope,
    ScopeKind,
    Source,
    Store,
    bare_name,
)
from devmatrix.python_source import UNPARSABLE, parse_expression

Work = tuple[ast.AST, Scope, Role, bool]
Definition = ast.FunctionDef | ast.AsyncFunctionDef
_MAX_QUOTED: Final = 2_000


class Binder:
    """Keeps the stack of a walk, and binds names in the scopes of one file."""

    def __init__(self, names: FileNames) -> None:
        """Take the file to fill; a file from outside of the project gets no mentions."""
        self.names = names
        self.stack: list[Work] = []
        self.slots = _slots_by_line(names)

    def push(
        self, nodes: Iterable[ast.AST | None], scope: Scope, role: Role, *, at_import: bool
    ) -> None:
        """Walk these nodes next, in their order."""
        work = [(node, scope, role, at_import) for node in nodes if node is not None]
        self.stack.extend(reversed(work))

    def slot(self, node: ast.AST) -> int:
        """Give the index of the slot that a node stands in."""
        line = getattr(node, "lineno", 1)
        return self.slots[line] if line < len(self.slots) else self.slots[-1]

    def bind(
        self,
        name: str,
        kind: BindingKind,
        node: ast.AST,
        scope: Scope,
        origin: Origin | None = None,
    ) -> Binding:
        """Bind a name in the scope that the language says."""
        line = getattr(node, "lineno", 1)
        binding = Binding(name, kind, line, self.slot(node), scope, origin)
        column = getattr(node, "col_offset", -1)
        binding.certain = column == scope.column or kind is BindingKind.PARAMETER
        _target_scope(name, scope).bindings.setdefault(name, []).append(binding)
        return binding

    def bind_target(self, target: ast.expr, origin: Origin, scope: Scope, at_import: bool) -> None:
        """Bind what an assignment target binds; walk the expressions inside it."""
        pending = [(target, origin)]
        while pending:
            node, source = pending.pop()
            if isinstance(node, ast.Name):
                self.bind(node.id, BindingKind.VARIABLE, node, scope, source)
                self.mention(node, scope, Role.STORE, at_import)
            elif isinstance(node, ast.Tuple | ast.List):
                pending += _items(node.elts, source)
            elif isinstance(node, ast.Starred):
                pending.append((node.value, Origin(Source.REST, of=source)))
            elif isinstance(node, ast.Attribute):
                self._bind_attribute(node, source, scope)
                self.push([node], scope, Role.STORE, at_import=at_import)
            else:
                self.push([node], scope, Role.VALUE, at_import=at_import)

    def _bind_attribute(self, node: ast.Attribute, origin: Origin, scope: Scope) -> None:
        cls, slot = scope.cls, self.slot(node)
        own = isinstance(node.value, ast.Name) and node.value.id == scope.receiver
        if cls is None or not own:
            store = Store(node, origin, scope, slot)
            self.names.stores.setdefault(node.attr, []).append(store)
            return
        binding = Binding(node.attr, BindingKind.VARIABLE, node.lineno, slot, scope, origin)
        cls.attributes.setdefault(node.attr, []).append(binding)

    def type_scope(self, node: ast.AST, scope: Scope, at_import: bool) -> Scope:
        """Open the scope of type parameters (PEP 695), if a definition has any."""
        parameters = getattr(node, "type_params", ())
        if not parameters:
            return scope
        inner = Scope(ScopeKind.TYPES, scope, self.names, column=-2)
        inherit_receiver(inner, scope)
        for part in parameters:
            self.bind(part.name, BindingKind.VARIABLE, part, inner, Origin(Source.UNKNOWN))
            bounds = [getattr(part, name, None) for name in ("bound", "default_value")]
            self.push(bounds, inner, Role.ANNOTATION, at_import=at_import)
        return inner

    def mention(
        self, node: ast.Name | ast.Attribute, scope: Scope, role: Role, at_import: bool
    ) -> None:
        """Note a use of a name or attribute, in a file of the project."""
        if not self.names.outside:
            mention = Mention(node, scope, role, at_import, self.slot(node))
            self.names.mentions.append(mention)


def quoted_annotation(node: ast.Constant) -> ast.expr | None:
    """Parse an annotation that stands in quotes; its nodes take the place of the quotes."""
    if not isinstance(node.value, str) or len(node.value) > _MAX_QUOTED:
        return None
    try:
        expr = parse_expression(node.value.strip())
    except UNPARSABLE:
        return None
    for part in ast.walk(expr):
        ast.copy_location(part, node)
    return expr


def _items(targets: list[ast.expr], source: Origin) -> Iterable[tuple[ast.expr, Origin]]:
    """Give each of several targets its item of what is unpacked."""
    known = True
    for index, target in enumerate(targets):
        if isinstance(target, ast.Starred):
            known = False
            yield target, source
        else:
            yield target, Origin(Source.ITEM, index=index if known else -1, of=source)


def function_of(node: Definition, scope: Scope, slot: int) -> Function:
    """Describe a definition that stands in a scope."""
    owner = scope.cls if scope.kind is ScopeKind.CLASS else None
    names = frozenset(bare_name(_decorator(part)) for part in node.decorator_list)
    return Function(node.name, node, scope, slot, owner, names)


def _decorator(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _slots_by_line(names: FileNames) -> list[int]:
    """Tell for each line, from 1, in which slot it is; the last entry holds for all after it."""
    slots = names.file.slots
    if not slots:
        return [0]
    starts = [slot.start_line for slot in slots]
    found = [0] * max(starts[0], 1)
    for index, (start, end) in enumerate(zip(starts, [*starts[1:], starts[-1] + 1], strict=True)):
        found += [index] * (end - start)
    return found


def _target_scope(name: str, scope: Scope) -> Scope:
    kind = scope.elsewhere.get(name)
    if kind == "global":
        return scope.file.module
    outer = scope.parent if kind == "nonlocal" else None
    while outer is not None:
        if outer.kind is ScopeKind.FUNCTION and name in outer.bindings:
            return outer
        outer = outer.parent
    return scope


def unbound_local(name: str, scope: Scope) -> bool:
    """Tell whether ``del`` is what makes a name local: it does so as an assignment does."""
    return scope.kind is ScopeKind.FUNCTION and name not in scope.bindings


def home_of(scope: Scope) -> Scope:
    """Give the scope that a comprehension stands in."""
    while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
        scope = scope.parent
    return scope


def inherit_receiver(inner: Scope, outer: Scope) -> None:
    """Let a scope inside a method know the method's receiver."""
    if outer.kind is not ScopeKind.CLASS:
        inner.cls, inner.receiver = outer.cls, outer.receiver


def is_decorated(node: Definition, name: str) -> bool:
    """Tell whether a definition has a decorator of a name."""
    return any(bare_name(decorator) == name for decorator in node.decorator_list)


def is_main_guard(test: ast.expr) -> bool:
    """Tell whether a test is ``__name__ == "__main__"``."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
    )
