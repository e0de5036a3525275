"""What flows between the slots of one file: def-use pairs of its functions and of its module level.

A pure function of the file. Python is read by ``units_of``; what Python's own parser refuses, and
TypeScript and JavaScript, by the data-flow engine of the syntax tree.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator

from atomization.collector import collector_paused
from atomization.flow.python_slots import regions_of
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.reading import read
from dependencies.def_use.flows import FlowKind, Flows, SlotFlow
from dependencies.def_use.graphs import graph_flows
from dependencies.def_use.model import BINDING, MUTATION, Definition, Unit
from dependencies.def_use.order import order_flows
from dependencies.def_use.python import units_of
from dependencies.def_use.reaching import States
from dependencies.def_use.script import script_flows
from dependencies.def_use.states import states_of
from devmatrix.python_source import UNPARSABLE, parse_module

_DECLARED = (ast.alias, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def slot_flows(file: ProjectFile, *, tree: ast.Module | None = None) -> list[SlotFlow]:
    """Give what flows between the slots of each function, and between module-level ones.

    Left out at module level is what an import, a function or a class binds: that is a matter of
    names. ``tree`` saves parsing a Python file again. Never raises for what stands in the source.
    """
    if len(file.slots) < 2:
        return []
    source = file.text.encode("utf-8", "surrogateescape")
    flows = Flows()
    if file.language is not Language.PYTHON:
        script_flows(file, source, flows)
        return flows.sorted()
    try:
        if tree is None:
            with collector_paused():
                tree = parse_module(source)
    except UNPARSABLE:
        regions = regions_of(read(source, file.language), file.slots)
        for graph in dict.fromkeys(region.graph for region in regions.values()):
            graph_flows(file, graph, flows)
        return flows.sorted()
    _python(file, source, tree, flows)
    return flows.sorted()


def _python(file: ProjectFile, source: bytes, tree: ast.Module, flows: Flows) -> None:
    starts = [slot.start_line for slot in file.slots]
    units = units_of(tree, walrus=b":=" in source)
    wanted = [unit for unit in units if unit.module or _spread(unit, starts)]
    states = states_of(units)
    places = {id(unit): place for place, unit in enumerate(units)}
    for unit in wanted:
        for flow in _of_unit(unit, states.get(places[id(unit)]), starts):
            flows.add(flow)
    order_flows(file, tree, flows)


def _spread(unit: Unit, starts: list[int]) -> bool:
    """Tell whether a function lies in more than one slot."""
    node = unit.node
    return bisect_right(starts, node.lineno) != bisect_right(starts, node.end_lineno)


def _of_unit(unit: Unit, states: States | None, starts: list[int]) -> Iterator[SlotFlow]:
    names = unit.names
    for use, found in enumerate(unit.reached):
        node, name = unit.use_nodes[use], names[unit.use_vars[use]]
        for definition in found:
            if not (unit.module and isinstance(definition.node, _DECLARED)):
                yield from _flow(definition, node.lineno, name, starts)
        if states is not None:
            for definition in states[use]:
                if definition.kind == MUTATION:
                    yield from _flow(definition, node.lineno, name, starts)
    if not unit.module:
        for definition, node in unit.captured:
            name = getattr(node, "id", "")
            yield from _flow(definition, node.lineno, name, starts, later=True)


def _flow(
    definition: Definition, line: int, name: str, starts: list[int], *, later: bool = False
) -> Iterator[SlotFlow]:
    at = definition.node.lineno
    dependent, dependency = bisect_right(starts, line) - 1, bisect_right(starts, at) - 1
    if dependent == dependency or dependency < 0:
        return
    kind = FlowKind.DEFINITION if definition.kind == BINDING else FlowKind.MUTATION
    hard = dependency < dependent and not later
    yield SlotFlow(dependent, dependency, name, line, at, kind, hard)


__all__ = ["slot_flows"]
