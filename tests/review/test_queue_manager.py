"""Who is reviewed: the least confident share, and every failed atom."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.queue_manager import Candidate, Reason, choose, priority


def candidates(*confidences: float) -> list[Candidate]:
    return [Candidate(f"atom{i:02}", value, failed=False) for i, value in enumerate(confidences)]


def keys(items: list[Candidate], share: float = 0.2) -> list[str]:
    return [item.key for item in choose(items, share=share)]


def test_the_least_confident_fifth_is_chosen() -> None:
    assert keys(candidates(0.9, 0.4, 0.8, 0.7, 0.95, 0.5, 1, 1, 1, 1)) == ["atom01", "atom05"]


def test_every_failed_atom_is_chosen_however_confident() -> None:
    failed = Candidate("failed", 0.99, failed=True)
    chosen = choose([*candidates(0.1, 0.2, 0.3, 0.4), failed], share=0.2)
    assert {item.key: item.reason for item in chosen} == {
        "failed": Reason.FAILED,
        "atom00": Reason.LOW_CONFIDENCE,
    }


def test_failed_atoms_come_first() -> None:
    failed = Candidate("zz", 0.99, failed=True)
    assert keys([*candidates(0.1, 0.2, 0.3, 0.4), failed])[0] == "zz"


def test_a_small_project_still_shows_one_atom() -> None:
    assert keys(candidates(0.9, 0.8)) == ["atom01"]


def test_a_share_that_divides_evenly_is_not_rounded_up_by_binary_fractions() -> None:
    assert len(keys(candidates(*[0.5] * 15), share=0.2)) == 3


def test_signed_off_atoms_use_up_the_share() -> None:
    items = candidates(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
    items[0] = Candidate("atom00", 0.1, failed=False, signed_off=True)
    assert keys(items) == ["atom01"]


def test_the_queue_ends_when_the_share_is_signed_off() -> None:
    items = [
        Candidate(item.key, item.confidence, failed=False, signed_off=item.confidence < 0.3)
        for item in candidates(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
    ]
    assert keys(items) == []


def test_a_failed_atom_that_was_signed_off_does_not_come_back() -> None:
    assert keys([Candidate("a", 0.1, failed=True, signed_off=True)]) == []


def test_nothing_comes_from_nothing() -> None:
    assert keys([]) == []


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        choose(candidates(0.5), share=share)


@pytest.mark.parametrize(
    ("confidence", "failed", "rank"),
    [(0.9, True, 1), (0.2, False, 2), (0.5, False, 3), (0.7, False, 4), (0.85, False, 5)],
)
def test_urgency_follows_failure_and_confidence(confidence: float, failed: bool, rank: int) -> None:
    assert priority(confidence=confidence, failed=failed) == rank


several = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40)


@given(several, st.floats(0, 1))
def test_no_unchosen_atom_is_less_confident_than_a_chosen_one(
    rows: list[tuple[float, bool]], share: float
) -> None:
    items = [Candidate(f"{i:03}", value, failed) for i, (value, failed) in enumerate(rows)]
    chosen = {item.key for item in choose(items, share=share)}
    low = [item.confidence for item in items if item.key in chosen and not item.failed]
    left = [item.confidence for item in items if item.key not in chosen]
    assert not low or not left or max(low) <= min(left)
    assert {item.key for item in items if item.failed} <= chosen
    assert len(low) <= math.ceil(share * len(items))


@given(several, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(
    rows: list[tuple[float, bool]], shuffler: random.Random
) -> None:
    items = [Candidate(f"{i:03}", value, failed) for i, (value, failed) in enumerate(rows)]
    shuffled = items.copy()
    shuffler.shuffle(shuffled)
    assert choose(items, share=0.2) == choose(shuffled, share=0.2)
