"""Promises of claims, answers and verdicts: nothing twice, nothing lost, nothing stuck."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from atomization.models import AtomicUnit
from atomization.selectors import assembled
from dependencies.edges import Edge, EdgeKind
from dependencies.models import AtomDependency
from devmatrix.llm import Receipt, Sampling
from devmatrix.masterplans import services as masterplans
from devmatrix.masterplans.models import MasterPlan
from execution import services
from execution.models import AtomRetryHistory
from execution.services import Claim, ExecutionError, Outcome, Status, Verification, claims
from tests.factories import atom_named, make_edge, make_file, make_graph, make_masterplan
from validation.findings import Finding, failed, ok

pytestmark = pytest.mark.django_db

SOURCE = '''def one() -> int:
    """Give one."""
    raise NotImplementedError


def two() -> int:
    """Give two."""
    raise NotImplementedError


def three() -> int:
    """Give three."""
    raise NotImplementedError
'''
PATH = "pkg/numbers.py"
NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.get_current_timezone())
LONG = "def one() -> int:\n" + "".join(f"    n{i} = {i}\n" for i in range(40)) + "    return n1\n"


@pytest.fixture
def plan() -> MasterPlan:
    """A project of three functions whose bodies are to be written; nothing depends on anything."""
    plan = make_masterplan(budget_usd=Decimal(10))
    make_file(plan, PATH, SOURCE)
    make_graph(plan, [[atom(plan, name) for name in ("one", "two", "three")]])
    return plan


def atom(plan: MasterPlan, name: str) -> AtomicUnit:
    return atom_named(plan, f"{PATH}::{name}")


def code(name: str, value: int = 1) -> str:
    return atom_text(name).replace("raise NotImplementedError", f"return {value}")


def atom_text(name: str) -> str:
    return AtomicUnit.objects.get(name=name).skeleton


def depend(plan: MasterPlan, dependent: str, dependency: str, *, hard: bool = False) -> None:
    graph = plan.graphs.get(is_current=True)
    make_edge(graph, atom(plan, dependent), atom(plan, dependency), is_hard=hard)


def ring_in_a_cycle(plan: MasterPlan, *names: str) -> None:
    """Let each atom call the next one, and the last one the first."""
    graph = plan.graphs.get(is_current=True)
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        make_edge(graph, atom(plan, name), atom(plan, following), is_hard=False)
    AtomicUnit.objects.filter(masterplan=plan, name__in=names).update(cycle=1)


def calls(plan: MasterPlan, name: str) -> list[Edge]:
    """Give the calls of an atom as the static checks find them in its answer."""
    rows = AtomDependency.objects.filter(graph__is_current=True, dependent=atom(plan, name))
    return [
        Edge(
            dependent=f"{PATH}::{name}",
            dependency=f"{PATH}::{row.dependency.name}",
            kind=EdgeKind(row.kind),
            hard=row.is_hard,
            reason=row.reason,
            line=1,
            strength=1,
            resolved_by="scope",
            confidence=1,
        )
        for row in rows.select_related("dependency")
    ]


def claim_one(plan: MasterPlan, *, now: datetime = NOW) -> Claim:
    [claim] = services.claim_attempts(masterplan_id=plan.pk, limit=1, now=now)
    return claim


def claim_named(plan: MasterPlan, name: str) -> Claim:
    """Make only this atom ready and claim it."""
    AtomicUnit.objects.filter(pk=atom(plan, name).pk).update(status=Status.READY)
    claim = claims._claim_attempt(atom(plan, name).pk, NOW)
    assert claim is not None
    return claim


def answer(plan: MasterPlan, name: str, text: str = "") -> Claim:
    """Bring an atom as far as an answer that passed the static checks."""
    claim = claim_named(plan, name)
    assert services.answered(
        claim=claim,
        code=text or code(name),
        imports=(),
        findings=[ok(1, "syntax")],
        edges=calls(plan, name),
    )
    return claim


def verifications(plan: MasterPlan, *, limit: int = 10) -> list[Verification]:
    return services.claim_verifications(masterplan_id=plan.pk, limit=limit, now=NOW)


def names(verification: Verification) -> list[str]:
    rows = AtomicUnit.objects.filter(pk__in=verification.atom_ids).order_by("name")
    return list(rows.values_list("name", flat=True))


def settle(verification: Verification, **wrong: str) -> None:
    """Report that the tests of the named atoms fail and those of all others pass."""
    rows = AtomicUnit.objects.filter(pk__in=verification.atom_ids)
    found: dict[UUID, list[Finding]] = {
        row.pk: [failed(1, "examples", wrong[row.name])]
        if row.name in wrong
        else [ok(1, "examples")]
        for row in rows
    }
    services.settle_verification(verification=verification, findings=found)


def verify_all(plan: MasterPlan, **wrong: str) -> None:
    for verification in verifications(plan):
        settle(verification, **wrong)


def status_of(plan: MasterPlan, name: str) -> str:
    return atom(plan, name).status


def reject(claim: Claim, *, check: str = "types") -> bool:
    return services.reject(
        claim=claim,
        code="x",
        failure="it is wrong",
        failed_check=check,
        findings=[failed(1, check, "it is wrong")],
    )


def receipt(cost: str = "0.02") -> Receipt:
    return Receipt(
        text="{}",
        stop_reason="end_turn",
        model="claude-test",
        input_tokens=100,
        output_tokens=20,
        cache_read_tokens=0,
        cache_write_tokens=0,
        cost_usd=Decimal(cost),
        request_id="req_1",
        seconds=0.5,
    )


def book(plan: MasterPlan, claim: Claim) -> None:
    services.book(
        claim=claim,
        masterplan_id=plan.pk,
        subject="subject",
        receipt=receipt(),
        sampling=Sampling("claude-test", effort="low"),
        prompt="prompt",
        feedback="",
        outcome="ok",
    )


def reserve(plan: MasterPlan, claim: Claim, amount: str = "1") -> bool:
    return services.reserve_attempt(claim=claim, masterplan_id=plan.pk, amount=Decimal(amount))


def money(plan: MasterPlan) -> tuple[Decimal, Decimal]:
    plan.refresh_from_db()
    return plan.cost_usd, plan.reserved_usd


# --- releasing and claiming


def test_an_atom_is_released_once_all_its_hard_dependencies_are_accepted(plan: MasterPlan) -> None:
    depend(plan, "three", "one", hard=True)
    depend(plan, "three", "two", hard=True)
    assert services.release(masterplan_id=plan.pk) == 2
    for name in ("one", "two"):
        assert status_of(plan, "three") == Status.PENDING
        answer(plan, name)
        assert status_of(plan, "three") == Status.PENDING
        verify_all(plan)
    assert status_of(plan, "three") == Status.READY


def test_a_contract_dependency_holds_nothing_back(plan: MasterPlan) -> None:
    depend(plan, "three", "one")
    assert services.release(masterplan_id=plan.pk) == 3


def test_a_failed_dependency_releases_nothing(plan: MasterPlan) -> None:
    depend(plan, "three", "one", hard=True)
    AtomicUnit.objects.filter(pk=atom(plan, "one").pk).update(status=Status.FAILED)
    services.release(masterplan_id=plan.pk)
    assert status_of(plan, "three") == Status.PENDING


def test_an_older_graph_orders_nothing(plan: MasterPlan) -> None:
    depend(plan, "three", "one", hard=True)
    plan.graphs.update(is_current=False)
    assert services.release(masterplan_id=plan.pk) == 3


def test_a_claim_counts_the_attempt_and_begins_its_history(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    claim = claim_one(plan)
    row = AtomicUnit.objects.get(pk=claim.atom_id)
    assert (row.status, row.attempts, row.lease_token) == (Status.GENERATING, 1, claim.token)
    assert row.lease_until == NOW + timedelta(seconds=settings.DEVMATRIX["LEASE_SECONDS"])
    history = row.history.get()
    assert (history.number, history.round, history.outcome) == (1, 1, Outcome.RUNNING)


def test_what_is_claimed_is_not_claimed_again(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    first = services.claim_attempts(masterplan_id=plan.pk, limit=2, now=NOW)
    second = services.claim_attempts(masterplan_id=plan.pk, limit=9, now=NOW)
    assert (len(first), len(second)) == (2, 1)
    assert services.claim_attempts(masterplan_id=plan.pk, limit=9, now=NOW) == []


def test_earlier_waves_are_claimed_first(plan: MasterPlan) -> None:
    AtomicUnit.objects.filter(name="one").update(wave_number=2)
    services.release(masterplan_id=plan.pk)
    claims = services.claim_attempts(masterplan_id=plan.pk, limit=9, now=NOW)
    order = [AtomicUnit.objects.get(pk=claim.atom_id).name for claim in claims]
    assert order == ["two", "three", "one"]


@pytest.mark.parametrize("stopped", ["paused", "in_review", "cancelled"])
def test_nothing_is_claimed_of_a_plan_that_is_not_being_executed(
    plan: MasterPlan, stopped: str
) -> None:
    services.release(masterplan_id=plan.pk)
    answer(plan, "one")
    MasterPlan.objects.update(status=stopped, resume_status="executing")
    assert services.claim_attempts(masterplan_id=plan.pk, limit=9, now=NOW) == []
    assert verifications(plan) == []


def together(calls: int, call: Callable[[], object]) -> None:
    """Run the call in several threads that begin at one moment."""
    barrier = threading.Barrier(calls)

    def run() -> None:
        barrier.wait(timeout=30)
        try:
            call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(calls) as pool:
        for done in [pool.submit(run) for _ in range(calls)]:
            done.result()


@pytest.mark.django_db(transaction=True)
def test_two_threads_never_claim_the_same_attempt(plan: MasterPlan) -> None:
    for number in range(4):
        make_file(plan, f"pkg/more_{number}.py", SOURCE)
    services.release(masterplan_id=plan.pk)
    claims: list[Claim] = []

    def claim_all() -> None:
        while found := services.claim_attempts(masterplan_id=plan.pk, limit=4, now=NOW):
            claims.extend(found)

    together(2, claim_all)
    assert len(claims) == len({claim.atom_id for claim in claims}) == 15
    assert AtomRetryHistory.objects.count() == 15
    assert set(plan.atoms.filter(needs_body=True).values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_two_threads_never_claim_the_same_verification(plan: MasterPlan) -> None:
    ring_in_a_cycle(plan, "one", "two")
    for name in ("one", "two", "three"):
        answer(plan, name)
    claimed: list[Verification] = []
    together(2, lambda: claimed.extend(verifications(plan)))
    assert sorted(map(names, claimed)) == [["one", "two"], ["three"]]


# --- verdicts


def test_a_rejected_attempt_makes_the_atom_ready_again_until_the_third(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    states = []
    for number in (1, 2, 3):
        claim = claim_named(plan, "one")
        assert claim.number == number
        assert reject(claim)
        states.append(status_of(plan, "one"))
    assert states == [Status.READY, Status.READY, Status.FAILED]
    outcomes = atom(plan, "one").history.values_list("outcome", "failed_check", "error")
    assert list(outcomes) == [("rejected", "types", "it is wrong")] * 3
    assert atom(plan, "one").code == atom_text("one")


def test_a_rejection_stores_what_was_found(plan: MasterPlan) -> None:
    reject(claim_named(plan, "one"))
    result = atom(plan, "one").validation_results.get()
    assert (result.check_name, result.verdict, result.attempt) == ("types", "failed", 1)


def test_a_failure_told_in_any_characters_can_be_stored(plan: MasterPlan) -> None:
    claim = claim_named(plan, "one")
    told = "line 1 holds \x00 and \udce9 and \ud800"
    assert services.reject(
        claim=claim, code="a\x00\udce9", failure=told, failed_check="syntax", findings=[]
    )
    history = AtomRetryHistory.objects.get()
    assert history.error == "line 1 holds \N{REPLACEMENT CHARACTER} and ? and ?"
    assert history.code == "a\x00\udce9"


def test_an_answer_waits_for_its_tests_without_a_lease(plan: MasterPlan) -> None:
    answer(plan, "one")
    row = atom(plan, "one")
    assert (row.status, row.lease_token) == (Status.ANSWERED, None)
    assert row.code == row.skeleton
    assert row.history.get().outcome == Outcome.ANSWERED


def test_an_accepted_atom_carries_its_text_and_who_wrote_it(plan: MasterPlan) -> None:
    answer(plan, "one")
    AtomRetryHistory.objects.update(model="claude-test")
    verify_all(plan)
    row = atom(plan, "one")
    assert (row.status, row.author, row.model) == (Status.ACCEPTED, "model", "claude-test")
    assert row.code == code("one")
    assert row.version == 2
    assert row.history.get().outcome == Outcome.ACCEPTED


def test_an_atom_whose_tests_fail_is_attempted_again_and_told_why(plan: MasterPlan) -> None:
    answer(plan, "one")
    verify_all(plan, one="expected 1, was 2")
    assert status_of(plan, "one") == Status.READY
    history = atom(plan, "one").history.get()
    assert (history.outcome, history.failed_check) == (Outcome.REJECTED, "examples")
    assert "expected 1, was 2" in history.error


# --- late answers and leases


def test_a_late_answer_is_discarded_but_paid_for_exactly_once(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    late = claim_one(plan)
    assert reserve(plan, late)
    assert money(plan) == (0, 1)
    hour = NOW + timedelta(hours=1)
    assert services.sweep(masterplan_id=plan.pk, now=hour) == 1
    assert money(plan) == (0, 0)
    again = claim_named(plan, "one")
    assert again.number == late.number
    assert reserve(plan, again)

    book(plan, late)
    book(plan, late)
    assert money(plan) == (Decimal("0.02"), 1)
    assert plan.calls.count() == 1
    assert AtomicUnit.objects.get(pk=late.atom_id).cost_usd == Decimal("0.02")
    assert not services.answered(claim=late, code="late", imports=(), findings=[])
    assert not reject(late)
    row = AtomicUnit.objects.get(pk=late.atom_id)
    assert (row.status, row.lease_token) == (Status.GENERATING, again.token)
    assert AtomRetryHistory.objects.get(token=late.token).outcome == Outcome.ABANDONED


def test_an_answer_is_booked_on_atom_attempt_and_plan(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    claim = claim_one(plan)
    reserve(plan, claim)
    book(plan, claim)
    assert money(plan) == (Decimal("0.02"), 0)
    assert (plan.input_tokens, plan.output_tokens) == (100, 20)
    history = AtomRetryHistory.objects.get()
    assert (history.cost_usd, history.reserved_usd) == (Decimal("0.02"), 0)
    assert (history.model, history.effort, history.request_id) == ("claude-test", "low", "req_1")


def test_an_expired_lease_is_given_back_uncounted(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    claim = claim_one(plan)
    lease = settings.DEVMATRIX["LEASE_SECONDS"]
    assert services.sweep(masterplan_id=plan.pk, now=NOW + timedelta(seconds=lease)) == 0
    assert services.sweep(masterplan_id=plan.pk, now=NOW + timedelta(seconds=lease + 1)) == 1
    row = AtomicUnit.objects.get(pk=claim.atom_id)
    assert (row.status, row.attempts, row.lease_token) == (Status.READY, 0, None)


def test_a_renewed_lease_does_not_expire(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    claim = claim_one(plan)
    services.renew(tokens=[claim.token], now=NOW + timedelta(hours=1))
    assert services.sweep(masterplan_id=plan.pk, now=NOW + timedelta(hours=1)) == 0


def test_an_expired_verification_can_be_claimed_again(plan: MasterPlan) -> None:
    answer(plan, "one")
    [lost] = verifications(plan)
    assert verifications(plan) == []
    assert services.sweep(masterplan_id=plan.pk, now=NOW + timedelta(hours=1)) == 1
    assert status_of(plan, "one") == Status.ANSWERED
    [again] = verifications(plan)
    settle(lost)
    assert status_of(plan, "one") == Status.ANSWERED
    settle(again)
    assert status_of(plan, "one") == Status.ACCEPTED


def test_an_answer_that_just_arrived_is_not_swept_away(plan: MasterPlan) -> None:
    claim = answer(plan, "one")
    services.abandon(token=claim.token, reason="the sweep read the row before the answer came")
    assert status_of(plan, "one") == Status.ANSWERED
    assert AtomRetryHistory.objects.get().outcome == Outcome.ANSWERED


def test_abandoning_leaves_a_lease_that_was_renewed_meanwhile(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    claim = claim_one(plan)
    reserve(plan, claim)
    services.abandon(token=claim.token, reason="expired", expired=NOW)
    assert AtomicUnit.objects.get(pk=claim.atom_id).lease_token == claim.token
    assert money(plan) == (0, 1)


def test_a_lost_claim_reserves_nothing(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    claim = claim_one(plan)
    services.abandon(token=claim.token, reason="swept")
    with pytest.raises(services.ClaimLost):
        reserve(plan, claim)
    assert money(plan) == (0, 0)


def test_nothing_is_reserved_beyond_the_budget(plan: MasterPlan) -> None:
    services.release(masterplan_id=plan.pk)
    claim = claim_one(plan)
    assert not reserve(plan, claim, "10.01")
    assert money(plan) == (0, 0)
    assert AtomRetryHistory.objects.get().reserved_usd == 0


# --- the order of verification


def test_tests_wait_until_every_callee_is_settled(plan: MasterPlan) -> None:
    depend(plan, "two", "one")
    services.release(masterplan_id=plan.pk)
    answer(plan, "two")
    assert verifications(plan) == []
    answer(plan, "one")
    [verification] = verifications(plan)
    assert names(verification) == ["one"]
    settle(verification)
    [verification] = verifications(plan)
    assert names(verification) == ["two"]


def test_a_cycle_is_verified_as_one_group_once_it_is_whole(plan: MasterPlan) -> None:
    ring_in_a_cycle(plan, "one", "two")
    services.release(masterplan_id=plan.pk)
    answer(plan, "one")
    assert verifications(plan) == []
    answer(plan, "two")
    [verification] = verifications(plan)
    assert names(verification) == ["one", "two"]
    settle(verification)
    assert {status_of(plan, "one"), status_of(plan, "two")} == {Status.ACCEPTED}


def test_a_cycle_with_a_wrong_member_is_not_accepted(plan: MasterPlan) -> None:
    ring_in_a_cycle(plan, "one", "two")
    answer(plan, "one")
    answer(plan, "two")
    verify_all(plan, two="wrong")
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.ANSWERED, Status.READY)
    answer(plan, "two")
    verify_all(plan)
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.ACCEPTED, Status.ACCEPTED)


def test_whose_callee_failed_is_blocked_rather_than_blamed(plan: MasterPlan) -> None:
    depend(plan, "two", "one")
    AtomicUnit.objects.filter(name="one").update(status=Status.FAILED)
    answer(plan, "two")
    verify_all(plan, two="one does not work")
    row = atom(plan, "two")
    assert (row.status, row.attempts) == (Status.BLOCKED, 1)
    assert row.code == code("two")


def test_whose_fellow_in_a_cycle_failed_is_blocked_rather_than_blamed(plan: MasterPlan) -> None:
    ring_in_a_cycle(plan, "one", "two", "three")
    AtomicUnit.objects.filter(name="three").update(status=Status.FAILED)
    answer(plan, "one")
    answer(plan, "two")
    for _ in range(2):
        verify_all(plan, one="three does not work", two="three does not work")
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.BLOCKED, Status.BLOCKED)
    services.resolve(atom=atom(plan, "three"))
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.ANSWERED, Status.ANSWERED)
    for _ in range(2):
        verify_all(plan)
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.ACCEPTED, Status.ACCEPTED)


def test_a_blocked_atom_is_tested_again_once_its_callee_is_accepted(plan: MasterPlan) -> None:
    depend(plan, "two", "one")
    AtomicUnit.objects.filter(name="one").update(status=Status.FAILED)
    answer(plan, "two")
    verify_all(plan, two="one does not work")
    services.resolve(atom=atom(plan, "one"))
    assert status_of(plan, "two") == Status.ANSWERED
    verify_all(plan)
    assert status_of(plan, "two") == Status.ACCEPTED
    assert atom(plan, "two").history.get().outcome == Outcome.ACCEPTED


def test_a_long_blocked_answer_stands_once_in_its_file(plan: MasterPlan) -> None:
    depend(plan, "one", "two")
    AtomicUnit.objects.filter(name="two").update(status=Status.FAILED)
    answer(plan, "one", LONG)
    verify_all(plan, one="two does not work")
    assert assembled(plan)[PATH].decode() == LONG + atom_text("two") + atom_text("three")
    services.resolve(atom=atom(plan, "two"))
    verify_all(plan)
    assert assembled(plan)[PATH].decode() == LONG + atom_text("two") + atom_text("three")
    blocks = atom(plan, "one").children.values_list("status", flat=True)
    assert set(blocks) == {Status.ACCEPTED}


def test_an_answer_whose_callee_waits_for_a_failed_atom_does_not_wait_for_ever(
    plan: MasterPlan,
) -> None:
    depend(plan, "two", "one", hard=True)
    depend(plan, "three", "two")
    AtomicUnit.objects.filter(name="one").update(status=Status.FAILED)
    services.release(masterplan_id=plan.pk)
    answer(plan, "three")
    assert status_of(plan, "two") == Status.PENDING
    assert verifications(plan) == []
    [stranded] = services.claim_stranded(masterplan_id=plan.pk, now=NOW)
    assert names(stranded) == ["three"]
    settle(stranded, three="two is not there")
    assert status_of(plan, "three") == Status.BLOCKED
    assert not services.open_atoms(plan.pk).exists()

    services.resolve(atom=atom(plan, "one"))
    answer(plan, "two")
    verify_all(plan)
    verify_all(plan)
    assert {status_of(plan, name) for name in ("one", "two", "three")} == {Status.ACCEPTED}


def test_a_cycle_that_waits_for_its_own_answer_does_not_wait_for_ever(plan: MasterPlan) -> None:
    ring_in_a_cycle(plan, "one", "two")
    graph = plan.graphs.get(is_current=True)
    graph.edges.filter(dependent__name="two").update(is_hard=True, orders_generation=True)
    AtomicUnit.objects.filter(name="three").update(status=Status.ACCEPTED)
    services.release(masterplan_id=plan.pk)
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.READY, Status.PENDING)
    answer(plan, "one")
    assert verifications(plan) == []
    [stranded] = services.claim_stranded(masterplan_id=plan.pk, now=NOW)
    settle(stranded)
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.ACCEPTED, Status.READY)


def test_nothing_is_stranded_while_anybody_works(plan: MasterPlan) -> None:
    depend(plan, "three", "two")
    answer(plan, "three")
    claim = claim_named(plan, "two")
    assert services.claim_stranded(masterplan_id=plan.pk, now=NOW) == []
    reject(claim)
    assert status_of(plan, "two") == Status.READY
    assert services.claim_stranded(masterplan_id=plan.pk, now=NOW) == []


# --- what people ask for


def test_a_resolved_atom_releases_what_waited_and_reopens_the_plan(plan: MasterPlan) -> None:
    depend(plan, "two", "one", hard=True)
    AtomicUnit.objects.filter(name="one").update(status=Status.FAILED)
    MasterPlan.objects.update(status=MasterPlan.Status.IN_REVIEW)
    services.resolve(atom=atom(plan, "one"))
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.EXECUTING
    assert (status_of(plan, "one"), status_of(plan, "two")) == (Status.ACCEPTED, Status.READY)


def test_resolving_an_atom_that_is_being_made_discards_the_attempt(plan: MasterPlan) -> None:
    claim = claim_named(plan, "one")
    reserve(plan, claim)
    services.resolve(atom=atom(plan, "one"))
    assert money(plan) == (0, 0)
    assert AtomRetryHistory.objects.get().outcome == Outcome.ABANDONED
    assert not reject(claim)
    assert status_of(plan, "one") == Status.ACCEPTED


def test_a_retry_begins_a_new_round_with_the_guidance(plan: MasterPlan) -> None:
    for _ in range(3):
        reject(claim_named(plan, "one"))
    made = services.retry_atom(atom=atom(plan, "one"), guidance="use a loop")
    assert (made.status, made.round, made.attempts) == (Status.READY, 2, 0)
    assert made.guidance == "use a loop"
    claim = claim_named(plan, "one")
    assert (claim.round, claim.number) == (2, 1)
    assert made.history.count() == 4


@pytest.mark.parametrize("status", [Status.PENDING, Status.READY, Status.ANSWERED])
def test_an_atom_that_is_under_way_is_not_begun_anew(plan: MasterPlan, status: str) -> None:
    AtomicUnit.objects.filter(name="one").update(status=status)
    with pytest.raises(ExecutionError, match="one is"):
        services.retry_atom(atom=atom(plan, "one"))
    assert atom(plan, "one").round == 1


@pytest.mark.parametrize("stage", ["in_review", "completed", "validating", "scoring"])
def test_a_retry_sends_its_plan_back_to_execution(plan: MasterPlan, stage: str) -> None:
    AtomicUnit.objects.update(status=Status.ACCEPTED)
    MasterPlan.objects.update(status=stage)
    services.retry_atom(atom=atom(plan, "one"))
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.EXECUTING


def test_a_retry_of_a_block_makes_its_whole_function_anew(plan: MasterPlan) -> None:
    answer(plan, "one", LONG)
    verify_all(plan)
    block = atom(plan, "one").children.get(name="one#block2")
    atoms = plan.atoms.count()
    MasterPlan.objects.update(total_atoms=atoms)
    depend(plan, "two", "one#block2")
    made = services.retry_atom(atom=block)
    assert made.pk == atom(plan, "one").pk
    assert made.status == Status.READY
    assert not made.children.exists()
    assert made.code == LONG
    plan.refresh_from_db()
    assert plan.total_atoms == plan.atoms.count() < atoms


def test_a_retry_in_a_paused_plan_waits_for_it(plan: MasterPlan) -> None:
    AtomicUnit.objects.update(status=Status.ACCEPTED)
    masterplans.pause(masterplan=plan, reason="spent")
    services.retry_atom(atom=atom(plan, "one"))
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.PAUSED


def test_starting_resumes_a_plan_that_was_paused(plan: MasterPlan) -> None:
    masterplans.pause(masterplan=plan, reason="spent")
    plan.refresh_from_db()
    assert services.start(masterplan=plan) == 3
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.EXECUTING


def test_starting_resumes_a_plan_that_failed(plan: MasterPlan) -> None:
    masterplans.fail(masterplan=plan, reason="bwrap is missing")
    plan.refresh_from_db()
    services.start(masterplan=plan)
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.EXECUTING


def test_starting_reopens_a_plan_with_atoms_to_make(plan: MasterPlan) -> None:
    MasterPlan.objects.update(status=MasterPlan.Status.COMPLETED)
    plan.refresh_from_db()
    services.start(masterplan=plan)
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.EXECUTING


def test_starting_a_plan_with_nothing_to_make_leaves_it_in_review(plan: MasterPlan) -> None:
    AtomicUnit.objects.update(status=Status.ACCEPTED)
    MasterPlan.objects.update(status=MasterPlan.Status.IN_REVIEW)
    plan.refresh_from_db()
    assert services.start(masterplan=plan) == 0
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.IN_REVIEW


def test_a_cancelled_plan_is_not_started(plan: MasterPlan) -> None:
    MasterPlan.objects.update(status=MasterPlan.Status.CANCELLED)
    plan.refresh_from_db()
    with pytest.raises(ExecutionError, match="cancelled"):
        services.start(masterplan=plan)


def test_a_claim_costs_the_same_whatever_the_size_of_the_project(
    plan: MasterPlan, django_assert_num_queries: Callable[..., object]
) -> None:
    services.release(masterplan_id=plan.pk)
    with django_assert_num_queries(6, connection=connection):  # with savepoint and its release
        claim_one(plan)
    for number in range(5):
        make_file(plan, f"pkg/more_{number}.py", SOURCE)
    services.release(masterplan_id=plan.pk)
    with django_assert_num_queries(6, connection=connection):
        claim_one(plan)


def test_an_unknown_token_is_no_claim(plan: MasterPlan) -> None:
    services.abandon(token=uuid4(), reason="nobody's")
    assert not reject(Claim(atom_id=atom(plan, "one").pk, token=uuid4(), number=1, round=1))
