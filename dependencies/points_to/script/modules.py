"""Imports and exports as the analysis reads them."""

from __future__ import annotations

from atomization.script_names.modules import string_of
from dependencies.points_to.script.classes import make_class
from dependencies.points_to.script.flow import Variable
from dependencies.points_to.script.functions import make_function
from dependencies.points_to.script.lowering import HandedOn, Import, Lowering, Node, Steps
from dependencies.points_to.script.patterns import bind, drive
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.script.words import names_of
from dependencies.points_to.solver import NOTHING


def _bound(low: Lowering, local: str, name: str, source: str, line: int) -> None:
    value = Variable(local, None, low.variable(), True, "import")
    kind = Variable(local, None, low.variable(), True, "import")
    low.top.names[local], low.top.types[local] = value, kind
    low.imports.append(Import(source, name, value.all, line))
    if name:
        low.imports.append(Import(source, f"type:{name}", kind.all, line))


def declare_imports(low: Lowering, root: Node) -> None:
    """Bind all imported names before anything is read."""
    for node in root.named_children:
        if node.type == "import_statement":
            low.esm = True
            _import(low, node)


def _import(low: Lowering, node: Node) -> None:
    source = string_of(node.child_by_field_name("source"), low.source)
    line = node.start_point[0] + 1
    work = list(reversed(node.named_children))
    if source and not any(child.type == "import_clause" for child in work):
        low.imports.append(Import(source, "", low.variable(), line))
    while work:
        part = work.pop()
        if part.type == "identifier":
            _bound(low, low.text(part), "default", source, line)
        elif part.type == "namespace_import":
            _bound(low, low.text(part_at(part, 0)), "", source, line)
        elif part.type == "import_specifier":
            name = low.string_or_text(part.child_by_field_name("name"))
            alias = low.text(part.child_by_field_name("alias")) or name
            _bound(low, alias, name, source, line)
        elif part.type == "import_require_clause":
            target = string_of(part.child_by_field_name("source"), low.source)
            local = low.text(part_at(part, 0))
            value = Variable(local, None, low.variable(), True, "import")
            low.top.names[local] = value
            low.imports.append(Import(target, "", value.all, line, common=True))
        elif part.type in ("import_clause", "named_imports"):
            work.extend(reversed(part.named_children))


def export(low: Lowering, node: Node) -> Steps:
    """``export …`` in all its forms."""
    source = string_of(node.child_by_field_name("source"), low.source)
    words = [child.type for child in node.children]
    line = node.start_point[0] + 1
    top = low.context.scope is low.top
    if top and "=" not in words:
        low.esm = True
    clauses = [child for child in node.named_children if child.type == "export_clause"]
    if source and not clauses:
        spaces = [child for child in node.named_children if child.type == "namespace_export"]
        if spaces:
            exported = low.string_or_text(part_at(spaces[0], 0))
            low.handed.append(HandedOn(source, "", exported, line))
        else:
            low.handed.append(HandedOn(source, "*", "*", line))
        return NOTHING
    for part in (part for clause in clauses for part in clause.named_children):
        name = low.string_or_text(part.child_by_field_name("name"))
        if not name and part.named_child_count:
            name = "default"
        alias = low.string_or_text(part.child_by_field_name("alias")) or name
        if part.type != "export_specifier":
            continue
        if source:
            low.handed.append(HandedOn(source, name or "default", alias or "default", line))
        elif top:
            low.exported.append((name, alias, False))
    if clauses:
        return NOTHING
    was, low.open = low.open, True
    for child in node.named_children:
        if child.type == "decorator":
            yield child
    declaration = node.child_by_field_name("declaration")
    value = node.child_by_field_name("value")
    if "default" in words:
        low.exports.names["default"] = yield from _default(low, declaration or value)
    elif "=" in words:
        only = part_at(node, node.named_child_count - 1)
        found = (yield only) if only is not None else NOTHING
        low.copy(found, low.exports.common)
    elif declaration is not None:
        yield declaration
        if top:
            low.exported.extend((name, name, False) for name in declared_names(low, declaration))
        else:
            _into_namespace(low, declaration)
    low.open = was
    return NOTHING


def _default(low: Lowering, node: Node | None) -> Steps:
    if node is None:
        return NOTHING
    name = node.child_by_field_name("name")
    if node.type.endswith("function_declaration") and name is None:
        obj = make_function(low, node, "default", "default", "function")
        return low.holding(obj)
    if node.type in ("class_declaration", "class") and name is None:
        low.hints[node.id] = ("default", "name")
        return (yield from make_class(low, node))
    if node.type not in ("interface_declaration",):
        low.hints[node.id] = ("default", "name")
    found = yield node
    if name is not None:
        text = low.text(name)
        known = low.top.names.get(text) or low.top.types.get(text)
        kind = low.top.types.get(text)
        if kind is not None:
            low.exports.names["type:default"] = kind.all
        return known.all if known is not None else found
    return found


def declared_names(low: Lowering, node: Node) -> list[str]:
    """Give the names that an exported declaration declares."""
    found: list[str] = []
    work = [node]
    while work:
        part = work.pop()
        if part.type in ("identifier", "shorthand_property_identifier_pattern"):
            found.append(low.text(part))
            continue
        name = part.child_by_field_name("name")
        if part.type in ("lexical_declaration", "variable_declaration", "ambient_declaration"):
            work.extend(reversed(part.named_children))
        elif part.type.endswith("_pattern"):
            left = part.child_by_field_name("left") or part.child_by_field_name("value")
            work.extend([left] if left is not None else reversed(part.named_children))
        elif part.type == "import_alias":
            work.extend(part.named_children[:1])
        elif name is not None and name.type.endswith("_pattern"):
            work.append(name)
        elif name is not None:
            found.append(low.text(name).split(".")[0])
    return found


def _into_namespace(low: Lowering, node: Node) -> None:
    space = low.context.scope.space
    for name in declared_names(low, node):
        variable = low.context.scope.names.get(name)
        if variable is not None and space:
            low.copy(variable.all, low.heap.field(space, name))
            low.give(low.heap.field(space, "[[keys]]"), low.heap.key(name))
        kind = low.context.scope.types.get(name)
        if kind is not None and space:
            low.copy(kind.all, low.heap.field(space, name))


def required(low: Lowering, node: Node, source: str) -> int:
    """``require("a")`` and ``import("a")``."""
    var = low.variable()
    line = node.start_point[0] + 1
    low.required = True
    low.imports.append(Import(source, "", var, line, common=True))
    return var


__all__ = ["bind", "declare_imports", "drive", "export", "names_of", "required"]
