"""What a contract says, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from atomization.flow.model import Flow


class ParameterKind(StrEnum):
    """How an argument reaches a parameter."""

    ANY = "any"
    POSITIONAL = "positional only"
    KEYWORD = "keyword only"
    VARIADIC = "variadic"
    KEYWORDS = "keywords"
    PROPERTY = "property"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; an empty annotation or default is one that is not there.

    A ``PROPERTY`` is a TypeScript parameter that becomes a member of its class. ``LIVE`` is a name
    that has to be bound where a statement block begins.
    """

    name: str
    annotation: str
    default: str
    kind: ParameterKind = ParameterKind.ANY


@dataclass(frozen=True, slots=True)
class Member:
    """One name that a class, type or constant declares.

    ``type`` is its annotation, or what a literal value shows; ``value`` is empty where it is long.
    """

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Bound:
    """One name that an import binds; ``member`` is empty for a whole module, ``*`` for all."""

    name: str
    module: str
    member: str


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of a docstring's sections.

    ``kind`` is one of param, keyword, attribute, returns, yields, raises, warns, requires, ensures,
    example, note, see, typeparam, deprecated; ``name`` is the parameter, attribute or error.
    """

    kind: str
    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """An example in a docstring: what is typed, what is shown, its 1-based line in the slot.

    An example of a TSDoc comment shows nothing; its line is that of its tag.
    """

    source: str
    want: str
    line: int


@dataclass(frozen=True, slots=True)
class Contract:
    """What another atom may rely on without reading the body.

    ``name`` is the qualified name within the file. ``raises`` names the errors that leave the
    atom as its text and docstring tell (for the header of a split function: those of the whole
    function); ``reraises`` says that it also raises errors that its text does not name (a bare
    raise in a handler of everything, an error that was kept in a variable). ``overloads`` are the
    signatures of a name that has several; ``bodiless`` marks a declaration without a body (an
    overload, an abstract member, an interface's); ``gives`` tells what the atom's own
    text hands back: a dotted name, a call (``name()``), the type of a literal (``=int``), or
    nothing for any other expression.
    ``flow`` is there for statement blocks, whose
    ``parameters`` are the names that they need.
    """

    name: str
    kind: str
    signature: str
    docstring: str
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    raises: tuple[str, ...] = ()
    preconditions: tuple[str, ...] = ()
    postconditions: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    decorators: tuple[str, ...] = ()
    overloads: tuple[str, ...] = ()
    type_parameters: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    binds: tuple[Bound, ...] = ()
    sections: tuple[Section, ...] = ()
    reraises: bool = False
    is_async: bool = False
    yields: bool = False
    gives: tuple[str, ...] = ()
    bodiless: bool = False
    flow: Flow | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the contract as plain data."""
        return asdict(self)
