"""Sorts missing and false edges into classes by what the call looks like in the text."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from benchmarks.calls.graphs import Edges
from benchmarks.calls.naming import Source
from benchmarks.calls.projects import Known, lines_naming
from benchmarks.calls.sites import Site, Trace

Grouped = dict[str, list[str]]

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def missing_by_class(missing: Edges, trace: Trace, sources: Mapping[str, Source]) -> Grouped:
    """Group the edges that were not predicted; each is told once, at its first place."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    left = set(missing)
    for site in trace.sites:
        edge = (site.caller, site.callee)
        if edge in left:
            left.discard(edge)
            groups[reason(site, sources[site.file])].append(
                f"{site.file}:{site.line}  {site.caller} -> {site.callee}   `{site.text[:110]}`"
            )
    return dict(groups)


def false_by_class(false: Edges, known: Known, sources: Mapping[str, Source]) -> Grouped:
    """Group the edges that were predicted and did not run though their lines did."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for caller, callee in sorted(false):
        path, lines = lines_naming((caller, callee), known)
        source = sources[path]
        line = min(lines) if lines else 0
        name = callee.rpartition(".")[2]
        shape = next(_shapes(source, caller, name), "")
        if not shape:
            scope = callee.rpartition(".")[0].rpartition(".")[2]
            shape = next(_shapes(source, caller, scope), "")
        text = source.lines[line - 1].strip() if 0 < line <= len(source.lines) else ""
        what = "lambda" if name.startswith("<lambda") else name if name[:2] == "__" else "function"
        groups[f"{shape or 'the callee is not named'} → {what}"].append(
            f"{path}:{line}  {caller} -> {callee}   `{text[:110]}`"
        )
    return dict(groups)


def _shapes(source: Source, caller: str, name: str) -> Iterator[str]:
    for node in source.expressions.values():
        if isinstance(node, ast.Attribute):
            named = node.attr
        elif isinstance(node, ast.Name):
            named = node.id
        else:
            continue
        if named == name and source.owner_at(node.lineno, node.col_offset) == caller:
            yield _shape(node, source, caller)


def reason(site: Site, source: Source) -> str:
    """Name the class of an edge."""
    callee = site.callee.rpartition(".")[2]
    if site.kind == "through":
        return f"through C: {site.via}"
    if site.kind == "dunder":
        return f"dunder: {callee if callee[:2] == '__' else 'function'} by {site.via}"
    if site.kind == "property":
        what = callee if callee in ("__get__", "__set__", "__getattr__", "__delete__") else "getter"
        return f"attribute: {what}"
    if site.kind != "call":
        return site.kind
    call = source.calls.get(site.end)
    if call is None:
        return "call: not found in the text"
    return f"call: {_shape(call.func, source, site.caller)}{_defined(site)}"


def _defined(site: Site) -> str:
    """Tell what the callee is where the text does not name it."""
    callee = site.callee.rpartition(".")[2]
    if callee.startswith("<lambda"):
        return " → lambda"
    if callee in ("__init__", "__new__", "__call__"):
        return f" → {callee}"
    return ""


def _shape(function: ast.expr, source: Source, caller: str) -> str:
    if isinstance(function, ast.Name):
        return _name(function.id, source, caller)
    if isinstance(function, ast.Attribute):
        return f"method of {_receiver(function.value, source, caller)}"
    return f"what {_receiver(function, source, caller)} gives"


def _receiver(value: ast.expr, source: Source, caller: str) -> str:
    if isinstance(value, ast.Name):
        return _name(value.id, source, caller)
    if isinstance(value, ast.Attribute):
        if isinstance(value.value, ast.Name) and value.value.id in ("self", "cls"):
            return f"{value.value.id}.attribute"
        return f"attribute of {_receiver(value.value, source, caller)}"
    if isinstance(value, ast.Call):
        function = value.func
        if isinstance(function, ast.Name) and function.id in ("super", "getattr", "type"):
            return f"{function.id}()"
        return "a call"
    if isinstance(value, ast.Subscript):
        return "an item"
    return {ast.Constant: "a constant", ast.BinOp: "an operation", ast.Await: "an await"}.get(
        type(value), type(value).__name__
    )


def _name(name: str, source: Source, caller: str) -> str:
    """Tell what a name is in a function: a parameter, a local, a name of a scope around it."""
    if name in ("self", "cls"):
        return name
    function = next((node for node, own in source.names.items() if own == caller), source.tree)
    around = caller
    distance = ""
    while True:
        if isinstance(function, _FUNCTIONS):
            for parameter in _parameters(function.args):
                if parameter.arg == name:
                    typed = "annotated" if parameter.annotation else "unannotated"
                    return f"{distance}{typed} parameter"
            if name in _bound(function):
                return f"{distance}local"
        owner = source.owners.get(function)
        if owner is None or owner == around:
            return "global"
        around = owner
        function = next((node for node, own in source.names.items() if own == owner), source.tree)
        distance = "outer "


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (each for each in (arguments.vararg, arguments.kwarg) if each is not None)


def _bound(function: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node is not function:
            found.add(node.name)
    return found


def ranked(groups: Grouped, shown: int = 6) -> Iterator[str]:
    """Print the groups by size, with some examples spread over each."""
    total = sum(len(found) for found in groups.values())
    for name, found in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"{len(found):5}  {100 * len(found) / total:4.1f}%  {name}"
        yield from (f"              {example}" for example in spread(found, shown))


def spread(found: Iterable[str], count: int) -> list[str]:
    """Take some of a list at even distances."""
    items = list(found)
    step = max(1, len(items) // count)
    return items[::step][:count]
