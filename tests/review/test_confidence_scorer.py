"""The score: the plan's weights, and what moves each part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.confidence_scorer import UNKNOWN, WEIGHTS, Check, Confidence, score


def check(name: str = "syntax", verdict: str = "passed", level: int = 1, **fields: str) -> Check:
    return Check(level, name, verdict, fields.get("severity", "error"))


GOOD = (check("syntax"), check("types"), check("examples"), check("tests", level=3))


def scored(
    checks: tuple[Check, ...] = GOOD,
    attempts: int = 1,
    failed: bool = False,
    by_person: bool = False,
    complexity: int = 1,
) -> Confidence:
    return score(
        checks=checks, attempts=attempts, failed=failed, by_person=by_person, complexity=complexity
    )


def part(confidence: Confidence, name: str) -> float:
    return next(item.value for item in confidence.parts if item.name == name)


def test_the_weights_are_the_plans() -> None:
    assert WEIGHTS == {"validation": 0.4, "attempts": 0.3, "complexity": 0.2, "integration": 0.1}


def test_an_atom_without_a_flaw_is_fully_trusted() -> None:
    assert scored().value == 1.0


def test_the_score_is_the_weighted_sum_of_its_parts() -> None:
    confidence = scored((check(), check("types", "failed")), attempts=2, complexity=4)
    assert confidence.value == pytest.approx(0.4 * 0.5 + 0.3 * 0.6 + 0.2 * 0.75 + 0.1 * UNKNOWN)


def test_each_later_attempt_lowers_the_score() -> None:
    values = [scored(attempts=number).value for number in (1, 2, 3)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 3


def test_a_failed_atom_gets_nothing_for_its_attempts() -> None:
    assert part(scored(attempts=3, failed=True), "attempts") == 0


def test_a_persons_text_is_not_blamed_for_the_models_attempts() -> None:
    assert part(scored(attempts=3, by_person=True), "attempts") == 1


def test_text_that_came_complete_is_not_blamed_for_having_no_attempt() -> None:
    assert part(scored(attempts=0), "attempts") == 1


@pytest.mark.parametrize(("complexity", "value"), [(1, 1.0), (2, 1.0), (6, 0.5), (10, 0), (99, 0)])
def test_complexity_counts_from_three_on(complexity: int, value: float) -> None:
    assert part(scored(complexity=complexity), "complexity") == value


def test_what_was_not_run_counts_half_and_is_named() -> None:
    confidence = scored((check("examples", "not_run"),))
    assert part(confidence, "validation") == UNKNOWN
    assert "not run: examples" in confidence.to_json()["validation"]["evidence"]


def test_without_any_check_nothing_is_claimed() -> None:
    confidence = scored(())
    assert part(confidence, "validation") == part(confidence, "integration") == UNKNOWN


def test_executed_examples_weigh_more_than_a_reading_check() -> None:
    without_examples = scored((check(), check("types"), check("examples", "not_run")))
    without_types = scored((check(), check("types", "not_run"), check("examples")))
    assert without_examples.value < without_types.value


def test_a_failed_warning_costs_less_than_a_failed_error() -> None:
    warned = scored((check(), check("types", "failed", severity="warning")))
    wrong = scored((check(), check("types", "failed")))
    assert wrong.value < warned.value < scored((check(), check("types"))).value


def test_level_four_does_not_count_for_one_atom() -> None:
    assert scored((*GOOD, check("acceptance", "failed", level=4))).value == scored().value


def test_a_failed_integration_test_costs_its_tenth() -> None:
    checks = (*GOOD[:3], check("tests", "failed", level=3))
    assert scored(checks).value == pytest.approx(0.9)


checks = st.builds(
    Check,
    st.integers(1, 4),
    st.sampled_from(["syntax", "types", "examples", "tests"]),
    st.sampled_from(["passed", "failed", "not_run"]),
    st.sampled_from(["error", "warning", "info"]),
)


@given(st.lists(checks), st.integers(0, 9), st.booleans(), st.booleans(), st.integers(1, 60))
def test_every_score_lies_between_nothing_and_everything(
    found: list[Check], attempts: int, failed: bool, by_person: bool, complexity: int
) -> None:
    confidence = scored(tuple(found), attempts, failed, by_person, complexity)
    assert 0 <= confidence.value <= 1
    assert all(0 <= item.value <= 1 and item.evidence for item in confidence.parts)


@given(st.lists(checks, min_size=1))
def test_a_check_that_passes_never_lowers_the_score(found: list[Check]) -> None:
    better = [Check(item.level, item.name, "passed", item.severity) for item in found]
    assert scored(tuple(better)).value >= scored(tuple(found)).value
