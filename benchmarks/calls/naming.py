"""PyCG's names for the functions of a source, and what stands at a place of it.

Dotted names from the root folder; ``__init__`` is its package; a lambda is ``<lambdaN>``, counted
from 1 in the scope around it in the order of the text. What a module, a class's body, a default or
a decorator evaluates belongs to the function around it, or to the module.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Span = tuple[int, int, int, int]
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def module_name(path: str) -> str:
    """Give the dotted name of a file named from the root: ``a/b/__init__.py`` is ``a.b``."""
    parts = path.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def span_of(node: ast.expr | ast.stmt) -> Span:
    """Give line, last line, column and last column, as code objects have them."""
    return node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0


@dataclass(slots=True)
class Source:
    """A source with the names of its functions and its calls by where they end."""

    path: str
    text: str
    tree: ast.Module
    module: str
    names: dict[ast.AST, str] = field(default_factory=dict)
    owners: dict[ast.AST, str] = field(default_factory=dict)
    calls: dict[tuple[int, int], ast.Call] = field(default_factory=dict)
    expressions: dict[Span, ast.expr] = field(default_factory=dict)
    decorators: set[Span] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    _places: list[tuple[tuple[int, int], tuple[int, int], str]] = field(default_factory=list)
    _begins: dict[tuple[int, str], list[ast.AST]] = field(default_factory=dict)

    def owner_at(self, line: int, column: int) -> str:
        """Name the function (or module) that evaluates what stands at a place."""
        at = (line, column)
        best, name = (0, 0), self.module
        for begin, end, function in self._places:
            if begin <= at < end and begin >= best:
                best, name = begin, function
        return name

    def function_at(self, line: int, name: str, inside: list[int] | None) -> str | None:
        """Name the function whose code begins on a line; ``inside`` is a place in its body.

        Gives None for what is no function of this text.
        """
        found = self._begins.get((line, name), [])
        if len(found) > 1 and inside is not None:
            at = (inside[0], inside[1])
            held = [node for node in found if _holds(node, at)]
            found = held[-1:] or found
        return self.names[found[-1]] if found else None


def source_of(root: Path, path: str) -> Source:
    """Read a source; raises OSError, SyntaxError, ValueError."""
    data = (root / path).read_bytes()
    tree = ast.parse(data)
    text = data.decode("utf-8", "replace")
    source = Source(path, text, tree, module_name(path), lines=text.splitlines())
    source.names[tree] = source.module
    for node, scope, owner in _walk(tree, source.module):
        if isinstance(node, _SCOPES):
            source.names[node] = scope
            source.owners[node] = owner
            _place(source, node, scope)
        if isinstance(node, ast.Call):
            source.calls[node.end_lineno or 0, node.end_col_offset or 0] = node
        if isinstance(node, ast.expr):
            source.expressions.setdefault(span_of(node), node)
    return source


def _walk(tree: ast.Module, module: str) -> Iterator[tuple[ast.AST, str, str]]:
    """Give the nodes in the order of the text.

    Each comes with a name and that of its owner: a definition with its own name and that of the
    function around it, any other with that of the scope around it and of the function.
    """
    counts: Counter[str] = Counter()
    stack: list[tuple[ast.AST, str, str]] = [(tree, module, module)]
    while stack:
        node, scope, owner = stack.pop()
        if isinstance(node, ast.Lambda):
            counts[scope] += 1
            own = f"{scope}.<lambda{counts[scope]}>"
            yield node, own, owner
            stack.append((node.body, own, own))
            stack.append((node.args, scope, owner))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own = f"{scope}.{node.name}"
            yield node, own, owner
            inner = owner if isinstance(node, ast.ClassDef) else own
            stack.extend((part, own, inner) for part in reversed(node.body))
            outer: list[ast.AST] = [*node.decorator_list]
            if isinstance(node, ast.ClassDef):
                outer += [*node.bases, *node.keywords]
            else:
                outer += [node.args, *([node.returns] if node.returns else [])]
            stack.extend((part, scope, owner) for part in reversed(outer))
        else:
            yield node, scope, owner
            children = list(ast.iter_child_nodes(node))
            stack.extend((child, scope, owner) for child in reversed(children))


def _place(source: Source, node: ast.AST, name: str) -> None:
    """Note where a definition begins, for code objects, and where its body reaches."""
    if isinstance(node, ast.Lambda):
        source._begins.setdefault((node.lineno, "<lambda>"), []).append(node)
        body: list[ast.expr | ast.stmt] = [node.body]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        source.decorators.update(span_of(each) for each in node.decorator_list)
        if isinstance(node, ast.ClassDef):
            return
        source._begins.setdefault((first, node.name), []).append(node)
        body = [*node.body]
    else:
        return
    begin = (body[0].lineno, body[0].col_offset)
    for statement in body:
        for each in getattr(statement, "decorator_list", []):
            begin = min(begin, (each.lineno, each.col_offset - 1))
    end = (body[-1].end_lineno or 0, body[-1].end_col_offset or 0)
    source._places.append((begin, end, name))


def _holds(node: ast.AST, at: tuple[int, int]) -> bool:
    if isinstance(node, ast.Lambda):
        body: ast.expr | ast.stmt = node.body
        first = last = body
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        first, last = node.body[0], node.body[-1]
    else:
        return False
    end = (last.end_lineno or 0, last.end_col_offset or 0)
    return (first.lineno, first.col_offset) <= at < end
