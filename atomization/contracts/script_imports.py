"""What the imports of TypeScript and JavaScript bind."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from atomization.contracts.model import Bound
from atomization.contracts.places import Places


def exchanged(node: tree_sitter.Node, places: Places) -> Iterator[Bound]:
    """Read what an import, or an export from another module, binds."""
    text = places.text
    module = _unquoted(text(node.child_by_field_name("source")))
    stack = list(reversed(node.named_children))
    while stack:
        part = stack.pop()
        if part.type in ("import_specifier", "export_specifier"):
            name = text(part.child_by_field_name("name"))
            yield Bound(text(part.child_by_field_name("alias")) or name, module, name)
        elif part.type in ("namespace_import", "namespace_export"):
            yield Bound(text(part).split()[-1], module, "*")
        elif part.type == "import_require_clause":
            source = _unquoted(text(part.child_by_field_name("source")))
            yield Bound(text(part).split("=", 1)[0].strip(), source, "")
        elif part.type == "identifier":
            yield Bound(text(part), module, "default")
        elif part.type in ("import_clause", "named_imports", "export_clause"):
            stack.extend(reversed(part.named_children))
    if node.type == "export_statement" and any(child.type == "*" for child in node.children):
        yield Bound("*", module, "*")


def required(node: tree_sitter.Node, places: Places) -> Iterator[Bound]:
    """Read what ``const a = require("b")`` binds."""
    text = places.text
    for part in node.named_children:
        name = part.child_by_field_name("name")
        value = part.child_by_field_name("value")
        if name is None or value is None or value.type != "call_expression":
            continue
        module = _unquoted(text(value.child_by_field_name("arguments")).strip("()"))
        if name.type == "identifier":
            yield Bound(text(name), module, "")
        for piece in name.named_children if name.type == "object_pattern" else ():
            key, _, local = text(piece).partition(":")
            yield Bound(local.strip() or key.strip(), module, key.strip())


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'`")
