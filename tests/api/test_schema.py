"""The schema is valid, complete and complains about nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

ADDRESSES = {
    "/api/v2/masterplans": {"get"},
    "/api/v2/masterplans/{masterplan_id}": {"get"},
    "/api/v2/atomization/decompose": {"post"},
    "/api/v2/atoms/{atom_id}": {"get"},
    "/api/v2/atoms/by-task/{task_id}": {"get"},
    "/api/v2/atoms/{atom_id}/dependencies": {"get"},
    "/api/v2/atoms/{atom_id}/dependants": {"get"},
    "/api/v2/atoms/{atom_id}/impact": {"get", "post"},
    "/api/v2/edges/{edge_id}": {"get"},
    "/api/v2/graphs": {"get"},
    "/api/v2/graphs/{graph_id}": {"get"},
    "/api/v2/graphs/{graph_id}/cycles": {"get"},
    "/api/v2/graphs/{graph_id}/waves": {"get"},
    "/api/v2/graphs/{graph_id}/visualize": {"get"},
    "/api/v2/validation/run": {"post"},
    "/api/v2/validation/results/{atom_id}": {"get"},
    "/api/v2/execution/start": {"post"},
    "/api/v2/execution/status/{masterplan_id}": {"get"},
    "/api/v2/retry/{atom_id}": {"post"},
    "/api/v2/review/queue": {"get"},
    "/api/v2/review/approve": {"post"},
    "/api/v2/review/edit": {"post"},
    "/api/v2/review/regenerate": {"post"},
}


@pytest.fixture
def schema(tmp_path: Path) -> Any:
    """The schema as the command writes it, which fails on any warning."""
    file = tmp_path / "schema.json"
    options = {"validate": True, "fail_on_warn": True, "format": "openapi-json"}
    call_command("spectacular", file=str(file), **options)
    return json.loads(file.read_text())


def test_every_address_of_the_plan_is_described(schema: Any) -> None:
    assert {path: set(methods) for path, methods in schema["paths"].items()} == ADDRESSES


def test_every_operation_says_who_may_and_what_it_does(schema: Any) -> None:
    ways = [{"tokenAuth": []}, {"cookieAuth": []}, {"basicAuth": []}]
    operations = [one for methods in schema["paths"].values() for one in methods.values()]

    assert all(one["security"] == ways for one in operations)
    assert [one["operationId"] for one in operations if not one.get("description")] == []


@pytest.mark.django_db
def test_the_schema_is_served_to_those_who_are_signed_in(api: APIClient) -> None:
    answer = api.get("/api/v2/schema/", headers={"accept": "application/vnd.oai.openapi+json"})

    assert answer.status_code == 200
    assert json.loads(answer.content)["openapi"] == "3.1.0"
