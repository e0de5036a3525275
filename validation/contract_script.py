"""What a TypeScript or JavaScript atom declares, compared with what its slot declared.

There is no type checker for these languages here yet, so the comparison is of tokens: everything
up to the body has to be what it was, spacing and comments aside, and nothing may stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import tree_sitter

from atomization.parser import Language, parse
from validation.contract_python import Change

_SURROUNDINGS: Final = (("", ""), ("class _ {\n", "\n}"), ("", "\n}"), ("class _ {\n", "\n}\n}"))
_FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
_VALUES: Final = frozenset(
    {"variable_declarator", "public_field_definition", "field_definition", "export_statement"}
)
_WRAPPERS: Final = frozenset(
    {"export_statement", "lexical_declaration", "variable_declaration", *_VALUES}
)
_IMPORTS: Final = frozenset({"import_statement"})
_PLACEHOLDER: Final = re.compile(r"not[ _-]?(?:yet[ _-]?)?implemented|\bTODO\b", re.IGNORECASE)
_COMMENTS: Final = frozenset({"comment", "html_comment"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """An atom's items, without the class or bracket that was put around it to make it whole."""

    items: tuple[tree_sitter.Node, ...]
    doc: str
    rows: int

    def line(self, node: tree_sitter.Node) -> int:
        """Give a node's line within the atom, 1-based."""
        return max(node.start_point.row + 1 - self.rows, 1)


def parsed(code: str, language: Language) -> Parsed | None:
    """Parse an atom's text on its own; None for a fragment that only its file makes whole."""
    for before, after in _SURROUNDINGS:
        source = (before + code + after).encode("utf-8", "surrogateescape")
        root = parse(source, language).root_node
        if root.has_error:
            continue
        nodes = root.children
        if before:
            if len(root.named_children) != 1 or root.named_children[0].type != "class_declaration":
                continue
            body = root.named_children[0].child_by_field_name("body")
            nodes = body.children[1:-1] if body is not None else []
        items = tuple(node for node in nodes if node.is_named and node.type not in _COMMENTS)
        return Parsed(items, _doc(nodes, items), before.count("\n"))
    return None


def _doc(nodes: list[tree_sitter.Node], items: tuple[tree_sitter.Node, ...]) -> str:
    """Give the documentation comment right before the first item, its margins aside."""
    doc = ""
    for node in nodes:
        if items and node.start_byte >= items[0].start_byte:
            break
        if node.type == "comment" and _text(node).startswith("/**"):
            doc = _text(node)
    rows = (row.strip().lstrip("*").strip() for row in doc.strip("/").strip("*").splitlines())
    return "\n".join(row for row in rows if row)


def changes(skeleton: Parsed, answer: Parsed) -> list[Change]:
    """List what an answer declares differently from its slot: one change for each item."""
    if skeleton.items and all(node.type in _IMPORTS for node in skeleton.items):
        return []
    found = []
    if len(answer.items) != len(skeleton.items):
        extra = answer.items[len(skeleton.items) :]
        message = (
            f"the slot holds {len(skeleton.items)} declaration(s) and the answer "
            f"{len(answer.items)}; a slot holds only what it began with"
        )
        line = answer.line(extra[0]) if extra else None
        found.append(Change(message, line, _listed(skeleton), _listed(answer)))
        return found
    for old, new in zip(skeleton.items, answer.items, strict=True):
        wanted, given = _head(old), _head(new)
        if wanted != given:
            message = "the signature changed; others rely on what the slot declared"
            found.append(Change(message, answer.line(new), wanted, given))
    if skeleton.doc and skeleton.doc != answer.doc:
        message = "the documentation comment changed; others rely on what the slot declared"
        found.append(Change(message, None, skeleton.doc, answer.doc or "none"))
    return found


def _listed(parsed: Parsed) -> str:
    return "; ".join(_head(node)[:120] for node in parsed.items) or "nothing"


def _head(item: tree_sitter.Node) -> str:
    """Give the tokens of a declaration that are its contract.

    Up to the body for a function, up to the value for a name, all of it for a type.
    """
    function = _function(item)
    if function is not None:
        body = function.child_by_field_name("body")
        return _tokens(item, body.start_byte if body is not None else item.end_byte)
    end = _value_start(item)
    return _tokens(item, item.end_byte if end is None else end)


def _function(item: tree_sitter.Node) -> tree_sitter.Node | None:
    """Find the function that an item declares, through exports, names and fields."""
    node: tree_sitter.Node | None = item
    while node is not None:
        if node.type in _FUNCTIONS:
            return node
        if node.type not in _WRAPPERS:
            return None
        node = (
            node.child_by_field_name("declaration")
            or node.child_by_field_name("value")
            or next((child for child in node.named_children if child.type in _WRAPPERS), None)
        )
    return None


def _value_start(item: tree_sitter.Node) -> int | None:
    node: tree_sitter.Node | None = item
    while node is not None and node.type in _WRAPPERS:
        value = node.child_by_field_name("value")
        if value is not None and node.type in _VALUES:
            return int(value.start_byte)
        node = node.child_by_field_name("declaration") or next(
            (child for child in node.named_children if child.type in _WRAPPERS), None
        )
    return None


def _tokens(node: tree_sitter.Node, end: int) -> str:
    """Give a node's tokens before an offset, one blank apart, comments left out."""
    words: list[str] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.start_byte >= end or current.type in _COMMENTS:
            continue
        if current.child_count == 0 or current.type in {"string", "template_string", "regex"}:
            words.append(_text(current))
        else:
            stack.extend(reversed(current.children))
    text = " ".join(word for word in words if word)
    return re.sub(r", (?=[)\]}>])|[;,]$", "", text).strip()


def empty_definitions(answer: Parsed) -> Iterator[tuple[str, int, str]]:
    """Find functions without a body, as (name, line, what stands there instead).

    A constructor whose parameters are properties may be empty.
    """
    for item in answer.items:
        function = _function(item)
        body = function.child_by_field_name("body") if function is not None else None
        if function is None or body is None or body.type != "statement_block":
            continue
        statements = [node for node in body.named_children if node.type not in _COMMENTS]
        name = _name(function) or _name(item)
        if not statements:
            if name != "constructor" or "accessibility_modifier" not in str(function):
                yield name, answer.line(item), "an empty block"
        elif len(statements) == 1 and statements[0].type == "throw_statement":
            said = _text(statements[0])
            if _PLACEHOLDER.search(said):
                yield name, answer.line(statements[0]), said


def _name(node: tree_sitter.Node) -> str:
    current: tree_sitter.Node | None = node
    while current is not None:
        name = current.child_by_field_name("name")
        if name is not None:
            return _text(name)
        current = current.child_by_field_name("declaration") or next(
            (child for child in current.named_children if child.type in _WRAPPERS), None
        )
    return ""


def unfinished_comments(code: str, language: Language) -> Iterator[tuple[int, str]]:
    """Find comments that say that something is left to do, as (line, comment)."""
    found = parsed(code, language)
    stack = list(found.items) if found is not None else []
    while found is not None and stack:
        node = stack.pop()
        if node.type in _COMMENTS:
            if _PLACEHOLDER.search(_text(node)):
                yield found.line(node), _text(node)
        else:
            stack.extend(reversed(node.children))


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")
