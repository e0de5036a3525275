"""Cutting a source into atoms, putting atoms together, and fitting an answer into its place.

The one law: the atoms' texts, concatenated, are the source, byte for byte, whatever the source is.
It holds by construction. Boundaries are a rising list of row starts, the first at 0 and the last
at the end, and every atom is the text between two of them; the syntax tree only says where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Final

import tree_sitter

from atomization import complexity, python_slicer, script_slicer
from atomization.fitting import fit_answer
from atomization.layout import Layout, Row
from atomization.parser import Language, query
from atomization.pieces import AtomKind, Limits, Piece, rows_of
from atomization.reading import Reading, read
from atomization.slicer import Slicer
from atomization.tallies import Tallies

__all__ = ["AtomKind", "Slot", "assemble", "decompose", "fit_answer", "slots_of"]

MAX_DECISIONS: Final = 1
"""An atom's complexity, which is one more than its decisions, stays below 3."""
_WHOLE: Final = {
    AtomKind.IMPORT: "one import statement",
    AtomKind.FUNCTION: "signature and first statement",
    AtomKind.METHOD: "signature and first statement",
    AtomKind.TEST: "signature and first statement",
    AtomKind.CLASS: "class header",
    AtomKind.TYPE: "one type declaration",
    AtomKind.TRIVIA: "closing brackets",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One atom's place in a source file.

    Lines are 1-based and both included. ``loc`` counts lines that are neither blank nor comment
    nor docstring. ``complexity`` is one more than the slot's own decisions (``complexity.py``).
    ``needs_body`` says that the body is only a placeholder. ``irreducible`` is empty, or the
    reason why the slot exceeds a limit.
    """

    kind: AtomKind
    name: str
    code: str
    start_line: int
    end_line: int
    parent: str | None
    loc: int
    complexity: int
    signature: str
    docstring: str
    decorators: tuple[str, ...]
    is_async: bool
    needs_body: bool
    irreducible: str

    def to_json(self) -> dict[str, object]:
        """Give the slot as plain data."""
        return {**asdict(self), "kind": self.kind.value, "decorators": list(self.decorators)}


def decompose(
    source: bytes, language: Language, *, max_loc: int = 15, target_loc: int = 10
) -> list[Slot]:
    """Cut any source into slots whose texts, concatenated, are the source.

    Functions, classes and runs of statements are split where that costs least
    (``partition.split``): about ``target_loc`` lines of code an atom, none over ``max_loc``, one
    decision at most; what no cut brings under these says why in ``irreducible``. Never raises for
    what stands in the source: what the grammar does not understand becomes part of a slot. Raises
    ValueError for limits that are not 1 <= target_loc <= max_loc.
    """
    return slots_of(read(source, language), max_loc=max_loc, target_loc=target_loc)


def slots_of(reading: Reading, *, max_loc: int = 15, target_loc: int = 10) -> list[Slot]:
    """Do what ``decompose`` does for a source that is parsed already."""
    if not 1 <= target_loc <= max_loc:
        raise ValueError(
            f"the limits target_loc={target_loc}, max_loc={max_loc} are out of order: "
            "give 1 <= target_loc <= max_loc"
        )
    if not reading.source:
        return []
    slicer = _slicer_of(reading, Limits(max_loc, target_loc))
    pieces = _with_trivia(slicer.run(reading.tree.root_node), slicer.layout)
    return _slots(pieces, slicer)


def _slicer_of(reading: Reading, limits: Limits) -> Slicer:
    """Query a tree once for all that is counted by row, and choose the slicer."""
    language, source = reading.language, reading.source
    python = language is Language.PYTHON
    pattern = python_slicer.PATTERN if python else script_slicer.pattern_of(language)
    cursor = tree_sitter.QueryCursor(query(language, pattern))
    found = cursor.captures(reading.tree.root_node)
    docstrings = python_slicer.docstrings(found) if python else ()
    layout = Layout(source, found.get("comment", ()), docstrings)
    asserts = found.get("decision.assert", [])
    decisions = complexity.decisions_in(found, language)
    nested = found.get("definition", []) if python else script_slicer.definitions(found)
    tallies = Tallies(
        layout.rows,
        decisions=decisions[: len(decisions) - len(asserts)],
        asserts=asserts,
        definitions=(node for node in nested if layout.loc(*rows_of(node)) > limits.small_loc),
        bodies=found.get("body", ()),
        names=found.get("name", []),
        source=source,
    )
    slicer = python_slicer.PythonSlicer if python else script_slicer.ScriptSlicer
    return slicer(layout, tallies, limits)


def assemble(codes: Iterable[str]) -> bytes:
    """Join the texts of a file's slots, in order, to the bytes of the file."""
    return "".join(codes).encode("utf-8", "surrogateescape")


def _with_trivia(pieces: list[Piece], layout: Layout) -> list[Piece]:
    """Stretch the pieces over comments and blank rows; add those that belong to no piece."""
    last = layout.rows - 1
    pieces = [piece for piece in pieces if piece.first <= last]
    if not pieces:
        kind = AtomKind.BLOCK if layout.loc(0, last) else AtomKind.TRIVIA
        return [Piece(kind, [], 0, last, label=kind.value, numbered=True)]
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        end = after.first if after is not None else layout.rows
        indent = layout.indents[after.first] if after is not None else 0
        piece.last = _own_end(min(piece.last, last), end, indent, layout)
    head = _detached_head(pieces[0].first, layout)
    tail = _tail(pieces[-1], layout)
    first = pieces[0]
    for before, after in pairwise(pieces):
        after.first = before.last + 1
    first.first = 0 if head is None else head.last + 1
    return [*([head] if head else []), *pieces, *([tail] if tail else [])]


def _own_end(last: int, end: int, indent: int, layout: Layout) -> int:
    """Find the last row before ``end`` that belongs to the piece ending at row ``last``.

    Its own are closing brackets, other left-over code, and comments indented deeper than what
    follows.
    """
    for row in range(end - 1, last, -1):
        kind = layout.kinds[row]
        if kind in (Row.CODE, Row.DOCSTRING):
            return row
        if kind is Row.COMMENT and layout.indents[row] > indent:
            return row
    return last


def _detached_head(first: int, layout: Layout) -> Piece | None:
    """Give the comments at the top of a file that a blank row parts from the first statement."""
    blank = next((row for row in range(first - 1, -1, -1) if not layout.kinds[row]), None)
    if blank is None or Row.COMMENT not in layout.kinds[:blank]:
        return None
    return Piece(AtomKind.TRIVIA, [], 0, blank, label="trivia", numbered=True)


def _tail(piece: Piece, layout: Layout) -> Piece | None:
    """Give what stands after the last piece when it is more than blank rows."""
    rest = piece.last + 1
    if Row.COMMENT in layout.kinds[rest:]:
        return Piece(AtomKind.TRIVIA, [], rest, layout.rows - 1, label="trivia", numbered=True)
    piece.last = layout.rows - 1
    return None


def _slots(pieces: list[Piece], slicer: Slicer) -> list[Slot]:
    layout, tallies = slicer.layout, slicer.tallies
    _name(pieces)
    slots = []
    for piece in pieces:
        loc = layout.loc(piece.first, piece.last)
        decisions = tallies.decisions(piece.first, piece.last)
        branches = tallies.decisions(piece.first, piece.last, asserts=not piece.test)
        slots.append(
            Slot(
                kind=piece.kind,
                name=piece.name,
                code=layout.text(piece.first, piece.last).decode("utf-8", "surrogateescape"),
                start_line=piece.first + 1,
                end_line=piece.last + 1,
                parent=piece.parent.name if piece.parent is not None else None,
                loc=loc,
                complexity=1 + decisions,
                signature=piece.signature,
                docstring=piece.docstring,
                decorators=piece.decorators,
                is_async=piece.is_async,
                needs_body=piece.needs_body,
                irreducible=_reason(piece, loc, (decisions, branches), slicer.limits),
            )
        )
    return slots


def _name(pieces: list[Piece]) -> None:
    """Give every piece a name that is unique in the file."""
    numbers: Counter[str] = Counter()
    used: set[str] = set()
    for piece in pieces:
        base = _base_name(piece, numbers)
        name = base
        while name in used:
            numbers[base] += 1
            name = f"{base}#{numbers[base] + 1}"
        used.add(name)
        piece.name = name


def _base_name(piece: Piece, numbers: Counter[str]) -> str:
    parent = piece.parent
    if piece.numbered and not piece.label and parent is not None:
        key = f"{parent.name}#block"
        numbers[key] += 1
        return f"{key}{numbers[key] + 1}"
    if piece.numbered:
        label = piece.label or piece.kind.value
        numbers[label] += 1
        return f"{label}{numbers[label]}"
    if piece.label:
        return piece.label
    names = [name for name in piece.names if name] or [piece.kind.value]
    return names[0] if len(names) == 1 else f"{names[0]}..{names[-1]}"


def _reason(piece: Piece, loc: int, counts: tuple[int, int], limits: Limits) -> str:
    """Say why a piece exceeds a limit; empty where it does not.

    ``counts`` are its decisions with and without the asserts that a test is made of.
    """
    decisions, branches = counts
    if loc > limits.max_loc:
        if piece.broken:
            return f"{loc} lines around a syntax error, which leaves no statement to cut at"
        return f"{loc} lines of {_WHOLE.get(piece.kind, 'one statement')}, which cannot be cut"
    if decisions > MAX_DECISIONS >= branches:
        return f"{decisions - branches} asserts of one test, which belong together"
    if decisions > MAX_DECISIONS:
        return f"{decisions} decisions in one statement, which cannot be cut"
    return ""
