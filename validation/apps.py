"""Registers the Validation app."""

from django.apps import AppConfig


class ValidationConfig(AppConfig):
    """Four levels of checks, each with evidence."""

    name = "validation"
    label = "validation"
    verbose_name = "Validation"
