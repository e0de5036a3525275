"""Flows between the slots of a TypeScript or JavaScript file."""

from __future__ import annotations

from atomization.flow.script import contexts_of
from atomization.project import ProjectFile
from atomization.reading import read
from dependencies.def_use.flows import Flows
from dependencies.def_use.graphs import graph_flows


def script_flows(file: ProjectFile, source: bytes, flows: Flows) -> None:
    """Add what flows between the slots of each function and of the module."""
    for context in contexts_of(read(source, file.language), file.slots):
        if context.graph is not None:
            graph_flows(file, context.graph, flows, module=context.module)
