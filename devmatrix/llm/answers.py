"""From the message that came back to data that can be used, or to the reason why not.

Nothing about the message is taken for granted: the SDK builds its objects without checking them,
and other servers than Anthropic's fill them as they like.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from anthropic.types import Message, Usage
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from devmatrix.llm.errors import Malformed, Refused, Truncated
from devmatrix.llm.failures import shortened
from devmatrix.llm.prices import Price
from devmatrix.llm.types import Answer, Prompt, Receipt


def receipt_of(message: object, price: Price, *, request_id: str, seconds: float) -> Receipt | None:
    """What the call brought and cost, or None if the message is not one.

    The SDK builds its objects without checking them, so nothing about them is certain.
    """
    usage = getattr(message, "usage", None)
    if not isinstance(message, Message) or not isinstance(usage, Usage):
        return None
    content: object = message.content
    if not isinstance(content, list) or not isinstance(usage.output_tokens, int):
        return None
    tokens = {
        "input_tokens": _count(usage.input_tokens),
        "output_tokens": _count(usage.output_tokens),
        "cache_read_tokens": _count(usage.cache_read_input_tokens),
        "cache_write_tokens": _count(usage.cache_creation_input_tokens),
    }
    return Receipt(
        text="".join(_texts(content)),
        stop_reason=str(message.stop_reason),
        model=str(message.model),
        cost_usd=price.cost(**tokens),
        request_id=request_id,
        seconds=seconds,
        **tokens,
    )


def _texts(content: list[Any]) -> list[str]:
    texts = [getattr(block, "text", None) for block in content if _is_text(block)]
    return [text for text in texts if isinstance(text, str)]


def _is_text(block: object) -> bool:
    return getattr(block, "type", None) == "text"


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) and tokens > 0 else 0


def answer_of(message: Message, receipt: Receipt, prompt: Prompt) -> Answer:
    """The receipt with its data. Raises Refused, Truncated, Malformed by the stop reason."""
    what = f"The answer to {prompt.purpose} {prompt.subject}"
    stop = receipt.stop_reason
    if stop == "refusal":
        refusal = _refusal_of(message)
        raise Refused(
            f"The model refused {prompt.purpose} {prompt.subject}: {refusal}.",
            receipt=receipt,
            refusal=refusal,
        )
    if stop == "max_tokens":
        raise Truncated(f"{what} was cut off at {prompt.max_tokens} tokens.", receipt=receipt)
    if stop == "model_context_window_exceeded":
        raise Truncated(
            f"{what} did not fit into the context window of {receipt.model}.",
            receipt=receipt,
        )
    if stop not in ("end_turn", "stop_sequence"):
        raise Malformed(
            f"{what} ended with {stop!r}, which no request of ours allows.",
            receipt=receipt,
        )
    fault = _fault(receipt.text, prompt.schema)
    if isinstance(fault, str):
        raise Malformed(f"{what} {fault}.", receipt=receipt)
    return Answer(data=fault, **{name: getattr(receipt, name) for name in Receipt.__slots__})


def _refusal_of(message: Message) -> str:
    details = message.stop_details
    told = [getattr(details, "category", None), getattr(details, "explanation", None)]
    return (
        shortened(": ".join(part for part in told if isinstance(part, str))) or "without a reason"
    )


def _fault(text: str, schema: Mapping[str, Any]) -> dict[str, Any] | str:
    """The data of an answer, or what is wrong with its text."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return f"is not JSON ({shortened(str(error))})"
    if not isinstance(data, dict):
        return f"is not a JSON object but {type(data).__name__}"
    problem = best_match(Draft202012Validator(dict(schema)).iter_errors(data))
    if problem is not None:
        return f"does not fit its schema at {problem.json_path}: {shortened(problem.message)}"
    if not _storable(data):
        return "holds NUL characters or halves of characters"
    return data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _storable(data: object) -> bool:
    """Whether files and databases can hold every string: no NUL, no half of a surrogate pair."""
    pending = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, str) and any(char == "\0" or _is_surrogate(char) for char in value):
            return False
        if isinstance(value, dict):
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            pending += value
    return True


def _is_surrogate(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"
