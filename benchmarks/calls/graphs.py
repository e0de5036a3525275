"""Call graphs in PyCG's JSON shape, how two of them compare, and PyCG's layout of snippets.

A graph is an object of callers, each with the list of its callees, all named by dotted names
relative to a directory. What is compared is the set of its edges: a function that calls nothing
may be listed or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Graph = Mapping[str, Iterable[str]]
Edges = frozenset[tuple[str, str]]

TRUTH: Final = "callgraph.json"


def edges_of(graph: Graph) -> Edges:
    """Give the set of (caller, callee)."""
    return frozenset((caller, callee) for caller, callees in graph.items() for callee in callees)


def load(path: Path) -> dict[str, list[str]]:
    """Read a graph; raises OSError, ValueError."""
    graph = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(graph, dict):
        raise ValueError(f"{path} is no call graph: an object of callers was expected")
    return graph


def inside(edges: Edges, modules: Iterable[str]) -> Edges:
    """Keep the edges between functions of these modules: no builtins, nothing outside."""
    tops = {module.partition(".")[0] for module in modules}
    return frozenset(edge for edge in edges if all(name.partition(".")[0] in tops for name in edge))


@dataclass(frozen=True, slots=True)
class Score:
    """How many edges are right, predicted and true; adds up over graphs."""

    right: int = 0
    predicted: int = 0
    true: int = 0

    def __add__(self, other: Score) -> Score:
        """Pool the edges of two comparisons."""
        return Score(
            self.right + other.right, self.predicted + other.predicted, self.true + other.true
        )

    @property
    def precision(self) -> float:
        """The share of predicted edges that are true."""
        return self.right / self.predicted if self.predicted else 1.0

    @property
    def recall(self) -> float:
        """The share of true edges that are predicted."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        """Show both, and the counts they come from."""
        return (
            f"precision {self.precision:.4f} ({self.right}/{self.predicted})  "
            f"recall {self.recall:.4f} ({self.right}/{self.true})  F1 {self.f1:.4f}"
        )


def compare(ours: Edges, truth: Edges) -> Score:
    """Score one graph against its truth."""
    return Score(len(ours & truth), len(ours), len(truth))


@dataclass(frozen=True, slots=True)
class Snippet:
    """One directory of PyCG's micro-benchmark: its sources and the edges that a person wrote."""

    name: str
    category: str
    directory: Path
    truth: Edges


def snippets_of(root: Path) -> Iterator[Snippet]:
    """Find the directories with a ``callgraph.json`` in the order of their paths.

    The category is the first folder below ROOT. Raises ValueError for a truth that is no graph.
    """
    for path in sorted(root.rglob(TRUTH)):
        name = path.parent.relative_to(root).as_posix()
        yield Snippet(name, name.partition("/")[0], path.parent, edges_of(load(path)))


def differences(ours: Edges, truth: Edges) -> Iterator[str]:
    """Tell the false edges (+) and the missing ones (-), sorted."""
    for sign, edges in (("+", ours - truth), ("-", truth - ours)):
        for caller, callee in sorted(edges):
            yield f"{sign} {caller} -> {callee}"
