"""What a failed call means: the SDK's exceptions and HTTP statuses in the product's words.

Kept apart from the gateway because every rule here is a fact about the Messages API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anthropic

from devmatrix.llm.errors import (
    AuthenticationRefused,
    BudgetSpent,
    LLMError,
    Overloaded,
    RequestRejected,
    Unreachable,
)

_SPEND_LIMITS = frozenset(
    {
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
        "linked_organization_spend_limit_reached",
        "linked_organization_billing_unavailable",
    }
)
_QUOTED_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try: what the caller will be told, and whether another try may help."""

    error: LLMError
    retryable: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class FailureReader:
    """Reads failures of calls to `host`. `secret` is cut out of whatever the server echoes."""

    host: str
    secret: str
    timeout_seconds: float

    def read(self, error: anthropic.AnthropicError | TimeoutError) -> Failure:
        """What a failed try means."""
        if isinstance(error, anthropic.APIStatusError):
            return self._status(error)
        if isinstance(error, anthropic.APITimeoutError | TimeoutError):
            why = f"did not answer within {self.timeout_seconds:g} seconds"
        elif isinstance(error, anthropic.APIConnectionError):
            why = f"cannot be reached ({_root(error)})"
        else:
            why = f"answered with something unreadable ({self._said(error)})"
        return Failure(
            Unreachable(
                f"The model's server {self.host} {why}; check the network and ANTHROPIC_BASE_URL."
            ),
            retryable=isinstance(error, anthropic.APIConnectionError | TimeoutError),
        )

    def _status(self, error: anthropic.APIStatusError) -> Failure:
        status = error.status_code
        said = self._said(error)
        if status in (401, 403):
            return Failure(self._authentication(status, said), retryable=False)
        if status == 402 or error.type == "billing_error" or error.error_code in _SPEND_LIMITS:
            return Failure(
                BudgetSpent(
                    f"{self.host} takes no more calls on this account: {said}; raise the limit "
                    f"or add credit there, then resume."
                ),
                retryable=False,
            )
        if status in (429, 503, 529):
            return self._overloaded(error, said)
        if status in (408, 409) or (status >= 500 and status != 501):
            return Failure(
                Unreachable(f"{self.host} failed (HTTP {status}: {said}); try again later."),
                retryable=_may_retry(error),
                retry_after=_retry_after(error.response.headers),
            )
        return Failure(
            RequestRejected(
                f"{self.host} does not accept the request (HTTP {status}: {said}).",
                status=status,
            ),
            retryable=False,
        )

    def _overloaded(self, error: anthropic.APIStatusError, said: str) -> Failure:
        retry_after = _retry_after(error.response.headers)
        named = "" if retry_after is None else f" for {retry_after:g} seconds"
        return Failure(
            Overloaded(
                f"{self.host} asks to slow down{named} (HTTP {error.status_code}: {said}); try "
                f"again later or with fewer calls at once.",
                retry_after=retry_after,
            ),
            retryable=_may_retry(error),
            retry_after=retry_after,
        )

    def _authentication(self, status: int, said: str) -> AuthenticationRefused:
        verdict = "was refused" if status == 401 else "is not allowed to do this"
        return AuthenticationRefused(
            f"The API key {verdict} by {self.host} (HTTP {status}: {said}); set ANTHROPIC_API_KEY "
            f"to a key that is valid there."
        )

    def _said(self, error: anthropic.AnthropicError) -> str:
        """The server's own words, short and on one line, without the key even if it echoes it."""
        words = getattr(error, "api_message", None)
        text = words if isinstance(words, str) and words else str(error)
        return shortened(text.replace(self.secret, "[key]") if self.secret else text).rstrip(".")


def shortened(text: str) -> str:
    """`text` on one line and no longer than a message can bear."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED_CHARACTERS else f"{line[:_QUOTED_CHARACTERS]}…"


def _may_retry(error: anthropic.APIStatusError) -> bool:
    return bool(error.response.headers.get("x-should-retry") != "false")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait in seconds that the server names (a date, which HTTP also allows, is not used)."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def _root(error: BaseException) -> str:
    """The innermost cause in words: "Connection refused" rather than "Connection error"."""
    while error.__cause__ is not None:
        error = error.__cause__
    return shortened(str(error)) or type(error).__name__
