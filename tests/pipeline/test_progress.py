"""What a person at a terminal is told once a project is through."""

from __future__ import annotations

import pytest

from dependencies.services import build_graph
from devmatrix.pipeline.progress import graph_lines, summary
from tests.factories import make_file, make_masterplan

pytestmark = pytest.mark.django_db


def test_dependencies_and_what_was_not_analyzed_are_told() -> None:
    plan = make_masterplan()
    make_file(plan, "a.py", "def f():\n    return 1\n\n\nX = f()\n")
    build_graph(masterplan=plan)
    (line,) = graph_lines(plan)
    assert line == "1 dependency, 1 hard; the longest chain has 2 atoms"
    make_file(plan, "b.py", "def f(:\n")
    build_graph(masterplan=plan)
    (line,) = graph_lines(plan)
    assert line.endswith("; 1 place not analyzed, see the page of the graph")
    assert line in summary(plan, 1.0)


def test_without_a_graph_nothing_is_told() -> None:
    assert graph_lines(make_masterplan()) == []
