"""Waves respect every ordering edge, keep cycles together, and come out the same each time."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependencies.graph import build_graph, critical_path, levels
from dependencies.wave_generator import Policy, generate_waves


@dataclass(frozen=True, slots=True)
class Arc:
    dependent: str
    dependency: str
    hard: bool = True


NODES = [f"n{number}" for number in range(12)]
ARCS = st.lists(
    st.builds(Arc, st.sampled_from(NODES), st.sampled_from(NODES), st.booleans()), max_size=40
)


def wave_of(plan_waves: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    return {node: number for number, wave in enumerate(plan_waves) for node in wave}


@given(ARCS, st.sampled_from(Policy), st.none() | st.integers(1, 5))
def test_every_node_stands_once_and_after_what_orders_it(
    arcs: list[Arc], policy: Policy, width: int | None
) -> None:
    plan = generate_waves(NODES, arcs, policy=policy, max_width=width)
    assert sorted(node for wave in plan.waves for node in wave) == sorted(NODES)
    place = wave_of(plan.waves)
    together = [set(cycle) for cycle in plan.cycles]
    for arc in arcs:
        if policy is Policy.CONTRACT and not arc.hard:
            continue
        if any({arc.dependent, arc.dependency} <= cycle for cycle in together):
            assert place[arc.dependent] == place[arc.dependency]
        elif arc.dependent != arc.dependency:
            assert place[arc.dependent] > place[arc.dependency]


@given(ARCS, st.randoms(use_true_random=False))
def test_the_order_of_edges_changes_nothing(arcs: list[Arc], random_: random.Random) -> None:
    shuffled = arcs.copy()
    random_.shuffle(shuffled)
    assert generate_waves(NODES, arcs, policy=Policy.STRICT) == generate_waves(
        NODES, shuffled, policy=Policy.STRICT
    )


@given(ARCS)
def test_the_critical_path_is_as_long_as_there_are_levels_and_follows_edges(
    arcs: list[Arc],
) -> None:
    graph = build_graph(NODES, arcs)
    path = critical_path(graph)
    assert len(path) == 1 + max(levels(graph).values())
    assert [levels(graph)[node] for node in path] == list(range(len(path)))


def test_contract_edges_order_nothing_under_the_contract_policy() -> None:
    arcs = [Arc("b", "a", hard=False), Arc("c", "b", hard=True)]
    contract = generate_waves("abc", arcs, policy=Policy.CONTRACT)
    strict = generate_waves("abc", arcs, policy=Policy.STRICT)
    assert contract.waves == (("a", "b"), ("c",))
    assert strict.waves == (("a",), ("b",), ("c",))


def test_a_cycle_is_reported_and_shares_a_wave_however_narrow() -> None:
    arcs = [Arc("a", "b"), Arc("b", "a"), Arc("c", "a")]
    plan = generate_waves("abc", arcs, policy=Policy.STRICT, max_width=1)
    assert plan.cycles == (("a", "b"),)
    assert plan.waves == (("a", "b"), ("c",))


def test_a_width_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one atom"):
        generate_waves("a", [], policy=Policy.STRICT, max_width=0)
