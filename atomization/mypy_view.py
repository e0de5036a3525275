"""The process in which mypy looks at a whole project once: a request on stdin, an answer on stdout.

It is started by its path, so it must import nothing of this project. The sources are text to mypy
and are never executed: no configuration file is read (one may name plugins), and the process has
limits of address space and processor time.

Request:  {"files": {path: text}, "modules": {path: module}, "roots": [folder], "cache": folder}
Answer:   {"types": {path: {"line:column:end line:end column": type}}, "problem": str}
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from mypy import build
from mypy.errors import CompileError
from mypy.main import process_options
from mypy.modulefinder import BuildSource
from mypy.nodes import (
    Argument,
    Expression,
    FuncItem,
    MemberExpr,
    MypyFile,
    OverloadedFuncDef,
    Statement,
)
from mypy.options import Options
from mypy.patterns import Pattern
from mypy.types import (
    CallableType,
    Instance,
    LiteralType,
    NoneType,
    Overloaded,
    TupleType,
    Type,
    TypedDictType,
    TypeType,
    TypeVarType,
    UnionType,
    get_proper_type,
)

MEMORY_BYTES = 3 << 30
CPU_SECONDS = 600
DEPTH = 3
ARGUMENTS = [
    "--config-file=",
    "--check-untyped-defs",
    "--ignore-missing-imports",
    "--explicit-package-bases",
    "--namespace-packages",
    "--no-error-summary",
    "-c",
    "pass",
]
ANY = ["any"]
PARTS = (Statement, Expression, Argument, FuncItem, OverloadedFuncDef, Pattern)
LINKS = frozenset({"node", "info", "original_def", "def_var", "unanalyzed_items", "var", "type"})
"""Attributes that lead from a node to other files, or back."""


def receivers(tree: MypyFile) -> Iterator[Expression]:
    """Give the expressions in front of the dots of a file.

    mypy's compiled visitors cannot be derived from, so the nodes are walked by their attributes.
    """
    stack: list[Any] = list(tree.defs)
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, list | tuple):
            stack.extend(node)
        elif isinstance(node, PARTS) and id(node) not in seen:
            seen.add(id(node))
            if isinstance(node, MemberExpr):
                yield node.expr
            kind: Any = type(node)
            stack.extend(getattr(node, name, None) for name in attributes_of(kind))


@cache
def attributes_of(kind: Any) -> tuple[str, ...]:
    """Name the attributes of a sort of node that may hold its parts."""
    names = {
        name
        for base in kind.__mro__
        for name, value in vars(base).items()
        if type(value).__name__ in ("getset_descriptor", "member_descriptor")
    }
    return tuple(sorted(names - LINKS))


def told(found: Type | None, depth: int = DEPTH) -> list[Any]:
    """Write a type as nested lists, no deeper than a few levels."""
    if found is None or depth < 0:
        return ANY
    proper = get_proper_type(found)
    if isinstance(proper, TypeVarType):
        proper = get_proper_type(proper.upper_bound)
    if isinstance(proper, LiteralType | TypedDictType):
        proper = proper.fallback
    if isinstance(proper, TupleType):
        fallback = proper.partial_fallback
        if fallback.type.fullname == "builtins.tuple":
            return ["tuple", [told(item, depth - 1) for item in proper.items]]
        proper = fallback
    if isinstance(proper, Instance):
        module = proper.type.module_name
        name = proper.type.fullname.removeprefix(f"{module}.")
        return ["class", module, name, [told(arg, depth - 1) for arg in proper.args]]
    if isinstance(proper, UnionType):
        return ["union", [told(item, depth - 1) for item in proper.items]]
    if isinstance(proper, TypeType):
        return ["type", told(proper.item, depth - 1)]
    if isinstance(proper, CallableType | Overloaded) and proper.is_type_obj():
        made = proper.items[0].ret_type
        return ["type", told(made, depth - 1)]
    return ["none"] if isinstance(proper, NoneType) else ANY


def types_in(tree: MypyFile, types: dict[Expression, Type]) -> Iterator[tuple[str, list[Any]]]:
    """Give the receivers of a file whose type is known, each with its place."""
    for expr in receivers(tree):
        fact = told(types.get(expr))
        if fact[0] not in ("any", "none"):
            yield f"{expr.line}:{expr.column}:{expr.end_line}:{expr.end_column}", fact


def options_for(request: dict[str, Any], folder: Path) -> Options:
    """Read the fixed options; what mypy keeps of stubs goes into the cache of the request."""
    cache = request["cache"] or os.devnull
    arguments = [f"--cache-dir={cache}", *ARGUMENTS]
    _, options = process_options(arguments, stdout=io.StringIO(), stderr=io.StringIO())
    options.export_types = True
    options.preserve_asts = True
    options.mypy_path = [str(folder / root) for root in request["roots"]]
    return options


def forget(sources: list[BuildSource], options: Options) -> None:
    """Take the project's own modules out of mypy's cache: what is cached gets no types."""
    store = build.create_metastore(options, parallel_worker=False)
    for source in sources:
        for name in build.get_cache_names(source.module, source.path or "", options):
            if name is not None:
                with contextlib.suppress(OSError):
                    store.remove(name)
    store.commit()
    store.close()


def look(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Let mypy look at the modules of a request."""
    for path, text in request["files"].items():
        target = folder / path
        if not target.resolve().is_relative_to(folder.resolve()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))
    os.chdir(folder)
    options = options_for(request, folder)
    sources = [BuildSource(path, module) for path, module in request["modules"].items()]
    said = io.StringIO()
    try:
        if request["cache"]:
            forget(sources, options)
        result = build.build(sources, options, stdout=said, stderr=said)
    except CompileError as error:
        return {"types": {}, "problem": "; ".join(error.messages[:3]) or "mypy stopped"}
    except SystemExit:
        return {"types": {}, "problem": f"mypy ended: {said.getvalue()[-300:]}"}
    types: dict[str, dict[str, list[Any]]] = {}
    for path, module in request["modules"].items():
        tree = result.files.get(module)
        if tree is not None:
            types[path] = dict(types_in(tree, result.types))
    return {"types": types, "problem": ""}


def main() -> None:
    """Answer one request."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(10_000)
    request = json.loads(sys.stdin.buffer.read())
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="devmatrix-view-") as folder:
        answer = look(request, Path(folder))
        os.chdir("/")
    answers.write(json.dumps(answer).encode())
    answers.flush()
    os._exit(0)  # taking a large project's trees down costs seconds


if __name__ == "__main__":
    main()
