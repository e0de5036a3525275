"""The waits between tries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devmatrix.llm.retry import RetryPolicy

POLICY = RetryPolicy(
    max_tries=6, first_backoff=1.0, max_backoff=4.0, max_retry_after=30.0, max_total_seconds=100.0
)


def wait(tries: int, *, elapsed: float = 0.0, retry_after: float | None = None) -> float | None:
    """The longest wait that the jitter can draw."""
    longest: Callable[[float, float], float] = lambda low, high: high  # noqa: E731
    return POLICY.wait(tries=tries, elapsed=elapsed, retry_after=retry_after, uniform=longest)


def test_the_waits_double_up_to_a_bound() -> None:
    assert [wait(tries) for tries in range(1, 6)] == [1.0, 2.0, 4.0, 4.0, 4.0]


def test_the_jitter_is_drawn_from_nothing_to_the_whole_wait() -> None:
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    assert POLICY.wait(tries=2, elapsed=0.0, retry_after=None, uniform=draw) == 0.0
    assert drawn == [(0.0, 2.0)]


def test_a_named_wait_is_kept_and_the_jitter_comes_on_top() -> None:
    assert wait(1, retry_after=10.0) == 11.0


@pytest.mark.parametrize(
    ("tries", "elapsed", "retry_after"),
    [(6, 0.0, None), (1, 0.0, 30.1), (1, 99.5, None), (1, 80.0, 25.0)],
)
def test_it_is_over_when_a_bound_is_reached(
    tries: int, elapsed: float, retry_after: float | None
) -> None:
    assert wait(tries, elapsed=elapsed, retry_after=retry_after) is None
