"""Which kinds of syntax nodes declare names, open scopes, or hold no names."""

from __future__ import annotations

from typing import Final

from atomization.script_nodes import CALLABLES

FUNCTIONS: Final = CALLABLES | {
    "function_type",
    "constructor_type",
    "call_signature",
    "construct_signature",
}
OWN_NAME: Final = frozenset({"function_expression", "generator_function", "class"})
DECLARING: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_signature",
        "class_declaration",
        "abstract_class_declaration",
        "interface_declaration",
        "type_alias_declaration",
        "enum_declaration",
    }
)
BLOCKS: Final = frozenset(
    {
        "statement_block",
        "for_statement",
        "for_in_statement",
        "switch_body",
        "catch_clause",
        "conditional_type",
        "class_static_block",
    }
)
WORDS: Final = frozenset({"identifier", "type_identifier", "shorthand_property_identifier"})
PATTERN_NAME: Final = "shorthand_property_identifier_pattern"
SKIPPED: Final = frozenset({"comment", "string", "regex", "number", "jsx_closing_element"})
ANNOTATIONS: Final = frozenset({"type_annotation", "implements_clause", "extends_type_clause"})


MEMBERS: Final = frozenset({"member_expression", "nested_identifier", "nested_type_identifier"})
