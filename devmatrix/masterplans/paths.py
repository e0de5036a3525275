"""Which paths a model may name: relative ones that stay inside the project."""

from __future__ import annotations

from pathlib import PurePosixPath

MAX_PATH = 500

_RESERVED = frozenset({".git", ".hg", ".svn"})


def path_problem(path: str) -> str:
    """Why `path` cannot be a file of a project, or "" when it can.

    Paths are relative, with forward slashes, and name each folder once: no `.`, `..`, empty
    part, control character, backslash, drive or home directory, and nothing inside `.git`.
    """
    if not path:
        return "is empty"
    if not path.isprintable() or "\\" in path:
        return "holds a backslash or a control character"
    if path.startswith(("/", "~")) or path[1:2] == ":":
        return "is not relative to the project"
    parts = path.split("/")
    if any(part in ("", ".", "..") or part != part.strip() for part in parts):
        return "has a folder that is empty, `.`, `..` or surrounded by spaces"
    if parts[0].lower() in _RESERVED:
        return "belongs to the version control system"
    if len(path) > MAX_PATH:
        return f"is longer than {MAX_PATH} characters"
    return ""


def is_test_path(path: str) -> bool:
    """Whether `path` has the form of a pytest file of a project, tests/…/test_*.py."""
    pure = PurePosixPath(path)
    return (
        len(pure.parts) > 1
        and pure.parts[0] == "tests"
        and pure.name.startswith("test_")
        and pure.suffix == ".py"
    )


def parents(path: str) -> tuple[str, ...]:
    """The folders that `path` lies in, without the project's own."""
    return tuple(str(parent) for parent in PurePosixPath(path).parents)[:-1]
