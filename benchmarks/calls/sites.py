"""Turns a tracer's numbers into named edges, each with its place and what the call looks like.

The kinds of an edge: ``call`` (the text calls it), ``decorator``, ``property`` (an attribute is
read, set or deleted), ``dunder`` (an operator, a subscript, a loop, a ``with``), ``class`` (a class
is made), ``through`` (the text calls something of C, which calls it: ``sorted``, ``map``, ``str``),
``other``. Edges with foreign Python between both are a list of their own.
"""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.calls.naming import Source, source_of
from benchmarks.calls.packages import Package, is_left_out
from benchmarks.calls.tracing import raw_trace

_CALLS: Final = frozenset({"CALL", "PRECALL", "CALL_FUNCTION_EX", "KW_NAMES"})
_ATTRIBUTES: Final = frozenset(
    {"LOAD_ATTR", "STORE_ATTR", "DELETE_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"}
)
_BUILTINS: Final = frozenset(
    name for name, value in vars(builtins).items() if callable(value) and not name.startswith("_")
)
_EXITS: Final = frozenset({"__exit__", "__aexit__"})
_CLASS_HOOKS: Final = frozenset({"__init_subclass__", "__set_name__", "__prepare__"})


@dataclass(frozen=True, slots=True)
class Site:
    """An edge at one place; ``via`` is the C function or the foreign file between both."""

    caller: str
    callee: str
    kind: str
    via: str
    file: str
    line: int
    text: str
    end: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Trace:
    """What one suite ran: edges by place, functions that began, lines that ran."""

    sites: tuple[Site, ...]
    indirect: tuple[Site, ...]
    began: frozenset[str]
    lines: dict[str, frozenset[int]]

    def edges(self, *kinds: str) -> frozenset[tuple[str, str]]:
        """Give the set of direct edges, of some kinds only if any are told."""
        return frozenset(
            (site.caller, site.callee) for site in self.sites if not kinds or site.kind in kinds
        )


def sources_of(root: Path) -> dict[str, Source]:
    """Read all sources below a folder by path; those that Python refuses are left out."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if is_left_out(f"/{name}"):
            continue
        try:
            found[name] = source_of(root, name)
        except (SyntaxError, ValueError):
            continue
    return found


def named(package: Package) -> Trace:
    """Name what the tracer saw; raises OSError."""
    raw = json.loads(raw_trace(package).read_text(encoding="utf-8"))
    sources = sources_of(package.sources)
    codes: list[tuple[str | None, str]] = []
    for path, line, name, inside in raw["codes"]:
        source = sources.get(path)
        known = source.function_at(line, name, inside) if source is not None else None
        if source is not None and name == "<module>":
            known = source.module
        codes.append((known, path))
    began = frozenset(name for name, _ in (codes[at] for at in raw["began"]) if name)
    return Trace(
        tuple(_sites(raw["calls"], codes, sources, raw["codes"])),
        tuple(_sites(raw["indirect"], codes, sources, raw["codes"], foreign=True)),
        began,
        {path: frozenset(lines) for path, lines in raw["lines"].items()},
    )


def _sites(
    rows: list[list[Any]],
    codes: list[tuple[str | None, str]],
    sources: dict[str, Source],
    raw: list[list[Any]],
    *,
    foreign: bool = False,
) -> Iterator[Site]:
    seen = set()
    for caller, callee, place, operation, via in rows:
        name, path = codes[callee][0], codes[caller][1]
        source = sources.get(path)
        if name is None or source is None:
            continue
        line, column = (place[0], place[2]) if place else (raw[caller][1], 0)
        owner = source.owner_at(line, column)
        kind = "foreign"
        text = source.lines[line - 1].strip() if line <= len(source.lines) else ""
        if foreign:
            via = "/".join(via.split("/")[-2:])
        elif operation == "SEND" and not _awaited_there(source, place, name):
            continue
        else:
            kind, via = _kind(source, place, operation, name.rpartition(".")[2], via)
        end = (place[1], place[3]) if place else (0, 0)
        site = Site(owner, name, kind, via, path, line, text, end)
        if site not in seen:
            seen.add(site)
            yield site


def _awaited_there(source: Source, place: list[int] | None, callee: str) -> bool:
    """Tell whether a coroutine that begins where it is awaited is called there too.

    A profiler sees it begin only then, wherever it was made.
    """
    if place is None:
        return False
    line, end, column, last = place
    node = source.expressions.get((line, end, column, last))
    value = node.value if isinstance(node, ast.Await) else node
    if not isinstance(value, ast.Call):
        return False
    called = getattr(value.func, "attr", None) or getattr(value.func, "id", None)
    return called == callee.rpartition(".")[2]


def _kind(
    source: Source, place: list[int] | None, operation: str, callee: str, via: str
) -> tuple[str, str]:
    """Tell what a call looks like in the text, and what of C stands between."""
    if callee in _CLASS_HOOKS:
        return "class", via
    if via:
        return "through", via
    if place is None:
        return "other", ""
    if operation in _ATTRIBUTES:
        return "property", ""
    if operation == "SEND":
        return "call", ""
    if operation not in _CALLS:
        return "dunder", operation
    line, end, column, last = place
    if callee in _EXITS:
        return "dunder", "WITH"
    if (line, end, column, last) in source.decorators:
        return "decorator", ""
    call = source.calls.get((end, last))
    if call is None:
        return "dunder" if callee.startswith("__") else "other", operation
    function = call.func
    if isinstance(function, ast.Name) and function.id in _BUILTINS and function.id != callee:
        return "through", function.id
    return "call", ""


def save(package: Package, suite: str, trace: Trace) -> None:
    """Write a trace in PyCG's shape, with the lines beside it; raises OSError."""
    calls: dict[str, set[str]] = {name: set() for name in trace.began}
    for caller, callee in trace.edges():
        calls.setdefault(caller, set()).add(callee)
    content = {
        "package": package.name,
        "version": package.version,
        "suite": suite,
        "calls": {caller: sorted(callees) for caller, callees in sorted(calls.items())},
        "edges": [asdict(site) for site in trace.sites],
        "indirect": [asdict(site) for site in trace.indirect],
        "began": sorted(trace.began),
        "lines": {path: sorted(lines) for path, lines in trace.lines.items()},
    }
    package.trace.write_text(json.dumps(content, indent=1), encoding="utf-8")


def load_trace(package: Package) -> Trace:
    """Read a trace that was saved; raises OSError."""
    content = json.loads(package.trace.read_text(encoding="utf-8"))
    return Trace(
        tuple(_site(site) for site in content["edges"]),
        tuple(_site(site) for site in content["indirect"]),
        frozenset(content["began"]),
        {path: frozenset(lines) for path, lines in content["lines"].items()},
    )


def _site(content: dict[str, Any]) -> Site:
    line, column = content.pop("end")
    return Site(**content, end=(line, column))
