"""The words of def-use analysis: definitions, their uses, and the control-flow graph of one scope.

A ``Unit`` is one control-flow graph: a function, a lambda or a module, together with the class
bodies and comprehensions that run inside of it, each of which has variables of its own. Variables
are small integers of their unit; ``names`` spells them.
"""

from __future__ import annotations

import ast
from enum import Enum
from typing import Any, Final, NamedTuple

BINDING: Final = 0
KILL: Final = 1
MUTATION: Final = 2
OUTER: Final = 3
CALL: Final = 4
HELD: Final = 5

Key = tuple[str, object] | tuple[str] | None
"""The first step of a path from a name: an attribute, an item of a constant key, any item; None
for the object as a whole."""

Event = Any
"""What happens in a block, in order: a use by its number, a definition, a closure made here, a late
use, or None where an exception may leave."""


class PairKind(Enum):
    """How a use comes by what a definition has set."""

    DEFINITION = "definition"
    MUTATION = "mutation"
    CLOSURE = "closure"


class Pair(NamedTuple):
    """A definition that may reach a use: 1-based lines, 0-based columns in bytes."""

    name: str
    definition_line: int
    definition_column: int
    line: int
    column: int
    kind: PairKind


class Definition:
    """A place that sets a variable, or changes what the variable holds.

    ``kind`` is BINDING; KILL for what unbinds; MUTATION; OUTER for whatever is bound outside of the
    unit; CALL for a call that changes its argument if the callee does; HELD where an object is put
    into another one. ``first`` to ``last`` (excluded, without ``skip``) are the uses whose values
    it is made of. A ``weak`` definition leaves those before it in force.

    For a binding, ``value`` is the expression whose value is bound (``part``: a part of which). For
    a mutation it is the name that it goes through, ``key`` the first step from there, ``deep`` says
    that not the object itself but something inside it changes, ``stored`` what is put in, and
    ``origin`` the binding whose object is changed where that is done through another name.
    """

    __slots__ = (
        "argument",
        "block",
        "deep",
        "first",
        "key",
        "kind",
        "last",
        "node",
        "origin",
        "part",
        "rank",
        "skip",
        "stored",
        "use",
        "value",
        "var",
        "weak",
    )

    def __init__(
        self,
        kind: int,
        var: int,
        node: Any,
        first: int,
        last: int,
        value: ast.expr | None = None,
        part: bool = False,
    ) -> None:
        """Note a definition; the unit says where it stands when it is added."""
        self.kind = kind
        self.var = var
        self.node = node
        self.first = first
        self.last = last
        self.skip = -1
        self.use = -1
        self.argument = -1
        self.value = value
        self.part = part
        self.weak = False
        self.deep = False
        self.key: Key = None
        self.stored: list[ast.expr] | None = None
        self.origin: Definition | None = None
        self.block = 0
        self.rank = 0


class Scope:
    """The variables of a comprehension or a class body, inside a unit."""

    __slots__ = ("is_class", "late", "names", "outer", "parent")

    def __init__(self, parent: Scope | None, *, is_class: bool = False) -> None:
        """Open a scope inside another."""
        self.parent = parent
        self.is_class = is_class
        self.names: dict[str, int] = {}
        self.outer: dict[str, bool] = {}
        self.late = -1


class Closure:
    """A function made at a place: what it reads and sets of the variables around it."""

    __slots__ = ("scope", "since", "unit")

    def __init__(self, unit: Unit, since: int, scope: Scope | None) -> None:
        """``since`` is the rank of the first definition that may run after it was made."""
        self.unit = unit
        self.scope = scope
        self.since = since


class Late:
    """A use that takes place now and again later, as in a generator expression."""

    __slots__ = ("since", "use")

    def __init__(self, use: int, since: int) -> None:
        """``since`` is the rank of the first definition that may run before the use."""
        self.use = use
        self.since = since


class Unit:
    """The graph of one function, lambda or module, and what reaches its uses.

    ``reached`` gives for each use the bindings that may reach it; ``free`` the uses, in it and in
    functions made in it, of names that are bound around it; ``captured`` its own definitions with
    uses in functions made in it.
    """

    __slots__ = (
        "blocks",
        "bound",
        "captured",
        "closures",
        "copied",
        "definitions",
        "fallback",
        "free",
        "free_globals",
        "handlers",
        "module",
        "mutates",
        "names",
        "next",
        "node",
        "order",
        "outer",
        "parent",
        "paths",
        "private",
        "reached",
        "rebinds",
        "receivers",
        "scope",
        "use_nodes",
        "use_vars",
    )

    def __init__(self, node: Any, parent: Unit | None) -> None:
        """Begin without blocks."""
        self.node = node
        self.parent = parent
        self.module = parent is None
        self.names: list[str] = []
        self.bound: list[bool] = []
        self.scope: dict[str, int] = {}
        self.private: set[int] = set()
        self.use_nodes: list[Any] = []
        self.use_vars: list[int] = []
        self.paths: dict[int, ast.expr] = {}
        self.receivers: set[int] = set()
        self.blocks: list[list[Event]] = []
        self.next: list[list[int]] = []
        self.handlers: list[tuple[int, ...]] = []
        self.order: list[int] = []
        self.definitions: list[Definition] = []
        self.closures: list[Closure] = []
        self.outer: dict[str, bool] = {}
        self.fallback: dict[int, int] = {}
        self.copied = False
        self.mutates = False
        self.reached: list[tuple[Definition, ...]] = []
        self.free: dict[str, list[Any]] = {}
        self.free_globals: dict[str, list[Any]] = {}
        self.rebinds: dict[str, list[Definition]] = {}
        self.captured: list[tuple[Definition, Any]] = []

    @property
    def name(self) -> str:
        """Give the function's name, ``<lambda>`` or ``<module>``."""
        if self.module:
            return "<module>"
        return str(getattr(self.node, "name", "<lambda>"))
