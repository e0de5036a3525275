"""Flows between slots off the graphs of the data-flow engine, whose steps know only their rows."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from atomization.decomposer import AtomKind, Slot
from atomization.flow.graph import Graph, Step
from atomization.project import ProjectFile
from dependencies.def_use.closures import joined
from dependencies.def_use.flows import FlowKind, Flows, SlotFlow
from dependencies.def_use.model import BINDING, KILL, MUTATION, Definition, Event, Late, Unit
from dependencies.def_use.reaching import Reaching, States, limit_of

_RUNS: Final = frozenset({AtomKind.BLOCK, AtomKind.CONSTANT})
_WORD: Final = re.compile(r"[\w$]+")


def graph_flows(file: ProjectFile, graph: Graph, flows: Flows, *, module: bool = False) -> None:
    """Add what flows between the slots that a graph covers.

    In a module, what a function reads whenever it runs, and what an import, a function or a class
    binds, is a matter of names and left out; what a statement's own callbacks read counts as read
    there.
    """
    unit = unit_of(graph)
    starts = [slot.start_line - 1 for slot in file.slots]
    lines = _Lines(file.slots)
    late = dict(unit_late(unit))
    answers = [Reaching(unit).reached]
    if unit.mutates:
        answers.append(Reaching(unit, also=MUTATION).reached)
    if not module:
        _later(unit, answers, late)
    for use, var in enumerate(unit.use_vars):
        dependent = bisect_right(starts, unit.use_nodes[use]) - 1
        if module and use in late and file.slots[dependent].kind not in _RUNS:
            continue
        for number, reached in enumerate(answers):
            for definition in reached[use]:
                dependency = bisect_right(starts, definition.node) - 1
                if dependency == dependent or bool(number) != (definition.kind == MUTATION):
                    continue
                if module and not number and file.slots[dependency].kind not in _RUNS:
                    continue
                kind = FlowKind.MUTATION if number else FlowKind.DEFINITION
                name = unit.names[var]
                line, at = lines.line(dependent, name), lines.line(dependency, name)
                hard = dependency < dependent
                flows.add(SlotFlow(dependent, dependency, name, line, at, kind, hard))


def unit_of(graph: Graph) -> Unit:
    """Give a graph as a unit; its uses and definitions have rows for nodes."""
    unit = Unit(None, None)
    local = set(graph.local_names)
    for index, step in enumerate(graph.steps):
        unit.blocks.append([])
        after, raises = graph.ways(index)
        unit.next.append(list(after))
        unit.handlers.append(tuple(raises))
        if not step.place:
            unit.order.append(index)
            unit.blocks[index] = list(_events(graph, unit, step, local))
    return unit


def _events(graph: Graph, unit: Unit, step: Step, local: set[str]) -> Iterator[Event]:
    changed = _changed(step, graph, unit)
    for var in _bits(step.uses | step.captures | step.rebinds):
        use = len(unit.use_vars)
        unit.use_vars.append(_variable(graph, unit, var))
        unit.use_nodes.append(step.row)
        yield use
        if (step.captures | step.rebinds) >> var & 1:
            yield Late(use, len(unit.definitions))
    if step.raises:
        yield None
    for mask, kind, weak in (
        (step.kills, KILL, False),
        (step.defs, BINDING, False),
        (step.rebinds, BINDING, True),
    ):
        for var in _bits(mask):
            definition = Definition(kind, _variable(graph, unit, var), step.row, 0, 0)
            definition.weak = weak
            yield _added(unit, definition)
    for var in changed:
        unit.mutates = True
        yield _added(unit, Definition(MUTATION, var, step.row, 0, 0))
    if step.raises:
        yield None


def _added(unit: Unit, definition: Definition) -> Definition:
    definition.rank = len(unit.definitions)
    unit.definitions.append(definition)
    return definition


def _changed(step: Step, graph: Graph, unit: Unit) -> list[int]:
    """Give the variables whose objects a step changes.

    A step also uses what it changes, so each change takes in those before it.
    """
    if not step.mutates:
        return []
    mentioned = {graph.names(1 << var)[0]: var for var in _bits(step.uses | step.defs)}
    roots = dict.fromkeys(re.split(r"[.\[(?]", path, maxsplit=1)[0] for path in step.mutates)
    return [_variable(graph, unit, mentioned[root]) for root in roots if root in mentioned]


def _variable(graph: Graph, unit: Unit, bit: int) -> int:
    names = unit.names
    while len(names) <= bit:
        names.append(graph.names(1 << len(names))[0])
        unit.bound.append(False)
    return bit


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _later(unit: Unit, answers: list[States], late: dict[int, int]) -> None:
    """Let what a closure refers to be read again after every later definition."""
    limit = limit_of(unit)
    for number, reached in enumerate(answers):
        by_var: dict[int, list[Definition]] = {}
        for definition in unit.definitions:
            if definition.kind == (MUTATION if number else BINDING):
                by_var.setdefault(definition.var, []).append(definition)
        for use, since in late.items():
            more = by_var.get(unit.use_vars[use], [])
            reached[use] = joined(reached[use], more, since, limit)


def unit_late(unit: Unit) -> Iterator[tuple[int, int]]:
    """Give the uses that take place again later, and the rank from which on."""
    for block in unit.order:
        for event in unit.blocks[block]:
            if event.__class__ is Late:
                yield event.use, event.since


class _Lines:
    """Finds the first line of a slot that names something."""

    def __init__(self, slots: tuple[Slot, ...]) -> None:
        self._slots = slots
        self._known: dict[int, dict[str, int]] = {}

    def line(self, index: int, name: str) -> int:
        """Give the 1-based line; the slot's first if the name is not spelled out in it."""
        known = self._known.get(index)
        if known is None:
            known = self._known[index] = {}
            slot = self._slots[index]
            for number, line in enumerate(slot.code.split("\n"), slot.start_line):
                for word in _WORD.findall(line):
                    known.setdefault(word, number)
        return min(known.get(name, self._slots[index].start_line), self._slots[index].end_line)
