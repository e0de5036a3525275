"""Feedback says what, where, expected and actual, and stays short."""

from execution.feedback_generator import (
    MAX_CHARS,
    describe_failure,
    describe_no_answer,
    feedback,
)
from validation.findings import Severity, failed, ok

CODE = "def half(n: int) -> int:\n    return n // 3\n"


def test_it_names_check_place_expected_and_actual() -> None:
    finding = failed(1, "examples", "half(4) is wrong", line=2, expected="2", actual="1")
    text = describe_failure(1, CODE, [ok(1, "syntax"), finding])
    assert 'attempt 1 failed check "examples": half(4) is wrong (line 2 of the atom)' in text
    assert "expected: 2" in text
    assert "actual: 1" in text
    assert ">   2     return n // 3" in text
    assert "syntax" not in text


def test_warnings_are_not_told_as_failures() -> None:
    assert describe_failure(1, CODE, [failed(1, "lint", "x", severity=Severity.WARNING)]) == ""


def test_it_shows_few_findings_and_counts_the_rest() -> None:
    findings = [failed(1, "types", f"error {number}") for number in range(9)]
    text = describe_failure(2, CODE, findings)
    assert "error 3" in text
    assert "error 4" not in text
    assert "5 more" in text


def test_an_unreadable_answer_is_told_too() -> None:
    assert describe_no_answer(1, "not JSON").startswith('attempt 1 failed check "answer"')


def test_it_is_bounded_and_keeps_the_newest_failure() -> None:
    text = feedback(["old " * 5000, "the newest failure"])
    assert "the newest failure" in text
    assert len(text) < MAX_CHARS + 100


def test_a_reviewers_words_reach_the_prompt() -> None:
    assert "A reviewer asks: use divmod" in feedback([], guidance="use divmod")


def test_there_is_no_section_without_anything_to_tell() -> None:
    assert feedback([]) == ""
