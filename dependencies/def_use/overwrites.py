"""Reads of exactly what the same block has just set: ``d[k] = v`` and then ``d[k]``, ``self.a``.

Whatever was there before is overwritten, so only that store reaches the read, and what may have
changed the object since. Holds while the object and the variables of the key stay bound as they
are; a key with a call in it is never the same twice.
"""

from __future__ import annotations

import ast
from typing import Final

from dependencies.def_use.aliases import compatible
from dependencies.def_use.model import BINDING, KILL, MUTATION, Definition, Unit
from dependencies.def_use.names import key_of

MAX_STORES: Final = 40
"""Places that a block is known to have set; the older ones are forgotten, which is safe."""

_PLAIN: Final = (
    ast.Name,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.Tuple,
    ast.Subscript,
    ast.Attribute,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
)
_Entry = tuple[int, str]


class _Block:
    """What is known to have been set since a block began."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._stores: dict[_Entry, list[Definition]] = {}
        self._mentioned: dict[_Entry, frozenset[str]] = {}
        self._of_var: dict[int, list[_Entry]] = {}

    def read(self, use: int) -> tuple[Definition, ...] | None:
        """Give all that may reach a use, if the block has set just that."""
        var = self._unit.use_vars[use]
        if var not in self._of_var:
            return None
        path = self._unit.paths.get(id(self._unit.use_nodes[use]))
        text = _text(path) if path is not None else None
        found = self._stores.get((var, text)) if text is not None else None
        return tuple(found) if found is not None else None

    def change(self, change: Definition) -> None:
        """Note a mutation."""
        var = change.var
        self._forget(self._unit.names[var])
        text = _text(change.node) if _is_store(change) else None
        if text is None and not change.weak:
            self._drop(var)
            return
        for entry in self._of_var.get(var, ()):
            stores = self._stores[entry]
            if compatible(change.key, stores[0].key):
                stores.append(change)
        if text is not None:
            entry = (var, text)
            if entry not in self._stores:
                self._of_var.setdefault(var, []).append(entry)
                self._mentioned[entry] = _mentions(change.node)
            self._stores[entry] = [change]
            if len(self._stores) > MAX_STORES:
                self._remove(next(iter(self._stores)))

    def bind(self, definition: Definition) -> None:
        """Note that a variable is bound anew."""
        self._drop(definition.var)
        self._forget(self._unit.names[definition.var])

    def _drop(self, var: int) -> None:
        for entry in self._of_var.pop(var, ()):
            del self._stores[entry], self._mentioned[entry]

    def _forget(self, name: str) -> None:
        for entry in [entry for entry, names in self._mentioned.items() if name in names]:
            self._remove(entry)

    def _remove(self, entry: _Entry) -> None:
        del self._stores[entry], self._mentioned[entry]
        self._of_var[entry[0]].remove(entry)


def overwritten(unit: Unit) -> dict[int, tuple[Definition, ...]]:
    """Give what reaches the uses that read exactly what their own block has set."""
    answer: dict[int, tuple[Definition, ...]] = {}
    for number in unit.order:
        block: _Block | None = None
        for event in unit.blocks[number]:
            if event.__class__ is int:
                found = block.read(event) if block is not None else None
                if found is not None:
                    answer[event] = found
            elif event.__class__ is Definition:
                if event.kind == MUTATION:
                    block = block or _Block(unit)
                    block.change(event)
                elif block is not None and event.kind in (BINDING, KILL):
                    block.bind(event)
    return answer


def _is_store(change: Definition) -> bool:
    node = change.node
    return (
        change.origin is None
        and isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and node.value is change.value
    )


def _text(path: ast.expr) -> str | None:
    """Spell the step of a path out, if it means the same each time."""
    if isinstance(path, ast.Attribute):
        return f".{path.attr}"
    if not isinstance(path, ast.Subscript):
        return None
    if not all(isinstance(node, _PLAIN) for node in ast.walk(path.slice)):
        return None
    return ast.dump(path.slice)


def _mentions(path: ast.Attribute | ast.Subscript) -> frozenset[str]:
    if isinstance(path, ast.Attribute) or key_of(path) != ("[",):
        return frozenset()
    return frozenset(node.id for node in ast.walk(path.slice) if isinstance(node, ast.Name))
