"""The loop: full, bounded, patient with others, and clean when it stops."""

import asyncio
from collections.abc import Sequence

import pytest

from execution.wave_executor import Drained, Job, Pace, StopRun, drain

FAST = Pace(in_flight=4, poll_seconds=0.005, beat_seconds=0.01)


class Jobs:
    """Work of so many jobs, each released when `after` others are done."""

    def __init__(self, total: int, *, fail_at: int = -1, error: Exception | None = None) -> None:
        self.left = list(range(total))
        self.done: list[int] = []
        self.running = 0
        self.beats = 0
        self.elsewhere = 0
        self._fail_at, self._error = fail_at, error

    async def claim(self, room: int) -> Sequence[Job]:
        taken, self.left = self.left[:room], self.left[room:]
        return [lambda number=number: self._run(number) for number in taken]

    async def _run(self, number: int) -> None:
        self.running += 1
        await asyncio.sleep(0.01)
        self.running -= 1
        if number == self._fail_at and self._error is not None:
            raise self._error
        self.done.append(number)

    async def outstanding(self) -> bool:
        if self.elsewhere:
            self.elsewhere -= 1
            if self.elsewhere == 0:
                self.left.append(99)
            return True
        return False

    async def beat(self, in_flight: int) -> None:
        self.beats += 1


def run(work: Jobs, stop_after: int = 10**9) -> Drained:
    return asyncio.run(drain(work, pace=FAST, should_stop=lambda: len(work.done) >= stop_after))


def test_it_does_everything_and_never_holds_more_than_allowed() -> None:
    work = Jobs(25)
    drained = run(work)
    assert sorted(work.done) == list(range(25))
    assert drained == Drained(jobs=25, peak=4, stopped="")


def test_it_renews_leases_while_jobs_run() -> None:
    work = Jobs(12)
    run(work)
    assert work.beats > 1


def test_it_lingers_while_others_hold_work_that_may_release_more() -> None:
    work = Jobs(1)
    work.elsewhere = 3
    run(work)
    assert work.done == [0, 99]


def test_a_stop_request_claims_nothing_more_and_finishes_what_runs() -> None:
    work = Jobs(40)
    run(work, stop_after=4)
    assert 4 <= len(work.done) <= 8
    assert work.running == 0


def test_a_job_can_end_the_run_with_a_reason() -> None:
    work = Jobs(40, fail_at=1, error=StopRun("the budget is spent"))
    drained = run(work)
    assert drained.stopped == "the budget is spent"
    assert work.running == 0
    assert len(work.done) < 40


def test_an_unexpected_error_is_raised_after_the_others_are_done() -> None:
    work = Jobs(40, fail_at=1, error=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(work)
    assert work.running == 0


class Heartless(Jobs):
    """Work whose second beat fails, as one does when the database is gone."""

    async def beat(self, in_flight: int) -> None:
        self.beats += 1
        if self.beats == 2:
            raise ConnectionError("the database is gone")


def test_a_lost_heartbeat_ends_the_run_because_others_take_over_what_is_in_flight() -> None:
    work = Heartless(400)
    with pytest.raises(ConnectionError):
        run(work)
    assert work.left
    assert work.running == 0
