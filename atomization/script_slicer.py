"""What the syntax nodes of TypeScript, TSX and JavaScript are to the decomposer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import tree_sitter

from atomization.parser import Language
from atomization.pieces import (
    IGNORED,
    AtomKind,
    Frame,
    Item,
    Piece,
    Place,
    Slicer,
    flat,
    last_row,
    text_of,
)

_SHARED: Final = """
(comment) @comment
(html_comment) @comment
(hash_bang_line) @comment
[(if_statement) (for_statement) (for_in_statement) (while_statement) (do_statement)
 (catch_clause) (switch_case) (ternary_expression) (optional_chain)] @decision
["&&" "||" "??" "&&=" "||=" "??="] @decision
(assignment_pattern) @decision
(object_assignment_pattern) @decision
"""
_TYPED: Final = """
[(required_parameter) (optional_parameter)] @parameter
"""

_FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_signature",
        "arrow_function",
        "function_expression",
        "generator_function",
    }
)
_CLASSES: Final = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_TYPES: Final = frozenset({"interface_declaration", "type_alias_declaration", "enum_declaration"})
_DECLARATIONS: Final = frozenset({"lexical_declaration", "variable_declaration"})
_NAMESPACES: Final = frozenset({"internal_module", "module"})
_CLAUSES: Final = frozenset(
    {"else_clause", "catch_clause", "finally_clause", "switch_case", "switch_default"}
)
_BODIES: Final = frozenset({"statement_block", "switch_body", "class_body"})
_COMPOUND: Final = frozenset(
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
_METHODS: Final = frozenset(
    {"method_definition", "method_signature", "abstract_method_signature", "function_signature"}
)
_FIELDS: Final = frozenset({"public_field_definition", "field_definition", "index_signature"})
_TEST_CALLS: Final = frozenset({"test", "it", "describe"})
_PLACEHOLDER: Final = re.compile(
    r"throw\s+new\s+\w*Error\s*\(\s*(?:[\"'`][^\"'`]*not[ -]?implemented[^\"'`]*[\"'`])\s*\)\s*;?"
    r"|throw\s+new\s+NotImplemented\w*\s*\(.*\)\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_NESTING: Final = 64


def pattern_of(language: Language) -> str:
    """Give the query for comments and decisions in one of the three languages."""
    return _SHARED if language is Language.JAVASCRIPT else _SHARED + _TYPED


def decisions(found: dict[str, list[tree_sitter.Node]]) -> list[tree_sitter.Node]:
    """Give a node for every decision that eslint's classic complexity counts."""
    defaults = [
        node for node in found.get("parameter", []) if node.child_by_field_name("value") is not None
    ]
    return [*found.get("decision", []), *defaults]


class ScriptSlicer(Slicer):
    """Slices TypeScript, TSX and JavaScript."""

    def items(self, nodes: Iterable[tree_sitter.Node]) -> list[Item]:
        """Turn nodes into items; a decorator before a class member belongs to the member."""
        found: list[Item] = []
        first: int | None = None
        for item in super().items(nodes):
            if item.node.type == "decorator":
                first = item.first if first is None else first
                continue
            found.append(item if first is None else replace(item, first=first))
            first = None
        return found

    def is_definition(self, node: tree_sitter.Node) -> bool:
        """Tell whether a node declares a function or class that is sliced on its own."""
        return _unwrapped(node)[0].type in _FUNCTIONS | _CLASSES

    def parts(self, node: tree_sitter.Node) -> list[Item]:
        """Give the statements and clauses inside a compound statement or a callback."""
        if node.type == "switch_statement":
            body = node.child_by_field_name("body")
            return self._clauses(body.children) if body is not None else []
        if node.type in ("switch_case", "switch_default"):
            return self.items(node.children_by_field_name("body"))
        if node.type in _COMPOUND or node.type in _CLAUSES:
            return self._suites(node)
        body = _nested_body(node)
        return self._inside(body) if body is not None else []

    def _suites(self, node: tree_sitter.Node) -> list[Item]:
        found: list[Item] = []
        if node.type == "statement_block":
            return self._inside(node)
        for child in node.children:
            if child.type in _BODIES:
                found += self._inside(child)
            elif child.type in _CLAUSES:
                found += self._clauses([child])
            elif node.type == "else_clause" and child.type == "if_statement":
                found += self._suites(child)
        if not found:
            field = "consequence" if node.type == "if_statement" else "body"
            child_body = node.child_by_field_name(field)
            found = self.items([child_body]) if child_body is not None else []
        return found

    def _clauses(self, nodes: Iterable[tree_sitter.Node]) -> list[Item]:
        named = [node for node in nodes if node.is_named]
        return [replace(item, clause=True) for item in self.items(named)]

    def _inside(self, body: tree_sitter.Node) -> list[Item]:
        return self.items(child for child in body.children if child.is_named)

    def module_item(self, item: Item, frame: Frame) -> None:
        """Slice one top-level statement."""
        node, name = _unwrapped(item.node)
        name = name or text_of(_name_of(node), self.source)
        if node.type in _FUNCTIONS:
            self._function(item, node, name or "default", AtomKind.FUNCTION, frame)
        elif node.type in _CLASSES:
            self._class(item, node, name or "default", frame)
        elif node.type in _NAMESPACES and _body_of(node) is not None:
            self._namespace(item, node, name, frame)
        elif node.type in _TYPES:
            piece = Piece(AtomKind.TYPE, [frame.prefix + name], item.first, item.last, frame.owner)
            frame.current = self._described(piece, item)
        elif self._imports(item.node):
            self._import(item, frame)
        elif node.type in _DECLARATIONS:
            self._constant(item, node, frame)
        else:
            self._statement(item, frame)

    def class_item(self, item: Item, frame: Frame) -> None:
        """Slice one member of a class."""
        node = item.node
        name = text_of(_name_of(node), self.source)
        value = node.child_by_field_name("value")
        if node.type in _METHODS:
            self._function(item, node, name, AtomKind.METHOD, frame)
        elif value is not None and value.type in _FUNCTIONS:
            self._function(item, value, name, AtomKind.METHOD, frame)
        elif node.type in _FIELDS:
            self._field(item, name or "[index]", frame)
        elif node.type not in _BODIES:
            self._statement(item, frame)

    def _described(self, piece: Piece, item: Item) -> Piece:
        text = text_of(item.node, self.source)
        piece.signature = piece.signature or flat(text, 200)
        piece.docstring = _doc_text(item.doc, self.source)
        piece.broken = item.node.has_error
        return self.emit(piece)

    def _imports(self, node: tree_sitter.Node) -> bool:
        if node.type in ("import_statement", "import_alias"):
            return True
        if node.type == "export_statement":
            return node.child_by_field_name("source") is not None
        if node.type not in _DECLARATIONS:
            return False
        declared = [child for child in node.children if child.type == "variable_declarator"]
        values = [text_of(child.child_by_field_name("value"), self.source) for child in declared]
        return bool(values) and all(value.startswith("require(") for value in values)

    def _import(self, item: Item, frame: Frame) -> None:
        if frame.current is not None and frame.current.kind is AtomKind.IMPORT:
            self.extend(frame.current, item)
            return
        piece = Piece(AtomKind.IMPORT, [], item.first, item.last, frame.owner)
        piece.label = f"{frame.prefix}imports"
        frame.current = self.emit(piece)

    def _constant(self, item: Item, node: tree_sitter.Node, frame: Frame) -> None:
        names = [
            flat(text_of(child.child_by_field_name("name"), self.source), 40)
            for child in node.children
            if child.type == "variable_declarator"
        ]
        if self.grows(frame.current, item, AtomKind.CONSTANT, comments=False):
            assert frame.current is not None
            self.extend(frame.current, item, names)
            return
        full = [frame.prefix + name for name in names[:1]] + names[1:]
        piece = Piece(AtomKind.CONSTANT, full, item.first, item.last, frame.owner)
        frame.current = self._described(piece, item)

    def _field(self, item: Item, name: str, frame: Frame) -> None:
        if self.grows(frame.current, item, AtomKind.FIELD, comments=True):
            assert frame.current is not None
            self.extend(frame.current, item, [name])
            return
        names = [frame.prefix + name]
        piece = Piece(AtomKind.FIELD, names, item.first, item.last, frame.owner)
        frame.current = self._described(piece, item)

    def _statement(self, item: Item, frame: Frame) -> None:
        test = self._test_name(item.node)
        if test:
            piece = self._block(item, frame, item.last)
            piece.kind, piece.label, piece.numbered = AtomKind.TEST, test, False
            self.compound(item, frame, piece)
            return
        if self.grows(frame.current, item, AtomKind.BLOCK, comments=False):
            assert frame.current is not None
            self.extend(frame.current, item)
            return
        piece = self._block(item, frame, item.last)
        piece.label = f"{frame.prefix}block"
        self.compound(item, frame, piece)

    def _test_name(self, node: tree_sitter.Node) -> str:
        call = _first(node) if node.type == "expression_statement" else None
        if call is None or call.type != "call_expression":
            return ""
        callee = text_of(call.child_by_field_name("function"), self.source)
        arguments = call.child_by_field_name("arguments")
        title = _first(arguments) if arguments is not None else None
        if callee.split(".", 1)[0] not in _TEST_CALLS or title is None:
            return ""
        return flat(f"{callee} {text_of(title, self.source).strip(chr(34) + chr(39) + '`')}", 80)

    def _namespace(self, item: Item, node: tree_sitter.Node, name: str, frame: Frame) -> None:
        piece = Piece(AtomKind.BLOCK, [frame.prefix + name], item.first, item.last, frame.owner)
        self._container(item, node, piece, frame, Place.MODULE)

    def _class(self, item: Item, node: tree_sitter.Node, name: str, frame: Frame) -> None:
        piece = Piece(AtomKind.CLASS, [frame.prefix + name], item.first, item.last, frame.owner)
        found = (child for child in [*item.node.children, *node.children] if child.is_named)
        decorators = {child.start_byte: child for child in found if child.type == "decorator"}
        piece.decorators = tuple(
            text_of(child, self.source).removeprefix("@") for child in decorators.values()
        )
        self._container(item, node, piece, frame, Place.CLASS)

    def _container(
        self, item: Item, node: tree_sitter.Node, piece: Piece, frame: Frame, place: Place
    ) -> None:
        """Emit the header of a class or namespace, then walk its members up to the bracket."""
        body = _body_of(node)
        piece.signature = _header(item.node, body, self.source)
        frame.current = None
        inside = self._inside(body) if body is not None else []
        if body is None or not inside or inside[0].first <= body.start_point.row:
            self._described(piece, item)
            return
        prefix = f"{piece.names[0]}."
        piece.last = max(piece.first, inside[0].first - 1)
        piece.closed = True
        owner = self._described(piece, item)
        closing = last_row(body)
        self.enter(Frame(place, inside, owner=owner, prefix=prefix, closing=closing, end=item.last))

    def _function(
        self, item: Item, node: tree_sitter.Node, name: str, kind: AtomKind, frame: Frame
    ) -> None:
        body = _body_of(node)
        piece = Piece(kind, [frame.prefix + name], item.first, item.last, frame.owner)
        piece.signature = _header(item.node, body, self.source)
        piece.is_async = any(child.type == "async" for child in node.children)
        piece.needs_body = body is not None and self._is_placeholder(node, body)
        inside = self._inside(body) if body is not None and body.type in _BODIES else []
        frame.current = None
        if not inside or not self.too_long(item.first, item.last):
            self._described(piece, item)
            return
        piece.last = max(piece.first, inside[0].first - 1)
        emitted = self._described(piece, item)
        self.open_suite(emitted, inside, item.last, prefix="", in_function=True)

    def _is_placeholder(self, node: tree_sitter.Node, body: tree_sitter.Node) -> bool:
        if body.type != "statement_block" or body.has_error:
            return False
        statements = [child for child in body.named_children if child.type not in IGNORED]
        if statements:
            text = text_of(statements[0], self.source)
            return len(statements) == 1 and bool(_PLACEHOLDER.fullmatch(text))
        parameters = node.child_by_field_name("parameters")
        assigned = parameters is not None and any(
            part.type in ("accessibility_modifier", "readonly")
            for parameter in parameters.named_children
            for part in parameter.children
        )
        return not assigned


def _unwrapped(node: tree_sitter.Node) -> tuple[tree_sitter.Node, str]:
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
            only = _first(node)
            inner = only if only is not None and only.type in _NAMESPACES else None
        elif node.type in _DECLARATIONS:
            declared = [child for child in node.children if child.type == "variable_declarator"]
            value = declared[0].child_by_field_name("value") if len(declared) == 1 else None
            label = declared[0].child_by_field_name("name") if len(declared) == 1 else None
            if value is not None and value.type in _FUNCTIONS | _CLASSES and label is not None:
                inner, name = value, (label.text or b"").decode("utf-8", "surrogateescape")
        if inner is None:
            return node, name
        node = inner
    return node, name


def _worth(node: tree_sitter.Node) -> bool:
    kinds = _FUNCTIONS | _CLASSES | _TYPES | _DECLARATIONS | _NAMESPACES
    return node.type in kinds or node.type == "ambient_declaration"


def _first(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return node.named_child(0) if node.named_child_count else None


def _name_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return node.child_by_field_name("name") or node.child_by_field_name("property")


def _body_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return node.child_by_field_name("body")


def _nested_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Find the block of the last function that a statement holds (a callback, a wrapper)."""
    for _ in range(_NESTING):
        if node.type in _FUNCTIONS or node.type == "method_definition":
            body = _body_of(node)
            return body if body is not None and body.type == "statement_block" else None
        named = [child for child in node.named_children if child.type not in IGNORED]
        if not named:
            return None
        sized = [child for child in named if last_row(child) > child.start_point.row]
        node = sized[-1] if sized else named[-1]
    return None


def _header(node: tree_sitter.Node, body: tree_sitter.Node | None, source: bytes) -> str:
    end = body.start_byte if body is not None else node.end_byte
    text = source[node.start_byte : end].decode("utf-8", "surrogateescape")
    return flat(text).rstrip("{ ").rstrip()


def _doc_text(node: tree_sitter.Node | None, source: bytes) -> str:
    """Give the text of a ``/** … */`` comment without its frame."""
    text = text_of(node, source)
    if not text.startswith("/**"):
        return ""
    lines = text.removeprefix("/**").removesuffix("*/").splitlines()
    return "\n".join(line.strip().removeprefix("*").strip() for line in lines).strip()
