"""Sources to described atoms: places, contracts, criteria, and the check of reassembly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from atomization.atom_service import AtomService, first_difference
from atomization.decomposer import Slot, slots_of
from atomization.parser import Language
from atomization.reading import Reading

PYTHON = Language.PYTHON
SHAPES = '''"""Shapes, naïvely."""

import math


def circle(radius: float) -> float:
    """Give the area.

    Raises ValueError for a negative radius.
    """
    if radius < 0:
        raise ValueError(radius)
    return math.pi * radius**2
'''.encode()


def test_an_atoms_bytes_are_its_text_in_the_file() -> None:
    made = AtomService().atomize(SHAPES, PYTHON, path="shapes.py")
    for atom in made.atoms:
        assert SHAPES[atom.start : atom.end].decode() == atom.slot.code
    assert all(before.end == after.start for before, after in pairwise(made.atoms))
    assert (made.atoms[0].start, made.atoms[-1].end) == (0, len(SHAPES))


def test_bytes_that_are_not_utf8_count_as_they_are() -> None:
    content = b"a = '\xe9'\n\n\ndef f(): ...\n"
    last = AtomService().atomize(content, PYTHON).atoms[-1]
    assert content[last.start : last.end].strip() == b"def f(): ..."


def test_the_json_of_an_atom_says_where_it_is_and_what_it_promises() -> None:
    atom = AtomService().atomize(SHAPES, PYTHON).atoms[-1]
    found = atom.to_json()
    assert found["lines"] == [4, 13]
    assert found["metrics"] == {"loc": 4, "complexity": 2}
    assert found["contract"]["raises"] == ("ValueError",)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import os.path\nfrom re import sub as replace\n", ["os", "replace"]),
        ("A = 1\nB: int = 2\nC = 3\n", ["A", "B", "C"]),
        ("class Square:\n    pass\n", ["Square"]),
        ("print(1)\n", []),
        ("# nothing\n", []),
    ],
)
def test_the_names_of_an_atom_are_those_that_it_declares(source: str, names: list[str]) -> None:
    [atom] = AtomService().atomize(source.encode(), PYTHON).atoms
    assert atom.to_json()["names"] == names


def test_a_project_describes_each_atom_with_context_and_ten_criteria() -> None:
    service = AtomService()
    shapes = service.atomize(SHAPES, PYTHON, path="shapes.py")
    user = service.atomize(
        b"from shapes import circle\nunit = circle(1) + missing\n", PYTHON, path="user.py"
    )
    described = service.describe([shapes, user])
    assert set(described) == {
        f"{file.path}::{atom.slot.name}" for file in (shapes, user) for atom in file.atoms
    }
    unit = described["user.py::unit"]
    assert unit.context.unresolved == ("missing",)
    assert unit.to_json()["holes"] == ["missing"]
    assert len(unit.criteria) == 10
    assert 0 < unit.score < 1


@pytest.mark.parametrize("limit", [1, 5, 40])
def test_the_limit_is_the_callers(limit: int) -> None:
    body = b"".join(b"    n%d = %d\n" % (number, number) for number in range(40))
    slots = AtomService(max_loc=limit).slots(b"def f():\n" + body, PYTHON)
    assert max(slot.loc for slot in slots if not slot.irreducible) <= limit
    assert (len(slots) == 1) is (limit > 40)


def lossy(reading: Reading, *, max_loc: int, target_loc: int) -> Sequence[Slot]:
    """Cut as always, then lose the last atom's final byte."""
    slots = list(slots_of(reading, max_loc=max_loc, target_loc=target_loc))
    return [*slots[:-1], replace(slots[-1], code=slots[-1].code[:-1])]


def test_the_first_difference_of_a_lossy_cut_is_found() -> None:
    assert first_difference(SHAPES, AtomService().slots(SHAPES, PYTHON)) is None
    assert first_difference(SHAPES, AtomService(cut=lossy).slots(SHAPES, PYTHON)) == len(SHAPES) - 1
    [slot] = AtomService().slots(b"x = 1\n", PYTHON)
    assert first_difference(b"x = 2\n", [slot]) == 4
    assert first_difference(b"x = 1", [slot]) == 5
