"""A function being read: its names, its graph in the making, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from atomization.flow.engine import Act, Builder, FinallyFrame, Graph, Jump


class Silent(Builder):
    """Takes what a function without a graph would build, and keeps nothing."""

    def bit(self, name: str, space: str = "") -> int:
        """Give no mask."""
        return 0

    def node(self, row: int, **_: Any) -> int:
        """Keep nothing."""
        return 0

    def label(self) -> int:
        """Give the one place there is."""
        return 0

    def branch(self, label: int) -> None:
        """Keep nothing."""

    def goto(self, label: int) -> None:
        """Keep nothing."""

    def place(self, label: int) -> None:
        """Keep nothing."""

    def reraise(self) -> None:
        """Keep nothing."""

    def jump(self, kind: Jump, label: str = "") -> None:
        """Keep nothing."""

    def enter_loop(
        self,
        breaks: int,
        continues: int | None,
        first: int,
        last: int,
        labels: tuple[str, ...] = (),
    ) -> None:
        """Keep nothing."""

    def leave_loop(self) -> None:
        """Keep nothing."""

    def enter_try(self, *handlers: int) -> None:
        """Keep nothing."""

    def leave_try(self) -> None:
        """Keep nothing."""

    def enter_finally(self, abrupt: int) -> None:
        """Keep nothing."""

    def leave_finally(self) -> FinallyFrame:
        """Give a frame that nothing waits in."""
        return FinallyFrame(0)


SILENT: Final = Silent()


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of one block: its rows; ``carried`` says that a loop hands them on."""

    first: int
    last: int
    names: int
    carried: bool


@dataclass(slots=True, eq=False)
class Context:
    """One function, class field, namespace or module being read."""

    builder: Builder
    silent: bool
    arrow: bool
    module: bool
    first: int
    last: int
    start_slot: int
    end_slot: int
    env: dict[bytes, int] = field(default_factory=dict)
    bits: dict[int, int] = field(default_factory=dict)
    free: dict[bytes, int] = field(default_factory=dict)
    outer: dict[bytes, int] = field(default_factory=dict)
    entry: int = 0
    start: int = 0
    hoisted: list[tuple[int, int, int, int]] = field(default_factory=list)
    local: int = 0
    acts: list[Act] = field(default_factory=list)
    mutates: list[str] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    finals: int = 0
    saved: tuple[int, int, int, int, int, int, int] = (0, 0, 0, 0, 0, 0, 0)
    graph: Graph | None = None
