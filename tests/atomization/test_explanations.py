"""What a reviewer is told of data flow, holes and criteria, whoever wrote the columns and when."""

from __future__ import annotations

from typing import Any

import pytest

from atomization.atom_service import AtomService
from atomization.explanations import (
    Item,
    flow_rows,
    holes,
    met,
    parameters,
    resolved,
    returned,
    unmet,
)
from atomization.parser import Language
from atomization.services import storable


def flow(**known: Any) -> dict[str, Any]:
    """Write the contract of a block as its column holds it."""
    empty = {"live_in": [], "live_out": [], "may_define": [], "effects": []}
    return {"flow": empty | known, "parameters": known.pop("parameters", [])}


def told(contract: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {row.label: row.names for row in flow_rows(contract)}


def test_a_blocks_flow_is_told_with_types_and_what_may_be_unbound() -> None:
    contract = flow(
        live_in=["total", "rate"],
        live_out=["total", "last"],
        may_define=["last"],
        mutates=["ledger[]"],
        kills=["error"],
    )
    contract["parameters"] = [{"name": "total", "annotation": "int"}]
    assert told(contract) == {
        "Needs": ("total: int", "rate"),
        "Leaves": ("total", "last (maybe unbound)"),
        "Changes": ("ledger[]",),
        "Unbinds": ("error",),
    }


@pytest.mark.parametrize(
    ("kind", "target", "sentence"),
    [
        ("return", "", "returns"),
        ("raise", "ValueError", "raises ValueError"),
        ("raise", "", "raises"),
        ("break", "12", "breaks the loop at line 12 of the file"),
        ("continue", "outer", "continues the loop outer"),
        ("nonlocal", "count", "rebinds count of the function around it"),
        ("dynamic", "locals", "reaches names by locals()"),
        ("something new", "", "something new"),
    ],
)
def test_each_effect_is_a_phrase(kind: str, target: str, sentence: str) -> None:
    effect = {"kind": kind, "target": target, "line": 1}
    assert told(flow(effects=[effect, effect])) == {"Does": (sentence,)}


def test_every_kind_of_effect_of_a_real_block_has_a_phrase() -> None:
    loop = (
        "def f(items):\n    global seen\n    for item in items:\n        seen = item\n"
        "        if item:\n            break\n        yield item\n        await item\n"
    )
    source = "async " + loop + "".join(f"        n{n} = item\n" for n in range(12))
    atoms = AtomService().atomize(source.encode(), Language.PYTHON).atoms
    phrases = {
        name
        for atom in atoms
        for row in flow_rows(storable(atom.contract))
        if row.label == "Does"
        for name in row.names
    }
    assert {"yields", "awaits"} <= phrases
    assert any(phrase.startswith("breaks the loop at line 3") for phrase in phrases)
    assert "rebinds the global seen" in phrases


@pytest.mark.parametrize("contract", [None, {}, {"flow": None}, {"signature": "def f():"}])
def test_what_has_no_flow_tells_none(contract: dict[str, Any] | None) -> None:
    assert flow_rows(contract) == []
    assert parameters(contract) == []
    assert returned(contract) == ""


def test_parameters_are_told_as_the_docstring_does() -> None:
    source = '''def area(side: int, unit: str = "m") -> int:
    """Give the area.

    Args:
        side: in metres.

    Returns:
        Square metres.
    """
    return side * side
'''
    contract = storable(AtomService().atomize(source.encode(), Language.PYTHON).atoms[0].contract)
    assert [(part["name"], part["text"]) for part in parameters(contract)] == [
        ("side", "in metres.")
    ]
    assert returned(contract) == "Square metres."


EXPLAINED = {
    "resolved": ["len", "side"],
    "unresolved": ["unit"],
    "explanations": [
        {"name": "len", "part": "name", "resolved": True, "how": "built in"},
        {"name": "unit", "part": "name", "resolved": False, "how": "nothing in scope binds it"},
    ],
}


def test_each_hole_says_why() -> None:
    assert holes(EXPLAINED) == [Item("unit", "name", "nothing in scope binds it")]
    assert resolved(EXPLAINED) == [Item("len", "name", "built in")]


def test_contexts_of_an_earlier_version_tell_names_alone() -> None:
    old = {"resolved": ["len"], "unresolved": ["unit"]}
    assert holes(old) == [Item("unit", "", "")]
    assert resolved(old) == [Item("len", "", "")]
    assert holes(None) == resolved({}) == []


def test_the_worst_criterion_comes_first() -> None:
    rows = [
        {"name": name, "passed": passed, "severity": severity, "score": score}
        for name, passed, severity, score in [
            ("size", True, "critical", 1.0),
            ("testable", False, "info", 0.1),
            ("complexity", False, "critical", 0.7),
            ("independence", False, "warning", 0.2),
        ]
    ]
    assert [row["name"] for row in unmet(rows)] == ["complexity", "independence", "testable"]
    assert [row["name"] for row in met(rows)] == ["size"]
    assert unmet(None) == met([]) == []
