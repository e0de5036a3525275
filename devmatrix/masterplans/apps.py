"""Registers the Masterplans app."""

from django.apps import AppConfig


class MasterplansConfig(AppConfig):
    """From a specification to a plan of tasks."""

    name = "devmatrix.masterplans"
    label = "masterplans"
    verbose_name = "Masterplans"
