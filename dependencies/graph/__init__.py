"""The dependency graph: built once, asked by the same functions whichever library answers.

NetworkX is the reference; rustworkx and our own walks over arrays answer the same (``Engine``). All
are asked about whole numbers only; names, their order and every tie-break are decided here, so that
the results are equal and do not depend on the order of the edges.
"""

from dependencies.graph.arcs import Graph, Link, build_graph, from_arcs
from dependencies.graph.cycles import Cycle, find_cycles
from dependencies.graph.engines import Engine
from dependencies.graph.operations import (
    Condensation,
    ancestors,
    closure,
    condensation,
    critical_path,
    descendants,
    levels,
    strongly_connected,
    topological_order,
    transitive_reduction,
)

__all__ = [
    "Condensation",
    "Cycle",
    "Engine",
    "Graph",
    "Link",
    "ancestors",
    "build_graph",
    "closure",
    "condensation",
    "critical_path",
    "descendants",
    "find_cycles",
    "from_arcs",
    "levels",
    "strongly_connected",
    "topological_order",
    "transitive_reduction",
]
