"""How Python raises and handles errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import tree_sitter

from atomization.contracts.errors import Errors, Handler, Thrown
from atomization.contracts.python_declarations import literal_type

_RAISE: Final = re.compile(r"raise\b[\s(\\]*([\w.]*)[ \t]*([(\[]?)")
_CLAUSES: Final = frozenset({"except_clause", "except_group_clause"})
_WRAPPERS: Final = frozenset({"await", "parenthesized_expression", "unary_operator"})
_CHOICES: Final = frozenset({"conditional_expression", "boolean_operator", "binary_operator"})
_OPERATIONS: Final = {
    "comparison_operator": "bool",
    "not_operator": "bool",
    "expression_list": "tuple",
}
_MAX_PARTS: Final = 64
_MAX_DOTS: Final = 16


class PythonErrors(Errors):
    """The errors of one Python file."""

    def thrown(self, node: tree_sitter.Node) -> Thrown:
        """Read a ``raise`` statement; a lower-case name is taken for that of a value."""
        row, _ = node.start_point
        match = _RAISE.match(self.places.text(node))
        dotted, called = (match.group(1), match.group(2)) if match else ("", "")
        name = dotted.rsplit(".", 1)[-1]
        if name[:1].isupper():
            return Thrown(node.start_byte, row, name)
        variable = "" if called else dotted
        if name == "with_traceback":
            variable = dotted.split(".", 1)[0]
        return Thrown(node.start_byte, row, "", variable, bare=not dotted)

    def given(self, node: tree_sitter.Node) -> Iterator[str]:
        """Tell what a ``return`` statement hands back; nothing where it hands nothing back."""
        values = [child for child in node.children if child.is_named and child.type != "comment"]
        stack = [value for value in values[:1] if value.type != "none"]
        for _ in range(_MAX_PARTS):
            if not stack:
                return
            value = stack.pop()
            if value.type in _CHOICES:
                stack.extend(reversed(_choices(value)))
            elif value.type in _WRAPPERS and value.named_child_count:
                stack.append(value.named_children[0])
            else:
                yield self._expression(value)

    def _expression(self, value: tree_sitter.Node) -> str:
        if value.type == "call":
            function = value.child_by_field_name("function")
            return f"{self.places.text(function)}()" if _is_dotted(function) else ""
        if _is_dotted(value):
            return self.places.text(value)
        known = _OPERATIONS.get(value.type) or literal_type(value, self.places.text(value))
        return f"={known}" if known else ""

    def handlers(self, node: tree_sitter.Node) -> list[tuple[tree_sitter.Node, Handler]]:
        """Give the ``except`` clauses of a ``try`` statement."""
        clauses = [child for child in node.children if child.type in _CLAUSES]
        return [(clause, self._handler(clause)) for clause in clauses]

    def _handler(self, clause: tree_sitter.Node) -> Handler:
        values = clause.children_by_field_name("value")
        alias = self.places.text(clause.child_by_field_name("alias"))
        names: list[str] = []
        for value in values:
            if value.type == "as_pattern":
                alias = self.places.text(value.child_by_field_name("alias"))
                value = value.named_children[0] if value.named_child_count else value
            parts = value.named_children if value.type in ("tuple", "list") else [value]
            names += [self.places.text(part).rsplit(".", 1)[-1] for part in parts]
        return Handler(tuple(names), not values, alias)


def _is_dotted(node: tree_sitter.Node | None) -> bool:
    """Tell whether an expression is a name, or attributes of one."""
    for _ in range(_MAX_DOTS):
        if node is None or node.type != "attribute":
            break
        node = node.child_by_field_name("object")
    return node is not None and node.type == "identifier"


def _choices(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """Give the operands that tell the type of an expression: for arithmetic, its left one."""
    parts = [child for child in node.children if child.is_named and child.type != "comment"]
    if node.type == "binary_operator":
        return parts[:1]
    return [*parts[:1], *parts[2:]] if node.type == "conditional_expression" else parts
