"""The promises of the gateway, kept against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from devmatrix.llm import (
    Answer,
    AttemptPolicy,
    AuthenticationRefused,
    BudgetSpent,
    GatewayConfig,
    LLMError,
    Malformed,
    Overloaded,
    Prompt,
    Refused,
    RequestRejected,
    Sampling,
    Truncated,
    UnknownPrice,
    Unreachable,
)
from devmatrix.llm.gateway import Gateway
from devmatrix.llm.prices import Price
from devmatrix.llm.replay_process import ReplayProcess
from devmatrix.llm.retry import RetryPolicy
from tests.llm.scripted import Reply, ScriptedServer, failure, message

T = TypeVar("T")

MODEL = "claude-sonnet-5-5"
KEY = "sk-ant-secret-0123456789"
GOOD = message('{"imports": [], "code": "x = 1"}')
SAMPLING = Sampling(MODEL)


class Waits:
    """Stands for the clock of the retries: sleeping takes no time and is written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def clock(self) -> float:
        return sum(self.slept)


def config(url: str | None, **changes: Any) -> GatewayConfig:
    return GatewayConfig(**{"api_key": KEY, "base_url": url, "model": MODEL, **changes})


def with_gateway(
    settings: GatewayConfig, use: Callable[[Gateway], Awaitable[T]], waits: Waits | None = None
) -> T:
    """Run `use` with a gateway of its own, whose jitter is always the longest."""
    waits = waits or Waits()

    async def run() -> T:
        async with Gateway(
            settings, sleep=waits.sleep, clock=waits.clock, uniform=lambda low, high: high
        ) as gateway:
            return await use(gateway)

    return asyncio.run(run())


def ask(
    server: ScriptedServer,
    prompt: Prompt,
    sampling: Sampling = SAMPLING,
    waits: Waits | None = None,
    **changes: Any,
) -> Answer:
    """Ask one question of a scripted server."""
    return with_gateway(config(server.url, **changes), lambda g: g.ask(prompt, sampling), waits)


# --- the request


def test_the_stable_parts_come_first_and_the_project_is_marked_for_the_cache(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [GOOD]
    ask(scripted, prompt)
    body = scripted.messages[0].body
    assert body["system"] == [{"type": "text", "text": "You write Python."}]
    assert body["messages"] == [
        {
            "role": "user",
            "content": [
                {
                    "type": "text",
                    "text": "The project.",
                    "cache_control": {"type": "ephemeral"},
                },
                {
                    "type": "text",
                    "text": '<request purpose="atom" subject="evenly/money.py::Money.add">\n'
                    "Write the method.",
                },
            ],
        }
    ]


def test_two_subjects_of_a_project_share_their_prefix(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [GOOD]
    ask(scripted, prompt)
    ask(scripted, dataclasses.replace(prompt, subject="other", body="Other."))
    first, second = (asked.body for asked in scripted.messages)
    assert first["system"] == second["system"]
    assert first["messages"][0]["content"][0] == second["messages"][0]["content"][0]


def test_the_answer_is_asked_for_by_a_schema_that_the_api_takes(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [GOOD]
    ask(scripted, prompt)
    output = scripted.messages[0].body["output_config"]
    assert output["format"]["type"] == "json_schema"
    assert output["format"]["schema"]["additionalProperties"] is False
    assert "minLength" not in output["format"]["schema"]["properties"]["code"]


def test_nothing_about_sampling_is_sent_unless_it_is_set(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [GOOD]
    ask(scripted, prompt)
    assert "temperature" not in scripted.messages[0].body
    assert "effort" not in scripted.messages[0].body["output_config"]


def test_a_temperature_is_sent(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [GOOD]
    ask(scripted, prompt, Sampling(MODEL, temperature=0.5))
    assert scripted.messages[0].body["temperature"] == 0.5


def test_an_effort_is_sent(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [GOOD]
    ask(scripted, prompt, Sampling(MODEL, effort="medium"))
    assert scripted.messages[0].body["output_config"]["effort"] == "medium"


def test_bytes_that_are_no_text_do_not_stop_a_request(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [GOOD]
    undecodable = b"caf\xe9".decode("utf-8", "surrogateescape")
    ask(scripted, dataclasses.replace(prompt, body=undecodable, project=undecodable))
    project, own = scripted.messages[0].body["messages"][0]["content"]
    assert project["text"] == "caf\ufffd"
    assert own["text"].endswith("caf\ufffd")


def test_a_long_answer_needs_no_streaming(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [GOOD]
    ask(scripted, dataclasses.replace(prompt, max_tokens=128_000), timeout_seconds=600.0)
    assert scripted.messages[0].body["max_tokens"] == 128_000


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    scripted: ScriptedServer, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    scripted.replies = [GOOD]
    assert ask(scripted, prompt).data["code"] == "x = 1"


# --- the answer


def test_an_answer_carries_its_data_tokens_cost_time_and_request_id(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [
        message(
            '{"imports": ["import math"], "code": "x = 1"}',
            usage={
                "input_tokens": 1000,
                "output_tokens": 100,
                "cache_read_input_tokens": 20_000,
                "cache_creation_input_tokens": 400,
            },
        )
    ]
    answer = ask(scripted, prompt)
    assert answer.data == {"imports": ["import math"], "code": "x = 1"}
    assert (answer.input_tokens, answer.output_tokens) == (1000, 100)
    assert (answer.cache_read_tokens, answer.cache_write_tokens) == (20_000, 400)
    assert answer.cost_usd == Decimal("0.002") + Decimal("0.001") + Decimal("0.002") + Decimal(
        "0.001"
    )
    assert (answer.stop_reason, answer.model) == ("end_turn", MODEL)
    assert answer.request_id == "req_42"


def test_the_seconds_are_those_of_the_answered_try(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [failure(529, "overloaded_error", "Overloaded"), GOOD]
    assert ask(scripted, prompt).seconds == 0.0  # the clock of Waits moves in sleeps only


def test_the_seconds_are_measured(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [dataclasses.replace(GOOD, delay=0.1)]

    async def run() -> Answer:
        async with Gateway(config(scripted.url)) as gateway:
            return await gateway.ask(prompt, SAMPLING)

    assert 0.1 <= asyncio.run(run()).seconds < 5


def test_thinking_is_not_part_of_the_text(scripted: ScriptedServer, prompt: Prompt) -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "text", "text": '{"imports": [], '},
        {"type": "text", "text": '"code": "x = 1"}'},
    ]
    scripted.replies = [message("", content=blocks)]
    assert ask(scripted, prompt).data == {"imports": [], "code": "x = 1"}


def test_a_cost_can_be_configured(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [GOOD]
    free = Price(input=Decimal(0), output=Decimal(1), cache_read=Decimal(0), cache_write=Decimal(0))
    answer = ask(scripted, prompt, Sampling("my-model"), prices={"my-model": free})
    assert answer.cost_usd == Decimal("0.0001")


def test_a_model_without_a_price_is_not_asked(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [GOOD]
    with pytest.raises(UnknownPrice, match="DEVMATRIX_PRICES"):
        ask(scripted, prompt, Sampling("my-model"))
    assert scripted.asked == []


# --- stop reasons


@pytest.mark.parametrize("stop", ["max_tokens", "model_context_window_exceeded"])
def test_an_answer_that_was_cut_off_is_truncated(
    scripted: ScriptedServer, prompt: Prompt, stop: str
) -> None:
    scripted.replies = [message('{"imports": [], "co', stop_reason=stop)]
    with pytest.raises(Truncated, match="evenly/money") as caught:
        ask(scripted, prompt)
    assert caught.value.text == '{"imports": [], "co'
    assert caught.value.receipt.cost_usd == Decimal("0.003")
    assert caught.value.receipt.stop_reason == stop


def test_a_refusal_says_why(scripted: ScriptedServer, prompt: Prompt) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Looks like an exploit."}
    scripted.replies = [message("", stop_reason="refusal", content=[], stop_details=details)]
    with pytest.raises(Refused, match="cyber: Looks like an exploit") as caught:
        ask(scripted, prompt)
    assert caught.value.refusal == "cyber: Looks like an exploit."
    assert caught.value.receipt.output_tokens == 100


def test_a_refusal_may_be_silent(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [message("", stop_reason="refusal", content=[])]
    with pytest.raises(Refused, match="without a reason"):
        ask(scripted, prompt)


@pytest.mark.parametrize("stop", ["tool_use", "pause_turn", None, "something_new"])
def test_a_stop_that_was_not_asked_for_is_malformed(
    scripted: ScriptedServer, prompt: Prompt, stop: str | None
) -> None:
    scripted.replies = [message('{"imports": [], "code": "x"}', stop_reason=stop)]
    with pytest.raises(Malformed, match=str(stop)):
        ask(scripted, prompt)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Sure! Here it is.", "not JSON"),
        ("", "not JSON"),
        ('["code"]', "not a JSON object but list"),
        ('{"imports": []}', "'code' is a required property"),
        ('{"imports": "os", "code": "x"}', r"\$\.imports"),
        ('{"imports": [], "code": ""}', r"\$\.code"),
        ('{"imports": [], "code": NaN}', "NaN"),
        ('{"imports": [], "code": "a\\u0000b"}', "NUL"),
        ('{"imports": [], "code": "\\ud800"}', "halves of characters"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_an_answer_that_does_not_fit_is_malformed_and_kept(
    scripted: ScriptedServer, prompt: Prompt, text: str, why: str
) -> None:
    scripted.replies = [message(text)]
    with pytest.raises(Malformed, match=why) as caught:
        ask(scripted, prompt)
    assert caught.value.text == text
    assert caught.value.receipt.cost_usd == Decimal("0.003")
    assert caught.value.receipt.request_id == "req_42"
    assert len(str(caught.value)) < 600


def test_the_escape_of_nul_may_be_written_about(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [message(json.dumps({"imports": [], "code": r'"\u0000"'}))]
    assert ask(scripted, prompt).data["code"] == r'"\u0000"'


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body={"object": "chat.completion", "choices": []}),
        Reply(body=b"<html>Welcome</html>", content_type="text/html"),
        Reply(body=["message"]),
        message("{}", usage={"output_tokens": "many"}),
        message("{}", content=None),
    ],
)
def test_something_else_than_the_messages_api_is_named(
    scripted: ScriptedServer, prompt: Prompt, reply: Reply
) -> None:
    scripted.replies = [reply]
    with pytest.raises(Unreachable, match="ANTHROPIC_BASE_URL"):
        ask(scripted, prompt)
    assert len(scripted.messages) == 1


def test_json_that_is_none_is_named(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [Reply(body=b"{never closed")]
    with pytest.raises(Unreachable, match="ANTHROPIC_BASE_URL"):
        ask(scripted, prompt)


# --- retries


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_passing_trouble_is_tried_again(
    scripted: ScriptedServer, prompt: Prompt, status: int
) -> None:
    scripted.replies = [failure(status, "api_error", "Trouble"), GOOD]
    assert ask(scripted, prompt).data["code"] == "x = 1"
    assert len(scripted.messages) == 2


def test_a_dropped_connection_is_tried_again(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [Reply(drop=True), GOOD]
    assert ask(scripted, prompt).data["code"] == "x = 1"


def test_the_tries_are_bounded_and_the_waits_grow(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [failure(529, "overloaded_error", "Overloaded")]
    waits = Waits()
    with pytest.raises(Overloaded, match=r"slow down.*529.*Overloaded"):
        ask(scripted, prompt, waits=waits, retry=RetryPolicy(max_tries=4, first_backoff=1.0))
    assert len(scripted.messages) == 4
    assert waits.slept == [1.0, 2.0, 4.0]


def test_a_server_that_stays_broken_is_unreachable(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [failure(500, "api_error", "Internal server error")]
    with pytest.raises(Unreachable, match="HTTP 500: Internal server error"):
        ask(scripted, prompt)


def test_the_wait_that_the_server_names_is_honoured(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [failure(429, "rate_limit_error", "Slower", retry_after="7"), GOOD]
    waits = Waits()
    ask(scripted, prompt, waits=waits, retry=RetryPolicy(first_backoff=0.5))
    assert waits.slept == [7.5]


def test_a_wait_named_in_milliseconds_is_honoured(scripted: ScriptedServer, prompt: Prompt) -> None:
    headers = {"retry_after_ms": "250", "retry_after": "9"}
    scripted.replies = [failure(429, "rate_limit_error", "Slower", **headers), GOOD]
    waits = Waits()
    ask(scripted, prompt, waits=waits, retry=RetryPolicy(first_backoff=0.5))
    assert waits.slept == [0.75]


@pytest.mark.parametrize("named", ["soon", "-3", "inf", "nan", "Sun, 22 Nov 2026 16:00:00 GMT"])
def test_a_wait_that_is_no_number_of_seconds_is_passed_over(
    scripted: ScriptedServer, prompt: Prompt, named: str
) -> None:
    scripted.replies = [failure(429, "rate_limit_error", "Slower", retry_after=named), GOOD]
    waits = Waits()
    ask(scripted, prompt, waits=waits, retry=RetryPolicy(first_backoff=0.5))
    assert waits.slept == [0.5]


def test_a_wait_longer_than_allowed_is_handed_to_the_caller(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [failure(429, "rate_limit_error", "Slower", retry_after="3600")]
    with pytest.raises(Overloaded) as caught:
        ask(scripted, prompt)
    assert caught.value.retry_after == 3600
    assert len(scripted.messages) == 1


def test_a_server_that_forbids_retries_is_obeyed(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [failure(500, "api_error", "No", x_should_retry="false")]
    with pytest.raises(Unreachable):
        ask(scripted, prompt)
    assert len(scripted.messages) == 1


def test_the_clients_own_retries_are_off(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [failure(500, "api_error", "Broken")]
    with pytest.raises(Unreachable):
        ask(scripted, prompt, retry=RetryPolicy(max_tries=1))
    assert len(scripted.messages) == 1


@pytest.mark.parametrize(
    ("status", "verdict"), [(401, "was refused"), (403, "is not allowed to do this")]
)
def test_a_refused_key_is_said_in_one_sentence_and_not_tried_again(
    scripted: ScriptedServer, prompt: Prompt, status: int, verdict: str
) -> None:
    scripted.replies = [failure(status, "authentication_error", f"invalid x-api-key {KEY}")]
    with pytest.raises(AuthenticationRefused) as caught:
        ask(scripted, prompt)
    sentence = str(caught.value)
    assert sentence.startswith(f"The API key {verdict}")
    assert "set ANTHROPIC_API_KEY" in sentence
    assert KEY not in sentence
    assert len(scripted.messages) == 1


def test_no_key_for_anthropic_is_said_before_anything_is_sent() -> None:
    with pytest.raises(AuthenticationRefused, match="set ANTHROPIC_API_KEY"):
        asyncio.run(_open(config(None, api_key="")))


async def _open(settings: GatewayConfig) -> None:
    async with Gateway(settings):
        pass


def test_a_server_of_ones_own_needs_no_key(
    scripted: ScriptedServer, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-from-the-environment")
    scripted.replies = [GOOD]
    assert ask(scripted, prompt, api_key="").data["code"] == "x = 1"
    assert "sk-from-the-environment" not in str(scripted.messages[0].headers)


@pytest.mark.parametrize(
    "reply",
    [
        failure(402, "billing_error", "No credit"),
        failure(400, "billing_error", "No credit"),
        failure(429, "rate_limit_error", "Spent", code="enforced_spend_limit_reached"),
        failure(429, "rate_limit_error", "Spent", code="contract_spend_limit_reached"),
    ],
)
def test_the_providers_spend_limit_is_not_tried_again(
    scripted: ScriptedServer, prompt: Prompt, reply: Reply
) -> None:
    scripted.replies = [reply]
    with pytest.raises(BudgetSpent, match="then resume"):
        ask(scripted, prompt)
    assert len(scripted.messages) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422, 501])
def test_a_request_that_will_never_do_is_not_tried_again(
    scripted: ScriptedServer, prompt: Prompt, status: int
) -> None:
    scripted.replies = [failure(status, "invalid_request_error", "max_tokens: too large")]
    with pytest.raises(RequestRejected, match="max_tokens: too large") as caught:
        ask(scripted, prompt)
    assert caught.value.status == status
    assert len(scripted.messages) == 1


def test_a_server_that_is_not_there_is_named(scripted: ScriptedServer, prompt: Prompt) -> None:
    settings = config("http://127.0.0.1:9", retry=RetryPolicy(max_tries=2))
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 cannot be reached"):
        with_gateway(settings, lambda gateway: gateway.ask(prompt, SAMPLING))


def test_an_answer_that_takes_too_long_is_given_up(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [dataclasses.replace(GOOD, delay=1.0)]
    with pytest.raises(Unreachable, match=r"within 0\.1 seconds"):
        ask(scripted, prompt, timeout_seconds=0.1, retry=RetryPolicy(max_tries=1))


def test_an_answer_that_comes_byte_by_byte_is_given_up(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [dataclasses.replace(GOOD, trickle=0.05)]
    with pytest.raises(Unreachable, match=r"within 0\.3 seconds"):
        ask(scripted, prompt, timeout_seconds=0.3, retry=RetryPolicy(max_tries=1))


def test_waiting_for_a_free_connection_is_not_held_against_the_server(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [dataclasses.replace(GOOD, delay=0.3)]

    async def run(gateway: Gateway) -> int:
        return len(await asyncio.gather(*(gateway.ask(prompt, SAMPLING) for _ in range(4))))

    settings = config(
        scripted.url, max_connections=1, timeout_seconds=0.8, retry=RetryPolicy(max_tries=1)
    )
    assert with_gateway(settings, run) == 4


def test_a_cancelled_question_is_cancelled(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [dataclasses.replace(GOOD, delay=1.0)]

    async def run(gateway: Gateway) -> None:
        task = asyncio.create_task(gateway.ask(prompt, SAMPLING))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        with_gateway(config(scripted.url), run)


# --- many at once


def test_a_hundred_questions_wait_at_once_on_kept_connections(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [dataclasses.replace(GOOD, delay=0.5)]

    async def run(gateway: Gateway) -> int:
        for _ in range(2):
            await asyncio.gather(*(gateway.ask(prompt, SAMPLING) for _ in range(120)))
        return len({asked.connection for asked in scripted.messages})

    connections = with_gateway(config(scripted.url, max_connections=120), run)
    assert scripted.most_in_flight >= 100
    assert connections <= 120


def test_no_more_are_sent_at_once_than_configured(scripted: ScriptedServer, prompt: Prompt) -> None:
    scripted.replies = [dataclasses.replace(GOOD, delay=0.02)]

    async def run(gateway: Gateway) -> None:
        await asyncio.gather(*(gateway.ask(prompt, SAMPLING) for _ in range(20)))

    with_gateway(config(scripted.url, max_connections=3), run)
    assert scripted.most_in_flight == 3


def test_a_gateway_can_be_made_in_one_loop_after_another(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    scripted.replies = [GOOD]
    assert [ask(scripted, prompt).data["code"] for _ in range(2)] == ["x = 1", "x = 1"]


# --- what is sampled how


def model_info(**capabilities: Any) -> Reply:
    body = {"id": MODEL, "type": "model", "display_name": MODEL, "capabilities": capabilities}
    return Reply(body=body)


def efforts(*levels: str) -> dict[str, Any]:
    every = ("low", "medium", "high", "max")
    return {
        "supported": bool(levels),
        **{level: {"supported": level in levels} for level in every},
    }


def sampled(server: ScriptedServer, **changes: Any) -> list[Sampling]:
    """The samplings of the first four attempts."""

    async def run(gateway: Gateway) -> list[Sampling]:
        return [await gateway.sampling(attempt) for attempt in (1, 2, 3, 4)]

    return with_gateway(config(server.url, **changes), run)


COOLING = [Sampling(MODEL, temperature=step) for step in (0.7, 0.5, 0.3, 0.3)]
CLIMBING = [Sampling(MODEL, effort=step) for step in ("low", "medium", "high", "high")]


def test_a_model_with_effort_climbs_in_effort(scripted: ScriptedServer) -> None:
    scripted.model = model_info(effort=efforts("low", "medium", "high", "max"))
    assert sampled(scripted) == CLIMBING


def test_a_model_without_effort_cools_down(scripted: ScriptedServer) -> None:
    scripted.model = model_info(effort=efforts())
    assert sampled(scripted) == COOLING


def test_a_server_that_tells_about_temperature_is_believed(scripted: ScriptedServer) -> None:
    scripted.model = model_info(
        effort=efforts("low", "medium", "high"), temperature={"supported": True}
    )
    assert sampled(scripted) == COOLING


def test_a_level_that_the_model_lacks_is_not_sent(scripted: ScriptedServer) -> None:
    scripted.model = model_info(effort=efforts("low", "high"))
    assert [s.effort for s in sampled(scripted)] == ["low", None, "high", "high"]


def test_a_server_without_the_endpoint_gets_the_configured_fallback(
    scripted: ScriptedServer,
) -> None:
    assert sampled(scripted) == COOLING
    assert sampled(scripted, fallback_policy=AttemptPolicy.EFFORT) == CLIMBING
    assert sampled(scripted, fallback_policy=AttemptPolicy.PLAIN) == [Sampling(MODEL)] * 4


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body={"id": MODEL, "object": "model", "owned_by": "me"}),
        Reply(body=b"<html>", content_type="text/html"),
        Reply(body={"id": MODEL, "capabilities": {"effort": None}}),
        Reply(body={"id": MODEL, "capabilities": []}),
    ],
)
def test_a_server_with_another_endpoint_gets_the_fallback(
    scripted: ScriptedServer, reply: Reply
) -> None:
    scripted.model = reply
    assert sampled(scripted, fallback_policy=AttemptPolicy.EFFORT) == CLIMBING


def test_a_configured_policy_overrides_what_the_model_says(scripted: ScriptedServer) -> None:
    scripted.model = model_info(effort=efforts("low", "medium", "high"))
    assert sampled(scripted, attempt_policy=AttemptPolicy.TEMPERATURE) == COOLING
    assert scripted.asked == []


def test_the_server_is_asked_once_about_a_model(scripted: ScriptedServer) -> None:
    scripted.model = model_info(effort=efforts("low", "medium", "high"))

    async def run(gateway: Gateway) -> None:
        await asyncio.gather(*(gateway.sampling(1) for _ in range(50)))

    with_gateway(config(scripted.url), run)
    assert len(scripted.asked) == 1


def test_the_third_attempt_goes_to_the_stronger_model(scripted: ScriptedServer) -> None:
    scripted.model = model_info(effort=efforts("low", "medium", "high"))
    models = [s.model for s in sampled(scripted, stronger_model="claude-opus-5-5")]
    assert models == [MODEL, MODEL, "claude-opus-5-5", "claude-opus-5-5"]
    assert [asked.path for asked in scripted.asked] == [
        f"/v1/models/{MODEL}",
        "/v1/models/claude-opus-5-5",
    ]


def test_a_refused_key_shows_when_the_model_is_asked_about(scripted: ScriptedServer) -> None:
    scripted.model = failure(401, "authentication_error", "invalid x-api-key")
    with pytest.raises(AuthenticationRefused):
        sampled(scripted)


def test_attempts_are_counted_from_one(scripted: ScriptedServer) -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        with_gateway(config(scripted.url), lambda gateway: gateway.sampling(0))


# --- money before the call


def test_an_estimate_covers_the_dearest_answer(replay: ReplayProcess, prompt: Prompt) -> None:
    async def run(gateway: Gateway) -> tuple[Decimal, Decimal]:
        asked = dataclasses.replace(prompt, project="price = 1 + x\n" * 2000)
        estimate = gateway.estimate(asked, SAMPLING)
        return estimate, (await gateway.ask(asked, SAMPLING)).cost_usd

    estimate, cost = with_gateway(config(replay.url), run)
    assert cost < estimate


def test_an_estimate_counts_the_whole_output_and_cache_writes(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    async def run(gateway: Gateway) -> list[Decimal]:
        larger = dataclasses.replace(prompt, project="x" * 1_000_000)
        longer = dataclasses.replace(prompt, max_tokens=prompt.max_tokens + 1_000_000)
        return [gateway.estimate(p, SAMPLING) for p in (prompt, larger, longer)]

    small, larger, longer = with_gateway(config(scripted.url), run)
    assert longer - small == Decimal(10)  # a million output tokens
    assert larger - small > Decimal("2.5") * Decimal("0.4")  # a token is 2.5 characters at most


def test_an_estimate_for_an_unknown_model_is_refused(
    scripted: ScriptedServer, prompt: Prompt
) -> None:
    async def run(gateway: Gateway) -> Decimal:
        return gateway.estimate(prompt, Sampling("my-model"))

    with pytest.raises(UnknownPrice):
        with_gateway(config(scripted.url), run)


# --- logs


def test_calls_are_logged_with_request_id_and_seconds(
    scripted: ScriptedServer, prompt: Prompt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "devmatrix.llm")
    scripted.replies = [GOOD]
    ask(scripted, prompt)
    (line,) = (r.getMessage() for r in caplog.records if r.name.startswith("devmatrix"))
    assert "req_42" in line
    assert "atom evenly/money.py::Money.add" in line
    assert "$0.003" in line


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        failure(401, "authentication_error", f"invalid x-api-key {KEY}"),
        failure(500, "api_error", f"Broken by {KEY}"),
        failure(400, "invalid_request_error", f"Strange {KEY}"),
        Reply(drop=True),
        Reply(body=KEY.encode(), content_type="text/plain"),
    ],
)
def test_the_key_is_never_logged(
    scripted: ScriptedServer, prompt: Prompt, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "devmatrix.llm")
    scripted.replies = [reply]
    error = ""
    try:
        ask(scripted, prompt)
    except LLMError as caught:
        error = str(caught)
    assert scripted.messages[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text + error


def test_the_clients_debug_log_holds_no_key(
    scripted: ScriptedServer, prompt: Prompt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scripted.replies = [failure(500, "api_error", "Broken"), GOOD]
    ask(scripted, prompt)
    assert "Sending HTTP Request" in caplog.text
    assert KEY not in caplog.text


def test_the_key_is_not_in_the_configurations_repr() -> None:
    assert KEY not in repr(config(None))


# --- through the replay server


def test_the_whole_way_with_feedback(replay: ReplayProcess, prompt: Prompt) -> None:
    async def run(gateway: Gateway) -> list[Answer]:
        again = dataclasses.replace(
            prompt, body="Write it.\n<feedback>\nexpected 3, got 2\n</feedback>"
        )
        return [
            await gateway.ask(prompt, await gateway.sampling(1)),
            await gateway.ask(again, await gateway.sampling(2)),
        ]

    first, second = with_gateway(config(replay.url), run)
    assert first.data == {
        "imports": ["import math"],
        "code": "def add(self, other):\n    return other\n",
    }
    assert second.data["code"] == "def add(self, other):\n    return self + other\n"


def test_an_answer_in_prose_is_malformed(replay: ReplayProcess, prompt: Prompt) -> None:
    garbled = dataclasses.replace(prompt, subject="evenly/money.py::garbled")
    with pytest.raises(Malformed) as caught:
        with_gateway(config(replay.url), lambda gateway: gateway.ask(garbled, SAMPLING))
    assert caught.value.text == "Sure! Here is the code."


def test_an_answer_longer_than_allowed_is_truncated(replay: ReplayProcess, prompt: Prompt) -> None:
    short = dataclasses.replace(prompt, max_tokens=3)
    with pytest.raises(Truncated, match="at 3 tokens"):
        with_gateway(config(replay.url), lambda gateway: gateway.ask(short, SAMPLING))


def test_a_question_without_answer_is_named(replay: ReplayProcess, prompt: Prompt) -> None:
    unknown = dataclasses.replace(prompt, subject='it\'s "new" & <odd>\nname')
    with pytest.raises(RequestRejected) as caught:
        with_gateway(config(replay.url), lambda gateway: gateway.ask(unknown, SAMPLING))
    assert caught.value.status == 404
    assert 'purpose "atom", subject "it\'s "new" & <odd> name"' in str(caught.value)
