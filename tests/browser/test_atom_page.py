"""The page of an atom, for a reviewer in a hurry: data flow, holes with reasons, criteria."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from atomization.models import AtomicUnit
from atomization.services import describe, retire
from tests.browser.conftest import Complaints
from tests.factories import PASSWORD, make_file, make_masterplan, make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]

SOURCE = '''"""Invoices."""

import random

from nowhere import tax_rate


def settle(invoices: list[dict[str, int]], ledger: dict[str, int], limit: int) -> int:
    """Book invoices until the limit is reached, and say how much was booked.

    Args:
        invoices: what is to be booked, oldest first.
        ledger: accounts by name; it is changed in place.
        limit: cents that may be booked at most.

    Raises:
        ValueError: for an invoice without an account.
    """
    total = 0
    skipped = []
    names = sorted(ledger)
    for invoice in invoices:
        account = invoice.get("account")
        if account is None:
            raise ValueError(invoice)
        amount = invoice["cents"] * tax_rate(names)
        if total + amount > limit:
            skipped.append(invoice)
            continue
        ledger[str(account)] += amount
        total += amount
        bonus = random.random()
        if bonus > 0.5:
            total += unknown_bonus
    if skipped:
        last = skipped[-1]
        print("skipped", len(skipped), last)
        if total == 0:
            return -1
    report = [f"{name}: {ledger[name]}" for name in names]
    for line in report:
        print(line)
    return total
'''


@pytest.fixture
def block(db: None) -> AtomicUnit:
    """A block in the middle of a function that does much and refers to what is not there."""
    plan = make_masterplan("Invoices")
    make_file(plan, "shop/invoices.py", SOURCE)
    describe(masterplan=plan)
    blocks = [atom for atom in plan.atoms.order_by("position") if "unknown_bonus" in atom.code]
    assert blocks[0].contract["flow"]
    return blocks[0]


def sign_in(page: Page) -> None:
    make_user("ada")
    page.goto("/login/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("sign in|log in", re.I)).click()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_reviewer_sees_flow_holes_and_unmet_criteria_at_once(
    page: Page, complaints: Complaints, block: AtomicUnit, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page)
    page.goto(f"/atoms/{block.pk}/")

    flow = page.get_by_label("Data flow")
    expect(flow).to_be_visible()
    expect(flow).to_contain_text("total")
    expect(flow).to_contain_text("used after it")

    hole = page.locator("table.holes tr", has_text="unknown_bonus")
    expect(hole).to_contain_text("nothing in scope binds it")

    missed = page.locator("table.signs tr", has_text="complete context").first
    expect(missed).to_be_visible()
    expect(missed).to_contain_text("→")

    resolved = page.get_by_text(re.compile(r"^\d+ resolved$"))
    resolved.click()
    expect(page.get_by_text("Resolved to")).to_be_visible()

    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    assert complaints.texts == []


def test_a_retired_atom_still_has_its_page(
    page: Page, complaints: Complaints, block: AtomicUnit
) -> None:
    retire([block])
    sign_in(page)
    page.goto(f"/atoms/{block.pk}/")
    expect(page.get_by_text("is in its file no longer")).to_be_visible()
    assert complaints.texts == []
