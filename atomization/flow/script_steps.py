"""Gathering what happens between two forks of control into one step of the graph."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import tree_sitter

from atomization.flow.engine import Act, Builder
from atomization.flow.model import EffectKind
from atomization.flow.script_context import Context
from atomization.flow.script_paths import path_of, text_of

READ: Final = 1
WRITE: Final = 2
END: Final = 1 << 62


class Gatherer:
    """The functions being read, and what has been gathered at the present place."""

    def __init__(self, starts: Sequence[int], rows: Sequence[int]) -> None:
        """Gather from a source whose slots begin at bytes ``starts``, in rows ``rows``."""
        self._starts, self._rows = starts, rows
        self.contexts: list[Context] = []
        self.graphs = 0
        self.uses = self.defs = self.captures = self.rebinds = 0
        self.low, self.high, self.row = 0, 0, 0

    def at(self, node: tree_sitter.Node) -> None:
        """Go to the slot of a node."""
        start = node.start_byte
        if not self.low <= start < self.high:
            self._cross(start)

    def _cross(self, start: int) -> None:
        self.flush()
        if self.contexts[-1].silent:
            self.low, self.high = 0, END
            return
        index = max(bisect_right(self._starts, start) - 1, 0)
        self.low = 0 if index == 0 else self._starts[index]
        self.high = self._starts[index + 1] if index + 1 < len(self._starts) else END
        self.row = self._rows[index]

    def slot(self, byte: int) -> int:
        """Give the index of the slot that a byte is in."""
        return max(bisect_right(self._starts, byte) - 1, 0)

    @property
    def context(self) -> Context:
        """The function being read."""
        return self.contexts[-1]

    @property
    def builder(self) -> Builder:
        """The builder of the function being read."""
        return self.contexts[-1].builder

    def flush(self) -> None:
        """Make one step of what has been gathered."""
        context = self.contexts[-1]
        acts, mutates = context.acts, context.mutates
        if self.uses or self.defs or self.captures or mutates or acts:
            if not context.silent:
                context.builder.node(
                    self.row,
                    uses=self.uses,
                    defs=self.defs,
                    captures=self.captures,
                    rebinds=self.rebinds,
                    mutates=tuple(mutates),
                    acts=tuple(acts),
                )
            acts.clear()
            mutates.clear()
            self.uses = self.defs = self.captures = self.rebinds = 0

    def use(self, node: tree_sitter.Node) -> None:
        """Read a name."""
        start = node.start_byte
        if not self.low <= start < self.high:
            self._cross(start)
        name = node.text or b""
        bit = self.contexts[-1].env.get(name)
        if bit is None:
            bit = self._outside(name, READ, node)
        if not bit & self.defs:
            self.uses |= bit

    def bind(self, node: tree_sitter.Node) -> None:
        """Bind a name."""
        self.at(node)
        name = node.text or b""
        bit = self.contexts[-1].env.get(name)
        if bit is None:
            self._outside(name, WRITE, node)
        else:
            self.defs |= bit

    def _outside(self, name: bytes, flag: int, node: tree_sitter.Node) -> int:
        """Note a name that the function does not declare; give the mask that it has as free."""
        if not name:
            return 0
        context = self.contexts[-1]
        if name == b"arguments" and any(
            not other.arrow and not other.module for other in self.contexts
        ):
            self.own(EffectKind.ARGUMENTS, node)
            return 0
        if flag & WRITE and not context.silent:
            enclosing = any(name in other.env for other in self.contexts if not other.module)
            kind = EffectKind.NONLOCAL if enclosing else EffectKind.GLOBAL
            self.effect(kind, text_of(name), node)
        return self._free(name, flag)

    def _free(self, name: bytes, flag: int) -> int:
        context = self.contexts[-1]
        context.free[name] = context.free.get(name, 0) | flag
        bit = context.outer.get(name)
        if bit is None:
            bit = context.outer[name] = context.builder.bit(text_of(name), "outside")
        return bit

    def effect(self, kind: EffectKind, target: str, node: tree_sitter.Node) -> None:
        """Note an effect of the function being read."""
        self.at(node)
        self.contexts[-1].acts.append(Act(kind, target, node.start_point[0]))

    def own(self, kind: EffectKind, node: tree_sitter.Node) -> None:
        """Note an effect on what arrow functions take from the function around them."""
        self.at(node)
        act = Act(kind, "", node.start_point[0])
        for context in reversed(self.contexts):
            context.acts.append(act)
            if not context.arrow:
                return

    def mutate(self, node: tree_sitter.Node | None) -> None:
        """Note that what an expression denotes is changed in place.

        A function read for its free names alone changes what belongs to the functions around it.
        """
        if node is None or not self.graphs:
            return
        root, text = path_of(node)
        self.at(node)
        for context in reversed(self.contexts):
            if not context.silent:
                if text:
                    context.mutates.append(text)
                return
            if root in context.env or (root in (b"this", b"super") and not context.arrow):
                return
