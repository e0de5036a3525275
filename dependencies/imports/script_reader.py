"""What a TypeScript or JavaScript file imports, read off its tree by one query.

ES modules, CommonJS, ``import()`` of values and of types, ``import x = require()``, augmentations
of modules, ``/// <reference>``, types in JSDoc, AMD's ``define``, and workers as bundlers know
them: ``new Worker(new URL("./a.js", import.meta.url))``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import tree_sitter

from atomization.parser import Language, query
from dependencies.imports.model import FileRequests, ImportKind, Request
from dependencies.imports.script_calls import ImportCalls, line_of, name_of, string_of
from dependencies.imports.script_docs import documented

Node = tree_sitter.Node

_COMMON: Final = """
(import_statement) @import
(export_statement source: (_)) @export
(call_expression function: (import)) @call
(call_expression function: (identifier) @name (#any-of? @name "require" "define")) @call
(new_expression constructor: (identifier) @name (#any-of? @name "Worker" "SharedWorker")
  arguments: (arguments . (new_expression) @url))
"""
_TYPED: Final = """
(ambient_declaration (module name: (string))) @augment
(export_statement declaration: (import_alias)) @alias
"""
_REFERENCE: Final = re.compile(r"^///\s*<reference\s+(path|types)\s*=\s*(['\"])([^'\"]+)\2", re.M)
_DOCUMENTED: Final = re.compile(rb"\bimport\s*\(|@import\b")
_HEADER: Final = re.compile(r"(?:\s+|//[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_ALIASED: Final = re.compile(
    r"export\s+import\s+(type\s+)?([\w$]+)\s*=\s*require\s*\(\s*(['\"])([^'\"\n]+)\3"
)
_TYPE: Final = re.compile(rb"(?:import|export)\s+type\b(?!\s*(?:from\b|,|=))")


def read_script(
    path: str, language: Language, source: bytes, root: Node, *, hopeless: bool = False
) -> FileRequests:
    """Read the imports of a file off its tree; a hopeless one (``is_hopeless``) is not entered."""
    problems = ((1, "no grammar makes sense of the file"),) if hopeless else ()
    found = [] if hopeless else list(_found(root, source, language))
    requests = sorted([*_references(source), *found], key=lambda request: request.line)
    return FileRequests(path, language, tuple(requests), problems=problems)


def _found(root: Node, source: bytes, language: Language) -> Iterator[Request]:
    typed = language is not Language.JAVASCRIPT
    wanted = query(language, _COMMON + _TYPED if typed else _COMMON)
    captures = tree_sitter.QueryCursor(wanted).captures(root)
    for node in captures.get("import", ()):
        yield from _statement(node, source)
    for node in captures.get("export", ()):
        yield _reexport(node, source)
    if "call" in captures or "url" in captures:
        calls = ImportCalls(root, source, language)
        yield from calls.read(captures.get("call", ()), captures.get("url", ()))
    if language is Language.JAVASCRIPT and _DOCUMENTED.search(source) is not None:
        yield from documented(root, source)
    for node in captures.get("augment", ()):
        name = node.named_children[0].child_by_field_name("name")
        specifier = string_of(name, source)
        if specifier and _is_module(root):
            yield Request(line_of(node), specifier, (), ImportKind.TYPE_ONLY, False)
    for node in captures.get("alias", ()):
        text = source[node.start_byte : node.end_byte + 2000].decode("utf-8", "replace")
        match = _ALIASED.match(text)
        if match is not None:
            kind = ImportKind.TYPE_ONLY if match[1] else ImportKind.RE_EXPORT
            yield Request(line_of(node), match[4], (), kind, required=True)


def _statement(node: Node, source: bytes) -> Iterator[Request]:
    """``import …`` in all its forms."""
    clause = next((part for part in node.named_children if part.type == "import_clause"), None)
    required = next(
        (part for part in node.named_children if part.type == "import_require_clause"), None
    )
    where = required if required is not None else node
    specifier = string_of(where.child_by_field_name("source"), source)
    if not specifier:
        return
    typed = _TYPE.match(source, node.start_byte) is not None
    if required is not None:
        kind = ImportKind.TYPE_ONLY if typed else ImportKind.RUNTIME
        yield Request(line_of(node), specifier, (), kind, not typed, required=True)
        return
    if clause is None:
        yield Request(line_of(node), specifier, (), ImportKind.SIDE_EFFECT)
        return
    names, all_types = _imported(clause, source)
    typed = typed or (bool(names) and all_types)
    kind = ImportKind.TYPE_ONLY if typed else ImportKind.RUNTIME
    if not names:
        kind = ImportKind.SIDE_EFFECT
    yield Request(line_of(node), specifier, names, kind, not typed)


def _imported(clause: Node, source: bytes) -> tuple[tuple[str, ...], bool]:
    """Give the names that a clause imports, and whether each is marked as a type."""
    names: list[str] = []
    types = True
    for part in clause.named_children:
        if part.type == "identifier":
            names.append("default")
            types = False
        elif part.type == "namespace_import":
            names.append("*")
            types = False
        for item in part.named_children if part.type == "named_imports" else ():
            if item.type == "import_specifier":
                names.append(name_of(item.child_by_field_name("name"), source))
                types = types and any(child.type == "type" for child in item.children)
    return tuple(names), types


def _reexport(node: Node, source: bytes) -> Request:
    specifier = string_of(node.child_by_field_name("source"), source)
    names: list[str] = []
    types = True
    for part in node.named_children:
        for item in part.named_children if part.type == "export_clause" else ():
            if item.type == "export_specifier":
                names.append(name_of(item.child_by_field_name("name"), source))
                types = types and any(child.type == "type" for child in item.children)
    typed = _TYPE.match(source, node.start_byte) is not None or (bool(names) and types)
    kind = ImportKind.TYPE_ONLY if typed else ImportKind.RE_EXPORT
    clause = any(part.type == "export_clause" for part in node.named_children)
    return Request(line_of(node), specifier, tuple(names) if clause else ("*",), kind, not typed)


def _references(source: bytes) -> Iterator[Request]:
    """``/// <reference path="a.d.ts" />`` before the first statement."""
    if b"<reference" not in source:
        return
    text = source.decode("utf-8", "replace").removeprefix("\ufeff")
    header = _HEADER.match(text)
    for found in _REFERENCE.finditer(header[0] if header is not None else ""):
        specifier = found[3]
        if found[1] == "path" and not specifier.startswith((".", "/")):
            specifier = f"./{specifier}"
        line = text.count("\n", 0, found.start()) + 1
        yield Request(line, specifier, (), ImportKind.TYPE_ONLY, False)


def _is_module(root: Node) -> bool:
    """Tell whether a file is a module, so that ``declare module "a"`` adds to another one."""
    return any(part.type in ("import_statement", "export_statement") for part in root.children)
