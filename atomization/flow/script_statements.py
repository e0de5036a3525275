"""How control runs through the statements of TypeScript and JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import tree_sitter

from atomization.flow.engine import Act, FinallyFrame, Jump
from atomization.flow.model import EffectKind
from atomization.flow.script_declarations import block_names, pattern_names
from atomization.flow.script_expressions import define, raised
from atomization.flow.script_functions import statements
from atomization.flow.script_paths import first_of, text_of
from atomization.flow.script_walk import Walker

Node = tree_sitter.Node
_LOOPS: Final = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
_CASES: Final = frozenset({"switch_case", "switch_default"})
_DEFAULT: Final = "switch_default"
_TWICE: Final = 2


def declaration(walker: Walker, node: Node) -> None:
    """``let``, ``const`` and ``using``; without a value a name is bound all the same."""
    for part in reversed(node.named_children):
        name = part.child_by_field_name("name")
        if name is not None:
            walker.visit(part.child_by_field_name("value"), (define, walker, name))
    if node.type == "using_declaration" and any(part.type == "await" for part in node.children):
        walker.effect(EffectKind.AWAIT, "", node)


def variables(walker: Walker, node: Node) -> None:
    """``var``: hoisted, so that a name without a value keeps the one that it has."""
    for part in reversed(node.named_children):
        name, value = part.child_by_field_name("name"), part.child_by_field_name("value")
        if name is not None and value is not None:
            walker.visit(value, (define, walker, name))


def if_(walker: Walker, node: Node) -> None:
    """``if`` with or without ``else``."""
    walker.at(node)
    walker.visit(node.child_by_field_name("condition"), (_branches, walker, node))


def _branches(walker: Walker, node: Node) -> None:
    builder = walker.builder
    other = builder.label()
    walker.fork(other)
    consequence = node.child_by_field_name("consequence")
    alternative = node.child_by_field_name("alternative")
    if alternative is None:
        walker.visit(consequence, (walker.join, other))
        return
    end = builder.label()
    walker.visit(consequence, (_turn, walker, end, other), alternative, (walker.join, end))


def _turn(walker: Walker, end: int, other: int) -> None:
    walker.flush()
    walker.builder.goto(end)
    walker.builder.place(other)


def _rows(node: Node) -> tuple[int, int]:
    return node.start_point[0], node.end_point[0]


def _head(walker: Walker, node: Node) -> tuple[int, int]:
    """Place the head of a loop before what follows; give the labels of its head and its end."""
    walker.at(node)
    walker.flush()
    builder = walker.builder
    head, end = builder.label(), builder.label()
    builder.place(head)
    builder.node(walker.row, quiet=True)
    return head, end


def _enter(walker: Walker, node: Node, end: int, again: int) -> None:
    walker.builder.enter_loop(end, again, *_rows(node), walker.taken_labels())


def _exit_unless(walker: Walker, condition: Node | None, end: int) -> None:
    """Leave a loop when its condition, which has been read, does not hold."""
    if _always(condition):
        walker.flush()
    else:
        walker.fork(end)


def _always(condition: Node | None) -> bool:
    while condition is not None and condition.type == "parenthesized_expression":
        condition = first_of(condition)
    return condition is None or condition.type in ("true", "empty_statement", ";")


def _repeat(walker: Walker, head: int, end: int) -> None:
    walker.flush()
    builder = walker.builder
    builder.goto(head)
    builder.leave_loop()
    builder.place(end)


def while_(walker: Walker, node: Node) -> None:
    """``while (c) …``."""
    head, end = _head(walker, node)
    _enter(walker, node, end, head)
    condition = node.child_by_field_name("condition")
    walker.visit(
        condition,
        (_exit_unless, walker, condition, end),
        node.child_by_field_name("body"),
        (_repeat, walker, head, end),
    )


def do(walker: Walker, node: Node) -> None:
    """``do … while (c)``."""
    head, end = _head(walker, node)
    again = walker.builder.label()
    _enter(walker, node, end, again)
    condition = node.child_by_field_name("condition")
    walker.visit(
        node.child_by_field_name("body"),
        (walker.join, again),
        condition,
        (_exit_unless, walker, condition, end),
        (_repeat, walker, head, end),
    )


def for_(walker: Walker, node: Node) -> None:
    """``for (a; b; c) …``; what ``let`` declares is carried from one iteration to the next."""
    first = node.child_by_field_name("initializer")
    names = block_names([first] if first is not None else [])
    hidden = walker.open_block(names, node, carried=True)
    labels = walker.taken_labels()
    walker.visit(first, (_for_loop, walker, node, labels), (walker.close_block, hidden))


def _for_loop(walker: Walker, node: Node, labels: tuple[str, ...]) -> None:
    head, end = _head(walker, node)
    walker.labels = labels
    again = walker.builder.label()
    _enter(walker, node, end, again)
    condition = node.child_by_field_name("condition")
    walker.visit(
        condition,
        (_exit_unless, walker, condition, end),
        node.child_by_field_name("body"),
        (walker.join, again),
        node.child_by_field_name("increment"),
        (_repeat, walker, head, end),
    )


def for_in(walker: Walker, node: Node) -> None:
    """``for (a of b) …``, ``for (a in b) …``, ``for await``; ``let`` is fresh each time."""
    kind, left = node.child_by_field_name("kind"), node.child_by_field_name("left")
    names = pattern_names(left) if kind is not None and kind.type != "var" else []
    hidden = walker.open_block(names, node)
    labels = walker.taken_labels()
    walker.visit(
        node.child_by_field_name("right"),
        (_for_in_loop, walker, node, labels),
        (walker.close_block, hidden),
    )


def _for_in_loop(walker: Walker, node: Node, labels: tuple[str, ...]) -> None:
    waits = any(part.type == "await" for part in node.children)
    head, end = _head(walker, node)
    walker.labels = labels
    _enter(walker, node, end, head)
    if waits:
        walker.effect(EffectKind.AWAIT, "", node)
    left = node.child_by_field_name("left")
    walker.visit(
        (_exit_unless, walker, node, end),
        (define, walker, left) if left is not None else None,
        node.child_by_field_name("body"),
        (_repeat, walker, head, end),
    )


def switch(walker: Walker, node: Node) -> None:
    """``switch``: the cases are tried in turn, then one body falls through to the next."""
    body = node.child_by_field_name("body")
    cases = [part for part in body.named_children if part.type in _CASES] if body else []
    labels = walker.taken_labels()
    walker.visit(node.child_by_field_name("value"), (_cases, walker, node, cases, labels))


def _cases(walker: Walker, node: Node, cases: list[Node], labels: tuple[str, ...]) -> None:
    walker.flush()
    builder = walker.builder
    nodes = [part for case in cases for part in case.children_by_field_name("body")]
    hidden = walker.open_block(block_names(nodes), node)
    bodies = [builder.label() for _ in cases]
    end = builder.label()
    builder.enter_loop(end, None, *_rows(node), labels)
    others = [label for label, case in zip(bodies, cases, strict=True) if case.type == _DEFAULT]
    tasks: list[Node | tuple[Any, ...]] = []
    for label, case in zip(bodies, cases, strict=True):
        value = case.child_by_field_name("value")
        if value is not None:
            tasks += [(walker.at, value), value, (walker.fork, label)]
    tasks.append((_no_case, walker, others[0] if others else end))
    for label, case in zip(bodies, cases, strict=True):
        tasks += [(walker.join, label), *case.children_by_field_name("body")]
    after = (_end_switch, walker, end), (walker.close_block, hidden)
    statements(walker, nodes, *after, tasks=tasks)


def _no_case(walker: Walker, label: int) -> None:
    walker.flush()
    walker.builder.goto(label)


def _end_switch(walker: Walker, end: int) -> None:
    walker.flush()
    walker.builder.leave_loop()
    walker.builder.place(end)


def labeled(walker: Walker, node: Node) -> None:
    """``name: …``."""
    label, body = node.child_by_field_name("label"), node.child_by_field_name("body")
    if body is None:
        return
    text = text_of(label.text if label is not None else None)
    walker.labels = (*walker.labels, text)
    if body.type in _LOOPS or body.type in ("labeled_statement", "switch_statement"):
        walker.visit(body)
        return
    walker.flush()
    end = walker.builder.label()
    walker.builder.enter_loop(end, None, *_rows(node), ("{", *walker.taken_labels()))
    walker.visit(body, (_end_switch, walker, end))


def leave_loop(walker: Walker, node: Node) -> None:
    """``break`` and ``continue``, with or without a label."""
    breaks = node.type == "break_statement"
    name = node.child_by_field_name("label")
    text = text_of(name.text if name is not None else None)
    kind = Jump.BREAK if breaks else Jump.CONTINUE
    walker.at(node)
    target, rows = walker.builder.target(kind, text)
    effect = EffectKind.BREAK if breaks else EffectKind.CONTINUE
    walker.context.acts.append(Act(effect, target, node.start_point[0], rows))
    walker.flush()
    walker.builder.jump(kind, text)


def return_(walker: Walker, node: Node) -> None:
    """``return a``."""
    walker.visit(*node.named_children, (_return, walker, node))


def _return(walker: Walker, node: Node) -> None:
    walker.effect(EffectKind.RETURN, "", node)
    walker.flush()
    walker.builder.jump(Jump.RETURN)


def throw(walker: Walker, node: Node) -> None:
    """``throw a``."""
    walker.visit(*node.named_children, (_throw, walker, node))


def _throw(walker: Walker, node: Node) -> None:
    value = next((part for part in node.named_children if part.type != "comment"), None)
    walker.effect(EffectKind.RAISE, raised(value), node)
    walker.flush()
    walker.builder.reraise()


def try_(walker: Walker, node: Node) -> None:
    """``try`` with ``catch``, ``finally`` or both."""
    walker.at(node)
    walker.flush()
    builder = walker.builder
    handler, finalizer = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
    tasks: list[Node | tuple[Any, ...] | None] = []
    if finalizer is not None:
        abrupt = builder.label()
        builder.enter_finally(abrupt)
        tasks = [(_finally, walker, finalizer, abrupt)]
    body = node.child_by_field_name("body")
    if handler is None:
        walker.visit(body, *tasks)
        return
    caught, end = builder.label(), builder.label()
    builder.enter_try(caught)
    walker.visit(body, (_end_try, walker, caught, end), handler, (walker.join, end), *tasks)


def _end_try(walker: Walker, caught: int, end: int) -> None:
    walker.flush()
    walker.builder.leave_try()
    walker.builder.goto(end)
    walker.builder.place(caught)


def catch(walker: Walker, node: Node) -> None:
    """``catch (e) { … }``; the binding is optional, and may be a pattern."""
    parameter = node.child_by_field_name("parameter")
    hidden = walker.open_block(pattern_names(parameter), node)
    walker.visit(
        (define, walker, parameter) if parameter is not None else None,
        node.child_by_field_name("body"),
        (walker.close_block, hidden),
    )


def _finally(walker: Walker, node: Node, abrupt: int) -> None:
    """Read the body of ``finally`` for the way through its end, then for all other ways.

    Deep inside of others, once for both: what it costs then is some precision.
    """
    walker.flush()
    builder = walker.builder
    frame = builder.leave_finally()
    body = node.child_by_field_name("body")
    context = walker.context
    if context.finals >= _TWICE or context.silent:
        builder.place(abrupt)
        walker.visit(body, (_resume_also, walker, frame))
        return
    context.finals += 1
    end = builder.label()
    walker.visit(body, (_turn, walker, end, abrupt), body, (_resume, walker, frame, end))


def _resume(walker: Walker, frame: FinallyFrame, end: int) -> None:
    walker.flush()
    walker.builder.resume(frame)
    walker.context.finals -= 1
    walker.builder.place(end)


def _resume_also(walker: Walker, frame: FinallyFrame) -> None:
    walker.flush()
    builder = walker.builder
    frontier = list(builder.frontier)
    builder.resume(frame)
    builder.frontier = frontier


def with_(walker: Walker, node: Node) -> None:
    """``with (a) …``: any name inside may be a property."""
    walker.effect(EffectKind.DYNAMIC, "with", node)
    walker.visit(node.child_by_field_name("object"), node.child_by_field_name("body"))


HANDLERS: Final[dict[str, Callable[[Walker, Node], None] | None]] = {
    "lexical_declaration": declaration,
    "using_declaration": declaration,
    "variable_declaration": variables,
    "if_statement": if_,
    "while_statement": while_,
    "do_statement": do,
    "for_statement": for_,
    "for_in_statement": for_in,
    "switch_statement": switch,
    "labeled_statement": labeled,
    "break_statement": leave_loop,
    "continue_statement": leave_loop,
    "return_statement": return_,
    "throw_statement": throw,
    "try_statement": try_,
    "catch_clause": catch,
    "with_statement": with_,
    "empty_statement": None,
    "debugger_statement": None,
}
