"""JSON as people write it into configurations: comments, trailing commas, a byte order mark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_NOISE: Final = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMA: Final = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


def read_object(content: bytes) -> dict[str, Any]:
    """Read a configuration; what is no JSON object is read as an empty one."""
    text = content.decode("utf-8-sig", "replace")
    try:
        try:
            found = json.loads(text)
        except ValueError:
            text = _COMMA.sub(
                lambda part: part[1] or "", _NOISE.sub(lambda part: part[1] or " ", text)
            )
            found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def strings(value: object) -> tuple[str, ...]:
    """Give the strings of a list, or the one that stands alone."""
    if isinstance(value, str):
        return (value,)
    return tuple(part for part in value if isinstance(part, str)) if isinstance(value, list) else ()


def string(value: object) -> str:
    """Give a string, or "" for anything else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Give an object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}
