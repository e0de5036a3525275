"""How long an analysis takes, phase by phase, in seconds of CPU of one process."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TypeVar

from atomization.collector import collector_paused
from atomization.decomposer import decompose
from atomization.parser import language_of
from atomization.project import ProjectFile
from benchmarks.calls.tools import ours
from dependencies.analyzer import analyze_project

Result = TypeVar("Result")

SKIPPED = frozenset({".git", ".venv", "__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase: its seconds of CPU, and the peak of memory (MB) when it was over."""

    name: str
    seconds: float
    peak: float


@dataclass(frozen=True, slots=True)
class Timing:
    """An analysis of a directory: what was read, the phases, and what came out."""

    files: int
    lines: int
    atoms: int
    edges: dict[str, int]
    problems: int
    phases: tuple[Phase, ...]

    @property
    def seconds(self) -> float:
        """All phases together."""
        return sum(phase.seconds for phase in self.phases)


def time_edges(directory: Path) -> Timing:
    """Read a directory, find all kinds of edges between its atoms, and time both."""
    phases: list[Phase] = []
    with collector_paused():
        files = _timed(phases, "read and decompose", lambda: list(_files(directory)))
        analysis = _timed(phases, "find edges of all kinds", lambda: analyze_project(files))
    kinds: dict[str, int] = {}
    for edge in analysis.edges:
        kinds[str(edge.kind)] = kinds.get(str(edge.kind), 0) + 1
    return Timing(
        len(files),
        sum(file.text.count("\n") for file in files),
        sum(len(file.slots) for file in files),
        kinds,
        len(analysis.problems),
        tuple(phases),
    )


def time_calls(directory: Path) -> tuple[Phase, int]:
    """Time the graph of Python's calls alone, from the sources on; gives its edges too."""
    phases: list[Phase] = []
    graph = _timed(phases, "call graph alone", lambda: ours(directory))
    return phases[0], sum(len(list(callees)) for callees in graph.values())


def _files(directory: Path) -> Iterator[ProjectFile]:
    for path in sorted(directory.resolve().rglob("*")):
        language = language_of(path.name)
        below = path.relative_to(directory.resolve())
        if language is not None and path.is_file() and SKIPPED.isdisjoint(below.parts):
            slots = tuple(decompose(path.read_bytes(), language))
            yield ProjectFile(below.as_posix(), language, slots)


def _timed(phases: list[Phase], name: str, work: Callable[[], Result]) -> Result:
    started = process_time()
    result = work()
    seconds = process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    phases.append(Phase(name, seconds, peak))
    return result
