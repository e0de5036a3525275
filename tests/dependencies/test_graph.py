"""Both libraries give the same answers, the reference's answers are right, and order is stable."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dependencies.graph import (
    Engine,
    Graph,
    ancestors,
    build_graph,
    condensation,
    critical_path,
    descendants,
    find_cycles,
    from_arcs,
    levels,
    strongly_connected,
    topological_order,
    transitive_reduction,
)

NODES = tuple(f"n{number}" for number in range(14))
ARCS = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=45)
COSTS = st.lists(st.sampled_from([0.5, 1.0, 2.0, 7.0]), min_size=14, max_size=14)
ENGINES = tuple(Engine)
Arcs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Arc:
    dependent: str
    dependency: str
    hard: bool = True
    confidence: float = 0.9
    line: int = 1
    reason: str = "calls it"


def reference(arcs: Arcs) -> "nx.DiGraph[str]":
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(NODES)
    graph.add_edges_from(arc for arc in arcs if arc[0] != arc[1])
    return graph


QUESTIONS: dict[str, Callable[[Graph[str]], Any]] = {
    "edges": lambda graph: graph.edges,
    "strongly_connected": strongly_connected,
    "condensation": lambda graph: condensation(graph).graph.edges,
    "topological_order": topological_order,
    "levels": levels,
    "critical_path": critical_path,
    "transitive_reduction": lambda graph: transitive_reduction(graph).edges,
    "ancestors": lambda graph: [ancestors(graph, node) for node in graph],
    "descendants": lambda graph: [descendants(graph, node) for node in graph],
}


@pytest.mark.parametrize("question", QUESTIONS)
@settings(max_examples=60)
@given(arcs=ARCS)
def test_every_engine_gives_the_same_answer(question: str, arcs: Arcs) -> None:
    answers = [QUESTIONS[question](from_arcs(NODES, arcs, engine=engine)) for engine in ENGINES]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("question", QUESTIONS)
@settings(max_examples=25)
@given(arcs=ARCS, random_=st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_number_of_equal_arcs_changes_an_answer(
    question: str, engine: Engine, arcs: Arcs, random_: random.Random
) -> None:
    shuffled = [*arcs, *arcs[:5]]
    random_.shuffle(shuffled)
    ask = QUESTIONS[question]
    assert ask(from_arcs(NODES, arcs, engine=engine)) == ask(
        from_arcs(NODES, shuffled, engine=engine)
    )


@given(ARCS)
def test_components_are_those_of_networkx_in_the_nodes_order(arcs: Arcs) -> None:
    found = strongly_connected(from_arcs(NODES, arcs))
    assert {frozenset(group) for group in found} == {
        frozenset(group) for group in nx.strongly_connected_components(reference(arcs))
    }
    assert [group[0] for group in found] == sorted((group[0] for group in found), key=NODES.index)


@given(ARCS)
def test_a_level_is_one_above_the_highest_dependency_outside_of_the_cycle(arcs: Arcs) -> None:
    graph = from_arcs(NODES, arcs)
    level, whole = levels(graph), reference(arcs)
    for group in strongly_connected(graph):
        below = {head for tail in group for head in whole[tail]} - set(group)
        expected = 1 + max((level[node] for node in below), default=-1)
        assert {level[node] for node in group} == {expected}


@given(ARCS)
def test_the_topological_order_puts_every_dependency_first(arcs: Arcs) -> None:
    graph = from_arcs(NODES, arcs)
    order = topological_order(graph)
    place = {node: number for number, group in enumerate(order) for node in group}
    assert sorted(place) == sorted(NODES)
    for tail, head in arcs:
        together = head in order[place[tail]]
        assert together or place[head] < place[tail]


@given(ARCS, COSTS)
def test_the_critical_path_costs_the_most_that_any_chain_does(
    arcs: Arcs, costs: list[float]
) -> None:
    cost = dict(zip(NODES, costs, strict=True))
    graph = from_arcs(NODES, arcs)
    path = critical_path(graph, cost)
    weighted = nx.condensation(reference(arcs))
    for number, data in weighted.nodes(data=True):
        for above in weighted.predecessors(number):
            weighted[above][number]["weight"] = max(cost[node] for node in data["members"])
    top = max(
        (
            max(cost[node] for node in weighted.nodes[number]["members"])
            + nx.dag_longest_path_length(
                weighted.subgraph({number, *nx.descendants(weighted, number)}), weight="weight"
            )
        )
        for number in weighted
        if not weighted.in_degree(number)
    )
    assert sum(cost[node] for node in path) == top
    level = levels(graph)
    assert [level[node] for node in path] == sorted({level[node] for node in path})


def test_of_equally_long_chains_the_earliest_is_taken() -> None:
    assert critical_path(from_arcs("dcba", [("b", "a"), ("d", "c")])) == ("c", "d")


def test_without_nodes_every_answer_is_empty() -> None:
    for engine in ENGINES:
        graph = from_arcs((), [("a", "b")], engine=engine)
        assert [QUESTIONS[name](graph) for name in QUESTIONS] == [
            [],
            [],
            [],
            [],
            {},
            (),
            [],
            [],
            [],
        ]


@given(ARCS)
def test_ancestors_and_descendants_are_those_of_networkx(arcs: Arcs) -> None:
    graph, whole = from_arcs(NODES, arcs), reference(arcs)
    for node in NODES:
        assert set(descendants(graph, node)) == nx.descendants(whole, node)
        assert set(ancestors(graph, node)) == nx.ancestors(whole, node)


@given(ARCS)
def test_the_reduction_reaches_the_same_with_no_arc_too_many(arcs: Arcs) -> None:
    graph = from_arcs(NODES, arcs)
    reduced = transitive_reduction(graph)
    assert [descendants(reduced, node) for node in NODES] == [
        descendants(graph, node) for node in NODES
    ]
    expected = set(nx.transitive_reduction(nx.condensation(reference(arcs))).edges)
    assert len(condensation(reduced).graph.edges) == len(expected)


def test_a_question_about_an_unknown_node_names_it() -> None:
    with pytest.raises(KeyError, match="elsewhere"):
        ancestors(from_arcs("ab", []), "elsewhere")


def test_components_come_in_the_order_of_the_nodes() -> None:
    graph = build_graph("dcba", [Arc("a", "b"), Arc("b", "a")])
    assert strongly_connected(graph) == [("d",), ("c",), ("b", "a")]


def test_edges_to_unknown_nodes_and_loops_are_left_out() -> None:
    assert build_graph("ab", [Arc("a", "elsewhere"), Arc("a", "a")]).edges == []


def test_a_chain_of_a_hundred_thousand_needs_no_recursion() -> None:
    count = 100_000
    graph = from_arcs(range(count), ((node + 1, node) for node in range(count - 1)))
    assert levels(graph)[count - 1] == count - 1
    assert len(critical_path(graph)) == count
    ring = from_arcs(range(count), ((node, (node + 1) % count) for node in range(count)))
    assert len(strongly_connected(ring)) == 1


@given(ARCS, st.randoms(use_true_random=False))
def test_a_cycle_tells_its_edges_and_a_way_around(arcs: Arcs, random_: random.Random) -> None:
    edges = [Arc(*arc, hard=random_.random() < 0.5, line=line) for line, arc in enumerate(arcs)]
    cycles = find_cycles(NODES, edges)
    groups = strongly_connected(build_graph(NODES, edges))
    assert [cycle.members for cycle in cycles] == [group for group in groups if len(group) > 1]
    for cycle in cycles:
        members = set(cycle.members)
        assert set(cycle.edges) == {
            edge
            for edge in edges
            if edge.dependent != edge.dependency and {edge.dependent, edge.dependency} <= members
        }
        assert cycle.round[0] == cycle.look_first
        assert cycle.look_first in cycle.closing
        around = [edge.dependency for edge in cycle.round]
        assert [edge.dependent for edge in cycle.round] == [around[-1], *around[:-1]]
        assert len(set(around)) == len(around)


@given(ARCS)
def test_without_the_closing_edges_no_cycle_is_left(arcs: Arcs) -> None:
    edges = [Arc(*arc, line=line) for line, arc in enumerate(arcs)]
    closing = {edge for cycle in find_cycles(NODES, edges) for edge in cycle.closing}
    assert not find_cycles(NODES, [edge for edge in edges if edge not in closing])


def test_one_edge_that_closes_a_ring_is_found() -> None:
    ring = [Arc("b", "a"), Arc("c", "b"), Arc("d", "c"), Arc("a", "d"), Arc("c", "a")]
    (cycle,) = find_cycles("abcd", ring)
    assert cycle.look_first in cycle.closing
    assert len(cycle.closing) == 1


def test_a_contract_edge_is_looked_at_before_a_hard_one_and_a_guess_before_what_is_sure() -> None:
    forth = Arc("a", "b")
    sure, guess = Arc("b", "a", hard=False), Arc("b", "a", hard=False, confidence=0.5)
    hard = Arc("b", "a", confidence=0.1)
    (cycle,) = find_cycles("ab", [forth, hard, sure, guess])
    assert set(cycle.closing) == {hard, sure, guess}
    assert cycle.look_first == guess
