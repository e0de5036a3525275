"""How TypeScript and JavaScript throw and catch errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import tree_sitter

from atomization.contracts.errors import Errors, Handler, Thrown

_THROW: Final = re.compile(r"throw\b[\s(]*(new\b)?\s*([\w$.]*)\s*(\(?)")
_WRAPPERS: Final = frozenset({"await_expression", "parenthesized_expression"})
_MADE: Final = {"call_expression": "function", "new_expression": "constructor"}
_LITERALS: Final = {
    "string": "string",
    "template_string": "string",
    "number": "number",
    "true": "boolean",
    "false": "boolean",
    "null": "null",
    "regex": "RegExp",
    "array": "array",
    "object": "object",
    "arrow_function": "function",
    "jsx_element": "JSX.Element",
    "jsx_self_closing_element": "JSX.Element",
}
_LOGICAL: Final = frozenset({"&&", "||", "??"})
_COMPARING: Final = frozenset({"==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof"})
_MAX_DOTS: Final = 16
_MAX_PARTS: Final = 64


class ScriptErrors(Errors):
    """The errors of one file of TypeScript or JavaScript."""

    def thrown(self, node: tree_sitter.Node) -> Thrown:
        """Read a ``throw`` statement; a lower-case name without ``new`` is that of a value."""
        row, _ = node.start_point
        match = _THROW.match(self.places.text(node))
        made, dotted, called = match.groups() if match else ("", "", "")
        name = dotted.rsplit(".", 1)[-1]
        if name and (made or name[:1].isupper()):
            return Thrown(node.start_byte, row, name)
        return Thrown(node.start_byte, row, "", "" if called else dotted)

    def given(self, node: tree_sitter.Node) -> Iterator[str]:
        """Tell what a ``return`` statement hands back; nothing where it hands nothing back."""
        values = [child for child in node.children if child.is_named and child.type != "comment"]
        for value in values[:1]:
            yield from self.expression(value)

    def expression(self, value: tree_sitter.Node) -> Iterator[str]:
        """Tell what an expression may be: dotted names, calls, literals' types, or nothing."""
        stack = [value]
        for _ in range(_MAX_PARTS):
            if not stack:
                return
            part = stack.pop()
            inner = [child for child in part.children if child.is_named and child.type != "comment"]
            if part.type == "ternary_expression":
                stack.extend(reversed(inner[1:]))
            elif part.type == "binary_expression" and _operator(part) in _COMPARING:
                yield "=boolean"
            elif part.type == "binary_expression":
                stack.extend(reversed(inner[:1] if _operator(part) not in _LOGICAL else inner))
            elif part.type in _WRAPPERS and inner:
                stack.append(inner[0])
            else:
                yield self._single(part)

    def _single(self, value: tree_sitter.Node) -> str:
        if value.type in _MADE:
            function = value.child_by_field_name(_MADE[value.type])
            return f"{self.places.text(function)}()" if _is_dotted(function) else ""
        if _is_dotted(value):
            return self.places.text(value)
        known = _LITERALS.get(value.type, "")
        return f"={known}" if known else ""

    def handlers(self, node: tree_sitter.Node) -> list[tuple[tree_sitter.Node, Handler]]:
        """Give the ``catch`` clause of a ``try`` statement: it takes whatever is thrown."""
        clause = node.child_by_field_name("handler")
        if clause is None:
            return []
        alias = self.places.text(clause.child_by_field_name("parameter"))
        return [(clause, Handler((), everything=True, alias=alias))]


def _is_dotted(node: tree_sitter.Node | None) -> bool:
    """Tell whether an expression is a name, or members of one."""
    for _ in range(_MAX_DOTS):
        if node is None or node.type != "member_expression":
            break
        node = node.child_by_field_name("object")
    return node is not None and node.type in ("identifier", "this", "super")


def _operator(node: tree_sitter.Node) -> str:
    operator = node.child_by_field_name("operator")
    return operator.type if operator is not None else ""
