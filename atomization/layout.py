"""The rows of a source: where each begins, how far it is indented, whether it is code.

Boundaries between atoms fall on row starts only, so rows are the coordinate system of the
decomposer. A row ends with LF, CRLF or a lone CR, which is what the languages themselves count.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import accumulate
from sys import maxsize
from typing import Final

import tree_sitter

from atomization.parser import normalised

_BLANKS: Final = b" \t\f\v\r\n"
_CLOSERS: Final = _BLANKS + b")}];,"
_BOM: Final = b"\xef\xbb\xbf"
_TAB: Final = 8


class Row(IntEnum):
    """What stands in a row."""

    BLANK = 0
    COMMENT = 1
    DOCSTRING = 2
    CODE = 3


class Layout:
    """The rows of one source, with their lines of code as prefix sums."""

    def __init__(
        self,
        source: bytes,
        comments: Iterable[tree_sitter.Node],
        docstrings: Iterable[tree_sitter.Node],
    ) -> None:
        """Measure a source; ``comments`` and ``docstrings`` are its nodes of these sorts."""
        self.source = source
        text = normalised(source)
        lines = text.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        self.rows = len(lines)
        self.starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        if self.starts[-1] > len(source):
            self.starts[-1] = len(source)
        self.indents = [0] * self.rows
        self.kinds = [Row.CODE] * self.rows
        self._margins = [0] * self.rows
        for row, line in enumerate(lines):
            self._measure(row, line)
        self._lines = lines
        self._mark_comments(comments)
        self._mark_docstrings(docstrings)
        self._sums = list(accumulate((kind is Row.CODE for kind in self.kinds), initial=0))

    def _measure(self, row: int, line: bytes) -> None:
        if row == 0:
            line = line.removeprefix(_BOM)
        rest = line.lstrip(_BLANKS)
        if not rest:
            self.kinds[row] = Row.BLANK
            return
        margin = line[: len(line) - len(rest)]
        self._margins[row] = len(margin)
        if b"\f" in margin:
            margin = margin[margin.rindex(b"\f") + 1 :]
        self.indents[row] = len(margin.expandtabs(_TAB))

    def _mark_comments(self, nodes: Iterable[tree_sitter.Node]) -> None:
        """Mark the rows that are comment; all rows of one comment are indented as its first."""
        for node in nodes:
            first, column = node.start_point
            last, end = node.end_point
            if first >= self.rows:
                continue
            leads = column <= self._margins[first] + (len(_BOM) if first == 0 else 0)
            last = min(last, self.rows - 1)
            indent = self.indents[first] if leads else maxsize
            for row in range(first + 1, last + 1):
                self.indents[row] = indent
            for row in range(first, last + 1):
                whole = (row > first or leads) and (
                    row < last or not self._lines[row][end:].strip(_BLANKS)
                )
                if whole and self.kinds[row] is Row.CODE:
                    self.kinds[row] = Row.COMMENT

    def _mark_docstrings(self, nodes: Iterable[tree_sitter.Node]) -> None:
        for node in nodes:
            first, column = node.start_point
            if first >= self.rows:
                continue
            last = min(node.end_point.row, self.rows - 1)
            for row in range(first + (column > self._margins[first]), last + 1):
                if self.kinds[row] is Row.CODE:
                    self.kinds[row] = Row.DOCSTRING

    def loc(self, first: int, last: int) -> int:
        """Count the rows of code from row ``first`` to row ``last``, both included (0-based)."""
        return self._sums[last + 1] - self._sums[first] if last >= first else 0

    def text(self, first: int, last: int) -> bytes:
        """Cut the rows from ``first`` to ``last``, both included, out of the source."""
        return self.source[self.starts[first] : self.starts[last + 1]]

    def leads(self, row: int, column: int) -> bool:
        """Tell whether nothing but closing brackets stands in a row before a column (in bytes)."""
        if column <= self._margins[row]:
            return True
        text = self._lines[row][:column]
        return not (text.removeprefix(_BOM) if row == 0 else text).strip(_CLOSERS)

    def continues(self, row: int) -> bool:
        """Tell whether a row is joined to the next by a backslash."""
        return self.kinds[row] is Row.CODE and self._lines[row].rstrip(b"\r").endswith(b"\\")
