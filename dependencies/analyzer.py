"""Which atom needs which: typed edges from names, calls and flows, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from atomization.project import ProjectFile
from dependencies.edges import Analysis, Edge, EdgeKind, Problem
from dependencies.project import Project

__all__ = ["Analysis", "Edge", "EdgeKind", "Problem", "analyze", "analyze_project"]


def analyze(files: Sequence[ProjectFile]) -> list[Edge]:
    """Find the edges between all atoms of a project, in the order of files and slots.

    At most one edge of a kind stands between two atoms; a hard one wins over a contract one.
    Never raises for what stands in a source; ``analyze_project`` also tells what was not read.
    """
    return list(analyze_project(files).edges)


def analyze_project(
    files: Sequence[ProjectFile], *, configs: Mapping[str, bytes] | None = None
) -> Analysis:
    """Find the edges of a project, and the places that could not be analyzed.

    ``configs`` are the files of the project that say where modules of scripts are.
    """
    project = Project(files, configs=configs)
    return Analysis(project.edges, project.problems)
