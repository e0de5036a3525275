"""What a Python file imports, and what it offers to others, read off its tree.

Only statements are visited; expressions are entered where the text shows that a module is imported
by a call. The walk keeps a stack of its own, since nesting is the author's choice.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from atomization.parser import Language
from atomization.python_binding import is_main_guard
from atomization.python_listed import Listed
from atomization.python_scopes import bare_name, dotted_name
from dependencies.imports.model import FileRequests, ImportKind, Request

_CALLS: Final = ("import_module", "__import__")
_INIT: Final = ("__init__.py", "__init__.pyi")


class _At(NamedTuple):
    """Where a statement stands."""

    module: bool = True
    early: bool = True
    types: bool = False
    branch: bool = False


def read_python(
    path: str,
    text: str,
    trees: Iterable[ast.Module],
    problems: Sequence[tuple[int, str]] = (),
) -> FileRequests:
    """Read the imports of a file off its tree, or off those of its parts that parse."""
    reader = _Reader(path.rsplit("/", 1)[-1] in _INIT)
    calls = any(name in text for name in _CALLS)
    for tree in trees:
        reader.walk(tree.body)
        if calls:
            reader.walk_calls(tree)
    noted = sorted(reader.noted, key=lambda item: item.request.line)
    every = reader.listed
    listed = frozenset(every.names)
    return FileRequests(
        path,
        Language.PYTHON,
        tuple(_judged(item, listed, package=reader.package) for item in noted),
        frozenset(reader.bound),
        frozenset(reader.handed),
        tuple(every.names) if every.found and not every.partial else None,
        every.partial or "__getattr__" in reader.bound,
        tuple(problems),
    )


class _Noted(NamedTuple):
    """An import with the names that it binds; ``again`` marks ``from a import b as b``."""

    request: Request
    names: tuple[str, ...] = ()
    again: bool = False


def _judged(item: _Noted, listed: frozenset[str], *, package: bool) -> Request:
    """Tell re-exports from imports for the module's own use."""
    request = item.request
    if request.kind is not ImportKind.RUNTIME or not item.names or not request.at_import:
        return request
    everything = package and request.names == ("*",)
    if everything or item.again or not listed.isdisjoint(item.names):
        return replace(request, kind=ImportKind.RE_EXPORT)
    return request


@dataclass(slots=True)
class _Reader:
    package: bool
    noted: list[_Noted] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    handed: set[tuple[str, str]] = field(default_factory=set)
    listed: Listed = field(default_factory=Listed)
    importers: set[str] = field(default_factory=set)

    # -- statements -----------------------------------------------------------------------------

    def walk(self, body: list[ast.stmt]) -> None:
        """Visit the statements of a module and of all that is in it."""
        stack: list[tuple[list[ast.stmt], _At]] = [(body, _At())]
        while stack:
            statements, at = stack.pop()
            for node in statements:
                kind = type(node)
                if kind is ast.Import:
                    self._import(node, at)  # type: ignore[arg-type]
                elif kind is ast.ImportFrom:
                    self._import_from(node, at)  # type: ignore[arg-type]
                elif kind in _DEFINITIONS:
                    if at.module:
                        self.bound.add(node.name)  # type: ignore[attr-defined]
                    own = kind is ast.ClassDef
                    inner = at._replace(module=False, early=at.early and own)
                    stack.append((node.body, inner))  # type: ignore[attr-defined]
                elif kind is ast.Global:
                    self.bound.update(node.names)  # type: ignore[attr-defined]
                elif kind is ast.If:
                    stack += _branches(node, at)  # type: ignore[arg-type]
                else:
                    if at.module and kind in _BINDING:
                        self._bind(node)
                    if kind in _COMPOUND:
                        stack += _blocks(node, at)

    def _import(self, node: ast.Import, at: _At) -> None:
        for alias in node.names:
            request = self._request(node, alias.name, (), at)
            if at.module:
                self.bound.add(alias.asname or alias.name.partition(".")[0])
            if alias.name == "importlib":
                self.importers.add(f"{alias.asname or 'importlib'}.import_module")
            self.noted.append(_Noted(request))

    def _import_from(self, node: ast.ImportFrom, at: _At) -> None:
        specifier = "." * node.level + (node.module or "")
        names = tuple(alias.name for alias in node.names)
        request = self._request(node, specifier, names, at)
        for alias in node.names:
            name = alias.asname or alias.name
            if at.module and name != "*":
                if name == alias.name and self.package:
                    self.handed.add((name, specifier))
                else:
                    self.bound.add(name)
            if specifier == "importlib" and alias.name == "import_module":
                self.importers.add(name)
        local = tuple(alias.asname or alias.name for alias in node.names)
        again = any(alias.name == alias.asname for alias in node.names)
        self.noted.append(_Noted(request, local, again))

    def _request(self, node: ast.stmt, module: str, names: tuple[str, ...], at: _At) -> Request:
        kind = ImportKind.TYPE_ONLY if at.types else ImportKind.RUNTIME
        early = at.early and not at.types
        return Request(node.lineno, module, names, kind, early, at.branch)

    # -- names ----------------------------------------------------------------------------------

    def _bind(self, node: ast.stmt) -> None:
        self.listed.read(node)
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = list(node.targets)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
            targets = [node.target]
        elif isinstance(node, ast.With | ast.AsyncWith):
            targets = [item.optional_vars for item in node.items if item.optional_vars]
        while targets:
            target = targets.pop()
            if isinstance(target, ast.Name):
                self.bound.add(target.id)
            elif isinstance(target, ast.Tuple | ast.List):
                targets += target.elts
            elif isinstance(target, ast.Starred):
                targets.append(target.value)

    # -- calls ----------------------------------------------------------------------------------

    def walk_calls(self, tree: ast.Module) -> None:
        """Find the modules that calls import."""
        stack: list[tuple[ast.AST, bool]] = [(tree, True)]
        while stack:
            node, early = stack.pop()
            if isinstance(node, ast.Call):
                self._call(node, early)
            early = early and not isinstance(node, _FUNCTIONS)
            stack.extend((child, early) for child in ast.iter_child_nodes(node))

    def _call(self, node: ast.Call, early: bool) -> None:
        name = bare_name(node.func)
        if name == "__import__" and isinstance(node.func, ast.Name):
            specifier = _literal(node, 0, "name")
        elif dotted_name(node.func) in self.importers:
            specifier = _literal(node, 0, "name")
            if specifier.startswith(".") and not self._relative_to_itself(node):
                package = _literal(node, 1, "package")
                specifier = _absolute(specifier, package) if package else ""
        else:
            return
        request = Request(node.lineno, specifier, (), ImportKind.DYNAMIC, early)
        self.noted.append(_Noted(request))

    def _relative_to_itself(self, node: ast.Call) -> bool:
        """Tell whether the package that a relative name is meant in is the file's own."""
        package = _argument(node, 1, "package")
        name = bare_name(package)
        return name == "__package__" or (name == "__name__" and self.package)


def _argument(node: ast.Call, index: int, name: str) -> ast.expr | None:
    if len(node.args) > index:
        return node.args[index]
    return next((part.value for part in node.keywords if part.arg == name), None)


def _literal(node: ast.Call, index: int, name: str) -> str:
    value = _argument(node, index, name)
    known = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return str(value.value) if known and isinstance(value, ast.Constant) else ""


def _absolute(specifier: str, package: str) -> str:
    rest = specifier.lstrip(".")
    parts = package.split(".")
    parts = parts[: max(len(parts) - (len(specifier) - len(rest) - 1), 0)]
    return ".".join([*parts, *([rest] if rest else [])])


def _branches(node: ast.If, at: _At) -> Iterator[tuple[list[ast.stmt], _At]]:
    """Give the two sides of an ``if``, each with what its test says of it."""
    test, swapped = node.test, False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, swapped = test.operand, not swapped
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        test = next((part for part in test.values if _checks_types(part)), test)
    inner = at._replace(branch=True)
    body = other = inner
    if _checks_types(test):
        body = inner._replace(types=not swapped or at.types)
        other = inner._replace(types=swapped or at.types, branch=at.branch)
    elif is_main_guard(test):
        body = inner._replace(early=False)
    yield node.orelse, other
    yield node.body, body


def _checks_types(test: ast.expr) -> bool:
    return bare_name(test) == "TYPE_CHECKING"


def _blocks(node: ast.stmt, at: _At) -> Iterator[tuple[list[ast.stmt], _At]]:
    """Give the blocks of any other compound statement."""
    inner = at if isinstance(node, ast.With | ast.AsyncWith) else at._replace(branch=True)
    for name in ("finalbody", "orelse", "body"):
        block = getattr(node, name, None)
        if block:
            yield block, at if name == "finalbody" else inner
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body, inner


_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DEFINITIONS: Final = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_COMPOUND: Final = frozenset(
    {ast.Try, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Match}
    | ({ast.TryStar} if hasattr(ast, "TryStar") else set())
)
_BINDING: Final = frozenset(
    {ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith}
    | {ast.Expr}
)
