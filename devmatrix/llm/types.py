"""The plain values that cross the gateway: what is asked, how, and what comes back.

They know neither the SDK nor the database, so every phase may hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from devmatrix.llm.prices import Price
from devmatrix.llm.retry import RetryPolicy

EFFORTS = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one call is sampled. At most one of temperature and effort is sent; None sends nothing.

    `effort` is one of `EFFORTS`.
    """

    model: str
    temperature: float | None = None
    effort: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question.

    `purpose` and `subject` name it (in logs, in the request line, in a transcript). `system` and
    `project` are the same for many questions and come first, so that the provider's cache can
    hold them; `body` is this question's own part. `schema` is the JSON Schema of the answer.
    `max_tokens` bounds the whole output, the model's thinking included.
    """

    purpose: str
    subject: str
    system: str
    project: str
    body: str
    schema: Mapping[str, Any]
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a call brought and what it cost.

    `input_tokens` excludes the cached ones; `seconds` is the time of the try that was answered,
    without waiting for a free connection and without earlier tries.
    """

    text: str
    stop_reason: str
    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal
    request_id: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Receipt):
    """A receipt whose text is JSON that fits the prompt's schema: `data`."""

    data: dict[str, Any]


class AttemptPolicy(StrEnum):
    """What changes from one attempt to the next."""

    AUTO = "auto"
    """whatever the model's capabilities say"""
    TEMPERATURE = "temperature"
    """0.7, 0.5, 0.3"""
    EFFORT = "effort"
    """low, medium, high"""
    PLAIN = "plain"
    """nothing: the model's own defaults each time"""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model lets a request say. `efforts` is empty where effort is not supported."""

    model: str
    takes_temperature: bool
    efforts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """Everything the gateway must be told; the settings module fills it from the environment.

    `base_url` None (or empty) is Anthropic. `stronger_model` takes over at the third attempt.
    `prices` go before the built-in table. `attempt_policy` other than AUTO overrides the model's
    capabilities; `fallback_policy` applies where the server cannot tell them.
    """

    api_key: str = field(repr=False)
    model: str
    base_url: str | None = None
    stronger_model: str | None = None
    timeout_seconds: float = 600.0
    max_connections: int = 128
    prices: Mapping[str, Price] = field(default_factory=lambda: MappingProxyType({}))
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    attempt_policy: AttemptPolicy = AttemptPolicy.AUTO
    fallback_policy: AttemptPolicy = AttemptPolicy.TEMPERATURE
