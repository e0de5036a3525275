"""Errors that come out of calls, and tests that touch an atom."""

from __future__ import annotations

import pytest

from atomization.context_injector import Context, build_contexts
from tests.atomization.reading import project


def contexts(**sources: str) -> dict[str, Context]:
    return build_contexts(project({f"{name}.py": text for name, text in sources.items()}))


def raised(body: str, **others: str) -> tuple[str, ...]:
    source = f"from b import g, G\nimport b\n\n\ndef f():\n    {body}\n"
    b = others.pop(
        "b",
        "def g():\n    raise Bad\n\n\nclass G:\n    def __init__(self):\n        raise Worse\n\n"
        "    def m(self):\n        raise Worst\n\n\nclass Bad(Exception): pass\n",
    )
    found = contexts(a=source, b=b, **others)["a.py::f"]
    return tuple(name for name, _ in found.raises)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("g()", ("Bad",)),
        ("b.g()", ("Bad",)),
        ("G()", ("Worse",)),
        ("G().m()", ("Worse", "Worst")),
        ("g", ()),
        ("try:\n        g()\n    except b.Bad:\n        pass", ()),
        ("try:\n        g()\n    except Exception:\n        pass", ()),
        ("try:\n        g()\n    except Exception:\n        raise", ("Bad",)),
        ("try:\n        g()\n    except ValueError:\n        pass", ("Bad",)),
        ("try:\n        print()\n    except Bad:\n        g()", ("Bad",)),
        ("try:\n        print()\n    except Bad:\n        pass\n    else:\n        g()", ("Bad",)),
        ("def h():\n        g()\n    return h", ()),
        ("try:\n        x = 1\n    finally:\n        g()", ("Bad",)),
    ],
)
def test_errors_of_callees_come_out_unless_they_are_kept(body: str, names: tuple[str, ...]) -> None:
    assert raised(body) == names


def test_an_error_tells_the_callee_that_it_comes_through() -> None:
    found = contexts(
        a="from b import g\n\n\ndef f():\n    g()\n",
        b="def g():\n    h()\n\n\ndef h():\n    raise Bad\n",
    )
    assert found["a.py::f"].raises == (("Bad", "b.py::g"),)
    assert found["b.py::g"].raises == (("Bad", "b.py::h"),)
    assert found["b.py::h"].raises == ()


def test_an_error_kept_in_between_does_not_reach_the_caller() -> None:
    found = contexts(
        a="def f():\n    g()\n\n\n"
        "def g():\n    try:\n        h()\n    except Bad:\n        pass\n\n\n"
        "def h():\n    raise Bad\n"
    )
    assert found["a.py::g"].raises == ()
    assert found["a.py::f"].raises == ()


def test_cycles_of_calls_end() -> None:
    found = contexts(
        a="def f():\n    g()\n    raise A\n\n\n"
        "def g():\n    f()\n    raise B\n\n\ndef h():\n    h()\n"
    )
    assert set(found["a.py::f"].raises) == {("A", "a.py::g"), ("B", "a.py::g")}
    assert set(found["a.py::g"].raises) == {("A", "a.py::f"), ("B", "a.py::f")}
    assert found["a.py::h"].raises == ()


def test_a_documented_error_reaches_the_callers() -> None:
    found = contexts(
        a='def f():\n    g()\n\n\ndef g():\n    """Do.\n\n    :raises Bad: x\n    """\n'
    )
    assert found["a.py::f"].raises == (("Bad", "a.py::g"),)


def test_a_split_function_raises_what_its_blocks_call() -> None:
    lines = "".join(f"    x{n} = {n}\n" for n in range(14))
    found = contexts(a=f"def f():\n{lines}    g()\n{lines}\n\ndef g():\n    raise Bad\n")
    assert found["a.py::f"].raises == (("Bad", "a.py::g"),)
    assert [key for key, part in found.items() if part.raises and "#block" in key]


def test_a_handler_around_an_inner_function_does_not_keep_its_errors() -> None:
    source = (
        "def f():\n    try:\n        class C:\n            def m(self):\n                g()\n"
        "    except Bad:\n        pass\n    return C\n\n\ndef g():\n    raise Bad\n"
    )
    assert contexts(a=source)["a.py::f"].raises == ()


def test_calls_in_typescript_raise_too() -> None:
    found = build_contexts(
        project(
            {
                "a.ts": 'import { g } from "./b";\n\nexport function f() {\n  g();\n}\n\n'
                "export function h() {\n  try { g(); } catch (e) { return 1; }\n}\n",
                "b.ts": "export function g() {\n  throw new Bad();\n}\n",
            }
        )
    )
    assert found["a.ts::f"].raises == (("Bad", "b.ts::g"),)
    assert found["a.ts::h"].raises == ()


def test_a_callee_that_is_only_guessed_by_its_name_raises_nothing() -> None:
    source = (
        "class A:\n    def only_here(self):\n        raise Bad\n\n"
        "    def nor_there(self):\n        pass\n\n\n"
        "def f(x):\n    x.only_here()\n    x.nor_there()\n\n\ndef g(x: A):\n    x.only_here()\n"
    )
    found = contexts(a=source)
    assert "x.only_here" in found["a.py::f"].resolved
    assert found["a.py::f"].raises == ()
    assert found["a.py::g"].raises == (("Bad", "a.py::A.only_here"),)


TESTS = (
    "from money import Money, parse\n\n\ndef test_parse():\n    assert parse('1')\n\n\n"
    "def test_add():\n    assert Money(1).add(2)\n\n\ndef helper():\n    parse('2')\n"
)
MONEY = (
    "class Money:\n    def __init__(self, cents: int):\n        self.cents = cents\n\n"
    "    def add(self, n: int):\n        return self.cents + n\n\n"
    "    def sub(self, n: int):\n        return self.cents - n\n\n\n"
    "def parse(text):\n    return Money(int(text))\n\n\ndef unused():\n    pass\n"
)


def test_an_atom_knows_the_tests_that_touch_it() -> None:
    found = contexts(money=MONEY, test_money=TESTS)
    assert found["money.py::parse"].tests == (("test_money.py::test_parse", "directly"),)
    assert found["money.py::Money.add"].tests == (("test_money.py::test_add", "directly"),)
    assert found["money.py::Money.sub"].tests == (("test_money.py::test_add", "through Money"),)
    assert found["money.py::unused"].tests == ()


def test_a_long_tests_blocks_touch_for_it() -> None:
    lines = "".join(f"    x{n} = {n}\n" for n in range(20))
    tests = f"from money import parse\n\n\ndef test_long():\n{lines}    assert parse('1')\n"
    found = contexts(money=MONEY, test_money=tests)
    assert found["money.py::parse"].tests == (("test_money.py::test_long", "directly"),)
