"""Registers the Execution app."""

from django.apps import AppConfig


class ExecutionConfig(AppConfig):
    """Attempts: the engine that fills atoms."""

    name = "execution"
    label = "execution"
    verbose_name = "Execution"
