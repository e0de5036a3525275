"""Calls as ``--calls`` writes them: dotted names relative to the directory, caller → callees."""

from __future__ import annotations

from typing import Final

from dependencies.points_to.script.calls import ScriptCalls
from dependencies.points_to.script.model import Callee

_ENDINGS: Final = (".d.ts", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")


def module_name(path: str) -> str:
    """Give the dotted name of a file: ``a/index.js`` is a, ``a/b.ts`` is a.b."""
    for ending in _ENDINGS:
        if path.endswith(ending):
            path = path[: -len(ending)]
            break
    parts = path.split("/")
    if len(parts) > 1 and parts[-1] == "index":
        parts.pop()
    return ".".join(parts)


def dotted(callee: Callee) -> str:
    """Give the whole name of a function, or of what is not of the project."""
    if not callee.path:
        return callee.label or callee.name
    module = module_name(callee.path)
    if not callee.label:
        return module
    return f"{module}{callee.label}" if callee.label[0] == "[" else f"{module}.{callee.label}"


def callgraph(
    found: ScriptCalls, *, confidence: float = 0.0, outside: bool = False
) -> dict[str, list[str]]:
    """Give the names of callees by the name of the caller, functions that call nothing, too.

    With ``outside`` built-in and external functions are named as well: ``<builtin>.Array.from``.

    An arrow function that is written where a built-in function gets it (``xs.map(x => f(x))``)
    counts as a part of the function around it, as a comprehension does in Python.
    """
    graph: dict[str, dict[str, None]] = {}
    inline = _inline(found)
    for call in found.calls:
        graph.setdefault(dotted(Callee("", call.path)), {})
    for function in found.functions:
        if (function.path, function.line, function.column) not in inline:
            graph.setdefault(dotted(function), {})
    for call in found.calls:
        if call.confidence < confidence or not (outside or call.callee.path):
            continue
        callee = call.callee
        if (callee.path, callee.line, callee.column) in inline:
            continue
        caller = call.caller
        for _ in range(100):
            key = (caller.path, caller.line, caller.column)
            if key not in inline:
                break
            caller = found.parents[key]
        graph.setdefault(dotted(caller), {})[dotted(callee)] = None
        graph.setdefault(dotted(callee), {})
    return {name: list(callees) for name, callees in graph.items()}


def _inline(found: ScriptCalls) -> frozenset[tuple[str, int, int]]:
    """Give the arrow functions that only the built-in function calls which they are passed to."""
    native = {(call.path, call.line, call.column) for call in found.calls if not call.callee.path}
    elsewhere = {
        (call.callee.path, call.callee.line, call.callee.column)
        for call in found.calls
        if (call.path, call.line, call.column) not in native
    }
    here = {
        (call.callee.path, call.callee.line, call.callee.column)
        for call in found.calls
        if (call.path, call.line, call.column) in native
    }
    return (found.inline & frozenset(here)) - frozenset(elsewhere)
