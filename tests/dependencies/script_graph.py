"""Call graphs of small scripts, for the tests."""

from __future__ import annotations

from collections.abc import Mapping

from dependencies.points_to.script import How, ScriptCalls, callgraph, script_calls
from tests.atomization.reading import project


def found(files: Mapping[str, str]) -> ScriptCalls:
    """Analyze files, given by path."""
    return script_calls(project(files))


def edges(source: str | Mapping[str, str], path: str = "main.js") -> set[tuple[str, str]]:
    """Give the calls of one file (main) or of several as pairs of names."""
    files = {path: source} if isinstance(source, str) else source
    graph = callgraph(found(files))
    return {(caller, callee) for caller, callees in graph.items() for callee in callees}


def callees(
    source: str | Mapping[str, str], caller: str = "main", path: str = "main.js"
) -> set[str]:
    """Give what one function calls, without the name of the module main."""
    return {callee.removeprefix("main.") for name, callee in edges(source, path) if name == caller}


def ways(source: str, path: str = "main.ts") -> dict[str, How]:
    """Give how each callee was found."""
    return {call.callee.name: call.how for call in found({path: source}).calls}
