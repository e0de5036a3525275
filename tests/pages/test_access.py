"""Who may open what; and the policy that every page obeys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from devmatrix.accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db

OPEN = {"/login/", "/health/live", "/health/ready", "/metrics", "/admin/login/", "/admin/logout/"}
SOME_ID = "00000000-0000-4000-8000-000000000000"


def addresses() -> Iterator[str]:
    """Every address outside the API and the single rows of the administration."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            address = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, address)
            elif isinstance(entry, URLPattern) and "(?P" not in address:
                yield "/" + re.sub(r"<[^>]*>", SOME_ID, address)

    return (path for path in walk(get_resolver(), "") if not path.startswith("/api/"))


def test_no_page_answers_a_stranger(client: Client) -> None:
    told = {}
    for address in addresses():
        response = client.get(address)
        away = response.status_code == 302 and "/login/" in response["Location"]
        refused = response.status_code in {401, 403, 405}
        renewed = response.headers.get("HX-Refresh") == "true"
        if not (away or refused or renewed) and response.status_code != 404:
            told[address] = response.status_code
    assert set(told) <= OPEN, told


def test_a_stranger_is_sent_to_sign_in_and_back(client: Client) -> None:
    response = client.get(reverse("review-queue"))
    assert response["Location"] == "/login/?next=/review/"


def test_signing_in_leads_to_the_projects(client: Client, user: User) -> None:
    response = client.post(
        reverse("login"), {"username": user.username, "password": factories.PASSWORD}
    )
    assert response["Location"] == reverse("projects")


def test_a_wrong_password_is_told_in_one_sentence(client: Client, user: User) -> None:
    response = client.post(reverse("login"), {"username": user.username, "password": "x"})
    assert "do not match" in response.content.decode()


def test_signing_out_needs_the_form(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == reverse("login")


def test_a_reader_may_not_decide(client: Client, user: User) -> None:
    item = factories.make_review_item(factories.make_atom())
    client.force_login(user)
    assert client.get(reverse("review-item", args=[item.pk])).status_code == 200
    for name in ("approve", "edit", "regenerate", "claim"):
        response = client.post(reverse(f"review-{name}", args=[item.pk]), {"version": 1})
        assert response.status_code == 403
        assert "reviewers" in response.content.decode()


def test_the_group_of_reviewers_may_decide(user: User) -> None:
    user.groups.add(Group.objects.get(name="reviewers"))
    assert user.has_perm("review.change_humanreviewqueue")


def test_pages_allow_nothing_inline_and_nothing_foreign(client: Client, user: User) -> None:
    client.force_login(user)
    policy = client.get(reverse("projects"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy and "style-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy


def test_metrics_are_for_staff_and_for_this_machine(client: Client, user: User) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 403
    user.is_staff = True
    user.save()
    client.force_login(user)
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 200


@pytest.mark.parametrize(
    "address", ["/nothing-here/", f"/projects/{SOME_ID}/", f"/atoms/{SOME_ID}/"]
)
def test_what_is_not_there_is_said_on_a_page(client: Client, user: User, address: str) -> None:
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()
