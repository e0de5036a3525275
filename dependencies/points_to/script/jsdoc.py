"""What JSDoc says of parameters and results, where a language has no annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dependencies.points_to.script.heap import ANY, InstanceOf
from dependencies.points_to.script.model import Kind
from dependencies.points_to.solver import NOTHING

if TYPE_CHECKING:
    from dependencies.points_to.script.lowering import Lowering, Node

RESULT: Final = "@returns"
_TAG: Final = re.compile(
    r"@(param|arg|argument|returns?)\s*\{([^{}\n]{1,200})\}(?:\s*\[?\s*([\w$]+))?"
)
_NAME: Final = re.compile(r"[A-Za-z_$][\w$.]*\Z")
_ARRAY: Final = re.compile(r"(?:(?:Readonly)?Array\.?<(.+)>|(.+)\[\])\Z")
_HOLDERS: Final = frozenset({"variable_declarator", "lexical_declaration", "export_statement"})
_SOURCES: Final = frozenset({"pair", "assignment_expression", "expression_statement"})


def documented(low: Lowering, node: Node) -> dict[str, str]:
    """Give the types of a function's parameters by name, and of its result, as written."""
    comment = _comment(low, node)
    found: dict[str, str] = {}
    for tag, written, name in _TAG.findall(comment):
        key = RESULT if tag.startswith("return") else name
        if key:
            found.setdefault(key, written.strip())
    return found


def _comment(low: Lowering, node: Node) -> str:
    if not low.documented:
        return ""
    holder: Node | None = node
    for _ in range(4):
        if holder is None:
            return ""
        before = holder.prev_sibling
        if before is not None and before.type == "comment":
            text = low.text(before)
            return text if text.startswith("/**") else ""
        parent = holder.parent
        if parent is None or parent.type not in _HOLDERS | _SOURCES:
            return ""
        holder = parent
    return ""


def typed_as(low: Lowering, written: str, target: int) -> bool:
    """Let a variable hold the instances that a written type allows; tell whether there are any."""
    said = False
    for part in written.strip("?!=()").split("|"):
        name = part.strip(" ?!=()")
        array = _ARRAY.match(name)
        if array is not None:
            inner = (array[1] or array[2]).strip(" ?!()")
            var = _classes(low, inner)
            if var:
                at = low.context.function.at
                obj = low.heap.made(Kind.ARRAY, low.path, at, f"documented {name}")
                low.give(target, obj)
                low.watch(var, InstanceOf(low.heap, low.heap.field(obj, ANY)))
                said = True
            continue
        var = _classes(low, name)
        if var:
            low.watch(var, InstanceOf(low.heap, target))
            said = True
    return said


def _classes(low: Lowering, name: str) -> int:
    """Give the variable of the classes of a name: what is in scope, or the only one so named."""
    if not _NAME.match(name) or name.lower() in ("string", "number", "boolean", "any", "object"):
        return NOTHING
    variable = low.find_type(name) or low.find(name)
    if variable is not None and variable.kind in ("class", "import", "interface"):
        return variable.all
    return low.heap.var(("class", name)) if "." not in name else NOTHING
