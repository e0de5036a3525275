"""Imports and exports, of ES modules, of TypeScript and of CommonJS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import tree_sitter

from atomization.pieces import text_of
from atomization.script_names.model import Export, Import, Module, Scope

Node = tree_sitter.Node


def string_of(node: Node | None, source: bytes) -> str:
    """Give the text of a string without its quotes."""
    return text_of(node, source).strip("\"'`")


def line_of(node: Node) -> int:
    """Give the 1-based line on which a node begins."""
    return int(node.start_point[0]) + 1


def read_import(node: Node, module: Module, source: bytes) -> None:
    """``import a, { b as c }, * as d from "e"`` and ``import f = require("g")``."""
    target = string_of(node.child_by_field_name("source"), source)
    found = list(_imported(node, target, source))
    for item in found or ([Import("", "", target, line_of(node))] if target else []):
        bind(module, item)


def _imported(node: Node, target: str, source: bytes) -> Iterator[Import]:
    line = line_of(node)
    stack = list(reversed(node.named_children))
    while stack:
        child = stack.pop()
        if child.type == "identifier":
            yield Import(text_of(child, source), "default", target, line)
        elif child.type == "namespace_import":
            yield Import(text_of(child, source).split()[-1], "", target, line)
        elif child.type == "import_specifier":
            name = string_of(child.child_by_field_name("name"), source)
            local = text_of(child.child_by_field_name("alias"), source) or name
            yield Import(local, name, target, line)
        elif child.type == "import_require_clause":
            module = string_of(child.child_by_field_name("source"), source)
            names = [part for part in child.named_children if part.type == "identifier"]
            yield Import(text_of(names[0], source) if names else "", "", module, line)
        elif child.type != "string":
            stack.extend(reversed(child.named_children))


def bind(module: Module, item: Import, scope: Scope | None = None) -> None:
    """Note an import, and bind its name in a scope (the module's, unless told)."""
    module.imports.append(item)
    if item.local and not item.exported:
        (scope or module.top).imports.setdefault(item.local, item)


def read_export(node: Node, module: Module, source: bytes) -> None:
    """``export …`` in all its forms; what it declares is read where it is declared."""
    line = line_of(node)
    target = string_of(node.child_by_field_name("source"), source)
    kinds = [child.type for child in node.children]
    module.strict = module.strict or "=" not in kinds
    clauses = [child for child in node.named_children if child.type == "export_clause"]
    for part in (part for clause in clauses for part in clause.named_children):
        _read_specifier(part, module, target, source)
    if target and not clauses:
        spaces = [child for child in node.named_children if child.type == "namespace_export"]
        local = string_of(spaces[0].named_children[-1], source) if spaces else "*"
        module.imports.append(Import(local, "" if spaces else "*", target, line, exported=True))
    slot = module.file.slot_at(line)
    if "=" in kinds:
        module.whole = text_of(node.named_children[-1], source) if node.named_children else ""
    elif "default" in kinds:
        value = node.child_by_field_name("value")
        declared = node.child_by_field_name("declaration")
        name = declared.child_by_field_name("name") if declared is not None else value
        known = name is not None and name.type in ("identifier", "type_identifier")
        module.exports["default"] = Export(text_of(name, source) if known else "", slot)
    elif not target:
        for text in _declared(node.child_by_field_name("declaration"), source):
            module.exports.setdefault(text, Export(text, slot))


def _read_specifier(part: Node, module: Module, target: str, source: bytes) -> None:
    name = string_of(part.child_by_field_name("name"), source)
    alias = string_of(part.child_by_field_name("alias"), source) or name
    line = line_of(part)
    if target:
        module.imports.append(Import(alias, name, target, line, exported=True))
    elif name:
        module.exports[alias] = Export(name, module.file.slot_at(line))


def _declared(node: Node | None, source: bytes) -> Iterator[str]:
    """Give the names that an exported declaration declares."""
    stack = [node] if node is not None else []
    while stack:
        part = stack.pop()
        name = part.child_by_field_name("name")
        if part.type in _LEAVES:
            yield text_of(part, source)
        elif part.type in _OPENED or part.type.endswith("_pattern"):
            left = part.child_by_field_name("left") or part.child_by_field_name("value")
            stack.extend(reversed(part.named_children) if left is None else [left])
        elif part.type == "import_alias":
            stack.extend(part.named_children[:1])
        elif name is not None and name.type.endswith("_pattern"):
            stack.append(name)
        elif name is not None:
            yield text_of(name, source).split(".")[0]


_OPENED = ("ambient_declaration", "lexical_declaration", "variable_declaration")
_LEAVES = ("identifier", "shorthand_property_identifier_pattern")


def required(node: Node | None, source: bytes) -> str:
    """Give the module that an expression requires or imports, "" for any other expression."""
    while node is not None and node.type in ("await_expression", "parenthesized_expression"):
        node = node.named_children[0] if node.named_children else None
    if node is None or node.type != "call_expression":
        return ""
    function, arguments = node.named_children[:1], node.child_by_field_name("arguments")
    if not function or text_of(function[0], source) not in ("require", "import"):
        return ""
    first = arguments.named_children[:1] if arguments is not None else []
    return string_of(first[0], source) if first and first[0].type == "string" else ""


def read_required(node: Node, module: Module, source: bytes, scope: Scope) -> bool:
    """``const a = require("b")``, ``const { a: b } = require("c")``, ``const a = require("b").c``.

    The same with ``await import("b")``. Tells whether it was one of these.
    """
    value, name = node.child_by_field_name("value"), node.child_by_field_name("name")
    member = ""
    if value is not None and value.type == "member_expression":
        member = text_of(value.child_by_field_name("property"), source)
        value = value.child_by_field_name("object")
    target = required(value, source)
    if not target or name is None:
        return False
    line, early = line_of(node), scope is module.top
    if name.type == "identifier":
        local = text_of(name, source)
        bind(module, Import(local, member, target, line, at_import=early), scope)
        return True
    if name.type != "object_pattern":
        return False
    _bind_pattern(name, module, source, scope, Import("", "", target, line, at_import=early))
    return True


def _bind_pattern(pattern: Node, module: Module, source: bytes, scope: Scope, item: Import) -> None:
    for part in pattern.named_children:
        key, local = _pair(part, source)
        if local:
            bind(module, replace(item, local=local, name=key), scope)


def bind_promised(function: Node, module: Module, source: bytes, scope: Scope, target: str) -> None:
    """``import("a").then((m) => …)``, ``….then(({ b: c }) => …)``: bind what the callback takes."""
    first = function.child_by_field_name("parameter")
    if first is None:
        parameters = function.child_by_field_name("parameters")
        first = parameters.named_children[0] if parameters and parameters.named_children else None
    if first is not None and first.type in ("required_parameter", "optional_parameter"):
        first = first.child_by_field_name("pattern")
    if first is None:
        return
    item = Import("", "", target, line_of(function), at_import=False)
    if first.type == "identifier":
        bind(module, replace(item, local=text_of(first, source)), scope)
    elif first.type == "object_pattern":
        _bind_pattern(first, module, source, scope, item)


def _pair(part: Node, source: bytes) -> tuple[str, str]:
    if part.type == "object_assignment_pattern":
        part = part.child_by_field_name("left") or part
    if part.type == "pair_pattern":
        value = part.child_by_field_name("value")
        if value is not None and value.type == "identifier":
            return string_of(part.child_by_field_name("key"), source), text_of(value, source)
        return "", ""
    text = text_of(part, source)
    return (text, text) if part.type == "shorthand_property_identifier_pattern" else ("", "")


def read_assignment(node: Node, module: Module, source: bytes) -> None:
    """``module.exports = …``, ``exports.a = …``: what a CommonJS module exports."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or left.type != "member_expression":
        return
    text = text_of(left, source)
    line = line_of(node)
    if text == "module.exports":
        _read_whole(right, module, source)
        return
    owner, _, name = text.rpartition(".")
    if owner not in ("exports", "module.exports"):
        return
    target = required(right, source)
    if target:
        module.imports.append(Import(name, "", target, line, exported=True))
    elif right.type == "identifier":
        module.exports[name] = Export(text_of(right, source), module.file.slot_at(line))
    elif right.type != "unary_expression":  # void 0, as compilers write it before the real one
        module.exports[name] = Export("", module.file.slot_at(line))


def _read_whole(right: Node, module: Module, source: bytes) -> None:
    target = required(right, source)
    if target:
        module.imports.append(Import("*", "*", target, line_of(right), exported=True))
    elif right.type == "identifier":
        module.whole = text_of(right, source)
    elif right.type == "object":
        for part in right.named_children:
            _read_property(part, module, source)
    else:
        module.exports["default"] = Export("", module.file.slot_at(line_of(right)))


def _read_property(part: Node, module: Module, source: bytes) -> None:
    slot = module.file.slot_at(line_of(part))
    if part.type == "shorthand_property_identifier":
        name = text_of(part, source)
        module.exports[name] = Export(name, slot)
    elif part.type == "spread_element":
        target = required(part.named_children[0] if part.named_children else None, source)
        if target:
            module.imports.append(Import("*", "*", target, line_of(part), exported=True))
    elif part.type in ("pair", "method_definition"):
        key = part.child_by_field_name("key") or part.child_by_field_name("name")
        value = part.child_by_field_name("value")
        local = text_of(value, source) if value is not None and value.type == "identifier" else ""
        target = required(value, source)
        if target:
            item = Import(string_of(key, source), "", target, line_of(part), exported=True)
            module.imports.append(item)
        else:
            module.exports[string_of(key, source)] = Export(local, slot)


def read_call(node: Node, module: Module, source: bytes) -> None:
    """What compilers write for exports: ``__exportStar(require("a"), exports)`` and the like."""
    arguments = node.child_by_field_name("arguments")
    parts = arguments.named_children if arguments is not None else []
    texts = [text_of(part, source) if part.type != "object" else "" for part in parts]
    line = line_of(node)
    if "exports" not in texts:
        return
    callee = text_of(node.named_children[0], source)
    if callee.endswith("__exportStar") and required(parts[0], source):
        target = required(parts[0], source)
        module.imports.append(Import("*", "*", target, line, exported=True))
    elif callee == "Object.defineProperty" and len(parts) > 1 and parts[1].type == "string":
        name = string_of(parts[1], source)
        module.exports.setdefault(name, Export("", module.file.slot_at(line)))
