"""Expressions of Python as uses, definitions and mutations.

A stack of our own holds what is still to be read. Without ``:=`` the order of the uses inside one
expression is of no account, so they are read as they come; an expression with ``:=`` is read part
by part (``ordered``), because that binds only where evaluation gets to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, Final

from dependencies.def_use.model import BINDING, CALL, MUTATION, Definition, Late, Scope, Unit
from dependencies.def_use.mutators import ARGUMENTS, CONSUMERS, METHODS
from dependencies.def_use.names import Names, names_in, root_of

Work = Iterator[Any]
"""A generator of further work: what it yields is done before it goes on."""

_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ENTER, _LEAVE, _TARGET, _LATE = range(4)


class _Marker:
    """Something to do when the stack gets to it."""

    __slots__ = ("clause", "kind", "scope")

    def __init__(self, kind: int, scope: Scope, clause: Any = None) -> None:
        self.kind = kind
        self.scope = scope
        self.clause = clause


class Expressions(Names):
    """Reads expressions into the present block."""

    def __init__(self, unit: Unit, *, walrus: bool, functions: frozenset[str]) -> None:
        """``functions`` are the names of the functions that the module defines."""
        super().__init__(unit)
        self.walrus = walrus
        self.functions = functions

    def evaluate(self, root: ast.expr) -> None:
        """Read an expression whose order does not matter."""
        kind = root.__class__
        if kind is ast.Constant:
            return
        if kind is ast.Name:
            index = self.use(root.id, root)  # type: ignore[attr-defined]
            if self.guarded and not self.unit.bound[self.unit.use_vars[index]]:
                self.events.append(None)
            return
        self.read([root])

    def read(self, stack: list[Any]) -> None:
        """Read what is on a stack, the last first."""
        unit, events = self.unit, self.events
        use_vars, use_nodes, known, paths = unit.use_vars, unit.use_nodes, unit.scope, unit.paths
        changes: list[tuple[ast.expr, Any, int]] = []
        raises = False
        begun, outermost = len(use_vars), self.scope
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind is ast.Name:
                if self.scope is None:
                    var = known.get(node.id)
                    if var is None:
                        var = known[node.id] = self.fresh(node.id)
                else:
                    var = self.variable(node.id)
                events.append(len(use_vars))
                use_vars.append(var)
                use_nodes.append(node)
            elif kind is ast.Constant:
                continue
            elif kind is ast.Attribute:
                raises = True
                value = node.value
                stack.append(value)
                if value.__class__ is ast.Name:
                    paths[id(value)] = node
            elif kind is ast.Call:
                raises = True
                self._call(node, stack, changes)
            elif kind is ast.Subscript:
                raises = True
                value = node.value
                stack.append(node.slice)
                stack.append(value)
                if value.__class__ is ast.Name:
                    paths[id(value)] = node
            elif kind is _Marker:
                self._marked(node)
            elif kind in _COMPREHENSIONS:
                raises = True
                self._comprehend(node, stack, eager=kind is not ast.GeneratorExp)
            elif kind is ast.Lambda:
                arguments = node.args
                stack += [default for default in arguments.kw_defaults if default is not None]
                stack += arguments.defaults
                self.closure(node)
            elif kind is ast.NamedExpr:
                stack.append(node.value)
                self._named(node, begun)
            else:
                raises = raises or kind not in _QUIET
                for name in _FIELDS.get(kind) or _fields_of(kind):
                    value = getattr(node, name)
                    if value.__class__ is list:
                        stack += reversed([part for part in value if part is not None])
                    elif value is not None:
                        stack.append(value)
        self.scope = outermost
        if raises and self.guarded:
            events.append(None)
        if changes:
            self.places = {id(use_nodes[use]): use for use in range(begun, len(use_nodes))}
            for receiver, node, change in changes:
                self.change(receiver, node, begun, change)

    def _call(self, node: Any, stack: list[Any], changes: list[tuple[ast.expr, Any, int]]) -> None:
        """Read a call, and note what it may change."""
        function, arguments = node.func, node.args
        if function.__class__ is ast.Attribute:
            name, receiver = function.attr, function.value
            if name in METHODS:
                changes.append((receiver, node, -1))
            elif name in self.functions:
                self._local(node, changes, method=True)
            if receiver.__class__ is ast.Name:
                self.unit.receivers.add(id(receiver))
            stack.append(receiver)
        else:
            name = function.id if function.__class__ is ast.Name else ""
            if name in self.functions:
                self._local(node, changes, method=False)
            elif name in _EVERYTHING:
                self._everything(name, node)
            stack.append(function)
        if name in ARGUMENTS and arguments:
            changes.append((arguments[0], node, -1))
        if node.keywords:
            stack += [keyword.value for keyword in reversed(node.keywords)]
        if arguments:
            if arguments[0].__class__ is ast.GeneratorExp:
                self._comprehend(arguments[0], stack, eager=name in CONSUMERS)
                arguments = arguments[1:]
            stack += reversed(arguments)

    def _local(self, node: Any, changes: list[tuple[ast.expr, Any, int]], *, method: bool) -> None:
        """Note a call of a function of this module: it changes what that changes."""
        if method:
            changes.append((node.func.value, node, 0))
        for number, argument in enumerate(node.args):
            if argument.__class__ is not ast.Constant:
                changes.append((argument, node, number + method))

    def change(self, receiver: ast.expr, node: Any, first: int, argument: int = -1) -> None:
        """Note that a call changes what an expression gives (as an argument of that number)."""
        root = root_of(receiver)
        if root is None:
            return
        change = self.mutate(root, node, first, CALL if argument >= 0 else MUTATION)
        change.deep = root.key is not None
        if argument >= 0:
            change.argument = argument
            change.weak = True
        else:
            change.stored = [
                part
                for part in node.args
                if part.__class__ is not ast.Constant and part is not receiver
            ]

    def _everything(self, name: str, node: ast.Call) -> None:
        """``locals()`` and its like use whatever is bound."""
        few = len(node.args) <= (1 if name in ("eval", "exec") else 0)
        if few and not node.keywords and not self.unit.module and self.scope is None:
            for known, var in list(self.unit.scope.items()):
                if self.unit.bound[var]:
                    self.use(known, node)

    # -- scopes inside of an expression

    def _comprehend(self, node: Any, stack: list[Any], *, eager: bool) -> None:
        scope = Scope(None)
        parts: list[Any] = []
        for number, clause in enumerate(node.generators):
            parts.append(clause.iter)
            if number == 0:
                parts.append(_Marker(_ENTER, scope))
                if not eager:
                    parts.append(_Marker(_LATE, scope))
            parts.append(_Marker(_TARGET, scope, clause))
            parts += clause.ifs
        parts += [node.key, node.value] if node.__class__ is ast.DictComp else [node.elt]
        parts.append(_Marker(_LEAVE, scope))
        stack += reversed(parts)

    def _marked(self, marker: _Marker) -> None:
        scope = marker.scope
        if marker.kind == _ENTER:
            scope.parent = self.scope
            self.scope = scope
        elif marker.kind == _LATE:
            scope.late = len(self.unit.use_vars)
        elif marker.kind == _LEAVE:
            self.scope = scope.parent
            if scope.late >= 0:
                for use in range(scope.late, len(self.unit.use_vars)):
                    self.events.append(Late(use, self.since))
        else:
            clause = marker.clause
            for name in names_in(clause.target):
                scope.names[name.id] = var = self.fresh(name.id)
                self.unit.private.add(var)
            last = len(self.unit.use_vars)
            self.bind(clause.target, last, last, clause.iter, part=True)

    def _named(self, node: ast.NamedExpr, first: int) -> None:
        """Bind inside a comprehension, which may run often or never."""
        name = node.target
        var = self.outer_variable(name.id)
        definition = Definition(BINDING, var, name, first, len(self.unit.use_vars), node.value)
        definition.weak = True
        self.unit.bound[var] = True
        self.add(definition)

    # -- targets

    def bind(
        self, target: ast.expr, first: int, last: int, value: ast.expr | None, *, part: bool = False
    ) -> None:
        """Bind a target to a value that is made of the uses from ``first`` to ``last``."""
        if target.__class__ is ast.Name:
            self.define(target.id, target, first, last, value, part)
            return
        if self.guarded and target.__class__ in (ast.Tuple, ast.List):
            self.events.append(None)
        stack = [target]
        while stack:
            node: Any = stack.pop()
            kind = node.__class__
            if kind is ast.Name:
                self.define(node.id, node, first, last, value, part or node is not target)
            elif kind is ast.Tuple or kind is ast.List:
                stack += reversed(node.elts)
            elif kind is ast.Starred:
                stack.append(node.value)
            elif kind is ast.Subscript or kind is ast.Attribute:
                self.store(node, first, last, value)
            else:
                self.evaluate(node)

    def store(
        self, node: Any, first: int, last: int, value: ast.expr | None = None
    ) -> Definition | None:
        """Set an item or an attribute; None if that is of no name's object."""
        inner = len(self.unit.use_vars)
        self.evaluate(node.value)
        if node.__class__ is ast.Subscript:
            self.evaluate(node.slice)
        if self.guarded:
            self.events.append(None)
        root = root_of(node)
        if root is None:
            return None
        nodes = self.unit.use_nodes
        self.places = {id(nodes[use]): use for use in range(inner, len(nodes))}
        change = self.mutate(root, node, inner)
        change.first = first if first < last else inner
        change.skip = change.use
        if value is not None:
            change.stored = [value]
        return change

    # -- expressions with ``:=``

    def value_of(self, node: ast.expr) -> Work | None:
        """Read an expression: at once, or (by the work that is given) part by part."""
        if not self.walrus or not has_walrus(node):
            self.evaluate(node)
            return None
        return self.ordered(node)

    def ordered(self, node: Any) -> Work:
        """Read an expression with ``:=`` in it part by part."""
        kind, first = node.__class__, len(self.unit.use_vars)
        if not has_walrus(node) or kind is ast.Lambda:
            self.read([node])
        elif kind is ast.NamedExpr:
            yield self.ordered(node.value)
            self.define(node.target.id, node.target, first, len(self.unit.use_vars), node.value)
        elif kind is ast.IfExp:
            otherwise, end = self.label(), self.label()
            yield self.ordered(node.test)
            self.branch(otherwise)
            yield self.ordered(node.body)
            self.goto(end)
            self.resume(otherwise)
            yield self.ordered(node.orelse)
            self.place(end)
        elif kind is ast.BoolOp:
            yield self._some(node.values, 1)
        elif kind is ast.Compare:
            yield self._some([node.left, *node.comparators], 2)
        elif kind in _COMPREHENSIONS:
            head = self.label()
            self.place(head)
            self.read([node])
            self.branch(head)
        else:
            for part in ast.iter_child_nodes(node):
                inner = part.value if isinstance(part, ast.keyword) else part
                if isinstance(inner, ast.expr):
                    yield self.ordered(inner)
            if self.guarded:
                self.events.append(None)
            function = getattr(node, "func", None)
            if isinstance(function, ast.Attribute) and function.attr in METHODS:
                nodes = self.unit.use_nodes
                self.places = {id(nodes[use]): use for use in range(first, len(nodes))}
                self.change(function.value, node, first)

    def _some(self, parts: Sequence[ast.expr], sure: int) -> Work:
        """Read parts of which only the first are surely evaluated."""
        end = self.label()
        for position, part in enumerate(parts):
            if position >= sure:
                self.branch(end)
            yield self.ordered(part)
        self.place(end)


def has_walrus(node: ast.AST) -> bool:
    """Tell whether an expression binds names itself."""
    stack: list[ast.AST] = [node]
    while stack:
        node = stack.pop()
        if node.__class__ is ast.NamedExpr:
            return True
        if node.__class__ is not ast.Lambda:
            stack += ast.iter_child_nodes(node)
    return False


_EVERYTHING: Final = frozenset({"locals", "vars", "dir", "eval", "exec"})
_QUIET: Final = frozenset(
    {ast.Tuple, ast.List, ast.Dict, ast.IfExp, ast.BoolOp, ast.Slice, ast.JoinedStr}
)
_SKIPPED: Final = frozenset({"op", "ops", "ctx", "conversion", "kind", "id", "attr"})
_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields_of(kind: type) -> tuple[str, ...]:
    """Give the names of a node's fields that hold expressions, the last first."""
    fields: tuple[str, ...] = getattr(kind, "_fields", ())
    names = tuple(name for name in reversed(fields) if name not in _SKIPPED)
    _FIELDS[kind] = names
    return names


__all__ = ["Expressions", "Work", "has_walrus"]
