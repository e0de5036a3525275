"""How TypeScript and JavaScript throw and catch errors."""

from __future__ import annotations

import re
from typing import Final

import tree_sitter

from atomization.contracts.errors import Errors, Handler, Thrown

_THROW: Final = re.compile(r"throw\b[\s(]*(new\b)?\s*([\w$.]*)\s*(\(?)")


class ScriptErrors(Errors):
    """The errors of one file of TypeScript or JavaScript."""

    def thrown(self, node: tree_sitter.Node) -> Thrown:
        """Read a ``throw`` statement; a lower-case name without ``new`` is that of a value."""
        row, _ = node.start_point
        match = _THROW.match(self.places.text(node))
        made, dotted, called = match.groups() if match else ("", "", "")
        name = dotted.rsplit(".", 1)[-1]
        if name and (made or name[:1].isupper()):
            return Thrown(node.start_byte, row, name)
        return Thrown(node.start_byte, row, "", "" if called else dotted)

    def handlers(self, node: tree_sitter.Node) -> list[tuple[tree_sitter.Node, Handler]]:
        """Give the ``catch`` clause of a ``try`` statement: it takes whatever is thrown."""
        clause = node.child_by_field_name("handler")
        if clause is None:
            return []
        alias = self.places.text(clause.child_by_field_name("parameter"))
        return [(clause, Handler((), everything=True, alias=alias))]
