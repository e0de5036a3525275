"""A reviewer's whole sitting: sign in, edit one atom, approve one, send one back, see it come.

Everything is real but the model, whose answers the replay server reads from a transcript: the
pages in Chromium, the checks in the sandbox, the workers' way through the stages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from atomization.models import AtomicUnit
from devmatrix.llm.replay_process import ReplayProcess
from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline.tasks import advance
from devmatrix.sandbox import doctor
from tests.browser.conftest import Complaints
from tests.factories import PASSWORD, atom_named, make_file, make_masterplan, make_reviewer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SKELETON = '''"""Words."""


def greet(name: str) -> str:
    """Greet somebody.

    >>> greet("Ada")
    'Hello, Ada!'
    """
    ...


def initials(name: str) -> str:
    """Give the first letters of a name.

    >>> initials("Ada Lovelace")
    'AL'
    """
    ...


def shout(text: str) -> str:
    """Say it loud.

    >>> shout("fire")
    'FIRE!'
    """
    ...
'''
TRANSCRIPT = '''note = "Written by hand for a test."

[[answer]]
purpose = "atom"
subject = "words.py::greet"
code = """
def greet(name: str) -> str:
    \\"\\"\\"Greet somebody.

    >>> greet("Ada")
    'Hello, Ada!'
    \\"\\"\\"
    return f"Hello, {name}!"
"""

[[answer]]
purpose = "atom"
subject = "words.py::initials"
code = """
def initials(name: str) -> str:
    \\"\\"\\"Give the first letters of a name.

    >>> initials("Ada Lovelace")
    'AL'
    \\"\\"\\"
    return "".join(letter for letter in name if letter.isupper())
"""

[[answer]]
purpose = "atom"
subject = "words.py::shout"
code = """
def shout(text: str) -> str:
    \\"\\"\\"Say it loud.

    >>> shout("fire")
    'FIRE!'
    \\"\\"\\"
    return text.upper() + "!"
"""

[[answer]]
purpose = "atom"
subject = "words.py::shout"
requires = ["Strip blanks"]
code = """
def shout(text: str) -> str:
    \\"\\"\\"Say it loud.

    >>> shout("fire")
    'FIRE!'
    \\"\\"\\"
    return text.strip().upper() + "!"
"""
'''


@pytest.fixture
def model(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A model server that answers from TRANSCRIPT; every atom comes up for review."""
    if not doctor().ok:
        pytest.skip(f"no sandbox: {'; '.join(doctor().problems)}")
    transcript = tmp_path / "transcript"
    transcript.mkdir()
    (transcript / "00.toml").write_text(TRANSCRIPT)
    with ReplayProcess(transcript, latency=0.0) as replay:
        settings.DEVMATRIX = {
            **settings.DEVMATRIX,
            "ANTHROPIC_API_KEY": "",
            "ANTHROPIC_BASE_URL": replay.url,
            "REVIEW_SHARE": 1.0,
        }
        yield


def work_on(plan: MasterPlan) -> str:
    """Do what a worker does when it is rung for the plan; returns the plan's status then."""

    def worker() -> str:
        try:
            return advance(str(plan.pk))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:  # Playwright's event loop occupies this thread
        return pool.submit(worker).result()


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def open_item(page: Page, atom: str) -> None:
    page.goto("/review/")
    page.get_by_role("link", name=atom, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(atom)


def test_a_reviewer_edits_approves_and_sends_back(
    page: Page, complaints: Complaints, model: None
) -> None:
    make_reviewer("grace")
    plan = make_masterplan("words", status=MasterPlan.Status.ATOMIZING)
    make_file(plan, "words.py", SKELETON)
    assert work_on(plan) == "in_review"

    # The queue is behind the login, and holds the three atoms that were made.
    page.goto("/review/")
    sign_in(page, "grace")
    expect(page.locator("tbody tr")).to_have_count(3)

    # An edit that breaks the atom's own example is refused and stays in the form.
    open_item(page, "initials")
    edit = page.get_by_role("button", name="Check and save")
    code = page.get_by_label("Text of the atom")
    page.locator("summary", has_text="Edit").click()
    good = code.input_value().replace("letter for letter in name if letter.isupper()", "{}")
    assert "{}" in good
    bad = good.format("word[1] for word in name.split()")
    code.fill(bad)
    edit.click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The text was not taken")
    expect(alert).to_contain_text("examples")
    expect(alert).to_contain_text("'AL'")
    assert code.input_value().strip() == bad.strip()
    assert "isupper" in atom_named(plan, "words.py::initials").code

    # A right edit takes the atom's place.
    code.fill(good.format("word[0] for word in name.split()"))
    edit.click()
    expect(page.get_by_role("status")).to_contain_text("Edited: initials.")
    edited = atom_named(plan, "words.py::initials")
    assert "word[0] for word in name.split()" in edited.code
    assert edited.author == AtomicUnit.Author.PERSON

    # Another atom is signed off as it is.
    open_item(page, "greet")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("Approved: greet.")

    # A third is sent back, and its page waits for it.
    open_item(page, "shout")
    page.locator("summary", has_text="Regenerate").click()
    page.get_by_label("What is wrong").fill("Strip blanks first.")
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_role("status")).to_contain_text("Sent back: shout. Nothing else waits.")
    item = plan.review_items.get(atom__name="shout")
    page.goto(f"/review/{item.pk}/")
    expect(page.get_by_text("being made again")).to_be_visible()
    expect(page.get_by_text("Strip blanks first.")).to_be_visible()

    # The workers make it anew, told the reviewer's words, and the page opens by itself.
    assert work_on(plan) == "in_review"
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    expect(page.get_by_role("region", name="The atom in its file")).to_contain_text(
        "text.strip().upper()"
    )
    approve.click()
    expect(page.get_by_role("status")).to_contain_text("Approved: shout. Nothing else waits.")

    # The file shows all three results, and the project is done.
    page.goto(f"/files/{item.atom.source_file_id}/")
    for text in ("word[0] for word in name.split()", "text.strip().upper()", 'f"Hello, {name}!"'):
        expect(page.locator("main")).to_contain_text(text)
    page.goto(f"/projects/{plan.pk}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("words")

    decisions = dict(plan.review_items.values_list("atom__name", "status"))
    assert decisions == {"greet": "approved", "initials": "edited", "shout": "approved"}
    # The refused edit is answered with 422, which Chromium reports as an error of its own.
    refused = re.compile(r"error: Failed to load resource: .* status of 422")
    assert [text for text in complaints.texts if not refused.match(text)] == []
