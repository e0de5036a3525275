"""A text column that holds any source file, NUL and undecodable bytes included."""

import re
from typing import TYPE_CHECKING, Any

from django.db import models

ESCAPE = "\U0010fffd"
_UNSTORABLE = re.compile(f"[\x00\ud800-\udfff{ESCAPE}]")
_ESCAPED = re.compile(f"{ESCAPE}(.)", re.DOTALL)
_OFFSET = 0x100000


def to_storable(text: str) -> str:
    """Return `text` with NUL and lone surrogates replaced by private-use characters."""
    return _UNSTORABLE.sub(lambda m: ESCAPE + chr(_OFFSET + (ord(m[0]) & 0xFFFF)), text)


def from_storable(text: str) -> str:
    """Invert `to_storable`."""

    def original(match: re.Match[str]) -> str:
        code = ord(match[1]) - _OFFSET
        return ESCAPE if code == ord(ESCAPE) & 0xFFFF else chr(code)

    return _ESCAPED.sub(original, text)


if TYPE_CHECKING:
    Base = models.TextField[str, str]
else:  # Django's fields cannot be subscripted while they run
    Base = models.TextField


class SourceTextField(Base):
    """Text decoded as UTF-8 with `surrogateescape`; PostgreSQL refuses such text as it is."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return to_storable(value) if isinstance(value, str) else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return from_storable(value) if isinstance(value, str) else value
