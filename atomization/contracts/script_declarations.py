"""What TypeScript and JavaScript declare: parameters, members, variables, types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import tree_sitter

from atomization.contracts.model import Member, Parameter, ParameterKind, Section
from atomization.contracts.places import Places, split

_MODIFIERS: Final = frozenset({"accessibility_modifier", "readonly", "override_modifier"})
_LITERALS: Final = {
    "string": "string",
    "template_string": "string",
    "number": "number",
    "true": "boolean",
    "false": "boolean",
    "null": "null",
    "undefined": "undefined",
    "regex": "RegExp",
    "array": "array",
    "object": "object",
}
FIELDS: Final = frozenset({"public_field_definition", "field_definition"})
BRACKETS: Final = "([{<)]}>"
_SHORT: Final = 80


class Declarations:
    """Reads the declarations of one file."""

    def __init__(self, places: Places) -> None:
        """Take the texts of the file."""
        self.places = places

    def parameters(
        self, node: tree_sitter.Node | None, sections: tuple[Section, ...]
    ) -> tuple[Parameter, ...]:
        """Read a list of parameters; a comment's types stand in where none is written."""
        parts = node.named_children if node is not None else []
        found = (self._parameter(part) for part in parts if part.type != "comment")
        return tuple(
            part
            if part.annotation or not sections
            else Parameter(part.name, told(sections, "param", part.name), part.default, part.kind)
            for part in found
        )

    def _parameter(self, node: tree_sitter.Node) -> Parameter:
        text = self.places.text
        kind = ParameterKind.ANY
        if node.type == "assignment_pattern":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return Parameter(text(left), "", text(right), kind)
        if node.type not in ("required_parameter", "optional_parameter"):
            kind = ParameterKind.VARIADIC if node.type == "rest_pattern" else kind
            return Parameter(text(node), "", "", kind)
        pattern = node.child_by_field_name("pattern")
        if pattern is not None and pattern.type == "rest_pattern":
            kind = ParameterKind.VARIADIC
        elif any(child.type in _MODIFIERS for child in node.children):
            kind = ParameterKind.PROPERTY
        mark = "?" if node.type == "optional_parameter" else ""
        annotation = annotation_of(text(node.child_by_field_name("type")))
        return Parameter(
            text(pattern) + mark, annotation, text(node.child_by_field_name("value")), kind
        )

    def bases(self, node: tree_sitter.Node) -> Iterator[str]:
        """Name what a heritage clause extends and implements."""
        clauses = [child for child in node.named_children if child.type.endswith("_clause")]
        if not clauses and node.type == "class_heritage":
            yield self.places.text(node).removeprefix("extends").strip()
        for clause in clauses:
            text = self.places.text(clause)
            for word in ("extends", "implements"):
                text = text.removeprefix(word)
            yield from (part.strip() for part in split(text, BRACKETS))

    def members(self, body: tree_sitter.Node | None) -> Iterator[Member]:
        """Give the fields of a class body and the properties that its constructor declares."""
        for node in body.named_children if body is not None else ():
            if node.type in FIELDS:
                yield self.field(node)
            elif node.type == "index_signature":
                yield self.signature(node)
            elif node.type == "method_definition" and self._is_constructor(node):
                for part in self.parameters(node.child_by_field_name("parameters"), ()):
                    if part.kind is ParameterKind.PROPERTY:
                        yield Member(part.name, part.annotation, part.default)

    def _is_constructor(self, node: tree_sitter.Node) -> bool:
        return self.places.text(node.child_by_field_name("name")) == "constructor"

    def field(self, node: tree_sitter.Node) -> Member:
        """Read a field of a class."""
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        return self._typed(node, self.places.text(name))

    def _typed(self, node: tree_sitter.Node, name: str) -> Member:
        value = node.child_by_field_name("value")
        text = self.places.text(value)
        known = annotation_of(self.places.text(node.child_by_field_name("type")))
        known = known or (_LITERALS.get(value.type, "") if value is not None else "")
        return Member(name, known, text if len(text) <= _SHORT else "")

    def signature(self, node: tree_sitter.Node) -> Member:
        """Read one member of an interface or object type."""
        text = self.places.text
        name = node.child_by_field_name("name")
        if node.type == "property_signature":
            mark = "?" if any(child.type == "?" for child in node.children) else ""
            return Member(
                text(name) + mark, annotation_of(text(node.child_by_field_name("type"))), ""
            )
        if node.type == "method_signature" and name is not None:
            rest = self.places.source[name.end_byte : node.end_byte].decode(
                "utf-8", "surrogateescape"
            )
            return Member(text(name), " ".join(rest.split()), "")
        return Member(text(node), "", "")

    def variables(self, node: tree_sitter.Node) -> Iterator[Member]:
        """Read what a ``const``, ``let`` or ``var`` declares."""
        for part in node.named_children:
            if part.type == "variable_declarator":
                yield self._typed(part, self.places.text(part.child_by_field_name("name")))

    def type_members(self, node: tree_sitter.Node) -> Iterator[Member]:
        """Give the members of an interface, an enum, an object type (also in an intersection)."""
        body = node.child_by_field_name("body") or node.child_by_field_name("value")
        stack = [body] if body is not None else []
        while stack:
            part = stack.pop()
            if part.type in ("interface_body", "object_type"):
                inner = (child for child in part.named_children if child.type != "comment")
                yield from (self.signature(child) for child in inner)
            elif part.type == "enum_body":
                yield from self._enum(part)
            elif part.type in ("intersection_type", "parenthesized_type"):
                stack.extend(reversed(part.named_children))

    def _enum(self, body: tree_sitter.Node) -> Iterator[Member]:
        for child in body.named_children:
            if child.type == "enum_assignment":
                yield self._typed(child, self.places.text(child.child_by_field_name("name")))
            elif child.type != "comment":
                yield Member(self.places.text(child), "", "")


def annotation_of(text: str) -> str:
    """Take the colon off an annotation."""
    return text.removeprefix(":").strip()


def told(sections: Iterable[Section], kind: str, name: str) -> str:
    """Give the type that a comment tells of a parameter or result."""
    bare = name.removeprefix("...").rstrip("?")
    found = (part.type for part in sections if part.kind == kind)
    if kind == "param":
        found = (part.type for part in sections if part.kind == kind and part.name == bare)
    return next(found, "")
