"""What the syntax nodes of TypeScript, TSX and JavaScript are to the decomposer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import tree_sitter

from atomization import complexity
from atomization.parser import Language
from atomization.pieces import (
    IGNORED,
    AtomKind,
    Frame,
    Group,
    Item,
    Piece,
    Place,
    Unit,
    flat,
    head_of,
    last_row,
    text_of,
)
from atomization.script_nodes import (
    BODIES,
    CLASSES,
    CLAUSES,
    COMPOUND,
    DECLARATIONS,
    FIELDS,
    FUNCTIONS,
    LISTS,
    MEMBERS,
    METHODS,
    NAMESPACES,
    PLACEHOLDER,
    TEST_CALLS,
    TYPES,
    body_of,
    doc_text,
    first_of,
    header_of,
    name_of,
    unwrapped,
    value_of,
)
from atomization.slicer import Slicer

Captures = dict[str, list[tree_sitter.Node]]

_PATTERN: Final = """
[(comment) (html_comment) (hash_bang_line)] @comment
[(identifier) (shorthand_property_identifier)] @name
[(function_declaration) (generator_function_declaration) (class_declaration)] @definition
(variable_declarator) @declarator
[(statement_block) (class_body)] @body
"""
_MARKUP: Final = "(jsx_element) @body"
_TYPED: Final = "(abstract_class_declaration) @definition"


def pattern_of(language: Language) -> str:
    """Give the query for all that is counted by row in one of the three languages."""
    typed = "" if language is Language.JAVASCRIPT else _TYPED
    markup = "" if language is Language.TYPESCRIPT else _MARKUP
    return complexity.pattern_of(language) + _PATTERN + typed + markup


def definitions(found: Captures) -> list[tree_sitter.Node]:
    """Give the declared functions and classes, and the longer functions that a name is bound to."""
    nodes = list(found.get("definition", ()))
    for node in found.get("declarator", ()):
        if node.start_point.row < node.end_point.row:
            value = node.child_by_field_name("value")
            if value is not None and value.type in FUNCTIONS | CLASSES:
                nodes.append(node)
    return nodes


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

    def definition(self, item: Item, frame: Frame) -> bool:
        """Slice a test, or a large function, class or member, that stands inside a suite."""
        node, name = unwrapped(item.node)
        if test := self._test_name(item.node):
            self._test(item, test, frame)
        elif not self.is_large(item):
            return False
        elif node.type in FUNCTIONS:
            name = name or text_of(name_of(node), self.source) or "default"
            self._function(item, node, name, AtomKind.FUNCTION, frame)
        elif node.type in CLASSES:
            name = name or text_of(name_of(node), self.source) or "default"
            self._class(item, node, name, frame)
        elif node.type == "method_definition":
            name = flat(text_of(name_of(node), self.source), 40)
            self._function(item, node, name, AtomKind.METHOD, frame)
        elif node.type == "pair" and value_of(node).type in FUNCTIONS:
            name = flat(text_of(node.child_by_field_name("key"), self.source), 40)
            self._function(item, value_of(node), name, AtomKind.METHOD, frame)
        else:
            return False
        return True

    def parts(self, node: tree_sitter.Node) -> list[Item]:
        """Give the statements and clauses inside a compound statement or a callback."""
        if node.type == "switch_statement":
            body = node.child_by_field_name("body")
            return self._clauses(body.children) if body is not None else []
        if node.type in ("switch_case", "switch_default"):
            return self.items(node.children_by_field_name("body"))
        if node.type in COMPOUND or node.type in CLAUSES:
            return self._suites(node)
        first, last = node.start_point.row, last_row(node)
        if self.layout.loc(first, last) <= self.limits.target_loc and not (
            self.tallies.decisions(first, last) > 1 or self.tallies.definitions(first, last)
        ):
            return []
        return self._expression_parts(node)

    def _expression_parts(self, node: tree_sitter.Node) -> list[Item]:
        """Give what stands in the bodies that an expression holds, and members between them."""
        found: list[Item] = []
        covered = node.start_point.row
        stack = [(node, False)]
        while stack:
            node, listed = stack.pop()
            first, last = node.start_point.row, last_row(node)
            if listed and first > covered:
                found += self.items([node])
                covered = last
            elif first < last and node.type in BODIES:
                found += self._inside(node)
                covered = last
            elif first < last and self.tallies.bodies(first, last):
                listed = node.type in LISTS
                stack += [(child, listed) for child in reversed(node.named_children)]
        return found

    def bound(self, node: tree_sitter.Node) -> Iterator[str]:
        """Name what a statement declares or assigns, as far as its surface shows."""
        inner = first_of(node) if node.type == "expression_statement" else node
        declared = [node] if inner is None else [inner, *inner.named_children]
        for part in declared:
            target = part.child_by_field_name("left")
            if part.type == "variable_declarator":
                target = part.child_by_field_name("name")
            nodes = [] if target is None else [target]
            while nodes:
                target = nodes.pop()
                if target.type in ("identifier", "shorthand_property_identifier_pattern"):
                    yield text_of(target, self.source)
                elif target.type not in ("member_expression", "subscript_expression"):
                    nodes += target.named_children

    def _suites(self, node: tree_sitter.Node) -> list[Item]:
        found: list[Item] = []
        if node.type == "statement_block":
            return self._inside(node)
        for child in node.children:
            if child.type in BODIES:
                found += self._inside(child)
            elif child.type in CLAUSES:
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
        node, name = unwrapped(item.node)
        name = name or text_of(name_of(node), self.source)
        if node.type in FUNCTIONS:
            self._function(item, node, name or "default", AtomKind.FUNCTION, frame)
        elif node.type in CLASSES:
            self._class(item, node, name or "default", frame)
        elif node.type in NAMESPACES and body_of(node) is not None:
            self._namespace(item, node, name, frame)
        elif node.type in TYPES:
            self._type(item, node, name, frame)
        elif self._imports(item.node):
            self._import(item, frame)
        elif node.type in DECLARATIONS:
            self._constant(item, node, frame)
        else:
            self._statement(item, frame)

    def class_item(self, item: Item, frame: Frame) -> None:
        """Slice one member of a class."""
        node = item.node
        name = text_of(name_of(node), self.source)
        if frame.interface:
            self.named(AtomKind.FIELD, frame, item, [flat(name or self._head(node), 40)])
            return
        value = node.child_by_field_name("value")
        if node.type in METHODS:
            self._function(item, node, name, AtomKind.METHOD, frame)
        elif value is not None and value.type in FUNCTIONS:
            self._function(item, value, name, AtomKind.METHOD, frame)
        elif node.type in FIELDS:
            self.named(AtomKind.FIELD, frame, item, [name or "[index]"])
        else:
            self.statement(item, frame)

    def _described(self, piece: Piece, item: Item) -> Piece:
        piece.signature = piece.signature or head_of(item.node, self.source, 200)
        piece.docstring = doc_text(item.doc, self.source)
        return piece

    def _head(self, node: tree_sitter.Node) -> str:
        return head_of(node, self.source, 40)

    def _imports(self, node: tree_sitter.Node) -> bool:
        if node.type in ("import_statement", "import_alias"):
            return True
        if node.type == "export_statement":
            return node.child_by_field_name("source") is not None
        if node.type not in DECLARATIONS:
            return False
        declared = [child for child in node.children if child.type == "variable_declarator"]
        values = [text_of(child.child_by_field_name("value"), self.source) for child in declared]
        return bool(values) and all(value.startswith("require(") for value in values)

    def _import(self, item: Item, frame: Frame) -> None:
        group = Group(AtomKind.IMPORT, frame.owner, (id(frame.owner), AtomKind.IMPORT))
        group.label = f"{frame.prefix}imports"
        self.unit(Unit(item.first, item.last, 2 * frame.depth, item.node), group)

    def _constant(self, item: Item, node: tree_sitter.Node, frame: Frame) -> None:
        names = [
            flat(text_of(child.child_by_field_name("name"), self.source), 40)
            for child in node.children
            if child.type == "variable_declarator"
        ]
        if not self.opened(item) or self.taken(item.first, item.node):
            self.named(AtomKind.CONSTANT, frame, item, names)
            return
        piece = Piece(
            AtomKind.CONSTANT, [frame.prefix + names[0]], item.first, item.last, frame.owner
        )
        self._opened(item, self._described(piece, item), frame)

    def _opened(self, item: Item, piece: Piece, frame: Frame) -> None:
        """Add a statement that is an atom of its own, and enter it where it is large."""
        group = Group(AtomKind.BLOCK, piece, (id(piece), AtomKind.BLOCK), lead=piece)
        group.asserts = piece.kind is AtomKind.TEST
        prefix = f"{piece.names[0]}." if piece.names else frame.prefix
        self.statement(item, replace(frame, owner=piece, prefix=prefix), group)

    def _statement(self, item: Item, frame: Frame) -> None:
        test = self._test_name(item.node)
        if test:
            self._test(item, test, frame)
        else:
            self.statement(item, frame)

    def _test(self, item: Item, name: str, frame: Frame) -> None:
        piece = Piece(AtomKind.TEST, [], item.first, item.last, frame.owner, label=name)
        self._opened(item, self._described(piece, item), frame)

    def _type(self, item: Item, node: tree_sitter.Node, name: str, frame: Frame) -> None:
        piece = Piece(AtomKind.TYPE, [frame.prefix + name], item.first, item.last, frame.owner)
        body = body_of(node) or node.child_by_field_name("value")
        members = body is not None and body.type in MEMBERS
        if not self.is_large(item):
            self.named(AtomKind.TYPE, frame, item, [name])
        elif body is None or not members or self.fits(item, node):
            key = (id(frame.owner), AtomKind.TYPE)
            group = Group(AtomKind.TYPE, frame.owner, key, lead=self._described(piece, item))
            group.whole = True
            self.unit(Unit(item.first, item.last, 2 * frame.depth, item.node), group)
        else:
            self._container(item, node, body, piece, replace(frame, interface=True))

    def _test_name(self, node: tree_sitter.Node) -> str:
        call = first_of(node) if node.type == "expression_statement" else None
        if call is None or call.type != "call_expression":
            return ""
        callee = text_of(call.child_by_field_name("function"), self.source)
        arguments = call.child_by_field_name("arguments")
        title = first_of(arguments) if arguments is not None else None
        if callee.split(".", 1)[0] not in TEST_CALLS or title is None:
            return ""
        return flat(f"{callee} {text_of(title, self.source).strip(chr(34) + chr(39) + '`')}", 80)

    def _namespace(self, item: Item, node: tree_sitter.Node, name: str, frame: Frame) -> None:
        piece = Piece(AtomKind.BLOCK, [frame.prefix + name], item.first, item.last, frame.owner)
        self._container(item, node, body_of(node), piece, frame)

    def _class(self, item: Item, node: tree_sitter.Node, name: str, frame: Frame) -> None:
        piece = Piece(AtomKind.CLASS, [frame.prefix + name], item.first, item.last, frame.owner)
        found = (child for child in [*item.node.children, *node.children] if child.is_named)
        decorators = {child.start_byte: child for child in found if child.type == "decorator"}
        piece.decorators = tuple(
            text_of(child, self.source).removeprefix("@") for child in decorators.values()
        )
        self._container(item, node, body_of(node), piece, frame)

    def _container(
        self,
        item: Item,
        node: tree_sitter.Node,
        body: tree_sitter.Node | None,
        piece: Piece,
        frame: Frame,
    ) -> None:
        """Add the header of a class, type or namespace, then walk its members."""
        if self.taken(item.first, item.node):
            self.statement(item, frame)
            return
        piece.signature = header_of(item.node, body, self.source)
        kind = AtomKind.BLOCK if piece.kind is AtomKind.BLOCK else AtomKind.FIELD
        prefix = f"{piece.names[0]}."
        described = self._described(piece, item)
        group = Group(kind, piece, (id(piece), kind), lead=described, prefix=prefix)
        inside = self._inside(body) if body is not None else []
        if body is None or not inside:
            group.whole = True
            self.unit(Unit(item.first, item.last, 0, item.node), group)
            return
        last = max(item.first, inside[0].first - 1, body.start_point.row)
        self.unit(Unit(item.first, last, 0, None), group)
        place = Place.MODULE if kind is AtomKind.BLOCK else Place.CLASS
        types = piece.kind is AtomKind.TYPE
        self.enter(Frame(place, inside, piece, prefix, closing=item.last, interface=types))

    def _function(
        self, item: Item, node: tree_sitter.Node, name: str, kind: AtomKind, frame: Frame
    ) -> None:
        if self.taken(item.first, item.node):
            self.statement(item, frame)
            return
        body = body_of(node)
        piece = Piece(kind, [frame.prefix + name], item.first, item.last, frame.owner)
        piece.signature = header_of(item.node, body, self.source)
        piece.is_async = any(child.type == "async" for child in node.children)
        piece.needs_body = body is not None and self._is_placeholder(node, body)
        group = Group(AtomKind.BLOCK, piece, (id(piece), AtomKind.BLOCK), lead=piece)
        self._described(piece, item)
        if body is None or self.fits(item, node):
            inside = []
        elif body.type in BODIES:
            inside = self._inside(body)
        else:
            inside = self._expression_parts(body)
        if body is None or not inside:
            group.whole = True
            self.unit(Unit(item.first, item.last, 0, item.node), group)
            return
        last = max(item.first, inside[0].first - 1)
        if body.type in BODIES:
            last = max(last, body.start_point.row)
        self.unit(Unit(item.first, last, 0, None), group)
        prefix = f"{piece.names[0]}."
        self.enter(Frame(Place.SUITE, inside, piece, prefix, depth=1, closing=item.last))

    def _is_placeholder(self, node: tree_sitter.Node, body: tree_sitter.Node) -> bool:
        if body.type != "statement_block" or body.has_error:
            return False
        statements = [child for child in body.named_children if child.type not in IGNORED]
        if statements:
            text = text_of(statements[0], self.source)
            return len(statements) == 1 and bool(PLACEHOLDER.fullmatch(text))
        parameters = node.child_by_field_name("parameters")
        assigned = parameters is not None and any(
            part.type in ("accessibility_modifier", "readonly")
            for parameter in parameters.named_children
            for part in parameter.children
        )
        return not assigned
