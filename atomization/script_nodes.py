"""What the syntax nodes of TypeScript, TSX and JavaScript are, and what can be read off them."""

from __future__ import annotations

import re
from typing import Final

import tree_sitter

from atomization.pieces import IGNORED, flat, text_of

FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_signature",
        "arrow_function",
        "function_expression",
        "generator_function",
    }
)
CLASSES: Final = frozenset({"class_declaration", "abstract_class_declaration", "class"})
TYPES: Final = frozenset({"interface_declaration", "type_alias_declaration", "enum_declaration"})
DECLARATIONS: Final = frozenset({"lexical_declaration", "variable_declaration"})
NAMESPACES: Final = frozenset({"internal_module", "module"})
CLAUSES: Final = frozenset(
    {"else_clause", "catch_clause", "finally_clause", "switch_case", "switch_default"}
)
BODIES: Final = frozenset({"statement_block", "switch_body", "class_body"})
COMPOUND: Final = frozenset(
    {
        "if_statement",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "do_statement",
        "with_statement",
        "switch_statement",
        "try_statement",
        "labeled_statement",
        "class_static_block",
        "statement_block",
    }
)
METHODS: Final = frozenset(
    {"method_definition", "method_signature", "abstract_method_signature", "function_signature"}
)
CALLABLES: Final = FUNCTIONS | METHODS
FIELDS: Final = frozenset({"public_field_definition", "field_definition", "index_signature"})
LISTS: Final = frozenset({"object", "array", "arguments", "jsx_element", "jsx_fragment"})
MEMBERS: Final = frozenset({"interface_body", "object_type", "enum_body"})
TEST_CALLS: Final = frozenset({"test", "it", "describe"})
PLACEHOLDER: Final = re.compile(
    r"throw\s+new\s+\w*Error\s*\(\s*(?:[\"'`][^\"'`]*not[ -]?implemented[^\"'`]*[\"'`])\s*\)\s*;?"
    r"|throw\s+new\s+NotImplemented\w*\s*\(.*\)\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_NESTING: Final = 64


def unwrapped(node: tree_sitter.Node) -> tuple[tree_sitter.Node, str]:
    """Look through ``export``, ``declare`` and ``const f =``; give the node and a name for it."""
    name = ""
    for _ in range(_NESTING):
        inner: tree_sitter.Node | None = None
        if node.type == "export_statement":
            inner = node.child_by_field_name("declaration") or node.child_by_field_name("value")
            inner = inner if inner is not None and _worth(inner) else None
        elif node.type == "ambient_declaration":
            named = [child for child in node.named_children if child.type not in IGNORED]
            inner = named[-1] if named else None
        elif node.type == "expression_statement":
            only = first_of(node)
            inner = only if only is not None and only.type in NAMESPACES else None
        elif node.type in DECLARATIONS:
            declared = [child for child in node.children if child.type == "variable_declarator"]
            value = declared[0].child_by_field_name("value") if len(declared) == 1 else None
            label = declared[0].child_by_field_name("name") if len(declared) == 1 else None
            if value is not None and value.type in FUNCTIONS | CLASSES and label is not None:
                inner, name = value, (label.text or b"").decode("utf-8", "surrogateescape")
        if inner is None:
            return node, name
        node = inner
    return node, name


def _worth(node: tree_sitter.Node) -> bool:
    kinds = FUNCTIONS | CLASSES | TYPES | DECLARATIONS | NAMESPACES
    return node.type in kinds or node.type == "ambient_declaration"


def first_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Give the first named child of a node, if it has one."""
    return node.named_child(0) if node.named_child_count else None


def name_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Give the node that names a declaration or member."""
    return node.child_by_field_name("name") or node.child_by_field_name("property")


def body_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Give the body of a definition."""
    return node.child_by_field_name("body")


def value_of(node: tree_sitter.Node) -> tree_sitter.Node:
    """Give what a member or pair holds, the node itself where it holds nothing."""
    return node.child_by_field_name("value") or node


def header_of(node: tree_sitter.Node, body: tree_sitter.Node | None, source: bytes) -> str:
    """Give the text of a definition before its body, on one line."""
    end = body.start_byte if body is not None else node.end_byte
    text = source[node.start_byte : end].decode("utf-8", "surrogateescape")
    return flat(text).rstrip("{ ").rstrip()


def doc_text(node: tree_sitter.Node | None, source: bytes) -> str:
    """Give the text of a ``/** … */`` comment without its frame."""
    text = text_of(node, source)
    if not text.startswith("/**"):
        return ""
    lines = text.removeprefix("/**").removesuffix("*/").splitlines()
    return "\n".join(line.strip().removeprefix("*").strip() for line in lines).strip()
