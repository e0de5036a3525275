"""The sections of docstrings, in the styles that people write them in."""

from __future__ import annotations

import time
from inspect import cleandoc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atomization.contracts.docstrings import script_sections_of, sections_of
from atomization.contracts.model import Section

GOOGLE = """
Do.

Args:
    a: The first,
        which goes on.
    b (dict[str, (int)], optional): The second.
    *rest: Others.

Returns:
    list[int]: All
    of them.

Raises:
    KeyError: If it is missing.
    errors.Bad: Else.

Note:
    Take care.
"""
NUMPY = """
Do.

Parameters
----------
a : int
    The first,
    which goes on.
b, c : str, optional
    Others.

Returns
-------
total : int
    The sum.

Raises
------
KeyError
    If it is missing.

Examples
--------
>>> f(1)
1
"""
REST = """
Do.

:param int a: The first,
    which goes on.
:param b: The second.
:type b: str
:returns: All.
:rtype: list[int]
:raises KeyError: If it is missing.
"""


def test_google_style() -> None:
    assert sections_of(cleandoc(GOOGLE)) == (
        Section("param", "a", "", "The first, which goes on."),
        Section("param", "b", "dict[str, (int)], optional", "The second."),
        Section("param", "*rest", "", "Others."),
        Section("returns", "", "list[int]", "All of them."),
        Section("raises", "KeyError", "", "If it is missing."),
        Section("raises", "errors.Bad", "", "Else."),
        Section("note", "", "", "Take care."),
    )


def test_numpy_style() -> None:
    assert sections_of(cleandoc(NUMPY)) == (
        Section("param", "a", "int", "The first, which goes on."),
        Section("param", "b, c", "str, optional", "Others."),
        Section("returns", "total", "int", "The sum."),
        Section("raises", "KeyError", "", "If it is missing."),
        Section("example", "", "", ">>> f(1)\n1"),
    )


def test_rest_style() -> None:
    assert sections_of(cleandoc(REST)) == (
        Section("param", "a", "int", "The first, which goes on."),
        Section("param", "b", "str", "The second."),
        Section("returns", "", "list[int]", "All."),
        Section("raises", "KeyError", "", "If it is missing."),
    )


@pytest.mark.parametrize(
    ("docstring", "found"),
    [
        ("Do.\n\nReturns: The sum.", (Section("returns", "", "", "The sum."),)),
        ("Do.\n\nReturns:\n    The sum: all.", (Section("returns", "", "", "The sum: all."),)),
        ("Do.\n\nYields:\n    int: One.", (Section("yields", "", "int", "One."),)),
        ("Do.\n\n:rtype: int", (Section("returns", "", "int", ""),)),
        ("Do.\n\nReturns\n-------\nint\n    A.", (Section("returns", "", "int", "A."),)),
        ("Do.\n\nReturns\n-------\nThe sum.", (Section("returns", "", "", "The sum."),)),
        ("Do.\n\nDeprecated: Use g.", (Section("deprecated", "", "", "Use g."),)),
        (
            "Do.\n\nRaises:\n    When it is late.",
            (Section("raises", "", "", "When it is late."),),
        ),
    ],
)
def test_other_ways_to_write_it(docstring: str, found: tuple[Section, ...]) -> None:
    assert sections_of(docstring) == found


def test_each_row_of_requirements_is_one() -> None:
    found = sections_of("Do.\n\nRequires:\n    a > 0\n    b is\n        sorted\n")
    assert found == (
        Section("requires", "", "", "a > 0"),
        Section("requires", "", "", "b is sorted"),
    )


@pytest.mark.parametrize(
    "docstring",
    [
        "",
        "Return the sum of a: int and b.",
        "Do.\n\nThe arguments are nice.\nReturns nothing at all.",
        "Do: this.\n\nArguments about it: none.",
        "Note that x.\nparameters of the thing",
    ],
)
def test_prose_has_no_sections(docstring: str) -> None:
    assert sections_of(docstring) == ()


JSDOC = """
Does.

@typeParam T - what is held
@param {Map<string, {a: number}>} items - the items,
which go on
@param {number} [limit=3] the most
@returns {T[]} some of them
@throws {RangeError} if there are none
@throws {@link Bad} else
@example
f(new Map());
@deprecated use g
@internal
"""


def test_jsdoc_and_tsdoc() -> None:
    assert script_sections_of(JSDOC.strip()) == (
        Section("typeparam", "T", "", "what is held"),
        Section("param", "items", "Map<string, {a: number}>", "the items, which go on"),
        Section("param", "limit", "number", "the most"),
        Section("returns", "", "T[]", "some of them"),
        Section("raises", "RangeError", "", "if there are none"),
        Section("raises", "Bad", "", "else"),
        Section("example", "", "", "f(new Map());"),
        Section("deprecated", "", "", "use g"),
    )


def test_a_comment_without_tags_has_no_sections() -> None:
    assert script_sections_of("Mail me@example.org.") == ()


LINES = st.sampled_from(
    [
        "Args:",
        "    a (b(c)): d",
        "Parameters",
        "----------",
        "x : int",
        ":param a b: c",
        ":type a: int",
        ":rtype: int",
        "",
        "Returns:",
        "        deep",
        "@param {a b - c",
        "@throws {@link X",
        "@example",
        ":",
        "Raises",
        "======",
        "((((((((",
        "a ((((()((((()(((((): b",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES | st.text(max_size=20), max_size=15).map("\n".join))
def test_any_docstring_is_read(docstring: str) -> None:
    for part in (*sections_of(docstring), *script_sections_of(docstring)):
        assert part.kind


@pytest.mark.parametrize(
    "docstring",
    [
        "Args:\n    x " + "(" * 20_000,
        "Args:\n    x " + "(()" * 8_000,
        "Args:\n" + "    a: b\n" * 8_000,
        ":param " + "a " * 20_000,
        "Raises:\n    " + "A." * 20_000,
        "Returns\n-------\n" * 3_000,
        "@param {" * 5_000,
    ],
)
def test_no_docstring_takes_long(docstring: str) -> None:
    started = time.process_time()
    sections_of(docstring)
    script_sections_of(docstring)
    assert time.process_time() - started < 2
