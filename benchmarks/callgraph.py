"""Call graphs against the truth: ``python benchmarks/callgraph.py COMMAND …``.

``snippets DIR``: PyCG's micro-benchmark, or anything in its layout; pooled precision and recall,
exact snippets, a table of categories, and the wrong edges with ``--diff``.
``score DIR TRUTH.json``: one directory against one graph.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.calls.graphs import (  # noqa: E402
    Edges,
    Score,
    compare,
    differences,
    edges_of,
    load,
    snippets_of,
)
from benchmarks.calls.tools import TOOLS, ToolError  # noqa: E402


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 when there was nothing to measure."""
    options = _parser().parse_args(argv)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    snippets = commands.add_parser("snippets", help="a directory in the micro-benchmark's layout")
    snippets.add_argument("directory", type=Path, metavar="DIR")
    snippets.set_defaults(run=run_snippets)
    score = commands.add_parser("score", help="one directory and its graph")
    score.add_argument("directory", type=Path, metavar="DIR")
    score.add_argument("truth", type=Path, metavar="TRUTH.json")
    score.set_defaults(run=run_score)
    for command in (snippets, score):
        command.add_argument("--tool", choices=TOOLS, default="ours")
        command.add_argument("--diff", action="store_true", help="print the wrong edges")
        command.add_argument(
            "--ours",
            type=Path,
            metavar="FILE",
            help="score this file instead: a graph, or for snippets an object of graphs by name",
        )
    return parser


def run_snippets(options: argparse.Namespace) -> int:
    """Score a tool on every snippet below a directory."""
    snippets = list(snippets_of(options.directory))
    if not snippets:
        print(f"{options.directory}: no callgraph.json below it", file=sys.stderr)
        return 1
    given = json.loads(options.ours.read_text("utf-8")) if options.ours else None
    scores: dict[str, list[Score]] = defaultdict(list)
    exact: dict[str, int] = defaultdict(int)
    for snippet in snippets:
        if given is not None:
            edges: Edges = edges_of(given.get(snippet.name, {}))
        else:
            edges = _edges(options.tool, snippet.directory)
        scores[snippet.category].append(compare(edges, snippet.truth))
        exact[snippet.category] += edges == snippet.truth
        if options.diff and edges != snippet.truth:
            print(snippet.name)
            for line in differences(edges, snippet.truth):
                print(f"    {line}")
    for category, found in scores.items():
        _print(category, found, exact[category])
    _print("all", [score for found in scores.values() for score in found], sum(exact.values()))
    return 0


def _print(name: str, scores: list[Score], exact: int) -> None:
    print(f"{name:<20}{exact:>4}/{len(scores):<4} exact  {sum(scores, Score())}")


def _edges(tool: str, directory: Path) -> Edges:
    try:
        return edges_of(TOOLS[tool](directory))
    except ToolError as error:
        print(f"{directory}: {error}", file=sys.stderr)
        return frozenset()


def run_score(options: argparse.Namespace) -> int:
    """Score a tool on one directory."""
    truth = edges_of(load(options.truth))
    edges = (
        edges_of(load(options.ours)) if options.ours else _edges(options.tool, options.directory)
    )
    if options.diff:
        for line in differences(edges, truth):
            print(line)
    print(compare(edges, truth))
    return 0


if __name__ == "__main__":
    sys.exit(main())
