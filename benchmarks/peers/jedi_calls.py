"""A call graph made with jedi: DIRECTORY FILE… → its JSON on standard output.

Every called name goes to what ``goto`` finds behind imports, and else to what ``infer`` gives. A
called class is written as the class; who reads the graph knows its ``__init__``.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import jedi

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef)


def calls(tree: ast.Module, module: str) -> Iterator[tuple[str, ast.expr]]:
    """Give what is called with the function that calls it."""
    stack: list[tuple[ast.AST, str, str]] = [(tree, module, module)]
    while stack:
        node, scope, owner = stack.pop()
        if isinstance(node, ast.Call):
            yield owner, node.func
        if isinstance(node, _SCOPES):
            own = f"{scope}.{node.name}"
            outer = [*node.decorator_list, node.args]
            for decorator in node.decorator_list:
                if not isinstance(decorator, ast.Call):
                    yield owner, decorator
            stack.extend((part, own, own) for part in node.body)
            stack.extend((part, scope, owner) for part in outer)
        elif isinstance(node, ast.ClassDef):
            own = f"{scope}.{node.name}"
            stack.extend((part, own, owner) for part in node.body)
            stack.extend((part, scope, owner) for part in (*node.bases, *node.decorator_list))
        else:
            stack.extend((child, scope, owner) for child in ast.iter_child_nodes(node))


def place(function: ast.expr) -> tuple[int, int] | None:
    """Give line and column of the last name of what is called."""
    if isinstance(function, ast.Name):
        return function.lineno, function.col_offset
    if isinstance(function, ast.Attribute):
        return function.end_lineno or 0, (function.end_col_offset or 0) - len(function.attr)
    return None


def module_name(path: str) -> str:
    """Give the dotted name of a file named from the root."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def full_name(name: jedi.api.classes.Name) -> str:
    """Name a function or class from the root: jedi names its module as the import did."""
    if name.type not in ("function", "class") or not name.full_name:
        return ""
    file = name.module_path
    if file is None or not file.is_relative_to(root):
        return name.full_name
    own = name.full_name.removeprefix(name.module_name).removeprefix("__main__")
    return module_name(file.relative_to(root).as_posix()) + own


sys.setrecursionlimit(20_000)
root = Path(sys.argv[1]).absolute()
project = jedi.Project(str(root), smart_sys_path=False)
graph: dict[str, set[str]] = defaultdict(set)
for path in sys.argv[2:]:
    text = (root / path).read_text("utf-8", "replace")
    try:
        tree = ast.parse(text)
    except SyntaxError:
        continue
    name = module_name(path)
    script = jedi.Script(text, path=str(root / path), project=project)
    for owner, function in calls(tree, name):
        at = place(function)
        if at is None:
            continue
        try:
            found = script.goto(*at, follow_imports=True)
            if not found or any(each.type not in ("function", "class") for each in found):
                found = [*found, *script.infer(*at)]
            graph[owner].update(filter(None, map(full_name, found)))
        except Exception as error:  # jedi breaks on some code; what is known by then counts
            print(f"{path}:{at[0]}: {type(error).__name__}", file=sys.stderr)
json.dump({caller: sorted(callees) for caller, callees in graph.items()}, sys.stdout)
