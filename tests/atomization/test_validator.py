"""Each criterion is met by good code and missed for its own reason by bad code."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from atomization.context_injector import build_contexts
from atomization.validator import WEIGHTS, Criterion, Severity, criteria, score
from tests.atomization.reading import project

GOOD = '''\
"""Sums."""

LIMIT = 3


def total(amounts: list[int], *, start: int = 0) -> int:
    """Sum amounts.

    >>> total([1, 2])
    3
    """
    result = start + sum(amounts)
    return min(result, LIMIT)
'''


def measured(source: str, name: str = "f", path: str = "a.py") -> dict[str, Criterion]:
    (file,) = project({path: source})
    (slot,) = [slot for slot in file.slots if slot.name == name]
    context = build_contexts([file])[f"{path}::{name}"]
    found = criteria(slot, context, language=file.language)
    return {criterion.name: criterion for criterion in found}


def test_there_are_ten_and_their_weights_add_up() -> None:
    assert list(measured(GOOD, "total")) == list(WEIGHTS)
    assert len(WEIGHTS) == 10
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_a_good_function_meets_all_of_them() -> None:
    found = measured(GOOD, "total")
    assert [name for name, criterion in found.items() if not criterion.passed] == []
    assert score(found.values()) == 1.0


def test_a_constant_is_not_asked_what_only_functions_are() -> None:
    found = measured(GOOD, "LIMIT")
    assert score(found.values()) == 1.0
    assert "no function" in found["testable"].evidence


LONG = "TABLE = [\n" + "    1,\n" * 16 + "]\n"
BAD = {
    "complexity": "def f(a: int) -> int:\n    if a:\n        a = 1 if a > 2 else 2\n    return a\n",
    "single responsibility": (
        "def f(a: int, b: int) -> None:\n    x = a + 1\n    a.go = x\n    y = b + 1\n    b.go = y\n"
    ),
    "independence": "def f(a: int) -> None:\n    global x\n    x = a\n",
    "complete context": "def f(a: int) -> int:\n    return missing(a)\n",
    "testable": "def f(a: list[int]) -> None:\n    a.sort()\n",
    "deterministic": "import random\n\n\ndef f(a: int) -> float:\n    return random.random() * a\n",
    "side effects": "def f(a: int) -> int:\n    print(a)\n    return a\n",
    "inputs and outputs": "def f(a, b: int):\n    return a\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_miss_is_measured_with_evidence_and_a_way_out(name: str) -> None:
    criterion = measured(BAD[name])[name]
    assert not criterion.passed
    assert criterion.score < 1
    assert criterion.evidence
    assert criterion.suggestion


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("complexity", "complexity 3"),
        ("single responsibility", "2 strands"),
        ("independence", "rebinds x"),
        ("complete context", "not: missing"),
        ("deterministic", "random.random"),
        ("side effects", "print"),
        ("inputs and outputs", "1 of 3"),
    ],
)
def test_the_evidence_names_what_was_found(name: str, evidence: str) -> None:
    assert evidence in measured(BAD[name])[name].evidence


def test_a_long_atom_scores_less_and_passes_only_when_it_cannot_be_cut() -> None:
    found = measured(LONG, "TABLE")["size"]
    assert found.passed
    assert found.score < 0.6
    assert "irreducible" in found.evidence


def test_too_long_an_answer_misses_the_size() -> None:
    (file,) = project({"a.py": LONG})
    context = build_contexts([file])["a.py::TABLE"]
    (found, *_) = criteria(replace(file.slots[0], irreducible=""), context)
    assert not found.passed
    assert found.severity is Severity.CRITICAL


def test_a_block_that_takes_too_much_from_its_siblings_is_not_independent() -> None:
    names = [f"v{number}" for number in range(8)]
    head = "".join(f"    {name} = g()\n" for name in names)
    tail = f"    return h({', '.join(names)})\n"
    source = f"def f():\n{head * 4}{tail}"
    (file,) = project({"a.py": source})
    found = measured(source, file.slots[-1].name)["independence"]
    assert found.passed
    lone = f"def f():\n{head * 4}    if v0:\n" + "        g()\n" * 12 + f"    {tail}"
    (file,) = project({"a.py": lone})
    found = measured(lone, file.slots[-1].name)["independence"]
    assert not found.passed
    assert "takes 8 names" in found.evidence


def test_a_declared_effect_is_no_fault() -> None:
    source = 'def f(a: int) -> int:\n    """Print the amount."""\n    print(a)\n    return a\n'
    found = measured(source)["side effects"]
    assert found.passed
    assert found.score < 1


def test_a_text_that_is_no_statement_has_no_clear_boundaries() -> None:
    source = "def f(:\n    pass\n"
    (file,) = project({"a.py": source})
    found = measured(source, file.slots[0].name)["clear boundaries"]
    assert not found.passed
    assert found.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def f(self):\n        pass\n",
        "def f(a):\n    for x in a:\n" + "        g(x)\n" * 30 + "    else:\n        h()\n",
        "def f(a):\n    try:\n" + "        g()\n" * 20 + "    except E:\n        h()\n",
    ],
)
def test_every_slot_of_valid_code_has_clear_boundaries(source: str) -> None:
    (file,) = project({"a.py": source})
    contexts = build_contexts([file])
    for slot in file.slots:
        found = {item.name: item for item in criteria(slot, contexts[f"a.py::{slot.name}"])}
        assert found["clear boundaries"].passed, slot.name


def test_typescript_is_measured_too() -> None:
    source = (
        "export class C {\n  m(a: number): number {\n    return a + Math.random();\n  }\n"
        "  n(a) { console.log(a); }\n}\n"
    )
    found = measured(source, "C.m", "a.ts")
    missed = [name for name, criterion in found.items() if not criterion.passed]
    assert missed in (["deterministic"], [])
    untyped = measured(source, "C.n", "a.ts")["inputs and outputs"]
    assert not untyped.passed
    assert untyped.evidence.startswith("0 of 2")


def test_criteria_are_plain_data() -> None:
    json.dumps([criterion.to_json() for criterion in measured(GOOD, "total").values()])
