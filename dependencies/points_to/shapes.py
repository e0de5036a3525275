"""What is fixed of a Python program before it is solved: functions, classes, call sites."""

from __future__ import annotations

from dataclasses import dataclass, field

from atomization.python_scopes import Class, FileNames


@dataclass(slots=True)
class Routine:
    """A function's parameters as variables; ``result`` and ``yielded`` are variables, too.

    ``kind`` is function, method, static, class. Parameters that are ``handed`` back as they came
    are no part of ``result``: each call gives its own.
    """

    key: str
    name: str
    dotted: str
    path: str
    line: int
    slot: int
    owner: str
    kind: str
    positional: tuple[str, ...]
    only_positional: int
    only_named: tuple[str, ...]
    rest: str
    named_rest: str
    variables: dict[str, int]
    result: int
    yielded: int
    is_generator: bool
    is_abstract: bool
    handed: frozenset[str] = frozenset()

    def shape(self) -> tuple[object, ...]:
        """Give all that a caller depends on."""
        return (
            self.owner,
            self.kind,
            self.positional,
            self.only_positional,
            self.only_named,
            self.rest,
            self.named_rest,
            self.is_generator,
            self.is_abstract,
            self.handed,
        )


@dataclass(frozen=True, slots=True)
class Member:
    """What a class body binds to a name: a routine that is known, or the value of a variable.

    ``kind`` is method, static, class, property, setter, deleter, or value.
    """

    kind: str
    routine: str = ""


@dataclass(slots=True)
class Shape:
    """A class: its bases as they are written (keys, or names outside), its members and fields."""

    key: str
    name: str
    dotted: str
    path: str
    slot: int
    line: int
    bases: tuple[str, ...]
    outer_bases: tuple[str, ...]
    metaclass: str
    members: dict[str, tuple[Member, ...]]
    fields: frozenset[str]
    is_record: bool
    annotated: tuple[str, ...]
    matched: tuple[str, ...]
    source: Class

    def shape(self) -> tuple[object, ...]:
        """Give all that others depend on."""
        return (
            self.bases,
            self.outer_bases,
            self.metaclass,
            self.members,
            self.fields,
            self.is_record,
            self.annotated,
            self.matched,
        )


@dataclass(slots=True)
class Site:
    """A place in the code where something is called or read.

    ``unit`` is the key of the routine (or module) that runs it, ``how`` what is known of a callee
    that is a plain function: SCOPE when its name is bound once, FLOW when a value led to it.
    """

    unit: str
    path: str
    line: int
    column: int
    text: str
    at_import: bool
    direct: bool


@dataclass(slots=True)
class Unit:
    """The facts of one routine, or of a module's own code."""

    key: str
    facts: list[tuple[object, ...]] = field(default_factory=list)
    temporaries: int = 0
    sites: int = 0


@dataclass(slots=True)
class Lowered:
    """What one file comes to.

    ``uses`` gives the site of an attribute or call by the identity of its node, ``bases`` the
    variable of what stands in front of an attribute, by its site, ``methods`` the name and the
    site of the attribute that is called, ``callees`` the variable that is called, by the call's
    site.
    """

    names: FileNames
    units: dict[str, Unit]
    routines: dict[str, Routine]
    classes: dict[str, Shape]
    consulted: set[tuple[str, str]]
    problems: list[tuple[int, str]]
    uses: dict[int, int]
    bases: dict[int, int] = field(default_factory=dict)
    methods: dict[int, tuple[str, int]] = field(default_factory=dict)
    callees: dict[int, int] = field(default_factory=dict)
