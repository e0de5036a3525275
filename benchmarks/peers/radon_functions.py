"""Radon's complexity of every function: paths on standard input, a line of JSON per file out.

``cc_visit`` lists no function that stands in a local class, so its visitor is sent to every
``def`` of a file instead; it measures each as ``cc_visit`` does, without the functions inside.
"""

from __future__ import annotations

import ast
import json
import sys
import warnings
from pathlib import Path

from radon.visitors import ComplexityVisitor


def functions(path: str) -> list[tuple[str, int, int, int]]:
    """Give name, 1-based line, column in bytes and complexity of every function."""
    found = []
    for node in ast.walk(ast.parse(Path(path).read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            visitor = ComplexityVisitor(off=False)
            visitor.visit(node)
            function = visitor.functions[0]
            found.append((function.name, function.lineno, function.col_offset, function.complexity))
    return found


warnings.simplefilter("ignore")
sys.setrecursionlimit(20_000)
for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        print(json.dumps({"path": path, "functions": functions(path)}))
    except (SyntaxError, ValueError, RecursionError) as error:
        print(json.dumps({"path": path, "error": str(error)}))
