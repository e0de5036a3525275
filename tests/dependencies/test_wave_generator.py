"""Waves respect every ordering edge, keep cycles together, and come out the same each time."""

import random
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependencies.graph import Engine, build_graph, critical_path, levels, strongly_connected
from dependencies.wave_generator import Boundary, BoundaryKind, Policy, generate_waves


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


COSTS = st.lists(st.sampled_from([0.5, 1.0, 3.0, 10.0]), min_size=12, max_size=12)


@given(ARCS, st.sampled_from(Policy), st.none() | st.integers(1, 5))
def test_all_engines_make_the_same_plan(arcs: list[Arc], policy: Policy, width: int | None) -> None:
    first, second, third = (
        generate_waves(NODES, arcs, policy=policy, max_width=width, engine=engine)
        for engine in Engine
    )
    assert first == second == third


@given(ARCS, st.integers(1, 12))
def test_no_wave_is_wider_than_the_width_unless_it_is_one_cycle(
    arcs: list[Arc], width: int
) -> None:
    plan = generate_waves(NODES, arcs, policy=Policy.STRICT, max_width=width)
    for wave in plan.waves:
        assert len(wave) <= width or wave in plan.cycles


@given(ARCS, st.integers(1, 12))
def test_list_scheduling_makes_no_more_waves_than_cutting_levels_would(
    arcs: list[Arc], width: int
) -> None:
    plan = generate_waves(NODES, arcs, policy=Policy.STRICT, max_width=width)
    whole = generate_waves(NODES, arcs, policy=Policy.STRICT)
    assert len(plan.waves) >= len(whole.waves)
    if not plan.cycles:
        assert len(plan.waves) <= sum(-(-len(wave) // width) for wave in whole.waves)


def test_what_a_long_chain_waits_for_is_made_first() -> None:
    nodes = ["a", "b", "c", "d", "first", "second", "third"]
    chain = [Arc("second", "first"), Arc("third", "second")]
    plan = generate_waves(nodes, chain, policy=Policy.STRICT, max_width=3)
    assert plan.waves == (("a", "b", "first"), ("c", "d", "second"), ("third",))


def test_waves_are_as_even_as_their_number_allows() -> None:
    nodes = [f"n{number}" for number in range(10)]
    plan = generate_waves(nodes, [], policy=Policy.STRICT, max_width=8)
    assert [len(wave) for wave in plan.waves] == [5, 5]


def test_costs_decide_which_chain_is_critical_and_what_is_made_first() -> None:
    arcs = [Arc("b", "a"), Arc("c", "b"), Arc("z", "y")]
    nodes, costs = "abcyz", {"a": 1.0, "b": 1.0, "c": 1.0, "y": 5.0, "z": 5.0}
    plan = generate_waves(nodes, arcs, policy=Policy.STRICT, max_width=1, costs=costs)
    assert plan.critical_path == ("y", "z")
    assert plan.waves[:2] == (("y",), ("z",))
    assert plan.speed_up.span == 10.0


@given(ARCS, COSTS, st.integers(1, 15))
def test_the_schedule_keeps_grahams_bounds(arcs: list[Arc], costs: list[float], slots: int) -> None:
    cost = dict(zip(NODES, costs, strict=True))
    plan = generate_waves(NODES, arcs, policy=Policy.STRICT, costs=cost, slots=slots)
    found = plan.speed_up
    assert found.work == sum(costs)
    assert found.span == sum(cost[node] for node in plan.critical_path)
    assert max(found.work / slots, found.span) - 1e-9 <= found.makespan
    assert found.makespan <= found.work / slots + (1 - 1 / slots) * found.span + 1e-9
    assert found.guaranteed - 1e-9 <= found.actual <= found.best + 1e-9 <= slots + 2e-9


@given(ARCS)
def test_one_slot_takes_all_the_work_and_enough_slots_take_the_span(arcs: list[Arc]) -> None:
    single = generate_waves(NODES, arcs, policy=Policy.STRICT, slots=1).speed_up
    enough = generate_waves(NODES, arcs, policy=Policy.STRICT, slots=len(NODES)).speed_up
    assert single.makespan == single.work == len(NODES)
    assert enough.makespan == enough.span == 1 + max(levels(build_graph(NODES, arcs)).values())


def test_a_plan_of_nothing_is_empty() -> None:
    plan = generate_waves([], [], policy=Policy.STRICT, max_width=3)
    assert (plan.waves, plan.critical_path, plan.boundaries) == ((), (), ())
    assert (plan.speed_up.best, plan.speed_up.actual, plan.speed_up.guaranteed) == (0, 0, 0)


def test_files_folders_and_fan_outs_are_boundaries_of_the_wave_that_ends_them() -> None:
    nodes = ["p/a.py::x", "p/a.py::y", "p/q/b.py::z", "p/q/b.py::w"]
    arcs = [Arc("p/a.py::y", "p/a.py::x"), Arc("p/q/b.py::z", "p/a.py::x", hard=False)]
    plan = generate_waves(nodes, arcs, policy=Policy.CONTRACT, fan_out=2)
    assert plan.boundaries == (
        Boundary(1, BoundaryKind.MODULE, "p/q/b.py", 2),
        Boundary(1, BoundaryKind.COMPONENT, "p/q", 2),
        Boundary(1, BoundaryKind.FAN_OUT, "p/a.py::x", 2),
        Boundary(2, BoundaryKind.MODULE, "p/a.py", 2),
        Boundary(2, BoundaryKind.COMPONENT, "p", 4),
    )


@given(ARCS)
def test_a_module_is_whole_exactly_after_the_wave_of_its_last_atom(arcs: list[Arc]) -> None:
    names = {node: f"file{place % 3}.py::{node}" for place, node in enumerate(NODES)}
    edges = [Arc(names[arc.dependent], names[arc.dependency], arc.hard) for arc in arcs]
    plan = generate_waves(list(names.values()), edges, policy=Policy.STRICT)
    place = wave_of(plan.waves)
    modules = [one for one in plan.boundaries if one.kind is BoundaryKind.MODULE]
    assert {one.name for one in modules} == {"file0.py", "file1.py", "file2.py"}
    for one in modules:
        assert one.after == 1 + max(place[key] for key in place if key.startswith(one.name))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"slots": 0}, "at least one slot"),
        ({"fan_out": 0}, "from one dependent"),
        ({"costs": {}}, "a needs a cost above 0, not None"),
        ({"costs": {"a": -1.0}}, "a needs a cost above 0, not -1"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generate_waves("a", [], policy=Policy.STRICT, **arguments)


@given(ARCS)
def test_strongly_connected_nodes_are_the_cycles(arcs: list[Arc]) -> None:
    plan = generate_waves(NODES, arcs, policy=Policy.STRICT)
    groups = strongly_connected(build_graph(NODES, arcs))
    assert plan.cycles == tuple(group for group in groups if len(group) > 1)
