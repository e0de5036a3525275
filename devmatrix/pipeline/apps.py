"""Registers the Pipeline app."""

from django.apps import AppConfig


class PipelineConfig(AppConfig):
    """The one way through all phases."""

    name = "devmatrix.pipeline"
    label = "pipeline"
    verbose_name = "Pipeline"
