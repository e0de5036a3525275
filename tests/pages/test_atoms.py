"""The pages of atoms and files."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from atomization.models import AtomicUnit
from devmatrix.accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db

SOURCE = '''import os


def greet(name: str) -> str:
    """Greet somebody."""
    return "<b>" + name  # \u202e hidden
'''


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    """A client of somebody who is signed in."""
    client.force_login(user)
    return client


@pytest.fixture
def greet(db: None) -> AtomicUnit:
    """An atom in a file."""
    plan = factories.make_masterplan()
    factories.make_file(plan, "pkg/greet.py", SOURCE)
    return factories.atom_named(plan, "pkg/greet.py::greet")


def body(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def test_an_atoms_code_is_coloured_text(browser: Client, greet: AtomicUnit) -> None:
    text = body(browser.get(reverse("atom", args=[greet.pk])))
    assert '<span class="k">return</span>' in text
    assert "&lt;b&gt;" in text and "⟦U+202E⟧" in text and "\u202e" not in text


def test_an_atom_shows_its_checks_by_level(browser: Client, greet: AtomicUnit) -> None:
    factories.make_result(greet, check_name="types", verdict="failed", message="is not <int>")
    text = body(browser.get(reverse("atom", args=[greet.pk])))
    assert "Level 1: atom" in text and "is not &lt;int&gt;" in text


def test_a_line_that_a_check_points_at_is_marked(browser: Client, greet: AtomicUnit) -> None:
    factories.make_result(greet, check_name="types", verdict="failed", line=5)
    assert '<tr class="marked"><td class="line-number">5</td>' in body(
        browser.get(reverse("atom", args=[greet.pk]))
    )


def test_a_check_of_an_older_text_marks_nothing(browser: Client, greet: AtomicUnit) -> None:
    factories.make_result(greet, verdict="failed", line=5, content_sha256="0" * 64)
    assert 'class="marked"' not in body(browser.get(reverse("atom", args=[greet.pk])))


def test_attempts_show_feedback_and_cost(browser: Client, greet: AtomicUnit) -> None:
    factories.make_attempt(
        greet,
        2,
        outcome="rejected",
        feedback="attempt 1 failed <types>",
        failed_check="examples",
        cost_usd="0.0123",
    )
    text = body(browser.get(reverse("atom", args=[greet.pk])))
    assert "attempt 1 failed &lt;types&gt;" in text
    assert "$0.0123" in text and "examples" in text


def test_holes_in_the_context_are_shown(browser: Client, greet: AtomicUnit) -> None:
    AtomicUnit.objects.filter(pk=greet.pk).update(
        context={
            "imports": ["import os"],
            "contracts": [["pkg/x.py::f", "def f() -> int"]],
            "resolved": ["name"],
            "unresolved": ["mystery"],
        },
        context_completeness=0.5,
    )
    text = body(browser.get(reverse("atom", args=[greet.pk])))
    assert "50% complete" in text and "mystery" in text and "pkg/x.py::f" in text


def test_a_split_function_shows_its_signature_beside_its_flow(browser: Client) -> None:
    rows = "".join(f"    n = n + {number}\n" for number in range(30))
    plan = factories.make_masterplan()
    factories.make_file(plan, "pkg/long.py", f"def grow(n: int) -> int:\n{rows}    return n\n")
    shown = {
        name: body(browser.get(reverse("atom", args=[factories.atom_named(plan, key).pk])))
        for name, key in [
            ("header", "pkg/long.py::grow"),
            ("block", "pkg/long.py::grow#block2"),
        ]
    }
    assert "<pre>def grow(n: int) -&gt; int:</pre>" in shown["header"]
    assert all('aria-label="Data flow"' in text for text in shown.values())
    assert "<pre>" not in shown["block"].split("<h2>Context</h2>")[0]


def test_neighbours_are_linked_both_ways(browser: Client, greet: AtomicUnit) -> None:
    other = factories.make_atom(greet.masterplan)
    factories.make_graph(greet.masterplan, [[other], [greet]], [(greet, other)])
    assert reverse("atom", args=[other.pk]) in body(browser.get(reverse("atom", args=[greet.pk])))
    assert reverse("atom", args=[greet.pk]) in body(browser.get(reverse("atom", args=[other.pk])))


def test_a_file_shows_every_line_and_its_atoms(browser: Client, greet: AtomicUnit) -> None:
    text = body(browser.get(reverse("file", args=[greet.source_file_id])))
    assert text.count('class="line-number"') == SOURCE.count("\n")
    assert f'id="a{greet.pk}"' in text and reverse("atom", args=[greet.pk]) in text


def test_a_file_without_atoms_is_shown_as_text(browser: Client) -> None:
    plan = factories.make_masterplan()
    file = factories.make_file(plan, "README.md", "# <i>Evenly</i>\n")
    assert "&lt;i&gt;" in body(browser.get(reverse("file", args=[file.pk])))


def test_bytes_that_are_no_text_are_not_shown(browser: Client) -> None:
    plan = factories.make_masterplan()
    file = factories.make_file(plan, "logo.png", "\x89PNG\x00\x01")
    assert "not text" in body(browser.get(reverse("file", args=[file.pk])))


def test_text_that_is_not_utf8_is_shown_with_its_bytes_named(browser: Client) -> None:
    plan = factories.make_masterplan()
    file = factories.make_file(plan, "latin.txt", "Gr\udcfc\udcdfe\n")
    assert "⟦0xFC⟧" in body(browser.get(reverse("file", args=[file.pk])))


def test_a_long_file_comes_in_pages(browser: Client) -> None:
    plan = factories.make_masterplan()
    file = factories.make_file(plan, "long.txt", "x\n" * 4500)
    text = body(browser.get(reverse("file", args=[file.pk]), {"page": "3"}))
    assert text.count('class="line-number"') == 500
    assert "Page 3 of 3" in text


def test_an_atoms_page_takes_a_fixed_number_of_queries(
    browser: Client, greet: AtomicUnit, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 10):
        factories.make_attempt(greet, number)
        factories.make_result(greet, check_name=f"check{number}")
    with django_assert_max_num_queries(16):
        browser.get(reverse("atom", args=[greet.pk]))
