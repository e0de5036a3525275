"""What a source holds, by row: decisions, definitions, names; counted once for the whole tree."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable
from itertools import accumulate

import tree_sitter


class Tallies:
    """Counts by row; rows are 0-based and both ends of a range are included."""

    def __init__(
        self,
        rows: int,
        *,
        decisions: Iterable[tree_sitter.Node],
        asserts: Iterable[tree_sitter.Node],
        definitions: Iterable[tree_sitter.Node],
        bodies: Iterable[tree_sitter.Node],
        names: list[tree_sitter.Node],
        source: bytes,
    ) -> None:
        """Count nodes of each sort; ``decisions`` do not include the ``asserts``."""
        self._decisions = _sums(rows, decisions)
        self._asserts = _sums(rows, asserts)
        self._definitions = _sums(rows, definitions)
        self._bodies = _sums(rows, bodies)
        self._names = names
        self._rows: list[int] | None = None
        self._source = source

    def decisions(self, first: int, last: int, *, asserts: bool = True) -> int:
        """Count the decisions in some rows; asserts among them unless told otherwise."""
        sums = self._decisions
        count = sums[min(last + 1, len(sums) - 1)] - sums[first]
        if asserts:
            sums = self._asserts
            count += sums[min(last + 1, len(sums) - 1)] - sums[first]
        return count

    def definitions(self, first: int, last: int) -> int:
        """Count the definitions that make atoms of their own and begin in some rows."""
        sums = self._definitions
        return sums[min(last + 1, len(sums) - 1)] - sums[first]

    def bodies(self, first: int, last: int) -> int:
        """Count what an expression holds of bodies of functions, in some rows."""
        sums = self._bodies
        return sums[min(last + 1, len(sums) - 1)] - sums[first]

    def last_mentions(self, first: int, last: int, names: Container[str]) -> dict[str, int]:
        """Give the last row among some rows that each of ``names`` is mentioned on."""
        if self._rows is None:
            self._names.sort(key=lambda node: node.start_byte)
            self._rows = [node.start_point.row for node in self._names]
        begin, end = bisect_left(self._rows, first), bisect_right(self._rows, last)
        found: dict[str, int] = {}
        for index in range(begin, end):
            node = self._names[index]
            name = self._source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")
            if name in names:
                found[name] = self._rows[index]
        return found


def _sums(rows: int, nodes: Iterable[tree_sitter.Node]) -> list[int]:
    counts = [0] * (rows + 1)
    for node in nodes:
        counts[min(node.start_point.row, rows) if rows else 0] += 1
    return list(accumulate(counts[:rows], initial=0))
