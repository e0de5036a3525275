"""What contract, context and criteria tell, in the order in which a reviewer needs it.

All of it is read from JSON columns that may have been written by an earlier version: what is
missing there is left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Data = Mapping[str, Any]

_SEVERITIES: Final = {"critical": 0, "warning": 1, "info": 2}
_AIMED: Final = {
    "raise": "raises {}",
    "global": "rebinds the global {}",
    "nonlocal": "rebinds {} of the function around it",
    "dynamic": "reaches names by {}()",
}
_EFFECTS: Final = {
    "return": "returns",
    "break": "breaks the loop",
    "continue": "continues the loop",
    "yield": "yields",
    "yield_from": "yields from another generator",
    "await": "awaits",
    "raise": "raises",
    "this": "uses this",
    "super": "uses super",
    "arguments": "uses arguments",
    "new_target": "uses new.target",
}


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One line of a block's data flow: what is told, of which names, and why it matters."""

    label: str
    names: tuple[str, ...]
    meaning: str


def flow_rows(contract: Data | None) -> list[FlowRow]:
    """Tell the data flow of a statement block; nothing for what has none."""
    flow = (contract or {}).get("flow")
    if not contract or not flow:
        return []
    types = {
        part["name"]: part.get("annotation", "")
        for part in contract.get("parameters", ())
        if part.get("annotation")
    }
    maybe = set(flow.get("may_define", ()))
    leaves = [f"{name} (maybe unbound)" if name in maybe else name for name in flow["live_out"]]
    needs = [f"{name}: {types[name]}" if name in types else name for name in flow["live_in"]]
    rows = [
        FlowRow("Needs", tuple(needs), "bound before it begins"),
        FlowRow("Leaves", tuple(leaves), "used after it"),
        FlowRow("Does", tuple(dict.fromkeys(_effects(flow))), "beside computing values"),
        FlowRow("Changes", tuple(flow.get("mutates", ())), "in place"),
        FlowRow("Unbinds", tuple(flow.get("kills", ())), "not there any more after it"),
        FlowRow("Shares", tuple(flow.get("captured", ())), "with functions that outlive it"),
        FlowRow("Reads", tuple(flow.get("free", ())), "from outside of the function"),
    ]
    return [row for row in rows if row.names]


def _effects(flow: Data) -> Iterator[str]:
    for effect in flow.get("effects", ()):
        kind, target = effect["kind"], str(effect.get("target") or "")
        if target and kind in _AIMED:
            yield _AIMED[kind].format(target)
        elif target and kind in {"break", "continue"}:
            where = f"at line {target} of the file" if target.isdigit() else target
            yield f"{_EFFECTS[kind]} {where}"
        else:
            yield _EFFECTS.get(kind, kind)


def parameters(contract: Data | None) -> list[Data]:
    """Give the parameters that a docstring, an annotation or a default tells something of."""
    if not contract or contract.get("flow"):
        return []
    told = {part["name"]: part["text"] for part in _sections(contract, "param")}
    return [
        {**part, "text": told[name]}
        for part in contract.get("parameters", ())
        for name in [str(part["name"]).lstrip("*.").rstrip("?")]
        if told.get(name)
    ]


def returned(contract: Data | None) -> str:
    """Tell what a docstring says of the result."""
    return " ".join(part["text"] for part in _sections(contract or {}, "returns"))


def _sections(contract: Data, kind: str) -> list[Data]:
    return [part for part in contract.get("sections", ()) if part.get("kind") == kind]


@dataclass(frozen=True, slots=True)
class Item:
    """One counted item of a context: what it is called, what it is, and what became of it."""

    name: str
    part: str
    how: str


def holes(context: Data | None) -> list[Item]:
    """Give what did not resolve, each with the reason."""
    known = context or {}
    found = [_item(row) for row in known.get("explanations", ()) if not row["resolved"]]
    told = {item.name for item in found}
    return [
        *found,
        *(Item(name, "", "") for name in known.get("unresolved", ()) if name not in told),
    ]


def resolved(context: Data | None) -> list[Item]:
    """Give what resolved, each with what it resolved to."""
    known = context or {}
    rows = known.get("explanations")
    if rows is None:
        return [Item(name, "", "") for name in known.get("resolved", ())]
    return [_item(row) for row in rows if row["resolved"]]


def _item(row: Data) -> Item:
    return Item(row["name"], row["part"], row["how"])


def unmet(criteria: Sequence[Data] | None) -> list[Data]:
    """Give the criteria that are not met, the most severe first."""
    missed = [item for item in criteria or () if not item["passed"]]
    return sorted(missed, key=lambda item: (_SEVERITIES.get(item["severity"], 3), item["score"]))


def met(criteria: Sequence[Data] | None) -> list[Data]:
    """Give the criteria that are met."""
    return [item for item in criteria or () if item["passed"]]
