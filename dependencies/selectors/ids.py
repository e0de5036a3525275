"""Ids as the database writes them: a hundred thousand UUIDs take a second to be made into objects.

SQLite keeps 32 digits, PostgreSQL gives the form with hyphens; both are text that can be compared.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast


def as_text(column: str) -> Cast:
    """Read a column of ids as text."""
    return Cast(F(column), TextField())


def stored(key: UUID) -> str:
    """Write an id as `as_text` reads it."""
    return str(key) if connection.features.has_native_uuid_field else key.hex


def hyphened(text: str) -> str:
    """Write an id that was read as text in the usual form."""
    if len(text) != 32:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
