"""How a syntax tree becomes a run of pieces: the part that all languages share.

A piece is an atom in the making: the rows that it owns and what is known of it. A slicer walks a
tree with a stack of its own (never by recursion: the depth of a source is its author's choice),
packs neighbouring statements up to the target size and enters the compound statements that are
too long to be one atom. The packing is greedy; a scored search goes where ``_pack`` is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

import tree_sitter

from atomization.layout import Layout, Row

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
    """Sizes in lines of code: what no atom should exceed, and what packing aims at."""

    max_loc: int
    target_loc: int


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
    closed: bool = False
    numbered: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A node with the rows that it covers, decorators before it included."""

    node: tree_sitter.Node
    first: int
    last: int
    clause: bool = False
    doc: tree_sitter.Node | None = None


@dataclass(slots=True)
class Frame:
    """A node list being walked: where it stands, and the piece that is being filled."""

    place: Place
    items: Sequence[Item]
    owner: Piece | None = None
    prefix: str = ""
    in_function: bool = False
    interface: bool = False
    closing: int | None = None
    end: int = 0
    index: int = 0
    current: Piece | None = None
    fresh: bool = False
    clauses: bool = False


def last_row(node: tree_sitter.Node) -> int:
    """Give the last row that a node has text on."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point.row else row


def text_of(node: tree_sitter.Node | None, source: bytes) -> str:
    """Decode the text of a node (empty for no node); any bytes survive."""
    if node is None:
        return ""
    return source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")


def flat(text: str, limit: int = 300) -> str:
    """Put a text on one line, cut after ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class Slicer(ABC):
    """Walks one tree; the languages say what their nodes are."""

    def __init__(self, layout: Layout, limits: Limits) -> None:
        """Prepare to slice the source that ``layout`` measures."""
        self.layout = layout
        self.limits = limits
        self.source = layout.source
        self.pieces: list[Piece] = []
        self._frames: list[Frame] = []

    @abstractmethod
    def module_item(self, item: Item, frame: Frame) -> None:
        """Handle a node of a module's (or namespace's) own level."""

    @abstractmethod
    def class_item(self, item: Item, frame: Frame) -> None:
        """Handle a node of a class body."""

    @abstractmethod
    def is_definition(self, node: tree_sitter.Node) -> bool:
        """Tell whether a node defines a function or class that is sliced on its own."""

    @abstractmethod
    def parts(self, node: tree_sitter.Node) -> list[Item]:
        """Give the statements and clauses inside a compound node; empty when it has none."""

    def run(self, root: tree_sitter.Node) -> list[Piece]:
        """Slice a whole tree into pieces in source order, without gaps of code between them."""
        self.enter(Frame(Place.MODULE, self.items(root.children)))
        while self._frames:
            frame = self._frames[-1]
            if frame.index == len(frame.items):
                self._leave(self._frames.pop())
                continue
            item = frame.items[frame.index]
            frame.index += 1
            self._step(item, frame)
        return self.pieces

    def _step(self, item: Item, frame: Frame) -> None:
        if frame.place is Place.MODULE:
            self.module_item(item, frame)
        elif frame.place is Place.CLASS:
            self.class_item(item, frame)
        elif not frame.in_function and self.is_definition(item.node):
            frame.current = None
            self.module_item(item, frame)
        else:
            self._pack(item, frame)

    def _leave(self, frame: Frame) -> None:
        if frame.closing is None or not self.pieces or frame.closing <= self.pieces[-1].last:
            return
        label = f"{frame.prefix.rstrip('.')}#end"
        self.emit(Piece(AtomKind.TRIVIA, [], frame.closing, frame.closing, frame.owner, label))

    def items(self, nodes: Iterable[tree_sitter.Node]) -> list[Item]:
        """Turn nodes into items, leaving out comments (the nearest one before is an item's doc)."""
        found = []
        comment: tree_sitter.Node | None = None
        for node in nodes:
            if node.type in IGNORED:
                comment = node
            elif node.end_byte > node.start_byte:
                found.append(Item(node, node.start_point.row, last_row(node), doc=comment))
                comment = None
        return found

    def enter(self, frame: Frame) -> None:
        """Walk a list of nodes next, before the rest of the present one."""
        self._frames.append(frame)

    def emit(self, piece: Piece) -> Piece:
        """Add a piece; one that shares a row with its predecessor becomes part of that."""
        if self.pieces:
            before = self.pieces[-1]
            if piece.first <= before.last or self._joined(before, piece):
                before.last = max(before.last, piece.last)
                before.names.extend(piece.names)
                before.broken |= piece.broken
                return before
        self.pieces.append(piece)
        return piece

    def _joined(self, before: Piece, piece: Piece) -> bool:
        row = piece.first - 1
        return row >= before.last and row < self.layout.rows and self.layout.continues(row)

    def loc(self, piece: Piece) -> int:
        """Count a piece's lines of code."""
        return self.layout.loc(piece.first, min(piece.last, self.layout.rows - 1))

    def grows(self, piece: Piece | None, item: Item, kind: AtomKind, *, comments: bool) -> bool:
        """Tell whether an item can join a piece of the same kind within the target size.

        Nothing but comments (where ``comments`` allows them) may stand between the two.
        """
        if piece is None or piece.kind is not kind or piece.closed or piece is not self.pieces[-1]:
            return False
        between = self.layout.kinds[piece.last + 1 : item.first]
        if Row.BLANK in between or (between and not comments):
            return False
        return self.layout.loc(piece.first, item.last) <= self.limits.target_loc

    def extend(self, piece: Piece, item: Item, names: Sequence[str] = ()) -> None:
        """Let a piece take an item in."""
        piece.last = max(piece.last, item.last)
        piece.names.extend(names)

    def open_suite(
        self, piece: Piece, items: list[Item], last: int, *, prefix: str, in_function: bool
    ) -> None:
        """Walk the inside of a function or compound statement whose first rows are ``piece``."""
        self.enter(
            Frame(
                Place.SUITE,
                items,
                owner=piece if in_function else piece.parent,
                prefix=prefix,
                in_function=in_function,
                end=last,
                current=piece,
                fresh=True,
            )
        )

    def too_long(self, first: int, last: int) -> bool:
        """Tell whether rows hold more code than one atom may."""
        return self.layout.loc(first, last) > self.limits.max_loc

    def compound(self, item: Item, frame: Frame, piece: Piece) -> None:
        """Emit a compound statement as one piece, or its first rows and then what is inside."""
        parts = self.parts(item.node) if self.too_long(item.first, item.last) else []
        if not parts:
            frame.current = self.emit(piece)
            return
        piece.last = max(piece.first, parts[0].first - 1)
        piece.closed = True
        emitted = self.emit(piece)
        frame.current = None
        self.open_suite(emitted, parts, item.last, prefix=frame.prefix, in_function=False)

    def _pack(self, item: Item, frame: Frame) -> None:
        """Put a statement where it fits: into the present piece, or a new one, or several."""
        parts = self.parts(item.node) if self.too_long(item.first, item.last) else []
        if parts:
            self._open(item, frame, parts)
            return
        if self._fits(item, frame):
            assert frame.current is not None
            self.extend(frame.current, item)
        else:
            frame.current = self.emit(self._block(item, frame, item.last))
        frame.fresh = False
        frame.clauses = item.clause

    def _open(self, item: Item, frame: Frame, parts: list[Item]) -> None:
        head = max(item.first, parts[0].first - 1)
        current = frame.current
        if (
            frame.fresh
            and current is not None
            and self.layout.loc(current.first, head) <= self.limits.target_loc
        ):
            self.extend(current, Item(item.node, item.first, head))
        else:
            current = self.emit(self._block(item, frame, head))
        frame.current = None
        frame.fresh = False
        self.enter(
            Frame(
                Place.SUITE,
                parts,
                owner=frame.owner,
                prefix=frame.prefix,
                in_function=frame.in_function,
                end=item.last,
                current=current,
                fresh=True,
            )
        )

    def _fits(self, item: Item, frame: Frame) -> bool:
        current = frame.current
        if current is None or current is not self.pieces[-1]:
            return False
        if item.first <= current.last:
            return True
        if not frame.fresh and item.clause is not frame.clauses:
            return False
        limit = self.limits.max_loc if frame.fresh else self.limits.target_loc
        if self.layout.loc(current.first, item.last) <= limit:
            return True
        if frame.items[-1].clause:
            return False
        end = max(frame.end, frame.items[-1].last)
        return self.layout.loc(current.first, end) <= self.limits.max_loc

    def _block(self, item: Item, frame: Frame, last: int) -> Piece:
        owner = frame.owner
        kind = AtomKind.BLOCK
        piece = Piece(kind, [], item.first, last, owner, broken=item.node.has_error)
        if owner is None or owner.kind is AtomKind.CLASS:
            piece.label = f"{frame.prefix}block"
        piece.numbered = True
        piece.is_async = owner is not None and owner.is_async
        piece.signature = flat(text_of(item.node, self.source), 120)
        return piece
