"""mypy's view of a project: the types of the receivers whose attributes are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """The types of expressions, by file and place; ``problem`` says why there are none.

    A type is ``["class", module, name, arguments]``, ``["tuple", items]``, ``["union", members]``,
    ``["type", of]``, ``["none"]`` or ``["any"]``.
    """

    types: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problem: str = ""

    def of(
        self, path: str, line: int, column: int, end_line: int | None, end_column: int | None
    ) -> list[Any] | None:
        """Give the type of the expression at a place (1-based lines, columns in bytes)."""
        found = self.types.get(path)
        if found is None:
            return None
        fact = found.get(f"{line}:{column}:{end_line}:{end_column}")
        return fact if isinstance(fact, list) else None
