"""The names in a Python expression or nested definition: used now, used late, bound, mutated.

One walk with a stack of its own over the syntax tree, with a scope for every nested function, class
and comprehension. What a function, lambda or generator expression refers to is *captured*: it
is read whenever that runs. List, set and dict comprehensions run at once, and so does a generator
expression that a builtin consumes on the spot.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import tree_sitter

from atomization.flow.engine import Act, Builder
from atomization.flow.model import EffectKind

Node = tree_sitter.Node

LOAD: Final = 0
STORE: Final = 1


def first_of(node: Node) -> Node | None:
    """Give the first child that is a node of its own, if there is one."""
    return node.named_child(0) if node.named_child_count else None


@dataclass(slots=True, eq=False)
class Scope:
    """The names met in one scope. ``now``: it runs as part of the step; ``late``: whenever called.

    ``direct`` are names that a comprehension in a class body uses: it does not see the class's own.
    """

    parent: Scope | None = None
    now: bool = False
    late: bool = False
    is_class: bool = False
    eager: int = 0
    uses: int = 0
    direct: int = 0
    bound: int = 0
    captures: int = 0
    rebinds: int = 0
    nonlocals: int = 0
    globals: int = 0
    comprehension: bool = False

    @property
    def home(self) -> Scope:
        """The scope that ``:=`` binds in."""
        scope = self
        while scope.parent is not None and scope.comprehension:
            scope = scope.parent
        return scope


class Collector:
    """Reads names off nodes into the root scope of one step at a time."""

    def __init__(self, source: bytes, builder: Builder, table: Table, *, in_function: bool) -> None:
        """Prepare for the steps of one scope; ``table`` says how each kind of node is read."""
        self._table = table
        self.source = source
        self.builder = builder
        self.in_function = in_function
        self.receiver = 0
        self.outer = 0
        self.kinds: dict[int, EffectKind] = {}
        self.dynamic = False
        self.root = Scope(now=True)
        self.acts: list[Act] = []
        self.mutates: list[str] = []
        self.eager: list[tuple[int, int]] = []
        self.outside = 0
        self._used = False
        self._scopes: list[Scope] = []
        self._bits: dict[bytes, int] = {}
        self._stack: list[tuple[Node, Scope, int]] = []

    def bit(self, text: bytes) -> int:
        """Give the bit of a name as it is spelled in the source."""
        bit = self._bits.get(text)
        if bit is None:
            name = text.decode("utf-8", "surrogateescape")
            if not name.isascii():
                name = unicodedata.normalize("NFKC", name)
            bit = self._bits[text] = self.builder.bit(name)
        return bit

    def bit_of(self, node: Node) -> int:
        """Give the bit of an identifier."""
        return self.bit(self.source[node.start_byte : node.end_byte])

    def begin(self) -> None:
        """Forget the step before."""
        root = self.root
        root.uses = root.direct = root.bound = root.captures = root.rebinds = 0
        if self._used:
            self.acts = []
            self.mutates = []
            self.eager = []
            self._scopes = []
            self.dynamic = self._used = False
            self.outside = 0

    def add(self, node: Node, mode: int = LOAD) -> None:
        """Read a node's names into the root scope."""
        stack = self._stack
        stack.append((node, self.root, mode))
        source, bits = self.source, self._bits
        identifier, table = self._table
        while stack:
            node, scope, mode = stack.pop()
            kind = node.kind_id
            if kind == identifier:
                text = source[node.start_byte : node.end_byte]
                bit = bits.get(text) or self.bit(text)
                if mode:
                    scope.bound |= bit
                else:
                    scope.uses |= bit
                    if text == b"__class__" and scope.now:
                        self.act(EffectKind.SUPER, "__class__", node)
                continue
            handler = table[kind if kind < len(table) else 0]
            if handler is not None:
                handler(self, node, scope, mode)

    def close(self) -> Scope:
        """Settle the nested scopes, innermost first, and give the root."""
        for scope in reversed(self._scopes):
            self._settle(scope)
        root = self.root
        if self.outer & root.bound:
            for bit, effect in self.kinds.items():
                if bit & root.bound:
                    name = self.builder.names[bit.bit_length() - 1]
                    self._used = True
                    self.acts.append(Act(effect, name, -1))
            root.bound &= ~self.outer
        return root

    def _settle(self, scope: Scope) -> None:
        parent = scope.parent
        assert parent is not None
        mine = scope.bound & ~scope.nonlocals & ~scope.globals
        self.outside |= (scope.uses | scope.captures | scope.bound) & scope.globals
        if scope.is_class:
            parent.captures |= scope.captures
            parent.rebinds |= scope.rebinds | (scope.bound & scope.nonlocals)
            parent.uses |= (scope.uses & ~mine & ~scope.globals) | scope.direct
            return
        names = (scope.uses | scope.captures | scope.direct) & ~mine & ~scope.globals
        parent.rebinds |= (scope.rebinds & ~mine) | (scope.bound & scope.nonlocals)
        if scope.late:
            parent.captures |= names
            return
        parent.captures |= scope.captures & ~mine & ~scope.globals
        if scope.eager:
            self.eager.append((scope.eager, names))
        if parent.is_class:
            parent.direct |= names
        else:
            parent.uses |= names

    def drop(self) -> None:
        """Forget what is still to be read."""
        self._stack.clear()

    def inner(self, parent: Scope, *, late: bool = False, is_class: bool = False) -> Scope:
        """Open a nested scope."""
        self._used = True
        scope = Scope(parent, now=parent.now and not late, late=late, is_class=is_class)
        self._scopes.append(scope)
        return scope

    def push(self, node: Node | None, scope: Scope, mode: int = LOAD) -> None:
        """Read a node next."""
        if node is not None:
            self._stack.append((node, scope, mode))

    def push_all(self, nodes: list[Node], scope: Scope, mode: int = LOAD) -> None:
        """Read several nodes next, in order."""
        for node in reversed(nodes):
            self._stack.append((node, scope, mode))

    def act(self, kind: EffectKind, target: str, node: Node) -> None:
        self._used = True
        self.acts.append(Act(kind, target, node.start_point.row))

    def text(self, node: Node) -> str:
        """Give the text of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")

    def mutate(self, node: Node | None) -> None:
        path = self.path(node)
        if path:
            self._used = True
            self.mutates.append(path)

    def path(self, node: Node | None) -> str:
        """Spell what is changed: ``items``, ``self.total``, ``table[]``; nothing for a value."""
        parts: list[str] = []
        while node is not None:
            if node.type == "attribute":
                name = node.child_by_field_name("attribute")
                parts.append("." + self.text(name) if name is not None else "")
            elif node.type == "subscript":
                parts.append("[]")
            elif node.type == "identifier":
                return self.text(node) + "".join(reversed(parts))
            elif node.type != "parenthesized_expression":
                return ""
            node = first_of(node)
        return ""

    def bind(self, name: Node | None, scope: Scope) -> None:
        if name is not None:
            scope.bound |= self.bit_of(name)


Handler = Callable[[Collector, Node, Scope, int], None]
Table = tuple[int, Sequence[Handler | None]]
"""The number of identifiers, and how each kind is read: None for a leaf, the first for ERROR."""
