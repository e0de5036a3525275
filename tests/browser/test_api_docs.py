"""The documentation of the API works under the site's strict policy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_documentation_renders_and_can_be_tried_without_a_violation(
    page: Page, complaints: Complaints
) -> None:
    make_user("ada")

    page.goto("/api/v2/docs/")
    expect(page).to_have_url(re.compile("/login/"))
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("sign in|log in", re.I)).click()

    listed = page.locator("[data-path='/api/v2/masterplans']")
    expect(listed).to_be_visible()
    listed.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table td.response-col_status").last).to_contain_text("200")
    assert complaints.texts == []
