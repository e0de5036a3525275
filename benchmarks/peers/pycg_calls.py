"""PyCG's call graph of a directory: DIRECTORY FILE… → its JSON on standard output.

The released wheel holds the package under the name ``PyCG`` and imports itself as ``pycg``, which
only a file system that ignores case forgives; so it is given its second name first. It also takes
``importlib.util`` for imported, as it is under most programs.
"""

from __future__ import annotations

import importlib.util  # noqa: F401
import json
import sys
from pathlib import Path

import PyCG

sys.modules["pycg"] = PyCG
from pycg.pycg import CallGraphGenerator  # noqa: E402
from pycg.utils.constants import CALL_GRAPH_OP  # noqa: E402

sys.setrecursionlimit(20_000)
directory, *files = (str(Path(path).absolute()) for path in sys.argv[1:])
generator = CallGraphGenerator(files, directory, -1, CALL_GRAPH_OP)
generator.analyze()
graph = generator.output()
json.dump({caller: sorted(callees) for caller, callees in graph.items()}, sys.stdout)
