"""Rules of the house that no single test module could keep."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("devmatrix", "atomization", "dependencies", "validation", "execution", "review")
API = "api/v2/"
SOME_ID = "00000000-0000-4000-8000-000000000000"


def modules(*folders: str) -> list[Path]:
    """Python files of the folders, migrations left out."""
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.relative_to(ROOT / folder).parts
    )


def commands() -> list[str]:
    """Names of our management commands."""
    found = [path for path in modules(*PACKAGES) if path.parent.name == "commands"]
    return [path.stem for path in found if not path.stem.startswith("_")]


def our_models() -> list[type[models.Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in PACKAGES
        for model in config.get_models()
    ]


# --- docstrings


def test_every_module_says_why_it_exists() -> None:
    paths = modules(*PACKAGES, "tests/migrations", "tests", "scripts", "benchmarks")
    silent = [
        str(path.relative_to(ROOT))
        for path in paths
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_bytes()))
    ]
    assert silent == []


# --- commands


def test_every_command_is_tested() -> None:
    texts = [path.read_text() for path in modules("tests")]
    untested = [
        name
        for name in commands()
        if not any(re.search(rf"[\"' ]{name}[\"' ]", text) for text in texts)
    ]
    assert untested == []


# --- admin


def test_every_model_is_in_the_admin() -> None:
    assert [model.__name__ for model in our_models() if model not in admin.site._registry] == []


# --- API


def api_routes() -> dict[str, URLPattern]:
    """Address → pattern of everything under /api/v2/, parameters filled with some UUID."""
    found: dict[str, URLPattern] = {}

    def walk(resolver: URLResolver, prefix: str) -> None:
        for entry in resolver.url_patterns:
            address = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                walk(entry, address)
            elif address.startswith(API):
                found["/" + re.sub(r"<[^>]*>", SOME_ID, address)] = entry

    walk(get_resolver(), "")
    return found


def test_the_api_is_there() -> None:
    assert len(api_routes()) >= 15


def test_no_api_address_answers_a_stranger(db: None) -> None:
    client = APIClient()
    answers = {
        (method, address): getattr(client, method)(address)
        for address in api_routes()
        for method in ("get", "post", "put", "patch", "delete", "options")
    }
    # The documentation is a page: it sends people to sign in.
    open_to_all = [
        (asked, answer.status_code)
        for asked, answer in answers.items()
        if answer.status_code != 401 and not answer.headers.get("Location", "").startswith("/login")
    ]
    assert open_to_all == []


# --- templates


class InlineFinder(HTMLParser):
    """Collects what a strict Content-Security-Policy would refuse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        for name, value in names.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"<{tag} {name}>")
            if value.strip().lower().startswith(("javascript:", "js:")):
                self.found.append(f"<{tag} {name}={value[:30]!r}>")
        if tag == "style":
            self.found.append("<style>")
        self._open = tag

    def handle_data(self, data: str) -> None:
        if self._open == "script" and data.strip():
            self.found.append(f"<script> {data.strip()[:40]!r}")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


def inline_code(template: str) -> list[str]:
    """List inline scripts, styles and event handlers of a Django template."""
    finder = InlineFinder()
    finder.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template, flags=re.DOTALL))
    finder.close()
    return finder.found


def templates() -> Iterator[Path]:
    for folder in ("templates", *PACKAGES):
        yield from (ROOT / folder).rglob("*.html")


def test_no_template_holds_inline_code() -> None:
    found = {str(path.relative_to(ROOT)): inline_code(path.read_text()) for path in templates()}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "template",
    [
        "<script>alert(1)</script>",
        "<script nonce='{{ request.csp_nonce }}'>alert(1)</script>",
        "<style>p { color: red }</style>",
        "<p style='color: {{ colour }}'>",
        "<button onclick='go()'>",
        "<button hx-on:click='go()'>",
        "<a href=' JavaScript:go()'>",
        "<div hx-vals='js:{a: go()}'>",
    ],
)
def test_inline_code_is_noticed(template: str) -> None:
    assert inline_code(template)


@pytest.mark.parametrize(
    "template",
    ["<script src='{% static \"a.js\" %}' defer></script>", "<p class='online'>on</p>"],
)
def test_linked_code_is_allowed(template: str) -> None:
    assert inline_code(template) == []
