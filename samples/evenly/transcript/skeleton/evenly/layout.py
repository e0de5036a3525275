"""Tables and lists as plain text."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def pad_cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Put the cells of a row side by side, two spaces apart: the first left, the others right.

    >>> pad_cells(["Ann", "5.00"], [5, 7])
    'Ann       5.00'
    >>> pad_cells(["Ann"], [5])
    'Ann'
    """


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Lay a table out in columns as wide as their widest cells, one line a row.

    >>> print(text_table([["Ann", "5.00"], ["Roberta", "-12.50"]]))
    Ann        5.00
    Roberta  -12.50
    >>> text_table([])
    ''
    """


def markdown_row(cells: Sequence[str]) -> str:
    """Write one row of a Markdown table; a bar inside a cell becomes the entity "&#124;".

    >>> markdown_row(["Ann", "5.00"])
    '| Ann | 5.00 |'
    >>> markdown_row(["a|b"])
    '| a&#124;b |'
    """


def first_lines(functions: Sequence[Callable[..., object]]) -> list[str]:
    """Give the first line of each function's docstring; functions without one are left out.

    >>> def read() -> None:
    ...     '''Read a file.
    ...
    ...     And more.'''
    >>> first_lines([read, lambda: None])
    ['Read a file.']
    """
