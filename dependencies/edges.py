"""The words of a dependency: which atom needs which, why, how surely, and how hard."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EdgeKind(StrEnum):
    """What one atom needs of another."""

    IMPORT = "import"
    DATA_FLOW = "data_flow"
    FUNCTION_CALL = "function_call"
    TYPE = "type"
    TEMPORAL = "temporal"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way from a use to what it means: what was found, and where.

    ``line`` is 1-based. ``text`` is that line of the source, where somebody has looked it up.
    """

    what: str
    path: str
    line: int
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the step as plain data."""
        return {"what": self.what, "path": self.path, "line": self.line, "text": self.text}


@dataclass(frozen=True, slots=True)
class Edge:
    """One dependency, dependent → dependency, both atom keys.

    A hard edge needs the dependency's code, any other only its contract. ``line`` is the 1-based
    line in the dependent's file that caused it. ``strength`` and ``confidence`` are from 0 to 1.
    ``chain`` tells how the use was resolved, from the use itself to the definition; it is as of the
    analysis that found the edge, and no part of what makes edges equal.
    """

    dependent: str
    dependency: str
    kind: EdgeKind
    hard: bool
    reason: str
    line: int
    strength: float
    resolved_by: str
    confidence: float
    chain: tuple[Step, ...] = field(default=(), compare=False)

    def to_json(self) -> dict[str, Any]:
        """Give the edge as plain data."""
        return {
            "dependent": self.dependent,
            "dependency": self.dependency,
            "kind": self.kind.value,
            "hard": self.hard,
            "reason": self.reason,
            "line": self.line,
            "strength": self.strength,
            "resolved_by": self.resolved_by,
            "confidence": self.confidence,
            "chain": [step.to_json() for step in self.chain],
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that was not analyzed: path, 1-based line, and why."""

    path: str
    line: int
    message: str

    def to_json(self) -> dict[str, Any]:
        """Give the place as plain data."""
        return {"path": self.path, "line": self.line, "message": self.message}


@dataclass(frozen=True, slots=True)
class Analysis:
    """All edges of a project, and the places that have none because they could not be read."""

    edges: tuple[Edge, ...]
    problems: tuple[Problem, ...]
