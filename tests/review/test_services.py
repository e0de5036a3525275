"""Scoring, the queue and the decisions, on rows."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from atomization.models import AtomicUnit
from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan
from execution.models import AtomRetryHistory
from review import selectors, services
from review.models import HumanReviewQueue
from review.services import ReviewConflict, ReviewRefused
from tests import factories
from validation.models import ValidationResult

pytestmark = pytest.mark.django_db

Status = HumanReviewQueue.Status
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
def plan() -> MasterPlan:
    """A project in review."""
    return factories.make_masterplan(status=MasterPlan.Status.IN_REVIEW)


def made_atom(plan: MasterPlan, **fields: Any) -> AtomicUnit:
    """Make an atom that the model wrote on its first attempt."""
    fields.setdefault("attempts", 1)
    return factories.make_atom(plan, needs_body=True, skeleton="", author="model", **fields)


def unwritten_atom(plan: MasterPlan) -> AtomicUnit:
    """Make an atom all of whose attempts failed, so that its body is still empty."""
    factories.make_file(plan, "pkg/half.py", SKELETON)
    atom = factories.atom_named(plan, "pkg/half.py::half")
    atom.status, atom.attempts = AtomicUnit.Status.FAILED, 3
    atom.save()
    for number in (1, 2, 3):
        factories.make_attempt(atom, number, code=WRONG, outcome="rejected")
    return atom


def put_aside(atom: AtomicUnit, **fields: Any) -> HumanReviewQueue:
    """Put an atom in the queue."""
    return factories.make_review_item(atom, **fields)


# --- scores


def test_every_settled_atom_gets_a_score_with_its_evidence(plan: MasterPlan) -> None:
    atom = made_atom(plan)
    factories.make_result(atom)
    waiting = made_atom(plan, status=AtomicUnit.Status.READY)
    assert services.score(masterplan=plan) == 1
    atom.refresh_from_db()
    waiting.refresh_from_db()
    assert atom.confidence == pytest.approx(0.4 + 0.3 + 0.2 + 0.05)
    assert atom.confidence_parts["validation"]["evidence"] == "1 of 1 checks passed"
    assert waiting.confidence is None


def test_only_the_newest_result_of_a_check_counts(plan: MasterPlan) -> None:
    atom = made_atom(plan, attempts=2)
    factories.make_result(atom, check_name="types", verdict="failed")
    factories.make_result(atom, check_name="types")
    services.score(masterplan=plan)
    atom.refresh_from_db()
    assert atom.confidence_parts["validation"]["value"] == 1


def test_of_several_results_of_one_run_the_worst_counts(plan: MasterPlan) -> None:
    atom, run_id = made_atom(plan), uuid.uuid4()
    factories.make_result(atom, check_name="types", verdict="failed", run_id=run_id)
    factories.make_result(atom, check_name="types", run_id=run_id)
    services.score(masterplan=plan)
    atom.refresh_from_db()
    assert atom.confidence_parts["validation"]["value"] == 0


def module_result(atom: AtomicUnit, **fields: Any) -> ValidationResult:
    """Make a level 2 result on the atom's file."""
    result = factories.make_result(atom, level=2, check_name="import", **fields)
    result.target = atom.source_file.path
    result.save()
    return result


def test_a_modules_later_pass_clears_the_atom_that_was_blamed(plan: MasterPlan) -> None:
    atom = made_atom(plan)
    module_result(atom, verdict="failed")
    passed = module_result(atom)
    passed.atom = None
    passed.save()
    services.score(masterplan=plan)
    atom.refresh_from_db()
    assert atom.confidence_parts["validation"]["value"] == 1


def test_a_failed_test_counts_for_the_atom_that_it_leads_back_to_alone(plan: MasterPlan) -> None:
    blamed, other, run_id = made_atom(plan), made_atom(plan), uuid.uuid4()
    factories.make_result(blamed, level=3, check_name="tests", verdict="failed", run_id=run_id)
    passed = factories.make_result(other, level=3, check_name="tests", run_id=run_id)
    passed.atom, passed.target = None, "tests/test_a.py::test_a"
    passed.save()
    services.score(masterplan=plan)
    blamed.refresh_from_db()
    other.refresh_from_db()
    assert blamed.confidence_parts["integration"]["value"] == 0
    assert other.confidence_parts["integration"]["value"] == 1


def test_scoring_takes_a_fixed_number_of_queries(
    plan: MasterPlan, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        factories.make_result(made_atom(plan))
    with django_assert_max_num_queries(6):
        services.score(masterplan=plan)


# --- the queue


def queued(plan: MasterPlan) -> dict[uuid.UUID, str]:
    open_items = plan.review_items.filter(status__in=HumanReviewQueue.OPEN)
    return dict(open_items.values_list("atom_id", "reason"))


def test_the_least_confident_fifth_and_failed_atoms_wait(plan: MasterPlan) -> None:
    atoms = [made_atom(plan, confidence=0.5 + i / 20) for i in range(9)]
    failed = made_atom(plan, confidence=0.99, status=AtomicUnit.Status.FAILED)
    change = services.refresh_queue(masterplan=plan)
    assert change.created == 3
    assert queued(plan) == {
        failed.pk: "failed",
        atoms[0].pk: "low_confidence",
        atoms[1].pk: "low_confidence",
    }


def test_atoms_that_nobody_made_are_not_asked_about(plan: MasterPlan) -> None:
    factories.make_atom(plan, confidence=0.1)
    services.refresh_queue(masterplan=plan)
    assert queued(plan) == {}


def test_of_an_imported_project_every_atom_may_be_asked_about() -> None:
    plan = factories.make_masterplan(origin=MasterPlan.Origin.IMPORT)
    atom = factories.make_atom(plan, confidence=0.1)
    services.refresh_queue(masterplan=plan)
    assert list(queued(plan)) == [atom.pk]


def test_a_second_refresh_changes_nothing(plan: MasterPlan) -> None:
    for i in range(10):
        made_atom(plan, confidence=i / 10)
    services.refresh_queue(masterplan=plan)
    before = list(plan.review_items.order_by("pk").values())
    change = services.refresh_queue(masterplan=plan)
    assert (change.created, change.reopened, change.superseded) == (0, 0, 0)
    assert list(plan.review_items.order_by("pk").values()) == before


def test_what_became_trustworthy_is_superseded(plan: MasterPlan) -> None:
    atoms = [made_atom(plan, confidence=0.9) for _ in range(5)]
    AtomicUnit.objects.filter(pk=atoms[0].pk).update(confidence=0.1)
    services.refresh_queue(masterplan=plan)
    AtomicUnit.objects.filter(pk=atoms[0].pk).update(confidence=1)
    assert services.refresh_queue(masterplan=plan).superseded == 1
    assert atoms[0].pk not in queued(plan)


def test_an_item_that_somebody_holds_is_not_taken_away(plan: MasterPlan, reviewer: User) -> None:
    atoms = [made_atom(plan, confidence=0.9) for _ in range(5)]
    item = put_aside(atoms[0])
    services.claim(item=item, reviewer=reviewer)
    AtomicUnit.objects.filter(pk=atoms[1].pk).update(confidence=0.1)
    assert services.refresh_queue(masterplan=plan).superseded == 0


def test_a_signed_off_atom_does_not_come_back(plan: MasterPlan, reviewer: User) -> None:
    atom = made_atom(plan, confidence=0.3)
    services.refresh_queue(masterplan=plan)
    item = plan.review_items.get()
    services.approve(item=item, reviewer=reviewer, version=item.version)
    assert services.refresh_queue(masterplan=plan).created == 0
    AtomicUnit.objects.filter(pk=atom.pk).update(code=atom.code + "\n")
    assert services.refresh_queue(masterplan=plan).created == 1


def test_a_regenerated_atom_comes_back_to_its_reviewer(plan: MasterPlan, reviewer: User) -> None:
    atom = made_atom(plan, confidence=0.95)
    others = [made_atom(plan, confidence=0.9) for _ in range(4)]
    item = put_aside(atom)
    services.regenerate(item=item, reviewer=reviewer, feedback="Shorter.", version=1)
    assert services.refresh_queue(masterplan=plan).reopened == 0
    AtomicUnit.objects.filter(pk=atom.pk).update(
        status=AtomicUnit.Status.ACCEPTED, code="def f() -> int:\n    return 1\n"
    )
    assert services.refresh_queue(masterplan=plan).reopened == 1
    item.refresh_from_db()
    assert (item.status, item.version) == (Status.WAITING, 3)
    assert item.code_before == "def f() -> int:\n    return 1\n"
    assert others


# --- claims


def test_a_claim_keeps_others_off(plan: MasterPlan, reviewer: User) -> None:
    item = put_aside(made_atom(plan))
    other = factories.make_reviewer("olga")
    assert services.claim(item=item, reviewer=other)
    assert not services.claim(item=item, reviewer=reviewer)
    with pytest.raises(ReviewConflict, match="olga is working on this item"):
        services.approve(item=item, reviewer=reviewer, version=item.version)
    assert selectors.next_item(reviewer=reviewer) is None


def test_a_claim_runs_out(plan: MasterPlan, reviewer: User) -> None:
    item = put_aside(made_atom(plan))
    services.claim(item=item, reviewer=factories.make_reviewer())
    HumanReviewQueue.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert services.claim(item=item, reviewer=reviewer)


def test_a_claim_does_not_make_the_page_stale(plan: MasterPlan, reviewer: User) -> None:
    item = put_aside(made_atom(plan))
    services.claim(item=item, reviewer=reviewer)
    services.approve(item=item, reviewer=reviewer, version=1)
    assert item.status == Status.APPROVED


# --- decisions


def test_approval_signs_the_atom_off(plan: MasterPlan, reviewer: User) -> None:
    atom = made_atom(plan)
    item = put_aside(atom)
    services.approve(item=item, reviewer=reviewer, version=1)
    atom.refresh_from_db()
    assert (item.status, item.reviewer, item.code_after) == (Status.APPROVED, reviewer, atom.code)
    assert item.decided_at is not None
    assert atom.reviewer == reviewer


def test_approving_a_failed_atom_lets_what_waited_go_on(plan: MasterPlan, reviewer: User) -> None:
    failed = made_atom(plan, status=AtomicUnit.Status.FAILED)
    waiting = made_atom(plan, status=AtomicUnit.Status.PENDING)
    factories.make_graph(plan, [[failed], [waiting]], [(waiting, failed)])
    services.approve(item=put_aside(failed), reviewer=reviewer, version=1)
    failed.refresh_from_db()
    waiting.refresh_from_db()
    assert (failed.status, waiting.status) == ("accepted", "ready")


def test_an_empty_body_cannot_be_approved(plan: MasterPlan, reviewer: User) -> None:
    item = put_aside(unwritten_atom(plan))
    with pytest.raises(ReviewRefused, match="only its empty body"):
        services.approve(item=item, reviewer=reviewer, version=1)
    item.refresh_from_db()
    assert item.status == Status.WAITING


def blocked_atom(plan: MasterPlan) -> AtomicUnit:
    """Make an atom whose text is in place, but could not be tested."""
    atom = made_atom(plan)
    AtomicUnit.objects.filter(pk=atom.pk).update(status=AtomicUnit.Status.BLOCKED)
    return atom


def test_a_blocked_atom_needs_a_person_only_where_nothing_failed(plan: MasterPlan) -> None:
    blocked = blocked_atom(plan)
    failed = unwritten_atom(plan)
    services.refresh_queue(masterplan=plan)
    assert [item.atom_id for item in plan.review_items.all()] == [failed.pk]
    failed.delete()
    services.refresh_queue(masterplan=plan)
    item = plan.review_items.get()
    assert (item.atom_id, item.reason, item.priority) == (blocked.pk, "blocked", 1)


def test_an_atom_made_anew_says_so_and_no_longer_that_it_failed(
    plan: MasterPlan, reviewer: User
) -> None:
    atom = unwritten_atom(plan)
    others = [made_atom(plan, confidence=0.1) for _ in range(3)]
    item = put_aside(atom, reason="failed", priority=1)
    services.regenerate(item=item, reviewer=reviewer, feedback="Use a set.", version=1)
    AtomicUnit.objects.filter(pk=atom.pk).update(status="accepted", confidence=0.97, attempts=1)
    services.refresh_queue(masterplan=plan)
    item.refresh_from_db()
    assert others
    assert (item.status, item.reason, item.priority) == (Status.WAITING, "regenerated", 5)


def test_the_last_approval_completes_the_project(plan: MasterPlan, reviewer: User) -> None:
    MasterPlan.objects.filter(pk=plan.pk).update(status=MasterPlan.Status.IN_REVIEW)
    items = [put_aside(made_atom(plan)), put_aside(made_atom(plan))]
    for item, status in zip(items, ("in_review", "completed"), strict=True):
        services.approve(item=item, reviewer=reviewer, version=1)
        plan.refresh_from_db()
        assert plan.status == status


def test_the_second_decision_is_told_who_was_faster(plan: MasterPlan, reviewer: User) -> None:
    item = put_aside(made_atom(plan))
    services.approve(item=item, reviewer=factories.make_reviewer("ana"), version=1)
    with pytest.raises(ReviewConflict, match="ana has already decided on this item: approved"):
        services.approve(item=item, reviewer=reviewer, version=1)


def test_a_stale_version_is_refused(plan: MasterPlan, reviewer: User) -> None:
    item = put_aside(made_atom(plan), version=2)
    with pytest.raises(ReviewConflict, match="changed since you opened it"):
        services.regenerate(item=item, reviewer=reviewer, feedback="x", version=1)


def test_text_that_changed_unseen_is_not_approved(plan: MasterPlan, reviewer: User) -> None:
    atom = made_atom(plan)
    item = put_aside(atom)
    AtomicUnit.objects.filter(pk=atom.pk).update(code="def other() -> None:\n    return\n")
    with pytest.raises(ReviewConflict, match="has changed since it was queued"):
        services.approve(item=item, reviewer=reviewer, version=1)
    item.refresh_from_db()
    assert item.status == Status.WAITING


def test_regeneration_begins_a_new_round_with_the_feedback(
    plan: MasterPlan, reviewer: User
) -> None:
    atom = made_atom(plan)
    item = put_aside(atom)
    services.regenerate(item=item, reviewer=reviewer, feedback=" Use a set. ", version=1)
    atom.refresh_from_db()
    assert (atom.status, atom.round, atom.attempts) == ("ready", 2, 0)
    assert atom.guidance == "Use a set."
    assert (item.status, item.feedback) == (Status.REGENERATING, "Use a set.")


def test_regeneration_needs_words(plan: MasterPlan, reviewer: User) -> None:
    with pytest.raises(ReviewRefused, match="Say what is wrong"):
        services.regenerate(
            item=put_aside(made_atom(plan)), reviewer=reviewer, feedback=" \n", version=1
        )


def test_an_atom_that_is_being_made_is_not_sent_back_twice(
    plan: MasterPlan, reviewer: User
) -> None:
    item = put_aside(made_atom(plan, status=AtomicUnit.Status.READY))
    with pytest.raises(ReviewRefused, match="once that is done"):
        services.regenerate(item=item, reviewer=reviewer, feedback="Again.", version=1)
    item.refresh_from_db()
    assert item.status == Status.WAITING


def test_a_block_is_sent_back_with_its_whole_function(plan: MasterPlan, reviewer: User) -> None:
    whole = made_atom(plan)
    MasterPlan.objects.update(total_atoms=2)
    block = AtomicUnit.objects.create(
        masterplan=plan,
        source_file=whole.source_file,
        parent=whole,
        position=whole.position + 100,
        kind="block",
        name="long#block",
        language="python",
        code="    return 1\n",
        status="accepted",
        author="model",
    )
    item = put_aside(block)
    services.regenerate(item=item, reviewer=reviewer, feedback="Simpler.", version=1)
    kept = HumanReviewQueue.objects.get(pk=item.pk)
    assert (kept.atom_id, kept.status) == (whole.pk, Status.REGENERATING)
    assert not AtomicUnit.objects.filter(pk=block.pk).exists()
    plan.refresh_from_db()
    assert plan.total_atoms == 1


# --- edits: the real checks run


def test_a_right_edit_takes_the_atoms_place(plan: MasterPlan, reviewer: User) -> None:
    atom = unwritten_atom(plan)
    item = put_aside(atom, reason="failed")
    outcome = services.edit(item=item, reviewer=reviewer, code=RIGHT, version=1)
    atom.refresh_from_db()
    assert outcome.accepted
    assert (atom.code, atom.status, atom.author, atom.reviewer) == (
        RIGHT,
        AtomicUnit.Status.ACCEPTED,
        AtomicUnit.Author.PERSON,
        reviewer,
    )
    assert (item.status, item.code_after) == (Status.EDITED, RIGHT)
    stored = ValidationResult.objects.get(atom=atom, check_name="examples")
    assert stored.verdict == "passed"
    assert atom.confidence is not None and atom.confidence > 0.9


def test_a_wrong_edit_changes_nothing_and_says_why(plan: MasterPlan, reviewer: User) -> None:
    atom = unwritten_atom(plan)
    item = put_aside(atom, reason="failed")
    outcome = services.edit(item=item, reviewer=reviewer, code=WRONG, version=1)
    before = atom.code
    atom.refresh_from_db()
    item.refresh_from_db()
    assert not outcome.accepted
    assert "types" in {finding.check for finding in outcome.findings if finding.blocks}
    assert (atom.code, atom.status, item.status) == (before, "failed", Status.WAITING)


def test_a_stale_edit_is_refused_before_anything_is_checked(
    plan: MasterPlan, reviewer: User
) -> None:
    item = put_aside(unwritten_atom(plan), version=2)
    with pytest.raises(ReviewConflict):
        services.edit(item=item, reviewer=reviewer, code=WRONG, version=1)


def test_an_edit_keeps_the_final_line_end(plan: MasterPlan, reviewer: User) -> None:
    atom = unwritten_atom(plan)
    item = put_aside(atom, reason="failed")
    services.edit(item=item, reviewer=reviewer, code=RIGHT.rstrip("\n"), version=1)
    atom.refresh_from_db()
    assert atom.code == RIGHT


def test_attempts_are_kept_after_an_edit(plan: MasterPlan, reviewer: User) -> None:
    atom = unwritten_atom(plan)
    services.edit(item=put_aside(atom), reviewer=reviewer, code=RIGHT, version=1)
    assert AtomRetryHistory.objects.filter(atom=atom).count() == 3
