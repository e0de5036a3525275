"""Fitting an answer into the place of an atom.

An answer comes indented or not, with or without a final newline. Only the white space in front of
its lines may change, and not even that inside a string literal that spans lines: there it is data.
"""

from __future__ import annotations

import re
from typing import Final

import tree_sitter

from atomization.parser import Language, parse, query
from devmatrix.python_source import UNPARSABLE, parse_module

_STRINGS: Final = {
    Language.PYTHON: "(string) @text",
    Language.TYPESCRIPT: "(template_string) @text (jsx_text) @text",
}
_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
_BLANK: Final = " \t\f\r\n"
_PROBE: Final = "if 1:\n"


def fit_answer(slot_code: str, answer: str, *, language: Language = Language.PYTHON) -> str:
    """Give the text that replaces a slot: the answer, indented and ended as the slot was.

    The slot keeps its leading comments and blank lines, its line ends (LF, CRLF, CR) and what
    newlines it ends with. The content of string literals that span lines does not change.
    An answer without any code is returned as the slot's comments alone.
    """
    newline = _newline_of(slot_code)
    lead, code = _leading(_NEWLINE.sub("\n", slot_code), language)
    lines = _NEWLINE.sub("\n", answer).split("\n")
    lines = _without_repeats(lines, lead, language)
    while lines and not lines[-1].strip(_BLANK):
        lines.pop()
    if lines:
        lines[-1] = lines[-1].rstrip(" \t")
        lines = _indented(lines, _margin(code), language)
    text = "\n".join([*lead, *lines])
    return (text + _ending(code)).replace("\n", newline)


def _newline_of(text: str) -> str:
    found = _NEWLINE.search(text)
    return found.group() if found else "\n"


def _leading(text: str, language: Language) -> tuple[list[str], list[str]]:
    """Part a slot's lines into leading comments and blank lines, and the rest."""
    lines = text.split("\n")
    count = _leading_count(lines, language)
    return lines[:count], lines[count:]


def _leading_count(lines: list[str], language: Language) -> int:
    in_comment = False
    for index, line in enumerate(lines):
        bare = line.strip(_BLANK + "\ufeff")
        if in_comment:
            in_comment = "*/" not in bare
        elif language is Language.PYTHON:
            if bare and not bare.startswith("#"):
                return index
        elif bare.startswith("/*") and (bare.endswith("*/") or "*/" not in bare):
            in_comment = "*/" not in bare
        elif bare and not bare.startswith("//"):
            return index
    return 0 if not any(line.strip(_BLANK) for line in lines) else len(lines)


def _without_repeats(lines: list[str], lead: list[str], language: Language) -> list[str]:
    """Drop the blank lines at the top of an answer, and the comments that the slot has already."""
    known = {line.strip(_BLANK) for line in lead}
    count = _leading_count(lines, language)
    kept = [line for line in lines[:count] if line.strip(_BLANK) not in known | {""}]
    return kept + lines[count:]


def _margin(lines: list[str]) -> str:
    line = next((line for line in lines if line.strip(_BLANK)), "")
    return line[: len(line) - len(line.lstrip(" \t"))]


def _ending(lines: list[str]) -> str:
    """Give the newlines and blank lines after the last line of code."""
    last = max((at for at, line in enumerate(lines) if line.strip(_BLANK)), default=-1)
    rest = lines[last + 1 :]
    return "".join(f"\n{line}" for line in rest)


def _indented(lines: list[str], margin: str, language: Language) -> list[str]:
    base = _margin(lines)
    if base == margin:
        return lines
    kept = _inside_strings(lines, language)
    if _already_placed(lines, kept, margin):
        return [margin + lines[0], *lines[1:]]
    return [
        line if row in kept or not line.strip(_BLANK) else margin + _dedented(line, base)
        for row, line in enumerate(lines)
    ]


def _dedented(line: str, base: str) -> str:
    if line.startswith(base):
        return line[len(base) :]
    indent = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, len(base)) :]


def _already_placed(lines: list[str], kept: set[int], margin: str) -> bool:
    """Tell whether only the first line has lost its indentation (an answer that was stripped)."""
    if not margin or _margin(lines):
        return False
    rest = [line for row, line in enumerate(lines) if row and row not in kept and line.strip()]
    if not rest or any(not line.startswith(margin) for line in rest):
        return False
    placed = _parses([margin + lines[0], *lines[1:]])
    return placed and (_deeper(rest, margin) or not _parses(lines))


def _deeper(rest: list[str], margin: str) -> bool:
    """Tell whether every line is indented past a body at the left margin would be."""
    least = min(len(line) - len(line.lstrip(" \t")) for line in rest)
    return least >= 2 * len(margin)


def _parses(lines: list[str]) -> bool:
    text = "\n".join(lines) + "\n"
    source = _PROBE + text if lines[0][:1] in " \t" else text
    try:
        parse_module(source.encode("utf-8", "surrogatepass"))
    except UNPARSABLE:
        return False
    return True


def _inside_strings(lines: list[str], language: Language) -> set[int]:
    """Give the rows that begin inside a string literal."""
    python = language is Language.PYTHON
    shift = 1 if python and lines[0][:1] in ("", " ", "\t") else 0
    text = (_PROBE if shift else "") + "\n".join(lines)
    source = text.encode("utf-8", "surrogatepass")
    pattern = _STRINGS[Language.PYTHON if python else Language.TYPESCRIPT]
    if language in (Language.TYPESCRIPT,):
        pattern = "(template_string) @text"
    root = parse(source, language).root_node
    found = tree_sitter.QueryCursor(query(language, pattern)).captures(root)
    return {
        row - shift
        for node in found.get("text", [])
        for row in range(node.start_point.row + 1, node.end_point.row + 1)
    }
