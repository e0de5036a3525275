"""Registers the Accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who may sign in."""

    name = "devmatrix.accounts"
    label = "accounts"
    verbose_name = "Accounts"
