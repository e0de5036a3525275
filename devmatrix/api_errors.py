"""How the API says no: every error is JSON with one sentence in `detail`.

Refused input also names the offending fields under `fields`. This module is framework glue that
every app's api.py may use; it imports none of them.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

Row = TypeVar("Row", bound=Model)


class Conflict(APIException):
    """The request was right when it was written, but the thing has moved on since (409)."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The item was changed in the meantime; read it again and repeat."
    default_code = "conflict"


class TooLarge(APIException):
    """The body is larger than the server takes (413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class Unavailable(APIException):
    """A part that the request needs is missing on this machine (503)."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"


def find(rows: QuerySet[Row], key: object) -> Row:
    """Return the row with this primary key; raise NotFound naming what there is none of."""
    try:
        return rows.get(pk=key)
    except (ObjectDoesNotExist, DjangoValidationError, ValueError, TypeError):
        name = rows.model._meta.verbose_name
        raise NotFound(f"There is no {name} with the id {key}.") from None


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of a view into its answer; `EXCEPTION_HANDLER` of the settings."""
    if isinstance(error, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        error = TooLarge(f"The body is larger than the {limit:,} bytes that are taken at once.")
    response = exception_handler(error, context)
    if response is not None and isinstance(error, ValidationError):
        response.data = {"detail": _sentence(error.detail), "fields": error.detail}
    return response


def _sentence(detail: Any, field: str = "") -> str:
    """Return the first complaint of a validation error, led by the name of its field."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        named = name if name != "non_field_errors" else ""
        return _sentence(inner, f"{field}.{named}" if field and named else named or field)
    if isinstance(detail, list):
        return _sentence(next((item for item in detail if item), ""), field)
    return f"{field}: {detail}" if field else str(detail)
