"""Which names a module binds, and which calls it makes from where: the reading half of
`call_signatures`.

Everything here errs on the side of "bound somewhere else": a name that may mean two things means
nothing, and the call is left out.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from devmatrix.python_source import UNPARSABLE, parse_module
from validation.layout import Layout

Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Scope = Function | ast.Lambda | ast.ClassDef | _Comprehension


@dataclass(frozen=True)
class Module:
    """What a module's top level binds, each name once; names bound more than once are left out."""

    path: str
    name: str
    tree: ast.Module
    defined: Mapping[str, ast.stmt]
    imported: Mapping[str, tuple[str, str]]


def read_module(path: str, source: bytes, layout: Layout) -> Module | None:
    """Read what a module's top level binds; None for a source that does not parse.

    A name that is bound twice, or that a function declares global, means nothing.
    """
    try:
        tree = parse_module(source)
    except UNPARSABLE:
        return None
    name = layout.module_of(path) or ""
    counts = Counter(bound_names(tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            counts.update([*node.names, *node.names])
    package = name if layout.is_package(name) else name.rpartition(".")[0]
    defined: dict[str, ast.stmt] = {}
    imported: dict[str, tuple[str, str]] = {}
    for statement in tree.body:
        if isinstance(statement, Function | ast.ClassDef):
            defined[statement.name] = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            imported |= _imports(statement, package)
    return Module(
        path,
        name,
        tree,
        {key: node for key, node in defined.items() if counts[key] == 1},
        {key: origin for key, origin in imported.items() if counts[key] == 1},
    )


def _imports(node: ast.Import | ast.ImportFrom, package: str) -> dict[str, tuple[str, str]]:
    """Give what an import binds: name → (module, attribute), attribute "" for a module."""
    if isinstance(node, ast.Import):
        tops = {alias.name.split(".")[0]: alias.name.split(".")[0] for alias in node.names}
        renamed = {alias.asname: alias.name for alias in node.names if alias.asname}
        return {name: (origin, "") for name, origin in (tops | renamed).items()}
    origin = node.module or ""
    if node.level:
        parts = package.split(".") if package else []
        if node.level - 1 > len(parts):
            return {}
        kept = parts[: len(parts) - (node.level - 1)]
        origin = ".".join([*kept, *([origin] if origin else [])])
    return {alias.asname or alias.name: (origin, alias.name) for alias in node.names}


def bound_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield each name that nodes bind in their own scope, once for each binding."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
                stack.extend(node.decorator_list)
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                continue
            case ast.Import() | ast.ImportFrom():
                yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
            case ast.Name(ctx=ast.Store() | ast.Del()):
                yield node.id
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
        stack.extend(ast.iter_child_nodes(node))


def binds(module: Module, name: str) -> bool:
    """Tell whether a module's top level binds a name in any way."""
    return name in set(bound_names(module.tree.body))


def calls(
    tree: ast.Module,
) -> Iterator[tuple[ast.Call, tuple[Scope, ...], ast.ClassDef | None]]:
    """Yield each call with the scopes around it and the top-level class whose method it is in.

    Calls that are expected to be refused are left out: under ``raises``, or where TypeError is
    caught.
    """
    stack: list[tuple[ast.AST, tuple[Scope, ...], ast.ClassDef | None]] = [(tree, (), None)]
    while stack:
        node, scopes, owner = stack.pop()
        if isinstance(node, ast.With | ast.AsyncWith) and _expects_refusal(node.items):
            continue
        if isinstance(node, ast.Try) and _catches(node):
            stack += [(child, scopes, owner) for child in (*node.handlers, *node.finalbody)]
            continue
        if isinstance(node, ast.Call):
            if "raises" in ast.unparse(node.func).lower():
                continue
            yield node, scopes, owner
        if isinstance(node, ast.ClassDef) and not scopes:
            body = [
                ((), node) if isinstance(item, Function) else ((node,), None) for item in node.body
            ]
            stack += [(item, *place) for item, place in zip(node.body, body, strict=True)]
            stack += [(item, (), None) for item in (*node.bases, *node.decorator_list)]
            continue
        if isinstance(node, Scope):
            scopes = (*scopes, node)
        stack += [(child, scopes, owner) for child in ast.iter_child_nodes(node)]


def _expects_refusal(items: Iterable[ast.withitem]) -> bool:
    texts = [ast.unparse(item.context_expr).lower() for item in items]
    return any(word in text for text in texts for word in ("raises", "suppress", "warns"))


def _catches(node: ast.Try) -> bool:
    names = [ast.unparse(item.type) if item.type else "Exception" for item in node.handlers]
    return any("TypeError" in name or "Exception" in name for name in names)


def is_local(name: str, scopes: tuple[Scope, ...]) -> bool:
    """Tell whether one of the scopes around a name may bind it."""
    return any(name in _locals(scope) for scope in scopes)


@lru_cache(maxsize=1024)
def _locals(scope: Scope) -> set[str]:
    if isinstance(scope, ast.ClassDef):
        return set(bound_names(scope.body))
    if isinstance(scope, Function | ast.Lambda):
        arguments = scope.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        rest = [item for item in (arguments.vararg, arguments.kwarg) if item is not None]
        body = [scope.body] if isinstance(scope, ast.Lambda) else scope.body
        return {item.arg for item in (*named, *rest)} | set(bound_names(body))
    return {
        node.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def is_self(name: str, scopes: tuple[Scope, ...], owner: ast.ClassDef) -> bool:
    """Tell whether a name is the first parameter of the method around it, never rebound."""
    if len(scopes) != 1 or not isinstance(scopes[0], Function) or scopes[0] not in owner.body:
        return False
    method = scopes[0]
    if "staticmethod" in decorators(method):
        return False
    first = [*method.args.posonlyargs, *method.args.args][:1]
    return bool(first) and first[0].arg == name and name not in set(bound_names(method.body))


def methods(owner: ast.ClassDef, name: str) -> list[Function]:
    """Give a class's own methods of a name; none where the name is bound in another way too."""
    bound = Counter(bound_names(owner.body))[name]
    found = [item for item in owner.body if isinstance(item, Function) and item.name == name]
    return found if bound == len(found) else []


def decorators(node: Function) -> set[str]:
    """Give the last names of a function's decorators; one with arguments keeps them."""
    return {ast.unparse(item).rsplit(".", 1)[-1] for item in node.decorator_list}
