"""Source text as people see it: hostile characters made visible, highlighted lines, diffs.

Everything shown on a page was written by a model or a stranger. Nothing here trusts it: characters
that hide or reorder text are replaced by their names before anything else, every token is escaped,
and colours come from classes, so that the pages need no inline style.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

from atomization.parser import Language

MAX_HIGHLIGHTED: Final = 400_000
"""Characters; a longer text is shown without colours, because a lexer's time has no bound."""

# C0 and C1 controls except line feed and tab, a carriage return that ends no line, soft hyphen,
# zero-width and bidirectional marks, line and paragraph separators, tags, lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u2069\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]|\r(?!\n)"
)
_NAMED = re.compile(r"⟦(?:U\+[0-9A-F]{4,6}|0x[0-9A-F]{2})⟧")
_LEXERS: Final = {
    Language.PYTHON.value: "python",
    Language.TYPESCRIPT.value: "typescript",
    Language.TSX.value: "tsx",
    Language.JAVASCRIPT.value: "javascript",
}


def visible(text: str) -> str:
    """Return `text` with every character that hides, reorders or cannot be shown named as ⟦U+…⟧.

    Bytes that were not UTF-8 (surrogate escapes) are named as ⟦0x…⟧. The result can be encoded.
    """
    return _HIDDEN.sub(_name_of, text)


def _name_of(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"⟦0x{code - 0xDC00:02X}⟧" if 0xDC80 <= code <= 0xDCFF else f"⟦U+{code:04X}⟧"


def untypable(text: str) -> str:
    """Say why a browser's text field would damage `text`; empty if it would not."""
    if re.search("[\x00\ud800-\udfff]", text):
        return "it holds NUL or bytes that are not UTF-8"
    if re.search("\r(?!\n)", text) or ("\r\n" in text and re.search("(?<!\r)\n", text)):
        return "it mixes line endings"
    return ""


def typed(value: str, original: str) -> str:
    """Return what a text field sent, with the line endings of the `original` text."""
    text = value.replace("\r\n", "\n")
    return text.replace("\n", "\r\n") if "\r\n" in original else text


def code_lines(text: str, language: str) -> list[SafeString]:
    """Return the highlighted HTML of each line of `text`; each line closes what it opens.

    `language` is a language of atoms or a file name that tells it. A final newline makes no line.
    """
    shown = visible(text).replace("\r\n", "\n")
    if not shown:
        return []
    lines: list[list[str]] = [[]]
    for css, value in _tokens(shown, language):
        for index, piece in enumerate(value.split("\n")):
            if index:
                lines.append([])
            if piece:
                lines[-1].append(_span(css, piece))
    if not lines[-1] and shown.endswith("\n"):
        lines.pop()
    return [_safe("".join(line)) for line in lines]


def _tokens(text: str, language: str) -> Iterator[tuple[str, str]]:
    lexer = _lexer(language) if len(text) <= MAX_HIGHLIGHTED else None
    if lexer is None:
        yield "", text
        return
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        yield _css_class(kind), value


def _lexer(language: str) -> Lexer | None:
    try:
        if language in _LEXERS:
            return get_lexer_by_name(_LEXERS[language])
        return get_lexer_for_filename(language.rsplit("/", 1)[-1])
    except ClassNotFound:
        return None


def _css_class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES.get(kind, "")


def _span(css: str, text: str) -> str:
    html = _NAMED.sub(r'<span class="hidden-character">\g<0></span>', str(escape(text)))
    return f'<span class="{css}">{html}</span>' if css else html


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 - _span escaped every token


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff: "+", "-", " " or "…" for a gap, its numbers on both sides, its HTML."""

    sign: str
    old: int | None
    new: int | None
    html: SafeString

    @property
    def css(self) -> str:
        """Name the class of the row."""
        return {"+": "added", "-": "removed", "…": "gap"}.get(self.sign, "same")


def diff(before: str, after: str, language: str, *, context: int = 20) -> list[DiffLine]:
    """Return the lines that differ between two texts, with `context` equal lines around.

    An empty list means that the texts show the same lines.
    """
    old, new = code_lines(before, language), code_lines(after, language)
    matcher = difflib.SequenceMatcher(None, _plain(before), _plain(after), autojunk=False)
    lines: list[DiffLine] = []
    for group in matcher.get_grouped_opcodes(context):
        if lines:
            lines.append(DiffLine("…", None, None, _safe("")))
        for tag, i1, i2, j1, j2 in group:
            lines.extend(_changed(tag, old, new, (i1, i2), (j1, j2)))
    return lines


def _plain(text: str) -> list[str]:
    lines = visible(text).replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _changed(
    tag: str,
    old: Sequence[SafeString],
    new: Sequence[SafeString],
    olds: tuple[int, int],
    news: tuple[int, int],
) -> Iterable[DiffLine]:
    if tag == "equal":
        pairs = zip(range(*olds), range(*news), strict=True)
        return [DiffLine(" ", i + 1, j + 1, new[j]) for i, j in pairs]
    return [
        *(DiffLine("-", i + 1, None, old[i]) for i in range(*olds)),
        *(DiffLine("+", None, j + 1, new[j]) for j in range(*news)),
    ]


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """One line of a file: number, HTML, index of the last piece that begins on or before it."""

    number: int
    html: SafeString
    piece: int
    first: bool


def placed_lines(codes: Sequence[str], language: str) -> list[PlacedLine]:
    """Return the lines of the file that `codes` add up to, each with its piece."""
    starts: list[int] = []
    number = 1
    for code in codes:
        starts.append(number)
        number += code.count("\n")
    lines: list[PlacedLine] = []
    piece = 0
    for number, html in enumerate(code_lines("".join(codes), language), start=1):
        before = piece if lines else -1
        while piece + 1 < len(starts) and starts[piece + 1] <= number:
            piece += 1
        lines.append(PlacedLine(number, html, piece, piece != before))
    return lines
