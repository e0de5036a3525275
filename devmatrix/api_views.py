"""Addresses of the API that belong to no app: its documentation, and whatever is not there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

# Swagger UI from the package's own files, its start script from this address: no inline script.
documentation = login_required(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/docs.html")
)


class NothingHere(APIView):
    """Answers in JSON, and only to those who may ask, where Django would show its 404 page."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse strangers, then say that there is nothing, whatever the method."""
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address; /api/v2/docs/ lists what there is.")
