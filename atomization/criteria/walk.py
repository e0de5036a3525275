"""One walk over a file's syntax tree that gathers the facts of all its slots.

A slot is a run of rows, so the walk has two speeds. Nodes that reach over several slots (modules,
classes, functions cut into blocks) are looked at by the rows of their children; once a node lies
within one slot, everything below it belongs to that slot and no row is asked for again. The walk
keeps its own stacks: the depth of a source is its author's choice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import tree_sitter

from atomization.criteria import framing, python_facts, script_facts
from atomization.criteria.facts import Facts, Grammar, Nodes
from atomization.decomposer import Slot
from atomization.parser import Language
from atomization.pieces import IGNORED, AtomKind, last_row
from atomization.reading import Reading, read

OWNERS: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD, AtomKind.TEST})

_NONE: Final = -1
_STRANGER: Final = -2
"""For the slot of a function around: there is no function, or one that no slot is."""

Place = tuple[AtomKind, int]
Unit = set[str]
Heads = dict[int, Unit] | None


def facts_of(reading: Reading, slots: Sequence[Slot]) -> list[Facts]:
    """Gather the facts of a file's slots, in order; never raises for what stands there."""
    return _Walk(reading, [(slot.kind, slot.start_line - 1) for slot in slots]).run()


def facts_alone(slot: Slot, language: Language) -> Facts:
    """Gather the facts of one slot from its text alone, framed so that it can stand alone."""
    before, code, after = framing.framed(slot.code, language)
    places: list[Place] = [(slot.kind, before.count("\n"))]
    if before:
        places.insert(0, (AtomKind.TRIVIA, 0))
    if after:
        places.append((AtomKind.TRIVIA, len((before + code).splitlines())))
    text = (before + code + after).encode("utf-8", "surrogateescape")
    return _Walk(read(text, language), places).run()[1 if before else 0]


class _Walk:
    def __init__(self, reading: Reading, places: Sequence[Place]) -> None:
        python = reading.language is Language.PYTHON
        self.grammar: Grammar = python_facts.GRAMMAR if python else script_facts.GRAMMAR
        self.special = self.grammar.names | self.grammar.functions | set(self.grammar.handlers)
        self.source = reading.source
        self.root = reading.tree.root_node
        self.kinds = [kind for kind, _ in places]
        self.starts = [row for _, row in places]
        self.facts = [Facts() for _ in places]
        self._ends = [-1] * len(places)
        self._suites: list[tuple[int, int, str]] = []
        self._homes: dict[int, int] = {}

    def run(self) -> list[Facts]:
        """Walk the whole tree."""
        if not self.facts:
            return []
        self._spanning()
        if self.root.has_error:
            self._faults()
        for at, home in self._homes.items():
            _add(self.facts[home], self.facts[at])
        for at, last, text in self._suites:
            if last < self._ends[at]:
                self.facts[at].begun.append(text)
        return self.facts

    def _at(self, row: int) -> int:
        return max(bisect_right(self.starts, row) - 1, 0)

    def _spanning(self) -> None:
        """Look at what reaches over several slots by the rows of its parts, in source order.

        ``heads`` are the units of the statement around a node, by slot; ``home`` is the slot that
        is the function around it.
        """
        grammar = self.grammar
        stack: list[tuple[tree_sitter.Node, bool, Heads, int]] = [(self.root, True, None, _NONE)]
        while stack:
            node, listed, heads, home = stack.pop()
            kind, end = node.type, last_row(node)
            first, last = self._at(node.start_point.row), self._at(end)
            suite = kind in grammar.suites
            if kind in grammar.clauses and self._ends[first] < 0:
                self.facts[first].begun.append(_told(node))
            if first == last and not (suite and first not in (heads or ())):
                if home >= 0 and home != first and self.kinds[first] is AtomKind.BLOCK:
                    self._homes[first] = home
                self._ends[first] = max(self._ends[first], end)
                unit = self._unit(first, heads, listed, kind)
                self._inside(node, first, unit, inner=home == _STRANGER)
                continue
            children = node.children
            if kind in grammar.functions:
                known = self.facts[first].owner
                body = self._entered(node, first)
                home = first if self.facts[first].owner and not known else _STRANGER
                children = [body] if body is not None else []
            if kind in grammar.containers:
                heads = None
            elif not suite and (heads is None or listed):
                heads = {}
            for child in reversed(children):
                if child.is_named and child.type not in IGNORED:
                    stack.append((child, suite, heads, home))
            if kind not in grammar.containers:
                self._cuts(node, first)

    def _unit(self, at: int, heads: Heads, listed: bool, kind: str) -> Unit:
        """Give the unit of a child: its own in a suite, that of its statement otherwise.

        What stands in an open suite belongs to the statement whose head is in the same slot.
        """
        if heads is not None and (at in heads or not listed):
            if at not in heads:
                heads[at] = set()
                self.facts[at].units.append(heads[at])
                self.facts[at].heads.append(heads[at])
            return heads[at]
        return self._new_unit(self.facts[at], kind)

    def _new_unit(self, facts: Facts, kind: str) -> Unit:
        unit: Unit = set()
        facts.units.append(unit)
        if kind == "return_statement":
            facts.returned.append(unit)
        return unit

    def _cuts(self, node: tree_sitter.Node, head: int) -> None:
        """Note the suites of a statement that do not end in the slot of its head."""
        for child in node.children:
            if child.type not in self.grammar.suites:
                continue
            parts = child.named_children
            end = last_row(parts[-1]) if parts else child.start_point.row
            last = self._at(end)
            if last != head:
                self.facts[head].open.append(_told(node))
                self._suites.append((last, end, _told(node)))

    def _entered(self, node: tree_sitter.Node, at: int) -> tree_sitter.Node | None:
        """Take note of a function and give its body; it may be the one that the slot is."""
        facts = self.facts[at]
        self.grammar.parameters(node, facts, self.source)
        if not facts.owner and self.kinds[at] in OWNERS:
            facts.owner = True
            for before in (facts.units, facts.heads, facts.returned, facts.calls, facts.stores):
                before.clear()
            facts.falls = self.grammar.falls(node)
        return node.child_by_field_name("body")

    def _inside(self, top: tree_sitter.Node, at: int, unit: Unit, *, inner: bool) -> None:
        """Gather what lies within one slot; ``inner`` if in a function that the slot is not."""
        facts = self.facts[at]
        source, names = self.source, self.grammar.names
        handlers, functions = self.grammar.handlers, self.grammar.functions
        special = self.special
        stack = [(top, unit, inner)]
        while stack:
            node, unit, inner = stack.pop()
            kind = node.type
            if kind not in special:
                for child in reversed(node.children):
                    stack.append((child, unit, inner))
                continue
            if not node.is_named:
                continue
            if kind in names:
                unit.add(source[node.start_byte : node.end_byte].decode("utf-8", "replace"))
                continue
            nodes: Nodes | None = None
            if kind in functions:
                known = facts.owner
                body = self._entered(node, at)
                inner = inner or known or not facts.owner
                name = node.child_by_field_name("name")
                nodes = [part for part in (name, body) if part is not None]
                if not inner and body is not None and body.type in self.grammar.suites:
                    stack.extend(self._units(body, facts))
                    continue
            handler = handlers.get(kind)
            if handler is not None:
                told = handler(node, facts, inner, source)
                nodes = nodes if told is None else told
            for child in reversed(node.children if nodes is None else nodes):
                stack.append((child, unit, inner))

    def _units(
        self, body: tree_sitter.Node, facts: Facts
    ) -> list[tuple[tree_sitter.Node, Unit, bool]]:
        """Give each statement of the slot's own function a unit; the last statement first."""
        found: list[tuple[tree_sitter.Node, Unit, bool]] = []
        for part in body.named_children:
            found.append((part, self._new_unit(facts, part.type), False))
        return found[::-1]

    def _faults(self) -> None:
        """Count errors where they begin and end."""
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.is_missing or node.is_error:
                rows = {node.start_point.row, last_row(node)}
                for at in {self._at(row) for row in rows}:
                    self.facts[at].faults += 1
            elif node.has_error:
                stack.extend(node.children)


def _add(home: Facts, block: Facts) -> None:
    """Add a block's results to those of its function."""
    home.values += block.values
    home.plain += block.plain
    home.bare += block.bare
    home.yields += block.yields
    home.raises += block.raises


def _told(node: tree_sitter.Node) -> str:
    """Say which statement a node is: its word and its 1-based line."""
    word = node.type
    for ending in ("_statement", "_clause", "_declaration", "_expression"):
        word = word.removesuffix(ending)
    return f"{word.replace('_', ' ')} of line {node.start_point.row + 1}"
