"""The one law: the slots' texts, concatenated, are the source, whatever the source is."""

from __future__ import annotations

import sys
import sysconfig
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atomization.decomposer import Slot, assemble, decompose
from atomization.parser import Language

LANGUAGES = list(Language)
STDLIB = Path(sysconfig.get_paths()["stdlib"])
SAMPLE = sorted(STDLIB.glob("*.py"))[::9]

PIECES = st.sampled_from(
    [
        b"def f(a, b=1):\n",
        b"class A(B):\n",
        b"    def m(self):\n        return self.x\n",
        b"    x: int = 1\n",
        b"@decorated\n",
        b"import os\n",
        b"from . import x\n",
        b"if __name__ == '__main__':\n    main()\n",
        b"x = [\n  1,\n",
        b"]\n",
        b'"""doc\n  string"""\n',
        b"# comment\n",
        b"    # indented comment\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"\x0c\n",
        b"\t\tpass\n",
        b"a = 1; b = 2\n",
        b"x = 1 \\\n",
        b"try:\n    pass\nexcept E:\n    pass\n",
        b"else:\n",
        b"\xef\xbb\xbf",
        b"\xff\xfe\x00",
        b"\0",
        b"export class C {\n",
        b"  m(): void {\n",
        b"  }\n",
        b"}\n",
        b"const f = (a) => {\n",
        b"switch (a) { case 1:\n",
        b"`template ${x\n",
        b"/* open\n",
        b"*/\n",
        b"x",
        "é ü 漢字\n".encode(),
    ]
)


def check(source: bytes, language: Language) -> list[Slot]:
    """Assert all that holds of every decomposition; return it."""
    slots = decompose(source, language)
    assert assemble(slot.code for slot in slots) == source
    assert len({slot.name for slot in slots}) == len(slots)
    assert all(slot.code for slot in slots)
    assert all(bool(slot.irreducible) is (slot.loc > 15 or slot.complexity > 2) for slot in slots)
    assert all(slot.complexity >= 1 for slot in slots)
    names = {slot.name for slot in slots}
    assert all(slot.parent is None or slot.parent in names for slot in slots)
    if slots:
        assert slots[0].start_line == 1
        assert all(after.start_line == before.end_line + 1 for before, after in pairwise(slots))
    return slots


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=40).map(b"".join), st.sampled_from(LANGUAGES))
def test_any_mixture_of_code_comes_back(source: bytes, language: Language) -> None:
    check(source, language)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400), st.sampled_from(LANGUAGES))
def test_any_bytes_come_back(source: bytes, language: Language) -> None:
    check(source, language)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SAMPLE), st.data())
def test_a_real_file_cut_anywhere_comes_back(path: Path, data: st.DataObject) -> None:
    source = path.read_bytes()[:20_000]
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    check(source[start:end], Language.PYTHON)


@settings(deadline=None, max_examples=60)
@given(st.lists(PIECES, max_size=30).map(b"".join), st.integers(1, 12), st.integers(0, 8))
def test_any_limits_keep_the_law(source: bytes, target: int, more: int) -> None:
    slots = decompose(source, Language.PYTHON, target_loc=target, max_loc=target + more)
    assert assemble(slot.code for slot in slots) == source
    assert all(slot.loc <= target + more or slot.irreducible for slot in slots)


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.name)
def test_the_standard_library_comes_back(path: Path) -> None:
    source = path.read_bytes()
    check(source, Language.PYTHON)
    check(source.replace(b"\n", b"\r\n"), Language.PYTHON)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\n",
        b"\r",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbfdef f():\n    pass",
        b"def f():\r\n    return 1\r\n",
        b"def f():\r    return 1\r\rdef g():\r    pass\r",
        b"# coding: latin-1\nx = '\xe9\xff'\n",
        b"\x0cclass A:\n\x0c    def f(self): pass\n",
        b"def f(:\n    pass\n\nx = 1\n\nclass (:\n    y\n",
        b"a = 1; b = 2; c = \\\n 3\n",
        b"class A: x = 1; y = 2\ndef f(): pass\n",
        b"x = '''never ends\n",
        b"function f() { return 1 }",
        b"class A { m() { /* } */ } }",
    ],
)
def test_odd_sources_come_back(source: bytes, language: Language) -> None:
    check(source, language)


def test_line_numbers_count_lone_carriage_returns() -> None:
    slots = check(b"def f():\r    return 1\r\rdef g():\r    pass\r", Language.PYTHON)
    assert [(slot.name, slot.start_line, slot.end_line) for slot in slots] == [
        ("f", 1, 2),
        ("g", 3, 5),
    ]


DEEP = {
    "parentheses": b"x = " + b"(" * 20_000 + b"1" + b")" * 20_000,
    "operators": b"x = " + b" + ".join([b"a"] * 20_000),
    "blocks": b"".join(b" " * depth + b"if x:\n" for depth in range(2_000)),
    "classes": b"".join(b" " * depth + b"class A:\n" for depth in range(400)),
    "braces": b"function a() {\n" * 3_000 + b"}\n" * 3_000,
    "callbacks": b"f(function () {\n" * 3_000 + b"});\n" * 3_000,
    "arms": b"if a:\n    pass\n" + b"elif a:\n    x = 1\n" * 5_000,
}


@pytest.mark.parametrize("language", [Language.PYTHON, Language.TSX])
@pytest.mark.parametrize("name", DEEP)
def test_depth_is_no_limit(name: str, language: Language) -> None:
    assert len(DEEP[name]) > 10 * sys.getrecursionlimit()
    check(DEEP[name], language)


LONG = {
    "functions": b"def f(a):\n    b = a\n    if b:\n        return b\n    return a\n\n" * 9_000,
    "one function": b"def f():\n" + b"    x = g(x)\n" * 55_000,
    "a literal": b"X = {\n" + b"    1: 'x',\n" * 55_000 + b"}\n",
    "an open string": b'x = """' + b"text\n" * 55_000,
}


@pytest.mark.parametrize("name", LONG)
def test_fifty_thousand_lines_take_seconds(name: str) -> None:
    started = time.process_time()
    check(LONG[name], Language.PYTHON)
    assert time.process_time() - started < 20
