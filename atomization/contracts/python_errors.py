"""How Python raises and handles errors."""

from __future__ import annotations

import re
from typing import Final

import tree_sitter

from atomization.contracts.errors import Errors, Handler, Thrown

_RAISE: Final = re.compile(r"raise\b[\s(\\]*([\w.]*)[ \t]*([(\[]?)")
_CLAUSES: Final = frozenset({"except_clause", "except_group_clause"})


class PythonErrors(Errors):
    """The errors of one Python file."""

    def thrown(self, node: tree_sitter.Node) -> Thrown:
        """Read a ``raise`` statement; a lower-case name is taken for that of a value."""
        row, _ = node.start_point
        match = _RAISE.match(self.places.text(node))
        dotted, called = (match.group(1), match.group(2)) if match else ("", "")
        name = dotted.rsplit(".", 1)[-1]
        if name[:1].isupper():
            return Thrown(node.start_byte, row, name)
        variable = "" if called else dotted
        if name == "with_traceback":
            variable = dotted.split(".", 1)[0]
        return Thrown(node.start_byte, row, "", variable, bare=not dotted)

    def handlers(self, node: tree_sitter.Node) -> list[tuple[tree_sitter.Node, Handler]]:
        """Give the ``except`` clauses of a ``try`` statement."""
        clauses = [child for child in node.children if child.type in _CLAUSES]
        return [(clause, self._handler(clause)) for clause in clauses]

    def _handler(self, clause: tree_sitter.Node) -> Handler:
        values = clause.children_by_field_name("value")
        alias = self.places.text(clause.child_by_field_name("alias"))
        names: list[str] = []
        for value in values:
            if value.type == "as_pattern":
                alias = self.places.text(value.child_by_field_name("alias"))
                value = value.named_children[0] if value.named_child_count else value
            parts = value.named_children if value.type in ("tuple", "list") else [value]
            names += [self.places.text(part).rsplit(".", 1)[-1] for part in parts]
        return Handler(tuple(names), not values, alias)
