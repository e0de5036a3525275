"""Permissions that several apps' APIs ask for."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class MayDecide(BasePermission):
    """Lets through whoever may change review items."""

    message = "Deciding on atoms needs the permission review.change_humanreviewqueue."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.has_perm("review.change_humanreviewqueue"))
