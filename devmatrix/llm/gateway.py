"""The one door to the model: every call of the product goes through `Gateway.ask`.

It is the real `anthropic` client with what the product needs around it: one connection pool for
a hundred calls at once, a retry policy of our own, structured answers checked against their
schema, every stop reason told apart, and each call's tokens, cost, time and request id accounted
for. The key and the prompts never reach a log.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import anthropic
import httpx2
from anthropic.types import Message, ModelInfo, OutputConfigParam

from devmatrix.llm.answers import answer_of, receipt_of
from devmatrix.llm.errors import AuthenticationRefused, RequestRejected, Unreachable
from devmatrix.llm.failures import Failure, FailureReader
from devmatrix.llm.prices import price_of
from devmatrix.llm.prompts import system_blocks, tokens_at_most, user_blocks
from devmatrix.llm.sampling import (
    assumed_capabilities,
    capabilities_of,
    model_for,
    sampling_for,
)
from devmatrix.llm.types import (
    Answer,
    AttemptPolicy,
    Capabilities,
    GatewayConfig,
    Prompt,
    Sampling,
)

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_ANTHROPIC_HOST = "api.anthropic.com"
_CONNECT_SECONDS = 10.0
_NO_KEY = "no-key"  # a server of one's own may want none; the client insists on sending one
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MISSING_ENDPOINT = frozenset({404, 405, 501})


class Gateway:
    """Asks the model. Make one inside the event loop that uses it, and close it there.

        async with Gateway(config) as gateway:
            answer = await gateway.ask(prompt, await gateway.sampling(attempt=1))

    `sleep`, `clock` (seconds, monotonic) and `uniform` are what the retries wait, measure and
    draw with. Raises AuthenticationRefused at once where Anthropic is to be asked without a key.
    """

    def __init__(
        self,
        config: GatewayConfig,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        if not config.api_key and not config.base_url:
            raise AuthenticationRefused(
                "There is no API key; set ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL to a server "
                "that needs none."
            )
        self._config = config
        self._sleep = sleep
        self._clock = clock
        self._uniform = uniform
        self._host = urlsplit(config.base_url or "").netloc or _ANTHROPIC_HOST
        self._failures = FailureReader(self._host, config.api_key, config.timeout_seconds)
        self._slots = asyncio.Semaphore(config.max_connections)
        self._capabilities: dict[str, Capabilities] = {}
        self._capabilities_lock = asyncio.Lock()
        self._client = anthropic.AsyncAnthropic(
            api_key=config.api_key or _NO_KEY,
            base_url=config.base_url or f"https://{_ANTHROPIC_HOST}",
            max_retries=0,
            timeout=_timeout(config),
            http_client=_http_client(config),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. Calls in flight fail with Unreachable."""
        await self._client.close()

    async def ask(self, prompt: Prompt, sampling: Sampling) -> Answer:
        """Ask one question and wait for its answer, through the bounded retries.

        Raises UnknownPrice before anything is sent; AuthenticationRefused, BudgetSpent (the
        provider's limit), RequestRejected, Overloaded, Unreachable without an answer; Refused,
        Truncated, Malformed with one, which has been paid for: their `receipt` says what.
        """
        price = price_of(sampling.model, self._config.prices)
        message, request_id, seconds = await self._tried(
            lambda: self._create(prompt, sampling), f"{prompt.purpose} {prompt.subject}"
        )
        receipt = receipt_of(message, price, request_id=request_id, seconds=seconds)
        if message is None or receipt is None:
            raise Unreachable(
                f"{self._host} answered with something that is not the Messages API "
                f"(request {request_id or 'without id'}); check ANTHROPIC_BASE_URL."
            )
        logger.info(
            "%s %s: %s by %s, %d+%d tokens (cache %d read, %d written), $%s, %.2f s, request %s",
            prompt.purpose,
            prompt.subject,
            receipt.stop_reason,
            receipt.model,
            receipt.input_tokens,
            receipt.output_tokens,
            receipt.cache_read_tokens,
            receipt.cache_write_tokens,
            receipt.cost_usd,
            receipt.seconds,
            receipt.request_id,
        )
        return answer_of(message, receipt, prompt)

    def estimate(self, prompt: Prompt, sampling: Sampling) -> Decimal:
        """The most that one answer to the prompt can cost in USD. Raises UnknownPrice."""
        price = price_of(sampling.model, self._config.prices)
        return price.ceiling(input_tokens=tokens_at_most(prompt), output_tokens=prompt.max_tokens)

    async def sampling(self, attempt: int) -> Sampling:
        """The sampling of the attempt (1 is the first) by the configured policy.

        Asks the server about the model once; raises what `capabilities` raises.
        """
        model = model_for(self._config, attempt)
        return sampling_for(self._config, attempt, await self.capabilities(model))

    async def capabilities(self, model: str) -> Capabilities:
        """What the model lets a request say; asked once for each model, then remembered.

        A configured attempt policy is taken at its word without asking, and a server that cannot
        tell gets the configured fallback. Raises AuthenticationRefused, Overloaded, Unreachable.
        """
        if self._config.attempt_policy is not AttemptPolicy.AUTO:
            return assumed_capabilities(model, self._config.attempt_policy)
        async with self._capabilities_lock:
            if model not in self._capabilities:
                self._capabilities[model] = await self._told_capabilities(model)
            return self._capabilities[model]

    async def _told_capabilities(self, model: str) -> Capabilities:
        fallback = assumed_capabilities(model, self._config.fallback_policy)
        try:
            info, _, _ = await self._tried(lambda: self._retrieve(model), f"model {model}")
        except RequestRejected as error:
            if error.status not in _MISSING_ENDPOINT:
                raise
            logger.info("%s tells nothing about the model %s", self._host, model)
            return fallback
        told = capabilities_of(info) if isinstance(info, ModelInfo) else None
        if told is None:
            return fallback
        return Capabilities(model, told.takes_temperature, told.efforts)

    async def _create(self, prompt: Prompt, sampling: Sampling) -> tuple[Message | None, str]:
        output: OutputConfigParam = {
            "format": {
                "type": "json_schema",
                "schema": anthropic.transform_schema(dict(prompt.schema)),
            }
        }
        if sampling.effort is not None:
            output["effort"] = sampling.effort  # type: ignore[typeddict-item]
        raw = await self._client.messages.with_raw_response.create(
            model=sampling.model,
            max_tokens=prompt.max_tokens,
            system=system_blocks(prompt) or anthropic.omit,
            messages=[{"role": "user", "content": user_blocks(prompt)}],
            output_config=output,
            extra_body=_temperature(sampling),
            timeout=_timeout(self._config),
        )
        return await _parsed(raw), raw.headers.get("request-id", "")

    async def _retrieve(self, model: str) -> tuple[ModelInfo | None, str]:
        raw = await self._client.models.with_raw_response.retrieve(model)
        return await _parsed(raw), raw.headers.get("request-id", "")

    async def _tried(
        self, call: Callable[[], Awaitable[tuple[_T, str]]], what: str
    ) -> tuple[_T, str, float]:
        """The result of the call, its request id and its seconds, after as many tries as allowed.

        A try holds one of the connections; waiting between tries holds none.
        """
        began = self._clock()
        tries = 0
        while True:
            tries += 1
            try:
                return await self._once(call)
            except (anthropic.AnthropicError, TimeoutError) as error:
                failure = self._failures.read(error)
                cause = error
            wait = self._wait(failure, tries, self._clock() - began)
            if wait is None:
                raise failure.error from cause
            logger.warning(
                "%s: try %d failed, the next one in %.2f s: %s", what, tries, wait, failure.error
            )
            await self._sleep(wait)

    async def _once(self, call: Callable[[], Awaitable[tuple[_T, str]]]) -> tuple[_T, str, float]:
        async with self._slots:
            started = self._clock()
            async with asyncio.timeout(self._config.timeout_seconds):
                result, request_id = await call()
            return result, request_id, self._clock() - started

    def _wait(self, failure: Failure, tries: int, elapsed: float) -> float | None:
        if not failure.retryable:
            return None
        return self._config.retry.wait(
            tries=tries,
            elapsed=elapsed,
            retry_after=failure.retry_after,
            uniform=self._uniform,
        )


async def _parsed(raw: anthropic.AsyncAPIResponse[_T]) -> _T | None:
    """The object of a successful response, or None where its body is no JSON at all."""
    try:
        return await raw.parse()
    except (ValueError, RecursionError):
        return None


def _timeout(config: GatewayConfig) -> httpx2.Timeout:
    """Waiting for a pooled connection never times out: the slots bound it."""
    return httpx2.Timeout(config.timeout_seconds, connect=_CONNECT_SECONDS, pool=None)


def _http_client(config: GatewayConfig) -> httpx2.AsyncClient:
    """The connection pool; loopback is never reached through a proxy of the environment."""
    limits = httpx2.Limits(
        max_connections=config.max_connections, max_keepalive_connections=config.max_connections
    )
    timeout = _timeout(config)
    if urlsplit(config.base_url or "").hostname in _LOOPBACK:
        return anthropic.DefaultAsyncHttpxClient(
            timeout=timeout, transport=httpx2.AsyncHTTPTransport(limits=limits)
        )
    return anthropic.DefaultAsyncHttpxClient(timeout=timeout, limits=limits)


def _temperature(sampling: Sampling) -> dict[str, float] | None:
    """The SDK has no such argument; servers that take a temperature get it beside the body."""
    return None if sampling.temperature is None else {"temperature": sampling.temperature}
