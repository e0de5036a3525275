"""What ``__all__`` lists, in the ways in which it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Listed:
    """The names in ``__all__``: ``found`` when it is there, ``partial`` when some are computed."""

    names: list[str] = field(default_factory=list)
    found: bool = False
    partial: bool = False

    def read(self, node: ast.stmt) -> None:
        """Take in a statement at the top of a module, if it is about ``__all__``."""
        if isinstance(node, ast.Assign):
            if any(_is_all(target) for target in node.targets):
                self._take(node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            if _is_all(node.target) and node.value is not None:
                self._take(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and _is_all(function.value):
                for argument in node.value.args:
                    self._take(argument)

    def _take(self, value: ast.expr) -> None:
        """Take the strings out of the lists that an expression joins."""
        self.found = True
        pending = [value]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.names.append(node.value)
            elif isinstance(node, ast.List | ast.Tuple | ast.Set):
                pending += reversed(node.elts)
            elif isinstance(node, ast.Starred):
                pending.append(node.value)
            elif isinstance(node, ast.BinOp):
                pending += [node.right, node.left]
            else:
                self.partial = True

    def offers(self, name: str) -> bool:
        """Tell whether a star import takes a name, as far as can be read."""
        if name in self.names:
            return True
        return (self.partial or not self.found) and not name.startswith("_")


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def listed_in(trees: Iterable[ast.AST]) -> Listed:
    """Read ``__all__`` off the modules' top statements, those in branches included."""
    listed = Listed()
    pending: list[ast.AST] = [
        tree for tree in reversed(list(trees)) if isinstance(tree, ast.Module)
    ]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            listed.read(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parts = ast.iter_child_nodes(node)
            inner = (ast.stmt, ast.ExceptHandler, ast.match_case)
            pending += reversed([part for part in parts if isinstance(part, inner)])
    return listed
