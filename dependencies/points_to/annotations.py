"""What an annotation says that a variable holds: instances of classes of the project."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from atomization.python_binding import quoted_annotation
from atomization.python_scopes import Scope, ScopeKind, Source, bare_name
from dependencies.points_to.things import Box, Instance, Klass, Known

if TYPE_CHECKING:
    from dependencies.points_to.expressions import Expressions

_EITHER: Final = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar", "Required"})
_LISTS: Final = frozenset(
    {
        "list",
        "List",
        "set",
        "Set",
        "frozenset",
        "FrozenSet",
        "deque",
        "Deque",
        "Sequence",
        "MutableSequence",
        "Collection",
        "Iterable",
        "Iterator",
        "AbstractSet",
        "MutableSet",
        "AsyncIterable",
        "AsyncIterator",
        "Generator",
        "AsyncGenerator",
    }
)
_DICTS: Final = frozenset(
    {
        "dict",
        "Dict",
        "Mapping",
        "MutableMapping",
        "defaultdict",
        "DefaultDict",
        "OrderedDict",
        "ItemsView",
        "ValuesView",
    }
)
_AWAITED: Final = frozenset({"Awaitable", "Coroutine", "Task", "Future", "AsyncContextManager"})
_MAX_STEPS: Final = 60


class Annotations:
    """Reads annotations."""

    def __init__(self, world: Expressions) -> None:
        """Take the reader whose facts are added to."""
        self.world = world
        self._quoted: dict[int, ast.expr | None] = {}

    def instance_of(self, key: str, *, of_type: bool = False) -> object:
        """Give what an annotation with a class means: an instance, or the class itself."""
        return Klass(key, open=True) if of_type else Instance(key, Known.ANNOTATION)

    def into(self, var: int, node: ast.expr, scope: Scope) -> None:
        """Let a variable hold what its annotation says."""
        pending: list[tuple[int, ast.expr, bool]] = [(var, node, False)]
        for _ in range(_MAX_STEPS):
            if not pending:
                return
            target, expr, of_type = pending.pop()
            if isinstance(expr, ast.Constant):
                quoted = self._unquoted(expr)
                if quoted is not None:
                    pending.append((target, quoted, of_type))
            elif isinstance(expr, ast.BinOp):
                pending += [(target, expr.left, of_type), (target, expr.right, of_type)]
            elif isinstance(expr, ast.Name | ast.Attribute):
                alias = self._alias(expr, scope)
                if alias is not None:
                    pending.append((target, alias, of_type))
                else:
                    self._named(target, expr, scope, of_type)
            elif isinstance(expr, ast.Subscript):
                pending += self._subscript(target, expr, scope, of_type)

    def elements_into(self, var: int, node: ast.expr, scope: Scope) -> None:
        """Let a variable hold the elements that an annotation like ``Iterator[X]`` names."""
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if parts:
                self.into(var, parts[0], scope)

    def caught_into(self, var: int, node: ast.expr, scope: Scope) -> None:
        """Let a variable hold what ``except`` catches."""
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            self.into(var, part, scope)

    def _unquoted(self, node: ast.Constant) -> ast.expr | None:
        if id(node) not in self._quoted:
            self._quoted[id(node)] = quoted_annotation(node)
        return self._quoted[id(node)]

    def _alias(self, expr: ast.expr, scope: Scope) -> ast.expr | None:
        """Give what a name at the top of this file abbreviates: ``Either = Union[Left, Right]``."""
        if not isinstance(expr, ast.Name):
            return None
        found = self.world.links.visible(expr.id, scope)
        if found is None or found[0].kind is not ScopeKind.MODULE or len(found[1]) != 1:
            return None
        origin = found[1][0].origin
        if origin is None or origin.how is not Source.VALUE:
            return None
        return origin.expr if isinstance(origin.expr, ast.Subscript | ast.BinOp) else None

    def _named(
        self, target: int, expr: ast.Name | ast.Attribute, scope: Scope, of_type: bool
    ) -> None:
        meaning = self.world.links.meaning(expr, scope)
        if meaning is not None and meaning.what == "class":
            self.world.give(target, self.instance_of(meaning.key, of_type=of_type))

    def _subscript(
        self, target: int, expr: ast.Subscript, scope: Scope, of_type: bool
    ) -> list[tuple[int, ast.expr, bool]]:
        name = bare_name(expr.value)
        parts = expr.slice.elts if isinstance(expr.slice, ast.Tuple) else [expr.slice]
        world = self.world
        if name in _EITHER:
            return [(target, part, of_type) for part in parts]
        if name in ("type", "Type"):
            return [(target, part, True) for part in parts]
        if name in _AWAITED:
            return [(target, part, of_type) for part in parts[-1:]]
        if name in ("tuple", "Tuple"):
            box = Box("tuple", world.place())
            world.give(target, box)
            if len(parts) == 2 and isinstance(parts[1], ast.Constant):
                return [(world.program.item(box, ""), parts[0], False)]
            return [
                (world.program.item(box, key), part, False)
                for at, part in enumerate(parts)
                for key in (str(at), "*")
            ]
        if name in _LISTS or name in _DICTS:
            box = Box("dict" if name in _DICTS else "list", world.place())
            world.give(target, box)
            found = [(world.program.item(box, ""), parts[-1 if name in _DICTS else 0], False)]
            if name in _DICTS and len(parts) == 2:
                found.append((world.program.item(box, "<keys>"), parts[0], False))
            return found
        return [(target, expr.value, of_type)]
