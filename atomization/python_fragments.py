"""Reading a slot's text alone: a method, a header without a body, an arm of a statement."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from atomization.python_names import parse_text

_FIRST: Final = re.compile(r"^(?:[ \t\f]*(?:#[^\n]*)?\r?\n)*([ \t]*)(\w*)")
_TRY: Final = re.compile(r"^([ \t]*)(try|except|finally)\b", re.MULTILINE)
_BEFORE: Final = {
    "elif": "if 1:\n{margin}  pass\n",
    "else": "if 1:\n{margin}  pass\n",
    "except": "try:\n{margin}  pass\n",
    "finally": "try:\n{margin}  pass\n",
}


@dataclass(frozen=True, slots=True)
class Fragment:
    """The statements of a slot; ``shift`` lines stand before the slot's first line."""

    body: list[ast.stmt]
    shift: int

    def line(self, node: ast.AST) -> int:
        """Give the 1-based line of a node in the slot."""
        return int(getattr(node, "lineno", 1)) - self.shift

    def definition(self) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
        """Give the function or class that the slot defines, or None."""
        found = [node for node in self.body if isinstance(node, Definition)]
        return found[0] if found else None


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def read_fragment(code: str) -> Fragment | None:
    """Parse a slot's text, whatever it was cut out of; None when it is not Python.

    A header without a body gets ``pass``, an arm gets a statement to be an arm of.
    """
    for before, after in _frames(code):
        text = before + code + ("" if code.endswith(("\n", "\r")) or not after else "\n") + after
        try:
            tree = parse_text(text)
        except SyntaxError:
            continue
        return Fragment(_inside(tree, code, before), before.count("\n"))
    return None


def _frames(code: str) -> Iterator[tuple[str, str]]:
    """Give pairs of text to put before and after a slot, the plainest first."""
    match = _FIRST.match(code)
    margin, word = (match.group(1), match.group(2)) if match else ("", "")
    outer = "if 1:\n" if margin else ""
    before = outer + (margin + _BEFORE[word].format(margin=margin) if word in _BEFORE else "")
    if word == "case":
        before = "match 1:\n"
    last = next((line for line in reversed(code.splitlines()) if line.strip()), "")
    deeper = last[: len(last) - len(last.lstrip())] + "  pass\n"
    yield before, ""
    yield before, deeper
    yield before, margin + "  pass\n"
    closing = "".join(f"{inner}finally:\n{inner}  pass\n" for inner in _open_tries(code))
    if closing:
        yield before, closing
        yield before, deeper + closing


def _open_tries(code: str) -> list[str]:
    """Give the margins of the ``try:`` lines without an arm yet, the innermost first."""
    found: list[str] = []
    for match in _TRY.finditer(code):
        margin, word = match.groups()
        if word == "try":
            found.append(margin)
        elif margin in found:
            found.remove(margin)
    return found[::-1]


def _inside(tree: ast.Module, code: str, before: str) -> list[ast.stmt]:
    body: list[ast.stmt] = tree.body
    if before.startswith(("if 1:", "match 1:")) and len(body) == 1 and code[:1] in " \t\r\n#\f":
        first = body[0]
        if isinstance(first, ast.If) and before.startswith("if 1:"):
            return first.body
    return body
