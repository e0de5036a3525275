"""Paths of a project as text: joined, normalised, matched by the patterns of configurations."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache


def joined(folder: str, relative: str) -> str:
    """Join and normalise; "" is the project's root, ``..`` leads out of it."""
    path = posixpath.normpath(posixpath.join(folder, relative)) if relative else folder
    return "" if path == "." else path


def folder_of(path: str) -> str:
    """Give the folder that a path is in."""
    return posixpath.dirname(path)


def ancestors(folder: str) -> list[str]:
    """Give a folder and all above it, the project's root last."""
    found = [folder]
    while folder:
        folder = posixpath.dirname(folder)
        found.append(folder)
    return found


def below(path: str, folder: str) -> str | None:
    """Give a path as seen from a folder, None when it is not inside."""
    if not folder:
        return None if path.startswith("../") else path
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None


def star(pattern: str, text: str) -> str | None:
    """Give what the ``*`` of a pattern stands for in a text; "" where there is no ``*``."""
    if pattern == text:
        return ""
    head, found, tail = pattern.partition("*")
    fits = text.startswith(head) and text.endswith(tail)
    if not found or not fits or len(text) < len(head) + len(tail):
        return None
    return text[len(head) : len(text) - len(tail)]


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of tsconfig's ``include`` or of workspaces: ``**/``, ``*``, ``?``."""
    parts: list[str] = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?)", pattern):
        parts.append(_WILD.get(piece) or re.escape(piece))
    return re.compile("".join(parts) + r"\Z")


_WILD = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
