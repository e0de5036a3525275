"""The ten criteria as a whole, and those of form: each missed for its own reason, and no other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from atomization.context_injector import build_contexts
from atomization.contracts import Contract, contract_of
from atomization.decomposer import slots_of
from atomization.flow.model import Effect, EffectKind, Flow
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.project import ProjectFile
from atomization.reading import read
from atomization.validator import WEIGHTS, Criterion, Severity, criteria, score
from tests.atomization.judging import block, context_of, judged, measured, slot_of

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


def missed(found: dict[str, Criterion]) -> list[str]:
    """Name the criteria that an atom misses."""
    return [name for name, criterion in found.items() if not criterion.passed]


def test_there_are_ten_and_their_weights_add_up() -> None:
    assert list(measured(GOOD, "total")) == list(WEIGHTS)
    assert len(WEIGHTS) == 10
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_a_good_function_meets_all_of_them() -> None:
    found = measured(GOOD, "total")
    assert missed(found) == []
    assert score(found.values()) == 1.0


def test_a_constant_is_not_asked_what_only_functions_are() -> None:
    found = measured(GOOD, "LIMIT")
    assert score(found.values()) == 1.0
    assert "no function" in found["testable"].evidence


def test_the_score_is_the_weighted_sum() -> None:
    found = measured("def f(a: int) -> int:\n    return missing(a)\n")
    expected = sum(WEIGHTS[name] * criterion.score for name, criterion in found.items())
    assert score(found.values()) == pytest.approx(expected, abs=1e-4)
    assert score(found.values()) < 1


def test_one_atom_alone_is_judged_as_it_is_in_its_file() -> None:
    (slot,) = (
        slot for slot in slots_of(read(GOOD.encode(), Language.PYTHON)) if slot.name == "total"
    )
    together = measured(GOOD, "total")
    context = build_contexts([ProjectFile("a.py", Language.PYTHON, (slot,))])["a.py::total"]
    alone = {item.name: item for item in criteria(slot, context)}
    for name in set(WEIGHTS) - {"complete context"}:
        assert alone[name] == together[name]


def test_criteria_are_plain_data() -> None:
    json.dumps([criterion.to_json() for criterion in measured(GOOD, "total").values()])


BAD = {
    "single responsibility": (
        "def f(a: list[int], b: list[int]) -> None:\n    x = a[0] + 1\n    a.append(x)\n"
        "    y = b[0] + 1\n    b.append(y)\n"
    ),
    "independence": "def f(a: int) -> None:\n    global x\n    x = a\n",
    "complete context": "def f(a: int) -> int:\n    return missing(a)\n",
    "testable": "def go(a: int) -> None: ...\n\n\ndef f(a: int) -> None:\n    go(a)\n",
    "deterministic": "import random\n\n\ndef f(a: int) -> float:\n    return random.random() * a\n",
    "side effects": "def f(a: int) -> int:\n    print(a)\n    return a\n",
    "inputs and outputs": "def f(a, b: int):\n    return a\n",
}
REASONS = {
    "single responsibility": "2 strands",
    "independence": "rebinds x",
    "complete context": "not: missing",
    "testable": "only calls of others",
    "deterministic": "random.random (chance)",
    "side effects": "print",
    "inputs and outputs": "1 of 3",
}
SCRIPT = {
    "single responsibility": (
        "function f(a: number[], b: number[]): void {\n  const x = a[0];\n  a.push(x);\n"
        "  const y = b[0];\n  b.push(y);\n}\n"
    ),
    "independence": "let total = 0;\nfunction f(a: number): void {\n  total = a;\n}\n",
    "complete context": "function f(a: number): number {\n  return missing(a);\n}\n",
    "testable": "declare function go(a: A): void;\nfunction f(a: A): void { go(a); }\ntype A=1;\n",
    "deterministic": "function f(a: number): number {\n  return Math.random() * a;\n}\n",
    "side effects": "function f(a: number): number {\n  fetch(`/${a}`);\n  return a;\n}\n",
    "inputs and outputs": "function f(a, b: number) {\n  return a;\n}\n",
}
SCRIPT_REASONS = REASONS | {
    "independence": "rebinds total",
    "deterministic": "Math.random (chance)",
    "side effects": "fetch",
}


@pytest.mark.parametrize("path", ["a.py", "a.ts"])
@pytest.mark.parametrize("name", BAD)
def test_a_miss_is_measured_with_evidence_and_a_way_out(name: str, path: str) -> None:
    source = BAD[name] if path == "a.py" else SCRIPT[name]
    reason = REASONS[name] if path == "a.py" else SCRIPT_REASONS[name]
    criterion = measured(source, path=path)[name]
    assert not criterion.passed
    assert criterion.score < 1
    assert reason in criterion.evidence
    assert criterion.suggestion


@pytest.mark.parametrize("path", ["a.py", "a.ts"])
@pytest.mark.parametrize("name", sorted(set(BAD) - {"independence", "inputs and outputs"}))
def test_a_fault_is_counted_once(name: str, path: str) -> None:
    source = BAD[name] if path == "a.py" else SCRIPT[name]
    assert missed(measured(source, path=path)) == [name]


def test_size_is_full_up_to_the_target_and_falls_to_the_limit() -> None:
    def scored(loc: int, reason: str = "") -> Criterion:
        slot = replace(slot_of("x = 1\n"), loc=loc, irreducible=reason)
        return criteria(slot, context_of())[0]

    assert [scored(loc).score for loc in (1, 10)] == [1, 1]
    assert scored(15).score == pytest.approx(0.8)
    assert scored(15).passed
    assert scored(16).score < 0.8
    assert not scored(16).passed
    assert scored(16).severity is Severity.CRITICAL


def test_an_irreducible_atom_is_told_of_and_not_held_against() -> None:
    slot = replace(slot_of("x = 1\n"), loc=30, complexity=6, irreducible="one statement")
    size, complexity = criteria(slot, context_of())[:2]
    for found in (size, complexity):
        assert found.passed
        assert found.score < 0.5
        assert found.severity is Severity.INFO
        assert "irreducible: one statement" in found.evidence


def test_complexity_is_full_up_to_two() -> None:
    def scored(complexity: int) -> Criterion:
        return criteria(replace(slot_of("x = 1\n"), complexity=complexity), context_of())[1]

    assert [scored(number).score for number in (1, 2)] == [1, 1]
    assert scored(4).score == 0.5
    assert not scored(4).passed
    assert "complexity 4" in scored(4).evidence


def test_asserts_are_decisions_except_in_a_test() -> None:
    body = "    assert a\n    assert b\n    assert a == b\n"
    test = measured(f"def test_f(a, b):\n{body}", "test_f")["complexity"]
    assert test.score == 1
    assert "complexity 1" in test.evidence
    assert "3 asserts" in test.evidence
    deciding = "    c = a if b else a and b or go(a)\n    assert c\n"
    assert measured(f"def test_f(a, b):\n{deciding}", "test_f")["complexity"].score == 0.5
    slot = replace(slot_of("def f(a):\n    assert a\n    assert a\n"), complexity=3)
    assert criteria(slot, context_of())[1].score < 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def f(a, b):\n    x = a + 1\n    y = b + x\n    return y\n"),
        ("a.py", "def f(self):\n    self.a()\n    self.b()\n    self.c()\n"),
        ("a.py", "def f(a):\n    go()\n    return a\n"),
        ("a.py", "def f(a):\n    @a\n    class g: pass\n    return a(g)\n"),
        ("a.ts", "function f(a) {\n  const g = (b) => b;\n  return a(g);\n}\n"),
        ("a.py", "def f(self, a):\n    super().f(a.b)\n    self.a()\n"),
        ("a.py", "def f(a, b):\n    x = a\n    y = b\n    return x, y\n"),
        ("a.ts", "function f(a, b) {\n  const x = a;\n  const y = b;\n  return [x, y];\n}\n"),
        ("a.ts", "const f = (a) => {\n  const { x, y: z } = a;\n  g(x);\n  h(z);\n};\n"),
    ],
)
def test_statements_that_share_a_name_are_one_responsibility(path: str, source: str) -> None:
    found = measured(source, path=path)["single responsibility"]
    assert found.score == 1, found.evidence


def test_a_block_that_prepares_names_for_the_next_does_one_thing() -> None:
    code = "    found = []\n    seen = set()\n    left = 1\n"
    flow = Flow(live_out=("found", "seen", "left"))
    assert block(code, flow)["single responsibility"].score == 1
    apart = "    found = g(a)\n    found.go(a)\n    seen = g(b)\n    seen.go(b)\n"
    flow = Flow(live_in=("a", "b"), live_out=("found", "seen"))
    assert block(apart, flow)["single responsibility"].score == 0.5


def test_a_statement_that_goes_on_elsewhere_is_no_strand_of_its_own() -> None:
    calls = "".join(f"        h({number})\n" for number in range(20))
    source = f"def f(a: int, b: int) -> None:\n    g(a)\n    a.go()\n    if b:\n{calls}"
    found = measured(source)
    assert "ends inside the if of line 4" in found["clear boundaries"].evidence
    assert found["single responsibility"].score == 1


def test_handing_one_name_back_is_no_strand_of_its_own() -> None:
    back = "def f(a: list[int], b: int) -> int:\n    a.append(1)\n    a.sort()\n    return b\n"
    assert measured(back)["single responsibility"].score == 1
    more = back.replace("return b", "return b + c").replace("b: int", "b: int, c: int")
    assert not measured(more)["single responsibility"].passed


def test_names_of_types_attributes_and_keywords_join_nothing() -> None:
    source = (
        "def f(a, b):\n    x: str = a.name\n    x.go(key=x)\n    y: str = b.name\n    y.go(key=y)\n"
    )
    assert measured(source)["single responsibility"].score == 0.5


def test_a_syntax_error_is_a_critical_fault_of_the_boundaries() -> None:
    for path, source in (("a.py", "def f(:\n    pass\n"), ("a.ts", "function f( {\n  return 1\n")):
        (found,) = (answers["clear boundaries"] for answers in judged(source, path).values())
        assert not found.passed
        assert found.score == 0
        assert found.severity is Severity.CRITICAL


def test_an_error_in_one_atom_is_no_fault_of_the_others() -> None:
    found = judged("def f():\n    return (\n\n\ndef g(a):\n    return a\n\n\nx = 1\n")
    faults = [name for name, answers in found.items() if answers["clear boundaries"].score == 0]
    assert faults
    assert len(faults) < len(found)


def test_a_cut_through_a_statement_costs_boundaries() -> None:
    body = "".join(f"        g(x, {number})\n" for number in range(28))
    found = judged(f"def f(a):\n    for x in a:\n{body}    return a\n")
    told = [answers["clear boundaries"].evidence for answers in found.values()]
    assert any("ends inside the for of line 2" in evidence for evidence in told)
    assert all(answers["clear boundaries"].passed for answers in found.values())


def test_an_arm_begins_inside_its_statement() -> None:
    calls = "".join(f"        g(a, {number})\n" for number in range(14))
    found = judged(f"def f(a):\n    if a:\n{calls}    else:\n{calls}")
    told = {name: answers["clear boundaries"] for name, answers in found.items()}
    arms = [item for item in told.values() if "begins inside the else" in item.evidence]
    assert len(arms) == 1
    assert arms[0].score < 1


def test_an_arm_in_typescript_begins_inside_its_statement() -> None:
    calls = "".join(f"    g(a, {number});\n" for number in range(14))
    source = f"function f(a: number) {{\n  if (a) {{\n{calls}  }} else {{\n{calls}  }}\n}}\n"
    told = [answers["clear boundaries"].evidence for answers in judged(source, "a.ts").values()]
    assert sum("begins inside the else" in evidence for evidence in told) == 1
    assert not any("begins inside the if" in evidence for evidence in told)


def test_jumps_over_a_boundary_cost_boundaries() -> None:
    jump = Effect(EffectKind.BREAK, "3", 5)
    found = block("    if a:\n        break\n", Flow(live_in=("a",), effects=(jump,)))
    assert "jumps out: break of line 3" in found["clear boundaries"].evidence
    assert found["clear boundaries"].score == 0.9
    without = block("    g(a)\n", Flow(live_in=("a",)))
    assert without["clear boundaries"].score == 1


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def f(self):\n        pass\n",
        "def f(a):\n    with a:\n" + "        g(a)\n" * 30,
        "@dec\nclass A:\n    x = 1\n\n    @dec\n    def f(self):\n        return 1\n",
    ],
)
def test_slots_of_valid_code_have_clear_boundaries(source: str) -> None:
    for name, answers in judged(source).items():
        assert answers["clear boundaries"].passed, name


def test_a_block_that_is_handed_much_is_less_independent() -> None:
    names = tuple(f"v{number}" for number in range(8))
    code = f"    h({', '.join(names)})\n"
    found = block(code, Flow(live_in=names))["independence"]
    assert not found.passed
    assert "takes 8 names" in found.evidence
    few = block(code, Flow(live_in=names[:5]))["independence"]
    assert few.passed
    assert few.score == 1


def test_the_parameters_of_its_function_are_not_its_siblings() -> None:
    every = ", ".join(f"a{number}" for number in range(8))
    calls = "".join(f"    g({every}, {number})\n" for number in range(30))
    found = judged(f"def f({every}):\n{calls}")
    assert len(found) > 1
    assert all(answers["independence"].passed for answers in found.values())


@pytest.mark.parametrize(
    ("path", "source", "shared"),
    [
        ("a.py", "TABLE = {}\n\n\ndef f(a: int) -> None:\n    TABLE[a] = 1\n", "TABLE[]"),
        ("a.py", "NAMES = []\n\n\ndef f(a: str) -> None:\n    NAMES.append(a)\n", "NAMES"),
        ("a.py", "class A:\n    def f(cls, a):\n        cls.seen = a\n", "cls.seen"),
        (
            "a.ts",
            "const names: string[] = [];\nfunction f(a: string) { names.push(a); }\n",
            "names",
        ),
    ],
)
def test_changing_what_siblings_share_ties_an_atom_to_them(
    path: str, source: str, shared: str
) -> None:
    name = "A.f" if "class A" in source else "f"
    found = measured(source, name, path)["independence"]
    assert not found.passed
    assert f"changes {shared}, which it shares" in found.evidence


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def f(a: dict) -> None:\n    a['x'] = 1\n"),
        ("a.py", "def f() -> list:\n    found = []\n    found.append(1)\n    return found\n"),
        ("a.ts", "function f(): number[] {\n  const a = [];\n  a.push(1);\n  return a;\n}\n"),
        ("a.ts", "function f(n: number): number {\n  let i = 0;\n  i += n;\n  return i;\n}\n"),
    ],
)
def test_changing_what_is_its_own_or_handed_to_it_is_no_tie(path: str, source: str) -> None:
    assert measured(source, path=path)["independence"].score == 1


def test_what_an_imported_module_does_is_no_change_of_the_module() -> None:
    context = replace(context_of(), imports=("import os",))
    contract = Contract("f#block2", "block", "", "", flow=Flow(live_in=("a",), mutates=("os",)))
    slot = slot_of("    os.remove(a)\n", AtomKind.BLOCK, "f#block2")
    found = {item.name: item for item in criteria(slot, context, contract)}
    assert found["independence"].passed
    assert not found["side effects"].passed


def test_deleting_an_import_lowers_the_context() -> None:
    source = "import os\n\n\ndef f(a: str) -> str:\n    return os.path.join(a, a)\n"
    whole = measured(source)["complete context"]
    lacking = measured(source.replace("import os\n", ""))["complete context"]
    assert whole.score == 1
    assert lacking.score < whole.score
    assert not lacking.passed
    assert "os" in lacking.evidence


def test_a_contract_is_read_where_none_is_given() -> None:
    slot = slot_of("def f(a: int) -> int:\n    return a\n")
    given = criteria(slot, context_of(), contract_of(slot, Language.PYTHON))
    assert criteria(slot, context_of()) == given
