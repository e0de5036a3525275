"""Docstring examples show in the sandbox what doctest would have got, and nobody can add to it."""

from __future__ import annotations

import doctest
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix.sandbox import CallRecord, Limits, SandboxUnavailable, evaluate
from devmatrix.sandbox.evaluation import read_records

SOURCE = b'''
"""A module with what examples meet."""
from __future__ import annotations
import math

class Fault(ValueError):
    """A fault of ours."""

class Odd:
    def __repr__(self):
        return "line one\\n\\nline three"

class Mute(Exception):
    def __str__(self):
        raise RuntimeError

def double(x):
    return 2 * x

def greet(name):
    print("hello", name, end="")

def fail(text):
    raise Fault(text)

counter = 0
def count():
    global counter
    counter += 1
    return counter
'''
EXAMPLES = [
    "double(4)",
    "double('ab')",
    "None",
    "greet('you')",
    "greet('you'); double(1)",
    "x = double(3)",
    "x",
    "_ + 1",
    "for i in range(3):\n    print(i)\n",
    "for i in range(2):\n    i * 10\n",
    "Odd()",
    "print()",
    "'caf\u00e9 \U0001f600 \\udce9'",
    "math.nan, float('inf'), -0.0",
    "{1: [2, (3,)]}",
    "def local(y: undefined_name):\n    return y + x\n",
    "local(1)",
    "counter",
    "count(), count(), counter",
    "__name__",
    "import json as j; j.dumps([1])",
    "print('a\\tb')",
    "1;2;3",
    "[double(i) for i in range(3)]",
]
FAILING = {
    "fail('no')": ("m.Fault", "no"),
    "fail('')": ("m.Fault", ""),
    "1 / 0": ("ZeroDivisionError", "division by zero"),
    "{}['k']": ("KeyError", "'k'"),
    "raise SystemExit(3)": ("SystemExit", "3"),
    "raise KeyboardInterrupt": ("KeyboardInterrupt", ""),
    "1 +": ("SyntaxError", "invalid syntax"),
    "nobody": ("NameError", "name 'nobody' is not defined"),
    "raise Mute()": ("m.Mute", "<exception str() failed>"),
    "fail('two\\nlines')": ("m.Fault", "two\nlines"),
    "x = 1\ny = 2": (
        "SyntaxError",
        "multiple statements found while compiling a single statement",
    ),
}

pytestmark = pytest.mark.usefixtures("bubblewrap")


def of_module(source: bytes, examples: list[str], **more: Limits) -> list[CallRecord]:
    return evaluate("m", {"m.py": source}, examples, **more)  # type: ignore[arg-type]


def test_what_an_example_shows_is_what_doctest_accepts() -> None:
    records = of_module(SOURCE, EXAMPLES)
    assert all(record.completed and record.exception_type is None for record in records)
    namespace: dict[str, object] = {"__name__": "m"}
    exec(compile(SOURCE, "m.py", "exec"), namespace)
    examples = [
        doctest.Example(source, record.stdout)
        for source, record in zip(EXAMPLES, records, strict=True)
    ]
    said: list[str] = []
    test = doctest.DocTest(examples, namespace, "m", "m.py", 0, None)
    outcome = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert (outcome.failed, outcome.attempted) == (0, len(EXAMPLES)), "".join(said)


def test_the_comparison_with_doctest_can_fail() -> None:
    example = doctest.Example("1 + 1", of_module(SOURCE, ["1 + 2"])[0].stdout)
    test = doctest.DocTest([example], {}, "m", "m.py", 0, None)
    assert doctest.DocTestRunner(verbose=False).run(test, out=lambda _: None).failed == 1


@pytest.mark.parametrize(("source", "expected"), FAILING.items())
def test_an_exception_is_named_as_a_traceback_names_it(
    source: str, expected: tuple[str, str]
) -> None:
    (record,) = of_module(SOURCE, [source])
    assert (record.exception_type, record.exception_message) == expected
    assert record.completed


def test_output_before_an_exception_is_kept() -> None:
    (record,) = of_module(SOURCE, ["for i in (1, 0):\n    print(i); i / i\n"])
    assert (record.stdout, record.exception_type) == ("1\n1.0\n0\n", "ZeroDivisionError")


def test_examples_after_an_exception_still_run() -> None:
    records = of_module(SOURCE, ["1 / 0", "double(2)"])
    assert records[1] == CallRecord("4\n", None, None, completed=True)


def test_a_module_in_a_package_finds_its_neighbours() -> None:
    files = {"p/__init__.py": b"", "p/a.py": b"from .b import y\n", "p/b.py": b"y = 5\n"}
    assert evaluate("p.a", files, ["y"])[0].stdout == "5\n"


def test_without_examples_there_are_no_records() -> None:
    assert of_module(SOURCE, []) == []


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (b"import nothing_of_this_name", "ModuleNotFoundError"),
        (b"x = (", "SyntaxError"),
        (b"1 / 0", "ZeroDivisionError"),
        (b"raise SystemExit(0)", "SystemExit"),
    ],
)
def test_a_module_that_cannot_be_imported_completes_nothing_and_says_why(
    source: bytes, kind: str
) -> None:
    records = of_module(source, ["1", "2"])
    assert [(r.completed, r.exception_type) for r in records] == [(False, kind)] * 2


def test_a_module_that_is_not_there_or_no_module_at_all_is_said() -> None:
    assert evaluate("absent", {}, ["1"])[0].exception_type == "ModuleNotFoundError"
    (record,) = evaluate("os; import sys", {}, ["1"])
    assert not record.completed
    assert "not the name of a module" in str(record.exception_message)


def test_a_refused_file_name_is_said() -> None:
    (record,) = evaluate("m", {"../m.py": b""}, ["1"])
    assert not record.completed
    assert "'../m.py'" in str(record.exception_message)


def test_an_example_that_hangs_costs_only_itself_and_what_follows() -> None:
    limits = Limits(wall_seconds=0.5)
    records = of_module(SOURCE, ["double(1)", "while True: pass", "1"], limits=limits)
    assert [record.completed for record in records] == [True, False, False]
    assert "0.5 s" in str(records[1].exception_message)


def test_an_example_that_eats_memory_ends_as_an_error_of_its_own() -> None:
    limits = Limits(memory_mb=100)
    records = of_module(SOURCE, ["b = bytearray(10**9)", "double(1)"], limits=limits)
    assert [record.exception_type for record in records] == ["MemoryError", None]


def test_endless_output_of_an_example_is_bounded() -> None:
    limits = Limits(output_bytes=10_000)
    records = of_module(SOURCE, ["print('x' * 10**6)", "double(1)"], limits=limits)
    assert len(records[0].stdout) < 11_000
    assert records[1].stdout == "2\n"


def test_leaving_early_with_status_0_completes_nothing() -> None:
    for source in (b"import os; os._exit(0)", b"import os, signal; os.kill(os.getpid(), 9)"):
        (record,) = of_module(source, ["1"])
        assert not record.completed
    records = of_module(SOURCE, ["1", "import os; os._exit(0)", "2"])
    assert [record.completed for record in records] == [True, False, False]


FORGERS = {
    "records on every descriptor": b"""
import json, os
for token in ("", "0" * 32):
    for index in (-1, 0):
        record = json.dumps([token, index, "42\\n", None, None]).encode() + b"\\n"
        for fd in range(256):
            try: os.write(fd, record)
            except OSError: pass
os._exit(0)
""",
    "a patched displayhook": b"""
import sys
sys.__displayhook__ = sys.displayhook = lambda value: print("forged")
""",
    "a patched print and stdout": b"""
import builtins, sys, io
builtins.print = lambda *a, **k: None
class Liar(io.StringIO):
    def getvalue(self): return "forged"
sys.stdout = sys.__stdout__ = Liar()
""",
    "a value that calls itself equal to everything": b"""
class Value(int):
    def __eq__(self, other): return True
    def __repr__(self): return "forged"
def right(): return Value(4)
""",
}


@pytest.mark.parametrize("source", FORGERS.values(), ids=FORGERS.keys())
def test_a_forger_never_shows_the_right_answer(source: bytes) -> None:
    """The right answer is 42 and only a host that is not asked knows it."""
    if b"def right" not in source:
        source += b"\ndef right(): return 41\n"
    (forged,) = of_module(source, ["right()"])
    assert forged.stdout != "42\n"
    (honest,) = of_module(SOURCE, ["double(21)"])
    assert honest.stdout == "42\n"


def test_the_driver_inherits_only_the_descriptor_of_its_records() -> None:
    code = b"""
import os
def is_open(fd):
    try: os.fstat(fd)
    except OSError: return False
    return True
"""
    (record,) = of_module(code, ["len([fd for fd in range(256) if is_open(fd)])"])
    assert record.stdout == "4\n"


def test_without_bubblewrap_nothing_is_evaluated() -> None:
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        evaluate("m", {"m.py": b""}, ["1"], bubblewrap="/nonexistent/bwrap")


TOKEN = "0123456789abcdef" * 2


def line(index: int, shown: str = "x\n", token: str = TOKEN) -> bytes:
    return json.dumps([token, index, shown, None, None]).encode() + b"\n"


@pytest.mark.parametrize(
    ("stream", "completed"),
    [
        (line(-1) + line(0) + line(1), 2),
        (line(-1) + line(0) + line(1) + line(2) + b"more", 2),
        (line(-1) + line(0), 1),
        (line(-1) + line(0) + line(0), 1),
        (line(-1) + line(1) + line(0), 0),
        (line(0) + line(1), 0),
        (line(-1) + line(0, token="f" * 32) + line(1), 0),
        (line(-1) + b"noise\n" + line(0) + line(1), 0),
        (line(-1) + line(0)[:-5] + b"\n" + line(1), 0),
        (line(-1) + b"[" * 100_000 + b"\n", 0),
        (line(-1) + b'["%s", 0, [], null, null]\n' % TOKEN.encode(), 0),
        (line(-1) + b'["%s", 0, "", "E", null]\n' % TOKEN.encode(), 0),
        (line(-1) + b'["%s", 0, "\\q", null, null]\n' % TOKEN.encode(), 0),
        (b"", 0),
    ],
)
def test_only_the_exact_next_record_counts(stream: bytes, completed: int) -> None:
    records = read_records(stream, token=TOKEN, count=2, reason="gone")
    assert [record.completed for record in records] == [n < completed for n in range(2)]
    assert all(r.exception_message == "gone" for r in records if not r.completed)


@given(st.binary(), st.integers(0, 5))
def test_any_bytes_give_exactly_as_many_records_as_examples(data: bytes, count: int) -> None:
    for stream in (data, line(-1) + data, line(-1) + line(0) + data):
        records = read_records(stream, token=TOKEN, count=count, reason="gone")
        assert len(records) == count
        assert sum(record.completed for record in records) <= 1
