# ruff: noqa: N818  (these names are read in `except` clauses: what happened, not that it is an error)
"""What can go wrong between a prompt and a usable answer.

One exception per decision that a caller takes: stop and tell a person, wait, try again, or read
the answer that cannot be used. Answers that were paid for carry their receipt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devmatrix.llm.types import Receipt


class LLMError(Exception):
    """Anything that the gateway raises; its message is one sentence fit for a person."""


class AuthenticationRefused(LLMError):
    """The key is missing, refused, or not allowed to do this. Repeating it cannot help."""


class BudgetSpent(LLMError):
    """A limit on money has been reached, ours or the provider's. Work stops and can be resumed."""


class UnknownPrice(LLMError):
    """The model is in no price table, so its calls could not be accounted for."""


class RequestRejected(LLMError):
    """The server understood the request and will never accept it (HTTP 400, 404, 413 …).

    `status` is the HTTP status.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Overloaded(LLMError):
    """The server asked us to slow down, longer than the retry policy may wait.

    `retry_after` is the time in seconds that the server named, if it named one.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(LLMError):
    """No answer came back: no connection, a time-out, a broken server."""


class UnusableAnswer(LLMError):
    """An answer came back and was paid for, but it holds no data.

    `receipt` has its text, tokens, cost, request id and time.
    """

    def __init__(self, message: str, *, receipt: Receipt) -> None:
        super().__init__(message)
        self.receipt = receipt

    @property
    def text(self) -> str:
        """What the model wrote, as far as it came."""
        return self.receipt.text


class Refused(UnusableAnswer):
    """The model declined. `refusal` is its category and explanation, as far as given."""

    def __init__(self, message: str, *, receipt: Receipt, refusal: str) -> None:
        super().__init__(message, receipt=receipt)
        self.refusal = refusal


class Truncated(UnusableAnswer):
    """The answer was cut off by `max_tokens` or by the model's context window."""


class Malformed(UnusableAnswer):
    """The answer is complete, but not JSON of the structure that was asked for."""
