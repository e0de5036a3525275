"""Registers the Operations app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Health and proof of life of the running installation."""

    name = "devmatrix.operations"
    label = "operations"
    verbose_name = "Operations"
