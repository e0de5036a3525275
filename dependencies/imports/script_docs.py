"""Types that a JavaScript file imports in its JSDoc: ``@type {import("./a").B}``, ``@import``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import tree_sitter

from atomization.parser import Language, query
from atomization.pieces import text_of
from dependencies.imports.model import ImportKind, Request

Node = tree_sitter.Node

_TAG: Final = re.compile(r"@\w+\s*(?:\{|(?=import\s*\())")
_TYPE: Final = re.compile(r"\bimport\s*\(\s*(['\"])([^'\"\n]+)\1[^()]*\)(?:\s*\.\s*([\w$]+))?")
_IMPORT: Final = re.compile(r"@import\s+([^'\"@;]*?)\bfrom\s*(['\"])([^'\"\n]+)\2")
_NAME: Final = re.compile(r"([\w$]+|\*)(?:\s+as\s+[\w$]+)?")


def documented(root: Node, source: bytes) -> Iterator[Request]:
    """Read the imports in ``/** … */`` comments, which TypeScript reads in JavaScript only."""
    cursor = tree_sitter.QueryCursor(query(Language.JAVASCRIPT, "(comment) @comment"))
    for node in cursor.captures(root).get("comment", ()):
        text = text_of(node, source)
        if text.startswith("/**") and "import" in text:
            yield from _of_comment(text, int(node.start_point[0]) + 1)


def _of_comment(text: str, line: int) -> Iterator[Request]:
    end = 0
    for tag in _TAG.finditer(text):
        if tag.start() < end:
            continue
        end = _closed(text, tag.end()) if tag[0].endswith("{") else _line_end(text, tag.end())
        for found in _TYPE.finditer(text, tag.end(), end):
            picked = [found[3]] if found[3] else []
            yield _request(line + text.count("\n", 0, found.start()), found[2], picked)
    for found in _IMPORT.finditer(text):
        clause = re.sub(r"\n\s*\*", "\n", found[1])
        default = clause.partition("{")[0]
        names = ["default"] if re.match(r"\s*[\w$]+\s*(?:,|$)", default) else []
        names += ["*"] if "*" in default else []
        names += [name[1] for name in _NAME.finditer(clause.partition("{")[2])]
        at = line + text.count("\n", 0, found.start())
        yield _request(at, found[3], names)


def _closed(text: str, start: int) -> int:
    """Give where the brace that is open at a place is closed."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return at
    return len(text)


def _line_end(text: str, start: int) -> int:
    found = text.find("\n", start)
    return found if found >= 0 else len(text)


def _request(line: int, specifier: str, names: list[str]) -> Request:
    return Request(line, specifier, tuple(names), ImportKind.TYPE_ONLY, at_import=False)
