"""How long to wait before a failed call is tried again.

Full jitter, because many calls fail at the same moment and must not come back at the same moment
(Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). The SDK's own retries
stay off: they jitter by a quarter only and know no overall limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Bounds of the retries of one call; times in seconds.

    `max_tries` counts the first try. A server that names a longer wait than `max_retry_after`, or
    a wait that would end after `max_total_seconds`, ends the retries: the caller can pause better.
    """

    max_tries: int = 5
    first_backoff: float = 0.5
    max_backoff: float = 20.0
    max_retry_after: float = 60.0
    max_total_seconds: float = 300.0

    def wait(
        self,
        *,
        tries: int,
        elapsed: float,
        retry_after: float | None,
        uniform: Callable[[float, float], float],
    ) -> float | None:
        """The seconds to wait after `tries` failed tries, or None when it is over.

        `elapsed` is the time since the first try began; `uniform(a, b)` draws the jitter. A
        server's `retry_after` is honoured in full, the jitter comes on top.
        """
        if tries >= self.max_tries:
            return None
        if retry_after is not None and retry_after > self.max_retry_after:
            return None
        backoff = min(self.max_backoff, self.first_backoff * 2.0 ** (tries - 1))
        wait = (retry_after or 0.0) + uniform(0.0, backoff)
        return wait if elapsed + wait <= self.max_total_seconds else None
