"""Who calls whom below some directories, in the shape that PyCG writes.

Names are dotted and relative to the directory that was named; each caller has a list of callees,
and who is only called, or calls nobody, an empty one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from atomization.collector import collector_paused
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_names import names_of
from dependencies.points_to.python_calls import build, named_calls
from dependencies.points_to.script import callgraph, script_calls
from dependencies.points_to.script.linking import resolver

CallGraph = dict[str, list[str]]


def call_graph_of(
    files: Sequence[ProjectFile],
    *,
    min_confidence: float = 0.0,
    configs: Mapping[str, bytes] | None = None,
) -> CallGraph:
    """Find the calls among the files of one directory, whose paths are relative to it.

    ``configs`` are the files that say where modules of scripts are.
    """
    python = [file for file in files if file.language is Language.PYTHON]
    scripts = [file for file in files if file.language is not Language.PYTHON]
    found: dict[str, set[str]] = {}
    with collector_paused():
        graphs = [
            *(_python(python, min_confidence) if python else ()),
            *(_scripts(scripts, min_confidence, configs or {}) if scripts else ()),
        ]
    for caller, callees in graphs:
        found.setdefault(caller, set()).update(callees)
    return {name: sorted(found[name]) for name in sorted(found)}


Callees = Iterable[tuple[str, list[str]]]


def _python(files: Sequence[ProjectFile], least: float) -> Callees:
    return named_calls(build(names_of(file) for file in files), least).items()


def _scripts(files: Sequence[ProjectFile], least: float, configs: Mapping[str, bytes]) -> Callees:
    resolve = resolver([file.path for file in files], configs)
    return callgraph(script_calls(files, resolve=resolve), confidence=least).items()


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
