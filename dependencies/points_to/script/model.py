"""What the points-to analysis of scripts speaks about: functions, things, call sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an abstract object is."""

    FUNCTION = "function"
    CLASS = "class"
    PROTOTYPE = "prototype"
    OBJECT = "object"
    ARRAY = "array"
    INSTANCE = "instance"
    TYPED = "typed"
    MODULE = "module"
    BUILTIN = "builtin"
    EXTERNAL = "external"
    TEXT = "text"
    BOUND = "bound"
    ACCESSOR = "accessor"
    MAP = "map"
    SET = "set"
    PROMISE = "promise"
    GENERATOR = "generator"
    RESOLVER = "resolver"


class How(StrEnum):
    """How a callee was found, the surest first."""

    SCOPE = "scope"
    IMPORT = "import"
    SELF = "self"
    ANNOTATION = "annotation"
    FLOW = "flow"
    SUBCLASS = "subclass"
    UNIQUE_NAME = "unique-name"


CONFIDENCE: Final = {
    How.SCOPE: 0.99,
    How.IMPORT: 0.99,
    How.SELF: 0.95,
    How.ANNOTATION: 0.9,
    How.FLOW: 0.85,
    How.SUBCLASS: 0.7,
    How.UNIQUE_NAME: 0.5,
}


@dataclass(frozen=True, slots=True)
class Thing:
    """An abstract object: where it is made, what it is, and what is known of it."""

    kind: Kind
    path: str
    at: int
    name: str = ""
    info: object = field(default=None, compare=False, repr=False)


@dataclass(slots=True, eq=False)
class Parameter:
    """A parameter: its variable, what it holds when left out, what its annotation says.

    ``classes`` are the variables of the classes that its annotation limits it to, if it does.
    """

    var: int
    default: int = 0
    declared: int = 0
    classes: tuple[int, ...] = ()
    rest: bool = False


@dataclass(slots=True, eq=False)
class Function:
    """A function, or the top level of a module (``kind`` is "module").

    ``name`` is what people call it, ``label`` what ``--calls`` writes; both are dotted and without
    the module. ``stores`` and ``returns`` are what it does with its own parameters and nothing
    else, (base, key, source) and sources, where -1 is ``this`` and n is parameter n: these are
    done again for each call, so that calls are kept apart.
    """

    path: str
    name: str
    label: str
    kind: str
    line: int
    column: int
    end_line: int
    at: int
    parent: Function | None
    this: int = 0
    result: int = 0
    arguments: int = 0
    parameters: list[Parameter] = field(default_factory=list)
    stores: list[tuple[int, str, int]] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    yields: int = 0
    is_async: bool = False
    is_generator: bool = False
    owner: Class | None = None
    arrows: int = 0
    functions: int = 0
    inline: bool = False
    open: bool = False


@dataclass(slots=True, eq=False)
class Class:
    """A class or an interface: its members by name, its constructor, what it extends."""

    path: str
    name: str
    label: str
    line: int
    at: int
    obj: int = 0
    prototype: int = 0
    typed: int = 0
    this: int = 0
    base: int = 0
    constructor: int = -1
    members: set[str] = field(default_factory=set)
    statics: set[str] = field(default_factory=set)
    interface: bool = False


@dataclass(slots=True, eq=False)
class Site:
    """A place that calls: the text of the callee, who calls, and how the callee was written.

    ``at`` is the byte where the call ends, as the calls of a chain all begin at the same one.
    """

    path: str
    line: int
    column: int
    at: int
    caller: Function
    how: How
    text: str = ""
    method: str = ""
    callee: int = 0
    functional: bool = False
    arguments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Callee:
    """What is called: a function of the project, or (without a path) a name from outside."""

    name: str
    path: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """One call edge: the place of the call, the function around it, what it calls, how surely.

    ``line`` and ``column`` are 1-based. A caller without a line is the top level of its module.
    """

    path: str
    line: int
    column: int
    caller: Callee
    callee: Callee
    how: How
    confidence: float


@dataclass(frozen=True, slots=True)
class ScriptProblem:
    """A place that was not analyzed: path, 1-based line, and why."""

    path: str
    line: int
    message: str
