"""What Python's assignments and imports declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import tree_sitter

from atomization.contracts.model import Bound, Member
from atomization.contracts.places import Places

_COMMENT: Final = re.compile(r"#[^\n]*")
_FROM: Final = re.compile(r"\s*from\b\s*(.*?)\s*\bimport\b(.*)", re.DOTALL)
_SHORT: Final = 80
_MAX_TARGETS: Final = 16
_LITERALS: Final = {
    "string": "str",
    "concatenated_string": "str",
    "integer": "int",
    "float": "float",
    "true": "bool",
    "false": "bool",
    "none": "None",
    "list": "list",
    "list_comprehension": "list",
    "dictionary": "dict",
    "dictionary_comprehension": "dict",
    "set": "set",
    "set_comprehension": "set",
    "tuple": "tuple",
    "lambda": "Callable",
}


def assigned(node: tree_sitter.Node, places: Places) -> Iterator[Member]:
    """Give the names that an assignment declares, with type and value."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    annotation = places.text(node.child_by_field_name("type"))
    targets = []
    for _ in range(_MAX_TARGETS):
        targets.append(left)
        if right is None or right.type != "assignment":
            break
        left, right = right.child_by_field_name("left"), right.child_by_field_name("right")
    value = places.text(right)
    known = annotation or literal_type(right, value)
    for target in targets:
        if target is None:
            continue
        if target.type in ("pattern_list", "tuple_pattern"):
            names = (part for part in target.named_children if part.type == "identifier")
            yield from (Member(places.text(name), "", "") for name in names)
        elif target.type in ("identifier", "type"):
            shown = value if len(value) <= _SHORT else ""
            yield Member(places.text(target), known, shown)


def literal_type(node: tree_sitter.Node | None, text: str) -> str:
    """Tell the type of a literal (its text is given), nothing for other expressions."""
    if node is None:
        return ""
    known = _LITERALS.get(node.type, "")
    return "bytes" if known == "str" and "b" in text.split(text[-1:], 1)[0].lower() else known


def bound(text: str) -> Iterator[Bound]:
    """Read what an import statement binds off its text."""
    text = _COMMENT.sub("", text).replace("\\", " ")
    taken = _FROM.match(text)
    names = taken.group(2).strip(" ()\t\r\n") if taken else text.strip().removeprefix("import")
    for part in names.split(","):
        name, _, alias = " ".join(part.split()).partition(" as ")
        if not name:
            continue
        if taken:
            yield Bound(alias or name, "".join(taken.group(1).split()), name)
        else:
            yield Bound(alias or name.split(".", 1)[0], name, "")
