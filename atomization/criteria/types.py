"""Whether the types of parameters and results are known, from whatever tells them."""

from __future__ import annotations

import re
from typing import Final

from atomization.contexts.items import Part
from atomization.criteria.subject import SELF, Subject

_LITERAL: Final = re.compile(
    r"[-+]?\d[\w.]*|[rbfuRBFU]{0,2}[\"'`].*|True|False|true|false|[\[({].*[\])}]", re.DOTALL
)

# Methods whose parameters' types the language itself lays down.
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


def result_is_known(subject: Subject) -> bool:
    """Tell whether the type of the result is known: declared, or plain from what is handed back."""
    facts = subject.facts
    if subject.contract.returns:
        return True
    if any(item.part is Part.RESULT for item in subject.context.explanations):
        return all(
            item.resolved for item in subject.context.explanations if item.part is Part.RESULT
        )
    return facts.owner and not facts.yields and facts.plain == facts.values
