"""Which atoms a person should look at, and in which order.

A narrow queue stays reviewed, so only the least confident share of the atoms enters it, and every
atom that failed all its attempts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LEAST_URGENT: Final = 5
_BANDS: Final = ((0.5, 2), (0.7, 3), (0.85, 4))


class Reason(StrEnum):
    """Why an atom needs a person."""

    FAILED = "failed"
    BLOCKED = "blocked"
    LOW_CONFIDENCE = "low_confidence"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An atom as the queue sees it; `signed_off`: a person decided on the text it has now.

    `failed` and `blocked` atoms go on only if a person decides.
    """

    key: str
    confidence: float
    failed: bool
    signed_off: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """An atom for the queue: why, and how urgent from 1 (most) to 5."""

    key: str
    reason: Reason
    priority: int


def choose(candidates: Iterable[Candidate], *, share: float) -> list[Chosen]:
    """Return the least confident `share` (0 to 1) of the candidates and every stuck one.

    Atoms that a person signed off use up the share without being asked about again, so that a
    queue comes to an end. The result is in order of urgency and does not depend on the input's.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"The review share is {share}; it must lie between 0 and 1.")
    ordered = sorted(candidates, key=lambda item: (item.confidence, item.key))
    quota = math.ceil(round(share * len(ordered), 6)) - sum(item.signed_off for item in ordered)
    unsigned = [item for item in ordered if not item.signed_off]
    lowest = {item.key for item in unsigned[: max(0, quota)]}
    chosen = [_chosen(item) for item in unsigned if _stuck(item) or item.key in lowest]
    return _by_urgency(chosen)


def _chosen(item: Candidate) -> Chosen:
    reason = Reason.LOW_CONFIDENCE
    if _stuck(item):
        reason = Reason.FAILED if item.failed else Reason.BLOCKED
    return Chosen(item.key, reason, priority(confidence=item.confidence, failed=_stuck(item)))


def _stuck(item: Candidate) -> bool:
    return item.failed or item.blocked


def _by_urgency(chosen: Sequence[Chosen]) -> list[Chosen]:
    return sorted(chosen, key=lambda item: item.priority)


def priority(*, confidence: float, failed: bool) -> int:
    """Return how urgent a look is: 1 for a failed atom, then by confidence from 2 to 5."""
    if failed:
        return 1
    return next((rank for limit, rank in _BANDS if confidence < limit), LEAST_URGENT)
