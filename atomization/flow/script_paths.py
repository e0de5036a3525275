"""Spelling names, and the places that expressions denote."""

from __future__ import annotations

from typing import Final

import tree_sitter

_LENGTH: Final = 12
_WRAPPED: Final = frozenset(
    {"parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression"}
)


def first_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Give the first named child of a node, if there is one."""
    return node.named_child(0) if node.named_child_count else None


def token_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Give the first child of a node, a keyword perhaps, if there is one."""
    return node.child(0) if node.child_count else None


def text_of(name: bytes | None) -> str:
    """Decode the text of a node; any bytes survive."""
    return (name or b"").decode("utf-8", "surrogateescape")


def path_of(node: tree_sitter.Node) -> tuple[bytes, str]:
    """Spell what an expression denotes, after its root: ``this.items``, ``table[]``.

    Both are empty for what has no name, like the result of a call.
    """
    tail: list[str] = []
    current: tree_sitter.Node | None = node
    for _ in range(_LENGTH):
        if current is None:
            break
        kind = current.type
        if kind in ("identifier", "this", "super"):
            root = current.text or b""
            return root, text_of(root) + "".join(reversed(tail))
        if kind == "member_expression":
            name = current.child_by_field_name("property")
            tail.append("." + text_of(name.text if name is not None else None))
            current = current.child_by_field_name("object")
        elif kind == "subscript_expression":
            tail.append("[]")
            current = current.child_by_field_name("object")
        elif kind in _WRAPPED:
            current = first_of(current)
        else:
            break
    return b"", ""
