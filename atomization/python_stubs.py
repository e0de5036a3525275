"""What a stub file declares: its names, for one version of Python.

Conditions on ``sys.version_info`` choose their branch. What is declared for another platform is
bound after what is declared for this one, since a project may well guard its use.
"""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Callable
from typing import Any, Final

from atomization.python_binding import function_of
from atomization.python_scopes import (
    Binding,
    BindingKind,
    Class,
    FileNames,
    Origin,
    Scope,
    ScopeKind,
    Source,
    bare_name,
)

_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_PLATFORM: Final = "linux"


def bind_stub(names: FileNames, tree: ast.Module) -> None:
    """Bind what a stub declares in its module and its classes; bodies of functions say nothing."""
    stack: list[tuple[ast.stmt, Scope]] = [(node, names.module) for node in reversed(tree.body)]
    exported = _exported(tree)
    while stack:
        node, scope = stack.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                binding = Binding(node.name, BindingKind.FUNCTION, node.lineno, 0, scope)
                binding.function = function_of(node, scope, 0)
                _bind(binding)
            case ast.ClassDef():
                inner = _class(node, scope, names)
                stack.extend((part, inner) for part in reversed(node.body))
            case ast.Import() | ast.ImportFrom():
                _import(node, scope, exported)
            case ast.Assign():
                for target in node.targets:
                    _variable(target, Origin(Source.VALUE, node.value), scope)
            case ast.AnnAssign():
                _variable(node.target, _declared(node), scope)
            case ast.If():
                stack.extend((part, scope) for part in reversed(_branches(node)))
            case ast.Try() | ast.With():
                stack.extend((part, scope) for part in reversed(node.body))
            case _:
                pass


def holds(test: ast.expr) -> tuple[bool, bool]:
    """Tell whether a condition holds, and whether the version alone decides that."""
    if isinstance(test, ast.BoolOp):
        parts = [holds(part) for part in test.values]
        together = all if isinstance(test.op, ast.And) else any
        firm = all(sure for _, sure in parts)
        if isinstance(test.op, ast.And) and any(sure and not yes for yes, sure in parts):
            return False, True
        return together(yes for yes, _ in parts), firm
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yes, firm = holds(test.operand)
        return not yes, firm
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test)
    return bare_name(test) != "MYPY", bare_name(test) in ("TYPE_CHECKING", "MYPY")


def _compared(test: ast.Compare) -> tuple[bool, bool]:
    compare = _COMPARE.get(type(test.ops[0]))
    left = test.left
    try:
        wanted = ast.literal_eval(test.comparators[0])
        if compare is not None and bare_name(left) == "platform":
            return compare(_PLATFORM, wanted), False
        if compare is not None and bare_name(left) == "version_info":
            return compare(sys.version_info[: len(wanted)], wanted), True
        if compare is not None and isinstance(left, ast.Subscript):
            return compare(sys.version_info[ast.literal_eval(left.slice)], wanted), True
    except (ValueError, TypeError, IndexError):
        pass
    return True, False


def _branches(node: ast.If) -> list[ast.stmt]:
    yes, firm = holds(node.test)
    first, second = (node.body, node.orelse) if yes else (node.orelse, node.body)
    return first if firm else [*first, *second]


def _bind(binding: Binding) -> None:
    binding.scope.bindings.setdefault(binding.name, []).append(binding)


def _class(node: ast.ClassDef, scope: Scope, names: FileNames) -> Scope:
    inner = Scope(ScopeKind.CLASS, scope, names)
    cls = Class(node.name, node, scope, inner, 0)
    inner.cls = cls
    binding = Binding(node.name, BindingKind.CLASS, node.lineno, 0, scope)
    binding.cls = cls
    _bind(binding)
    return inner


def _variable(target: ast.expr, origin: Origin, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        _bind(Binding(target.id, BindingKind.VARIABLE, target.lineno, 0, scope, origin))


def _declared(node: ast.AnnAssign) -> Origin:
    if bare_name(node.annotation) in ("TypeAlias", "Final") and node.value is not None:
        return Origin(Source.VALUE, node.value)
    return Origin(Source.ANNOTATION, node.annotation)


def _import(node: ast.Import | ast.ImportFrom, scope: Scope, exported: frozenset[str]) -> None:
    for alias in node.names:
        name = alias.asname or alias.name
        whole = isinstance(node, ast.Import)
        bound = name if alias.asname or not whole else name.split(".", 1)[0]
        binding = Binding(bound, BindingKind.IMPORT, node.lineno, 0, scope)
        if isinstance(node, ast.Import):
            binding.module = alias.name if alias.asname else bound
        else:
            binding.module, binding.member = node.module or "", alias.name
            binding.level = node.level
        binding.private = alias.asname != alias.name and bound not in exported
        if alias.name == "*":
            scope.file.stars.append(binding)
        else:
            _bind(binding)


def _exported(tree: ast.Module) -> frozenset[str]:
    """Read the names in ``__all__``, wherever it is extended."""
    found: set[str] = set()
    stack: list[ast.stmt] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If):
            stack += [*node.body, *node.orelse]
        elif isinstance(node, ast.Assign | ast.AugAssign):
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            listed = node.value
            if bare_name(target) == "__all__" and isinstance(listed, ast.List | ast.Tuple):
                parts = (part for part in listed.elts if isinstance(part, ast.Constant))
                found.update(part.value for part in parts if isinstance(part.value, str))
    return frozenset(found)
