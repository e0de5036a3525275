"""Constraints that are equal when they say the same, so that deriving them again adds nothing."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar


class Keyed:
    """A constraint of slots; two of one class are equal when all slots but ``program`` are."""

    __slots__ = ()
    _parts: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        """Note which slots tell instances apart."""
        names = [
            name
            for kind in cls.__mro__
            for name in getattr(kind, "__slots__", ())
            if name != "program"
        ]
        cls._parts = attrgetter(*names)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False
        parts = type(self)._parts
        return bool(parts(self) == parts(other))

    def __hash__(self) -> int:
        return hash((type(self), type(self)._parts(self)))
