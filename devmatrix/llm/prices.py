"""What the models cost: one dated table, overridable, and nothing guessed.

A model that is not listed has no price here, even when its older sister has one: point releases
have changed prices in both directions, and a guessed price is a wrong bill.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from devmatrix.llm.errors import UnknownPrice

PRICES_AS_OF = datetime.date(2026, 11, 10)
PRICES_SOURCE = "https://platform.claude.com/docs/en/about-claude/pricing"

_MILLION = Decimal(1_000_000)
_SNAPSHOT = re.compile(r"-20\d{6}$")


class PriceError(ValueError):
    """A configured price cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD per million tokens. Cache writes are the five-minute kind, the only one we ask for.

    Where `long_from` is set, a request with more input tokens than that (cached ones included)
    costs `long` for every token, its output too.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    long_from: int | None = None
    long: Price | None = None

    def cost(
        self,
        *,
        input_tokens: int,
        output_tokens: int,
        cache_read_tokens: int = 0,
        cache_write_tokens: int = 0,
    ) -> Decimal:
        """The exact cost in USD of one call with these token counts."""
        rate = self._rate(input_tokens + cache_read_tokens + cache_write_tokens)
        return (
            input_tokens * rate.input
            + output_tokens * rate.output
            + cache_read_tokens * rate.cache_read
            + cache_write_tokens * rate.cache_write
        ) / _MILLION

    def ceiling(self, *, input_tokens: int, output_tokens: int) -> Decimal:
        """The most that so many tokens can cost in USD, however the cache treats the input."""
        rate = self._rate(input_tokens)
        dearest = max(rate.input, rate.cache_read, rate.cache_write)
        return (input_tokens * dearest + output_tokens * rate.output) / _MILLION

    def _rate(self, prompt_tokens: int) -> Price:
        if self.long is None or self.long_from is None or prompt_tokens <= self.long_from:
            return self
        return self.long


def _price(input_usd: str, output_usd: str, cache_read: str) -> Price:
    """A row of the provider's table; a five-minute cache write costs 1.25 times the input."""
    base = Decimal(input_usd)
    return Price(
        input=base,
        output=Decimal(output_usd),
        cache_read=Decimal(cache_read),
        cache_write=base * Decimal("1.25"),
    )


def _tiered(short: Price, long_from: int, long: Price) -> Price:
    return Price(
        input=short.input,
        output=short.output,
        cache_read=short.cache_read,
        cache_write=short.cache_write,
        long_from=long_from,
        long=long,
    )


PRICES: Mapping[str, Price] = MappingProxyType(
    {
        "claude-fable-5-2": _price("8", "40", "0.20"),
        "claude-fable-5-1": _price("10", "50", "0.25"),
        "claude-mythos-5-1": _price("10", "50", "0.25"),
        "claude-fable-5": _price("10", "50", "1"),
        "claude-mythos-5": _price("10", "50", "1"),
        "claude-opus-5-5": _price("4", "20", "0.20"),
        "claude-opus-5": _price("5", "25", "0.50"),
        "claude-opus-4-8": _price("5", "25", "0.50"),
        "claude-opus-4-7": _price("5", "25", "0.50"),
        "claude-opus-4-6": _price("5", "25", "0.50"),
        "claude-opus-4-5": _price("5", "25", "0.50"),
        "claude-sonnet-5-5": _price("2", "10", "0.10"),
        "claude-sonnet-5": _price("2", "10", "0.20"),
        "claude-sonnet-4-6": _price("3", "15", "0.30"),
        "claude-sonnet-4-5": _price("3", "15", "0.30"),
        "claude-haiku-5-5": _tiered(
            _price("0.10", "0.50", "0.01"), 100_000, _price("0.50", "2.50", "0.05")
        ),
        "claude-haiku-4-5": _price("1", "5", "0.10"),
    }
)


def price_of(model: str, overrides: Mapping[str, Price] | None = None) -> Price:
    """The price of a model.

    Looked up in this order: `overrides` by exact name, the table by exact name, the table by the
    name without its snapshot date (`claude-haiku-4-5-20251001`), `overrides["*"]`. Raises
    UnknownPrice, which says how to add one.
    """
    configured = overrides or {}
    for found in (configured.get(model), PRICES.get(model), PRICES.get(_SNAPSHOT.sub("", model))):
        if found is not None:
            return found
    if "*" in configured:
        return configured["*"]
    raise UnknownPrice(
        f"No price is known for the model {model!r} (table of {PRICES_AS_OF}); choose one of "
        f"{', '.join(PRICES)}, or add its price in USD per million tokens to DEVMATRIX_PRICES, "
        f'for example {{"{model}": {{"input": 3, "output": 15}}}}.'
    )


def prices_from_json(text: str) -> dict[str, Price]:
    """Read configured prices: `{"my-model": {"input": 3, "output": 15}, "*": …}`.

    USD per million tokens; `cache_read` defaults to the input price and `cache_write` to 1.25
    times it (never too cheap). Empty text is no prices. Raises PriceError.
    """
    if not text.strip():
        return {}
    try:
        table = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except json.JSONDecodeError as error:
        raise PriceError(f"The configured prices are not JSON ({error}).") from error
    if not isinstance(table, dict):
        raise PriceError('The configured prices must be an object: {"model": {"input": 3, …}}.')
    return {model: _configured_price(model, row) for model, row in table.items()}


def _configured_price(model: str, row: Any) -> Price:
    known = {"input", "output", "cache_read", "cache_write"}
    if not isinstance(row, dict) or not {"input", "output"} <= row.keys() <= known:
        raise PriceError(
            f"The configured price of {model!r} needs input and output, and may have cache_read "
            f"and cache_write, in USD per million tokens."
        )
    try:
        amounts = {name: Decimal(amount) for name, amount in row.items()}
    except (InvalidOperation, TypeError, ValueError) as error:
        raise PriceError(f"The configured price of {model!r} holds no number: {row}.") from error
    if any(not amount.is_finite() or amount < 0 for amount in amounts.values()):
        raise PriceError(f"The configured price of {model!r} must not be negative: {row}.")
    return Price(
        input=amounts["input"],
        output=amounts["output"],
        cache_read=amounts.get("cache_read", amounts["input"]),
        cache_write=amounts.get("cache_write", amounts["input"] * Decimal("1.25")),
    )
