"""Yes and no in the query of a request."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


def flag(request: Request, name: str) -> bool | None:
    """Read a yes or no; None where it is not asked. Raises ValidationError."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if text.lower() not in {"true", "false", "1", "0"}:
        raise ValidationError({name: f"It is {text[:40]!r} and must be true or false."})
    return text.lower() in {"true", "1"}
