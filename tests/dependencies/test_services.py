"""The stored graph: typed edges, cycles and waves, one of them current."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from atomization.models import AtomicUnit
from dependencies.edges import Edge, EdgeKind, Step
from dependencies.models import AtomDependency, ExecutionWave
from dependencies.selectors import current_graph
from dependencies.services import build_graph, observe, refresh_waves
from dependencies.wave_generator import Policy
from devmatrix.masterplans.models import MasterPlan
from tests.factories import atom_named, make_atom, make_file, make_graph, make_masterplan

pytestmark = pytest.mark.django_db

Status, Wave = AtomicUnit.Status, ExecutionWave.Status
PATH = "pkg/chain.py"
CHAIN = '''def first() -> int:
    """Give one."""
    return 1


def second(n: int = first()) -> int:
    """Give one more."""
    return n + first()


def third() -> int:
    """Give two more."""
    return second()
'''
STEP = Step("it calls it", PATH, 3, "first()")
CIRCLE = """def even(n: int) -> bool:
    return n == 0 or odd(n - 1)


def odd(n: int) -> bool:
    return n != 0 and even(n - 1)
"""


@pytest.fixture
def plan() -> MasterPlan:
    plan = make_masterplan("chain")
    make_file(plan, PATH, CHAIN)
    return plan


def atom(plan: MasterPlan, name: str) -> AtomicUnit:
    return atom_named(plan, f"{PATH}::{name}")


def edges(plan: MasterPlan) -> set[tuple[str, str, bool]]:
    rows = AtomDependency.objects.filter(graph__masterplan=plan, graph__is_current=True)
    return set(rows.values_list("dependent__name", "dependency__name", "is_hard"))


def waves(plan: MasterPlan) -> list[set[str]]:
    rows = plan.atoms.order_by("wave_number").values_list("wave_number", "name")
    numbers = sorted({number for number, _ in rows})
    return [{name for number, name in rows if number == wave} for wave in numbers]


def call(dependent: str, dependency: str) -> Edge:
    return Edge(
        dependent=f"{PATH}::{dependent}",
        dependency=f"{PATH}::{dependency}",
        kind=EdgeKind.FUNCTION_CALL,
        hard=False,
        reason="it calls it",
        line=3,
        strength=0.8,
        resolved_by="scope",
        confidence=0.9,
    )


def test_edges_say_what_orders_and_why(plan: MasterPlan) -> None:
    build_graph(masterplan=plan)
    assert edges(plan) == {("second", "first", True), ("third", "second", False)}
    hard = AtomDependency.objects.get(dependent__name="second")
    assert hard.orders_generation
    assert hard.reason
    assert not AtomDependency.objects.get(dependent__name="third").orders_generation


def test_waves_are_stored_with_their_atoms(plan: MasterPlan) -> None:
    graph = build_graph(masterplan=plan)
    assert waves(plan) == [{"first", "third"}, {"second"}]
    assert list(graph.waves.values_list("number", "total_atoms")) == [(1, 2), (2, 1)]
    plan.refresh_from_db()
    assert (plan.total_waves, plan.total_atoms, plan.max_parallelism) == (2, 3, 2)
    assert (graph.node_count, graph.edge_count, graph.hard_edge_count) == (3, 2, 1)


def test_under_the_strict_policy_every_edge_orders(plan: MasterPlan) -> None:
    build_graph(masterplan=plan, policy=Policy.STRICT)
    assert waves(plan) == [{"first"}, {"second"}, {"third"}]
    assert set(AtomDependency.objects.values_list("orders_generation", flat=True)) == {True}


def test_a_cycle_is_a_group_and_not_an_error() -> None:
    plan = make_masterplan("circle")
    make_file(plan, PATH, CIRCLE)
    graph = build_graph(masterplan=plan, policy=Policy.STRICT)
    assert waves(plan) == [{"even", "odd"}]
    assert set(plan.atoms.values_list("cycle", flat=True)) == {1}
    assert [set(cycle) for cycle in graph.cycles] == [{str(pk) for pk in ids(plan)}]
    assert set(graph.edges.values_list("orders_generation", flat=True)) == {False}


def ids(plan: MasterPlan) -> list[object]:
    return list(plan.atoms.values_list("pk", flat=True))


def test_of_two_graphs_the_newer_one_is_current(plan: MasterPlan) -> None:
    first = build_graph(masterplan=plan)
    second = build_graph(masterplan=plan, policy=Policy.STRICT)
    assert current_graph(plan) == second
    first.refresh_from_db()
    assert not first.is_current
    assert first.edges.count() == second.edges.count()


def test_a_graph_of_nothing_has_no_waves() -> None:
    plan = make_masterplan("empty")
    graph = build_graph(masterplan=plan)
    assert (graph.node_count, graph.wave_count, graph.waves.count()) == (0, 0, 0)


def test_what_an_answer_calls_replaces_what_its_skeleton_showed(plan: MasterPlan) -> None:
    graph = build_graph(masterplan=plan)
    observe(atom=atom(plan, "third"), edges=[call("third", "first")])
    assert edges(plan) == {("second", "first", True), ("third", "first", False)}
    graph.refresh_from_db()
    assert graph.edge_count == 2


def test_an_answer_leaves_what_its_module_needs_first(plan: MasterPlan) -> None:
    build_graph(masterplan=plan)
    observe(atom=atom(plan, "second"), edges=[])
    assert ("second", "first", True) in edges(plan)


def test_an_edge_to_itself_or_to_nowhere_is_not_stored(plan: MasterPlan) -> None:
    build_graph(masterplan=plan)
    observe(atom=atom(plan, "third"), edges=[call("third", "third"), call("third", "nowhere")])
    assert not AtomDependency.objects.filter(dependent__name="third").exists()


def test_a_wave_runs_once_it_is_touched_and_is_done_once_it_is_settled() -> None:
    plan = make_masterplan("waves")
    first, second = make_atom(plan), make_atom(plan)
    graph = make_graph(plan, [[first], [second]])
    states = []
    for now, later in [
        (Status.READY, Status.PENDING),
        (Status.ACCEPTED, Status.READY),
        (Status.ACCEPTED, Status.FAILED),
    ]:
        AtomicUnit.objects.filter(pk=first.pk).update(status=now)
        AtomicUnit.objects.filter(pk=second.pk).update(status=later)
        refresh_waves(graph=graph)
        states.append(list(graph.waves.values_list("status", flat=True)))
    assert states == [
        [Wave.RUNNING, Wave.PENDING],
        [Wave.COMPLETED, Wave.RUNNING],
        [Wave.COMPLETED, Wave.COMPLETED],
    ]
    assert not graph.waves.filter(completed_at__isnull=True).exists()


def test_waves_that_stand_still_cost_two_statements(
    django_assert_num_queries: Callable[..., object],
) -> None:
    plan = make_masterplan("waves")
    atoms = [make_atom(plan) for _ in range(6)]
    graph = make_graph(plan, [[atom] for atom in atoms])
    AtomicUnit.objects.update(status=Status.READY)
    refresh_waves(graph=graph)
    with django_assert_num_queries(2):
        refresh_waves(graph=graph)


def test_each_edge_is_stored_with_its_chain(plan: MasterPlan) -> None:
    build_graph(masterplan=plan)
    edge = AtomDependency.objects.get(dependent__name="third")
    assert [
        (step["path"], step["line"], step["text"]) for step in (edge.chain[0], edge.chain[-1])
    ] == [
        (PATH, 13, "return second()"),
        (PATH, 6, "def second(n: int = first()) -> int:"),
    ]
    assert edge.text == "return second()"


def test_edges_below_the_threshold_are_not_stored(plan: MasterPlan, settings: Any) -> None:
    make_file(
        plan,
        "pkg/guess.py",
        "class A:\n    def settle_debts(self): ...\n\n\ndef g(y):\n    return y.settle_debts()\n",
    )
    assert build_graph(masterplan=plan).edges.filter(resolved_by="unique-name").exists()
    settings.DEVMATRIX = {**settings.DEVMATRIX, "MIN_EDGE_CONFIDENCE": 0.95}
    graph = build_graph(masterplan=plan)
    assert not graph.edges.filter(confidence__lt=0.95).exists()
    assert (graph.min_confidence, graph.unsure_count) == (0.95, 1)


def test_every_engine_makes_the_same_graph(plan: MasterPlan, settings: Any) -> None:
    made = []
    for engine in ("arrays", "networkx", "rustworkx"):
        settings.DEVMATRIX = {**settings.DEVMATRIX, "GRAPH_ENGINE": engine}
        graph = build_graph(masterplan=plan)
        made.append((graph.cycles, graph.critical_path, graph.speed_up, waves(plan)))
    assert made[0] == made[1] == made[2]


def test_what_was_not_analyzed_is_kept(plan: MasterPlan) -> None:
    make_file(plan, "pkg/broken.py", "def f(:\n    return 1\n")
    graph = build_graph(masterplan=plan)
    assert [problem["path"] for problem in graph.problems] == ["pkg/broken.py"]
    assert graph.problem_count == 1


def test_what_is_whole_after_a_wave_is_kept(plan: MasterPlan) -> None:
    graph = build_graph(masterplan=plan)
    ends = graph.waves.get(number=2).boundaries
    assert {"kind": "module", "name": PATH, "atoms": 3} in ends


def test_the_edges_of_a_part_are_those_of_the_atom_it_was_kept_in(plan: MasterPlan) -> None:
    lines = "".join(f"    n += {number}\n" for number in range(30))
    code = f"\n\ndef third() -> int:\n    n = 0\n{lines}    return n + second()\n"
    AtomicUnit.objects.filter(pk=atom(plan, "third").pk).update(code=code)
    build_graph(masterplan=plan)
    assert ("third", "second", False) in edges(plan)
    assert plan.atoms.count() == 3


def test_what_an_answer_calls_is_explained_too(plan: MasterPlan) -> None:
    build_graph(masterplan=plan)
    observe(atom=atom(plan, "third"), edges=[replace(call("third", "first"), chain=(STEP,))])
    edge = AtomDependency.objects.get(dependent__name="third")
    assert edge.chain == [{"what": "it calls it", "path": PATH, "line": 3, "text": "first()"}]


def test_a_reason_that_no_column_holds_is_made_to_fit(plan: MasterPlan) -> None:
    build_graph(masterplan=plan)
    odd = replace(call("third", "first"), reason="\x00\ud800" * 400, chain=(STEP,) * 50)
    observe(atom=atom(plan, "third"), edges=[odd])
    edge = AtomDependency.objects.get(dependent__name="third")
    assert len(edge.reason) == 300 and "\x00" not in edge.reason
    assert len(edge.chain) == 20


def test_configurations_of_scripts_are_followed() -> None:
    plan = make_masterplan("web")
    paths = '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["web/*"]}}}'
    make_file(plan, "tsconfig.json", paths)
    make_file(plan, "web/main.ts", 'import { help } from "@/help";\nexport const one = help();\n')
    make_file(plan, "web/help.ts", "export function help(): number {\n  return 1;\n}\n")
    build_graph(masterplan=plan)
    assert ("one", "help", True) in edges(plan)
