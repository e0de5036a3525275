"""Prices: exact, dated, overridable, and never guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from anthropic.types import Model

from devmatrix.llm import UnknownPrice
from devmatrix.llm.prices import PRICES, PRICES_AS_OF, Price, PriceError, price_of, prices_from_json

MILLION = 1_000_000
# offered by invitation only, or without a published price when the table was made
UNPRICED = {"claude-mythos-preview", "claude-mythos-5-2"}


def names_of_the_client() -> list[str]:
    literal = get_args(Model)[0]
    return list(get_args(literal))


@pytest.mark.parametrize("model", [m for m in names_of_the_client() if m not in UNPRICED])
def test_every_model_that_the_client_knows_has_a_price(model: str) -> None:
    price = price_of(model)
    assert price.cache_read < price.input < price.cache_write < price.output


def test_the_price_of_a_call_is_exact() -> None:
    cost = price_of("claude-opus-5-5").cost(
        input_tokens=1, output_tokens=1, cache_read_tokens=1, cache_write_tokens=1
    )
    assert cost == Decimal("0.0000292")  # (4 + 20 + 0.20 + 5) / 1,000,000


def test_a_snapshot_costs_what_its_model_costs() -> None:
    assert price_of("claude-haiku-4-5-20251001") is PRICES["claude-haiku-4-5"]


@pytest.mark.parametrize("model", ["claude-opus-5-6", "claude-opus-55", "gpt-5", "", "*"])
def test_a_sister_of_a_known_model_has_no_price(model: str) -> None:
    with pytest.raises(UnknownPrice):
        price_of(model)


def test_an_unknown_model_is_told_the_way_out() -> None:
    with pytest.raises(UnknownPrice) as caught:
        price_of("llama-4")
    sentence = str(caught.value)
    assert "'llama-4'" in sentence
    assert str(PRICES_AS_OF) in sentence
    assert '{"llama-4": {"input": 3, "output": 15}}' in sentence


def test_a_configured_price_goes_before_the_table() -> None:
    configured = prices_from_json('{"claude-opus-5-5": {"input": 1, "output": 2}}')
    assert price_of("claude-opus-5-5", configured).output == 2


def test_a_star_prices_every_other_model() -> None:
    configured = prices_from_json('{"*": {"input": 0, "output": 0}}')
    assert price_of("llama-4", configured).output == 0
    assert price_of("claude-opus-5-5", configured) is PRICES["claude-opus-5-5"]


def test_a_long_prompt_costs_its_own_price_for_every_token() -> None:
    price = price_of("claude-haiku-5-5")
    short = price.cost(input_tokens=50_000, output_tokens=MILLION, cache_read_tokens=50_000)
    long = price.cost(input_tokens=50_001, output_tokens=MILLION, cache_read_tokens=50_000)
    assert short == Decimal("0.5055")
    assert long == Decimal("2.5275005")


@pytest.mark.parametrize("model", sorted(PRICES))
@pytest.mark.parametrize("size", [10_000, 200_000])
def test_the_ceiling_is_above_every_way_to_bill_the_input(model: str, size: int) -> None:
    price = PRICES[model]
    ceiling = price.ceiling(input_tokens=size, output_tokens=500)
    bills = [
        price.cost(input_tokens=size, output_tokens=500),
        price.cost(input_tokens=0, output_tokens=500, cache_read_tokens=size),
        price.cost(input_tokens=0, output_tokens=500, cache_write_tokens=size),
    ]
    assert max(bills) == ceiling


def test_configured_prices_keep_their_decimals_and_are_never_too_cheap() -> None:
    assert prices_from_json('{"m": {"input": 0.1, "output": "0.30"}}') == {
        "m": Price(
            input=Decimal("0.1"),
            output=Decimal("0.30"),
            cache_read=Decimal("0.1"),
            cache_write=Decimal("0.125"),
        )
    }


def test_no_configured_prices_are_no_prices() -> None:
    assert prices_from_json("  ") == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ('{"m": 3}', "'m' needs input and output"),
        ('{"m": {"input": 3}}', "needs input and output"),
        ('{"m": {"input": 3, "output": 1, "in": 1}}', "needs input and output"),
        ('{"m": {"input": "much", "output": 1}}', "no number"),
        ('{"m": {"input": -3, "output": 1}}', "negative"),
        ('{"m": {"input": NaN, "output": 1}}', "negative|no number"),
        ('{"m": {"input": true, "output": null}}', "no number"),
    ],
)
def test_a_wrong_configuration_is_explained(text: str, why: str) -> None:
    with pytest.raises(PriceError, match=why):
        prices_from_json(text)
