"""Registers the Review app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """The atoms that a person decides on."""

    name = "review"
    label = "review"
    verbose_name = "Review"
