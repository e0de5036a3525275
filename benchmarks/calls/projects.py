"""Scores a tool's graph of a package against what its test suite ran.

Recall is the share of executed edges that were predicted. Precision can only be bounded, because a
suite does not run everything. Of the predicted edges whose caller ran, an edge that never ran is

- false under the strict bound;
- false under the bound of lines only if every line of the caller that names the callee ran (or,
  where none names it, every line of the caller): a call that was never reached says nothing;
- false under the lenient bound only if the callee began besides, from wherever: a class that no
  test makes, or a branch for another platform, says nothing about who would call it.

An edge that ran with foreign Python between both is right, though recall does not ask for it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from benchmarks.calls.graphs import Edges, Graph, Score, edges_of
from benchmarks.calls.naming import Source
from benchmarks.calls.sites import Trace

KINDS: Final = ("call", "decorator", "property", "dunder", "through", "class", "other")
_MADE: Final = frozenset({"__init__", "__new__", "__call__", "__post_init__"})


@dataclass(frozen=True, slots=True)
class Result:
    """How a tool did on a package."""

    recall: Score
    by_kind: dict[str, Score]
    strict: Score
    by_lines: Score
    lenient: Score
    missing: Edges
    false: Edges
    predicted: Edges

    def __add__(self, other: Result) -> Result:
        """Pool the edges of two packages."""
        kinds = {*self.by_kind, *other.by_kind}
        return Result(
            self.recall + other.recall,
            {
                kind: self.by_kind.get(kind, Score()) + other.by_kind.get(kind, Score())
                for kind in kinds
            },
            self.strict + other.strict,
            self.by_lines + other.by_lines,
            self.lenient + other.lenient,
            self.missing | other.missing,
            self.false | other.false,
            self.predicted | other.predicted,
        )


@dataclass(slots=True)
class Known:
    """The functions and modules of a package, and where each mentions a name."""

    functions: frozenset[str]
    classes: dict[str, str] = field(default_factory=dict)
    mentions: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    bodies: dict[str, tuple[str, set[int]]] = field(default_factory=dict)


def known_of(sources: Mapping[str, Source]) -> Known:
    """Collect what the bounds need from the sources."""
    functions = {source.module for source in sources.values()}
    known = Known(frozenset())
    for path, source in sources.items():
        known.bodies.setdefault(source.module, (path, set()))
        for node, name in source.names.items():
            if isinstance(node, ast.ClassDef):
                known.classes[name] = source.owners[node]
            else:
                functions.add(name)
        for node in ast.walk(source.tree):
            _mention(known, source, node)
    known.functions = frozenset(functions)
    return known


def _mention(known: Known, source: Source, node: ast.AST) -> None:
    name = ""
    if isinstance(node, ast.Name):
        name = node.id
    elif isinstance(node, ast.Attribute):
        name = node.attr
    if isinstance(node, ast.expr | ast.stmt):
        owner = source.owner_at(node.lineno, node.col_offset)
        known.bodies.setdefault(owner, (source.path, set()))[1].add(node.lineno)
        if name:
            line = node.end_lineno or node.lineno
            known.mentions.setdefault(owner, {}).setdefault(name, set()).add(line)


def inner_edges(graph: Graph, known: Known) -> Edges:
    """Keep the edges between functions of the package.

    A class's body belongs to its owner; a tool that calls a class means its own ``__init__``.
    """
    found = set()
    for caller, callee in edges_of(graph):
        caller = known.classes.get(caller, caller)
        callee = f"{callee}.__init__" if callee in known.classes else callee
        if caller in known.functions and callee in known.functions:
            found.add((caller, callee))
    return frozenset(found)


def score(graph: Graph, trace: Trace, known: Known) -> Result:
    """Compare a tool's graph with a trace."""
    predicted = inner_edges(graph, known)
    ran = trace.edges()
    right = ran | {(site.caller, site.callee) for site in trace.indirect}
    considered = frozenset(edge for edge in predicted if edge[0] in trace.began)
    wrong = considered - right
    false = frozenset(edge for edge in wrong if _reached(edge, trace, known))
    by_kind = {}
    for kind in KINDS:
        edges = trace.edges(kind)
        if edges:
            by_kind[kind] = Score(len(edges & predicted), 0, len(edges))
    hits = len(considered & right)
    return Result(
        Score(len(ran & predicted), 0, len(ran)),
        by_kind,
        Score(hits, len(considered), 0),
        Score(hits, hits + len(false), 0),
        Score(hits, hits + sum(edge[1] in trace.began for edge in false), 0),
        ran - predicted,
        false,
        predicted,
    )


def lines_naming(edge: tuple[str, str], known: Known) -> tuple[str, set[int]]:
    """Give the file of the caller and its lines that name the callee, or all of its lines."""
    caller, callee = edge
    path, body = known.bodies.get(caller, ("", set()))
    scope, _, name = callee.rpartition(".")
    names = [name, scope.rpartition(".")[2]] if name in _MADE else [name]
    for each in names:
        found = known.mentions.get(caller, {}).get(each)
        if found:
            return path, found
    return path, body


def _reached(edge: tuple[str, str], trace: Trace, known: Known) -> bool:
    path, lines = lines_naming(edge, known)
    return lines <= trace.lines.get(path, frozenset())
