"""How slots and what is known of them become columns."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from atomization.contracts import Contract
from atomization.decomposer import Slot

MAX_NAME = 300


def atom_name(name: str) -> str:
    """Return a slot's name, shortened by a digest where the column could not hold it."""
    if len(name) <= MAX_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return f"{name[: MAX_NAME - 13]}~{digest[:12]}"


def described(slot: Slot, contract: Contract) -> dict[str, Any]:
    """Return the columns of an atom that follow from its file alone."""
    return {
        "kind": slot.kind.value,
        "name": atom_name(slot.name),
        "code": slot.code,
        "signature": storable_text(slot.signature),
        "loc": slot.loc,
        "complexity": max(1, slot.complexity),
        "irreducible": slot.irreducible[:200],
        "contract": storable(contract),
    }


def storable(value: Any) -> Any:
    """Return a dataclass as JSON data without the characters that PostgreSQL's JSON refuses."""
    data = value.to_json() if hasattr(value, "to_json") else asdict(value)
    return json.loads(storable_text(json.dumps(data, ensure_ascii=False, default=str)))


def storable_text(text: str) -> str:
    """Return `text` with NUL and lone surrogates replaced, for columns that only describe code."""
    return (
        text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        .replace("\\u0000", "\\ufffd")
        .encode("utf-8", "replace")
        .decode("utf-8")
    )
