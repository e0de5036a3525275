"""Where things stand in a file, and small readings that the languages share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import tree_sitter

from atomization.contracts.model import Section
from atomization.decomposer import Slot
from atomization.pieces import AtomKind
from atomization.reading import Reading

MAX_VALUE: Final = 200
_BRACKETS: Final = "([{)]}"
_HEADED: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD, AtomKind.TEST})


class Places:
    """The slots of a file by row, and the text of its nodes."""

    def __init__(self, reading: Reading, slots: Sequence[Slot]) -> None:
        """Index the slots, which are those of the reading's source, in order."""
        self.source = reading.source
        self.slots = slots
        self.starts = [slot.start_line - 1 for slot in slots]

    def slot_at(self, row: int) -> int:
        """Give the index of the slot that holds a 0-based row; -1 before the first."""
        return bisect_right(self.starts, row) - 1

    def text(self, node: tree_sitter.Node | None) -> str:
        """Give the text of a node on one line (empty for no node); any bytes survive."""
        if node is None:
            return ""
        text = self.source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")
        return " ".join(text.split()) if "\n" in text or "\r" in text else text

    def short(self, node: tree_sitter.Node | None) -> str:
        """Give the text of a node on one line, cut where it is long."""
        return cut(self.text(node))

    def heads(self, definitions: Iterable[tree_sitter.Node]) -> dict[int, tree_sitter.Node]:
        """Give, for each slot that is a function or class, the node that it defines."""
        found: dict[int, tree_sitter.Node] = {}
        for node in definitions:
            at = self.slot_at(node.start_point.row)
            if at < 0 or at in found:
                continue
            kind = self.slots[at].kind
            if kind is AtomKind.CLASS:
                if node.type.startswith(("class", "abstract_class")):
                    found[at] = node
            elif kind in _HEADED and not node.type.startswith(("class", "abstract_class")):
                found[at] = node
        return found


def cut(text: str, limit: int = MAX_VALUE) -> str:
    """Shorten a text, with a mark where it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def in_order(nodes: Iterable[tree_sitter.Node]) -> list[tree_sitter.Node]:
    """Sort nodes as they are written, the outer before the inner."""
    return sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte))


def documented(sections: Iterable[Section], kind: str) -> tuple[str, ...]:
    """Give the texts of a docstring's sections of a kind."""
    if not sections:
        return ()
    return tuple(part.text for part in sections if part.kind == kind and part.text)


def promised(returns: str, sections: Iterable[Section]) -> tuple[str, ...]:
    """Tell what a result fulfils: its annotation, what the docstring says of it."""
    typed = (f"returns {returns}",) if returns else ()
    return (*typed, *documented(sections, "returns"), *documented(sections, "ensures"))


def type_parameters(text: str, brackets: str = _BRACKETS) -> tuple[str, ...]:
    """Part ``[T, U]`` or ``<T, U>``."""
    return tuple(part.strip() for part in split(text[1:-1], brackets)) if text else ()


def split(text: str, brackets: str = _BRACKETS) -> list[str]:
    """Split at the commas that stand in no bracket; an arrow closes none."""
    half = len(brackets) // 2
    opening, closing = brackets[:half], brackets[half:]
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in opening) - (char in closing and text[at - 1 : at] != "=")
        if char == "," and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [part for part in [*parts, text[start:]] if part.strip()]
