"""Attempts are bounded and differ from one another."""

from execution.retry_orchestrator import Next, PastAttempt, after_failure, shown_to

PAST = (PastAttempt(1, "first", "failure one"), PastAttempt(2, "second", "failure two"))


def test_three_attempts_and_no_more() -> None:
    assert [after_failure(number) for number in (1, 2, 3, 4)] == [
        Next.RETRY,
        Next.RETRY,
        Next.GIVE_UP,
        Next.GIVE_UP,
    ]


def test_the_first_attempt_is_shown_nothing() -> None:
    shown = shown_to(1, ())
    assert (shown.failures, shown.code) == ((), "")


def test_the_second_attempt_sees_what_it_mends() -> None:
    shown = shown_to(2, PAST[:1])
    assert (shown.failures, shown.code) == (("failure one",), "first")


def test_the_third_attempt_knows_all_failures_but_copies_nothing() -> None:
    shown = shown_to(3, PAST)
    assert (shown.failures, shown.code) == (("failure one", "failure two"), "")
