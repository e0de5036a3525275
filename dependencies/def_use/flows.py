"""The words for what flows between the slots of a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FlowKind(StrEnum):
    """Why one slot comes after another."""

    DEFINITION = "definition"
    MUTATION = "mutation"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class SlotFlow:
    """One slot needs what another has done, in one file; both are indices into its slots.

    ``name`` is what they share: a variable, for ORDER also a path like ``sys.path``. ``line`` is
    where the dependent uses it, ``definition_line`` where the dependency sets, changes or (for
    ORDER) works on it; both are 1-based. A hard flow needs the dependency done first; the others
    are carried by a loop, or into a function that runs later.
    """

    dependent: int
    dependency: int
    name: str
    line: int
    definition_line: int
    kind: FlowKind
    hard: bool

    @property
    def reason(self) -> str:
        """Say it in words, after the name of the dependent and before that of the dependency."""
        where = f"line {self.definition_line}"
        if self.kind is FlowKind.DEFINITION:
            return f"reads {self.name}, which {where} sets"
        if self.kind is FlowKind.MUTATION:
            return f"reads {self.name}, which {where} changes"
        return f"works on {self.name} after {where} has"


class Flows:
    """Collects flows: one of a kind between two slots for each name, the hard one if any."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[tuple[int, int, str, FlowKind], SlotFlow] = {}

    def add(self, flow: SlotFlow) -> None:
        """Add a flow."""
        key = (flow.dependent, flow.dependency, flow.name, flow.kind)
        known = self._found.get(key)
        if known is None or (flow.hard and not known.hard):
            self._found[key] = flow

    def has(self, dependent: int, dependency: int, name: str) -> bool:
        """Tell whether data flows already between two slots under a name."""
        return any(
            (dependent, dependency, name, kind) in self._found
            for kind in (FlowKind.DEFINITION, FlowKind.MUTATION)
        )

    def sorted(self) -> list[SlotFlow]:
        """Give the flows by dependent, dependency, line, name and kind."""
        return sorted(
            self._found.values(),
            key=lambda flow: (flow.dependent, flow.dependency, flow.line, flow.name, flow.kind),
        )
