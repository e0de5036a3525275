"""Python's parser answers the same whoever else parses."""

import ast
import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from devmatrix.python_source import UNPARSABLE, check, literal, parse_expression, parse_module


class Garbage:
    """Something whose end runs Python code, so that threads switch in the middle of a parse."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        for _ in range(200):
            pass


def parse_among_garbage(source: str) -> str:
    for _ in range(20):
        Garbage()
    return ast.dump(parse_module(source))


@pytest.fixture
def _restless() -> Iterator[None]:
    """Collect garbage and switch threads as often as can be."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(20)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("_restless")
def test_many_threads_parse_at_once() -> None:
    source = "\n".join(f"def f{n}(a, b=[{{'x': (1, 2)}}]): return a.b[c](d)" for n in range(60))
    expected = ast.dump(parse_module(source))
    with ThreadPoolExecutor(4) as pool:
        dumps = list(pool.map(parse_among_garbage, [source] * 80))
    assert set(dumps) == {expected}


@pytest.mark.parametrize("text", ["def f(:", "a\0b", "(" * 5000, "x = '\ud800'"])
def test_what_is_not_python_raises_what_callers_expect(text: str) -> None:
    for call in (parse_module, parse_expression, literal):
        with pytest.raises(UNPARSABLE):
            call(text)


def test_checking_executes_nothing() -> None:
    check(b"raise SystemExit")


def test_invalid_escapes_warn_nobody() -> None:
    assert parse_module(r"x = '\d'").body
