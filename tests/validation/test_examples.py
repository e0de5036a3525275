"""Examples: found in docstrings, blanked on their way in, compared as doctest compares."""

from __future__ import annotations

import ast

import pytest

from devmatrix.sandbox import CallRecord
from tests.validation.projects import ADD, FILES, MONEY
from validation.examples import Trial, files_for_examples, refusal, trials_in, without_wants
from validation.layout import layout_of
from validation.snapshot import Snapshot


def trial(example: str) -> Trial:
    (found,) = trials_in(f'def f():\n    """\n    {example}\n    """\n')
    return found


def shown(stdout: str = "", kind: str | None = None, message: str | None = None) -> CallRecord:
    return CallRecord(stdout, kind, message, completed=True)


def test_examples_know_their_line(evenly: Snapshot) -> None:
    code = evenly.code(ADD)
    for found in trials_in(code):
        assert code.split("\n")[found.line - 1].strip() == f">>> {found.source.strip()}"


def test_a_traceback_is_an_expected_exception(evenly: Snapshot) -> None:
    value, raised = trials_in(evenly.code(ADD))
    assert (value.want, value.exception) == ("3\n", None)
    assert raised.exception == "TypeError: no amount\n"


@pytest.mark.parametrize(
    ("example", "record"),
    [
        (">>> f()\n    3", shown("3\n")),
        (">>> f()", shown("")),
        (">>> f()\n    [1, ..., 9]", shown("[1, 2, 3, 9]\n")),
        (">>> f()  # doctest: +NORMALIZE_WHITESPACE\n    1 2", shown("1   2\n")),
        (">>> f()\n    a\n    <BLANKLINE>\n    b", shown("a\n\nb\n")),
        (
            ">>> f()\n    Traceback (most recent call last):\n    ValueError: no",
            shown("", "ValueError", "no"),
        ),
        (
            ">>> f()\n    Traceback (most recent call last):\n        ...\n    Odd: no ...",
            shown("", "pkg.errors.Odd", "no 5"),
        ),
        (
            ">>> f()\n    Traceback (most recent call last):\n    KeyError",
            shown("", "KeyError", None),
        ),
    ],
)
def test_what_fits_passes(example: str, record: CallRecord) -> None:
    assert refusal(trial(example), record) is None


@pytest.mark.parametrize(
    ("example", "record", "said"),
    [
        (">>> f()\n    3", shown("4\n"), "something else"),
        (">>> f()\n    3", shown(""), "something else"),
        (">>> f()", shown("4\n"), "something else"),
        (">>> f()\n    1 2", shown("1  2\n"), "something else"),
        (">>> f()\n    3", shown("", "ValueError", "no"), "raises ValueError"),
        (
            ">>> f()\n    Traceback (most recent call last):\n    ValueError: no",
            shown("1\n"),
            "no exception",
        ),
        (
            ">>> f()\n    Traceback (most recent call last):\n    ValueError: no",
            shown("", "ValueError", "yes"),
            "something else",
        ),
        (
            ">>> f()\n    Traceback (most recent call last):\n    ValueError: no",
            shown("", "TypeError", "no"),
            "something else",
        ),
    ],
)
def test_what_differs_is_refused(example: str, record: CallRecord, said: str) -> None:
    difference = refusal(trial(example), record)
    assert difference is not None
    assert said in difference[0]


def test_skipped_examples_are_no_examples() -> None:
    assert trials_in('def f():\n    """\n    >>> f()  # doctest: +SKIP\n    3\n    """\n') == []


# --- what enters the sandbox


def test_expected_lines_do_not_enter() -> None:
    blanked = without_wants(MONEY.encode()).decode()
    assert len(blanked.split("\n")) == len(MONEY.split("\n"))
    assert "\n    3\n" not in blanked
    assert "no amount" not in blanked
    assert "Traceback" not in blanked
    assert ">>> Money(1).add(Money(2)).cents" in blanked


def test_only_docstrings_are_blanked() -> None:
    source = 'X = """\n>>> a\n3\n"""\n\n\ndef f():\n    """\n    >>> f()\n    3\n    """\n'
    blanked = without_wants(source.encode()).decode()
    assert ast.literal_eval(blanked.split("\n\n\n")[0].removeprefix("X = ")) == "\n>>> a\n3\n"
    assert blanked.count("3") == 1


def test_a_docstring_that_ends_on_an_expected_line_still_ends() -> None:
    source = 'def f():\n    """F.\n\n    >>> f()\n    3"""\n    return 3\n'
    blanked = without_wants(source.encode()).decode()
    ast.parse(blanked)
    assert "    3" not in blanked
    assert "return 3" in blanked


def test_what_does_not_parse_enters_as_it_is() -> None:
    source = b'def f(:\n    """\n    >>> f()\n    3\n    """\n'
    assert without_wants(source) == source


def test_tests_and_prose_stay_outside() -> None:
    files = {path: text.encode() for path, text in FILES.items()}
    files |= {"tests/test_money.py": b"assert 3\n", "data.json": b"{}"}
    entered = files_for_examples(files, layout_of(files), "src/evenly/money.py")
    assert set(entered) == {
        "src/evenly/__init__.py",
        "src/evenly/money.py",
        "web/double.ts",
        "data.json",
    }
