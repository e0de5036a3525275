"""Template filters that every page uses: marks, money, shares, visible text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from atomization import explanations, presentation
from atomization.validator import WEIGHTS

register = template.Library()

NOTHING = "\N{EN DASH}"

# Shape first, colour second: the marks differ for people who see no colours.
_MARKS = {
    "accepted": ("✓", "good"),
    "approved": ("✓", "good"),
    "edited": ("✎", "good"),
    "met": ("✓", "good"),
    "passed": ("✓", "good"),
    "completed": ("✓", "good"),
    "failed": ("✕", "bad"),
    "rejected": ("✕", "bad"),
    "not_met": ("✕", "bad"),
    "no_answer": ("✕", "bad"),
    "cancelled": ("✕", "bad"),
    "warning": ("▲", "warn"),
    "paused": ("‖", "warn"),
    "blocked": ("▲", "warn"),
    "in_review": ("◆", "warn"),
    "waiting": ("◆", "warn"),
    "regenerating": ("↻", "busy"),
    "generating": ("↻", "busy"),
    "answered": ("◐", "busy"),
    "running": ("↻", "busy"),
    "ready": ("○", "idle"),
    "pending": ("·", "idle"),
    "not_run": (NOTHING, "idle"),
    "abandoned": (NOTHING, "idle"),
    "superseded": (NOTHING, "idle"),
}


@register.simple_tag
def mark(state: str, label: str = "") -> SafeString:
    """Show a state as a shape in its colour, followed by its name (or `label`)."""
    shape, tone = _MARKS.get(state, ("↻", "busy"))
    return format_html(
        '<span class="mark {}"><span aria-hidden="true">{}</span> {}</span>',
        tone,
        shape,
        _lower_first(label or state.replace("_", " ")),
    )


def _lower_first(label: object) -> str:
    text = str(label)
    return text[:1].lower() + text[1:]


@register.simple_tag
def sign(state: str) -> SafeString:
    """Show a state as its shape alone; its name is there for screen readers and on hovering."""
    shape, tone = _MARKS.get(state, ("↻", "busy"))
    name = state.replace("_", " ")
    return format_html(
        '<span class="mark {}" role="img" aria-label="{}" title="{}">{}</span>',
        tone,
        name,
        name,
        shape,
    )


@register.filter
def visible(value: object) -> str:
    """Name every hidden, reordering or unshowable character of a text."""
    return presentation.visible(str(value if value is not None else ""))


@register.filter
def money(value: Decimal | float | None) -> str:
    """Show dollars: cents for sums, more digits for small amounts."""
    if value is None:
        return NOTHING
    amount = Decimal(value)
    return f"${amount:,.2f}" if amount == 0 or amount >= 1 else f"${amount:,.4f}"


@register.filter
def share(value: float | None) -> str:
    """Show a share between 0 and 1 as a percentage."""
    return NOTHING if value is None else f"{value:.0%}"


@register.filter
def decimals(value: float | None) -> str:
    """Show a number between 0 and 1 with two digits."""
    return NOTHING if value is None else f"{value:.2f}"


@register.filter
def thousands(value: float | None) -> str:
    """Show a number with separators."""
    return NOTHING if value is None else f"{value:,.0f}"


@register.filter
def seconds(value: float | None) -> str:
    """Show a stretch of time that is given in seconds."""
    if value is None:
        return NOTHING
    if value < 90:
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02} s" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


@register.filter
def plain_json(value: Any) -> str:
    """Show JSON data as indented text with hidden characters named."""
    return presentation.visible(json.dumps(value, indent=2, ensure_ascii=False, default=str))


@register.filter
def highlighted(text: str, language: str) -> list[SafeString]:
    """Return the highlighted lines of a text."""
    return presentation.code_lines(str(text or ""), language)


register.filter("flow_rows", explanations.flow_rows)
register.filter("told_parameters", explanations.parameters)
register.filter("told_result", explanations.returned)
register.filter("holes", explanations.holes)
register.filter("resolved_items", explanations.resolved)
register.filter("unmet", explanations.unmet)
register.filter("met", explanations.met)


@register.filter
def atom_score(criteria: list[dict[str, Any]]) -> float:
    """Return the weighted score of an atom's criteria, 0 to 1."""
    return float(sum(WEIGHTS.get(item["name"], 0) * item["score"] for item in criteria))
