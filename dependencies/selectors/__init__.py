"""Reading graphs: windows of them, the neighbours of an atom, why an edge is there, what an edit
would invalidate."""

from dependencies.selectors.graphs import (
    CycleRow,
    current_graph,
    cycle_rows,
    edges_by_kind,
    needed_at_import,
)
from dependencies.selectors.impact import Impact, impact_of_change, impact_of_code
from dependencies.selectors.neighbours import End, Neighbour, closure_of, links_of
from dependencies.selectors.windows import (
    MAX_WINDOW,
    AtomRow,
    Window,
    atoms_in,
    edges_in,
    lanes_of,
    place_of,
)

__all__ = [
    "MAX_WINDOW",
    "AtomRow",
    "CycleRow",
    "End",
    "Impact",
    "Neighbour",
    "Window",
    "atoms_in",
    "closure_of",
    "current_graph",
    "cycle_rows",
    "edges_by_kind",
    "edges_in",
    "impact_of_change",
    "impact_of_code",
    "lanes_of",
    "links_of",
    "needed_at_import",
    "place_of",
]
