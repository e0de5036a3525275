"""Keeping many calls in flight: claim what may start, run it, claim again, until nothing is left.

The loop knows nothing of atoms, rows or models; it is given a `Work`. It ends when nothing is
claimable, nothing of its own runs, and nobody else holds work whose result could release more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

Job = Callable[[], Awaitable[None]]


class StopRun(Exception):  # noqa: N818  (not an error: a decision to stop claiming)
    """Raised by a job when no further call makes sense; the message is what a person is told."""


class Work(Protocol):
    """Where jobs come from."""

    async def claim(self, room: int) -> Sequence[Job]:
        """Return at most `room` jobs, claimed for this process."""

    async def outstanding(self) -> bool:
        """Tell whether others hold work whose result may make more claimable."""

    async def beat(self, in_flight: int) -> None:
        """Renew the leases of what is in flight; called every `beat_seconds`."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How a drain ended: jobs run, the most at once, and why it stopped early, if it did."""

    jobs: int
    peak: int
    stopped: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look (seconds) and how many jobs to hold at once."""

    in_flight: int = 100
    poll_seconds: float = 0.1
    beat_seconds: float = 2.0


async def drain(work: Work, *, pace: Pace, should_stop: Callable[[], bool]) -> Drained:
    """Run jobs until none are left, `should_stop()` is true, or a job raises `StopRun`.

    What is in flight is always waited for. An unexpected error of a job, or of a beat, without
    which others would take over what is in flight, is raised after that.
    """
    running: set[asyncio.Task[None]] = set()
    reasons: list[str] = []
    failures: list[BaseException] = []
    jobs = peak = 0
    beating = asyncio.create_task(_beat(work, running, pace))
    try:
        while True:
            _collect_beating(beating, failures)
            stopping = bool(reasons or failures) or should_stop()
            room = 0 if stopping else pace.in_flight - len(running)
            claimed = await work.claim(room) if room else ()
            running |= {asyncio.ensure_future(job()) for job in claimed}
            jobs, peak = jobs + len(claimed), max(peak, len(running))
            if running:
                done, running_now = await asyncio.wait(
                    running, timeout=pace.poll_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                running.intersection_update(running_now)
                _collect(done, reasons, failures)
            elif stopping or not await work.outstanding():
                break
            else:
                await asyncio.sleep(pace.poll_seconds)
    finally:
        beating.cancel()
        await asyncio.gather(beating, *running, return_exceptions=True)
    if failures:
        raise failures[0]
    return Drained(jobs=jobs, peak=peak, stopped=reasons[0] if reasons else "")


def _collect(
    done: set[asyncio.Task[None]], reasons: list[str], failures: list[BaseException]
) -> None:
    for task in done:
        error = task.exception()
        if isinstance(error, StopRun):
            reasons.append(str(error))
        elif error is not None:
            failures.append(error)


def _collect_beating(beating: asyncio.Task[None], failures: list[BaseException]) -> None:
    error = beating.exception() if beating.done() else None
    if error is not None and error not in failures:
        failures.append(error)


async def _beat(work: Work, running: set[asyncio.Task[None]], pace: Pace) -> None:
    while True:
        await work.beat(len(running))
        await asyncio.sleep(pace.beat_seconds)
