"""Print beniget's def-use pairs of files as JSON: run by beniget's own interpreter.

Usage: beniget_pairs.py FILE … prints {path: [[name, definition line, column, use line, column]]}
(-1 for the column of what has none) and the seconds of CPU that it took, without reading files.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path

import beniget
import gast

sys.setrecursionlimit(20_000)


def pairs_of(source: str) -> list[list[object]]:
    """Give beniget's pairs of one source."""
    tree = gast.parse(source)
    chains = beniget.DefUseChains()
    chains.visit(tree)
    handlers = {
        id(node.name): node for node in gast.walk(tree) if isinstance(node, gast.ExceptHandler)
    }
    found = []
    for definition in chains.chains.values():
        node = handlers.get(id(definition.node), definition.node)
        if not hasattr(node, "lineno"):
            continue
        for use in definition.users():
            target = use.node
            if isinstance(target, gast.Name):
                found.append(
                    [target.id, node.lineno, node.col_offset, target.lineno, target.col_offset]
                )
    return found


def main() -> None:
    """Read files and print their pairs."""
    answer, seconds = {}, 0.0
    for path in sys.stdin.read().splitlines():
        try:
            source = Path(path).read_text(encoding="utf-8")
            begun = time.process_time()
            with contextlib.redirect_stdout(io.StringIO()):
                answer[path] = pairs_of(source)
            seconds += time.process_time() - begun
        except Exception as error:
            print(f"{path}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
    json.dump({"pairs": answer, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
