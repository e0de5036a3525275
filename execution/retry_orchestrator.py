"""What a failed attempt leads to, and what the next one is shown.

Repeating the same question mostly repeats the same error, so attempts differ: the second sees its
predecessor's text and what was wrong with it; the third starts afresh from the contract, told
everything that went wrong but without the failed texts to copy from.
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_ATTEMPTS = 3


class Next(StrEnum):
    """What happens after an attempt."""

    RETRY = "retry"
    GIVE_UP = "give_up"


def after_failure(number: int, *, max_attempts: int = MAX_ATTEMPTS) -> Next:
    """Decide what follows when attempt `number` (from 1) has failed."""
    return Next.RETRY if number < max_attempts else Next.GIVE_UP


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """A failed attempt: its number, the text it gave, and its failure as told to the model."""

    number: int
    code: str
    failure: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What an attempt is shown of its predecessors."""

    failures: tuple[str, ...]
    code: str


def shown_to(number: int, past: tuple[PastAttempt, ...]) -> Shown:
    """Return what attempt `number` is shown of the failed ones before it."""
    failures = tuple(item.failure for item in past)
    code = past[-1].code if past and number == 2 else ""
    return Shown(failures=failures, code=code)
