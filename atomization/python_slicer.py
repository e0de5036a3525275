"""What Python's syntax nodes are to the decomposer."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import replace
from typing import Final

import tree_sitter

from atomization.pieces import (
    IGNORED,
    AtomKind,
    Frame,
    Item,
    Piece,
    Place,
    Slicer,
    flat,
    text_of,
)
from devmatrix.python_source import UNPARSABLE, literal, parse_module

# Patterns of one node each: a pattern with children keeps a state open for every level of nesting,
# which is quadratic in the depth of the tree.
PATTERN: Final = """
(comment) @comment
[(if_statement) (elif_clause) (except_clause) (boolean_operator) (conditional_expression)
 (for_in_clause) (if_clause) (assert_statement)] @decision
[(for_statement) (while_statement) (try_statement)] @arms
(case_clause) @case
[(function_definition) (class_definition) (module)] @documented
"""

_IMPORTS: Final = frozenset(
    {"import_statement", "import_from_statement", "future_import_statement"}
)
_CLAUSES: Final = frozenset(
    {
        "elif_clause",
        "else_clause",
        "except_clause",
        "except_group_clause",
        "finally_clause",
        "case_clause",
    }
)
_COMPOUND: Final = frozenset(
    {
        "if_statement",
        "for_statement",
        "while_statement",
        "try_statement",
        "with_statement",
        "match_statement",
        "function_definition",
        "class_definition",
        "decorated_definition",
    }
)
_TYPE_MAKERS: Final = frozenset(
    {
        "NewType",
        "TypeVar",
        "ParamSpec",
        "TypeVarTuple",
        "NamedTuple",
        "TypedDict",
        "namedtuple",
        "TypeAliasType",
    }
)
_BODILESS: Final = frozenset({"overload", "abstractmethod", "abstractproperty"})


Captures = dict[str, list[tree_sitter.Node]]


def decisions(found: Captures) -> list[tree_sitter.Node]:
    """Give a node for every decision that radon counts: each adds one to the complexity."""
    nodes = list(found.get("decision", []))
    for node in found.get("arms", []):
        if node.type != "try_statement":
            nodes.append(node)
        nodes += [child for child in node.children if child.type == "else_clause"]
    for node in found.get("case", []):
        patterns = [child for child in node.children if child.type == "case_pattern"]
        if any(pattern.named_child_count for pattern in patterns):
            nodes.append(node)
    return nodes


def docstrings(found: Captures) -> list[tree_sitter.Node]:
    """Give the docstring nodes of modules, classes and functions."""
    nodes = []
    for owner in found.get("documented", []):
        body = owner if owner.type == "module" else owner.child_by_field_name("body")
        first = next(
            (child for child in body.children if child.type not in IGNORED) if body else iter(()),
            None,
        )
        if first is not None and _is_string(_definition(first)):
            nodes.append(first)
    return nodes


class PythonSlicer(Slicer):
    """Slices Python."""

    def is_definition(self, node: tree_sitter.Node) -> bool:
        """Tell whether a node is a function or class, decorated or not."""
        return node.type in ("function_definition", "class_definition", "decorated_definition")

    def parts(self, node: tree_sitter.Node) -> list[Item]:
        """Give the statements of a compound statement's suites, its later clauses as items."""
        if node.type not in _COMPOUND and node.type not in _CLAUSES:
            return []
        found: list[Item] = []
        for child in _definition(node).children:
            if child.type == "block":
                found += [
                    replace(item, clause=item.node.type in _CLAUSES)
                    for item in self.items(child.children)
                ]
            elif child.type in _CLAUSES:
                found += [replace(item, clause=True) for item in self.items([child])]
        return found

    def module_item(self, item: Item, frame: Frame) -> None:
        """Slice one top-level statement."""
        node = _definition(item.node)
        if node.type == "function_definition":
            self._function(item, node, frame)
        elif node.type == "class_definition":
            self._class(item, node, frame)
        elif self._only_imports(item):
            self._import(item, frame)
        elif (names := _assigned(node, self.source)) is not None:
            self._constant(item, node, names, frame)
        elif _is_string(node) and not self.pieces:
            piece = Piece(AtomKind.CONSTANT, [], item.first, item.last, label="__doc__")
            piece.docstring = _literal(text_of(node, self.source))
            piece.signature = flat(piece.docstring, 120)
            frame.current = self.emit(piece)
        elif _is_string(node) and self._annotates(item, frame, AtomKind.CONSTANT):
            return
        else:
            self._statement(item, frame)

    def class_item(self, item: Item, frame: Frame) -> None:
        """Slice one statement of a class body."""
        node = _definition(item.node)
        names = _assigned(node, self.source)
        if node.type == "function_definition":
            self._function(item, node, frame)
        elif node.type == "class_definition":
            self._class(item, node, frame)
        elif names is not None:
            self._field(item, names, frame)
        elif _is_filler(node) and self.pieces[-1] is frame.owner:
            self.extend(self.pieces[-1], item)
        elif _is_string(node) and self._annotates(item, frame, AtomKind.FIELD):
            return
        else:
            self._statement(item, frame)

    def _annotates(self, item: Item, frame: Frame, kind: AtomKind) -> bool:
        """Take a string that documents the assignment above it into that assignment's piece."""
        current = frame.current
        if current is None or current.kind is not kind or item.first != current.last + 1:
            return False
        self.extend(current, item)
        return True

    def _import(self, item: Item, frame: Frame) -> None:
        current, plain = frame.current, item.node.type in _IMPORTS
        if plain and current is not None and current.kind is AtomKind.IMPORT and not current.closed:
            self.extend(current, item)
            return
        piece = Piece(AtomKind.IMPORT, [], item.first, item.last, frame.owner)
        piece.label = f"{frame.prefix}imports"
        piece.closed = not plain
        frame.current = self.emit(piece)

    def _only_imports(self, item: Item) -> bool:
        if item.node.type in _IMPORTS:
            return True
        if item.node.type not in ("if_statement", "try_statement"):
            return False
        if self.too_long(item.first, item.last):
            return False
        nodes, found = [item.node], False
        while nodes:
            for part in self.parts(nodes.pop()):
                if part.node.type in _IMPORTS:
                    found = True
                elif part.clause:
                    nodes.append(part.node)
                elif part.node.type != "pass_statement":
                    return False
        return found

    def _constant(self, item: Item, node: tree_sitter.Node, names: list[str], frame: Frame) -> None:
        kind = AtomKind.TYPE if _makes_type(node, self.source) else AtomKind.CONSTANT
        current = frame.current
        dunder = all(name.startswith("__") for name in names)
        header = current is not None and current.label == "__doc__"
        if header and dunder and self._takes(current, item):
            return
        if not header and self.grows(current, item, kind, comments=False):
            assert current is not None
            self.extend(current, item, names)
            return
        piece = Piece(kind, names, item.first, item.last, frame.owner)
        piece.signature = flat(text_of(node, self.source), 200)
        frame.current = self.emit(piece)

    def _takes(self, piece: Piece | None, item: Item) -> bool:
        if piece is None or piece is not self.pieces[-1]:
            return False
        if self.layout.loc(piece.first, item.last) > self.limits.target_loc:
            return False
        self.extend(piece, item)
        return True

    def _field(self, item: Item, names: list[str], frame: Frame) -> None:
        full = [frame.prefix + name for name in names]
        if self.grows(frame.current, item, AtomKind.FIELD, comments=True):
            assert frame.current is not None
            self.extend(frame.current, item, names)
            return
        piece = Piece(AtomKind.FIELD, [*full[:1], *names[1:]], item.first, item.last, frame.owner)
        piece.signature = flat(text_of(item.node, self.source), 200)
        frame.current = self.emit(piece)

    def _statement(self, item: Item, frame: Frame) -> None:
        if not item.node.has_error and _is_main_guard(item.node, self.source):
            label = "__main__"
        else:
            label = ""
            if self.grows(frame.current, item, AtomKind.BLOCK, comments=False):
                assert frame.current is not None
                if not frame.current.label.endswith("__main__"):
                    self.extend(frame.current, item)
                    return
        piece = self._block(item, frame, item.last)
        piece.label = label or f"{frame.prefix}block"
        piece.numbered = not label
        self.compound(item, frame, piece)

    def _class(self, item: Item, node: tree_sitter.Node, frame: Frame) -> None:
        name = frame.prefix + text_of(node.child_by_field_name("name"), self.source)
        bases = text_of(node.child_by_field_name("superclasses"), self.source)
        piece = Piece(AtomKind.CLASS, [name], item.first, item.last, frame.owner)
        piece.signature = flat(f"class {name}{bases}")
        piece.decorators = _decorators(item.node, self.source)
        piece.broken = node.has_error
        body = node.child_by_field_name("body")
        inside = self.items(body.children) if body is not None else []
        piece.docstring = _docstring(inside, self.source)
        frame.current = None
        if not inside:
            self.emit(piece)
            return
        piece.last = max(piece.first, inside[0].first - 1)
        self.enter(
            Frame(
                Place.CLASS,
                inside,
                owner=self.emit(piece),
                prefix=f"{name}.",
                interface="Protocol" in bases,
                end=item.last,
            )
        )

    def _function(self, item: Item, node: tree_sitter.Node, frame: Frame) -> None:
        own = text_of(node.child_by_field_name("name"), self.source)
        kind = AtomKind.METHOD if frame.place is Place.CLASS else AtomKind.FUNCTION
        if own.startswith("test_"):
            kind = AtomKind.TEST
        body = node.child_by_field_name("body")
        inside = self.items(body.children) if body is not None else []
        piece = Piece(kind, [frame.prefix + own], item.first, item.last, frame.owner)
        piece.signature = _signature(node, body, self.source)
        piece.decorators = _decorators(item.node, self.source)
        piece.docstring = _docstring(inside, self.source)
        piece.is_async = any(child.type == "async" for child in node.children)
        piece.needs_body = (
            not node.has_error
            and not frame.interface
            and not any(name.rsplit(".", 1)[-1] in _BODILESS for name in piece.decorators)
            and all(_is_placeholder(part.node, self.source) for part in inside)
        )
        piece.broken = node.has_error
        frame.current = None
        if not inside or not self.too_long(item.first, item.last):
            self.emit(piece)
            return
        piece.last = max(piece.first, inside[0].first - 1)
        self.open_suite(self.emit(piece), inside, item.last, prefix="", in_function=True)


def _definition(node: tree_sitter.Node) -> tree_sitter.Node:
    """Look through decorators and the wrapper of an expression statement."""
    if node.type == "decorated_definition":
        return node.child_by_field_name("definition") or node
    if node.type == "expression_statement":
        inner = [child for child in node.children if child.type not in IGNORED]
        if len(inner) == 1:
            return inner[0]
    return node


def _assigned(node: tree_sitter.Node, source: bytes) -> list[str] | None:
    """Give the plain names that an assignment binds, or None for any other statement."""
    if node.type == "type_alias_statement":
        left = node.child_by_field_name("left")
        return [text_of(left, source).split("[", 1)[0].strip()]
    names: list[str] = []
    current: tree_sitter.Node | None = node
    while current is not None and current.type == "assignment":
        left = current.child_by_field_name("left")
        if left is None:
            return None
        if left.type == "identifier":
            names.append(text_of(left, source))
        elif left.type in ("pattern_list", "tuple_pattern"):
            targets = [child for child in left.children if child.is_named]
            if any(target.type != "identifier" for target in targets):
                return None
            names += [text_of(target, source) for target in targets]
        else:
            return None
        current = current.child_by_field_name("right")
    return names or None


def _makes_type(node: tree_sitter.Node, source: bytes) -> bool:
    if node.type == "type_alias_statement":
        return True
    annotation = text_of(node.child_by_field_name("type"), source)
    if annotation.rsplit(".", 1)[-1] == "TypeAlias":
        return True
    right = node.child_by_field_name("right")
    if right is None or right.type != "call":
        return False
    return text_of(right.child_by_field_name("function"), source).rsplit(".", 1)[-1] in _TYPE_MAKERS


def _decorators(node: tree_sitter.Node, source: bytes) -> tuple[str, ...]:
    if node.type != "decorated_definition":
        return ()
    found = [child for child in node.children if child.type == "decorator"]
    return tuple(text_of(child, source).removeprefix("@").strip() for child in found)


def _signature(node: tree_sitter.Node, body: tree_sitter.Node | None, source: bytes) -> str:
    """Give ``def …:`` on one line, without the decorators."""
    colon = next((child for child in node.children if child.type == ":"), body)
    end = colon.start_byte if colon is not None else node.end_byte
    text = source[node.start_byte : end].decode("utf-8", "surrogateescape").rstrip()
    if not any(mark in text for mark in "\r\n"):
        return text + ":"
    try:
        header = ast.unparse(parse_module(f"{text}: ..."))
    except UNPARSABLE:
        return flat(text) + ":"
    return header.rsplit("\n", 1)[0]


def _docstring(inside: list[Item], source: bytes) -> str:
    if not inside:
        return ""
    node = _definition(inside[0].node)
    return _literal(text_of(node, source)) if _is_string(node) else ""


def _literal(text: str) -> str:
    try:
        value = literal(text)
    except UNPARSABLE:
        return textwrap.dedent(text)
    return inspect.cleandoc(value) if isinstance(value, str) else ""


def _is_string(node: tree_sitter.Node) -> bool:
    return node.type in ("string", "concatenated_string")


def _is_filler(node: tree_sitter.Node) -> bool:
    return _is_string(node) or node.type in ("pass_statement", "ellipsis")


def _is_placeholder(node: tree_sitter.Node, source: bytes) -> bool:
    inner = _definition(node)
    if _is_filler(inner):
        return True
    if inner.type != "raise_statement":
        return False
    return text_of(inner, source)[len("raise") :].strip().startswith("NotImplementedError")


def _is_main_guard(node: tree_sitter.Node, source: bytes) -> bool:
    if node.type != "if_statement":
        return False
    test = text_of(node.child_by_field_name("condition"), source)
    return "__name__" in test and "__main__" in test
