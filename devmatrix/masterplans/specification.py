"""Reads a specification: the Markdown that somebody hands in, or the reason why it is none."""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass

TITLE_LENGTH = 200

_FENCE = re.compile(r" {0,3}(```|~~~)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_CRITERION = re.compile(r"\bAC[-_]?\d+\b")
_UNDER_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class SpecificationError(Exception):
    """What was handed in is no specification; the message is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Specification:
    """A specification as text, its title, and the SHA-256 (hex) of the bytes it was read from."""

    text: str
    title: str
    sha256: str


def read_specification(data: bytes, *, max_bytes: int) -> Specification:
    """Read UTF-8 Markdown; a byte order mark is dropped, everything else is kept.

    Raises SpecificationError where the bytes are more than `max_bytes`, not text, or blank.
    """
    if len(data) > max_bytes:
        raise SpecificationError(
            f"The specification has {len(data):,} bytes and the limit is {max_bytes:,}: "
            "leave out attachments and generated parts, or split it into several projects."
        )
    text = _decoded(data)
    if not text.strip():
        raise SpecificationError(
            "The specification is empty: describe in Markdown what is to be built and try again."
        )
    return Specification(text, _title(text), hashlib.sha256(data).hexdigest())


def criteria_ids(text: str) -> tuple[str, ...]:
    """The ids that a specification gives its acceptance criteria (AC1, AC-1, AC_1), in order."""
    return tuple(dict.fromkeys(_CRITERION.findall(text)))


def _decoded(data: bytes) -> str:
    if data.startswith(_UNDER_16):
        raise SpecificationError(
            "The specification is UTF-16 text: save it as UTF-8 and try again."
        )
    if b"\0" in data:
        raise SpecificationError(
            f"The specification is a binary file (NUL at byte {data.index(0)}): "
            "hand in Markdown as plain UTF-8 text."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecificationError(
            f"The specification is not UTF-8 text (byte {error.start} is "
            f"0x{error.object[error.start]:02x}): save it as UTF-8 and try again."
        ) from error


def _title(text: str) -> str:
    """The first heading outside code fences, else the first line that says anything."""
    lines = text.splitlines()
    title = _first_heading(lines) or next(line.strip() for line in lines if line.strip())
    return title[:TITLE_LENGTH]


def _first_heading(lines: list[str]) -> str:
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        heading = None if fence else _HEADING.match(line)
        if heading and heading[1]:
            return heading[1]
    return ""
