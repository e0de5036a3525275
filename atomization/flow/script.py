"""Data flow of statement blocks in TypeScript, TSX and JavaScript.

The lowering is a walk over the syntax tree (``script_walk``) with a handler for each kind of node:
expressions, statements, functions and what else opens a scope. Types are erased: nothing in a type
is a use. Function declarations are bound where their block begins (a step in the slot in which
they stand), ``var`` belongs to its function, ``let``, ``const``, ``class`` and ``using`` to their
block; a name that shadows another has a mask of its own and is told under its source name.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import accumulate
from operator import or_
from typing import Final

import tree_sitter

from atomization.decomposer import Slot
from atomization.flow import script_expressions, script_functions, script_statements
from atomization.flow.model import Flow
from atomization.flow.script_context import Context, Scope
from atomization.flow.script_declarations import assignments, block_names, variables
from atomization.flow.script_walk import Walker
from atomization.parser import Language, grammar, normalised
from atomization.pieces import AtomKind
from atomization.reading import Reading

Handler = Callable[[Walker, tree_sitter.Node], None]

_HEADERS: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD, AtomKind.TEST})
_ERASED: Final = """
    comment html_comment hash_bang_line string regex number true false null undefined import
    property_identifier private_property_identifier statement_identifier string_fragment
    escape_sequence html_character_reference jsx_text optional_chain type_annotation
    type_arguments type_parameters type_predicate_annotation asserts_annotation implements_clause
    extends_type_clause interface_declaration type_alias_declaration function_signature
    method_signature abstract_method_signature index_signature ambient_declaration
    accessibility_modifier override_modifier predefined_type type_identifier namespace_export
    omitting_type_annotation opting_type_annotation adding_type_annotation import_attribute
"""


@cache
def _handlers(language: Language) -> dict[int, Handler | None]:
    """Give what reads each kind of node of a grammar; None for what is not read at all."""
    known: dict[str, Handler | None] = dict.fromkeys(_ERASED.split())
    known |= script_expressions.HANDLERS | script_statements.HANDLERS | script_functions.HANDLERS
    rules = grammar(language)
    return {
        index: known[name]
        for index in range(rules.node_kind_count)
        if rules.node_kind_is_named(index) and (name := rules.node_kind_for_id(index)) in known
    }


def script_flows(reading: Reading, slots: Sequence[Slot]) -> dict[int, Flow]:
    """Tell the flow of every statement block and of all other parts of split functions.

    ``slots`` are those of the reading, in order; the answer is by their index. Never raises for
    what stands in the source: what the grammar does not know is read as far as it goes.
    """
    return _flows(contexts_of(reading, slots), slots)


def contexts_of(reading: Reading, slots: Sequence[Slot]) -> list[Context]:
    """Read the functions that lie in several slots, and the module where it has statements.

    A context comes after those inside it; one that lies whole in a slot has no graph.
    """
    wanted = [index for index, slot in enumerate(slots) if _asked(slot)]
    if not wanted:
        return []
    rows = [slot.start_line - 1 for slot in slots]
    lines = list(accumulate(map(len, normalised(reading.source).split(b"\n")), initial=0))
    starts = [lines[min(row, len(lines) - 1)] + row for row in rows]
    walker = Walker(
        _handlers(reading.language),
        starts,
        rows,
        lambda: assignments(reading.source),
        lambda: variables(reading),
    )
    walker.chains = b"?." in reading.source
    _walk(walker, reading.tree.root_node, _whole(slots, wanted))
    return walker.finished


def _asked(slot: Slot) -> bool:
    return slot.kind is AtomKind.BLOCK or slot.kind in _HEADERS


def _whole(slots: Sequence[Slot], wanted: Sequence[int]) -> bool:
    """Tell whether a statement of the module itself, or of a namespace in it, has a flow."""
    functions = {slot.name for slot in slots if slot.kind in _HEADERS}
    blocks = (slots[index] for index in wanted if slots[index].kind is AtomKind.BLOCK)
    return any(slot.parent not in functions for slot in blocks)


def _walk(walker: Walker, root: tree_sitter.Node, whole: bool) -> None:
    """Walk the module; ``whole`` says that statements of the module itself are asked for."""
    nodes = root.named_children
    first, last = walker.slot(0), walker.slot(max(root.end_byte - 1, 0))
    walker.push(root, first, last, wanted=whole, module=True)
    walker.declare(block_names(nodes))
    if not whole:
        nodes = [part for part in nodes if walker.spans_slots(part)]
    walker.begin(root)
    walker.visit((script_functions.statements, walker, nodes), (walker.leave,))
    walker.run()


def _flows(contexts: Sequence[Context], slots: Sequence[Slot]) -> dict[int, Flow]:
    """Ask each slot's own context: the innermost one around a block, the outermost of a header.

    A context lies in a run of slots and comes after those inside it. Slots in the middle of such a
    run are told about once: what is no block to the innermost context is none to the others.
    """
    headers = {slot.name for slot in slots if slot.kind in _HEADERS}
    owners: dict[int, Context] = {}
    untold = list(range(len(slots) + 1))
    for context in contexts:
        start, end = context.start_slot, context.end_slot
        for index in _untold(untold, start, end):
            slot = slots[index]
            held = index not in owners and _within(slot, context, headers)
            if held or (slot.kind in _HEADERS and _begins(slot, context)):
                owners[index] = context
            if start < index < end:
                untold[index] = index + 1
    blocks = {context: _Blocks(context.scopes) for context in set(owners.values())}
    return {
        index: _flow(context, slots[index], blocks[context])
        for index, context in sorted(owners.items())
    }


def _untold(after: list[int], start: int, end: int) -> Iterator[int]:
    """Give the indices from ``start`` to ``end`` that lead to themselves; shorten the ways."""
    index = start
    while index <= end:
        passed = []
        while after[index] != index:
            passed.append(index)
            index = after[index]
        for each in passed:
            after[each] = index
        if index > end:
            return
        yield index
        index += 1


class _Blocks:
    """The scopes of a context's blocks, for asking about rows."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        self._scopes = sorted(scopes, key=lambda scope: scope.first)
        self._firsts = [scope.first for scope in self._scopes]
        passing = sorted(
            (scope for scope in scopes if not scope.carried), key=lambda scope: scope.last
        )
        self._lasts = [scope.last for scope in passing]
        self._names = list(accumulate((scope.names for scope in passing), or_, initial=0))

    def inside(self, first: int, last: int) -> int:
        """Give the names whose scope begins and ends in these rows."""
        names = 0
        for at in range(bisect_left(self._firsts, first), bisect_right(self._firsts, last)):
            if self._scopes[at].last <= last:
                names |= self._scopes[at].names
        return names

    def ended(self, last: int) -> int:
        """Give the names whose scope has ended with a row, but for those that a loop hands on."""
        return self._names[bisect_right(self._lasts, last)]


def _begins(slot: Slot, context: Context) -> bool:
    """Tell whether a function begins in a slot and goes on after it."""
    return (
        not context.module and slot.start_line - 1 <= context.first < slot.end_line <= context.last
    )


def _within(slot: Slot, context: Context, headers: Collection[str]) -> bool:
    """Tell whether a slot that has a flow is one in which a context goes on."""
    if slot.kind is not AtomKind.BLOCK and slot.parent not in headers:
        return False
    if context.module:
        return slot.kind is AtomKind.BLOCK
    return context.first < slot.start_line - 1 < slot.end_line <= context.last + 1


def _flow(context: Context, slot: Slot, blocks: _Blocks) -> Flow:
    """Ask a graph for a slot, without the names of blocks that begin and end inside of it."""
    first, last = slot.start_line - 1, slot.end_line - 1
    assert context.graph is not None
    inside, ended = blocks.inside(first, last), blocks.ended(last)
    return context.graph.flow(first, last, inside=inside, ended=ended)
