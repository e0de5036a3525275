"""The order of module-level statements that work on something together.

A statement that is a call whose result nobody takes is there for its effect: it changes what it is
called on (``registry.add(x)``, ``admin.site.register(y)``, ``sys.path.insert(0, z)``) or, for a
plain name, something that the calls of that name share. Later statements that work on the same
path, a part of it or what it is part of, come after it; a change comes, less hard, after the reads
before it. Decorators register what they decorate, in any order, before whoever reads the registry.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from atomization.project import ProjectFile
from dependencies.def_use.flows import FlowKind, Flows, SlotFlow

IMPORTS_READ: Final = ("sys.path", "sys.meta_path", "sys.path_hooks", "sys.modules")
"""What an import statement reads."""

MAX_REMEMBERED: Final = 200
"""Acts on paths of one name that later ones are compared with; older ones are forgotten."""

_STATELESS: Final = frozenset({"sys", "os"})
_PURE: Final = frozenset({"print", "super", "isinstance", "len", "__import__"})


class Act(NamedTuple):
    """A module-level statement's work on a path: a read or an effect.

    Of the effects, some only register a decorated function, some bind a plain name.
    """

    path: str
    line: int
    effect: bool
    registers: bool = False
    binds: bool = False


def order_flows(file: ProjectFile, tree: ast.Module, flows: Flows) -> None:
    """Add the order of the module-level slots of a Python file, where data flow does not say it."""
    starts = [slot.start_line for slot in file.slots]
    bound = _bound(tree)
    past: dict[str, dict[tuple[int, Act], None]] = {}
    for act in acts_of(tree):
        root = act.path.split(".", 1)[0]
        if root not in bound:
            continue
        slot = bisect_right(starts, act.line) - 1
        known = past.setdefault(root, {})
        for earlier, before in known:
            bound_to = _conflict(before, act) and related(before.path, act.path)
            if earlier != slot and bound_to and not flows.has(slot, earlier, root):
                flows.add(_ordered(act, before, slot, earlier))
        if act.effect and not act.registers:
            for item in [item for item in known if _within(item[1].path, act.path)]:
                del known[item]
        known.setdefault((slot, act), None)
        if len(known) > MAX_REMEMBERED:
            del known[next(iter(known))]


def _ordered(act: Act, before: Act, slot: int, earlier: int) -> SlotFlow:
    """Tell an order; what comes after a mere read, or after a registration, is not hard."""
    shared = min(act.path, before.path, key=len)
    hard = before.effect and not before.registers
    return SlotFlow(slot, earlier, shared, act.line, before.line, FlowKind.ORDER, hard)


def _conflict(before: Act, after: Act) -> bool:
    """Tell whether two acts must keep their order: one has an effect that the other may notice."""
    if after.registers or (before.binds and after.binds):
        return False
    return before.effect or after.effect


def related(one: str, other: str) -> bool:
    """Tell whether one dotted path is the other or a part of it."""
    return _within(one, other) or _within(other, one)


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(outer + ".")


def acts_of(tree: ast.Module) -> Iterator[Act]:
    """Give what the statements of a module do when it is imported, in their order."""
    for node in statements_of(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for path in IMPORTS_READ:
                yield Act(path, node.lineno, effect=False)
        elif isinstance(node, ast.Expr):
            yield from _expression(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                path = dotted(called)
                if "." in path:
                    yield Act(path.rpartition(".")[0], decorator.lineno, True, registers=True)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.Delete | ast.AnnAssign):
            yield from _assignment(node)
        else:
            yield from _reads(_headers(node))


def statements_of(tree: ast.Module) -> Iterator[ast.stmt]:
    """Give the statements that run at import, those inside of branches and loops included."""
    stack: list[ast.AST] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt):
            yield node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
        inner = [
            part
            for part in ast.iter_child_nodes(node)
            if isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]
        stack += reversed(inner)


def _headers(node: ast.stmt) -> list[ast.AST]:
    return [
        part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr | ast.withitem)
    ]


def _expression(node: ast.Expr) -> Iterator[Act]:
    call = node.value
    yield from _reads([call])
    if isinstance(call, ast.Await):
        call = call.value
    if not isinstance(call, ast.Call):
        return
    path = dotted(call.func)
    receiver = path.rpartition(".")[0] if "." in path else path
    if receiver and path not in _PURE and receiver not in _STATELESS:
        yield Act(receiver, node.lineno, effect=True)


def _assignment(node: ast.Assign | ast.AugAssign | ast.Delete | ast.AnnAssign) -> Iterator[Act]:
    if not isinstance(node, ast.Delete) and node.value is not None:
        yield from _reads([node.value])
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
    for target in targets:
        inner: ast.expr = target
        while isinstance(inner, ast.Subscript | ast.Starred):
            inner = inner.value
        path = dotted(inner)
        if path:
            binds = isinstance(inner, ast.Name) and inner is target
            yield Act(path, node.lineno, effect=True, binds=binds)


def _reads(nodes: list[ast.AST]) -> Iterator[Act]:
    stack: list[ast.AST] = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Lambda):
            continue
        path = dotted(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        if path:
            yield Act(path, getattr(node, "lineno", 0), effect=False)
        else:
            stack += reversed(list(ast.iter_child_nodes(node)))


def dotted(node: ast.AST) -> str:
    """Give ``a.b.c`` for a path of names; empty for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def _bound(tree: ast.Module) -> set[str]:
    """Give the names that the module's own statements bind or import."""
    found = set()
    for node in statements_of(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".", 1)[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        else:
            stack: list[ast.AST] = [node]
            while stack:
                part = stack.pop()
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    found.add(part.id)
                elif not isinstance(part, ast.Lambda):
                    stack += [c for c in ast.iter_child_nodes(part) if not isinstance(c, ast.stmt)]
    return found
