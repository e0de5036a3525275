"""The objects of a Python program, as few as tell calls apart.

All instances of a class are one object, and so is everything that one expression makes: what
differs from run to run is joined. Equal things are one object.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

OUTSIDE_DEPTH: Final = 6


class Known(IntEnum):
    """How it is known what a call or an attribute means; the lower, the surer."""

    SCOPE = 0
    SELF = 1
    ANNOTATION = 2
    FLOW = 3
    OVERRIDE = 4
    ABSTRACT = 5
    SHAPE = 6
    NAME = 7
    CROWD = 8

    @property
    def confidence(self) -> float:
        """Tell how surely such an answer is right."""
        return _CONFIDENCE[self]


_CONFIDENCE: Final = {
    Known.SCOPE: 0.99,
    Known.SELF: 0.95,
    Known.ANNOTATION: 0.9,
    Known.FLOW: 0.85,
    Known.OVERRIDE: 0.7,
    Known.ABSTRACT: 0.65,
    Known.SHAPE: 0.6,
    Known.NAME: 0.5,
    Known.CROWD: 0.3,
}


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or lambda of the project, by the key of its scope."""

    key: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A function with its receiver (an object's number), and how it was found there."""

    routine: str
    receiver: int
    known: Known


@dataclass(frozen=True, slots=True)
class Klass:
    """A class of the project; ``open`` when it may be a class derived from it as well."""

    key: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """The instances of a class; made here, or (``open``) of it or of a class derived from it."""

    key: str
    known: Known = Known.FLOW

    @property
    def open(self) -> bool:
        """Tell whether it may be an instance of a derived class."""
        return self.known is not Known.FLOW


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the project by its path, or a folder of modules (a namespace package)."""

    path: str


@dataclass(frozen=True, slots=True)
class Outside:
    """Something from outside of the project by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function or class, or a method of a native value (``<**PyStr**>.join``)."""

    name: str
    receiver: int = -1


@dataclass(frozen=True, slots=True)
class Box:
    """What one expression makes to hold others: a list, tuple, dict, set, or generator."""

    sort: str
    place: str


@dataclass(frozen=True, slots=True)
class Native:
    """A string, bytes or number."""

    sort: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal that is used to index: 'a' or 1."""

    text: str


@dataclass(frozen=True, slots=True)
class Upward:
    """``super()``: the attributes of a receiver that come after a class in its order."""

    key: str
    receiver: int


@dataclass(frozen=True, slots=True)
class Partial:
    """A callable with some arguments given, by the site that made it; variables, all of them."""

    site: int
    callee: int
    args: tuple[int, ...]
    named: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A property object, by what it calls to get or to set; -1 is neither."""

    getter: int
    setter: int = -1


@dataclass(frozen=True, slots=True)
class Factory:
    """What a record's field is given where nothing is: the result of a callable (a variable)."""

    callee: int


def outside(name: str, member: str) -> Outside:
    """Give a member of something outside; a chain too long for a real one stays what it is."""
    if name.count(".") >= OUTSIDE_DEPTH:
        return Outside(name)
    return Outside(f"{name}.{member}")
