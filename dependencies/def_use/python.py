"""Def-use pairs of a Python module: every function, lambda, class body and comprehension in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from dependencies.def_use.closures import globals_read, solve
from dependencies.def_use.compound import Lowering
from dependencies.def_use.model import MUTATION, Definition, Pair, PairKind, Unit
from dependencies.def_use.reaching import States


def units_of(tree: ast.Module, *, walrus: bool = True) -> list[Unit]:
    """Lower and solve a module: the module's unit first, each function after the one around it.

    ``walrus`` may be False for a source without ``:=``, which saves looking for it.
    """
    module = Unit(tree, None)
    units = [module]
    functions = frozenset(_functions(tree.body))
    for unit in units:
        lowering = Lowering(unit, walrus=walrus, functions=functions)
        lowering.run()
        units += lowering.found
    for unit in reversed(units):
        solve(unit, module)
    return units


def _functions(body: list[ast.stmt]) -> Iterator[str]:
    """Name the functions of a module, its classes and its functions' own level."""
    stack = [*body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
            stack += [part for part in node.body if isinstance(part, ast.FunctionDef)]
        elif isinstance(node, ast.ClassDef):
            stack += node.body


def pairs_of(unit: Unit, states: States | None = None) -> list[Pair]:
    """Give a unit's pairs: of bindings, of mutations (where there are ``states``), of closures."""
    pairs = list(_bindings(unit))
    if states is not None:
        pairs += _mutations(unit, states)
    pairs += [_closure(definition, node) for definition, node in unit.captured]
    if unit.module:
        pairs += [_closure(definition, node) for definition, node in globals_read(unit)]
    return list(dict.fromkeys(pairs)) if unit.copied else pairs


def _bindings(unit: Unit) -> Iterator[Pair]:
    names, kind = unit.names, PairKind.DEFINITION
    for var, node, found in zip(unit.use_vars, unit.use_nodes, unit.reached, strict=True):
        for definition in found:
            at = definition.node
            yield Pair(names[var], at.lineno, at.col_offset, node.lineno, node.col_offset, kind)


def _mutations(unit: Unit, states: States) -> Iterator[Pair]:
    names, kind = unit.names, PairKind.MUTATION
    for var, node, found in zip(unit.use_vars, unit.use_nodes, states, strict=True):
        for definition in found:
            if definition.kind == MUTATION:
                at = definition.node
                yield Pair(names[var], at.lineno, at.col_offset, node.lineno, node.col_offset, kind)


def _closure(definition: Definition, node: Any) -> Pair:
    at = definition.node
    name = getattr(node, "id", "")
    kind = PairKind.CLOSURE
    return Pair(name, at.lineno, at.col_offset, node.lineno, node.col_offset, kind)
