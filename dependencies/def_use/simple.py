"""Simple statements of Python: assignments, imports, early exits, and what a definition runs."""

from __future__ import annotations

import ast
from typing import Any

from dependencies.def_use.blocks import BREAK, CONTINUE, RETURN
from dependencies.def_use.expressions import Expressions, Work, has_walrus
from dependencies.def_use.model import OUTER, Definition
from dependencies.def_use.mutators import EXITS


class Simple(Expressions):
    """Reads statements that have no suites inside."""

    def _expression(self, node: Any) -> Work | None:
        value = node.value
        if self.walrus:
            work = self.value_of(value)
            if work is not None:
                return work
        else:
            self.evaluate(value)
        if value.__class__ is ast.Call:
            if self._exits(value):
                self.leave()
        elif value.__class__ is ast.Name and self.guarded:
            self.events.append(None)
        return None

    def _exits(self, call: ast.Call) -> bool:
        function = call.func
        if isinstance(function, ast.Name):
            return (
                function.id in ("exit", "quit") and not self.unit.bound[self.variable(function.id)]
            )
        return (
            isinstance(function, ast.Attribute)
            and function.attr in EXITS
            and isinstance(function.value, ast.Name)
            and function.value.id in ("sys", "os")
        )

    def _assign(self, node: Any) -> Work | None:
        value, targets = node.value, node.targets
        if (
            len(targets) == 1
            and _paired(targets[0], value)
            and not (self.walrus and has_walrus(value))
        ):
            self._pairwise(targets[0], value)
            return None
        first = len(self.unit.use_vars)
        work = self.value_of(value)
        if work is not None:
            return self._assigned(node, work)
        last = len(self.unit.use_vars)
        for target in targets:
            self.bind(target, first, last, value)
        return None

    def _assigned(self, node: Any, work: Work) -> Work:
        first = len(self.unit.use_vars)
        yield work
        last = len(self.unit.use_vars)
        for target in node.targets:
            self.bind(target, first, last, node.value)

    def _pairwise(self, target: Any, value: Any) -> None:
        """``a, b = c, d``: what is read for each target is known."""
        places = []
        for part in value.elts:
            first = len(self.unit.use_vars)
            self.evaluate(part)
            places.append((first, len(self.unit.use_vars)))
        for left, right, (first, last) in zip(target.elts, value.elts, places, strict=True):
            self.bind(left, first, last, right)

    def _annotated(self, node: Any) -> Work | None:
        target = node.target
        if (self.unit.module and self.scope is None) or (
            self.scope is not None and self.scope.is_class
        ):
            self.evaluate(node.annotation)
        if node.value is None:
            if isinstance(target, ast.Name):
                self.unit.bound[self.variable(target.id)] = True
            return None
        return self._valued(node, [target])

    def _valued(self, node: Any, targets: list[ast.expr]) -> Work:
        first = len(self.unit.use_vars)
        work = self.value_of(node.value)
        if work is not None:
            yield work
        last = len(self.unit.use_vars)
        for target in targets:
            self.bind(target, first, last, node.value)

    def _augmented(self, node: Any) -> Work:
        target = node.target
        first = len(self.unit.use_vars)
        if isinstance(target, ast.Name):
            self.use(target.id, target)
        work = self.value_of(node.value)
        if work is not None:
            yield work
        if isinstance(target, ast.Name):
            if self.guarded:
                self.events.append(None)
            self.define(target.id, target, first, len(self.unit.use_vars), target)
        else:
            change = self.store(target, first, len(self.unit.use_vars))
            if change is not None:
                change.skip = -1
                change.first = first

    def _return(self, node: Any) -> Work | None:
        if node.value is not None:
            if self.walrus:
                return self._returned(node)
            self.evaluate(node.value)
        self.jump(RETURN)
        return None

    def _returned(self, node: Any) -> Work:
        work = self.value_of(node.value)
        if work is not None:
            yield work
        self.jump(RETURN)

    def _raised(self, node: Any) -> Work:
        for part in (node.exc, node.cause):
            if part is not None:
                work = self.value_of(part)
                if work is not None:
                    yield work
        self.leave()

    def _break(self, node: Any) -> None:
        self.jump(BREAK)

    def _continue(self, node: Any) -> None:
        self.jump(CONTINUE)

    def _pass(self, node: Any) -> None:
        return None

    def _delete(self, node: Any) -> None:
        stack = list(reversed(node.targets))
        while stack:
            target = stack.pop()
            if isinstance(target, ast.Name):
                self.use(target.id, target)
                if self.guarded:
                    self.events.append(None)
                self.kill(self.unit.use_vars[-1], target)
            elif isinstance(target, ast.Tuple | ast.List):
                stack += reversed(target.elts)
            else:
                change = self.store(target, 0, 0)
                if change is not None:
                    change.skip = -1
                    change.weak = change.deep

    def _assert(self, node: Any) -> Work:
        work = self.value_of(node.test)
        if work is not None:
            yield work
        if self.guarded:
            self.events.append(None)
        if node.msg is not None:
            if isinstance(node.test, ast.Constant) and not node.test.value:
                work = self.value_of(node.msg)
                if work is not None:
                    yield work
                self.leave()
                return
            self.evaluate(node.msg)
        elif isinstance(node.test, ast.Constant) and not node.test.value:
            self.leave()

    def _import(self, node: Any) -> None:
        if self.guarded:
            self.events.append(None)
        last = len(self.unit.use_vars)
        for alias in node.names:
            name = alias.asname or alias.name.split(".", 1)[0]
            if name != "*":
                self.define(name, alias, last, last)

    def _outer(self, node: Any) -> None:
        is_global = isinstance(node, ast.Global)
        if self.scope is not None and self.scope.is_class:
            for name in node.names:
                self.scope.outer[name] = is_global
            return
        unit = self.unit
        if unit.module:
            return
        for name in node.names:
            if name not in unit.outer:
                unit.outer[name] = is_global
                definition = Definition(OUTER, self.variable(name), node, 0, 0)
                definition.block = unit.order[0]
                definition.rank = len(unit.definitions)
                unit.definitions.append(definition)
                unit.blocks[unit.order[0]].insert(0, definition)

    def _function(self, node: Any) -> None:
        first = len(self.unit.use_vars)
        self.read(list(reversed(node.decorator_list)))
        arguments = node.args
        parts = [part for part in (*arguments.defaults, *arguments.kw_defaults) if part is not None]
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs,
                         arguments.vararg, arguments.kwarg):  # fmt: skip
            if argument is not None and argument.annotation is not None:
                parts.append(argument.annotation)
        if node.returns is not None:
            parts.append(node.returns)
        if parts:
            self.read(parts)
        self.closure(node)
        self.define(node.name, node, first, len(self.unit.use_vars))

    def _type_alias(self, node: Any) -> None:
        last = len(self.unit.use_vars)
        self.define(node.name.id, node.name, last, last)


def _paired(target: Any, value: Any) -> bool:
    """Tell whether a tuple of targets takes the parts of a display one by one."""
    return (
        target.__class__ in (ast.Tuple, ast.List)
        and value.__class__ in (ast.Tuple, ast.List)
        and len(target.elts) == len(value.elts)
        and not any(part.__class__ is ast.Starred for part in (*target.elts, *value.elts))
    )
