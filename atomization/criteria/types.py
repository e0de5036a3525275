"""Whether the types of parameters and results are known, from whatever tells them."""

from __future__ import annotations

import re
from typing import Final

from atomization.contexts.items import Part
from atomization.criteria.subject import SELF, Subject

_LITERAL: Final = re.compile(
    r"[-+]?\d[\w.]*|[rbfuRBFU]{0,2}[\"'`].*|True|False|true|false|[\[({].*[\])}]", re.DOTALL
)

# Methods whose types the language itself lays down: parameters, or only the result.
_FIXED: Final = frozenset(
    {
        "__eq__",
        "__ne__",
        "__exit__",
        "__aexit__",
        "__getattr__",
        "__getattribute__",
        "__setattr__",
        "__delattr__",
        "__format__",
        "__get__",
        "__set_name__",
        "__instancecheck__",
        "__subclasscheck__",
        "__subclasshook__",
    }
)
_RESULTS: Final = _FIXED - {"__getattr__", "__getattribute__", "__get__"} | {
    "__init__",
    "__post_init__",
    "__init_subclass__",
    "__str__",
    "__repr__",
    "__bytes__",
    "__len__",
    "__bool__",
    "__hash__",
    "__int__",
    "__float__",
    "__index__",
    "__contains__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__setitem__",
    "__delitem__",
    "__set__",
    "__delete__",
    "__dir__",
    "__reduce__",
    "__del__",
    "__iter__",
    "__deepcopy__",
    "__copy__",
    "__new__",
    "constructor",
}


def known_parameters(subject: Subject) -> tuple[int, list[str]]:
    """Count the parameters whose type is known; name the others. The receiver is not counted."""
    every = list(subject.contract.parameters)
    if every and every[0].name in SELF:
        every = every[1:]
    told = {part.name for part in subject.contract.sections if part.kind == "param" and part.type}
    fixed = subject.own_name in _FIXED
    unknown = [
        part.name
        for part in every
        if not part.annotation
        and not fixed
        and not _LITERAL.fullmatch(part.default)
        and part.name.lstrip("*.") not in told
    ]
    return len(every) - len(unknown), unknown


def result_is_known(subject: Subject) -> str:
    """Say what tells the type of the result; nothing where nothing does."""
    facts, contract = subject.facts, subject.contract
    if contract.returns:
        return "the annotation"
    if subject.own_name in _RESULTS:
        return "the language"
    if any(part.kind in ("returns", "yields") and part.type for part in contract.sections):
        return "the docstring"
    if any(item.part is Part.RESULT and item.resolved for item in subject.context.explanations):
        return "what is handed back"
    shown = facts.owner and not facts.yields and facts.plain == facts.values
    return "what is returned" if shown else ""
