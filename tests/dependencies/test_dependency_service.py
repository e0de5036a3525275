"""The service: one analysis for all who ask, its thresholds, schedules, cycles and quotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from atomization.project import ProjectFile
from dependencies.dependency_service import (
    Configs,
    Dependencies,
    DependencyService,
    KeptProjects,
    LivingProject,
    Quoter,
    best_edges,
    joined,
    living,
)
from dependencies.edges import Analysis, Edge, EdgeKind, Problem, Step
from dependencies.project import Project
from dependencies.wave_generator import Policy
from tests.atomization.reading import project

FILES = {
    "a.py": "from b import helper\n\n\ndef f():\n    return helper()\n",
    "b.py": "def helper():\n    return 1\n\n\nVALUE = helper()\n",
}
CIRCLE = {"c.py": "def even(n):\n    return odd(n)\n\n\ndef odd(n):\n    return even(n)\n"}


def edge(dependent: str, dependency: str, *, hard: bool = False, confidence: float = 0.9) -> Edge:
    return Edge(
        dependent=dependent,
        dependency=dependency,
        kind=EdgeKind.FUNCTION_CALL,
        hard=hard,
        reason="it calls it",
        line=1,
        strength=0.8,
        resolved_by="scope",
        confidence=confidence,
    )


def ends(found: Dependencies) -> set[tuple[str, str]]:
    return {(one.dependent, one.dependency) for one in found.edges}


def test_all_atoms_are_known_and_edges_stand_between_them() -> None:
    found = DependencyService().analyze(project(FILES))
    assert set(found.atoms) == {"a.py::imports", "a.py::f", "b.py::helper", "b.py::VALUE"}
    assert ("a.py::f", "b.py::helper") in ends(found)


def test_what_is_too_unsure_is_left_out_and_counted() -> None:
    def analysis(files: Sequence[ProjectFile], configs: Configs) -> Analysis:
        sure = edge("a.py::f", "b.py::helper", confidence=0.5)
        return Analysis((sure, edge("a.py::f", "b.py::VALUE", confidence=0.49)), ())

    found = DependencyService(analysis=analysis).analyze(project(FILES))
    assert ends(found) == {("a.py::f", "b.py::helper")}
    assert found.unsure == 1
    all_of_them = DependencyService(0.0, analysis=analysis).analyze(project(FILES))
    assert len(all_of_them.edges) == 2


def test_of_edges_of_a_kind_the_hard_one_stays_then_the_surest() -> None:
    weak, sure = edge("a", "b", confidence=0.6), edge("a", "b", confidence=0.9)
    hard = edge("a", "b", hard=True, confidence=0.5)
    assert best_edges([weak, sure], "ab") == [sure]
    assert best_edges([sure, hard, weak], "ab") == [hard]


def test_edges_to_nowhere_and_to_itself_are_none() -> None:
    assert best_edges([edge("a", "a"), edge("a", "c"), edge("c", "a")], "ab") == []


def test_a_problem_is_told_once() -> None:
    twice = (Problem("a.py", 1, "no"), Problem("a.py", 1, "no"))
    service = DependencyService(analysis=lambda files, configs: Analysis((), twice))
    assert service.analyze(project(FILES)).problems == twice[:1]


def test_a_schedule_tells_how_much_faster_it_can_go() -> None:
    found = DependencyService().analyze(project(FILES))
    schedule = found.schedule(Policy.CONTRACT)
    assert [len(wave) for wave in schedule.plan.waves] == [3, 1]
    assert (schedule.widest, schedule.mean, schedule.plan.speed_up.parallelism) == (3, 2.0, 2.0)
    assert schedule.wave_of()["b.py::VALUE"] == 2


def test_nothing_has_no_waves() -> None:
    schedule = DependencyService().analyze([]).schedule(Policy.STRICT)
    assert (schedule.widest, schedule.mean, schedule.plan.speed_up.parallelism) == (0, 0.0, 0.0)


def test_a_cycle_comes_with_its_edges_and_says_whether_it_is_made_as_one() -> None:
    found = DependencyService().analyze(project(CIRCLE))
    (cycle,) = found.cycles()
    assert set(cycle.members) == {"c.py::even", "c.py::odd"}
    assert {one.reason for one in cycle.edges} == {"calls odd", "calls even"}
    assert not found.schedule(Policy.CONTRACT).ties(cycle)
    assert found.schedule(Policy.STRICT).ties(cycle)


def test_projects_side_by_side_keep_their_names_apart() -> None:
    service = DependencyService()
    parts = [service.analyze(project(FILES)).under(prefix) for prefix in ("one/", "two/")]
    both = joined(parts)
    assert len(set(both.atoms)) == 8
    assert ("two/a.py::f", "two/b.py::helper") in ends(both)
    assert {one.dependent[:4] == one.dependency[:4] for one in both.edges} == {True}


# --- why


def test_every_edge_is_explained_with_the_lines_that_it_stands_on() -> None:
    files = project(FILES)
    quoter = Quoter(files)
    found = DependencyService().analyze(files)
    call = next(one for one in found.edges if one.dependency == "b.py::helper" and one.line == 5)
    chain = quoter.explained(call).chain
    assert chain[0].text == "return helper()"
    assert (chain[-1].path, chain[-1].line, chain[-1].text) == ("b.py", 1, "def helper():")
    assert all(quoter.explained(one).chain[0].text for one in found.edges)


@pytest.mark.parametrize("given", [[], [0], [0, 1], [1], [1, 2], [0, 1, 2], [2]])
def test_a_chain_leads_from_the_use_to_the_definition(given: list[int]) -> None:
    steps = [Step("calls", "a.py", 5), Step("imported", "a.py", 1), Step("gone", "z.py", 9)]
    one = replace(edge("a.py::f", "b.py::helper"), line=5, chain=tuple(steps[at] for at in given))
    chain = Quoter(project(FILES)).explained(one).chain
    middle = ["from b import helper"] * (1 in given) + [""] * (2 in given)
    assert [step.text for step in chain] == ["return helper()", *middle, "def helper():"]
    assert (chain[-1].path, chain[-1].line) == ("b.py", 1)


def test_an_attribute_that_is_set_in_one_place_is_a_guess_at_most() -> None:
    source = "def f(x):\n    x.only = 1\n\n\ndef g(y):\n    return y.only()\n"
    found = DependencyService().analyze(project({"a.py": source}))
    assert all(one.confidence <= 0.5 for one in found.edges)


# --- kept in memory


class Counting:
    """Starts projects, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, files: Sequence[ProjectFile], configs: Configs) -> LivingProject:
        self.times += 1
        return living(files, configs)


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_the_same_sources_are_analyzed_once(counting: Counting) -> None:
    service = DependencyService(kept=KeptProjects(counting))
    first = service.analyze(project(FILES), name="p")
    assert service.analyze(project(FILES), name="p") == first
    assert counting.times == 1


def test_what_changed_is_analyzed_anew_and_the_rest_is_not(counting: Counting) -> None:
    service = DependencyService(kept=KeptProjects(counting))
    service.analyze(project(FILES), name="p")
    for text in ("def f():\n    return 2\n", FILES["a.py"], "from b import *\nX = VALUE\n"):
        changed = {**FILES, "a.py": text}
        found = service.analyze(project(changed), name="p")
        assert found == DependencyService().analyze(project(changed))
    assert counting.times == 1


def test_files_that_come_and_go_are_no_change_of_files(counting: Counting) -> None:
    service = DependencyService(kept=KeptProjects(counting))
    for files in (FILES, {"b.py": FILES["b.py"]}, {**FILES, **CIRCLE}):
        found = service.analyze(project(files), name="p")
        assert found == DependencyService().analyze(project(files))
    assert counting.times == 3


class Unrepairable(Project):
    """Breaks at every change."""

    def update(self, files: Sequence[ProjectFile]) -> set[str]:
        raise RuntimeError("no way on")


def test_a_repair_that_breaks_costs_time_and_no_answer() -> None:
    service = DependencyService(kept=KeptProjects(lambda files, configs: Unrepairable(files)))
    service.analyze(project(FILES), name="p")
    changed = {**FILES, "a.py": "def f():\n    return 2\n"}
    found = service.analyze(project(changed), name="p")
    assert found == DependencyService().analyze(project(changed))


def test_another_configuration_is_analyzed_anew(counting: Counting) -> None:
    service = DependencyService(kept=KeptProjects(counting))
    files = project(
        {
            "src/main.ts": 'import { help } from "@/help";\nexport const one = help();\n',
            "src/help.ts": "export function help(): number {\n  return 1;\n}\n",
        }
    )
    paths = b'{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}}'
    edge = ("src/main.ts::one", "src/help.ts::help")
    assert edge not in ends(service.analyze(files, name="p"))
    assert edge in ends(service.analyze(files, name="p", configs={"tsconfig.json": paths}))
    assert counting.times == 2


def test_only_so_many_projects_are_kept(counting: Counting) -> None:
    service = DependencyService(kept=KeptProjects(counting, limit=2))
    for name in ("p", "q", "p", "r", "p", "q"):
        service.analyze(project(FILES), name=name)
    assert counting.times == 4


def test_so_many_atoms_are_kept_and_no_more(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dependencies.dependency_service.KEPT_ATOMS", 7)
    service = DependencyService(kept=KeptProjects(counting))
    for name in ("p", "q", "q", "p"):
        service.analyze(project(FILES), name=name)
    assert counting.times == 3


def test_no_edge_stands_on_a_blank_line() -> None:
    source = (
        "class A:\n    x = 1\n\n\n    def f(self):\n        return self.x\n\n\r\n\r"
        "    def g(self):\n        return self.f()\n"
    )
    files = project({"a.py": source, "b.ts": "class A {\n\n  f() {\n    return 1;\n  }\n}\n"})
    quoter = Quoter(files)
    found = DependencyService().analyze(files)
    assert len(found.edges) > 2
    assert [one for one in found.edges if not quoter.explained(one).chain[0].text] == []
