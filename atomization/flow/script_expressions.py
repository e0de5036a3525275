"""What the expressions of TypeScript and JavaScript do, in the order in which they do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import tree_sitter

from atomization.flow.model import EffectKind
from atomization.flow.script_declarations import is_using
from atomization.flow.script_paths import first_of, path_of, token_of
from atomization.flow.script_walk import Walker

Node = tree_sitter.Node
MUTATORS: Final = frozenset(
    b"push pop shift unshift splice sort reverse fill copyWithin set add delete clear".split()
)
_FIRST_CHANGED: Final = frozenset(
    {
        b"Object.assign",
        b"Object.defineProperty",
        b"Object.defineProperties",
        b"Object.freeze",
        b"Object.seal",
        b"Object.setPrototypeOf",
        b"Reflect.set",
        b"Reflect.defineProperty",
        b"Reflect.deleteProperty",
    }
)
_LOGICAL: Final = frozenset({"&&", "||", "??"})
_LOGICAL_ASSIGNMENTS: Final = frozenset({"&&=", "||=", "??="})
_NAMES: Final = frozenset(
    {
        "identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "type_identifier",
    }
)
_MEMBERS: Final = frozenset({"member_expression", "subscript_expression"})
_PATTERNS: Final = frozenset({"object_pattern", "array_pattern"})
_WITH_DEFAULT: Final = frozenset({"assignment_pattern", "object_assignment_pattern"})
_TRANSPARENT: Final = frozenset(
    {
        "parenthesized_expression",
        "non_null_expression",
        "as_expression",
        "satisfies_expression",
        "type_assertion",
        "rest_pattern",
        "spread_element",
    }
)


def define(walker: Walker, node: Node) -> None:
    """Bind (or assign to) all that a pattern names; defaults are evaluated where needed."""
    kind = node.type
    if kind in _NAMES:
        walker.bind(node)
    elif kind in _PATTERNS:
        walker.visit(*((define, walker, part) for part in node.named_children))
    elif kind in _WITH_DEFAULT:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        walker.visit((walker.maybe, right), (define, walker, left) if left is not None else None)
    elif kind == "pair_pattern":
        value = node.child_by_field_name("value")
        key = node.child_by_field_name("key")
        walker.visit(key, (define, walker, value) if value is not None else None)
    elif kind in _MEMBERS:
        walker.visit(node, (walker.mutate, node))
    elif kind in _TRANSPARENT:
        inner = [part for part in node.named_children if part.type != "type_arguments"]
        walker.visit(*((define, walker, part) for part in inner[:1]))
    else:
        walker.visit(node)


def assignment(walker: Walker, node: Node) -> None:
    """``a = b``, ``a.b = c``, ``[a, b] = c``, and ``using a = b`` to a grammar without it."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is not None and left.type in _MEMBERS:
        walker.visit(left, right, (walker.mutate, left))
    elif left is not None and is_using(node):
        walker.visit(right, (define, walker, left))
    else:
        walker.visit(right, (define, walker, left) if left is not None else None)


def augmented(walker: Walker, node: Node) -> None:
    """``a += b``; ``a ||= b`` assigns on one path only."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if left is None:
        walker.visit(right)
        return
    end: tuple[Any, ...] = (walker.mutate, left)
    target = _unwrapped(left)
    if target.type == "identifier":
        end = (walker.bind, target)
    if operator is not None and operator.type in _LOGICAL_ASSIGNMENTS:
        walker.visit(left, (walker.maybe, right, end))
    else:
        walker.visit(left, right, end)


def update(walker: Walker, node: Node) -> None:
    """``a++``, ``a[i]--``."""
    argument = node.child_by_field_name("argument")
    if argument is None:
        return
    target = _unwrapped(argument)
    after = walker.bind if target.type == "identifier" else walker.mutate
    walker.visit(argument, (after, target))


def _unwrapped(node: Node) -> Node:
    while node.type in _TRANSPARENT:
        inner = first_of(node)
        if inner is None:
            break
        node = inner
    return node


def unary(walker: Walker, node: Node) -> None:
    """``delete a.b`` changes what it deletes from; the others only compute."""
    argument = node.child_by_field_name("argument")
    operator = node.child_by_field_name("operator")
    deletes = operator is not None and operator.type == "delete"
    walker.visit(argument, (walker.mutate, argument) if deletes else None)


def binary(walker: Walker, node: Node) -> None:
    """``a && b && c`` evaluates b and c on one path only; the other leads past all of them."""
    operator = node.child_by_field_name("operator") if walker.forks(node) else None
    if operator is None or operator.type not in _LOGICAL:
        walker.visit_all(node.named_children)
        return
    join = walker.builder.label()
    parts: list[Node | None] = []
    current: Node | None = node
    while current is not None and current.type == "binary_expression":
        own = current.child_by_field_name("operator")
        if own is None or own.type != operator.type:
            break
        parts.append(current.child_by_field_name("right"))
        current = current.child_by_field_name("left")
    tasks: list[Any] = [current]
    for part in reversed(parts):
        tasks += [(walker.fork, join), part]
    walker.visit(*tasks, (walker.join, join))


def ternary(walker: Walker, node: Node) -> None:
    """``a ? b : c``."""
    if not walker.forks(node):
        walker.visit_all(node.named_children)
        return
    walker.visit(node.child_by_field_name("condition"), (_arms, walker, node))


def _arms(walker: Walker, node: Node) -> None:
    builder = walker.builder
    other, end = builder.label(), builder.label()
    walker.fork(other)
    walker.visit(
        node.child_by_field_name("consequence"),
        (_turn, walker, end, other),
        node.child_by_field_name("alternative"),
        (walker.join, end),
    )


def _turn(walker: Walker, end: int, other: int) -> None:
    walker.flush()
    walker.builder.goto(end)
    walker.builder.place(other)


def call(walker: Walker, node: Node) -> None:
    """A call; known methods change their receiver, direct ``eval`` makes the scope dynamic."""
    parts = node.named_children
    if len(parts) < 2:
        walker.visit_all(parts)
        return
    function, arguments = parts[0], parts[-1]
    after: tuple[Any, ...] | None = None
    kind = function.type
    if kind == "member_expression":
        after = _changed(walker, function, arguments)
    elif kind == "identifier" and function.text == b"eval":
        after = (walker.effect, EffectKind.DYNAMIC, "eval", node)
    stack = walker.stack
    if after is not None:
        stack.append(after)
    if walker.chains and _optional(function) and walker.forks(arguments):
        stack.append((walker.maybe, arguments))
    else:
        stack.append(arguments)
    stack.append(function)


def _changed(
    walker: Walker, function: Node, arguments: Node
) -> tuple[Callable[..., None], Node] | None:
    parts = function.named_children
    if len(parts) < 2:
        return None
    if parts[-1].text in MUTATORS:
        return walker.mutate, parts[0]
    if parts[0].type == "identifier" and function.text in _FIRST_CHANGED:
        first = first_of(arguments)
        return (walker.mutate, first) if first is not None else None
    return None


def _optional(function: Node) -> bool:
    return b"?." in (function.text or b"")


def member(walker: Walker, node: Node) -> None:
    """``a.b``: the property is no name."""
    if node.named_child_count:
        walker.stack.append(node.named_child(0))


def first_only(walker: Walker, node: Node) -> None:
    """``a as T``: types are erased."""
    walker.visit(first_of(node))


def this(walker: Walker, node: Node) -> None:
    """``this``."""
    walker.own(EffectKind.THIS, node)


def super_(walker: Walker, node: Node) -> None:
    """``super``."""
    walker.own(EffectKind.SUPER, node)


def meta(walker: Walker, node: Node) -> None:
    """``new.target``; ``import.meta`` belongs to the module."""
    first = token_of(node)
    if first is not None and first.type == "new":
        walker.own(EffectKind.NEW_TARGET, node)


def await_(walker: Walker, node: Node) -> None:
    """``await a``."""
    walker.visit(*node.named_children, (walker.effect, EffectKind.AWAIT, "", node))


def yield_(walker: Walker, node: Node) -> None:
    """``yield a``, ``yield* a``."""
    delegates = any(part.type == "*" for part in node.children)
    kind = EffectKind.YIELD_FROM if delegates else EffectKind.YIELD
    walker.visit(*node.named_children, (walker.effect, kind, "", node))


def element(walker: Walker, node: Node) -> None:
    """A JSX element: a component's name is used, an HTML element's and attributes' are not."""
    name = node.child_by_field_name("name")
    parts = list(node.named_children)
    if name is not None and _intrinsic(name):
        parts = [part for part in parts if part.id != name.id]
    walker.visit_all(parts)


def _intrinsic(name: Node) -> bool:
    if name.type == "identifier":
        text = name.text or b""
        return text[:1].islower() or b"-" in text
    return name.type == "jsx_namespace_name"


def raised(node: Node | None) -> str:
    """Name the type of what ``throw`` throws, where the expression tells."""
    if node is not None and node.type == "new_expression":
        node = node.child_by_field_name("constructor")
    elif node is not None and node.type == "call_expression":
        node = node.child_by_field_name("function")
    else:
        return ""
    text = path_of(node)[1] if node is not None else ""
    return text if text.rpartition(".")[2][:1].isupper() else ""


HANDLERS: Final[dict[str, Callable[[Walker, Node], None] | None]] = {
    "identifier": Walker.use,
    "shorthand_property_identifier": Walker.use,
    "shorthand_property_identifier_pattern": Walker.use,
    "assignment_expression": assignment,
    "augmented_assignment_expression": augmented,
    "update_expression": update,
    "unary_expression": unary,
    "binary_expression": binary,
    "ternary_expression": ternary,
    "call_expression": call,
    "member_expression": member,
    "nested_identifier": member,
    "as_expression": first_only,
    "satisfies_expression": first_only,
    "instantiation_expression": first_only,
    "this": this,
    "super": super_,
    "meta_property": meta,
    "await_expression": await_,
    "yield_expression": yield_,
    "jsx_opening_element": element,
    "jsx_self_closing_element": element,
    "jsx_closing_element": None,
    "jsx_namespace_name": None,
}
