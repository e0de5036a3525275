"""The benchmark's yardstick: what it calls a line, a right boundary and a chunk's place."""

from __future__ import annotations

import pytest

from atomization.parser import Language
from benchmarks.measures import Measured, Yardstick, measure_alone, spans_of

MODULE = b'''"""Doc."""

# comment
import os


def f(a, b):
    """What it does.

    At length.
    """
    if a:  # why
        return (a and
                b)
    return """
not a docstring
"""
'''


def yardstick(marked: str, language: Language) -> tuple[Yardstick, int]:
    """Take the mark | out of a source; give the yardstick and where it stood."""
    place = marked.index("|")
    return Yardstick((marked[:place] + marked[place + 1 :]).encode(), language), place


def test_lines_are_code_without_blanks_comments_and_docstrings() -> None:
    stick = Yardstick(MODULE, Language.PYTHON)
    assert stick.lines() == 17
    assert stick.measure(0, len(MODULE)) == Measured(
        loc=8, nonblank=13, complexity=3, boundaries=0, right=0
    )


def test_a_chunk_has_the_lines_that_it_touches() -> None:
    stick = Yardstick(MODULE, Language.PYTHON)
    start = MODULE.index(b"(a and")
    measured = stick.measure(start, MODULE.index(b"b)\n") + 2)
    assert (measured.loc, measured.nonblank, measured.complexity) == (2, 2, 2)


@pytest.mark.parametrize(
    "marked",
    [
        "a = 1\n|b = 2\n",
        "a = 1|\nb = 2\n",
        "a = 1\n|# about b\nb = 2\n",
        "a = 1\n# about b\n|b = 2\n",
        "a = 1\n\n|\n\nb = 2\n",
        "def f():\n|    a\n    b\n",
        "def f():\n    '''Doc.'''\n|    b\n",
        "if a:\n|    b\nelse:\n    c\n",
        "if a:\n    b\n|else:\n    c\n",
        "try:\n    b\n|except A:\n    c\n",
        "match a:\n    case 1:\n        b\n|    case 2:\n        c\n",
        "match a:\n|    case 1:\n        b\n",
        "if a:\n    # c\n|    b\n",
        "a = [\n    1,\n|    2,\n]\n",
        "a = [\n    1,\n    2,\n|]\n",
        "from a import (\n|    b,\n    c,\n)\n",
        "class A:\n    x = 1\n|    @b\n    def f(self): pass\n",
    ],
)
def test_right_boundaries_in_python(marked: str) -> None:
    stick, place = yardstick(marked, Language.PYTHON)
    assert stick.is_right(place)


@pytest.mark.parametrize(
    "marked",
    [
        "a = |1\n",
        "a = (1 +\n|     2)\n",
        "a = 'some| text'\n",
        "a = 1\n# some| words\nb = 2\n",
        "@a\n|def f(): pass\n",
        "def f():\n|    '''Doc.'''\n    b\n",
        "def |f(): pass\n",
        "a = [\n    1|,\n    2]\n",
        "a = b(\n    1)|.c()\n",
        "if a| and b:\n    c\n",
        "a = '''\n|b = 1\n'''\n",
    ],
)
def test_wrong_boundaries_in_python(marked: str) -> None:
    stick, place = yardstick(marked, Language.PYTHON)
    assert not stick.is_right(place)


@pytest.mark.parametrize(
    "marked",
    [
        "a()\n|b()\n",
        "f(() => {\n|  a()\n})\n",
        "f(() => {\n  a()\n|})\n",
        "if (a) {\n  b()\n}\n|else {\n  c()\n}\n",
        "try {\n  b()\n} |catch (e) {\n}\n",
        "switch (a) {\n  case 1:\n    b()\n|  case 2:\n    c()\n}\n",
        "switch (a) {\n  case 1:\n|    b()\n}\n",
        "class A {\n  a = 1;\n|  b() {}\n}\n",
        "const a = {\n  b: 1,\n|  c: 2\n}\n",
        "interface A {\n  b: string\n|  c(): void\n}\n",
        "enum A {\n  B,\n|  C\n}\n",
        "import {\n  a,\n|  b\n} from 'c'\n",
    ],
)
def test_right_boundaries_in_scripts(marked: str) -> None:
    stick, place = yardstick(marked, Language.TYPESCRIPT)
    assert stick.is_right(place)


@pytest.mark.parametrize(
    "marked",
    [
        "a\n|  .b()\n",
        "const a =\n|  b\n",
        "a = b ?\n|  c : d\n",
        "class A {\n  @b()\n|  c() {}\n}\n",
        "export |function a() {}\n",
        "a = `b|c`\n",
        "/* a\n|b */ c()\n",
        "const a = {\n  b:|  1\n}\n",
    ],
)
def test_wrong_boundaries_in_scripts(marked: str) -> None:
    stick, place = yardstick(marked, Language.TYPESCRIPT)
    assert not stick.is_right(place)


def test_the_ends_of_a_file_are_no_boundaries() -> None:
    source = b"# head\na = 1\nb = 2\n# tail\n"
    stick = Yardstick(source, Language.PYTHON)
    assert stick.measure(0, len(source)).boundaries == 0
    assert stick.measure(0, 7).boundaries == 0
    assert stick.measure(7, 13) == Measured(1, 1, 1, boundaries=1, right=1)
    assert stick.measure(7, 10) == Measured(1, 1, 1, boundaries=1, right=0)


def test_chunks_are_found_in_order_whatever_their_blanks() -> None:
    source = b"a\n\n\tb = 1\na\n"
    assert list(spans_of(source, ["a", " a ", "x"])) == [
        ((0, 1), True),
        ((10, 11), True),
        (None, False),
    ]
    assert list(spans_of(source, ["a\n    b = 1"])) == [((0, 9), False)]


def test_a_chunk_that_is_nowhere_has_no_right_boundary() -> None:
    assert measure_alone("if a:\n    b\n", Language.PYTHON) == Measured(2, 2, 2, 2, 0)
