"""What completeness counts: an atom's free names, attributes, parameters and result.

* A free name or attribute resolves when what it means is known, and so its contract is at hand.
  What the atom binds itself is not free, and is not counted.
* A parameter (for a block: a name that it needs) resolves when its type is known: from an
  annotation, a default, the docstring, the class that a receiver is of, or inferred. Where
  nothing tells its type, it resolves all the same if the atom only hands it on; if the atom looks
  into it, every attribute that is used of it is a hole, and the parameter is not counted once
  more; if the atom calls it, it is a hole itself.
* A result is counted where the atom hands a value back: it resolves when an annotation, the
  docstring, an overload or the language tells its type, when it is inferred, or when all that is
  handed back are literals, parameters of known type, and names and calls that resolve themselves.
  Where one of those is a hole already, the result is not counted once more.

One hole is one hole, however long the chain of attributes behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from atomization.contracts import Contract, Parameter, ParameterKind
from atomization.names import FileReferences, Outcome, Reach, Reference, Role
from atomization.pieces import AtomKind

_RECEIVERS: Final = frozenset({"self", "cls", "mcs", "metacls"})
_KNOWN_DEFAULT: Final = re.compile(
    r"[+-]?\d[\w.]*|[rbfuRBFU]{0,2}['\"`].*|True|False|true|false|[\[{(].*[\]})]", re.DOTALL
)
_KNOWN_RESULTS: Final = frozenset(
    {
        "__bool__",
        "__bytes__",
        "__complex__",
        "__contains__",
        "__dir__",
        "__eq__",
        "__float__",
        "__format__",
        "__ge__",
        "__gt__",
        "__hash__",
        "__index__",
        "__int__",
        "__le__",
        "__len__",
        "__lt__",
        "__ne__",
        "__new__",
        "__repr__",
        "__sizeof__",
        "__str__",
        "__subclasshook__",
        "constructor",
        "toString",
    }
)


_VAGUE: Final = frozenset({"", "Generator", "AsyncGenerator", "Coroutine", "Iterator"})


class Part(StrEnum):
    """What is counted."""

    NAME = "name"
    ATTRIBUTE = "attribute"
    PARAMETER = "parameter"
    RESULT = "result"
    IMPORT = "import"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One counted item: whether it resolved, and to what, or why not."""

    name: str
    part: Part
    resolved: bool
    how: str


@dataclass(slots=True)
class Seen:
    """What the uses of names in one slot came to."""

    items: dict[str, Explanation]
    looked_into: set[str]
    called: set[str]
    reached: list[Reference]


def explain(
    file: FileReferences,
    index: int,
    uses: Sequence[Reference],
    contract: Contract,
    owner: tuple[int, Contract] | None,
    names: Mapping[str, Sequence[int]],
) -> Seen:
    """Explain each counted item of a slot: its uses of names, its parameters, its result.

    ``owner`` is the function that the slot is a block of: its slot and contract; ``names`` gives
    the file's slots by name. ``reached`` are the uses whose targets belong into the context.
    """
    given = {_bare(part) for part in contract.parameters}
    seen = Seen({}, set(), set(), [])
    holes: dict[str, Explanation] = {}
    for use in uses:
        if use.role is Role.STORE and "." not in use.text:
            continue
        root, dot, _ = use.text.partition(".")
        if dot and root in given and use.outcome is Outcome.UNRESOLVED:
            seen.looked_into.add(root)
        if use.outcome is Outcome.LOCAL:
            _local(_with_target(use, file, index, names), file, index, given, seen)
        elif use.outcome is Outcome.UNRESOLVED:
            if use.counted:
                hole = Explanation(use.text, _part(use), False, _why(use, file))
                holes.setdefault(use.text, hole)
        elif use.text not in seen.items:
            seen.items[use.text] = Explanation(use.text, _part(use), True, _how(use, file))
            seen.reached.append(use)
    for text, hole in holes.items():
        seen.items.setdefault(text, hole)
    for item in _parameters(file, index, contract, owner[1] if owner else None, seen):
        seen.items.setdefault(f"{item.part}:{item.name}", item)
    for item in _unread(file, index):
        seen.items.setdefault(f"{item.part}:{item.name}", item)
    at, function = owner or (index, contract)
    types = {**file.types.get(index, {}), "return": file.types.get(at, {}).get("return", "")}
    result = _result(contract, function, seen, types)
    if result is not None:
        seen.items[f"{result.part}:{result.name}"] = result
    return seen


def _unread(file: FileReferences, index: int) -> Iterator[Explanation]:
    """Count a slot whose text the language refuses as a hole: nobody knows what it refers to."""
    slot = file.file.slots[index]
    for first, last, reason in file.unread if slot.loc else ():
        if first <= slot.start_line <= last:
            text = f"lines {slot.start_line}-{slot.end_line}"
            yield Explanation(text, Part.TEXT, False, f"not read: {reason}")


def _with_target(
    use: Reference, file: FileReferences, index: int, names: Mapping[str, Sequence[int]]
) -> Reference:
    """Find the nested function that a local name without a target means (in scripts)."""
    scope: str | None = file.file.slots[index].name
    while scope and not use.targets:
        found = names.get(f"{scope}.{use.text}")
        if found and found[0] != index:
            reach = Reach(file.file.path, found[0], "function", "scope")
            return replace(use, targets=(reach,))
        around = names.get(scope)
        scope = file.file.slots[around[0]].parent if around else None
    return use


def _local(use: Reference, file: FileReferences, index: int, given: set[str], seen: Seen) -> None:
    """Note a use of a local name: a parameter, or one that another slot of the function binds."""
    name = use.text
    if use.role is Role.CALL and not any(target.what != "variable" for target in use.targets):
        seen.called.add(name)
    elsewhere = [target for target in use.targets if target.slot != index]
    if len(elsewhere) == len(use.targets) and elsewhere and name not in seen.items:
        seen.reached.append(use)
        if name not in given or elsewhere[-1].what != "variable":
            key = file.file.key(elsewhere[-1].slot)
            seen.items[name] = Explanation(name, Part.NAME, True, f"bound in {key}")


def _bare(part: Parameter) -> str:
    return part.name.lstrip("*.").rstrip("?")


def _part(use: Reference) -> Part:
    if ":" in use.text:
        return Part.IMPORT
    return Part.ATTRIBUTE if "." in use.text.lstrip(".") else Part.NAME


def _how(use: Reference, file: FileReferences) -> str:
    if use.outcome is Outcome.BUILTIN:
        return "built in"
    targets = [target for target in use.targets if target.what != "import"]
    if targets:
        return _place(targets[0])
    known = use.outside or file.statements.get(use.text.split(".", 1)[0], "")
    return f"outside of the project: {known}" if known else "outside of the project"


def _place(target: Reach) -> str:
    if target.what == "module":
        return f"module {target.path}"
    return f"{target.what} in {target.path}, by {target.via}"


def _why(use: Reference, file: FileReferences) -> str:
    """Say why a use did not resolve."""
    part = _part(use)
    if part is Part.IMPORT:
        return "there is no such module, or no such name in it"
    if part is Part.NAME:
        statement = file.statements.get(use.text)
        return f"not found: {statement}" if statement else "nothing in scope binds it"
    owner, _, name = use.text.rpartition(".")
    known = file.types.get(use.slot, {}).get(owner)
    if known:
        return f"{owner} is {known}, and no {name} of that is known"
    what = "what stands in front of it" if owner.startswith("…") else owner
    unasked = f"; {file.unasked}" if file.unasked else ""
    return f"the type of {what} is not known, or has no {name}{unasked}"


def _parameters(
    file: FileReferences, index: int, contract: Contract, owner: Contract | None, seen: Seen
) -> Iterator[Explanation]:
    """Explain the parameters of a function; of a block, the names that it needs."""
    told = {part.name: part.type for part in (owner or contract).sections if part.kind == "param"}
    given = {_bare(part): part for part in owner.parameters} if owner is not None else {}
    slot = file.file.slots[index]
    types = file.types.get(index, {})
    for at, part in enumerate(contract.parameters):
        name = _bare(part)
        if name in seen.items:
            continue
        first = at == 0 or part.kind is ParameterKind.LIVE
        if first and name in _RECEIVERS and slot.kind is not AtomKind.FUNCTION:
            yield Explanation(name, Part.PARAMETER, True, "the receiver, of its class")
            continue
        declared = given.get(name) if part.kind is ParameterKind.LIVE else part
        known = _known(declared, told.get(name, "") or told.get(part.name, ""))
        if not known and types.get(name):
            known = f"inferred: {types[name]}"
        if known:
            yield Explanation(name, Part.PARAMETER, True, known)
        elif name in seen.looked_into:
            continue
        elif name in seen.called:
            why = "it is called, and what it takes and gives is not known"
            yield Explanation(name, Part.PARAMETER, False, why)
        else:
            yield Explanation(name, Part.PARAMETER, True, _HANDED_ON)


_HANDED_ON: Final = "its type does not matter here"


def _known(part: Parameter | None, told: str) -> str:
    """Say what tells the type of a parameter; nothing where nothing does."""
    if part is not None and part.annotation:
        return f"annotation {part.annotation}"
    if told:
        return f"docstring: {told}"
    if part is None:
        return ""
    if part.kind in (ParameterKind.VARIADIC, ParameterKind.KEYWORDS):
        return "whatever arguments there are"
    if part.default and _KNOWN_DEFAULT.fullmatch(part.default):
        return f"default {part.default}"
    return ""


def _result(
    contract: Contract, function: Contract, seen: Seen, types: Mapping[str, str]
) -> Explanation | None:
    """Explain what an atom hands back, where it does and no hole stands for it already."""
    if not (contract.gives or contract.yields):
        return None
    known = _declared_result(function)
    if not known and types["return"] not in _VAGUE:
        known = f"inferred: {types['return']}"
    if known:
        return Explanation("return", Part.RESULT, True, known)
    if contract.yields:
        return Explanation("return", Part.RESULT, False, "nothing tells what is yielded")
    vague: list[str] = []
    for given in contract.gives:
        text = given.removesuffix("()")
        if any(prefix in seen.items and not seen.items[prefix].resolved for prefix in _ways(text)):
            return None
        item = seen.items.get(text)
        typed = seen.items.get(f"{Part.PARAMETER}:{given}")
        typed = None if typed is not None and typed.how == _HANDED_ON else typed
        if not (given.startswith("=") or item or typed or types.get(text)):
            vague.append(given or "an expression")
    if vague:
        why = f"nothing tells the type of {', '.join(vague)}"
        return Explanation("return", Part.RESULT, False, why)
    shown = ", ".join(given.removeprefix("=") for given in contract.gives)
    return Explanation("return", Part.RESULT, True, f"what is handed back: {shown}")


def _ways(text: str) -> Iterator[str]:
    """Give a dotted name and each name in front of it."""
    while text:
        yield text
        text = text.rpartition(".")[0]


def _declared_result(function: Contract) -> str:
    if function.returns:
        return f"annotation {function.returns}"
    if function.name.rpartition(".")[2].partition("#")[0] in _KNOWN_RESULTS:
        return "the language's protocol"
    if function.overloads:
        return "its overloads"
    types = [part.type for part in function.sections if part.kind in ("returns", "yields")]
    return next((f"docstring: {told}" for told in types if told), "")
