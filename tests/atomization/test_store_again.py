"""A file stored again: what stays the same row, what loses its acceptance, what is kept of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from atomization.models import AtomicUnit, SourceFile
from atomization.selectors import assembled
from atomization.services import describe, rejoin, replace_code, store_file
from dependencies.services import build_graph
from dependencies.wave_generator import Policy
from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline.selectors import files
from devmatrix.pipeline.stages import validate
from execution.models import AtomRetryHistory
from review.models import HumanReviewQueue
from review.services import refresh_queue
from tests.factories import make_masterplan
from validation.models import ValidationResult

pytestmark = pytest.mark.django_db

Author, Status = AtomicUnit.Author, AtomicUnit.Status
PATH = "pkg/shapes.py"
SHAPES = '''"""Shapes."""

import math


def area(side: int) -> int:
    """Give a square's area."""
    return side * side


def edge(area: int) -> float:
    """Give a square's side."""
    return math.sqrt(area)
'''


@pytest.fixture
def plan() -> MasterPlan:
    """Give an imported project whose one file has been accepted, tried and reviewed."""
    plan = make_masterplan("shapes")
    MasterPlan.objects.filter(pk=plan.pk).update(origin=MasterPlan.Origin.IMPORT)
    plan.refresh_from_db()
    store(plan, SHAPES)
    for atom in plan.atoms.all():
        mark(atom)
    return plan


def store(plan: MasterPlan, text: str, author: str = Author.IMPORTED, **options: Any) -> SourceFile:
    content = text.encode()
    return store_file(masterplan=plan, path=PATH, content=content, author=Author(author), **options)


def mark(atom: AtomicUnit) -> None:
    """Give an atom a history: accepted, one attempt, one result, one signature."""
    now = timezone.now()
    AtomicUnit.objects.filter(pk=atom.pk).update(
        status=Status.ACCEPTED, confidence=0.9, attempts=1, cost_usd=1
    )
    AtomRetryHistory.objects.create(
        atom=atom, number=1, token=uuid4(), outcome="accepted", started_at=now, finished_at=now
    )
    ValidationResult.objects.create(
        masterplan=atom.masterplan,
        atom=atom,
        run_id=uuid4(),
        level=1,
        check_name="syntax",
        target=atom.name,
        verdict="passed",
    )
    HumanReviewQueue.objects.create(
        masterplan=atom.masterplan, atom=atom, reason="low_confidence", priority=3
    )


def rows(plan: MasterPlan) -> dict[str, AtomicUnit]:
    return {atom.name: atom for atom in plan.atoms.order_by("position")}


def text_of(plan: MasterPlan) -> str:
    return assembled(plan)[PATH].decode()


def untouched(before: AtomicUnit, after: AtomicUnit) -> bool:
    """Tell whether an atom is the same row, still accepted, with its figures and its history."""
    return (
        before.pk == after.pk
        and after.status == Status.ACCEPTED
        and (after.confidence, after.attempts, after.cost_usd) == (0.9, 1, 1)
        and after.history.count() == after.validation_results.count() == 1
        and after.review_items.filter(status="waiting").exists()
    )


# --- what stays


def test_the_same_text_again_changes_nothing(plan: MasterPlan) -> None:
    before = rows(plan)
    file = plan.files.get().pk
    store(plan, SHAPES)
    after = rows(plan)
    assert plan.files.get().pk == file
    assert list(before) == list(after)
    for name, atom in after.items():
        assert untouched(before[name], atom)
        assert (atom.version, atom.updated_at) == (1, before[name].updated_at)


@pytest.mark.parametrize(
    ("old", "new", "stay"),
    [
        ('"""Shapes."""\n', '"""Shapes."""\n\nUNIT = 1\n', {"__doc__", "imports", "area", "edge"}),
        ("side * side", "side**2", {"__doc__", "imports", "edge"}),
        ("import math\n", "import math\n\n\ndef unit() -> int:\n    return 1\n", {"area", "edge"}),
        ("\n", "\r\n", {"__doc__", "imports", "area", "edge"}),
        ("\n\n\n", "\n\n\n\n\n", {"__doc__", "imports", "area", "edge"}),
    ],
)
def test_what_did_not_change_stays_as_it_was(
    plan: MasterPlan, old: str, new: str, stay: set[str]
) -> None:
    before = rows(plan)
    store(plan, SHAPES.replace(old, new))
    after = rows(plan)
    assert text_of(plan) == SHAPES.replace(old, new)
    assert all(untouched(before[name], after[name]) for name in stay)


def test_functions_that_changed_places_stay_as_they_were(plan: MasterPlan) -> None:
    before = rows(plan)
    head, area, edge = (part.strip("\n") for part in SHAPES.split("\n\n\n"))
    turned = f"{head}\n\n\n{edge}\n\n\n{area}\n"
    store(plan, turned)
    after = rows(plan)
    assert list(after) == ["__doc__", "imports", "edge", "area"]
    assert text_of(plan) == turned
    assert all(untouched(before[name], after[name]) for name in after)


def test_methods_of_a_renamed_class_stay_and_get_its_name(plan: MasterPlan) -> None:
    text = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
    store(plan, text)
    for atom in plan.atoms.all():
        mark(atom)
    before = rows(plan)
    store(plan, text.replace("class A", "class B"))
    after = rows(plan)
    assert untouched(before["A.f"], after["B.f"])
    assert untouched(before["A.g"], after["B.g"])
    assert after["B.f"].parent_id == after["B"].pk == before["A"].pk


# --- what changed


def test_a_changed_atom_keeps_its_history_and_waits_to_be_checked_again(plan: MasterPlan) -> None:
    before = rows(plan)["area"]
    store(plan, SHAPES.replace("side * side", "side**2"))
    after = rows(plan)["area"]
    assert after.pk == before.pk
    assert after.history.count() == after.validation_results.count() == 1
    assert (after.status, after.confidence, after.attempts) == (Status.PENDING, None, 0)
    assert (after.version, after.round, after.author) == (2, 2, Author.IMPORTED)
    assert "side**2" in after.skeleton


def test_a_renamed_function_is_the_same_row(plan: MasterPlan) -> None:
    before = rows(plan)["area"]
    store(plan, SHAPES.replace("def area", "def surface"))
    after = rows(plan)["surface"]
    assert (after.pk, after.status) == (before.pk, Status.PENDING)


def test_whoever_was_at_work_on_a_changed_atom_loses_the_lease(plan: MasterPlan) -> None:
    held = {"status": Status.GENERATING, "lease_token": uuid4(), "lease_until": timezone.now()}
    plan.atoms.update(**held)
    store(plan, SHAPES.replace("side * side", "side**2"))
    assert rows(plan)["area"].lease_token is None
    assert rows(plan)["edge"].lease_token is not None


def test_who_writes_decides_what_a_changed_atom_waits_for(plan: MasterPlan) -> None:
    empty = SHAPES.replace("return side * side", "...")
    store(plan, empty, author=Author.SKELETON)
    area = rows(plan)["area"]
    assert (area.status, area.needs_body, area.author) == (Status.PENDING, True, Author.NOBODY)
    store(plan, SHAPES, author=Author.TESTS)
    assert rows(plan)["area"].status == Status.ACCEPTED


def test_a_changed_atom_is_checked_again_before_it_is_accepted(plan: MasterPlan) -> None:
    store(plan, SHAPES.replace("side * side", "side +"))
    describe(masterplan=plan)
    build_graph(masterplan=plan, policy=Policy.CONTRACT)
    validate(plan)
    assert rows(plan)["area"].status == Status.FAILED
    assert rows(plan)["area"].validation_results.filter(verdict="failed").exists()


# --- what vanished and what is new


def test_a_vanished_atom_is_retired_with_all_that_happened_to_it(plan: MasterPlan) -> None:
    store(plan, SHAPES + "\n\nUNIT = area(1)\n")
    build_graph(masterplan=plan, policy=Policy.CONTRACT)
    gone = rows(plan)["area"]
    assert gone.dependent_edges.exists()
    rest = SHAPES[: SHAPES.index("def area")] + SHAPES[SHAPES.index("def edge") :]
    store(plan, rest + "\n\nUNIT = area(1)\n")
    assert "area" not in rows(plan)
    row = AtomicUnit.with_retired.get(pk=gone.pk)
    assert row.retired_at is not None
    assert (row.name, row.position, row.code) == ("area", gone.position, gone.code)
    assert row.history.count() == row.validation_results.count() == 1
    assert row.review_items.get().status == "superseded"
    assert not row.dependency_edges.exists() and not row.dependent_edges.exists()
    assert AtomRetryHistory.objects.get(atom=gone).atom == row
    refresh_queue(masterplan=plan)


def test_an_atom_that_nothing_happened_to_leaves_no_trace(plan: MasterPlan) -> None:
    store(plan, SHAPES + "\n\ndef unit() -> int:\n    return 1\n")
    unit = rows(plan)["unit"]
    store(plan, SHAPES)
    assert not AtomicUnit.with_retired.filter(pk=unit.pk).exists()


def test_a_class_that_nothing_happened_to_stays_for_the_sake_of_its_method(
    plan: MasterPlan,
) -> None:
    store(plan, SHAPES + "\n\nclass A:\n    def f(self):\n        return 1\n")
    mark(rows(plan)["A.f"])
    before = rows(plan)
    store(plan, SHAPES)
    method = AtomicUnit.with_retired.get(pk=before["A.f"].pk)
    assert method.history.count() == 1
    assert method.parent_id == before["A"].pk


def test_a_name_that_comes_back_is_a_new_atom_beside_the_retired(plan: MasterPlan) -> None:
    gone = rows(plan)["area"].pk
    store(plan, SHAPES[: SHAPES.index("def area")])
    store(plan, SHAPES)
    assert rows(plan)["area"].pk != gone
    assert AtomicUnit.with_retired.filter(name="area").count() == 2


def test_a_retired_class_takes_no_method_with_it_that_moved(plan: MasterPlan) -> None:
    method = "    def f(self):\n        return [1, 2, 3]\n"
    store(plan, f"class A:\n    x = 1\n\n{method}\n\nclass B:\n    y = 2\n")
    before = rows(plan)["A.f"].pk
    store(plan, f"class B:\n    y = 2\n\n{method}")
    assert rows(plan)["B.f"].pk == before
    assert rows(plan)["B.f"].parent_id == rows(plan)["B"].pk
    assert text_of(plan) == f"class B:\n    y = 2\n\n{method}"


def test_an_atom_that_grew_into_several_keeps_its_row_for_the_first(plan: MasterPlan) -> None:
    body = "".join(f"    n{number} = side * {number}\n" for number in range(40))
    before = rows(plan)
    store(plan, SHAPES.replace("    return side * side\n", body + "    return n39\n"))
    after = rows(plan)
    assert after["area"].pk == before["area"].pk
    assert untouched(before["edge"], after["edge"])
    blocks = [atom for name, atom in after.items() if name.startswith("area#block")]
    assert len(blocks) >= 2
    assert {block.parent_id for block in blocks} == {after["area"].pk}


def test_a_file_that_is_no_source_any_more_retires_its_atoms(plan: MasterPlan) -> None:
    store(plan, "", mode=SourceFile.Mode.FILE)
    assert not plan.atoms.exists()
    assert AtomicUnit.with_retired.filter(masterplan=plan).count() == 4
    store(plan, SHAPES)
    assert text_of(plan) == SHAPES


def test_figures_of_files_pass_retired_atoms_over(plan: MasterPlan) -> None:
    store(plan, SHAPES[: SHAPES.index("def edge")])
    assert files(plan).get().atom_count == plan.atoms.count() == 3


# --- long answers


LONG = "def area(side: int) -> int:\n" + "".join(f"    n{i} = side * {i}\n" for i in range(60))


def test_blocks_that_a_new_answer_has_again_are_the_same_rows(plan: MasterPlan) -> None:
    first = replace_code(atom=rows(plan)["area"], code=LONG, author=Author.MODEL)
    for block in first[1:]:
        mark(block)
    atom = rejoin(atom=rows(plan)["area"])
    again = LONG.replace("n30 = side * 30", "n30 = side + 30")
    second = replace_code(atom=atom, code=again, author=Author.MODEL)
    assert [row.pk for row in second] == [row.pk for row in first]
    assert (
        sum(row.version - old.version for row, old in zip(second[1:], first[1:], strict=True)) == 1
    )
    assert all(row.history.count() == 1 for row in second)
    assert text_of(plan).count("side + 30") == 1


def test_a_block_that_grows_is_cut_anew_with_its_neighbours(plan: MasterPlan) -> None:
    first = replace_code(atom=rows(plan)["area"], code=LONG, author=Author.MODEL)
    mark(first[-1])
    block, old = first[1], first[1].code
    more = old + "".join(f"    m{i} = n1 + {i}\n" for i in range(20))
    parts = replace_code(atom=block, code=more, author=Author.PERSON)
    whole = text_of(plan)
    assert LONG.replace(old, more) in whole
    assert parts[0].pk == block.pk
    assert len(parts) > 1
    assert more in "".join(part.code for part in parts)
    assert {part.author for part in parts} == {Author.PERSON}
    family = [atom for atom in rows(plan).values() if atom.name.startswith("area")]
    assert all(atom.loc <= 15 for atom in family)
    numbers = [int(atom.name.rsplit("k", 1)[1]) for atom in family[1:]]
    assert numbers == sorted(numbers)
    assert family[-1].pk == first[-1].pk
    rejoin(atom=family[0])
    assert text_of(plan) == whole
    assert not rows(plan)["area"].children.exists()


def test_a_block_whose_neighbours_are_at_work_stays_in_one_piece(plan: MasterPlan) -> None:
    first = replace_code(atom=rows(plan)["area"], code=LONG, author=Author.MODEL)
    AtomicUnit.objects.filter(pk=first[2].pk).update(status=Status.ANSWERED)
    old = first[1].code
    more = old + "".join(f"    m{i} = n1 + {i}\n" for i in range(20))
    assert replace_code(atom=first[1], code=more, author=Author.PERSON) == [first[1]]
    after = AtomicUnit.objects.get(pk=first[1].pk)
    assert after.loc == len(more.splitlines())
    assert LONG.replace(old, more) in text_of(plan)


def test_a_split_function_with_nested_definitions_is_rejoined(plan: MasterPlan) -> None:
    inner = "    def inner(n):\n" + "".join(f"        m{i} = n + {i}\n" for i in range(14))
    code = LONG + inner + "        return m1\n    return inner(side)\n"
    replace_code(atom=rows(plan)["area"], code=code, author=Author.MODEL)
    whole = text_of(plan)
    atom = rejoin(atom=rows(plan)["area"])
    assert text_of(plan) == whole
    assert atom.code.endswith("return inner(side)\n")
    assert not atom.children.exists()
