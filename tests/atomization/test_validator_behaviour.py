"""The criteria of behaviour: inputs and outputs, testability, determinism, side effects."""

from __future__ import annotations

import pytest

from atomization.flow.model import Effect, EffectKind, Flow
from atomization.validator import Severity
from tests.atomization.judging import block, judged, measured


def test_known_types_make_a_third_of_clear_inputs_and_outputs() -> None:
    typed = measured("def f(a: int, b: str) -> int:\n    return g(a, b)\n")
    bare = measured("def f(a, b):\n    return g(a, b)\n")
    assert typed["inputs and outputs"].score == 1
    assert bare["inputs and outputs"].score == 0.6667
    assert not bare["inputs and outputs"].passed
    assert "not: a, b, the result" in bare["inputs and outputs"].evidence


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def f(a=1, b='x', c=()):\n    return a == b\n"),
        (
            "a.py",
            'def f(a):\n    """:param int a: it\n    :rtype: int\n    """\n    return a\n',
        ),
        ("a.py", "def f():\n    return f'{1}'\n"),
        ("a.py", "def f():\n    return sorted([1])\n"),
        ("a.ts", "function f(a = 1, b = 'x') {\n  return a === b;\n}\n"),
        (
            "a.js",
            "/**\n * @param {number} a\n * @returns {number}\n */\nfunction f(a) { return a; }\n",
        ),
        ("a.ts", "const f = (a: number) => ({ a });\n"),
    ],
)
def test_a_type_that_is_told_otherwise_is_known(path: str, source: str) -> None:
    found = measured(source, path=path)["inputs and outputs"]
    assert found.score == 1, found.evidence


def test_a_default_of_none_tells_no_type() -> None:
    found = measured("def f(a=None) -> int:\n    return 1\n")["inputs and outputs"]
    assert "not: a" in found.evidence


def test_types_that_the_language_lays_down_are_known() -> None:
    source = "class A:\n    def __eq__(self, other):\n        return self.a == other.a\n"
    assert measured(source, "A.__eq__")["inputs and outputs"].score == 1
    source = "class A:\n    def __len__(self):\n        return self.a\n"
    assert measured(source, "A.__len__")["inputs and outputs"].score == 1


def test_a_result_whose_type_the_context_knows_is_known() -> None:
    source = "def g() -> int: ...\n\n\ndef f():\n    return g()\n"
    assert measured(source)["inputs and outputs"].score == 1


def test_a_function_that_gives_nothing_has_a_known_result() -> None:
    assert measured("def f():\n    g()\n")["inputs and outputs"].score == 1
    assert measured("def f():\n    return g()\n")["inputs and outputs"].score == 0.6667


def test_many_parameters_are_unclear() -> None:
    every = ", ".join(f"a{number}: int" for number in range(10))
    found = measured(f"def f({every}) -> None:\n    g(a0)\n")["inputs and outputs"]
    assert "10 parameters" in found.evidence
    assert found.score == 0.8333


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def f(a: int):\n    if a:\n        return 1\n"),
        ("a.py", "def f(a: int):\n    for b in g(a):\n        return 1\n"),
        ("a.py", "def f(a: int):\n    if a:\n        return 1\n    return\n"),
        ("a.ts", "function f(a: number) {\n  if (a) {\n    return 1;\n  }\n}\n"),
    ],
)
def test_a_result_on_some_paths_only_is_unclear(path: str, source: str) -> None:
    found = measured(source, path=path)["inputs and outputs"]
    assert "none on others" in found.evidence
    assert not found.passed


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def f(a: int):\n    if a:\n        return 1\n    else:\n        return 2\n"),
        ("a.py", "def f(a: int):\n    try:\n        return 1\n    except E:\n        raise\n"),
        ("a.py", "def f(a: int):\n    while True:\n        return 1\n"),
        ("a.py", "def f(a: int):\n    with g(a):\n        return 1\n"),
        ("a.py", "def f(a: int) -> int | None:\n    if a:\n        return 1\n"),
        ("a.py", "def f(a: int):\n    def g():\n        return 1\n    h(g)\n"),
        ("a.ts", "function f(a: number) {\n  if (a) {\n    return 1;\n  } else return 2;\n}\n"),
        (
            "a.ts",
            "function f(a: number) {\n  switch (a) { case 1: return 1; default: return 2; }\n}\n",
        ),
        ("a.ts", "function f(a: A) {\n  a.each((b) => { return b; });\n}\n"),
    ],
)
def test_a_result_on_every_path_or_on_none_is_clear(path: str, source: str) -> None:
    evidence = measured(source, path=path)["inputs and outputs"].evidence
    assert "none on others" not in evidence


def test_a_split_function_answers_for_the_results_of_its_blocks() -> None:
    calls = "".join(f"    a = g(a, {number})\n" for number in range(30))
    found = judged(f"def f(a: int):\n{calls}    return h(a)\n")["f"]["inputs and outputs"]
    assert "not: the result" in found.evidence
    without = judged(f"def f(a: int):\n{calls}")["f"]["inputs and outputs"]
    assert without.score == 1


def test_a_block_is_clear_by_what_it_is_handed_and_hands_on() -> None:
    clear = block("    b = g(a)\n", Flow(live_in=("a",), live_out=("b",)))["inputs and outputs"]
    assert clear.score == 1
    assert "takes a; hands on b" in clear.evidence
    names = tuple("abcdefghij")
    much = block("    g()\n", Flow(live_in=names, live_out=names[:6]))["inputs and outputs"]
    assert much.score == 0.25
    assert not much.passed


def test_a_name_that_is_not_bound_on_every_path_is_unclear() -> None:
    flow = Flow(live_in=("a",), live_out=("b",), may_define=("b",))
    found = block("    if a:\n        b = 1\n", flow)["inputs and outputs"]
    assert "not bound on every path: b" in found.evidence
    assert found.score == 0.5
    before = Flow(live_in=("a", "b"), live_out=("b",), may_define=("b",))
    assert block("    if a:\n        b = 1\n", before)["inputs and outputs"].score == 1


@pytest.mark.parametrize(
    ("path", "source", "evidence"),
    [
        ("a.py", "def f(a):\n    return a\n", "a result"),
        ("a.py", "def f(a):\n    yield a\n", "a result"),
        ("a.py", "def f(a):\n    raise E(a)\n", "to compare are raise"),
        ("a.py", "def f(a: list) -> None:\n    a.sort()\n", "to compare are"),
        ("a.py", "def f(self):\n    self.x = 1\n", "to compare are"),
        ("a.ts", "const f = (a) => a;\n", "a result"),
        ("a.ts", "function f(a) { throw new E(a); }\n", "to compare are raise"),
        ("a.ts", "class A {\n  f() { this.x = 1; }\n}\n", "to compare are"),
        ("a.py", 'def f(a):\n    """Go.\n\n    >>> f(1)\n    """\n    g(a)\n', "an example"),
    ],
)
def test_what_can_be_observed_can_be_tested(path: str, source: str, evidence: str) -> None:
    found = measured(source, "A.f" if "class A" in source else "f", path)["testable"]
    assert found.passed
    assert evidence in found.evidence


def test_a_result_of_an_inner_function_is_not_the_result() -> None:
    found = measured("def f(a):\n    go(lambda: 1)\n    go(lambda: (yield))\n")["testable"]
    assert not found.passed
    script = measured("function f(a) {\n  go(() => { return 1; });\n}\n", path="a.ts")["testable"]
    assert not script.passed


def test_output_alone_is_harder_to_test() -> None:
    found = measured("def f(a: int) -> None:\n    print(a)\n")["testable"]
    assert found.passed
    assert found.score == 0.7


def test_a_block_that_can_be_run_alone_can_be_tested() -> None:
    found = block("    b = g(a)\n", Flow(live_in=("a",), live_out=("b",)))["testable"]
    assert found.passed
    assert "can be run alone" in found.evidence
    changing = block("    a.add(b)\n", Flow(live_in=("a", "b"), mutates=("a",)))["testable"]
    assert "to compare are a" in changing.evidence
    jumping = Effect(EffectKind.RETURN, "", 1)
    assert block("    return a\n", Flow(live_in=("a",), effects=(jumping,)))["testable"].passed


def test_a_block_without_a_trace_cannot_be_tested() -> None:
    found = block("    g(a)\n", Flow(live_in=("a",)))["testable"]
    assert not found.passed
    assert "only calls of others" in found.evidence


@pytest.mark.parametrize("name", ["testable", "side effects", "single responsibility"])
def test_a_test_and_its_blocks_are_there_for_what_they_do(name: str) -> None:
    calls = "".join(f"    go(a, {number})\n    print(b)\n" for number in range(20))
    found = judged(f"def test_f(a, b):\n{calls}")
    assert len(found) > 1
    assert all(answers[name].score == 1 for answers in found.values())
    assert any(answers[name].score < 1 for answers in judged(f"def f(a, b):\n{calls}").values())


def test_a_condition_can_be_tested_together_with_what_follows() -> None:
    calls = "".join(f"        g(a, {number})\n" for number in range(30))
    found = judged(f"def f(a, b):\n    if a > b:\n{calls}")["f"]["testable"]
    assert found.passed
    assert found.score == 0.7
    assert "which way it goes" in found.evidence


def test_a_block_that_reads_its_scope_as_a_whole_cannot_be_run_alone() -> None:
    dynamic = Effect(EffectKind.DYNAMIC, "locals", 1)
    found = block("    b = locals()\n", Flow(live_out=("b",), effects=(dynamic,)))["testable"]
    assert not found.passed
    assert found.severity is Severity.WARNING
    assert "cannot be run alone" in found.evidence


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("from random import choice\n\n\ndef f(a):\n    return choice(a)\n", "chance"),
        ("import random as r\n\n\ndef f(a):\n    return r.shuffle(a)\n", "chance"),
        ("from datetime import datetime\n\n\ndef f():\n    return datetime.now()\n", "clock"),
        ("from time import time\n\n\ndef f():\n    return time()\n", "clock"),
        ("import os\n\n\ndef f():\n    return os.environ.get('A')\n", "surroundings"),
        ("import os\n\n\ndef f():\n    return os.environ['A']\n", "surroundings"),
        ("from sys import argv\n\n\ndef f():\n    return argv[1]\n", "surroundings"),
        ("def f():\n    return input()\n", "surroundings"),
    ],
)
def test_clock_chance_and_surroundings_are_known_by_their_names_at_home(
    source: str, reason: str
) -> None:
    found = measured(source)["deterministic"]
    assert not found.passed
    assert f"({reason})" in found.evidence


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "a.py",
            "import random\n\n\ndef f(rng: random.Random) -> float:\n    return rng.random()\n",
        ),
        ("a.py", "import random\n\n\ndef f(seed: int):\n    return random.Random(seed)\n"),
        ("a.py", "def f(random):\n    return random.choice([1])\n"),
        ("a.py", "def f(time):\n    return time()\n"),
        ("a.py", "import os\n\n\ndef f(a: str) -> None:\n    os.environ['A'] = a\n"),
        ("a.ts", "function f(at: number): Date {\n  return new Date(at);\n}\n"),
        ("a.ts", "function f(Math: Dice): number {\n  return Math.random();\n}\n"),
    ],
)
def test_a_source_of_chance_that_is_handed_in_is_deterministic(path: str, source: str) -> None:
    assert measured(source, path=path)["deterministic"].passed


def test_the_time_of_a_new_date_is_the_clock() -> None:
    found = measured("function f(): Date {\n  return new Date();\n}\n", path="a.ts")
    assert "(clock)" in found["deterministic"].evidence


@pytest.mark.parametrize(
    "source",
    [
        "import os\n\n\ndef f(a: str) -> int:\n    os.remove(a)\n    return 1\n",
        "from shutil import rmtree\n\n\ndef f(a: str) -> int:\n    rmtree(a)\n    return 1\n",
        "def f(path) -> int:\n    return path.write_text('x')\n",
        "TABLE = {}\n\n\ndef f(a: int) -> int:\n    TABLE[a] = 1\n    return a\n",
        "import os\n\n\ndef f(a: str) -> str:\n    os.environ['A'] = a\n    return a\n",
        "import sys\n\n\ndef f(a: str) -> str:\n    sys.path.append(a)\n    return a\n",
    ],
)
def test_an_effect_that_nothing_declares_is_a_fault(source: str) -> None:
    found = measured(source)["side effects"]
    assert not found.passed
    assert found.severity is Severity.WARNING
    assert found.suggestion


def test_changing_an_argument_beside_giving_a_result_is_a_lesser_fault() -> None:
    found = measured("def f(a: list) -> int:\n    a.append(1)\n    return 2\n")["side effects"]
    assert not found.passed
    assert found.severity is Severity.INFO
    assert found.score == 0.6


@pytest.mark.parametrize(
    ("path", "name", "source", "reason"),
    [
        (
            "a.py",
            "f",
            'def f(a: int) -> int:\n    """Print it."""\n    print(a)\n    return a\n',
            "doc",
        ),
        ("a.py", "write_all", "def write_all(a):\n    print(a)\n    return a\n", "name"),
        ("a.py", "f", "def f(a: list) -> None:\n    a.append(1)\n", "no result"),
        (
            "a.py",
            "A.f",
            "class A:\n    @f.setter\n    def f(self, v):\n        self.x = v\n",
            "sett",
        ),
        (
            "a.py",
            "A.__setitem__",
            "class A:\n    def __setitem__(self, k, v):\n        T[k] = v\n",
            "pro",
        ),
        (
            "a.ts",
            "saveAll",
            "function saveAll(a: A) {\n  localStorage.setItem('a', a);\n}\n",
            "name",
        ),
    ],
)
def test_a_declared_effect_is_no_fault(path: str, name: str, source: str, reason: str) -> None:
    found = measured(source, name, path)["side effects"]
    assert found.passed
    assert found.score == 0.9
    assert f"declared by {'the ' if reason == 'pro' else ''}" in found.evidence
    assert reason in found.evidence.partition("declared by")[2]


def test_a_noun_in_the_docstring_declares_nothing() -> None:
    source = (
        'def f(a: int) -> int:\n    """Return the print of it."""\n    print(a)\n    return a\n'
    )
    assert not measured(source)["side effects"].passed


@pytest.mark.parametrize(
    ("path", "name", "source"),
    [
        ("a.py", "A.__init__", "class A:\n    def __init__(self, a):\n        self.a = a\n"),
        ("a.ts", "A.constructor", "class A {\n  constructor(a: number) { this.a = a; }\n}\n"),
        ("a.ts", "A.constructor", "class A {\n  constructor(private a: number) {}\n}\n"),
    ],
)
def test_a_constructor_may_set_up_its_object(path: str, name: str, source: str) -> None:
    assert measured(source, name, path)["side effects"].score == 1


def test_a_constructor_may_not_do_anything_else() -> None:
    source = "import os\n\n\nclass A:\n    def __init__(self, a):\n        os.remove(a)\n"
    assert measured(source, "A.__init__")["side effects"].score < 1


def test_what_a_block_changes_is_declared_by_its_contract() -> None:
    found = block("    a.append(b)\n", Flow(live_in=("a", "b"), mutates=("a",)))["side effects"]
    assert found.passed
    assert found.score == 0.9
    assert "declared by its contract" in found.evidence


def test_what_a_block_writes_is_declared_by_its_function_only() -> None:
    written = block("    print(a)\n", Flow(live_in=("a",)))["side effects"]
    assert not written.passed
    named = block("    print(a)\n", Flow(live_in=("a",)), name="print_all#block2")["side effects"]
    assert named.passed
    calls = "".join(f"    print(a, {number})\n" for number in range(20))
    told = judged(f'def f(a):\n    """Print it."""\n{calls}')
    assert len(told) > 1
    assert all(answers["side effects"].passed for answers in told.values())


def test_logging_is_a_small_effect() -> None:
    source = "import logging\n\nlogger = logging.getLogger()\n\n\ndef f(a: int) -> int:\n"
    found = measured(f"{source}    logger.info(a)\n    return a\n")["side effects"]
    assert found.passed
    assert found.score == 0.9


def test_a_local_name_hides_a_builtin() -> None:
    found = measured("def f(open: A, print: B) -> int:\n    print(open(1))\n    return 1\n")
    assert found["side effects"].score == 1
