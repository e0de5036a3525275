"""A Chromium that notes every violation of the Content-Security-Policy and every script error."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Complaints:
    """What the browser objected to, in order; empty after a clean visit."""

    texts: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Note console errors (policy violations are such) and uncaught exceptions."""
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.texts.append(f"exception: {error}"))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.texts.append(f"{kind}: {text}")


@pytest.fixture
def complaints() -> Complaints:
    """What the page of this test gave reason to complain about."""
    return Complaints()


@pytest.fixture
def page(
    live_server: Any, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """A page on the live server, in a headless Chromium of its own; skips where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: install Debian's package chromium")
    # Playwright keeps an event loop running in this thread for as long as it is open, hence one
    # for each test; the test itself uses the ORM synchronously meanwhile.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(base_url=live_server.url)
        context.set_default_timeout(15_000)
        opened = context.new_page()
        complaints.listen(opened)
        yield opened
        browser.close()
        connections.close_all()  # the ones that Django keeps for code under a running loop
