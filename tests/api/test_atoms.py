"""Source is cut into atoms over HTTP, and stored atoms can be read."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import atom_named, make_file, make_masterplan, make_task

pytestmark = pytest.mark.django_db
DECOMPOSE = "/api/v2/atomization/decompose"
LATIN = b"name = '\xe9'\n".decode("utf-8", "surrogateescape")
SOURCE = '''"""Money."""

import decimal


def add(a: int, b: int) -> int:
    """Add.

    >>> add(1, 2)
    3
    """
    return a + b


class Purse:
    def empty(self) -> bool:
        return True
'''


def cut(api: APIClient, code: str, language: str = "python") -> Any:
    answer = api.post(DECOMPOSE, {"code": code, "language": language}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_python_is_cut_into_atoms_that_add_up_to_it(api: APIClient) -> None:
    found = cut(api, SOURCE)

    (file,) = found["files"]
    assert "".join(atom["code"] for atom in file["atoms"]) == SOURCE
    assert found["total_atoms"] == len(file["atoms"])
    kinds = {atom["name"]: atom["kind"] for atom in file["atoms"]}
    assert kinds["add"] == "function"
    assert kinds["Purse.empty"] == "method"
    add = next(atom for atom in file["atoms"] if atom["name"] == "add")
    assert ">>> add(1, 2)" in add["docstring"]


def test_lines_lead_back_into_the_source(api: APIClient) -> None:
    lines = SOURCE.splitlines(keepends=True)

    for atom in cut(api, SOURCE)["files"][0]["atoms"]:
        assert "".join(lines[atom["start_line"] - 1 : atom["end_line"]]) == atom["code"]


@pytest.mark.parametrize("language", ["typescript", "tsx", "javascript"])
def test_scripts_are_cut_too(api: APIClient, language: str) -> None:
    code = "export function twice(n) {\n  return 2 * n;\n}\n"

    atoms = cut(api, code, language)["files"][0]["atoms"]
    assert "".join(atom["code"] for atom in atoms) == code
    assert "twice" in {atom["name"] for atom in atoms}


@pytest.mark.parametrize(
    "code",
    ["", "\n\n", "x = 1", "x = 1\r\ny = 2\r\n", "def f(:\n", "a\x00b", LATIN, "\U0001f986 = 1"],
    ids=ascii,
)
def test_any_text_comes_back_byte_for_byte(api: APIClient, code: str) -> None:
    atoms = cut(api, code)["files"][0]["atoms"]

    assert "".join(atom["code"] for atom in atoms) == code


def test_what_is_no_program_is_cut_and_its_faults_are_named(api: APIClient) -> None:
    (fault,) = cut(api, "def f(:\n")["files"][0]["syntax_faults"]

    assert fault["line"] == 1
    assert fault["message"]


def test_a_lone_surrogate_that_is_no_byte_is_refused(api: APIClient) -> None:
    body = b'{"code": "\\ud800", "language": "python"}'
    answer = api.generic("POST", DECOMPOSE, body, content_type="application/json")

    assert answer.status_code == 400
    assert "surrogate" in answer.json()["detail"]


def test_a_megabyte_is_the_most(api: APIClient) -> None:
    line = "x = 1\n"
    too_long = line * (1_000_000 // len(line) + 1)

    answer = api.post(DECOMPOSE, {"code": too_long, "language": "python"}, format="json")
    assert answer.status_code == 400
    assert "at most 1,000,000" in answer.json()["detail"]


@pytest.mark.parametrize(
    "nested",
    ["(" * 20_000, "x = " + "[" * 5_000 + "]" * 5_000, "if a:\n" * 2_000, "-" * 50_000],
    ids=["parentheses", "list", "blocks", "signs"],
)
def test_hostile_nesting_is_answered(api: APIClient, nested: str) -> None:
    atoms = cut(api, nested)["files"][0]["atoms"]

    assert "".join(atom["code"] for atom in atoms) == nested


def test_the_files_of_a_task_are_cut_as_they_are_now(api: APIClient) -> None:
    plan = make_masterplan()
    task = make_task(plan)
    make_file(plan, "pkg/money.py", SOURCE, task)
    make_file(plan, "pkg/data.bin", "raw", task)
    make_file(plan, "pkg/other.py", "other = 1\n")

    answer = api.post(DECOMPOSE, {"task_id": str(task.pk)}, format="json")
    (file,) = answer.json()["files"]
    assert file["path"] == "pkg/money.py"
    assert "".join(atom["code"] for atom in file["atoms"]) == SOURCE


def test_each_atom_comes_with_contract_criteria_and_holes(api: APIClient) -> None:
    code = SOURCE.replace("return a + b", "return a + b + missing")
    atoms = {atom["name"]: atom for atom in cut(api, code)["files"][0]["atoms"]}

    add = atoms["add"]
    assert code.encode()[add["start_byte"] : add["end_byte"]].decode() == add["code"]
    assert [part["name"] for part in add["contract"]["parameters"]] == ["a", "b"]
    assert add["contract"]["examples"][0]["want"] == "3\n"
    assert add["holes"] == ["missing"]
    assert add["completeness"] < 1
    assert len(add["criteria"]) == 10
    complete = next(item for item in add["criteria"] if item["name"] == "complete context")
    assert not complete["passed"]
    assert "missing" in complete["evidence"]
    assert atoms["Purse.empty"]["completeness"] == 1


def test_the_blocks_of_a_long_function_tell_their_data_flow(api: APIClient) -> None:
    steps = "".join(f"    n{number} = start + {number}\n" for number in range(30))
    atoms = cut(api, f"def f(start):\n{steps}    return n3\n")["files"][0]["atoms"]

    flow = atoms[-1]["contract"]["flow"]
    assert {"start", "n3"} <= set(flow["live_in"])
    assert [effect["kind"] for effect in flow["effects"]] == ["return"]


def test_the_files_of_a_task_know_each_other(api: APIClient) -> None:
    plan = make_masterplan()
    task = make_task(plan)
    make_file(plan, "pkg/__init__.py", "", task)
    make_file(plan, "pkg/money.py", SOURCE, task)
    make_file(plan, "pkg/shop.py", "from pkg.money import add\n\nprice = add(1, 2)\n", task)

    answer = api.post(DECOMPOSE, {"task_id": str(task.pk)}, format="json")
    atoms = [atom for file in answer.json()["files"] for atom in file["atoms"]]
    assert next(atom for atom in atoms if atom["name"] == "price")["holes"] == []


def test_a_task_with_over_a_megabyte_is_refused_with_the_way_out(api: APIClient) -> None:
    plan = make_masterplan()
    task = make_task(plan)
    for number in range(2):
        make_file(plan, f"pkg/m{number}.py", f"x = '{'-' * 600_000}'\n", task)

    answer = api.post(DECOMPOSE, {"task_id": str(task.pk)}, format="json")
    assert answer.status_code == 400
    assert "at most 1,000,000 are described at once" in answer.json()["detail"]
    assert "by-task" in answer.json()["detail"]


def test_code_and_task_together_are_refused(api: APIClient) -> None:
    task = make_task(make_masterplan())

    body = {"task_id": str(task.pk), "code": "x", "language": "python"}
    answer = api.post(DECOMPOSE, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Send either code and language, or task_id."


def test_an_atom_is_told_with_its_place_in_the_file(api: APIClient) -> None:
    plan = make_masterplan()
    make_file(plan, "pkg/money.py", SOURCE)
    atom = atom_named(plan, "pkg/money.py::add")

    told = api.get(f"/api/v2/atoms/{atom.pk}").json()
    assert told["key"] == "pkg/money.py::add"
    assert told["code"] == atom.code
    assert told["masterplan"] == str(plan.pk)
    assert told["status"] == "accepted"
    lines = SOURCE.splitlines()[told["start_line"] - 1 : told["end_line"]]
    assert "def add(a: int, b: int) -> int:" in lines


def test_an_atom_that_is_not_utf8_can_be_read(api: APIClient) -> None:
    plan = make_masterplan()
    make_file(plan, "old.py", LATIN)

    told = api.get(f"/api/v2/atoms/{plan.atoms.get().pk}").json()
    assert told["code"] == LATIN


def test_an_atom_costs_two_queries(api: APIClient, django_assert_num_queries: Any) -> None:
    plan = make_masterplan()
    make_file(plan, "pkg/money.py", SOURCE)
    atom = atom_named(plan, "pkg/money.py::add")

    with django_assert_num_queries(2):
        api.get(f"/api/v2/atoms/{atom.pk}")


def test_a_tasks_atoms_are_listed_in_file_order(api: APIClient) -> None:
    plan = make_masterplan()
    task = make_task(plan)
    make_file(plan, "b.py", "b = 1\n", task)
    make_file(plan, "a.py", SOURCE, task)
    make_file(plan, "c.py", "c = 1\n")

    told = api.get(f"/api/v2/atoms/by-task/{task.pk}").json()
    keys = [atom["key"] for atom in told["results"]]
    assert told["count"] == len(keys) == plan.atoms.exclude(source_file__path="c.py").count()
    assert keys[-1].startswith("b.py::")
    assert keys.index("a.py::add") < keys.index("a.py::Purse.empty")


def test_a_tasks_atoms_cost_the_same_queries_however_many(
    api: APIClient, django_assert_num_queries: Any
) -> None:
    plan = make_masterplan()
    task = make_task(plan)
    for number in range(12):
        make_file(plan, f"m{number}.py", SOURCE, task)

    with django_assert_num_queries(3):
        api.get(f"/api/v2/atoms/by-task/{task.pk}")
