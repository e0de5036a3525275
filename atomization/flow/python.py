"""Python onto the engine: what its statements do to names, and in which order.

One `Lowering` a scope, on the syntax tree. Statements are walked by generators that hand the suites
inside them to one driver, so nothing recurses. A statement is one step of the graph; it becomes
several where the order inside matters: headers and targets of loops, handlers, patterns, and
expressions with ``:=``, which binds only where evaluation gets to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from atomization.flow.engine import Act, Graph, Jump
from atomization.flow.model import EffectKind
from atomization.flow.python_names import Node, first_of
from atomization.flow.python_patterns import irrefutable, pattern_names
from atomization.flow.python_steps import ScopeKind, Steps, Work

__all__ = ["ScopeKind", "graph_of"]

MAX_COPIED_FINALLY: Final = 3
_NEVER_SWALLOW: Final = ("open", "lock", "closing", "atomic", "cursor", "connection")


def graph_of(
    node: Node, source: bytes, kind: ScopeKind, deep: Callable[[int], bool] | None = None
) -> Graph:
    """Lower a function, class or module; never raises for what stands in it.

    ``deep`` says of a row of a module or class whether the definitions there are looked into; the
    others only bind their name.
    """
    return _Lowering(source, kind, deep).run(node)


class _Lowering(Steps):
    """Lowers the statements of one scope."""

    def suite(self, block: Node | None) -> Work:
        if block is None:
            return
        for node in block.named_children:
            kind = node.type
            simple = _SIMPLE.get(kind)
            if simple is not None:
                more = simple(self, node)
                if more is not None:
                    yield more
            elif kind in _COMPOUND:
                yield _COMPOUND[kind](self, node)
            elif kind in ("comment", "line_continuation"):
                continue
            elif kind in ("ERROR", "block"):
                yield self.suite(node)
            else:
                yield self.evaluate(node.start_point.row, node)

    def _expression(self, node: Node) -> Work | None:
        """A statement that is an expression or an assignment."""
        if self.walrus and self.has_walrus(node):
            return self._assigned(node)
        first = first_of(node)
        if first is not None and first.type == "augmented_assignment":
            self._augmented(first, node.start_point.row)
        elif first is not None and first.type == "assignment":
            self._declare(first)
            self.step(node.start_point.row, (first,))
        else:
            self.step(node.start_point.row, (node,))
        return None

    def _augmented(self, node: Node, row: int) -> None:
        left = node.child_by_field_name("left")
        loads = [node.child_by_field_name("right")]
        if left is not None and left.type == "identifier":
            loads.insert(0, left)
        self.step(row, loads, (left,))

    def _declare(self, node: Node) -> None:
        """A name with an annotation and no value is local all the same, and not bound."""
        left = node.child_by_field_name("left")
        if left is None or left.type != "identifier":
            return
        if node.child_by_field_name("right") is None:
            self.local |= self.names.bit_of(left)

    def _assigned(self, node: Node) -> Work:
        row = node.start_point.row
        for part in node.named_children:
            targets: list[Node | None] = []
            value: Node | None = part
            while value is not None and value.type in ("assignment", "augmented_assignment"):
                targets.append(value.child_by_field_name("left"))
                value = value.child_by_field_name("right")
            if part.type == "augmented_assignment":
                self.step(row, targets)
            yield self.evaluate(row, value)
            if targets:
                self.step(row, (), targets)

    def _plain(self, node: Node) -> Work | None:
        """A statement that only evaluates what stands in it."""
        row = node.start_point.row
        if not self.walrus or not self.has_walrus(node):
            self.step(row, node.named_children)
            return None
        return self.each(node.named_children)

    def _return(self, node: Node) -> Work | None:
        row = node.start_point.row
        acts = (Act(EffectKind.RETURN, "", row),)
        if self.walrus and self.has_walrus(node):
            return self._returned(node, acts)
        self.step(row, node.named_children, acts=acts)
        self.builder.jump(Jump.RETURN)
        return None

    def _returned(self, node: Node, acts: tuple[Act, ...]) -> Work:
        yield self.each(node.named_children)
        self.builder.node(node.start_point.row, acts=acts)
        self.builder.jump(Jump.RETURN)

    def _raise(self, node: Node) -> Work | None:
        row = node.start_point.row
        raised = first_of(node)
        while raised is not None and raised.type == "call":
            raised = first_of(raised)
        target = self.names.path(raised) if raised is not None else ""
        acts = (Act(EffectKind.RAISE, target, row),)
        if self.walrus and self.has_walrus(node):
            return self._raised(node, acts)
        self.step(row, node.named_children, acts=acts)
        self.builder.reraise()
        return None

    def _raised(self, node: Node, acts: tuple[Act, ...]) -> Work:
        yield self.each(node.named_children)
        self.builder.node(node.start_point.row, acts=acts)
        self.builder.reraise()

    def _jump(self, node: Node) -> None:
        row = node.start_point.row
        leaves = node.type == "break_statement"
        jump = Jump.BREAK if leaves else Jump.CONTINUE
        target, within = self.builder.target(jump)
        kind = EffectKind.BREAK if leaves else EffectKind.CONTINUE
        self.builder.node(row, acts=(Act(kind, target, row, within),), quiet=True)
        self.builder.jump(jump)

    def _pass(self, node: Node) -> None:
        self.builder.node(node.start_point.row, quiet=True)

    def _delete(self, node: Node) -> Work | None:
        self.step(node.start_point.row, (), node.named_children, kill=True)
        return None

    def _outer(self, node: Node) -> None:
        """Declare names that belong to another scope."""
        row = node.start_point.row
        effect = EffectKind.GLOBAL if node.type == "global_statement" else EffectKind.NONLOCAL
        acts = []
        for name in node.named_children:
            if name.type == "identifier":
                bit = self.names.bit_of(name)
                acts.append(Act(effect, self.names.text(name), row))
                if self.kind is not ScopeKind.MODULE:
                    self.names.outer |= bit
                    self.names.kinds[bit] = effect
        self.builder.node(row, acts=tuple(acts), quiet=True)

    def _definition(self, node: Node) -> None:
        row = node.start_point.row
        if self.deep is None or self.deep(row):
            self.step(row, (node,))
            return
        inner = node.child_by_field_name("definition") or node
        name = inner.child_by_field_name("name")
        self.step(row, [c for c in node.named_children if c.type == "decorator"], (name,))

    # -- compound statements

    def _if(self, node: Node) -> Work:
        builder = self.builder
        end = builder.label()
        arm: Node = node
        rest = node.children_by_field_name("alternative")
        while True:
            otherwise = builder.label()
            yield self.evaluate(arm.start_point.row, arm.child_by_field_name("condition"))
            builder.branch(otherwise)
            yield self.suite(arm.child_by_field_name("consequence"))
            builder.goto(end)
            builder.place(otherwise)
            if not rest or rest[0].type == "else_clause":
                break
            arm = rest.pop(0)
        if rest:
            yield self.suite(rest[0].child_by_field_name("body"))
        builder.place(end)

    def _while(self, node: Node) -> Work:
        builder, row = self.builder, node.start_point.row
        head, otherwise, end = builder.label(), builder.label(), builder.label()
        condition = node.child_by_field_name("condition")
        builder.place(head)
        yield self.evaluate(row, condition)
        if condition is None or not _always_true(condition, self.source):
            builder.branch(otherwise)
        builder.enter_loop(end, head, row, node.end_point.row)
        yield self.suite(node.child_by_field_name("body"))
        builder.goto(head)
        builder.leave_loop()
        builder.place(otherwise)
        yield self._otherwise(node)
        builder.place(end)

    def _for(self, node: Node) -> Work:
        builder, row = self.builder, node.start_point.row
        head, otherwise, end = builder.label(), builder.label(), builder.label()
        for source in node.children_by_field_name("right"):
            yield self.evaluate(row, source)
        builder.place(head)
        builder.node(row, acts=self._awaited(node))
        builder.branch(otherwise)
        self.step(row, (), (node.child_by_field_name("left"),))
        builder.enter_loop(end, head, row, node.end_point.row)
        yield self.suite(node.child_by_field_name("body"))
        builder.goto(head)
        builder.leave_loop()
        builder.place(otherwise)
        yield self._otherwise(node)
        builder.place(end)

    def _awaited(self, node: Node) -> tuple[Act, ...]:
        if not any(child.type == "async" for child in node.children[:1]):
            return ()
        return (Act(EffectKind.AWAIT, "", node.start_point.row),)

    def _otherwise(self, node: Node) -> Work:
        other = node.child_by_field_name("alternative")
        if other is not None:
            yield self.suite(other.child_by_field_name("body"))

    def _with(self, node: Node) -> Work:
        builder = self.builder
        acts = self._awaited(node)
        swallowed, after = builder.label(), builder.label()
        guarded = 0
        clause = next((c for c in node.named_children if c.type == "with_clause"), None)
        for item in clause.named_children if clause is not None else ():
            value = item.child_by_field_name("value") or item
            alias: list[Node] = []
            if value.type == "as_pattern":
                value, alias = value.named_children[0], value.named_children[1:]
            yield self.evaluate(item.start_point.row, value, acts)
            if not guarded and self._may_swallow(value):
                builder.enter_try(swallowed, *builder.handlers)
                guarded = 1
            if alias:
                self.step(item.start_point.row, (), alias)
        yield self.suite(node.child_by_field_name("body"))
        if guarded:
            builder.leave_try()
        builder.goto(after)
        builder.place(swallowed)
        builder.place(after)

    def _may_swallow(self, value: Node) -> bool:
        """Tell whether a context manager may end an exception; the well-known ones do not."""
        while value.type == "call" and value.child_count:
            value = value.child(0)
        name = self.names.path(value).rsplit(".", 1)[-1].lower()
        return not name.endswith(_NEVER_SWALLOW)

    def _try(self, node: Node) -> Work:
        builder = self.builder
        clauses = [c for c in node.named_children if c.type == "except_clause"]
        groups = [c for c in node.named_children if c.type == "except_group_clause"]
        final = next((c for c in node.named_children if c.type == "finally_clause"), None)
        other = next((c for c in node.named_children if c.type == "else_clause"), None)
        abrupt, dispatch, end = builder.label(), builder.label(), builder.label()
        if final is not None:
            builder.enter_finally(abrupt)
        if clauses or groups:
            builder.enter_try(dispatch)
        yield self.suite(node.child_by_field_name("body"))
        if clauses or groups:
            builder.leave_try()
        if other is not None:
            yield self.suite(other.child_by_field_name("body"))
        builder.goto(end)
        if clauses or groups:
            builder.place(dispatch)
            yield self._handlers([*clauses, *groups], end)
        if final is None:
            builder.place(end)
            return
        frame = builder.leave_finally()
        body = next((c for c in final.named_children if c.type == "block"), None)
        builder.place(end)
        if self.copies >= MAX_COPIED_FINALLY:
            builder.place(abrupt)
            yield self.suite(body)
            frontier = list(builder.frontier)
            builder.resume(frame)
            builder.frontier = frontier
            return
        self.copies += 1
        yield self.suite(body)
        done = builder.label()
        builder.goto(done)
        builder.place(abrupt)
        yield self.suite(body)
        builder.resume(frame)
        builder.place(done)
        self.copies -= 1

    def _handlers(self, clauses: list[Node], end: int) -> Work:
        builder = self.builder
        for clause in clauses:
            row = clause.start_point.row
            several = any(child.type in ("*", "except*") for child in clause.children[:2])
            values = clause.children_by_field_name("value")
            body = next((c for c in clause.named_children if c.type == "block"), None)
            alias: list[Node] = []
            if values and values[0].type == "as_pattern":
                parts = values[0].named_children
                values, alias = parts[:1], parts[1:]
            self.step(row, values)
            following = builder.label()
            if values:
                builder.branch(following)
            kills = self._caught(row, alias)
            last = _last_row(clause)
            if kills:
                builder.enter_cleanup(last, kills)
            yield self.suite(body)
            if kills:
                builder.leave_cleanup()
                if builder.frontier:
                    builder.node(last, kills=kills, quiet=True)
            if several:
                builder.branch(following)
            builder.goto(end)
            builder.place(following)
        builder.reraise()

    def _caught(self, row: int, alias: list[Node]) -> int:
        """Bind the name of a handler; it is unbound when the handler ends."""
        if not alias:
            return 0
        before = len(self.builder.steps)
        self.step(row, (), alias, quiet=True)
        return self.builder.steps[before].defs

    def _match(self, node: Node) -> Work:
        builder = self.builder
        end = builder.label()
        for subject in node.children_by_field_name("subject"):
            yield self.evaluate(node.start_point.row, subject)
        body = node.child_by_field_name("body")
        for case in body.named_children if body is not None else ():
            if case.type != "case_clause":
                continue
            following = builder.label()
            yield self._case(case, following)
            builder.goto(end)
            builder.place(following)
        builder.place(end)

    def _case(self, node: Node, following: int) -> Work:
        builder, row = self.builder, node.start_point.row
        patterns = [c for c in node.named_children if c.type == "case_pattern"]
        guard = node.child_by_field_name("guard")
        uses = binds = 0
        for pattern in patterns:
            used, bound = pattern_names(self.names, pattern)
            uses, binds = uses | used, binds | bound
        builder.node(row, uses=uses)
        if guard is not None or len(patterns) != 1 or not irrefutable(patterns[0]):
            builder.branch(following)
        if binds:
            self.bind(row, binds)
        if guard is not None:
            yield self.each(guard.named_children)
            builder.branch(following)
        yield self.suite(node.child_by_field_name("consequence"))


def _last_row(node: Node) -> int:
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point.row else row


def _always_true(node: Node, source: bytes) -> bool:
    if node.type == "true":
        return True
    text = source[node.start_byte : node.end_byte]
    return node.type == "integer" and text.isdigit() and text.strip(b"0") != b""


_Simple = Callable[[_Lowering, Node], "Work | None"]

_SIMPLE: Final[dict[str, _Simple]] = {
    "expression_statement": _Lowering._expression,
    "return_statement": _Lowering._return,
    "raise_statement": _Lowering._raise,
    "break_statement": _Lowering._jump,
    "continue_statement": _Lowering._jump,
    "pass_statement": _Lowering._pass,
    "delete_statement": _Lowering._delete,
    "global_statement": _Lowering._outer,
    "nonlocal_statement": _Lowering._outer,
    "assert_statement": _Lowering._plain,
    "print_statement": _Lowering._plain,
    "exec_statement": _Lowering._plain,
    "function_definition": _Lowering._definition,
    "class_definition": _Lowering._definition,
    "decorated_definition": _Lowering._definition,
}

_COMPOUND: Final[dict[str, Callable[[_Lowering, Node], Work]]] = {
    "if_statement": _Lowering._if,
    "while_statement": _Lowering._while,
    "for_statement": _Lowering._for,
    "with_statement": _Lowering._with,
    "try_statement": _Lowering._try,
    "match_statement": _Lowering._match,
}
