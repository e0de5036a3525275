"""What the syntax tree tells of a slot, and what a walk must know of a language to gather it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import tree_sitter

_NAME: Final = rb"[#$\w\x80-\xff]+"
_CHAIN: Final = re.compile(_NAME + rb"(?:\??\." + _NAME + rb")*")
_MEMBER: Final = re.compile(_NAME)
_LONGEST: Final = 1000
"""Bytes of a callee that are looked at; longer ones are chains of calls, each inside the next."""


@dataclass(slots=True)
class Facts:
    """What one slot's text does, as far as syntax tells.

    ``owner`` says that a function begins in it, the one that the slot is. ``faults`` counts syntax
    errors. ``begun`` and ``open`` tell which compound statements its first and its last row cut
    through. ``units`` are the names that each of its statements uses; ``heads`` are those of
    statements that go on in other slots, ``returned`` those of return statements. ``calls`` are
    callees as they are written (``a.b``; ``….c`` after something that is no name), each with
    whether it is given arguments. ``stores`` is what it changes in place (``self.x``, ``table[]``,
    ``items`` for ``items.append``), ``binds`` the names that it binds, ``rebinds`` those of an
    outer scope. ``values``, ``plain``, ``bare``, ``yields`` and ``raises`` count results, those of
    them whose type is plain to see, returns without one, yields and raises: a function's first
    slot has those of all its blocks. ``asserts`` counts assert statements. ``falls`` says that the
    end of a function's body can be reached.
    """

    owner: bool = False
    faults: int = 0
    begun: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    units: list[set[str]] = field(default_factory=list)
    heads: list[set[str]] = field(default_factory=list)
    returned: list[set[str]] = field(default_factory=list)
    calls: dict[str, bool] = field(default_factory=dict)
    stores: dict[str, None] = field(default_factory=dict)
    binds: set[str] = field(default_factory=set)
    rebinds: dict[str, None] = field(default_factory=dict)
    values: int = 0
    plain: int = 0
    bare: int = 0
    yields: int = 0
    raises: int = 0
    asserts: int = 0
    falls: bool = False

    @property
    def reads(self) -> set[str]:
        """Give all names that the slot uses."""
        return set[str]().union(*self.units)


Nodes = Sequence[tree_sitter.Node]
Handler = Callable[[tree_sitter.Node, Facts, bool, bytes], Nodes | None]
"""Notes what a node tells of a slot; gives the nodes to go on with, None for all children.

The flag says that the node lies in a function inside the slot, whose results are not the slot's.
"""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the walk must know of a language.

    ``suites`` hold lists of statements, ``clauses`` are later arms of a statement, ``containers``
    the nodes that are cut at their suite as a matter of course (functions, classes, namespaces).
    ``parameters`` notes what a function's parameters bind; ``falls`` tells whether the end of its
    body can be reached.
    """

    suites: frozenset[str]
    clauses: frozenset[str]
    functions: frozenset[str]
    containers: frozenset[str]
    names: frozenset[str]
    handlers: Mapping[str, Handler]
    parameters: Callable[[tree_sitter.Node, Facts, bytes], None]
    falls: Callable[[tree_sitter.Node], bool]


def spelled(node: tree_sitter.Node, source: bytes) -> str:
    """Decode the text of a node; any bytes survive."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")


def dotted(node: tree_sitter.Node, source: bytes) -> str:
    """Spell a callee or a target: a chain of names as it is, ``….c`` after anything else."""
    text = source[max(node.start_byte, node.end_byte - _LONGEST) : node.end_byte]
    if node.end_byte - node.start_byte <= _LONGEST and _CHAIN.fullmatch(text):
        return text.decode("utf-8", "replace").replace("?.", ".")
    _, dot, tail = text.rpartition(b".")
    name = tail.lstrip()
    if not dot or not _MEMBER.fullmatch(name):
        return "…"
    return f"….{name.decode('utf-8', 'replace')}"
