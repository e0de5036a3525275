"""Which part of a long answer is asked for, and where the next one is.

A list of atoms is handed out in windows of `limit` from `offset` on, 10,000 at most. Where there is
more, the header `Link` names the next window and the one before (RFC 8288), and `X-Total-Count`
how many atoms there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from dependencies.selectors import MAX_WINDOW, Window

PARAMETERS = [
    OpenApiParameter(
        "limit", int, description=f"atoms at once, {MAX_WINDOW:,} unless told and at most"
    ),
    OpenApiParameter("offset", int, description="atoms to pass over, 0 unless told"),
]


def window_of(request: Request) -> Window:
    """Read the window that a request asks for; raises ValidationError for what is none."""
    limit = whole_number(request, "limit", least=1, default=MAX_WINDOW)
    return Window(whole_number(request, "offset", least=0, default=0), min(limit, MAX_WINDOW))


def whole_number(request: Request, name: str, *, least: int, default: int) -> int:
    """Read a number of a query; raises ValidationError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10) or int(text) < least:
        raise ValidationError({name: f"It is {text[:40]!r} and must be a number from {least} up."})
    return int(text)


@dataclass(frozen=True, slots=True)
class Neighbouring:
    """The addresses of the windows around one."""

    next: str | None
    previous: str | None
    count: int

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers that name them."""
        links = [
            f'<{address}>; rel="{name}"'
            for name, address in (("next", self.next), ("prev", self.previous))
            if address
        ]
        return {"X-Total-Count": str(self.count)} | ({"Link": ", ".join(links)} if links else {})


def around(request: Request, window: Window, count: int) -> Neighbouring:
    """Name the windows before and behind one of `count` atoms."""
    here = request.build_absolute_uri()
    address = replace_query_param(here, "limit", window.limit)
    following = window.offset + window.limit
    before = max(0, window.offset - window.limit)
    return Neighbouring(
        replace_query_param(address, "offset", following) if following < count else None,
        replace_query_param(address, "offset", before) if window.offset else None,
        count,
    )
