"""What is known of a value: which sort it is, and what it is an instance of."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Final

from atomization.python_scopes import Class, FileNames, Function, Scope

MAX_UNION: Final = 6


class Sort(Enum):
    """The sorts of value that are told apart."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"
    INSTANCE = "instance"
    CALLABLE = "callable"
    SUPER = "super"
    UNION = "union"
    VARIABLE = "type variable"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(slots=True, eq=False)
class Value:
    """What is known of a value; never changed once it is made.

    An instance or a class has ``args`` for the type parameters of ``cls``; a tuple has one for
    each item, or one for all when ``name`` is ``...``. A union has its members in ``args``, a type
    variable its bound, a callable its result and then its parameters. A class without ``cls`` is
    the type of ``args[0]``. A function has the ``receiver`` that it is bound to and its
    ``overloads``; a lambda is a callable with ``expr`` and ``scope``. ``open`` says that a type
    variable is somewhere inside, ``via`` how the value is known.
    """

    sort: Sort
    cls: Class | None = None
    args: tuple[Value, ...] = ()
    name: str = ""
    file: FileNames | None = None
    function: Function | None = None
    receiver: Value | None = None
    overloads: tuple[Function, ...] = ()
    literals: tuple[object, ...] = ()
    expr: ast.Lambda | None = None
    scope: Scope | None = None
    open: bool = False
    via: str = "inference"

    @property
    def known(self) -> bool:
        """Tell whether the value says anything that an attribute could be looked up on."""
        return self.sort is not Sort.UNKNOWN and self.sort is not Sort.NONE


class Outcome(StrEnum):
    """What became of a use of a name."""

    SLOT = "slot"
    LOCAL = "local"
    BUILTIN = "builtin"
    EXTERNAL = "external"
    UNRESOLVED = "unresolved"


@dataclass(slots=True, eq=False)
class Target:
    """A slot that a use means: what it holds of the name, how that was found, how surely."""

    file: FileNames
    slot: int
    what: str  # function | class | variable | import | module
    via: str  # scope | import | self | annotation | inference | types | unique-name
    certain: bool = False


@dataclass(slots=True, eq=False)
class Hit:
    """The answer to one use: its outcome, its value, its targets; never changed once made.

    ``outside`` names what is meant outside of the project, as ``module:name``.
    """

    outcome: Outcome
    value: Value
    targets: tuple[Target, ...] = ()
    outside: str = ""
    via: str = ""


UNKNOWN: Final = Value(Sort.UNKNOWN)
NONE: Final = Value(Sort.NONE)
MISS: Final = Hit(Outcome.UNRESOLVED, UNKNOWN)


def instance(cls: Class, *args: Value) -> Value:
    """Give an instance of a class."""
    return Value(Sort.INSTANCE, cls, args, open=any(arg.open for arg in args))


def variable(name: str, bound: Value = UNKNOWN) -> Value:
    """Give a type variable."""
    return Value(Sort.VARIABLE, args=(bound,), name=name, open=True)


def type_of(value: Value) -> Value:
    """Give the class of what a value is an instance of."""
    if value.sort is Sort.INSTANCE:
        return Value(Sort.CLASS, value.cls, value.args, open=value.open)
    if value.sort is Sort.UNION:
        return union(type_of(part) for part in value.args)
    if value.sort is Sort.VARIABLE:
        return Value(Sort.CLASS, args=(value,), open=True)
    return UNKNOWN


def instance_of(value: Value) -> Value:
    """Give what calling a class gives, which is what its name means in an annotation."""
    if value.sort is Sort.CLASS:
        if value.cls is None:
            return value.args[0]
        return Value(Sort.INSTANCE, value.cls, value.args, open=value.open)
    if value.sort is Sort.UNION:
        return union(instance_of(part) for part in value.args)
    return value if value.sort in (Sort.NONE, Sort.VARIABLE) else UNKNOWN


def union(values: Iterable[Value]) -> Value:
    """Join what a value may be; what is unknown of it adds nothing."""
    found: dict[tuple[object, ...], Value] = {}
    none = False
    for value in values:
        for part in value.args if value.sort is Sort.UNION else (value,):
            none = none or part.sort is Sort.NONE
            if part.known and len(found) < MAX_UNION:
                key = _key(part)
                old = found.get(key)
                if old is None or (_vague(old) and not _vague(part)):
                    found[key] = part
    if not found:
        return NONE if none else UNKNOWN
    parts = tuple(found.values())
    if len(parts) == 1:
        return parts[0]
    return Value(Sort.UNION, args=parts, open=any(part.open for part in parts))


def parts_of(value: Value) -> Sequence[Value]:
    """Give the members of a union, or the value alone."""
    return value.args if value.sort is Sort.UNION else (value,)


def without_none(value: Value) -> Value:
    """Give what a value is when it is not None."""
    return UNKNOWN if value.sort is Sort.NONE else value


def marked(value: Value, via: str) -> Value:
    """Give the value as known in another way."""
    if value.via == via or not value.known:
        return value
    if value.sort is Sort.UNION:
        parts = tuple(marked(part, via) for part in value.args)
        return replace(value, args=parts, via=via)
    return replace(value, via=via)


def described(value: Value, depth: int = 3) -> str:
    """Write what is known of a value as a reader writes a type; nothing where nothing is known."""
    match value.sort:
        case Sort.INSTANCE if value.cls is not None:
            return value.cls.name + _arguments(value, depth)
        case Sort.CLASS:
            inner = instance_of(value)
            return f"type[{described(inner, depth - 1)}]" if depth and inner.known else "type"
        case Sort.UNION:
            return " | ".join(
                dict.fromkeys(filter(None, (described(p, depth) for p in value.args)))
            )
        case Sort.VARIABLE:
            bound = value.args[0] if value.args else UNKNOWN
            return described(bound, depth) if value.name == "Self" else value.name
        case Sort.FUNCTION | Sort.CALLABLE:
            return "Callable"
        case Sort.MODULE:
            return "ModuleType"
        case Sort.NONE:
            return "None"
    return ""


def _arguments(value: Value, depth: int) -> str:
    texts = [described(arg, depth - 1) if depth else "" for arg in value.args]
    if not any(texts):
        return ""
    shown = ", ".join(text or "Any" for text in texts)
    return f"[{shown}, ...]" if value.name == "..." else f"[{shown}]"


def _vague(value: Value) -> bool:
    return not any(arg.known for arg in value.args)


def _key(value: Value) -> tuple[object, ...]:
    of = value.cls or value.function or value.file or value.expr or value.name
    return value.sort, id(of) if not isinstance(of, str) else of, value.literals
