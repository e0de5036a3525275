"""Registers the Atomization app."""

from django.apps import AppConfig


class AtomizationConfig(AppConfig):
    """Source files as ordered atoms."""

    name = "atomization"
    label = "atomization"
    verbose_name = "Atomization"
