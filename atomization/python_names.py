"""Python's names: what each is bound to, and where names and attributes are used."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from atomization.project import ProjectFile
from atomization.python_scopes import FileNames, Mention
from atomization.python_walk import Walker
from devmatrix.python_source import parse_module


def names_of(file: ProjectFile) -> FileNames:
    """Walk one Python file.

    A file that Python refuses is read top-level statement by top-level statement; those that do
    not parse on their own are listed in ``problems`` with their line, and in ``unread`` with their
    first and last line. Never raises for a source.
    """
    names = FileNames(file)
    walker = Walker(names)
    for tree in _trees(names):
        names.trees.append(tree)
        walker.walk(tree)
    names.mentions.sort(key=_place)
    return names


def parse_text(text: str) -> ast.Module:
    """Parse source text with any bytes in it; raises SyntaxError for whatever is not Python."""
    try:
        return parse_module(text.encode("utf-8", "surrogateescape"))
    except (ValueError, UnicodeError) as error:
        raise SyntaxError(str(error)) from error
    except (RecursionError, MemoryError) as error:
        raise SyntaxError("the code is nested too deeply") from error


def _place(use: Mention) -> tuple[int, int, int, int]:
    """Order uses as they are written, the inner part of a chain before the whole."""
    node = use.node
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


def _trees(names: FileNames) -> Iterator[ast.Module]:
    try:
        yield parse_text(names.file.text)
        return
    except SyntaxError as error:
        names.problems.append((error.lineno or 1, error.msg))
    for line, last, text in _units(names.file):
        try:
            tree = parse_text(text.encode("utf-8", "replace").decode())
        except SyntaxError as error:
            names.problems.append((line + (error.lineno or 1) - 1, error.msg))
            names.unread.append((line, last, error.msg))
            continue
        ast.increment_lineno(tree, line - 1)
        yield tree


def _units(file: ProjectFile) -> Iterator[tuple[int, int, str]]:
    """Group the slots of a file by the top-level slot that they belong to: lines and text."""
    line, last, codes = 1, 1, list[str]()
    for slot in file.slots:
        if slot.parent is None and codes:
            yield line, last, "".join(codes)
            line, codes = slot.start_line, []
        codes.append(slot.code)
        last = slot.end_line
    if codes:
        yield line, last, "".join(codes)
