"""People and programs that sign in."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from devmatrix.accounts.models import User


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """Django's own administration of users, which works with UUID keys as it is."""

    show_full_result_count = False
