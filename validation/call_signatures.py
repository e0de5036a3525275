"""Calls between a project's functions against the signatures that are really there.

Names are resolved by scope and import alone, and whatever cannot be resolved beyond doubt is left
out: names that a function or a branch may rebind, decorated callees, classes with foreign bases,
calls with ``*`` or ``**``, and calls that a test makes in order to see them refused.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from validation.call_scopes import (
    Function,
    Module,
    Scope,
    binds,
    bound_names,
    calls,
    decorators,
    is_local,
    is_self,
    methods,
    read_module,
)
from validation.layout import Layout

_TRANSPARENT: Final = frozenset({"staticmethod", "classmethod", "contextmanager", "abstractmethod"})
_MAX_DEPTH: Final = 20
Found = Module | tuple[Module, ast.stmt] | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A call that its callee would refuse: both places, and why."""

    path: str
    line: int
    callee: str
    callee_path: str
    callee_line: int
    message: str
    signature: str
    call: str


@dataclass(frozen=True, slots=True)
class Callee:
    """A function, and how many of its first parameters the call does not write."""

    module: Module
    function: Function
    bound: int
    label: str


def mismatches(sources: Mapping[str, bytes], layout: Layout) -> list[Mismatch]:
    """List the calls in a project that their callees would refuse, in order of path and line.

    `sources` are the project's Python files; those that do not parse are left out.
    """
    project = Project(sources, layout)
    found = [item for module in project.modules.values() for item in project.refused_in(module)]
    return sorted(found, key=lambda item: (item.path, item.line, item.call))


class Project:
    """The modules of a project and what their names mean."""

    def __init__(self, sources: Mapping[str, bytes], layout: Layout) -> None:
        """Read all modules; nothing is imported."""
        self.modules: dict[str, Module] = {}
        for path, source in sources.items():
            module = read_module(path, source, layout)
            if module is not None:
                self.modules[module.name or path] = module
        self._definitions = Counter(
            item.name
            for module in self.modules.values()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef)
            for item in node.body
            if isinstance(item, Function)
        )

    def refused_in(self, module: Module) -> list[Mismatch]:
        """Find the calls of one module that cannot be bound to their callee's parameters."""
        found = []
        for call, scopes, owner in calls(module.tree):
            if any(isinstance(item, ast.Starred) for item in call.args):
                continue
            if any(keyword.arg is None for keyword in call.keywords):
                continue
            callee = self._callee(call.func, module, scopes, owner)
            problem = unbindable(call, callee) if callee is not None else ""
            if callee is not None and problem:
                found.append(_mismatch(module, call, callee, problem))
        return found

    def _callee(
        self, func: ast.expr, module: Module, scopes: tuple[Scope, ...], owner: ast.ClassDef | None
    ) -> Callee | None:
        match func:
            case ast.Name(id=name) if not is_local(name, scopes):
                return self._as_callee(self._lookup(module, name))
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                if owner is not None and is_self(name, scopes, owner):
                    return self._own_method(module, owner, attribute)
                if not is_local(name, scopes):
                    return self._attribute(self._lookup(module, name), attribute)
        return None

    def _attribute(self, found: Found, attribute: str) -> Callee | None:
        if isinstance(found, Module):
            return self._as_callee(self._lookup(found, attribute))
        if found is None or not isinstance(found[1], ast.ClassDef):
            return None
        module, owner = found[0], found[1]
        candidates = methods(owner, attribute)
        if len(candidates) != 1 or not _is_plain(candidates[0]):
            return None
        kinds = decorators(candidates[0])
        if not kinds & {"staticmethod", "classmethod"}:
            return None
        bound = int("classmethod" in kinds)
        return Callee(module, candidates[0], bound, f"{owner.name}.{attribute}")

    def _lookup(self, module: Module, name: str, depth: int = 0) -> Found:
        """Follow a top-level name to its definition or to a module of the project."""
        if name in module.defined:
            return module, module.defined[name]
        if name not in module.imported or depth > _MAX_DEPTH:
            return None
        origin, attribute = module.imported[name]
        source = self.modules.get(origin)
        if not attribute:
            return source
        found = self._lookup(source, attribute, depth + 1) if source is not None else None
        if found is not None:
            return found
        hidden = source is not None and binds(source, attribute)
        return None if hidden else self.modules.get(f"{origin}.{attribute}")

    def _as_callee(self, found: Found) -> Callee | None:
        if found is None or isinstance(found, Module):
            return None
        module, node = found
        if isinstance(node, Function):
            return Callee(module, node, 0, node.name) if _is_plain(node) else None
        if isinstance(node, ast.ClassDef):
            return self._constructor(module, node)
        return None

    def _constructor(self, module: Module, node: ast.ClassDef) -> Callee | None:
        """Give the ``__init__`` that a call of a class reaches, where all its bases are known."""
        label = node.name
        for _ in range(_MAX_DEPTH):
            if node.decorator_list or node.keywords or methods(node, "__new__"):
                return None
            inits = methods(node, "__init__")
            if inits:
                plain = len(inits) == 1 and _is_plain(inits[0])
                return Callee(module, inits[0], 1, label) if plain else None
            if len(node.bases) != 1 or not isinstance(node.bases[0], ast.Name):
                return None
            found = self._lookup(module, node.bases[0].id)
            if found is None or isinstance(found, Module) or not isinstance(found[1], ast.ClassDef):
                return None
            module, node = found[0], found[1]
        return None

    def _own_method(self, module: Module, owner: ast.ClassDef, name: str) -> Callee | None:
        """Give the method that ``self.name`` is, unless another class may override it."""
        candidates = methods(owner, name)
        if len(candidates) != 1 or self._definitions[name] > 1 or not _is_plain(candidates[0]):
            return None
        bound = 0 if "staticmethod" in decorators(candidates[0]) else 1
        return Callee(module, candidates[0], bound, f"{owner.name}.{name}")


def _is_plain(node: Function) -> bool:
    """Tell whether a function's decorators leave its signature as it is written."""
    return decorators(node) <= _TRANSPARENT and node.name not in set(bound_names(node.body))


def _mismatch(module: Module, call: ast.Call, callee: Callee, problem: str) -> Mismatch:
    return Mismatch(
        path=module.path,
        line=call.lineno,
        callee=callee.label,
        callee_path=callee.module.path,
        callee_line=callee.function.lineno,
        message=f"{callee.label} {problem}",
        signature=f"{callee.label}({ast.unparse(callee.function.args)})",
        call=ast.unparse(call)[:300],
    )


def unbindable(call: ast.Call, callee: Callee) -> str:
    """Say why a call's arguments do not fit the callee's parameters; "" when they do."""
    arguments = callee.function.args
    everything = [*arguments.posonlyargs, *arguments.args]
    positional = [item.arg for item in everything][callee.bound :]
    by_name = {item.arg for item in arguments.args} & set(positional)
    keyword_only = [item.arg for item in arguments.kwonlyargs]
    given = {keyword.arg or "" for keyword in call.keywords}
    if len(call.args) > len(positional) and arguments.vararg is None:
        return f"takes {len(positional)} positional argument(s) and is given {len(call.args)}"
    filled = set(positional[: len(call.args)])
    twice = sorted(filled & given & by_name)
    if twice:
        return f"gets {twice[0]!r} twice"
    unknown = sorted(given - by_name - set(keyword_only))
    if unknown and arguments.kwarg is None:
        return f"has no parameter {unknown[0]!r}"
    required = positional[: max(len(positional) - len(arguments.defaults), 0)]
    missing = [name for name in required if name not in filled | (given & by_name)]
    missing += [
        name
        for name, default in zip(keyword_only, arguments.kw_defaults, strict=True)
        if default is None and name not in given
    ]
    return f"is not given {missing[0]!r}" if missing else ""
