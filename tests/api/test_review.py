"""Reviewers see the queue and decide over HTTP; nobody else does, and nobody twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from atomization.models import AtomicUnit
from devmatrix.accounts.models import User
from review.models import HumanReviewQueue
from tests.factories import (
    atom_named,
    make_atom,
    make_file,
    make_masterplan,
    make_review_item,
    make_reviewer,
)

pytestmark = pytest.mark.django_db
QUEUE = "/api/v2/review/queue"
CODE = '''def twice(n: int) -> int:
    """Double.

    >>> twice(2)
    4
    """
    return n + n
'''


def item_of(code: str = CODE, **fields: Any) -> HumanReviewQueue:
    plan = make_masterplan(status="in_review")
    make_file(plan, "m.py", code)
    return make_review_item(atom_named(plan, "m.py::twice"), **fields)


def decide(api: APIClient, decision: str, item: HumanReviewQueue, **rest: Any) -> Any:
    body = {"item_id": str(item.pk), "version": item.version, **rest}
    return api.post(f"/api/v2/review/{decision}", body, format="json")


# --- the queue


@pytest.mark.parametrize("length", [2, 9])
def test_the_queue_is_told_most_urgent_first_in_two_queries(
    api: APIClient, django_assert_num_queries: Any, length: int
) -> None:
    later = [make_review_item(make_atom(), priority=4) for _ in range(length)]
    urgent = make_review_item(make_atom(), priority=1, reason="failed")

    with django_assert_num_queries(2):
        told = api.get(QUEUE).json()
    ids = [item["id"] for item in told["results"]]
    assert ids[0] == str(urgent.pk)
    assert set(ids[1:]) == {str(item.pk) for item in later}
    first = told["results"][0]
    assert first["key"] == f"{urgent.atom.source_file.path}::{urgent.atom.name}"
    assert (first["version"], first["reviewer"]) == (1, None)


def test_the_queue_can_be_narrowed(api: APIClient) -> None:
    mine = make_review_item(make_atom())
    make_review_item(make_atom())
    done = make_review_item(
        make_atom(), status="approved", decided_at=timezone.now(), reviewer=make_reviewer("ada")
    )

    told = api.get(QUEUE, {"masterplan": str(mine.masterplan_id)}).json()
    assert [item["id"] for item in told["results"]] == [str(mine.pk)]
    told = api.get(QUEUE, {"status": "approved"}).json()
    assert [(item["id"], item["reviewer"]) for item in told["results"]] == [(str(done.pk), "ada")]


@pytest.mark.parametrize("query", [{"masterplan": "7"}, {"status": "lost"}])
def test_a_filter_that_makes_no_sense_is_refused(api: APIClient, query: dict[str, str]) -> None:
    assert api.get(QUEUE, query).status_code == 400


# --- who may decide


@pytest.mark.parametrize("decision", ["approve", "edit", "regenerate"])
def test_deciding_needs_the_permission(api: APIClient, decision: str) -> None:
    item = item_of()

    answer = decide(api, decision, item, code=CODE, feedback="no")
    assert answer.status_code == 403
    assert "review.change_humanreviewqueue" in answer.json()["detail"]
    item.refresh_from_db()
    assert item.status == "waiting"


# --- approve


def test_an_approved_atom_is_signed_off(reviewer_api: APIClient, reviewer: User) -> None:
    item = item_of()

    answer = decide(reviewer_api, "approve", item)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["status"], told["version"], told["reviewer"]) == (
        "approved",
        2,
        reviewer.username,
    )
    assert AtomicUnit.objects.get(pk=item.atom_id).reviewer == reviewer


@pytest.mark.parametrize("decision", ["approve", "edit", "regenerate"])
def test_a_decision_on_an_older_version_is_409(reviewer_api: APIClient, decision: str) -> None:
    item = item_of()
    HumanReviewQueue.objects.update(version=2)

    answer = decide(reviewer_api, decision, item, code=CODE, feedback="no")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("The item has changed")


@pytest.mark.parametrize("decision", ["approve", "edit", "regenerate"])
def test_a_second_decision_is_409(reviewer_api: APIClient, decision: str) -> None:
    item = item_of()
    assert decide(reviewer_api, "approve", item).status_code == 200

    answer = decide(reviewer_api, decision, item, code=CODE, feedback="no")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("You have already decided")


def test_what_somebody_else_holds_is_409(reviewer_api: APIClient) -> None:
    item = item_of(reviewer=make_reviewer("ada"), lease_until=timezone.now() + timedelta(minutes=5))

    answer = decide(reviewer_api, "approve", item)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("ada is working on this item")


def test_an_empty_body_cannot_be_approved(reviewer_api: APIClient) -> None:
    item = item_of(CODE.replace("return n + n", "..."))
    AtomicUnit.objects.filter(pk=item.atom_id).update(status="failed", attempts=3)

    answer = decide(reviewer_api, "approve", item)
    assert answer.status_code == 400
    assert "empty body" in answer.json()["detail"]


# --- edit


def test_a_right_edit_takes_the_atoms_place(reviewer_api: APIClient, reviewer: User) -> None:
    item = item_of()
    better = CODE.replace("n + n", "2 * n")

    answer = decide(reviewer_api, "edit", item, code=better)
    assert answer.status_code == 200, answer.content
    assert answer.json()["accepted"] is True
    assert answer.json()["item"]["status"] == "edited"
    atom = AtomicUnit.objects.get(pk=item.atom_id)
    assert (atom.code, atom.author, atom.reviewer) == (better, "person", reviewer)


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (CODE.replace("n + n", "n +"), "syntax"),
        (CODE.replace("n + n", "3 * n"), "examples"),
        (CODE.replace("n + n", "str(n)"), "types"),
    ],
    ids=["syntax", "examples", "types"],
)
def test_a_wrong_edit_is_refused_with_what_the_checks_found(
    reviewer_api: APIClient, wrong: str, check: str
) -> None:
    item = item_of()

    answer = decide(reviewer_api, "edit", item, code=wrong)
    assert answer.status_code == 422
    told = answer.json()
    assert told["accepted"] is False
    assert check in told["detail"]
    assert check in {one["check"] for one in told["findings"] if one["verdict"] == "failed"}
    assert (told["item"]["status"], told["item"]["version"]) == ("waiting", 1)
    assert AtomicUnit.objects.get(pk=item.atom_id).code == CODE


# --- regenerate


def test_a_regenerated_atom_begins_a_new_round_with_the_feedback(reviewer_api: APIClient) -> None:
    item = item_of()

    answer = decide(reviewer_api, "regenerate", item, feedback="  Mind zero. ")
    assert answer.status_code == 202, answer.content
    assert (answer.json()["status"], answer.json()["feedback"]) == ("regenerating", "Mind zero.")
    atom = AtomicUnit.objects.get(pk=item.atom_id)
    assert (atom.status, atom.round, atom.guidance) == ("ready", 2, "Mind zero.")


@pytest.mark.parametrize("feedback", ["", "   ", None, "x" * 4001])
def test_feedback_must_say_something_within_bounds(
    reviewer_api: APIClient, feedback: str | None
) -> None:
    answer = decide(reviewer_api, "regenerate", item_of(), feedback=feedback)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("feedback: ")


@pytest.mark.parametrize("version", [0, -1, "x", None, 2**40])
def test_a_version_that_is_none_is_refused(reviewer_api: APIClient, version: Any) -> None:
    body = {"item_id": str(item_of().pk), "version": version}

    answer = reviewer_api.post("/api/v2/review/approve", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("version: ")
