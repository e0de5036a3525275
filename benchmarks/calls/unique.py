"""The baseline: a called name is the one function of the project that bears it, if it is only one.

What it finds needs no analysis at all, so a tool is worth what it finds beyond.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from benchmarks.calls.sites import sources_of


def unique_names(directory: Path) -> dict[str, list[str]]:
    """Give the graph of all calls whose last name is borne by one function or class."""
    sources = sources_of(directory)
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    functions: set[str] = set()
    for source in sources.values():
        for node, name in source.names.items():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bearers[node.name].add(name)
            if not isinstance(node, ast.ClassDef):
                functions.add(name)
    graph: defaultdict[str, set[str]] = defaultdict(set)
    for source in sources.values():
        for call in source.calls.values():
            function = call.func
            called = getattr(function, "attr", None) or getattr(function, "id", None)
            found = bearers.get(called or "", set())
            if len(found) == 1:
                (callee,) = found
                callee = callee if callee in functions else f"{callee}.__init__"
                if callee in functions:
                    graph[source.owner_at(call.lineno, call.col_offset)].add(callee)
    return {caller: sorted(callees) for caller, callees in graph.items()}
