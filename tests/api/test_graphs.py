"""A graph is told as figures, waves, nodes and edges, and as a picture."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from rest_framework.test import APIClient

from atomization.models import AtomicUnit
from dependencies.models import DependencyGraph
from tests.factories import make_atom, make_edge, make_graph, make_masterplan

pytestmark = pytest.mark.django_db


def three_waves(width: int = 1) -> tuple[DependencyGraph, list[list[AtomicUnit]]]:
    """Make a graph of three waves; each atom needs its neighbour in the wave before."""
    plan = make_masterplan()
    waves = [[make_atom(plan) for _ in range(width)] for _ in range(3)]
    edges = [
        pair
        for below, above in zip(waves[1:], waves, strict=False)
        for pair in zip(below, above, strict=True)
    ]
    return make_graph(plan, waves, edges), waves


def key(atom: AtomicUnit) -> str:
    return f"{atom.source_file.path}::{atom.name}"


def test_a_graph_is_told_in_figures(api: APIClient, django_assert_num_queries: Any) -> None:
    graph, waves = three_waves()
    make_edge(graph, waves[2][0], waves[0][0], kind="type", is_hard=False)

    with django_assert_num_queries(2):
        told = api.get(f"/api/v2/graphs/{graph.pk}").json()
    assert (told["node_count"], told["wave_count"]) == (3, 3)
    assert told["edges_by_kind"] == {"function_call": 2, "type": 1}
    assert told["is_current"] is True


@pytest.mark.parametrize("width", [1, 9])
def test_waves_are_told_with_their_atoms_in_three_queries(
    api: APIClient, django_assert_num_queries: Any, width: int
) -> None:
    graph, waves = three_waves(width)

    with django_assert_num_queries(3):
        told = api.get(f"/api/v2/graphs/{graph.pk}/waves").json()
    assert [wave["number"] for wave in told] == [1, 2, 3]
    assert [{atom["key"] for atom in wave["atoms"]} for wave in told] == [
        {key(atom) for atom in wave} for wave in waves
    ]


def test_a_graph_that_was_replaced_does_not_claim_todays_atoms(api: APIClient) -> None:
    graph, _ = three_waves()
    DependencyGraph.objects.update(is_current=False)

    told = api.get(f"/api/v2/graphs/{graph.pk}/waves").json()
    assert [wave["atoms"] for wave in told] == [None, None, None]
    assert api.get(f"/api/v2/graphs/{graph.pk}/visualize").status_code == 409


@pytest.mark.parametrize("width", [1, 9])
def test_a_drawing_gets_nodes_edges_and_waves_in_three_queries(
    api: APIClient, django_assert_num_queries: Any, width: int
) -> None:
    graph, waves = three_waves(width)

    with django_assert_num_queries(3):
        told = api.get(f"/api/v2/graphs/{graph.pk}/visualize").json()
    ids = {str(atom.pk): key(atom) for wave in waves for atom in wave}
    assert {node["id"]: node["key"] for node in told["nodes"]} == ids
    assert {(edge["dependent"], edge["dependency"]) for edge in told["edges"]} == {
        (str(below.pk), str(above.pk))
        for lower, upper in ((waves[1], waves[0]), (waves[2], waves[1]))
        for below, above in zip(lower, upper, strict=True)
    }
    assert [len(lane["atoms"]) for lane in told["waves"]] == [width] * 3


def test_the_picture_shows_every_atom_and_the_edges_of_the_chosen_one(api: APIClient) -> None:
    graph, waves = three_waves()
    middle = waves[1][0]

    answer = api.get(f"/api/v2/graphs/{graph.pk}/visualize", {"as": "svg", "atom": middle.pk})
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    root = ElementTree.fromstring(answer.content)
    svg = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{svg}g/{svg}path")) == 3
    assert len(root.findall(f"{svg}path")) == 2


def test_a_hostile_path_stays_text_in_the_picture(api: APIClient) -> None:
    plan = make_masterplan()
    atom = make_atom(plan, path='"><script>alert(1)</script>&.py')
    graph = make_graph(plan, [[atom]])

    answer = api.get(f"/api/v2/graphs/{graph.pk}/visualize", {"as": "svg"})
    assert b"<script" not in answer.content
    assert "<script>" in "".join(ElementTree.fromstring(answer.content).itertext())


def test_an_atom_of_another_project_is_not_drawn(api: APIClient) -> None:
    graph, _ = three_waves()

    answer = api.get(
        f"/api/v2/graphs/{graph.pk}/visualize", {"as": "svg", "atom": str(make_atom().pk)}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("query", [{"as": "png"}, {"as": ""}])
def test_another_form_is_refused(api: APIClient, query: dict[str, str]) -> None:
    graph, _ = three_waves()

    answer = api.get(f"/api/v2/graphs/{graph.pk}/visualize", query)
    assert answer.status_code == 400
    assert "json or svg" in answer.json()["detail"]
