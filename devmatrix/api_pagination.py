"""How long lists are handed out: 50 at a time, 500 at most."""

from rest_framework.pagination import LimitOffsetPagination


class BoundedPagination(LimitOffsetPagination):
    """`?limit=` and `?offset=`; a limit above the bound is lowered to it."""

    default_limit = 50
    max_limit = 500
