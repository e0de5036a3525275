"""Python's parser answers the same whoever else parses."""

import ast
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from devmatrix.python_source import UNPARSABLE, check, literal, parse_expression, parse_module


def test_many_threads_parse_at_once() -> None:
    source = "\n".join(f"def f{n}(a, b=[{{'x': (1, 2)}}]): return a.b[c](d)" for n in range(200))
    expected = ast.dump(parse_module(source))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            trees = list(pool.map(parse_module, [source] * 60))
    finally:
        sys.setswitchinterval(before)
    assert {ast.dump(tree) for tree in trees} == {expected}


@pytest.mark.parametrize("text", ["def f(:", "a\0b", "(" * 5000, "x = '\ud800'"])
def test_what_is_not_python_raises_what_callers_expect(text: str) -> None:
    for call in (parse_module, parse_expression, literal):
        with pytest.raises(UNPARSABLE):
            call(text)


def test_checking_executes_nothing() -> None:
    check(b"raise SystemExit")


def test_invalid_escapes_warn_nobody() -> None:
    assert parse_module(r"x = '\d'").body
