"""The page of a project's graph: board, chosen atom, reasons, invalidation, what is missing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dependencies import views
from dependencies.services import build_graph
from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan
from tests.dependencies.test_api import MONEY, RATES
from tests.factories import atom_named, make_atom, make_file, make_graph, make_masterplan

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    """A client of somebody who is signed in."""
    client.force_login(user)
    return client


@pytest.fixture
def plan() -> MasterPlan:
    plan = make_masterplan("shop")
    make_file(plan, "shop/money.py", MONEY)
    make_file(plan, "shop/rates.py", RATES)
    build_graph(masterplan=plan)
    return plan


def page(browser: Client, plan: MasterPlan, **query: Any) -> str:
    response = browser.get(reverse("project-graph", args=[plan.pk]), query)
    assert response.status_code == 200
    return str(response.content.decode())


def squares(text: str) -> list[str]:
    return re.findall(r'<a href="[^"]*" tabindex="-1"><path[^>]*><title>([^<]*)</title>', text)


def test_the_board_has_a_square_for_every_atom(browser: Client, plan: MasterPlan) -> None:
    text = page(browser, plan)
    assert len(squares(text)) == plan.atoms.count()
    assert "shop/money.py::tax (accepted)" in squares(text)
    assert "wave 1 · " in text


def test_without_a_graph_the_page_says_so(browser: Client) -> None:
    assert "has no graph yet" in page(browser, make_masterplan())


def test_a_chosen_atom_is_shown_with_the_reasons_of_its_edges(
    browser: Client, plan: MasterPlan
) -> None:
    tax = atom_named(plan, "shop/money.py::tax")
    text = page(browser, plan, atom=tax.pk)
    chosen = text[text.index('id="chosen"') :]
    assert "calls rate, line 8" in chosen
    assert "<pre>return amount * rate(amount)</pre>" in chosen
    assert "<pre>def rate(amount: int) -&gt; int:</pre>" in chosen
    assert "Resolved by" in chosen
    assert 'stroke="#d35400"' in text and 'stroke="#2c3e90"' in text


def test_what_an_edit_would_invalidate_is_told_for_both_sorts(
    browser: Client, plan: MasterPlan
) -> None:
    text = page(browser, plan, atom=atom_named(plan, "shop/rates.py::rate").pk)
    assert "If only its body changes: the checks of 1 atom, and the tests alone of 4" in text
    assert "If its contract changes: the checks of" in text


def test_cycles_are_listed_with_their_reasons(browser: Client, plan: MasterPlan) -> None:
    text = page(browser, plan)
    assert "Cycle 1: 2 atoms, 2 edges, tested as one" in text
    assert "calls fallback" in text and "calls rate" in text


def test_what_was_not_analyzed_is_listed(browser: Client, plan: MasterPlan) -> None:
    make_file(plan, "shop/broken.py", "def f(:\n    return 1\n")
    build_graph(masterplan=plan)
    assert "<code>shop/broken.py:1</code>" in page(browser, plan)


def test_atoms_are_found_by_name_and_path(browser: Client, plan: MasterPlan) -> None:
    assert "shop/rates.py::fallback</code></a> <small" in page(browser, plan, text="fallb")
    assert "shop/rates.py::rate</code></a> <small" in page(browser, plan, text="rates.py::rate")
    assert "No atom is called that." in page(browser, plan, text="nowhere")


def test_a_large_board_comes_in_pages_and_opens_where_the_atom_is(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "BOARD", 2)
    plan = make_masterplan()
    atoms = [make_atom(plan) for _ in range(5)]
    make_graph(plan, [[atom] for atom in atoms])
    text = page(browser, plan)
    assert len(squares(text)) == 2 and "atoms 1 to 2 of 5" in text and "Page 1 of 3" in text
    assert "?page=1&amp;atom=" in text
    last = page(browser, plan, atom=atoms[4].pk)
    assert len(squares(last)) == 1 and "Page 3 of 3" in last


@pytest.mark.parametrize("key", ["x", "", "56404cd4-be3a-4135-9220-6dbdd344ff52"])
def test_an_atom_that_is_not_there(browser: Client, plan: MasterPlan, key: str) -> None:
    response = browser.get(reverse("project-graph", args=[plan.pk]), {"atom": key})
    assert response.status_code == (404 if key else 200)


def test_an_atom_of_another_project_is_not_shown(browser: Client, plan: MasterPlan) -> None:
    response = browser.get(reverse("project-graph", args=[plan.pk]), {"atom": make_atom().pk})
    assert response.status_code == 404


def test_hostile_names_are_text(browser: Client) -> None:
    plan = make_masterplan("<b>\u202e")
    path = 'a"><script>alert(1)</script>\u202e\x1b.py'
    make_file(plan, path, "def f():\n    return g()\n\n\ndef g():\n    return f()  # <i>\u202e\n")
    build_graph(masterplan=plan)
    text = page(browser, plan, atom=plan.atoms.first().pk)
    assert "<script>alert" not in text and "<i>" not in text
    assert "\u202e" not in text and "\x1b" not in text
    assert "⟦U+202E⟧" in text


def test_strangers_are_sent_to_sign_in(client: Client, plan: MasterPlan) -> None:
    response = client.get(reverse("project-graph", args=[plan.pk]))
    assert response.status_code == 302 and "/login/" in response["Location"]


@pytest.mark.parametrize("width", [2, 12])
def test_the_page_takes_a_fixed_number_of_queries(
    browser: Client, width: int, django_assert_max_num_queries: Any
) -> None:
    plan = make_masterplan()
    needed = make_atom(plan)
    users = [make_atom(plan) for _ in range(width)]
    make_graph(plan, [[needed], users], [(user, needed) for user in users])
    with django_assert_max_num_queries(22):
        page(browser, plan, atom=needed.pk)


def test_project_and_atom_lead_to_the_graph(browser: Client, plan: MasterPlan) -> None:
    address = reverse("project-graph", args=[plan.pk])
    tax = atom_named(plan, "shop/money.py::tax")
    assert address in browser.get(reverse("project", args=[plan.pk])).content.decode()
    assert (
        f"{address}?atom={tax.pk}" in browser.get(reverse("atom", args=[tax.pk])).content.decode()
    )
