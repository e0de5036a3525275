"""How a prompt becomes a request, and how a request names its question.

The order of the blocks is the order of their stability, because the provider caches prefixes:
system, project part (with the cache mark), then this question's own block. That last block begins
with the request line, which is data for whoever reads a log or replays a transcript:

    <request purpose="atom" subject="evenly/money.py::Money.add">
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from devmatrix.llm.types import Prompt

if TYPE_CHECKING:
    from anthropic.types import TextBlockParam

_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_UNNAMED = {entity[1:-1]: char for char, entity in _NAMED.items()}
_ENTITY = re.compile(r"&(?:#(\d{1,7})|(amp|lt|gt|quot));")
_REQUEST_LINE = re.compile(r'<request purpose="([^"<>]*)" subject="([^"<>]*)">')


def request_line(purpose: str, subject: str) -> str:
    """The line that names a question; whatever the two hold, it stays one line of one tag."""
    return f'<request purpose="{_escape(purpose)}" subject="{_escape(subject)}">'


def read_request_line(text: str) -> tuple[str, str] | None:
    """The (purpose, subject) that the first line of `text` names, or None if it names none."""
    found = _REQUEST_LINE.fullmatch(text.split("\n", 1)[0])
    return (_unescape(found[1]), _unescape(found[2])) if found else None


def system_blocks(prompt: Prompt) -> list[TextBlockParam]:
    """The `system` parameter of a request; empty if the prompt has no system text."""
    return [{"type": "text", "text": sendable(prompt.system)}] if prompt.system else []


def user_blocks(prompt: Prompt) -> list[TextBlockParam]:
    """The content of the user message: the cached project part if there is one, then the rest."""
    own = f"{request_line(prompt.purpose, prompt.subject)}\n{prompt.body}"
    blocks: list[TextBlockParam] = []
    if prompt.project:
        blocks.append(
            {
                "type": "text",
                "text": sendable(prompt.project),
                "cache_control": {"type": "ephemeral"},
            }
        )
    blocks.append({"type": "text", "text": sendable(own)})
    return blocks


def sendable(text: str) -> str:
    """`text` with what UTF-8 cannot carry (undecodable bytes kept as surrogates) replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tokens_at_most(prompt: Prompt) -> int:
    """An upper bound of the input tokens of a prompt, for reservations.

    Two characters a token: source code reaches 2.3 with the tokenizer of the models since 2026
    (a third more tokens than before); text beyond ASCII counts a token a byte. The schema is sent
    too, and the provider adds its own instructions around it.
    """
    texts = (
        prompt.system,
        prompt.project,
        request_line(prompt.purpose, prompt.subject),
        prompt.body,
        json.dumps(dict(prompt.schema)),
    )
    return _OVERHEAD_TOKENS + sum(_tokens_of(text) for text in texts)


_OVERHEAD_TOKENS = 600


def _tokens_of(text: str) -> int:
    size = len(text.encode("utf-8", "surrogatepass"))
    ascii_chars = len(text.encode("ascii", "ignore"))
    return (ascii_chars + 1) // 2 + (size - ascii_chars)


def _escape(text: str) -> str:
    return "".join(_escape_char(char) for char in text)


def _escape_char(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    return char if char.isprintable() else f"&#{ord(char)};"


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda found: _unescape_entity(found[1], found[2]), text)


def _unescape_entity(number: str | None, name: str) -> str:
    if number is None:
        return _UNNAMED[name]
    return chr(int(number)) if int(number) < 0x110000 else "\ufffd"
