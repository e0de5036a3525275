"""Statements of Python with suites: branches, loops, exceptions, classes; and a unit as a whole.

Suites are walked by generators that hand the suites inside them to one driver, so nothing recurses.
The body of a ``finally`` is read once for every way of getting there, as Python compiles it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from dependencies.def_use.blocks import Cleanup, Finally, Loop
from dependencies.def_use.expressions import Work
from dependencies.def_use.facts import is_irrefutable, last_name, may_swallow, surely_runs
from dependencies.def_use.model import OUTER, Definition, Scope
from dependencies.def_use.simple import Simple

MAX_COPIES: Final = 3


class Lowering(Simple):
    """Lowers one unit."""

    copies = 0

    def run(self) -> None:
        """Lower the whole unit."""
        node: Any = self.unit.node
        if isinstance(node, ast.Module):
            self._drive(self.suite(node.body))
            return
        self._parameters(node.args)
        if isinstance(node, ast.Lambda):
            self._drive(self._lambda_body(node))
        else:
            self._drive(self.suite(node.body))

    def _drive(self, work: Work) -> None:
        stack = [work]
        while stack:
            more = next(stack[-1], None)
            if more is None:
                stack.pop()
            else:
                stack.append(more)

    def _lambda_body(self, node: ast.Lambda) -> Work:
        work = self.value_of(node.body)
        if work is not None:
            yield work

    def _parameters(self, arguments: ast.arguments) -> None:
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self.define(argument.arg, argument, 0, 0)
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                self.define(rest.arg, rest, 0, 0)

    def suite(self, body: Sequence[ast.stmt]) -> Work:
        """Lower statements in order."""
        for node in body:
            work = _STATEMENTS[node.__class__](self, node)
            if work is not None:
                yield work

    def _class(self, node: Any) -> Work:
        unit = self.unit
        first = len(unit.use_vars)
        self.read(list(reversed(node.decorator_list)))
        self.read([*node.bases, *(keyword.value for keyword in node.keywords)])
        begun, made = len(unit.use_vars), len(unit.definitions)
        block, place = self.block, len(self.events)
        inner = self.scope = Scope(self.scope, is_class=True)
        yield self.suite(node.body)
        self.scope = inner.parent
        self._class_end(inner, begun, made)
        for name, var in inner.names.items():
            if unit.bound[var]:
                outer = Definition(OUTER, var, node, 0, 0)
                outer.block, outer.rank = block, made
                unit.fallback[var] = self.variable(name)
                unit.blocks[block].insert(place, outer)
        self.define(node.name, node, first, begun)

    def _class_end(self, inner: Scope, begun: int, made: int) -> None:
        """Give the names that a class only reads the variables of the scope around it."""
        unit = self.unit
        bound = unit.bound
        changed = {var: self.variable(name) for name, var in inner.names.items() if not bound[var]}
        if not changed:
            return
        use_vars = unit.use_vars
        for index in range(begun, len(use_vars)):
            if use_vars[index] in changed:
                use_vars[index] = changed[use_vars[index]]
        for definition in unit.definitions[made:]:
            definition.var = changed.get(definition.var, definition.var)

    def _if(self, node: Any) -> Work:
        end = self.label()
        while True:
            otherwise = self.label()
            work = self.value_of(node.test)
            if work is not None:
                yield work
            truth = self._tested(node.test)
            if truth is True:
                self.go_on()
            elif truth is False:
                self.goto(otherwise)
            else:
                self.branch(otherwise)
            yield self.suite(node.body)
            rest = node.orelse
            if not rest:
                self.place(otherwise)
                self.place(end)
                return
            self.goto(end)
            self.resume(otherwise)
            if len(rest) == 1 and rest[0].__class__ is ast.If:
                node = rest[0]
                continue
            yield self.suite(rest)
            self.place(end)
            return

    def _tested(self, test: ast.expr) -> bool | None:
        """Tell what a condition is when that stands in the source; asking anything may raise."""
        if isinstance(test, ast.Constant):
            return bool(test.value)
        if self.guarded:
            self.events.append(None)
        return None

    def _while(self, node: Any) -> Work:
        head, otherwise, end = self.label(), self.label(), self.label()
        self.loops.append(len(self.unit.definitions))
        self.place(head)
        work = self.value_of(node.test)
        if work is not None:
            yield work
        if self._tested(node.test) is not True:
            self.branch(otherwise)
        yield self._loop(node, head, otherwise, end)

    def _for(self, node: Any) -> Work:
        head, otherwise, end = self.label(), self.label(), self.label()
        first = len(self.unit.use_vars)
        work = self.value_of(node.iter)
        if work is not None:
            yield work
        last = len(self.unit.use_vars)
        if self.guarded:
            self.events.append(None)
        body = self.label()
        self.loops.append(len(self.unit.definitions))
        if surely_runs(node.iter):
            self.goto(body)
        self.place(head)
        if self.guarded:
            self.events.append(None)
        self.branch(otherwise)
        self.place(body)
        self.bind(node.target, first, last, node.iter, part=True)
        yield self._loop(node, head, otherwise, end)

    def _loop(self, node: Any, head: int, otherwise: int, end: int) -> Work:
        self.frames.append(Loop(end, head))
        yield self.suite(node.body)
        self.goto(head)
        self.frames.pop()
        self.loops.pop()
        self.resume(otherwise)
        if node.orelse:
            yield self.suite(node.orelse)
        self.place(end)

    def _with(self, node: Any) -> Work:
        outer = self.handler
        swallowed = -1
        for item in node.items:
            first = len(self.unit.use_vars)
            work = self.value_of(item.context_expr)
            if work is not None:
                yield work
            if self.guarded:
                self.events.append(None)
            if swallowed < 0 and may_swallow(item.context_expr):
                swallowed = self.label()
                self.guard((swallowed, *outer))
            if item.optional_vars is not None:
                last = len(self.unit.use_vars)
                self.bind(item.optional_vars, first, last, item.context_expr)
        yield self.suite(node.body)
        if self.guarded:
            self.events.append(None)
        if swallowed >= 0:
            self.guard(outer)
            self.place(swallowed)

    def _try(self, node: Any) -> Work:
        outer = self.handler
        end, dispatch = self.label(), self.label()
        frame = Finally()
        raised = outer
        failed = -1
        if node.finalbody:
            failed = self.label()
            raised = (failed,)
            self.frames.append(frame)
        self.guard((dispatch,) if node.handlers else raised)
        yield self.suite(node.body)
        self.guard(raised)
        if node.orelse:
            yield self.suite(node.orelse)
        self.goto(end)
        if node.handlers:
            self.resume(dispatch)
            yield self._handlers(node, end)
        if not node.finalbody:
            self.resume(end)
            return
        self.frames.pop()
        self.handler = outer
        self.guarded = bool(outer)
        yield self._finally(node, frame, end, failed)

    def _handlers(self, node: Any, end: int) -> Work:
        several = isinstance(node, getattr(ast, "TryStar", ()))
        for clause in node.handlers:
            following = self.label()
            if clause.type is not None:
                self.evaluate(clause.type)
            total = clause.type is None or last_name(clause.type) == "BaseException"
            if total and not several:
                self.go_on()
            else:
                self.branch(following)
            if clause.name is None:
                yield self.suite(clause.body)
            else:
                last = len(self.unit.use_vars)
                caught = self.define(clause.name, clause, last, last)
                self.frames.append(Cleanup(caught.var, clause))
                yield self.suite(clause.body)
                self.frames.pop()
                self.kill(caught.var, clause)
            if several:
                self.unit.next[self.block].append(following)
            self.goto(end)
            self.resume(following)
        self.leave()

    def _finally(self, node: Any, frame: Finally, end: int, failed: int) -> Work:
        self.unit.copied = True
        if self.copies >= MAX_COPIES:
            self.resume(end)
            for label in (failed, *frame.pending.values()):
                self.merge(label)
            yield self.suite(node.finalbody)
            after = self.label()
            for kind in frame.pending:
                other = self.label()
                self.branch(other)
                self.goto(after)
                self.resume(other)
                self.jump(kind)
            self.resume(after)
            if self.guarded:
                self.events.append(None)
            self.go_on()
            return
        self.copies += 1
        done = self.label()
        for kind, label in frame.pending.items():
            self.resume(label)
            yield self.suite(node.finalbody)
            self.jump(kind)
        self.resume(failed)
        yield self.suite(node.finalbody)
        self.leave()
        self.resume(end)
        yield self.suite(node.finalbody)
        self.place(done)
        self.copies -= 1

    def _match(self, node: Any) -> Work:
        end = self.label()
        first = len(self.unit.use_vars)
        work = self.value_of(node.subject)
        if work is not None:
            yield work
        last = len(self.unit.use_vars)
        for case in node.cases:
            following = self.label()
            captures = self._pattern(case.pattern)
            if self.guarded:
                self.events.append(None)
            if not is_irrefutable(case.pattern):
                self.branch(following)
            for name, place in captures:
                self.define(name, place, first, last, node.subject, True)
            if case.guard is not None:
                work = self.value_of(case.guard)
                if work is not None:
                    yield work
                self.branch(following)
            yield self.suite(case.body)
            self.goto(end)
            self.resume(following)
        self.place(end)

    def _pattern(self, pattern: ast.pattern) -> list[tuple[str, ast.AST]]:
        """Use what a pattern compares with; give what it captures."""
        captures: list[tuple[str, ast.AST]] = []
        stack: list[Any] = [pattern]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.MatchValue):
                self.evaluate(node.value)
                continue
            if isinstance(node, ast.MatchClass):
                self.evaluate(node.cls)
            elif isinstance(node, ast.MatchMapping):
                for key in node.keys:
                    self.evaluate(key)
                if node.rest:
                    captures.append((node.rest, node))
            elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
                captures.append((node.name, node))
            stack += [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.pattern)][
                ::-1
            ]
        return captures


_STATEMENTS: Final[dict[type, Callable[[Lowering, Any], Work | None]]] = {
    ast.Expr: Lowering._expression,
    ast.Assign: Lowering._assign,
    ast.AnnAssign: Lowering._annotated,
    ast.AugAssign: Lowering._augmented,
    ast.Return: Lowering._return,
    ast.Raise: Lowering._raised,
    ast.Break: Lowering._break,
    ast.Continue: Lowering._continue,
    ast.Pass: Lowering._pass,
    ast.Delete: Lowering._delete,
    ast.Assert: Lowering._assert,
    ast.Import: Lowering._import,
    ast.ImportFrom: Lowering._import,
    ast.Global: Lowering._outer,
    ast.Nonlocal: Lowering._outer,
    ast.FunctionDef: Lowering._function,
    ast.AsyncFunctionDef: Lowering._function,
    ast.ClassDef: Lowering._class,
    ast.If: Lowering._if,
    ast.While: Lowering._while,
    ast.For: Lowering._for,
    ast.AsyncFor: Lowering._for,
    ast.With: Lowering._with,
    ast.AsyncWith: Lowering._with,
    ast.Try: Lowering._try,
    ast.Match: Lowering._match,
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = Lowering._try
if hasattr(ast, "TypeAlias"):
    _STATEMENTS[ast.TypeAlias] = Lowering._type_alias
