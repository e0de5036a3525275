"""Reading request bodies with a bound on their size.

Django's own bound does not hold here: it guards forms, while a JSON body is read as a stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import JSONParser

from devmatrix.api_errors import TooLarge

# A megabyte of source code may grow sixfold as JSON, each character written as an escape.
MAX_BODY_BYTES = 6_100_000


class BoundedJSONParser(JSONParser):
    """JSON up to MAX_BODY_BYTES; anything larger is refused before it is read."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Parse the body; raise TooLarge, or ParseError where it is no JSON."""
        request = (parser_context or {}).get("request")
        length = int(request.META.get("CONTENT_LENGTH") or 0) if request is not None else 0
        if length > MAX_BODY_BYTES:
            raise TooLarge(
                f"The body has {length:,} bytes and this API takes {MAX_BODY_BYTES:,}; "
                "send less at a time."
            )
        parsed: dict[str, Any] = super().parse(stream, media_type, parser_context)
        return parsed
