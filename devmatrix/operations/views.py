"""Answers for load balancers and supervisors: is the process alive, can it serve."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from devmatrix.operations.selectors import readiness


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Say that this process answers; touches nothing, so that a slow database kills no process."""
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: 200 with the details, or 503 with what is missing."""
    state = readiness(timezone.now())
    return JsonResponse(state.to_json(), status=200 if state.ready else 503)
