"""Fixtures that every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project_settings
from rest_framework.test import APIClient

from devmatrix.accounts.models import User
from tests import factories, postgres


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep the SQLite test database in a file, as in production.

    Threads (the live server, the drain's database thread) share an in-memory database by one
    connection or by table locks that ignore the time-out; a file in WAL mode does neither.
    """
    database = project_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_when_asked_for() -> None:
    """Spare every client, and the live server, listing all static files at its start."""
    project_settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _own_place_and_fast_passwords(
    settings: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Let no test write into the developer's var/ or spend its time on hashing passwords."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DEVMATRIX = {
        **settings.DEVMATRIX,
        "WORKSPACES": tmp_path / "workspaces",
        "TYPES": tmp_path_factory.getbasetemp() / "types",
    }


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server; skips, saying why, where there can be none."""
    try:
        with postgres.server_url() as url:
            yield url
    except postgres.PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test's own."""
    with postgres.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def user(db: None) -> User:
    """A person who may sign in and nothing more."""
    return factories.make_user()


@pytest.fixture
def reviewer(db: None) -> User:
    """A person who may decide on review items."""
    return factories.make_reviewer()


@pytest.fixture
def api(user: User) -> APIClient:
    """The API as a signed-in user sees it."""
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def reviewer_api(reviewer: User) -> APIClient:
    """The API as a reviewer sees it."""
    client = APIClient()
    client.force_authenticate(reviewer)
    return client
