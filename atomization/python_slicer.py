"""What Python's syntax nodes are to the decomposer."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
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
    text_of,
)
from atomization.slicer import Slicer
from devmatrix.python_source import UNPARSABLE, literal

# Patterns of one node each: a pattern with children keeps a state open for every level of nesting,
# which is quadratic in the depth of the tree.
PATTERN: Final = (
    complexity.pattern_of(Language.PYTHON)
    + """
(comment) @comment
(identifier) @name
[(function_definition) (class_definition)] @definition
(module) @module
"""
)

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


def docstrings(found: Captures) -> list[tree_sitter.Node]:
    """Give the docstring nodes of modules, classes and functions."""
    bodies = [*found.get("module", ())]
    for owner in found.get("definition", ()):
        body = owner.child_by_field_name("body")
        if body is not None:
            bodies.append(body)
    nodes = []
    for body in bodies:
        first = next((child for child in body.children if child.type not in IGNORED), None)
        if first is not None and _is_string(_definition(first)):
            nodes.append(first)
    return nodes


class PythonSlicer(Slicer):
    """Slices Python."""

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

    def bound(self, node: tree_sitter.Node) -> Iterator[str]:
        """Name what a statement binds: the targets of assignments, loops, ``with`` and imports."""
        inner = _definition(node)
        left = inner.child_by_field_name("left")
        if left is not None:
            yield from self._targets(left)
        elif inner.type == "with_statement" or inner.type in _IMPORTS:
            for child in inner.named_children[:1] if inner.type == "with_statement" else [inner]:
                yield from self._targets(child)

    def _targets(self, node: tree_sitter.Node) -> Iterator[str]:
        nodes = [node]
        while nodes:
            node = nodes.pop()
            if node.type == "identifier":
                yield text_of(node, self.source)
            elif node.type not in ("attribute", "subscript", "call"):
                nodes += node.named_children

    def definition(self, item: Item, frame: Frame) -> bool:
        """Slice a function or class, but none inside a suite that half an atom holds."""
        node = _definition(item.node)
        if frame.place is Place.SUITE and not self.is_large(item):
            return False
        if node.type == "function_definition":
            self._function(item, node, frame)
        elif node.type == "class_definition":
            self._class(item, node, frame)
        else:
            return False
        return True

    def module_item(self, item: Item, frame: Frame) -> None:
        """Slice one top-level statement."""
        node = _definition(item.node)
        if self.definition(item, frame):
            return
        if self._only_imports(item):
            self._import(item, frame)
        elif (names := _assigned(node, self.source)) is not None:
            self._constant(item, node, names, frame)
        elif _is_string(node) and not self.groups:
            self._module_docstring(item, node, frame)
        elif not (_is_string(node) and self._annotates(item, frame, AtomKind.CONSTANT)):
            self._statement(item, frame)

    def class_item(self, item: Item, frame: Frame) -> None:
        """Slice one statement of a class body."""
        node = _definition(item.node)
        if self.definition(item, frame):
            return
        names = _assigned(node, self.source)
        if names is not None:
            self.named(AtomKind.FIELD, frame, item, names)
        elif not (_is_string(node) and self._annotates(item, frame, AtomKind.FIELD)):
            self._statement(item, frame)

    def _module_docstring(self, item: Item, node: tree_sitter.Node, frame: Frame) -> None:
        piece = Piece(AtomKind.CONSTANT, [], item.first, item.last, label="__doc__")
        piece.docstring = _literal(text_of(node, self.source))
        piece.signature = flat(piece.docstring, 120)
        group = Group(AtomKind.CONSTANT, frame.owner, (id(piece), AtomKind.CONSTANT), lead=piece)
        self.unit(Unit(item.first, item.last, 0, item.node), group)

    def _annotates(self, item: Item, frame: Frame, kind: AtomKind) -> bool:
        """Take a string that documents the assignment above it into that assignment's unit."""
        group = self.groups[-1] if self.groups else None
        if group is None or group.key != (id(frame.owner), kind) or item.first > self.row + 1:
            return False
        group.units[-1].last = self.row = max(self.row, item.last)
        return True

    def _import(self, item: Item, frame: Frame) -> None:
        group = Group(AtomKind.IMPORT, frame.owner, (id(frame.owner), AtomKind.IMPORT))
        group.label = f"{frame.prefix}imports"
        group.whole = item.node.type not in _IMPORTS
        self.unit(Unit(item.first, item.last, 2 * frame.depth, item.node), group)

    def _only_imports(self, item: Item) -> bool:
        if item.node.type in _IMPORTS:
            return True
        if item.node.type not in ("if_statement", "try_statement"):
            return False
        if not self.fits(item, item.node):
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
        last = self.groups[-1] if self.groups else None
        header = last is not None and last.lead is not None and last.lead.label == "__doc__"
        if last is not None and header and all(name.startswith("__") for name in names):
            self.unit(Unit(item.first, item.last, 0, item.node), last)
            return
        kind = AtomKind.TYPE if _makes_type(node, self.source) else AtomKind.CONSTANT
        self.named(kind, frame, item, names)

    def _statement(self, item: Item, frame: Frame) -> None:
        if item.node.has_error or not _is_main_guard(item.node, self.source):
            self.statement(item, frame)
            return
        piece = Piece(AtomKind.BLOCK, [], item.first, item.last, frame.owner, label="__main__")
        piece.signature = head_of(item.node, self.source, 120)
        group = Group(AtomKind.BLOCK, piece, (id(piece), AtomKind.BLOCK), lead=piece)
        self.statement(item, replace(frame, owner=piece), group)

    def _class(self, item: Item, node: tree_sitter.Node, frame: Frame) -> None:
        if self.taken(item.first, item.node):
            self.statement(item, frame)
            return
        name = frame.prefix + text_of(node.child_by_field_name("name"), self.source)
        bases = text_of(node.child_by_field_name("superclasses"), self.source)
        piece = Piece(AtomKind.CLASS, [name], item.first, item.last, frame.owner)
        piece.signature = flat(f"class {name}{bases}")
        piece.decorators = _decorators(item.node, self.source)
        body = node.child_by_field_name("body")
        inside = self.items(body.children) if body is not None else []
        piece.docstring = _docstring(inside, self.source)
        last, rest = _header(item, inside)
        group = Group(AtomKind.FIELD, piece, (id(piece), AtomKind.FIELD), piece, prefix=f"{name}.")
        self.unit(Unit(item.first, last, 0, None), group)
        self.enter(Frame(Place.CLASS, rest, piece, f"{name}.", interface="Protocol" in bases))

    def _function(self, item: Item, node: tree_sitter.Node, frame: Frame) -> None:
        if self.taken(item.first, item.node):
            self.statement(item, frame)
            return
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
        test = kind is AtomKind.TEST
        group = Group(AtomKind.BLOCK, piece, (id(piece), AtomKind.BLOCK), piece, asserts=test)
        last, rest = _header(item, inside)
        if not rest or self.fits(item, node, asserts=not test):
            group.whole = True
            self.unit(Unit(item.first, item.last, 0, item.node), group)
            return
        self.unit(Unit(item.first, last, 0, None), group)
        prefix = f"{piece.names[0]}."
        self.enter(Frame(Place.SUITE, rest, piece, prefix, depth=1, test=test))


def _header(item: Item, inside: list[Item]) -> tuple[int, list[Item]]:
    """Give the last row of a definition's header, docstring included, and what follows it."""
    if not inside:
        return item.last, []
    if _is_filler(_definition(inside[0].node)):
        return inside[0].last, inside[1:]
    return max(item.first, inside[0].first - 1), inside


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
    """Give ``def …:`` on one line, without the decorators and comments."""
    colon = next((child for child in node.children if child.type == ":"), body)
    end = colon.start_byte if colon is not None else node.end_byte
    text = source[node.start_byte : end].decode("utf-8", "surrogateescape").rstrip()
    parameters = node.child_by_field_name("parameters")
    if parameters is None or not any(mark in text for mark in "\r\n"):
        return flat(text) + ":"
    before = source[node.start_byte : parameters.start_byte].decode("utf-8", "surrogateescape")
    after = source[parameters.end_byte : end].decode("utf-8", "surrogateescape")
    shown = (text_of(part, source) for part in parameters.named_children)
    listed = ", ".join(flat(part) for part in shown if not part.startswith("#"))
    return flat(f"{before}({listed}){after}".rstrip()) + ":"


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
