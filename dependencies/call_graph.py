"""Who calls whom below some directories, in the shape that PyCG writes.

Names are dotted and relative to the directory that was named; each caller has a list of callees,
and who is only called, or calls nobody, an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from atomization.collector import collector_paused
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_names import names_of
from dependencies.points_to.python_calls import build, named_calls

CallGraph = dict[str, list[str]]


def call_graph_of(files: Sequence[ProjectFile], *, min_confidence: float = 0.0) -> CallGraph:
    """Find the calls among the files of one directory, whose paths are relative to it."""
    with collector_paused():
        python = [file for file in files if file.language is Language.PYTHON]
        found: CallGraph = {}
        if python:
            found = named_calls(build(names_of(file) for file in python), min_confidence)
    return {name: found[name] for name in sorted(found)}


def merged(graphs: Mapping[str, tuple[CallGraph, Sequence[ProjectFile]]]) -> CallGraph:
    """Put the graphs of several directories together, own names led by the directory's prefix."""
    found: dict[str, set[str]] = {}
    for prefix, (graph, files) in graphs.items():
        own = {file.path.split("/", 1)[0].split(".", 1)[0] for file in files} if prefix else set()
        names = {name: prefix + name if name.split(".", 1)[0] in own else name for name in graph}
        for caller, callees in graph.items():
            into = found.setdefault(names[caller], set())
            into.update(names.get(callee, callee) for callee in callees)
    return {name: sorted(found[name]) for name in sorted(found)}
