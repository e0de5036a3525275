"""What is told of a run of statements: the names that go in and come out, and what else it does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class EffectKind(StrEnum):
    """What a block does beside computing values."""

    RETURN = "return"
    BREAK = "break"
    CONTINUE = "continue"
    YIELD = "yield"
    YIELD_FROM = "yield_from"
    AWAIT = "await"
    RAISE = "raise"
    GLOBAL = "global"
    NONLOCAL = "nonlocal"
    THIS = "this"
    SUPER = "super"
    ARGUMENTS = "arguments"
    NEW_TARGET = "new_target"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect, at a 1-based line of the file.

    ``target`` says what it is aimed at: the 1-based line of the loop (or the label) that a break or
    continue leaves, the type that is raised, the name that is rebound by ``global`` or
    ``nonlocal``, the function that makes a scope dynamic (``locals``, ``eval``). Otherwise empty.
    """

    kind: EffectKind
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Flow:
    """The data flow of a region, which is what it takes to run the region alone.

    ``live_in``: local names that may be bound on entry and whose value on entry may be used inside
    or has to be handed on, because the region rebinds them on some paths only.
    ``live_out``: local names that the region binds or unbinds and that may be used after it.
    ``may_define``: those of ``live_out`` that some path through the region does not bind.
    ``kills``: names left unbound (``del``, the end of ``except … as``).
    ``mutates``: what is changed in place: ``items``, ``self.total``, ``table[]``.
    ``free``: names read from outside of the function. ``captured``: local names of the region that
    a closure shares by reference, so that a later binding is seen by it.
    """

    live_in: tuple[str, ...] = ()
    live_out: tuple[str, ...] = ()
    may_define: tuple[str, ...] = ()
    kills: tuple[str, ...] = ()
    mutates: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    captured: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the flow as plain data."""
        return asdict(self)
