"""Supervisors learn whether the process lives and whether it can serve."""

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from devmatrix.operations.services import beat


def test_a_living_process_answers_without_the_database(client: Client) -> None:
    answer = client.get("/health/live")  # no django_db mark: a query would fail the test

    assert answer.status_code == 200
    assert answer.json() == {"alive": True}


@pytest.mark.django_db
def test_a_migrated_database_is_ready(client: Client) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "workers": 0,
        "in_flight": 0,
        "last_seen": None,
    }


@pytest.mark.django_db
def test_readiness_counts_the_workers_seen_recently(client: Client) -> None:
    now = timezone.now()
    beat(name="host:1", in_flight=7, now=now)
    beat(name="host:2", in_flight=5, now=now)

    state = client.get("/health/ready").json()
    assert (state["workers"], state["in_flight"]) == (2, 12)
    assert state["last_seen"] == now.isoformat()


@pytest.mark.django_db
def test_a_missing_migration_is_named(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'review'")

    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert "review.0001_initial" in answer.json()["migrations"]
    assert "manage.py migrate" in answer.json()["migrations"]


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_database_is_not_ready(client: Client) -> None:
    reachable = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = (
        "/nowhere/database"  # neither SQLite nor PostgreSQL has one there
    )
    try:
        answer = client.get("/health/ready")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = reachable

    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_health_is_read_only_and_never_cached(client: Client, address: str, db: None) -> None:
    assert client.post(address).status_code == 405
    assert "no-store" in client.get(address).headers["Cache-Control"]
