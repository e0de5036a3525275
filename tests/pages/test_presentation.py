"""Hostile text is shown as text, and no line of it is lost."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atomization.presentation import (
    code_lines,
    diff,
    placed_lines,
    typed,
    untypable,
    visible,
)


def plain(lines: list[str]) -> list[str]:
    """Return lines of HTML as the text that a browser shows."""
    return [html.unescape(re.sub(r"<[^>]*>", "", line)) for line in lines]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a⟦U+0000⟧b"),
        ("a\u202eb", "a⟦U+202E⟧b"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("a\x1b[31mb", "a⟦U+001B⟧[31mb"),
        ("a\udcffb", "a⟦0xFF⟧b"),
        ("a\rb", "a⟦U+000D⟧b"),
        ("a\u2028b", "a⟦U+2028⟧b"),
        ("a\ufeffb", "a⟦U+FEFF⟧b"),
    ],
)
def test_a_character_that_hides_or_reorders_is_named(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", ["a\n\tb\r\nc", "naïve Größe 漢字 😀"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters(codec=None)))
def test_every_text_can_be_sent_to_a_browser(text: str) -> None:
    visible(text).encode()


def test_markup_in_code_is_escaped() -> None:
    (line,) = code_lines('x = "<script>alert(1)</script>"\n', "python")
    assert "<script>" not in line
    assert plain([line]) == ['x = "<script>alert(1)</script>"']


def test_colours_come_from_classes() -> None:
    (line,) = code_lines("return 1\n", "python")
    assert '<span class="k">return</span>' in line
    assert "style" not in line


def test_a_token_over_several_lines_is_closed_on_each() -> None:
    lines = code_lines('"""a\nb"""\n', "python")
    assert [line.count("<span") for line in lines] == [line.count("</span") for line in lines]


@given(st.text(), st.sampled_from(["python", "typescript", "javascript", "README.md", "x.zzz"]))
def test_no_line_is_lost_or_changed(text: str, language: str) -> None:
    shown = visible(text).replace("\r\n", "\n")
    wanted = shown.split("\n")
    if wanted[-1] == "":
        wanted.pop()
    assert plain(list(code_lines(text, language))) == wanted


def test_a_difference_shows_both_sides_with_their_numbers() -> None:
    rows = diff("a\nb\nc\n", "a\nB\nc\n", "python")
    assert [(row.sign, row.old, row.new) for row in rows] == [
        (" ", 1, 1),
        ("-", 2, None),
        ("+", None, 2),
        (" ", 3, 3),
    ]


def test_equal_texts_have_no_difference() -> None:
    assert diff("a\n", "a\n", "python") == []


def test_distant_changes_are_parted_by_a_gap() -> None:
    middle = "".join(f"x{i}\n" for i in range(100))
    rows = diff(f"a\n{middle}b\n", f"A\n{middle}B\n", "python", context=2)
    assert [row.sign for row in rows].count("…") == 1
    assert len(rows) == 2 + 2 + 1 + 2 + 2


def test_each_line_of_a_file_knows_its_piece() -> None:
    lines = placed_lines(["import a\n", "\n\ndef f():\n", "    return 1\n"], "python")
    assert [(line.number, line.piece, line.first) for line in lines] == [
        (1, 0, True),
        (2, 1, True),
        (3, 1, False),
        (4, 1, False),
        (5, 2, True),
    ]


@pytest.mark.parametrize("text", ["a\x00", "a\udcff", "a\rb", "a\r\nb\n"])
def test_text_that_a_form_would_damage_is_recognised(text: str) -> None:
    assert untypable(text)


@pytest.mark.parametrize("text", ["", "a\nb\n", "a\r\nb\r\n", "Größe"])
def test_text_that_a_form_keeps_is_let_through(text: str) -> None:
    assert not untypable(text)


@given(st.lists(st.text("ab \t", max_size=5)), st.sampled_from(["\n", "\r\n"]))
def test_a_form_gives_back_what_it_was_given(lines: list[str], end: str) -> None:
    original = end.join(lines)
    sent = original.replace("\r\n", "\n").replace("\n", "\r\n")
    assert typed(sent, original) == original
