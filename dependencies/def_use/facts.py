"""What a piece of syntax surely does: whether a loop runs, a pattern matches, a block swallows."""

from __future__ import annotations

import ast

from dependencies.def_use.mutators import NEVER_SWALLOW


def surely_runs(source: ast.expr) -> bool:
    """Tell whether what a loop runs over has something in it, surely."""
    if isinstance(source, ast.Tuple | ast.List | ast.Set):
        return any(not isinstance(part, ast.Starred) for part in source.elts)
    if isinstance(source, ast.Constant):
        return isinstance(source.value, str | bytes) and len(source.value) > 0
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Name):
        arguments = source.args
        if source.func.id == "range" and len(arguments) in (1, 2):
            ends = [_integer(part) for part in arguments]
            return None not in ends and range(*(end or 0 for end in ends)) != range(0)
        if source.func.id == "enumerate" and arguments:
            return not isinstance(arguments[0], ast.Call) and surely_runs(arguments[0])
    return False


def _integer(node: ast.expr) -> int | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) else None


def last_name(node: ast.expr) -> str:
    """Give the last name of a path."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def may_swallow(manager: ast.expr) -> bool:
    """Tell whether a context manager may end an exception; the well-known ones do not."""
    while isinstance(manager, ast.Call):
        manager = manager.func
    return not last_name(manager).lower().endswith(NEVER_SWALLOW)


def is_irrefutable(pattern: ast.pattern) -> bool:
    """Tell whether a pattern matches whatever comes."""
    while isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        pattern = pattern.pattern
    return isinstance(pattern, ast.MatchAs)
