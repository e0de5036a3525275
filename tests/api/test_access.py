"""Who is let in, and how the API says no."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from devmatrix.accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
PLANS = "/api/v2/masterplans"
DECOMPOSE = "/api/v2/atomization/decompose"
NOTHING = "00000000-0000-4000-8000-000000000000"


def test_a_stranger_gets_401_with_a_challenge() -> None:
    answer = APIClient().get(PLANS)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


def test_a_token_lets_in(user: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user)}")

    assert client.get(PLANS).status_code == 200


def test_name_and_password_let_in() -> None:
    make_user("ada")
    client = APIClient()
    secret = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {secret}")

    assert client.get(PLANS).status_code == 200


def test_a_session_lets_in_but_writes_only_with_its_csrf_token() -> None:
    make_user("ada")
    client = APIClient(enforce_csrf_checks=True)
    assert client.login(username="ada", password=PASSWORD)

    assert client.get(PLANS).status_code == 200
    answer = client.post(DECOMPOSE, {"code": "", "language": "python"}, format="json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


@pytest.mark.parametrize(
    "credentials", ["Token wrong", "Basic d3Jvbmc6d3Jvbmc=", "Basic not-base64", "Token"]
)
def test_wrong_credentials_are_refused(credentials: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=credentials)

    assert client.get(PLANS).status_code == 401


def test_a_person_who_was_shut_out_stays_out(user: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user)}")
    User.objects.update(is_active=False)

    assert client.get(PLANS).status_code == 401


@pytest.mark.parametrize(
    "address",
    [
        "/api/v2/",
        "/api/v2/atoms/not-an-id",
        "/api/v2/graphs/1",
        "/api/v2/review/queue/",
        "/api/v2/nothing",
    ],
)
def test_an_address_that_is_not_there_says_so_in_json(api: APIClient, address: str) -> None:
    answer = api.get(address)

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is nothing at this address")


@pytest.mark.parametrize(
    "address",
    [
        "atoms/{id}",
        "atoms/by-task/{id}",
        "graphs/{id}",
        "graphs/{id}/waves",
        "graphs/{id}/visualize",
        "masterplans/{id}",
        "validation/results/{id}",
        "execution/status/{id}",
    ],
)
def test_an_id_of_nothing_is_404_and_named(api: APIClient, address: str) -> None:
    answer = api.get(f"/api/v2/{address.format(id=NOTHING)}")

    assert answer.status_code == 404
    assert NOTHING in answer.json()["detail"]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("atomization/decompose", {"task_id": NOTHING}),
        ("validation/run", {"atom_id": NOTHING}),
        ("validation/run", {"masterplan_id": NOTHING}),
        ("execution/start", {"masterplan_id": NOTHING}),
        (f"retry/{NOTHING}", {}),
        ("review/approve", {"item_id": NOTHING, "version": 1}),
        ("review/edit", {"item_id": NOTHING, "version": 1, "code": ""}),
        ("review/regenerate", {"item_id": NOTHING, "version": 1, "feedback": "no"}),
    ],
)
def test_a_request_about_nothing_is_404(
    reviewer_api: APIClient, address: str, body: dict[str, Any]
) -> None:
    answer = reviewer_api.post(f"/api/v2/{address}", body, format="json")

    assert answer.status_code == 404
    assert NOTHING in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[1, 2]",
        b'{"code": NaN}',
        b'{"code": "\xff"}',
        b"[" * 200_000,
        b'{"code": 7, "language": "cobol"}',
        b'{"language": "python"}',
        b'{"task_id": "7"}',
    ],
    ids=repr,
)
def test_a_body_that_cannot_be_understood_is_400_with_one_sentence(
    api: APIClient, body: bytes
) -> None:
    answer = api.generic("POST", DECOMPOSE, body, content_type="application/json")

    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)
    assert answer.json()["detail"]


def test_a_form_is_not_taken_for_json(api: APIClient) -> None:
    answer = api.generic("POST", DECOMPOSE, "code=1", "application/x-www-form-urlencoded")

    assert answer.status_code == 415


def test_a_body_without_bound_is_refused_unread(api: APIClient) -> None:
    answer = api.generic("POST", DECOMPOSE, b" " * 4_000_001, "application/json")

    assert answer.status_code == 413
    assert "4,000,000" in answer.json()["detail"]


def test_every_refused_field_is_named(api: APIClient) -> None:
    answer = api.post(DECOMPOSE, {"code": "x", "language": "cobol"}, format="json")

    assert answer.json() == {
        "detail": 'language: "cobol" is not a valid choice.',
        "fields": {"language": ['"cobol" is not a valid choice.']},
    }


def test_a_list_hands_out_no_more_than_its_bound(api: APIClient) -> None:
    answer = api.get(PLANS, {"limit": 10**9})

    assert answer.status_code == 200
    assert set(answer.json()) == {"count", "next", "previous", "results"}
