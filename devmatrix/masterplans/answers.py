"""What the three kinds of planning questions share: schemas, parts of prompts, refused answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_PROBLEMS_SHOWN = 30

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
STRINGS: Schema = {"type": "array", "items": STRING}


class AnswerRejected(Exception):  # noqa: N818  (it is the answer that is at fault)
    """An answer has the right structure but cannot be used; `problems` says why, one a line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Rejection:
    """One answer that was sent back: which check it failed, why, and what it said."""

    check: str
    problems: tuple[str, ...]
    answer: str = ""


def object_schema(**properties: Schema) -> Schema:
    """The JSON Schema of an object with exactly these properties, all required."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def array_schema(items: Schema) -> Schema:
    """The JSON Schema of a list of `items`."""
    return {"type": "array", "items": items}


def section(tag: str, text: str, **attributes: str) -> str:
    """A part of a prompt: `<tag name="value">`, the text and `</tag>`, each on its own line."""
    named = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{named}>\n{text.rstrip()}\n</{tag}>"


def file_sections(files: Mapping[str, str]) -> str:
    """The files, each in a section of its own."""
    return "\n".join(section("file", text, path=path) for path, text in files.items())


def with_feedback(body: str, rejections: Sequence[Rejection]) -> str:
    """The body of a question, followed by the last refused answer and what was wrong with each."""
    if not rejections:
        return body
    parts = [body]
    if rejections[-1].answer:
        parts.append(section("previous_answer", rejections[-1].answer))
    parts.append(section("feedback", _feedback(rejections)))
    parts.append("Answer again in full, with every problem above mended.")
    return "\n\n".join(parts)


def _feedback(rejections: Sequence[Rejection]) -> str:
    return "\n".join(
        f'attempt {number} failed check "{rejection.check}": {problem}'
        for number, rejection in enumerate(rejections, start=1)
        for problem in _shown(rejection.problems)
    )


def _shown(problems: tuple[str, ...]) -> tuple[str, ...]:
    hidden = len(problems) - MAX_PROBLEMS_SHOWN
    if hidden <= 0:
        return problems
    return (*problems[:MAX_PROBLEMS_SHOWN], f"and {hidden} more problems of these kinds")
