"""What an expression is known to be, and what the built-in types give when they are used."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import Enum
from typing import Final

from atomization.python_scopes import Class, FileNames, Function


class Sort(Enum):
    """The sorts of value that are told apart."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"
    INSTANCE = "instance"
    BUILTIN_NAME = "builtin name"
    BUILTIN = "builtin"
    METHOD = "builtin method"
    EXTERNAL = "external"
    SUPER = "super"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """What is known of a value: its sort, what it is of, its element types, how that is known."""

    sort: Sort
    name: str = ""
    file: FileNames | None = None
    function: Function | None = None
    cls: Class | None = None
    args: tuple[Value, ...] = ()
    via: str = "inference"


UNKNOWN: Final = Value(Sort.UNKNOWN)
NONE: Final = Value(Sort.NONE)
EXTERNAL: Final = Value(Sort.EXTERNAL)

_MAPPINGS: Final = frozenset(
    {
        "dict",
        "Dict",
        "Mapping",
        "MutableMapping",
        "defaultdict",
        "DefaultDict",
        "OrderedDict",
        "Counter",
    }
)
_RESULTS: Final = {
    "len": "int",
    "hash": "int",
    "ord": "int",
    "id": "int",
    "sum": "int",
    "repr": "str",
    "chr": "str",
    "hex": "str",
    "bin": "str",
    "oct": "str",
    "ascii": "str",
    "format": "str",
    "input": "str",
    "any": "bool",
    "all": "bool",
    "isinstance": "bool",
    "issubclass": "bool",
    "callable": "bool",
    "hasattr": "bool",
    "vars": "dict",
    "globals": "dict",
    "locals": "dict",
    "dir": "list",
    "divmod": "tuple",
}
_SAME_ELEMENTS: Final = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "filter"}
)
_STR_LISTS: Final = frozenset({"split", "rsplit", "splitlines", "partition", "rpartition"})
_INTS: Final = frozenset({"find", "rfind", "index", "rindex", "count", "bit_length"})
_ELEMENTS: Final = frozenset({"pop", "popleft", "popitem"})


def builtin(name: str, *args: Value) -> Value:
    """Give an instance of a built-in type."""
    return Value(Sort.BUILTIN, name, args=args)


def is_mapping(value: Value) -> bool:
    """Tell whether a value maps keys to values."""
    return value.name.rsplit(".", 1)[-1] in _MAPPINGS


def element_of(value: Value) -> Value:
    """Give what iterating a built-in or external value gives."""
    if value.name in ("str", "bytes", "range"):
        return builtin("str" if value.name == "str" else "int")
    if value.args:
        return value.args[0]
    return EXTERNAL if value.sort is Sort.EXTERNAL else UNKNOWN


def item_of(value: Value, index: int | None) -> Value:
    """Give what subscribing a built-in or external value gives (``index`` where it is known)."""
    if is_mapping(value):
        return value.args[-1] if value.args else _open(value)
    if value.name == "tuple" and index is not None and index < len(value.args):
        return value.args[index]
    if value.name in ("str", "bytes"):
        return value if value.name == "str" else builtin("int")
    return element_of(value)


def _open(value: Value) -> Value:
    return EXTERNAL if value.sort is Sort.EXTERNAL else UNKNOWN


def has_builtin(type_name: str, attribute: str) -> bool:
    """Tell whether a built-in type has an attribute."""
    return hasattr(getattr(builtins, type_name, object), attribute)


def call_builtin(name: str, arguments: list[Value], elements: list[Value]) -> Value:
    """Give what calling a built-in function or type gives, from the arguments' values."""
    first = elements[-1] if name == "filter" and elements else (elements or [UNKNOWN])[0]
    if name in _SAME_ELEMENTS:
        return builtin("list" if name in ("sorted", "filter", "reversed", "iter") else name, first)
    if name == "enumerate":
        return builtin("list", builtin("tuple", builtin("int"), first))
    if name == "zip":
        return builtin("list", builtin("tuple", *elements))
    if name == "next":
        return first
    if name in ("min", "max"):
        return first if len(arguments) == 1 else arguments[0] if arguments else UNKNOWN
    if name in ("abs", "round"):
        return arguments[0] if arguments else UNKNOWN
    if name == "dict" and arguments and is_mapping(arguments[0]):
        return builtin("dict", *arguments[0].args)
    if name == "open":
        return EXTERNAL
    if name in _RESULTS:
        return builtin(_RESULTS[name])
    return builtin(name) if isinstance(getattr(builtins, name, None), type) else UNKNOWN


def call_method(receiver: Value, name: str) -> Value:
    """Give what calling a method of a built-in value gives."""
    own = receiver.args
    if is_mapping(receiver):
        return _call_mapping(receiver, name)
    if receiver.name == "str":
        return _call_str(name)
    if receiver.name == "bytes" and name == "decode":
        return builtin("str")
    if name in _ELEMENTS:
        return own[0] if own else UNKNOWN
    if name in _INTS:
        return builtin("int")
    same = ("copy", "union", "intersection", "difference", "symmetric_difference", "replace")
    return receiver if name in same else UNKNOWN


def _call_mapping(receiver: Value, name: str) -> Value:
    key, value = (receiver.args[0], receiver.args[-1]) if receiver.args else (UNKNOWN, UNKNOWN)
    if name == "items":
        return builtin("list", builtin("tuple", key, value))
    if name == "keys":
        return builtin("list", key)
    if name == "values":
        return builtin("list", value)
    if name in ("get", "pop", "setdefault"):
        return value
    return receiver if name == "copy" else UNKNOWN


def _call_str(name: str) -> Value:
    if name in _STR_LISTS:
        return builtin("list", builtin("str"))
    if name == "encode":
        return builtin("bytes")
    if name in _INTS:
        return builtin("int")
    if name.startswith("is") or name in ("startswith", "endswith"):
        return builtin("bool")
    return builtin("str")
