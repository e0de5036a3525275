"""The review pages: the queue, an item, and the three decisions by form."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from atomization.models import AtomicUnit
from devmatrix.accounts.models import User
from review import services
from review.models import HumanReviewQueue
from tests import factories

pytestmark = pytest.mark.django_db

SKELETON = '''def half(n: int) -> int:
    """Return half of an even number.

    >>> half(4)
    2
    """
    ...
'''
RIGHT = SKELETON.replace("...", "return n // 2")
WRONG = SKELETON.replace("...", "return str(n)")


@pytest.fixture
def browser(client: Client, reviewer: User) -> Client:
    """A client of a reviewer who is signed in."""
    client.force_login(reviewer)
    return client


@pytest.fixture
def failed(db: None) -> HumanReviewQueue:
    """The item of an atom all of whose attempts failed."""
    plan = factories.make_masterplan(status="in_review")
    factories.make_file(plan, "pkg/half.py", "import os\n\n\n" + SKELETON)
    atom = factories.atom_named(plan, "pkg/half.py::half")
    atom.status, atom.attempts = AtomicUnit.Status.FAILED, 3
    atom.save()
    for number in (1, 2, 3):
        code = "\n\n" + WRONG.replace("str(n)", f"str(n + {number})")
        factories.make_attempt(atom, number, code=code, outcome="rejected")
    return factories.make_review_item(atom, reason="failed", priority=1)


def page(item: HumanReviewQueue) -> str:
    return reverse("review-item", args=[item.pk])


def decide(browser: Client, item: HumanReviewQueue, name: str, **fields: Any) -> Any:
    data = {"version": item.version, **fields}
    return browser.post(reverse(f"review-{name}", args=[item.pk]), data)


def body(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return str(response.content.decode())


# --- the queue


def test_the_most_urgent_item_comes_first(browser: Client) -> None:
    late = factories.make_review_item(factories.make_atom(), priority=4)
    first = factories.make_review_item(factories.make_atom(), priority=1)
    text = body(browser.get(reverse("review-queue")))
    assert text.index(page(first)) < text.index(page(late))


def test_the_queue_is_narrowed_by_project_and_reason(
    browser: Client, failed: HumanReviewQueue
) -> None:
    other = factories.make_review_item(factories.make_atom())
    queue = reverse("review-queue")
    text = body(browser.get(queue, {"project": str(failed.masterplan_id)}))
    assert page(failed) in text and page(other) not in text
    text = body(browser.get(queue, {"reason": "low_confidence"}))
    assert page(failed) not in text and page(other) in text
    text = body(browser.get(queue, {"reason": "bogus", "project": "bogus"}))
    assert page(failed) in text and page(other) in text


def test_the_queue_tells_who_holds_an_item(browser: Client) -> None:
    item = factories.make_review_item(factories.make_atom())
    services.claim(item=item, reviewer=factories.make_reviewer("olga"))
    assert "olga" in body(browser.get(reverse("review-queue")))


def test_decided_items_are_gone_from_the_queue(browser: Client) -> None:
    item = factories.make_review_item(factories.make_atom())
    decide(browser, item, "approve")
    assert "Nothing waits here" in body(browser.get(reverse("review-queue")))


def test_the_queue_takes_a_fixed_number_of_queries(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        factories.make_review_item(factories.make_atom())
    with django_assert_max_num_queries(8):
        browser.get(reverse("review-queue"))


# --- an item


def test_a_failed_atom_shows_what_its_last_attempt_offered(
    browser: Client, failed: HumanReviewQueue
) -> None:
    text = body(browser.get(page(failed)))
    assert "What the last attempt offered" in text
    assert "return str(n + 3)" in text
    assert 'class="removed"' in text and 'class="added"' in text
    assert reverse("review-approve", args=[failed.pk]) not in text


def test_an_atom_stands_among_its_dimmed_neighbours(
    browser: Client, failed: HumanReviewQueue
) -> None:
    text = body(browser.get(page(failed)))
    assert '<tr class="dimmed"><td class="line-number">1</td>' in text
    assert '<tr class="own"><td class="line-number">4</td>' in text


def test_the_difference_from_any_attempt_can_be_seen(
    browser: Client, failed: HumanReviewQueue
) -> None:
    attempt = failed.atom.history.get(number=1)
    address = reverse("review-diff", args=[failed.pk])
    text = body(browser.get(address, {"base": str(attempt.pk)}))
    assert "<html" not in text
    assert '<span class="mi">1</span>' in text and '<span class="mi">3</span>' in text


def test_opening_an_item_changes_nothing(browser: Client, failed: HumanReviewQueue) -> None:
    before = HumanReviewQueue.objects.values().get()
    browser.get(page(failed))
    assert HumanReviewQueue.objects.values().get() == before


def test_an_open_item_is_held_for_its_reviewer(
    browser: Client, failed: HumanReviewQueue, reviewer: User
) -> None:
    text = body(browser.post(reverse("review-claim", args=[failed.pk])))
    failed.refresh_from_db()
    assert "Held for you" in text
    assert failed.reviewer == reviewer


def test_a_text_that_a_form_would_damage_is_not_offered_for_editing(browser: Client) -> None:
    atom = factories.make_atom(code='def f() -> str:\n    return "a\udcffb"\n')
    text = body(browser.get(page(factories.make_review_item(atom))))
    assert "cannot be edited in a browser" in text and "<textarea class" not in text


def test_markup_in_code_cannot_leave_the_text_field(browser: Client) -> None:
    code = 'def f() -> str:\n    return "</textarea><script>alert(1)</script>"\n'
    text = body(browser.get(page(factories.make_review_item(factories.make_atom(code=code)))))
    assert "<script>alert" not in text


# --- decisions


def test_approval_opens_the_next_item(browser: Client, failed: HumanReviewQueue) -> None:
    item = factories.make_review_item(factories.make_atom())
    response = decide(browser, item, "approve")
    assert response["Location"] == page(failed)
    item.refresh_from_db()
    assert item.status == "approved"
    assert "Approved" in body(browser.get(page(failed)))


def test_the_last_decision_leads_to_the_queue(browser: Client) -> None:
    item = factories.make_review_item(factories.make_atom())
    assert decide(browser, item, "approve")["Location"] == reverse("review-queue")


def test_the_next_item_is_of_the_same_project_if_it_can_be(browser: Client) -> None:
    plan = factories.make_masterplan()
    item = factories.make_review_item(factories.make_atom(plan))
    factories.make_review_item(factories.make_atom(), priority=1)
    same = factories.make_review_item(factories.make_atom(plan), priority=5)
    assert decide(browser, item, "approve")["Location"] == page(same)


def test_a_right_edit_is_taken(browser: Client, failed: HumanReviewQueue) -> None:
    sent = ("\n\n" + RIGHT).replace("\n", "\r\n")
    assert decide(browser, failed, "edit", code=sent).status_code == 302
    failed.atom.refresh_from_db()
    assert failed.atom.code == "\n\n" + RIGHT
    assert failed.atom.author == AtomicUnit.Author.PERSON


def test_a_wrong_edit_shows_its_findings_and_keeps_the_text(
    browser: Client, failed: HumanReviewQueue
) -> None:
    text = body(decide(browser, failed, "edit", code=WRONG + "# mine"), status=422)
    assert "The text was not taken" in text
    assert "<code>types</code>" in text
    assert "# mine" in text
    failed.refresh_from_db()
    assert failed.status == "waiting"


def test_an_edit_without_text_is_refused(browser: Client, failed: HumanReviewQueue) -> None:
    assert "required" in body(decide(browser, failed, "edit", code=""), status=422)


def test_feedback_reaches_the_next_attempt(browser: Client, failed: HumanReviewQueue) -> None:
    decide(browser, failed, "regenerate", feedback="Divide by two.")
    failed.atom.refresh_from_db()
    assert (failed.atom.status, failed.atom.guidance) == ("ready", "Divide by two.")


def test_an_item_that_is_being_made_again_waits_by_itself(
    browser: Client, failed: HumanReviewQueue
) -> None:
    decide(browser, failed, "regenerate", feedback="Divide by two.")
    state = reverse("review-state", args=[failed.pk])
    assert state in body(browser.get(page(failed)))
    assert "hx-trigger" in body(browser.get(state))
    HumanReviewQueue.objects.update(status="waiting")
    assert browser.get(state)["HX-Refresh"] == "true"


def test_a_stale_form_is_refused_with_what_was_typed(
    browser: Client, failed: HumanReviewQueue
) -> None:
    HumanReviewQueue.objects.update(version=2)
    response = decide(browser, failed, "regenerate", feedback="My long thoughts")
    text = body(response, status=422)
    assert "changed since you opened it" in text and "My long thoughts" in text


@pytest.mark.parametrize("name", ["approve", "edit", "regenerate"])
def test_a_form_without_its_version_is_refused(
    browser: Client, failed: HumanReviewQueue, name: str
) -> None:
    address = reverse(f"review-{name}", args=[failed.pk])
    text = body(browser.post(address, {"code": RIGHT, "feedback": "x"}), status=422)
    assert "without the version" in text
    failed.refresh_from_db()
    assert failed.status == "waiting"


def test_a_decision_needs_a_post(browser: Client, failed: HumanReviewQueue) -> None:
    assert browser.get(reverse("review-approve", args=[failed.pk])).status_code == 405


def test_a_decided_item_tells_by_whom(browser: Client, reviewer: User) -> None:
    item = factories.make_review_item(factories.make_atom())
    decide(browser, item, "approve")
    text = body(browser.get(page(item)))
    assert f"by {reviewer.username}" in text
    assert '<form method="post" action="/review' not in text
