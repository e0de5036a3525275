"""Registers the Dependencies app."""

from django.apps import AppConfig


class DependenciesConfig(AppConfig):
    """Which atom needs which, and in what order they can be made."""

    name = "dependencies"
    label = "dependencies"
    verbose_name = "Dependencies"
