"""Which tests a project has, read from its sources: what a run has to account for.

Only what pytest collects by its default rules without doubt is listed; tests made at run time may
come on top. Nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from devmatrix.python_source import UNPARSABLE, parse_module
from validation.layout import is_test_module


def list_tests(files: Mapping[str, bytes]) -> dict[str, dict[str, int]]:
    """List test files with their tests: path → name ("test_a" or "TestB::test_c") → line.

    A file that does not parse is listed without tests.
    """
    return {
        path: dict(_tests_in(content))
        for path, content in sorted(files.items())
        if is_test_module(path)
    }


def _tests_in(source: bytes) -> Iterator[tuple[str, int]]:
    try:
        tree = parse_module(source)
    except UNPARSABLE:
        return
    rebound = _names_set_later(tree.body)
    for node in tree.body:
        if _is_test(node) and node.name not in rebound:  # type: ignore[attr-defined]
            yield node.name, node.lineno  # type: ignore[attr-defined]
        elif isinstance(node, ast.ClassDef) and _is_collected(node) and node.name not in rebound:
            for item in node.body:
                if _is_test(item):
                    yield f"{node.name}::{item.name}", item.lineno  # type: ignore[attr-defined]


def _names_set_later(body: list[ast.stmt]) -> set[str]:
    """Give the names that assignments and deletions at the top level may rebind."""
    return {
        node.id
        for statement in body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del)
    }


def _is_test(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    names = [ast.unparse(item) for item in node.decorator_list]
    return node.name.startswith("test") and not any("fixture" in name for name in names)


def _is_collected(node: ast.ClassDef) -> bool:
    """Tell whether pytest collects a class: by its name, or because it is a unittest case."""
    cases = any(ast.unparse(base).rsplit(".", 1)[-1].endswith("TestCase") for base in node.bases)
    if not cases and not node.name.startswith("Test"):
        return False
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name in {"__init__", "__new__"} and not cases:
            return False
        if isinstance(item, ast.Assign) and "__test__" in map(ast.unparse, item.targets):
            return False
    return True
