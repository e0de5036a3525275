"""The facts that the criteria measure, read off the tree: names, changes, calls, results, cuts."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from atomization.criteria.facts import Facts
from atomization.criteria.walk import facts_alone, facts_of
from atomization.decomposer import Slot, slots_of
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.reading import read
from tests.atomization.judging import slot_of


def facts(code: str, language: Language = Language.PYTHON) -> Facts:
    """Gather the facts of a text that is one function."""
    return facts_alone(slot_of(code), language)


def cut(source: str, starts: Sequence[int], language: Language = Language.PYTHON) -> list[Facts]:
    """Gather the facts of a function that is cut before some 1-based lines."""
    kinds = [AtomKind.FUNCTION, *[AtomKind.BLOCK] * len(starts)]
    begins = [1, *starts]
    slots = [
        Slot(kind, "f", "", begin, begin, None, 1, 1, "", "", (), False, False, "")
        for kind, begin in zip(kinds, begins, strict=True)
    ]
    return facts_of(read(source.encode(), language), slots)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("x = 1", {"x"}),
        ("x: int = 1", {"x"}),
        ("x, (y, *z) = a", {"x", "y", "z"}),
        ("x += 1", {"x"}),
        ("g(x := 1)", {"x"}),
        ("for x, y in a: pass", {"x", "y"}),
        ("[x for x in a]", {"x"}),
        ("with a as x: pass", {"x"}),
        ("with a as (x, y): pass", {"x", "y"}),
        ("import x.y", {"x"}),
        ("import y as x", {"x"}),
        ("from y import x, z as w", {"x", "w"}),
        ("g(lambda x, *y, z=1: x)", {"x", "y", "z"}),
        ("class x: pass", {"x"}),
        ("def x(y, /, z, *, w): pass", {"x", "y", "z", "w"}),
        ("del x", {"x"}),
        ("a.x = a[1] = 2", set()),
    ],
)
def test_python_binds(line: str, names: set[str]) -> None:
    assert facts(f"def f(a):\n    {line}\n").binds - {"f", "a"} == names


def test_python_binds_in_arms() -> None:
    caught = "def f(a):\n    try:\n        g()\n    except E as x:\n        pass\n"
    assert "x" in facts(caught).binds
    matched = "def f(a):\n    match a:\n        case [x, A(y=z), B() as w, *r]:\n            pass\n"
    assert facts(matched).binds - {"f", "a"} == {"x", "z", "w", "r"}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("const x = 1;", {"x"}),
        ("let { x, y: z, ...w } = a;", {"x", "z", "w"}),
        ("const [x, [y = 1]] = a;", {"x", "y"}),
        ("for (const x of a) { g(x); }", {"x"}),
        ("try { g(); } catch (x) { g(); }", {"x"}),
        ("g((x: number, y = 1) => x);", {"x", "y"}),
        ("g(x => x);", {"x"}),
        ("function x(y, { z }) {}", {"x", "y", "z"}),
        ("class x {}", {"x"}),
        ("a.x = a[1] = 2;", set()),
    ],
)
def test_typescript_binds(line: str, names: set[str]) -> None:
    code = f"function f(a: A) {{\n  {line}\n}}\n"
    found = facts(code, Language.TYPESCRIPT).binds
    assert found - {"f", "a"} == names


@pytest.mark.parametrize(
    ("line", "stores"),
    [
        ("a.x = 1", ["a.x"]),
        ("a.b.x += 1", ["a.b.x"]),
        ("a[1] = 1", ["a[]"]),
        ("a.b[1], c = 1, 2", ["a.b[]"]),
        ("del a[1]", ["a[]"]),
        ("del a.x", ["a.x"]),
        ("a.append(1)", ["a"]),
        ("a.b.update(c)", ["a.b"]),
        ("setattr(a, 'x', 1)", ["a.…"]),
        ("for a.x in b: pass", ["a.x"]),
        ("with b as a.x: pass", ["a.x"]),
        ("self.update(a)", []),
        ("g(a).append(1)", []),
        ("a == 1", []),
    ],
)
def test_python_stores(line: str, stores: list[str]) -> None:
    assert sorted(facts(f"def f(a):\n    {line}\n").stores) == stores


@pytest.mark.parametrize(
    ("line", "stores"),
    [
        ("a.x = 1;", ["a.x"]),
        ("a.x++;", ["a.x"]),
        ("a?.b.push(1);", ["a.b"]),
        ("a[1] ||= 1;", ["a[]"]),
        ("delete a.x;", ["a.x"]),
        ("({ b: a.x } = c);", ["a.x"]),
        ("for (a.x of c) g();", ["a.x"]),
        ("Object.assign(a, c);", ["a.…"]),
        ("Object.assign({}, a);", []),
        ("this.add(a);", []),
    ],
)
def test_typescript_stores(line: str, stores: list[str]) -> None:
    code = f"function f(a: A) {{\n  {line}\n}}\n"
    assert sorted(facts(code, Language.TYPESCRIPT).stores) == stores


def test_what_is_rebound_outside_is_told() -> None:
    assert list(facts("def f():\n    global a, b\n    a = b = 1\n").rebinds) == ["a", "b"]
    assert list(facts("def f():\n    nonlocal a\n    a = 1\n").rebinds) == ["a"]
    code = "function f() {\n  total += 1;\n  count++;\n}\n"
    assert list(facts(code, Language.JAVASCRIPT).rebinds) == ["total", "count"]


def test_calls_are_spelled_as_written() -> None:
    found = facts("def f(a):\n    g()\n    a.b.c(1)\n    g(a).d(2)\n    a[0](1)\n").calls
    assert found == {"g": False, "a.b.c": True, "….d": True, "…": True}
    script = facts("const f = (a) => {\n  a?.b(1);\n  new Date();\n}\n", Language.TYPESCRIPT).calls
    assert script == {"a.b": True, "new Date": False}


def test_units_are_the_names_of_each_statement() -> None:
    code = "def f(a, b):\n    x: t = a.y\n    g(k=b)\n    if x:\n        b.z(x)\n    return x\n"
    assert facts(code).units == [{"x", "a"}, {"g", "b"}, {"x", "b"}, {"x"}]
    inner = "def f(a):\n    x = lambda b: a\n    g(x)\n    class y: pass\n    h(y)\n"
    assert facts(inner).units[:2] == [{"x", "a"}, {"g", "x"}]
    script = (
        "const f = (a, b) => {\n  const x: typeof b = a.y;\n  g({ k: b });\n  return { x };\n};\n"
    )
    assert facts(script, Language.TYPESCRIPT).units == [{"x", "a"}, {"g", "b"}, {"x"}]


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        ("return 1", (1, 1, 0, 0, 0)),
        ("return a", (1, 0, 0, 0, 0)),
        ("return", (0, 0, 1, 0, 0)),
        ("return Thing(a)", (1, 1, 0, 0, 0)),
        ("return '%s' % a", (1, 1, 0, 0, 0)),
        ("return 'a'.join(a)", (1, 1, 0, 0, 0)),
        ("return a.join(a)", (1, 0, 0, 0, 0)),
        ("yield a", (0, 0, 0, 1, 0)),
        ("raise a", (0, 0, 0, 0, 1)),
        ("g(lambda: (yield))", (0, 0, 0, 0, 0)),
    ],
)
def test_python_results(body: str, counts: tuple[int, ...]) -> None:
    found = facts(f"def f(a):\n    {body}\n")
    assert (found.values, found.plain, found.bare, found.yields, found.raises) == counts


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        ("return 1;", (1, 1, 0, 0, 0)),
        ("return a;", (1, 0, 0, 0, 0)),
        ("return a - 1;", (1, 1, 0, 0, 0)),
        ("return a + 1;", (1, 0, 0, 0, 0)),
        ("return !a;", (1, 1, 0, 0, 0)),
        ("return;", (0, 0, 1, 0, 0)),
        ("throw a;", (0, 0, 0, 0, 1)),
        ("g(() => { return 1; });", (0, 0, 0, 0, 0)),
        ("g(() => 1);", (0, 0, 0, 0, 0)),
    ],
)
def test_typescript_results(body: str, counts: tuple[int, ...]) -> None:
    found = facts(f"function f(a) {{\n  {body}\n}}\n", Language.TYPESCRIPT)
    assert (found.values, found.plain, found.bare, found.yields, found.raises) == counts


FUNCTION = """\
def f(a):
    for x in a:
        g(x)
        if x:
            h(x)
        i(x)
    return a
"""


@pytest.mark.parametrize(
    ("starts", "begun", "opened"),
    [
        ([3], ["for of line 2"], ["for of line 2"]),
        ([4], ["for of line 2"], ["for of line 2"]),
        ([3, 7], [], ["for of line 2"]),
        ([3, 6, 7], [], ["for of line 2"]),
        ([7], [], []),
        ([5, 6, 7], [], ["for of line 2", "if of line 4"]),
    ],
)
def test_a_boundary_inside_a_statement_cuts_it(
    starts: list[int], begun: list[str], opened: list[str]
) -> None:
    found = cut(FUNCTION, starts)
    assert [text for one in found for text in one.begun] == begun
    assert [text for one in found for text in one.open] == opened


def test_the_first_slot_answers_for_the_results_of_the_others() -> None:
    found = cut("def f(a):\n    if a:\n        return 1\n    yield a\n    raise E\n", [2, 4, 5])
    assert (found[0].values, found[0].yields, found[0].raises) == (1, 1, 1)
    assert found[0].falls is False


def test_a_result_of_a_callback_that_is_cut_is_not_the_result() -> None:
    source = "function f(a) {\n  g(function () {\n    h();\n    return 1;\n  });\n}\n"
    assert [one.values for one in cut(source, [5], Language.JAVASCRIPT)] == [0, 0]
    assert [one.values for one in cut(source, [4], Language.JAVASCRIPT)] == [0, 0]


def test_a_statement_in_an_open_suite_belongs_to_its_head() -> None:
    found = cut(FUNCTION, [2, 4])
    assert found[1].units == [{"x", "a", "g"}]
    assert found[2].units == [{"x", "h"}, {"i", "x"}, {"a"}]


SCRIPT = """\
function f(a) {
  for (const x of a) {
    g(x);
    h(x);
  }
  return a;
}
"""


def test_a_closing_bracket_cuts_nothing() -> None:
    assert [one.begun for one in cut(SCRIPT, [2, 6], Language.JAVASCRIPT)] == [[], [], []]
    found = cut(SCRIPT, [4], Language.JAVASCRIPT)
    assert found[0].open == ["for in of line 2"]
    assert found[1].begun == ["for in of line 2"]


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("def f(a):\n    for x in a:\n", Language.PYTHON),
        ("    else:\n        x = 1\n", Language.PYTHON),
        ("    except E as x:\n        pass\n", Language.PYTHON),
        ("        case x:\n            pass\n", Language.PYTHON),
        ("    try:\n        x = 1\n", Language.PYTHON),
        ("    try:\n        with a as x:\n", Language.PYTHON),
        ("  m(x) { return x; }\n", Language.TYPESCRIPT),
        ("function f(x) {\n  g(x);\n", Language.TYPESCRIPT),
        ("  const x = 1;\n}\n", Language.JAVASCRIPT),
        ("} else {\n  const x = 1;\n", Language.TYPESCRIPT),
    ],
)
def test_a_text_is_read_alone_wherever_it_was_cut_out(code: str, language: Language) -> None:
    found = facts_alone(slot_of(code), language)
    assert found.faults == 0
    assert "x" in found.binds


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xff\xfe\x00",
        b"def (:\n\treturn\r\n}\n",
        b"(" * 5000,
        b"if 1:\n" + b"".join(b" " * depth + b"if 1:\n" for depth in range(1, 300)),
        b"x = " + b"-" * 5000 + b"1\n",
        b"f(" * 2000 + b")" * 2000,
        b"return\n yield\n}}}}\n",
    ],
)
def test_no_source_is_too_strange(source: bytes, language: Language) -> None:
    reading = read(source, language)
    slots = slots_of(reading)
    assert len(facts_of(reading, slots)) == len(slots)
    for slot in slots[:20]:
        facts_alone(slot, language)


@pytest.mark.parametrize("language", [Language.PYTHON, Language.JAVASCRIPT])
def test_a_callee_is_spelled_at_the_same_cost_however_long_the_chain_before_it(
    language: Language,
) -> None:
    chain = "a" + ".b()" * 20_000
    head, tail = ("def f(a):\n  ", "\n")
    if language is not Language.PYTHON:
        head, tail = "function f(a) {\n  ", "\n}\n"
    started = time.process_time()
    assert set(facts(f"{head}{chain}\n  a.\\\n  c(){tail}", language).calls) >= {"a.b", "….b"}
    assert time.process_time() - started < 5
