"""Names of Python: which variable one means at a place, its uses, bindings and mutations."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

from dependencies.def_use.blocks import Blocks
from dependencies.def_use.model import BINDING, MUTATION, Closure, Definition, Key, Scope, Unit

ANY_ITEM: Key = ("[",)


class Root(NamedTuple):
    """The name at the root of ``name.a[k].b``, its first step, and whether more steps follow."""

    name: ast.Name
    key: Key
    deep: bool


class Names(Blocks):
    """The scopes that are open at the present place."""

    def __init__(self, unit: Unit) -> None:
        """Begin in the unit's own scope."""
        super().__init__(unit)
        self.scope: Scope | None = None
        self.found: list[Unit] = []
        self.places: dict[int, int] = {}
        self._units: dict[int, Unit] = {}

    def variable(self, name: str) -> int:
        """Give the variable that a name means here."""
        scope, inner = self.scope, False
        while scope is not None:
            if scope.is_class:
                if not inner and name not in scope.outer:
                    found = scope.names.get(name)
                    if found is None:
                        found = scope.names[name] = self.fresh(name)
                    return found
            else:
                inner = True
                found = scope.names.get(name)
                if found is not None:
                    return found
            scope = scope.parent
        found = self.unit.scope.get(name)
        if found is None:
            found = self.unit.scope[name] = self.fresh(name)
        return found

    def outer_variable(self, name: str) -> int:
        """Give the variable that ``:=`` sets: that of the scope around comprehensions."""
        present = scope = self.scope
        while scope is not None and not scope.is_class:
            scope = scope.parent
        self.scope = scope
        found = self.variable(name)
        self.scope = present
        return found

    def fresh(self, name: str) -> int:
        """Make a variable."""
        unit = self.unit
        unit.names.append(name)
        unit.bound.append(False)
        return len(unit.names) - 1

    def use(self, name: str, node: ast.AST) -> int:
        """Add a use of a name; give its number."""
        unit = self.unit
        index = len(unit.use_vars)
        unit.use_vars.append(self.variable(name))
        unit.use_nodes.append(node)
        self.events.append(index)
        return index

    def define(
        self,
        name: str,
        node: ast.AST,
        first: int,
        last: int,
        value: ast.expr | None = None,
        part: bool = False,
    ) -> Definition:
        """Bind a name to what is made of the uses from ``first`` to ``last``."""
        var = self.variable(name)
        definition = Definition(BINDING, var, node, first, last, value, part)
        self.unit.bound[var] = True
        self.add(definition)
        return definition

    def mutate(self, root: Root, node: ast.AST, first: int, kind: int = MUTATION) -> Definition:
        """Change what a name holds; ``places`` tells the use of the name."""
        unit = self.unit
        last, use = len(unit.use_vars), self.places[id(root.name)]
        change = Definition(kind, unit.use_vars[use], node, first, last, root.name)
        change.use = use
        change.key = root.key
        change.deep = root.deep
        change.weak = root.key is not None
        self.add(change)
        unit.mutates = True
        return change

    def closure(self, node: ast.AST) -> None:
        """Note that a function is made here."""
        unit = self._units.get(id(node))
        if unit is None:
            unit = self._units[id(node)] = Unit(node, self.unit)
            self.found.append(unit)
        closure = Closure(unit, self.since, self.scope)
        self.unit.closures.append(closure)
        self.events.append(closure)

    @property
    def since(self) -> int:
        """Give the rank of the first definition that may run after what stands here."""
        return self.loops[0] if self.loops else len(self.unit.definitions)


def root_of(node: ast.expr) -> Root | None:
    """Give the root of a path, if it begins with a name."""
    steps, key = 0, None
    while True:
        kind = node.__class__
        if kind is ast.Name:
            return Root(node, key, steps > 1)  # type: ignore[arg-type]
        if kind is ast.Attribute or kind is ast.Subscript:
            key = key_of(node)
            node = node.value  # type: ignore[attr-defined]
        elif kind is ast.Starred:
            node = node.value  # type: ignore[attr-defined]
            continue
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("setdefault", "get", "values", "items")
        ):
            key = ANY_ITEM
            node = node.func.value
        else:
            return None
        steps += 1


def key_of(node: ast.expr) -> Key:
    """Give the step that an attribute or a subscript takes."""
    if isinstance(node, ast.Attribute):
        return (".", node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        value: Any = node.slice.value
        if isinstance(value, str | int | bytes):
            return ("[", value)
    return ANY_ITEM


def names_in(target: ast.expr) -> list[ast.Name]:
    """Give the names that a target binds."""
    found: list[ast.Name] = []
    stack: list[ast.expr] = [target]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            found.append(node)
        elif isinstance(node, ast.Tuple | ast.List):
            stack += reversed(node.elts)
        elif isinstance(node, ast.Starred):
            stack.append(node.value)
    return found
