"""Graphs over HTTP: figures, waves, windows and pictures, and what stands around an atom."""

from dependencies.api.atoms import DependantsView, DependenciesView, EdgeView, ImpactView
from dependencies.api.graphs import CyclesView, GraphsView, GraphView, VisualizeView, WavesView
from dependencies.api.serializers import BOUNDARIES, CHANGES, EFFECTS, KINDS, STALE

__all__ = [
    "BOUNDARIES",
    "CHANGES",
    "EFFECTS",
    "KINDS",
    "STALE",
    "CyclesView",
    "DependantsView",
    "DependenciesView",
    "EdgeView",
    "GraphView",
    "GraphsView",
    "ImpactView",
    "VisualizeView",
    "WavesView",
]
