"""How functions and classes are named, and how surely a callee is."""

from __future__ import annotations

from typing import Final

from dependencies.points_to.script.lowering import Lowering, Node
from dependencies.points_to.script.model import How
from dependencies.points_to.script.tree import part_at

FUNCTION_DECLARATIONS: Final = frozenset({"function_declaration", "generator_function_declaration"})
CLASS_DECLARATIONS: Final = frozenset({"class_declaration", "abstract_class_declaration"})
CERTAIN: Final = frozenset(
    [
        "arrow_function",
        "function_expression",
        "generator_function",
        "class",
        "object",
        "array",
        "number",
        "string",
        "template_string",
        "new_expression",
        "this",
        "true",
        "false",
        "regex",
    ]
)
WRAPPERS: Final = frozenset(
    [
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
    ]
)


def unwrap(node: Node) -> Node:
    """Look through parentheses and what only types see."""
    for _ in range(50):
        if node.type not in WRAPPERS or not node.named_child_count:
            return node
        inner = part_at(node, node.named_child_count - 1 if node.type == "type_assertion" else 0)
        if inner is None:
            return node
        node = inner
    return node


def joined(prefix: str, name: str) -> str:
    """Put a name behind the name of what it is in."""
    if not prefix or not name:
        return prefix or name
    return f"{prefix}{name}" if name.startswith("[") else f"{prefix}.{name}"


def names_of(low: Lowering, node: Node, own: str = "") -> tuple[str, str]:
    """Give the name that people know a function or class by, and its label in call graphs."""
    context = low.context
    function = context.function
    hint, kind = low.hints.pop(node.id, ("", ""))
    hint = own or hint
    if node.type == "arrow_function" and kind != "key":
        function.arrows += 1
        numbered = f"<arrow{function.arrows}>"
        return joined(context.named, hint or numbered), joined(context.prefix, numbered)
    if not hint:
        function.functions += 1
        hint = f"<function{function.functions}>"
    return joined(context.named, hint), joined(context.prefix, hint)


def how_of(low: Lowering, node: Node) -> How:
    """Tell how surely an expression names what it means."""
    node = unwrap(node)
    for _ in range(10):
        if node.type in ("member_expression", "call_expression"):
            inner = node.child_by_field_name("object") or node.child_by_field_name("function")
            if inner is None:
                return How.FLOW
            node = unwrap(inner)
        else:
            break
    if node.type in ("this", "super"):
        return How.SELF
    if node.type != "identifier":
        return How.FLOW
    variable = low.find(low.text(node))
    if variable is None:
        return How.SCOPE
    if variable.kind == "import":
        return How.IMPORT
    return How.SCOPE if variable.kind in ("function", "class") else How.FLOW


def is_certain(low: Lowering, node: Node) -> bool:
    """Tell whether an expression surely has a value other than ``undefined``."""
    node = unwrap(node)
    if node.type in CERTAIN:
        return True
    if node.type != "identifier":
        return False
    variable = low.find(low.text(node))
    return variable is not None and variable.kind in ("function", "class", "certain")
