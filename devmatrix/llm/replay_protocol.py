"""The part of the Messages API that the replay server speaks: what it takes, what it counts.

Where Anthropic refuses a request that the product could get wrong, this refuses it in the same
words, so that the mistake shows without Anthropic.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Never

from devmatrix.llm.types import EFFORTS

_CHARACTERS_A_TOKEN = 4
_CACHE_FROM_TOKENS = 1024
_KNOWN_FIELDS = frozenset(
    {
        "cache_control",
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "output_config",
        "service_tier",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
    }
)


class ApiError(Exception):
    """An HTTP error in the form of the Messages API: status, type, message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one call, as the Messages API reports them."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int

    def to_json(self) -> dict[str, Any]:
        """The `usage` object of a message."""
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cache_read_input_tokens": self.cache_read_tokens,
            "cache_creation_input_tokens": self.cache_write_tokens,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.cache_write_tokens,
                "ephemeral_1h_input_tokens": 0,
            },
            "service_tier": "standard",
        }


def invalid(message: str) -> Never:
    """Refuse a request as the API refuses one that is wrong in itself."""
    raise ApiError(400, "invalid_request_error", message)


def model_info(model: str, *, takes_temperature: bool) -> dict[str, Any]:
    """What the models endpoint tells about a model; any name is served.

    A model takes either a temperature or an effort, like the models before and since 2026.
    """
    yes, no = {"supported": True}, {"supported": False}
    effort = no if takes_temperature else yes
    return {
        "id": model,
        "type": "model",
        "display_name": f"{model} (answers replayed from a transcript)",
        "created_at": "1970-01-01T00:00:00Z",
        "deprecated_at": None,
        "lifecycle": "active",
        "line": None,
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "retires_at": None,
        "capabilities": {
            "batch": no,
            "citations": no,
            "code_execution": no,
            "context_management": no,
            "effort": {**effort, **dict.fromkeys(EFFORTS, effort)},
            "image_input": no,
            "pdf_input": no,
            "server_tools": {"supported": False, "code_execution": no, "web_search": no},
            "structured_outputs": yes,
            "thinking": {
                "supported": False,
                "types": {
                    "adaptive": no,
                    "between_tools": no,
                    "disabled": yes,
                    "enabled": no,
                },
            },
        },
    }


def check_request(request: dict[str, Any], *, takes_temperature: bool) -> None:
    """Refuse what the Messages API refuses, as far as the product could get it wrong."""
    for name in sorted(request.keys() - _KNOWN_FIELDS):
        invalid(f"{name}: Extra inputs are not permitted")
    if not isinstance(request.get("model"), str) or not request["model"]:
        invalid("model: Field required")
    max_tokens = request.get("max_tokens")
    if not isinstance(max_tokens, int) or isinstance(max_tokens, bool) or max_tokens < 1:
        invalid("max_tokens: Input should be greater than or equal to 1")
    if request.get("stream"):
        invalid("stream: the replay server answers in one piece")
    if "temperature" in request and not takes_temperature:
        invalid("`temperature` is deprecated for this model.")
    _check_output_config(request.get("output_config"), takes_temperature=takes_temperature)


def _check_output_config(output: Any, *, takes_temperature: bool) -> None:
    if output is None:
        return
    if not isinstance(output, dict):
        invalid("output_config: Input should be an object")
    effort = output.get("effort")
    if effort is not None and (takes_temperature or effort not in EFFORTS):
        invalid(f"output_config.effort: this model does not support the effort {effort!r}")
    wanted = output.get("format")
    if wanted is None:
        return
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        invalid("output_config.format: a json_schema is required")
    _check_schema(wanted["schema"])


def _check_schema(schema: Any) -> None:
    """Every object of a schema must be closed, which the API insists on."""
    if isinstance(schema, list):
        for part in schema:
            _check_schema(part)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        invalid(
            "output_config.format.schema: For 'object' type, 'additionalProperties' must be "
            "explicitly set to false"
        )
    for part in schema.values():
        _check_schema(part)


def texts_of(request: dict[str, Any]) -> tuple[str, str, str]:
    """The cached prefix of a request, the rest of its input, and its last text block.

    The rest includes the schema, which is sent to a model too.
    """
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        invalid("messages: at least one message is required")
    if messages[-1].get("role") != "user":
        invalid("messages: the last message must be the user's")
    blocks = _blocks("system", request.get("system", []))
    for message in messages:
        blocks += _blocks("messages", message.get("content") if isinstance(message, dict) else None)
    if not blocks:
        invalid("messages: text content blocks must be non-empty")
    texts = [text for text, _ in blocks]
    marks = [index + 1 for index, (_, marked) in enumerate(blocks) if marked]
    cut = marks[-1] if marks else 0
    schema = json.dumps(request.get("output_config") or {})
    return "".join(texts[:cut]), "".join(texts[cut:]) + schema, texts[-1]


def _blocks(where: str, content: Any) -> list[tuple[str, bool]]:
    """The texts of a content with their cache marks."""
    if isinstance(content, str):
        return [(content, False)] if content else []
    if not isinstance(content, list):
        invalid(f"{where}: content must be text or a list of blocks")
    for block in content:
        if not isinstance(block, dict) or block.get("type") != "text" or not block.get("text"):
            invalid(f"{where}: text content blocks must be non-empty")
    return [(str(block["text"]), bool(block.get("cache_control"))) for block in content]


def usage_of(prefix: str, rest: str, answer: str, *, cached: bool) -> Usage:
    """Tokens counted from the real texts; `cached` is whether the prefix is in the cache."""
    in_prefix, in_rest = _tokens(prefix), _tokens(rest)
    if in_prefix < _CACHE_FROM_TOKENS:
        return Usage(in_prefix + in_rest, _tokens(answer), 0, 0)
    if cached:
        return Usage(in_rest, _tokens(answer), in_prefix, 0)
    return Usage(in_rest, _tokens(answer), 0, in_prefix)


def _tokens(text: str) -> int:
    return math.ceil(len(text) / _CHARACTERS_A_TOKEN)


def cut(text: str, max_tokens: int) -> tuple[str, str]:
    """The answer as far as `max_tokens` allows, and the stop reason."""
    if _tokens(text) <= max_tokens:
        return text, "end_turn"
    return text[: max_tokens * _CHARACTERS_A_TOKEN], "max_tokens"


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a request body. Raises ApiError."""
    try:
        request = json.loads(body)
    except ValueError:
        invalid("The request body is not valid JSON")
    if not isinstance(request, dict):
        invalid("The request body must be an object")
    return request
