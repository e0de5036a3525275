"""Which atom needs which, how hard, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dependencies.analyzer import Edge, EdgeKind, analyze, analyze_project
from dependencies.wave_generator import Policy, generate_waves
from tests.atomization.reading import project
from tests.atomization.test_lossless import DEEP, PIECES

MONEY = """\
from dataclasses import dataclass

from .errors import MoneyError

CENTS = 100


def check(amount: int) -> int:
    return limit(amount)


def limit(amount: int) -> int:
    return min(amount, CENTS)


FULL = check(CENTS)


@dataclass
class Money:
    cents: int

    def add(self, other: "Money") -> "Money":
        if self.cents < 0:
            raise MoneyError("x")
        return Money(self.cents + other.cents)

    def twice(self) -> "Money":
        return self.add(self)


class Tax(Money):
    rate: int = check(1)


def tax(amount: Money, share: int = FULL) -> Tax:
    return Tax(amount.twice().cents)
"""
FILES = {
    "m/__init__.py": "",
    "m/money.py": MONEY,
    "m/errors.py": "class MoneyError(Exception): ...\n",
}


def edges(files: Mapping[str, str | bytes] | str) -> dict[tuple[str, str, str], Edge]:
    """Analyze; edges by the two names and the kind."""
    sources = {"a.py": files} if isinstance(files, str) else files
    return {
        (edge.dependent.split("::")[1], edge.dependency.split("::")[1], edge.kind.value): edge
        for edge in analyze(project(sources))
    }


def hard(files: Mapping[str, str | bytes] | str) -> set[tuple[str, str]]:
    return {key[:2] for key, edge in edges(files).items() if edge.hard}


def test_a_name_needs_the_import_that_binds_it() -> None:
    edge = edges(FILES)["Money.add", "imports", "import"]
    assert not edge.hard
    assert edge.reason == "uses MoneyError, which is imported there"
    assert edge.line == 25
    assert edge.resolved_by == "import"


def test_an_import_needs_what_it_imports() -> None:
    edge = edges(FILES)["imports", "MoneyError", "import"]
    assert edge.dependency == "m/errors.py::MoneyError"


def test_a_call_in_a_body_needs_only_a_contract() -> None:
    edge = edges(FILES)["check", "limit", "function_call"]
    assert not edge.hard
    assert edge.reason == "calls limit"
    assert 0 < edge.strength < 1


def test_a_base_class_is_hard() -> None:
    edge = edges(FILES)["Tax", "Money", "type"]
    assert edge.hard
    assert edge.strength == 1
    assert "base class" in edge.reason


def test_a_decorator_is_hard_and_so_is_what_it_calls() -> None:
    found = hard("def wrap(f):\n    return help(f)\n\ndef help(f): ...\n\n@wrap\ndef g(): ...\n")
    assert {("g", "wrap"), ("g", "help")} <= found


def test_what_a_module_level_call_runs_is_hard_all_the_way() -> None:
    found = edges(FILES)
    assert found["FULL", "check", "function_call"].hard
    through = found["FULL", "limit", "function_call"]
    assert through.hard
    assert "runs check while its module is imported" in through.reason
    assert found["FULL", "CENTS", "data_flow"].hard


def test_a_default_argument_is_hard_on_its_value() -> None:
    found = edges(FILES)
    assert found["tax", "FULL", "data_flow"].hard
    assert found["Tax", "check", "function_call"].hard


def test_making_an_instance_at_import_needs_class_fields_and_constructor() -> None:
    source = (
        "class A:\n    x: int = 1\n\n    def __init__(self):\n        help()\n\n"
        "    def m(self): ...\n\ndef help(): ...\n\nTHE = A()\n"
    )
    found = hard(source)
    assert {("THE", "A"), ("THE", "A.__init__"), ("THE", "help")} <= found
    assert ("THE", "A.m") not in found


def test_a_function_named_at_import_is_not_run() -> None:
    source = "def f(): ...\n\nTABLE = {'f': f}\n"
    edge = edges(source)["TABLE", "f", "function_call"]
    assert not edge.hard


def test_an_annotation_is_a_contract_edge() -> None:
    assert not edges(FILES)["tax", "Money", "type"].hard


def test_members_stand_in_their_class() -> None:
    found = edges(FILES)
    assert not found["Money.add", "Money", "type"].hard


def test_a_method_reads_fields_and_calls_methods_of_its_class() -> None:
    found = edges(FILES)
    assert found["Money.twice", "Money.add", "function_call"].resolved_by == "self"
    assert found["Money.add", "Money", "data_flow"].resolved_by == "self"


def test_a_receiver_is_resolved_by_its_annotation() -> None:
    edge = edges(FILES)["tax", "Money.twice", "function_call"]
    assert edge.resolved_by == "annotation"
    assert edge.confidence == 0.9


def test_the_only_method_of_a_name_is_a_guess_of_low_confidence() -> None:
    source = "class A:\n    def settle_debts(self): ...\n\ndef f(x):\n    x.settle_debts()\n"
    edge = edges(source)["f", "A.settle_debts", "function_call"]
    assert edge.resolved_by == "unique-name"
    assert edge.confidence == 0.5
    two = source + "\nclass B:\n    def settle_debts(self): ...\n"
    assert ("f", "A.settle_debts", "function_call") not in edges(two)


def test_data_flows_hard_between_the_blocks_of_a_function() -> None:
    body = "".join(f"    x{number} = g(a)\n" for number in range(14))
    source = f"def g(a): ...\n\ndef f(a):\n{body}{body}    return x3\n"
    found = edges(source)
    assert found["f#block3", "f#block2", "data_flow"].hard
    assert found["f#block3", "f#block2", "data_flow"].reason == "reads x3, which line 21 sets"
    assert not found["f#block3", "f", "data_flow"].hard, "a parameter stands in the contract"
    assert not found["f#block2", "f", "temporal"].hard, "so does all of the function's head"
    assert not found["f#block2", "g", "function_call"].hard


def test_statements_with_effects_keep_their_order() -> None:
    source = "import web\n\napp = web.App()\n\napp.add(1)\n\nX = 1\n\napp.add(2)\n"
    found = edges(source)
    assert found["block2", "block1", "data_flow"].hard
    assert found["block2", "block1", "data_flow"].reason == "reads app, which line 5 changes"
    assert ("X", "block1", "temporal") not in found


def test_the_main_guard_runs_after_everything_and_orders_nothing() -> None:
    source = 'def main(): ...\n\nif __name__ == "__main__":\n    main()\n'
    assert not edges(source)["__main__", "main", "function_call"].hard


def test_a_cycle_is_a_fact_and_not_an_error() -> None:
    source = "def f(n):\n    return g(n)\n\ndef g(n):\n    return f(n)\n"
    found = edges(source)
    assert {("f", "g", "function_call"), ("g", "f", "function_call")} <= set(found)
    files = project({"a.py": source})
    nodes = [file.key(at) for file in files for at in range(len(file.slots))]
    plan = generate_waves(nodes, analyze(files), policy=Policy.STRICT)
    assert plan.cycles == (("a.py::f", "a.py::g"),)
    assert len(generate_waves(nodes, analyze(files), policy=Policy.CONTRACT).waves) == 1


def test_what_cannot_be_read_is_told_and_the_rest_is_analyzed() -> None:
    files = project({"a.py": "def f():\n    return g()\n\ndef bad(:\n\ndef g(): ...\n"})
    found = analyze_project(files)
    assert [(edge.dependent, edge.dependency) for edge in found.edges] == [("a.py::f", "a.py::g")]
    assert found.problems
    assert found.problems[0].path == "a.py"


def test_missing_modules_and_clashing_names_do_no_harm() -> None:
    files = {
        "a/x.py": "from nowhere import z\nfrom .gone import y\nfrom b.x import f\n\nz(y, f())\n",
        "b/x.py": "def f(): ...\n",
        "c/b/x.py": "def f(): ...\n",
    }
    found = analyze(project(files))
    assert "b/x.py::f" in {edge.dependency for edge in found}


def test_typescript_edges() -> None:
    found = edges(
        {
            "web/a.ts": (
                'import { Base, help, T } from "./b.js";\n\n'
                "export const LIMIT = help(1);\n\n"
                "export class C extends Base {\n  x = 1;\n\n"
                "  m(t: T): void {\n    this.n();\n  }\n\n"
                "  n(): number {\n    return help(LIMIT);\n  }\n}\n"
            ),
            "web/b.ts": (
                "export class Base {}\n\nexport interface T { a: number }\n\n"
                "export function help(a: number): number {\n  return a;\n}\n"
            ),
        }
    )
    assert found["C", "Base", "type"].hard
    assert found["LIMIT", "help", "function_call"].hard
    assert not found["C.n", "help", "function_call"].hard
    assert not found["C.m", "T", "type"].hard
    assert found["C.m", "C.n", "function_call"].resolved_by == "self"
    assert found["C.n", "imports", "import"].kind is EdgeKind.IMPORT
    assert found["imports", "help", "import"].dependency == "web/b.ts::help"


def test_analysis_is_deterministic_and_plain() -> None:
    first, second = analyze(project(FILES)), analyze(project(FILES))
    assert first == second
    json.dumps([edge.to_json() for edge in first])


def test_every_edge_can_answer_for_itself() -> None:
    files = project(FILES)
    lines = {file.path: file.text.count("\n") + 1 for file in files}
    keys = {file.key(at) for file in files for at in range(len(file.slots))}
    for edge in analyze(files):
        assert edge.reason
        assert edge.resolved_by
        assert {edge.dependent, edge.dependency} <= keys
        assert edge.dependent != edge.dependency
        assert 1 <= edge.line <= lines[edge.dependent.split("::")[0]]
        assert 0 < edge.confidence <= 1
        assert 0 < edge.strength <= 1


@settings(deadline=None, max_examples=100)
@given(st.lists(PIECES, max_size=30).map(b"".join), st.sampled_from(["a.py", "a.ts", "a.js"]))
def test_no_source_is_too_odd(source: bytes, path: str) -> None:
    found = analyze(project({path: source, "b.py": b"from a import *\n"}))
    assert all(edge.dependent != edge.dependency for edge in found)


@pytest.mark.parametrize("path", ["a.py", "a.ts"])
@pytest.mark.parametrize("name", DEEP)
def test_no_source_is_too_deep(name: str, path: str) -> None:
    assert isinstance(analyze(project({path: DEEP[name]})), list)


def test_fifty_thousand_calls_in_one_function() -> None:
    source = "def g(x): ...\n\ndef f(x):\n" + "    x = g(x)\n" * 50_000
    found = analyze(project({"a.py": source}))
    assert len(found) > 4_000
