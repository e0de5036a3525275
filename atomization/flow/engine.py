"""Data flow without a language: how a language lowers a scope onto a graph.

A language lowers one scope (a function, a module, a class body) onto a ``Builder``, statement by
statement in source order, and gets a ``Graph``; ``Graph.flow(first, last)`` is the data flow of the
rows from ``first`` to ``last`` (0-based, both included), whatever begins or ends between them.
Sets of names are bit masks in plain integers; ``Builder.bit`` gives a name its bit. ::

    builder = Builder()
    builder.node(row, uses=u, defs=d)      # one step; follows the frontier and becomes it
    end = builder.label()                  # a place that is not there yet
    builder.branch(end)                    # the frontier may go there, and also goes on
    builder.goto(end)                      # the frontier goes there, and nothing falls through
    builder.place(end)                     # here it is: what was sent there joins the frontier
    builder.enter_loop(breaks, continues, first, last, labels) … builder.leave_loop()
    builder.enter_try(handler) … builder.leave_try()       # steps inside may jump to ``handler``
    builder.enter_finally(abrupt) … frame = builder.leave_finally()
    builder.place(abrupt); …lower the body once more…; builder.resume(frame)
    builder.enter_cleanup(row, kills) … builder.leave_cleanup()   # names unbound on every way out
    builder.jump(Jump.BREAK, label)        # break, continue, return: through all that is entered
    graph = builder.finish(local=mask, always=mask)

Uses of a step come before its definitions; a step that does several things in turn is several
steps. Every step inside ``enter_try`` or ``enter_finally`` may raise, before or after its
definitions, unless it is ``quiet``. The head of a loop needs a step of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from atomization.flow.graph import Act, Graph, Step

__all__ = ["Act", "Builder", "FinallyFrame", "Graph", "Jump"]

_NOWHERE: Final[tuple[int, ...]] = ()


class Jump(Enum):
    """The ways to leave a statement other than by its end."""

    BREAK = "break"
    CONTINUE = "continue"
    RETURN = "return"


@dataclass(slots=True)
class _Loop:
    breaks: int
    continues: int | None
    first: int
    last: int
    labels: tuple[str, ...]


@dataclass(slots=True)
class FinallyFrame:
    """What was on its way out of a ``try`` when its ``finally`` came between."""

    abrupt: int
    pending: dict[tuple[Jump, str], None] = field(default_factory=dict)


@dataclass(slots=True)
class _Cleanup:
    row: int
    kills: int


class Builder:
    """Builds the graph of one scope in source order."""

    def __init__(self) -> None:
        """Start at the entry of a scope."""
        self.steps: list[Step] = []
        self.frontier: list[int] = []
        self.names: list[str] = []
        self._bits: dict[str, int] = {}
        self._frames: list[_Loop | FinallyFrame | _Cleanup] = []
        self._handlers: list[tuple[int, ...]] = [_NOWHERE]
        self.exit = self.label()

    def bit(self, name: str, space: str = "") -> int:
        """Give the mask of one name; the same name (of one name space) has the same bit."""
        key = f"{space}\0{name}" if space else name
        bit = self._bits.get(key)
        if bit is None:
            bit = self._bits[key] = 1 << len(self.names)
            self.names.append(name)
        return bit

    def mask(self, names: Iterable[str]) -> int:
        """Give the mask of several names."""
        mask = 0
        for name in names:
            mask |= self.bit(name)
        return mask

    def node(
        self,
        row: int,
        *,
        uses: int = 0,
        defs: int = 0,
        kills: int = 0,
        captures: int = 0,
        rebinds: int = 0,
        mutates: tuple[str, ...] = (),
        acts: tuple[Act, ...] = (),
        quiet: bool = False,
    ) -> int:
        """Add a step after the frontier; it becomes the frontier.

        ``captures`` are names that a closure made here refers to, ``rebinds`` those that it may
        bind whenever it is called. A name that is unbound by ``del`` belongs to ``uses`` as well.
        """
        index = len(self.steps)
        handler = _NOWHERE if quiet else self._handlers[-1]
        step = Step(row, uses, defs, kills, captures, rebinds, mutates, acts, raises=handler)
        self.steps.append(step)
        for before in self.frontier:
            self.steps[before].next.append(index)
        self.frontier = [index]
        return index

    def label(self) -> int:
        """Name a place to go to; ``place`` says later where it is."""
        self.steps.append(Step(-1, place=True))
        return len(self.steps) - 1

    def branch(self, label: int) -> None:
        """Let the frontier go to a label, or on."""
        for before in self.frontier:
            self.steps[before].next.append(label)

    def goto(self, label: int) -> None:
        """Send the frontier to a label; what follows is reached from elsewhere, if at all."""
        self.branch(label)
        self.frontier = []

    def place(self, label: int) -> None:
        """Put a label here: the frontier and all that was sent to it go on together."""
        self.frontier.append(label)

    def enter_loop(
        self,
        breaks: int,
        continues: int | None,
        first: int,
        last: int,
        labels: tuple[str, ...] = (),
    ) -> None:
        """Open what break and continue refer to (rows ``first`` to ``last``).

        ``continues`` is None for a switch; a block with a label is entered with that label and
        without ``continues``: an unlabelled jump passes over it if its first label begins with
        ``{``.
        """
        self._frames.append(_Loop(breaks, continues, first, last, labels))

    def leave_loop(self) -> None:
        """Close the loop entered last."""
        self._frames.pop()

    def enter_try(self, *handlers: int) -> None:
        """Let the steps that follow jump to ``handlers`` when they raise."""
        self._handlers.append(handlers)

    def leave_try(self) -> None:
        """Leave the part whose exceptions are caught."""
        self._handlers.pop()

    @property
    def handlers(self) -> tuple[int, ...]:
        """Where an exception goes from here; nothing when it leaves the scope."""
        return self._handlers[-1]

    def reraise(self) -> None:
        """Send the frontier where an exception goes from here."""
        for handler in self._handlers[-1]:
            self.branch(handler)
        self.frontier = []

    def enter_finally(self, abrupt: int) -> None:
        """Let every way out of what follows but its end lead to the label ``abrupt``."""
        self._frames.append(FinallyFrame(abrupt))
        self._handlers.append((abrupt,))

    def leave_finally(self) -> FinallyFrame:
        """Leave the guarded part; give the frame to ``resume`` after the body at ``abrupt``."""
        self._handlers.pop()
        frame = self._frames.pop()
        assert isinstance(frame, FinallyFrame)
        return frame

    def resume(self, frame: FinallyFrame) -> None:
        """Send the frontier on to all places that were on their way out through a finally."""
        frontier = self.frontier
        for kind, label in frame.pending:
            self.frontier = list(frontier)
            self.jump(kind, label)
        self.frontier = frontier
        self.reraise()

    def enter_cleanup(self, row: int, kills: int) -> None:
        """Unbind names on every jump out of what follows; its end is the caller's."""
        self._frames.append(_Cleanup(row, kills))

    def leave_cleanup(self) -> None:
        """Close the cleanup entered last."""
        self._frames.pop()

    def jump(self, kind: Jump, label: str = "") -> None:
        """Send the frontier out: to the loop's end or head, to the exit, or to a finally first."""
        for frame in reversed(self._frames):
            if isinstance(frame, _Cleanup):
                self.node(frame.row, kills=frame.kills, quiet=True)
            elif isinstance(frame, FinallyFrame):
                frame.pending[kind, label] = None
                self.goto(frame.abrupt)
                return
            elif _leads(frame, kind, label):
                target = frame.breaks if kind is Jump.BREAK else frame.continues
                assert target is not None
                self.goto(target)
                return
        self.goto(self.exit)

    def target(self, kind: Jump, label: str = "") -> tuple[str, tuple[int, int] | None]:
        """Tell what a jump leaves: its 1-based line (or label), and its rows (None: nothing)."""
        for frame in reversed(self._frames):
            if isinstance(frame, _Loop) and _leads(frame, kind, label):
                return label or str(frame.first + 1), (frame.first, frame.last)
        return label, None

    def finish(self, *, local: int, always: int = 0) -> Graph:
        """Close the scope.

        ``local`` are the names that are bound in the scope (the others are free); ``always`` are
        names that count as used everywhere: those that closures share, and in a module or class
        all that are bound.
        """
        self.goto(self.exit)
        return Graph(self.steps, self.names, local, always)


def _leads(loop: _Loop, kind: Jump, label: str) -> bool:
    if kind is Jump.RETURN or (kind is Jump.CONTINUE and loop.continues is None):
        return False
    if label:
        return label in loop.labels
    return not (loop.labels and loop.labels[0].startswith("{"))
