"""pyan's call graph of a directory: DIRECTORY FILE… → its JSON on standard output.

Its edges are uses: of a function, and of what a name may be. A used class is written as the class;
who reads the graph knows its ``__init__``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyan.analyzer import CallGraphVisitor
from pyan.node import Flavor

_SHOWN = {
    Flavor.MODULE,
    Flavor.CLASS,
    Flavor.FUNCTION,
    Flavor.METHOD,
    Flavor.STATICMETHOD,
    Flavor.CLASSMETHOD,
}

sys.setrecursionlimit(20_000)
root = Path(sys.argv[1]).absolute()
visitor = CallGraphVisitor([str(root / path) for path in sys.argv[2:]], root=str(root))
graph = {
    user.get_name(): sorted(
        used.get_name() for used in uses if used.flavor in _SHOWN - {Flavor.MODULE}
    )
    for user, uses in visitor.uses_edges.items()
    if user.flavor in _SHOWN
}
json.dump(graph, sys.stdout)
