"""What stands around an atom, why an edge is there, and what an edit reaches, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from rest_framework.test import APIClient

from atomization.models import AtomicUnit
from dependencies import selectors
from dependencies.models import DependencyGraph
from dependencies.services import build_graph
from devmatrix.masterplans.models import MasterPlan
from tests.factories import (
    atom_named,
    make_atom,
    make_edge,
    make_file,
    make_graph,
    make_masterplan,
)

pytestmark = pytest.mark.django_db

MONEY = '''from shop.rates import rate

LIMIT = rate(1)


def tax(amount: int) -> int:
    """Give the tax."""
    return amount * rate(amount)


def total(amount: int) -> int:
    """Give all."""
    return amount + tax(amount)


def bill(amount: int) -> str:
    """Write a bill."""
    return str(total(amount))
'''
RATES = '''def rate(amount: int) -> int:
    """Give the rate."""
    return 1 if amount else fallback(amount)


def fallback(amount: int) -> int:
    """Ask again."""
    return rate(amount)
'''


@pytest.fixture
def plan() -> MasterPlan:
    plan = make_masterplan("shop")
    make_file(plan, "shop/money.py", MONEY)
    make_file(plan, "shop/rates.py", RATES)
    build_graph(masterplan=plan)
    return plan


def atom(plan: MasterPlan, name: str) -> AtomicUnit:
    path = "shop/rates.py" if name in {"rate", "fallback"} else "shop/money.py"
    return atom_named(plan, f"{path}::{name}")


def ask(api: APIClient, what: AtomicUnit, tail: str, **query: Any) -> Any:
    answer = api.get(f"/api/v2/atoms/{what.pk}/{tail}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def depths(told: Any) -> dict[str, int]:
    return {row["atom"]["key"].split("::")[1]: row["depth"] for row in told["results"]}


# --- neighbours


def test_what_an_atom_needs_is_told_with_the_reasons(api: APIClient, plan: MasterPlan) -> None:
    told = ask(api, atom(plan, "tax"), "dependencies")
    assert depths(told) == {"rate": 1, "imports": 1}
    rate = next(row for row in told["results"] if row["atom"]["key"] == "shop/rates.py::rate")
    (edge,) = rate["edges"]
    assert (edge["kind"], edge["is_hard"], edge["reason"]) == ("function_call", False, "calls rate")
    assert edge["place"]["text"] == "return amount * rate(amount)"


def test_what_needs_an_atom_is_told_over_any_number_of_edges(
    api: APIClient, plan: MasterPlan
) -> None:
    assert depths(ask(api, atom(plan, "tax"), "dependants")) == {"total": 1}
    assert depths(ask(api, atom(plan, "tax"), "dependants", depth="all")) == {"total": 1, "bill": 2}
    far = ask(api, atom(plan, "rate"), "dependants", depth="all")
    assert {"tax": 1, "total": 2, "bill": 3, "LIMIT": 1, "fallback": 1}.items() <= depths(
        far
    ).items()
    assert "rate" not in depths(far)


def test_depth_is_a_bound(api: APIClient, plan: MasterPlan) -> None:
    assert set(depths(ask(api, atom(plan, "bill"), "dependencies", depth="2"))) == {"total", "tax"}


def test_each_step_tells_the_edge_that_led_there(api: APIClient, plan: MasterPlan) -> None:
    told = ask(api, atom(plan, "tax"), "dependants", depth="all")
    bill = told["results"][-1]
    assert [edge["dependency"]["key"] for edge in bill["edges"]] == ["shop/money.py::total"]


def test_neighbours_are_narrowed_by_kind_and_strength(api: APIClient, plan: MasterPlan) -> None:
    assert depths(ask(api, atom(plan, "tax"), "dependencies", kind="import")) == {"imports": 1}
    hard = depths(ask(api, atom(plan, "rate"), "dependants", hard="true"))
    assert hard == {"LIMIT": 1}
    soft = depths(ask(api, atom(plan, "rate"), "dependants", hard="false"))
    assert "LIMIT" not in soft and "tax" in soft


def test_neighbours_come_in_pages(api: APIClient, plan: MasterPlan) -> None:
    first = ask(api, atom(plan, "rate"), "dependants", depth="all", limit=2)
    assert len(first["results"]) == 2 and first["count"] > 2
    rest = api.get(first["next"]).json()
    assert not set(depths(first)) & set(depths(rest))


@pytest.mark.parametrize("tail", ["dependencies", "dependants"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"depth": "0"}, "depth"),
        ({"depth": "-1"}, "depth"),
        ({"depth": "²"}, "depth"),
        ({"depth": "many"}, "depth"),
        ({"kind": "love"}, "kind"),
        ({"hard": "perhaps"}, "hard"),
    ],
)
def test_a_query_that_says_nothing_is_refused(
    api: APIClient, plan: MasterPlan, tail: str, query: dict[str, str], said: str
) -> None:
    answer = api.get(f"/api/v2/atoms/{atom(plan, 'tax').pk}/{tail}", query)
    assert answer.status_code == 400
    assert said in answer.json()["detail"] and said in answer.json()["fields"]


@pytest.mark.parametrize("tail", ["dependencies", "dependants", "impact"])
def test_without_an_atom_or_a_graph_there_is_nothing(api: APIClient, tail: str) -> None:
    assert api.get(f"/api/v2/atoms/{uuid4()}/{tail}").status_code == 404
    answer = api.get(f"/api/v2/atoms/{make_atom().pk}/{tail}")
    assert answer.status_code == 404
    assert "no dependency graph yet" in answer.json()["detail"]


@pytest.mark.parametrize("width", [1, 8])
def test_neighbours_take_a_fixed_number_of_queries(
    api: APIClient, django_assert_max_num_queries: Callable[..., Any], width: int
) -> None:
    plan = make_masterplan()
    needed = make_atom(plan)
    users = [make_atom(plan) for _ in range(width)]
    make_graph(plan, [[needed], users], [(user, needed) for user in users])
    with django_assert_max_num_queries(6):
        told = ask(api, needed, "dependants", depth="all")
    assert told["count"] == width


# --- why


def test_an_edge_answers_with_file_line_source_and_chain(api: APIClient, plan: MasterPlan) -> None:
    row = plan.graphs.get().edges.get(dependent=atom(plan, "total"), dependency=atom(plan, "tax"))
    told = api.get(f"/api/v2/edges/{row.pk}").json()
    assert told["place"] == {
        "path": "shop/money.py",
        "line": 13,
        "text": "return amount + tax(amount)",
    }
    assert told["dependent"]["key"] == "shop/money.py::total"
    assert told["chain"][0]["text"] == told["place"]["text"]
    last = told["chain"][-1]
    assert (last["path"], last["text"]) == ("shop/money.py", "def tax(amount: int) -> int:")
    assert told["resolved_by"] and 0 < told["confidence"] <= 1


def test_the_line_of_source_is_the_one_that_was_analyzed(api: APIClient, plan: MasterPlan) -> None:
    row = plan.graphs.get().edges.get(dependent=atom(plan, "total"), dependency=atom(plan, "tax"))
    AtomicUnit.objects.filter(source_file__path="shop/money.py").update(code="# gone\n")
    assert api.get(f"/api/v2/edges/{row.pk}").json()["place"]["text"].startswith("return amount +")


def test_an_edge_that_is_not_there(api: APIClient) -> None:
    assert api.get("/api/v2/edges/7").status_code == 404


def test_an_edge_without_a_chain_still_answers(api: APIClient) -> None:
    plan = make_masterplan()
    one, other = make_atom(plan), make_atom(plan)
    edge = make_edge(make_graph(plan, [[one, other]]), one, other)
    told = api.get(f"/api/v2/edges/{edge.pk}").json()
    assert (told["place"]["text"], told["chain"]) == ("", [])


# --- what an edit reaches


def edit(api: APIClient, what: AtomicUnit, code: str, **query: Any) -> Any:
    address = f"/api/v2/atoms/{what.pk}/impact"
    answer = api.post(address, {"code": code}, format="json", query_params=query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def stale(told: Any) -> dict[str, str]:
    return {row["atom"]["key"].split("::")[1]: row["stale"] for row in told["affected"]["results"]}


def test_a_body_reaches_tests_and_what_ran_it_at_import(api: APIClient, plan: MasterPlan) -> None:
    rate = atom(plan, "rate")
    told = edit(api, rate, rate.code.replace("1 if amount", "2 if amount"))
    assert told["change"] == "body"
    assert stale(told) == {
        "LIMIT": "checks",
        "tax": "tests",
        "fallback": "tests",
        "total": "tests",
        "bill": "tests",
    }
    assert (told["checks"], told["tests"]) == (1, 4)


def test_a_contract_reaches_the_checks_of_those_who_rely_on_it(
    api: APIClient, plan: MasterPlan
) -> None:
    tax = atom(plan, "tax")
    told = edit(api, tax, tax.code.replace("-> int", "-> float"))
    assert told["change"] == "contract"
    assert told["changes"] == [
        {"name": "tax", "change": "contract", "parts": ["returns", "postconditions"]}
    ]
    assert stale(told) == {"total": "checks", "bill": "tests"}
    assert told["affected"]["results"][0]["via"]["reason"] == "calls tax"


def test_the_same_text_reaches_nobody(api: APIClient, plan: MasterPlan) -> None:
    tax = atom(plan, "tax")
    told = edit(api, tax, tax.code)
    assert (told["change"], told["changes"], told["affected"]["count"]) == ("none", [], 0)


def test_an_edit_of_a_block_reaches_the_callers_of_its_function(api: APIClient) -> None:
    plan = make_masterplan()
    lines = "".join(f"    n += {number}\n" for number in range(30))
    source = f"def f(n: int) -> int:\n{lines}    return n\n\n\ndef g() -> int:\n    return f(1)\n"
    make_file(plan, "a.py", source)
    build_graph(masterplan=plan)
    block = atom_named(plan, "a.py::f#block2")
    told = edit(api, block, block.code.replace("n += ", "n -= ", 1))
    assert told["change"] == "body"
    assert stale(told).items() >= {"f": "tests", "g": "tests"}.items()


def test_what_is_taken_away_is_gone(api: APIClient, plan: MasterPlan) -> None:
    told = edit(api, atom(plan, "tax"), "\n\n")
    assert told["change"] == "gone"
    assert stale(told)["total"] == "checks"


def test_a_text_that_is_no_program_says_so(api: APIClient, plan: MasterPlan) -> None:
    told = edit(api, atom(plan, "tax"), "\n\ndef tax(:\n    pass\n\n\n")
    assert told["syntax_faults"][0]["line"] == 6


def test_nothing_is_changed_by_asking(api: APIClient, plan: MasterPlan) -> None:
    before = list(plan.atoms.order_by("pk").values_list("code", "version", "status"))
    edit(api, atom(plan, "tax"), "x = 1\n")
    assert list(plan.atoms.order_by("pk").values_list("code", "version", "status")) == before


def test_without_a_text_both_sorts_of_edit_can_be_asked_for(
    api: APIClient, plan: MasterPlan
) -> None:
    contract = ask(api, atom(plan, "tax"), "impact")
    body = ask(api, atom(plan, "tax"), "impact", change="body")
    assert (contract["change"], body["change"]) == ("contract", "body")
    assert stale(contract) == {"total": "checks", "bill": "tests"}
    assert stale(body) == {"total": "tests", "bill": "tests"}


@pytest.mark.parametrize("query", [{"change": "soul"}, {"change": ""}])
def test_another_sort_of_edit_is_refused(
    api: APIClient, plan: MasterPlan, query: dict[str, str]
) -> None:
    answer = api.get(f"/api/v2/atoms/{atom(plan, 'tax').pk}/impact", query)
    assert answer.status_code == 400
    assert "body or contract" in answer.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"code": None}, {"code": "\ud800"}])
def test_an_edit_without_a_text_is_refused(
    api: APIClient, plan: MasterPlan, body: dict[str, Any]
) -> None:
    answer = api.post(f"/api/v2/atoms/{atom(plan, 'tax').pk}/impact", body, format="json")
    assert answer.status_code == 400
    assert "code" in answer.json()["fields"]


def test_what_is_affected_comes_in_pages(api: APIClient, plan: MasterPlan) -> None:
    rate = atom(plan, "rate")
    told = edit(api, rate, rate.code.replace("1 if amount", "2 if amount"), limit=2)
    assert told["affected"]["count"] == 5
    assert len(told["affected"]["results"]) == 2
    assert "offset=2" in told["affected"]["next"]


# --- graphs


def test_graphs_are_listed_by_project(api: APIClient, plan: MasterPlan) -> None:
    newer = build_graph(masterplan=plan)
    make_graph(make_masterplan(), [[make_atom()]])
    told = api.get("/api/v2/graphs", {"masterplan": plan.pk}).json()
    assert told["results"][0]["id"] == str(newer.pk)
    assert told["count"] == 2
    current = api.get("/api/v2/graphs", {"masterplan": plan.pk, "current": "true"}).json()
    assert [row["id"] for row in current["results"]] == [str(newer.pk)]
    assert api.get("/api/v2/graphs", {"masterplan": "x"}).status_code == 400
    assert api.get("/api/v2/graphs", {"current": "x"}).status_code == 400


def test_a_graph_tells_what_it_left_out_and_how_fast_it_can_go(
    api: APIClient, plan: MasterPlan
) -> None:
    make_file(plan, "shop/broken.py", "def f(:\n    return 1\n")
    graph = build_graph(masterplan=plan)
    told = api.get(f"/api/v2/graphs/{graph.pk}").json()
    assert [problem["path"] for problem in told["problems"]] == ["shop/broken.py"]
    assert told["problem_count"] == 1
    assert told["min_confidence"] == 0.5
    assert told["speed_up"]["parallelism"] > 1
    assert told["hard_edges_by_kind"]["function_call"] >= 1


def test_a_cycle_is_told_with_its_edges_and_their_reasons(api: APIClient, plan: MasterPlan) -> None:
    graph = plan.graphs.get()
    told = api.get(f"/api/v2/graphs/{graph.pk}/cycles").json()
    (cycle,) = told["results"]
    assert set(cycle["atoms"]) == {str(atom(plan, name).pk) for name in ("rate", "fallback")}
    assert {edge["reason"] for edge in cycle["edges"]} == {"calls rate", "calls fallback"}
    assert cycle["edge_count"] == 2
    assert cycle["made_as_one"] is False


def test_what_is_whole_after_a_wave_is_told(api: APIClient, plan: MasterPlan) -> None:
    waves = api.get(f"/api/v2/graphs/{plan.graphs.get().pk}/waves").json()
    ends = [(end["kind"], end["name"]) for wave in waves for end in wave["boundaries"]]
    assert ("module", "shop/money.py") in ends and ("component", "shop") in ends


# --- windows


def wide(width: int) -> tuple[DependencyGraph, list[AtomicUnit]]:
    """Make a graph of one wave; each atom needs its neighbour."""
    plan = make_masterplan()
    atoms = [make_atom(plan) for _ in range(width)]
    return make_graph(plan, [atoms], list(pairwise(atoms))), atoms


def test_windows_hold_each_node_and_each_edge_once(api: APIClient) -> None:
    graph, atoms = wide(7)
    address: str | None = f"/api/v2/graphs/{graph.pk}/visualize?limit=3"
    nodes, edges, counts = [], [], []
    while address:
        answer = api.get(address)
        told = answer.json()
        nodes += [node["id"] for node in told["nodes"]]
        edges += [edge["id"] for edge in told["edges"]]
        counts.append((len(told["nodes"]), told["count"], answer.headers["X-Total-Count"]))
        address = told["next"]
        assert ("Link" in answer.headers) == bool(told["next"] or told["previous"])
    assert counts == [(3, 7, "7"), (3, 7, "7"), (1, 7, "7")]
    assert sorted(nodes) == sorted(str(atom.pk) for atom in atoms)
    assert sorted(edges) == sorted(graph.edges.values_list("pk", flat=True))


def test_waves_are_read_in_windows_by_the_link_header(api: APIClient) -> None:
    graph, atoms = wide(5)
    answer = api.get(f"/api/v2/graphs/{graph.pk}/waves", {"limit": 3})
    assert [len(wave["atoms"]) for wave in answer.json()] == [3]
    (link,) = answer.headers["Link"].split(", ")
    assert link.endswith('>; rel="next"') and "offset=3" in link
    rest = api.get(link[1 : link.index(">")])
    assert [len(wave["atoms"]) for wave in rest.json()] == [2]
    assert 'rel="prev"' in rest.headers["Link"]
    assert "Link" not in api.get(f"/api/v2/graphs/{graph.pk}/waves").headers
    assert answer.json()[0]["total_atoms"] == len(atoms)


def test_a_picture_of_a_window_says_which_part_it_is(api: APIClient) -> None:
    graph, _ = wide(5)
    query = {"as": "svg", "limit": 2, "offset": 2}
    answer = api.get(f"/api/v2/graphs/{graph.pk}/visualize", query)
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(answer.content)
    assert len(root.findall(f"{svg}g/{svg}path")) == 2
    assert root.findtext(f"{svg}title") == "atoms 3 to 4 of 5"
    assert 'rel="next"' in answer.headers["Link"] and 'rel="prev"' in answer.headers["Link"]


def test_a_chosen_atom_outside_of_the_window_is_no_error(api: APIClient) -> None:
    graph, atoms = wide(4)
    for chosen in atoms:
        query = {"as": "svg", "limit": 2, "atom": str(chosen.pk)}
        assert api.get(f"/api/v2/graphs/{graph.pk}/visualize", query).status_code == 200


def test_a_limit_over_the_bound_is_lowered(api: APIClient) -> None:
    graph, _ = wide(1)
    answer = api.get(f"/api/v2/graphs/{graph.pk}/visualize", {"limit": 10**6, "offset": 1})
    assert f"limit={selectors.MAX_WINDOW}" in answer.json()["previous"]


@pytest.mark.parametrize("tail", ["waves", "visualize"])
@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"offset": "-1"}])
def test_a_window_that_is_none_is_refused(api: APIClient, tail: str, query: dict[str, str]) -> None:
    graph, _ = wide(1)
    answer = api.get(f"/api/v2/graphs/{graph.pk}/{tail}", query)
    assert answer.status_code == 400
    assert "must be a number" in answer.json()["detail"]
