"""What the decomposer thinks in: units that cannot be cut, groups of them, pieces made of runs.

A unit is the smallest run of rows with a boundary on both sides: a simple statement, the header of
a compound statement, a field. A group is a run of neighbouring units that may share an atom: the
inside of one function, the fields of one class, the constants between two functions. A piece is an
atom in the making.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final

import tree_sitter

IGNORED: Final = frozenset({"comment", "html_comment", "line_continuation", "hash_bang_line"})


class AtomKind(StrEnum):
    """What an atom is."""

    IMPORT = "import"
    CONSTANT = "constant"
    TYPE = "type"
    CLASS = "class"
    FIELD = "field"
    FUNCTION = "function"
    METHOD = "method"
    BLOCK = "block"
    TEST = "test"
    TRIVIA = "trivia"


class Place(Enum):
    """The sort of node list that is being walked."""

    MODULE = "module"
    CLASS = "class"
    SUITE = "suite"


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in lines of code: what no atom should exceed, and what a split aims at."""

    max_loc: int
    target_loc: int

    @property
    def small_loc(self) -> int:
        """What a statement may have and still never be cut: half of an atom."""
        return max(1, self.target_loc // 2)


@dataclass(slots=True, eq=False)
class Piece:
    """One future atom: its rows (0-based, both included) and what the tree tells of it."""

    kind: AtomKind
    names: list[str]
    first: int
    last: int
    parent: Piece | None = None
    label: str = ""
    signature: str = ""
    docstring: str = ""
    decorators: tuple[str, ...] = ()
    is_async: bool = False
    needs_body: bool = False
    broken: bool = False
    numbered: bool = False
    test: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A node with the rows that it covers, decorators before it included."""

    node: tree_sitter.Node
    first: int
    last: int
    clause: bool = False
    doc: tree_sitter.Node | None = None


@dataclass(slots=True, eq=False)
class Unit:
    """Rows that stay together. ``depth`` counts half levels: an ``else:`` is between two."""

    first: int
    last: int
    depth: int
    node: tree_sitter.Node | None
    names: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Group:
    """Neighbouring units that may share an atom.

    The first run of units becomes ``lead`` where there is one (a function, a class header); every
    other run becomes a piece of ``kind`` under ``owner``. ``asserts`` says that an assert is no
    decision here, because it is what a test is made of.
    """

    kind: AtomKind
    owner: Piece | None
    key: tuple[int, AtomKind]
    lead: Piece | None = None
    label: str = ""
    prefix: str = ""
    whole: bool = False
    asserts: bool = False
    units: list[Unit] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """A node list being walked, and what is around it."""

    place: Place
    items: list[Item]
    owner: Piece | None = None
    prefix: str = ""
    depth: int = 0
    closing: int = -1
    interface: bool = False
    test: bool = False
    index: int = 0


def last_row(node: tree_sitter.Node) -> int:
    """Give the last row that a node has text on."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point.row else row


def rows_of(node: tree_sitter.Node) -> tuple[int, int]:
    """Give the first and last row that a node has text on."""
    return node.start_point.row, last_row(node)


def text_of(node: tree_sitter.Node | None, source: bytes) -> str:
    """Decode the text of a node (empty for no node); any bytes survive."""
    if node is None:
        return ""
    return source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")


def head_of(node: tree_sitter.Node | None, source: bytes, limit: int) -> str:
    """Give the beginning of a node's text on one line, at most ``limit`` characters."""
    if node is None:
        return ""
    end = min(node.end_byte, node.start_byte + 4 * limit)
    return flat(source[node.start_byte : end].decode("utf-8", "surrogateescape"), limit)


def flat(text: str, limit: int = 300) -> str:
    """Put a text on one line, cut after ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
