"""Building the blocks of a unit: branches, loops, exceptions and early exits.

A block is a run of events without a branch; control goes from its end to the blocks in ``next``,
and from any place in it that may raise (an event None) to those in ``handlers``.
"""

from __future__ import annotations

from typing import Final

from dependencies.def_use.model import KILL, Definition, Event, Unit

BREAK: Final = "break"
CONTINUE: Final = "continue"
RETURN: Final = "return"


class Loop:
    """Where break and continue lead."""

    __slots__ = ("breaks", "continues")

    def __init__(self, breaks: int, continues: int) -> None:
        """Note the labels."""
        self.breaks = breaks
        self.continues = continues


class Finally:
    """What is on its way out of a ``try`` when its ``finally`` comes between, by kind of jump."""

    __slots__ = ("pending",)

    def __init__(self) -> None:
        """Begin with nothing on its way."""
        self.pending: dict[str, int] = {}


class Cleanup:
    """A variable that is unbound on every way out of a handler."""

    __slots__ = ("node", "var")

    def __init__(self, var: int, node: object) -> None:
        """Note the variable."""
        self.var = var
        self.node = node


class Blocks:
    """The present place in a unit's graph, and what is open around it."""

    def __init__(self, unit: Unit) -> None:
        """Begin at the unit's entry."""
        self.unit = unit
        self.block = 0
        self.events: list[Event] = []
        self.handler: tuple[int, ...] = ()
        self.guarded = False
        self.loops: list[int] = []
        self.frames: list[Loop | Finally | Cleanup] = []
        self.resume(self.label())
        self.end = self.label()

    def label(self) -> int:
        """Name a place to go to; ``place`` or ``resume`` says where it is."""
        unit = self.unit
        unit.blocks.append([])
        unit.next.append([])
        unit.handlers.append(())
        return len(unit.blocks) - 1

    def branch(self, label: int) -> None:
        """Let control go to a label, or on."""
        self.unit.next[self.block].append(label)
        self.go_on()

    def go_on(self) -> None:
        """Go on in a new block."""
        self.place(self.label())

    def goto(self, label: int) -> None:
        """Send control to a label; what follows is reached from elsewhere, if at all."""
        self.unit.next[self.block].append(label)
        self.resume(self.label())

    def place(self, label: int) -> None:
        """Put a label here: what comes from above and what was sent there go on together."""
        self.unit.next[self.block].append(label)
        self.resume(label)

    def resume(self, label: int) -> None:
        """Go on at a label that only jumps lead to."""
        unit = self.unit
        self.block = label
        self.events = unit.blocks[label]
        unit.handlers[label] = self.handler
        unit.order.append(label)

    def merge(self, label: int) -> None:
        """Let a label that only jumps lead to go where the present block begins."""
        unit = self.unit
        unit.next[label].append(self.block)
        unit.handlers[label] = self.handler
        unit.order.insert(len(unit.order) - 1, label)

    def guard(self, handler: tuple[int, ...]) -> None:
        """Let what follows go to a handler when it raises."""
        self.handler = handler
        self.guarded = bool(handler)
        self.go_on()

    def leave(self) -> None:
        """Leave by an exception."""
        if self.guarded:
            self.events.append(None)
        self.resume(self.label())

    def jump(self, kind: str) -> None:
        """Leave by break, continue or return, through every ``finally`` on the way."""
        for frame in reversed(self.frames):
            if isinstance(frame, Cleanup):
                self.kill(frame.var, frame.node)
            elif isinstance(frame, Finally):
                label = frame.pending.get(kind)
                if label is None:
                    label = frame.pending[kind] = self.label()
                self.goto(label)
                return
            elif kind != RETURN:
                self.goto(frame.breaks if kind == BREAK else frame.continues)
                return
        self.goto(self.end)

    def add(self, definition: Definition) -> None:
        """Add a definition at the present place."""
        unit = self.unit
        definition.block = self.block
        definition.rank = len(unit.definitions)
        unit.definitions.append(definition)
        self.events.append(definition)

    def kill(self, var: int, node: object) -> None:
        """Unbind a variable."""
        self.unit.bound[var] = True
        self.add(Definition(KILL, var, node, 0, 0))
