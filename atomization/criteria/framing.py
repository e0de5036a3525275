"""Putting a slot's text where it can stand: a method in a class, an arm behind its statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from atomization.parser import Language, parse

_FIRST: Final = re.compile(r"^(?:[ \t\f]*(?:#[^\n]*)?\r?\n)*([ \t]*)(\w*)")
_BEFORE: Final = {
    "elif": "if 1:\n{margin}  pass\n",
    "else": "if 1:\n{margin}  pass\n",
    "except": "try:\n{margin}  pass\n",
    "finally": "try:\n{margin}  pass\n",
}
_SCRIPT: Final = (
    ("", ""),
    ("class A {\n", "\n}"),
    ("", "\n}"),
    ("{\n", ""),
    ("if (1) {\n", ""),
    ("if (1) {\n", "\n}"),
    ("", "\n});"),
)


def framed(code: str, language: Language) -> tuple[str, str, str]:
    """Give a slot's text with what has to stand before and after it; nothing where nothing helps.

    The three texts joined are what to parse; the text before ends with its row.
    """
    frames = _python_frames(code) if language is Language.PYTHON else iter(_SCRIPT)
    for before, after in frames:
        text = code if code.endswith(("\n", "\r")) or not after else code + "\n"
        whole = (before + text + after).encode("utf-8", "surrogateescape")
        if not parse(whole, language).root_node.has_error:
            return before, text, after
    return "", code, ""


def _python_frames(code: str) -> Iterator[tuple[str, str]]:
    """Give pairs of text to put before and after a slot, the plainest first."""
    match = _FIRST.match(code)
    margin, word = (match.group(1), match.group(2)) if match else ("", "")
    outer = "if 1:\n" if margin else ""
    before = outer + (margin + _BEFORE[word].format(margin=margin) if word in _BEFORE else "")
    if word == "case":
        before = "match 1:\n"
    yield before, ""
    yield before, margin + "finally:\n" + margin + "  pass\n"
