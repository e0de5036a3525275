"""The page of a graph in a browser: a click on the board leads to an atom and its reasons."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dependencies.services import build_graph
from devmatrix.masterplans.models import MasterPlan
from tests.browser.conftest import Complaints
from tests.browser.test_atom_page import SOURCE, sign_in
from tests.dependencies.test_api import MONEY, RATES
from tests.factories import make_file, make_masterplan

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def plan(db: None) -> MasterPlan:
    plan = make_masterplan("Shop \u202e")
    make_file(plan, "shop/money.py", MONEY)
    make_file(plan, "shop/rates.py", RATES)
    make_file(plan, "shop/in\u202evoices.py", SOURCE)
    make_file(plan, "shop/broken.py", "def f(:\n    return 1\n")
    build_graph(masterplan=plan)
    return plan


@pytest.mark.parametrize("width", [1280, 390])
def test_a_click_on_the_board_tells_why(
    page: Page, complaints: Complaints, plan: MasterPlan, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page)
    page.goto(f"/projects/{plan.pk}/")
    page.get_by_role("link", name="the graph").click()

    board = page.get_by_label("Wave board")
    expect(board).to_be_visible()
    board.locator("a", has_text="shop/money.py::total").click()

    chosen = page.get_by_label("The chosen atom")
    expect(chosen.get_by_role("heading", name="shop/money.py::total")).to_be_visible()
    chosen.get_by_text("calls tax, line 13").click()
    expect(chosen.get_by_text("return amount + tax(amount)")).to_be_visible()
    expect(chosen.get_by_text("If its contract changes")).to_be_visible()
    expect(page.get_by_text("shop/broken.py:1")).to_be_visible()

    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    assert complaints.texts == []
    if "SHOTS" in os.environ:
        page.screenshot(path=Path(os.environ["SHOTS"], f"graph{width}.png"), full_page=True)
