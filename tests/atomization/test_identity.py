"""Which atoms stay the same when a file changes: by content and place, never by line number."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atomization.decomposer import decompose
from atomization.identity import Kept, Known, match
from atomization.parser import Language

TWO = '''import math


def area(side: int) -> int:
    """Give the area."""
    return side * side


def edge(area: int) -> float:
    """Give the edge."""
    return math.sqrt(area)
'''


def known(source: str) -> list[Known]:
    slots = decompose(source.encode(), Language.PYTHON)
    return [Known(slot.kind.value, slot.name, slot.parent, slot.code) for slot in slots]


def fates(before: str, after: str) -> dict[str, str | None]:
    """Give for each atom of `after` the old name with ! where it changed; None for a new one."""
    old, new = known(before), known(after)
    return {
        atom.name: None if kept is None else old[kept.old].name + ("" if kept.same else "!")
        for atom, kept in zip(new, match(old, new), strict=True)
    }


def function(name: str, *bodies: str) -> str:
    """Write a function whose statements are loops of eight lines each, one for each of `bodies`."""
    loops = "".join(
        f"    for {body} in {name}s:\n" + "".join(f"        {body}.do({n})\n" for n in range(8))
        for body in bodies
    )
    return f"def {name}({name}s):\n{loops}"


def test_nothing_changed() -> None:
    assert fates(TWO, TWO) == {"imports": "imports", "area": "area", "edge": "edge"}


def test_what_is_put_at_the_top_changes_nothing_below() -> None:
    top = '"""Shapes."""\n\nUNIT = 1\n\n\n'
    assert fates(TWO, top + TWO) == {
        "__doc__": None,
        "UNIT": None,
        "imports": "imports",
        "area": "area",
        "edge": "edge",
    }


def test_what_is_deleted_is_found_by_nothing() -> None:
    rest = TWO[: TWO.index("def area")] + TWO[TWO.index("def edge") :]
    assert fates(TWO, rest) == {"imports": "imports", "edge": "edge"}


def test_a_changed_body_is_the_same_atom_changed() -> None:
    after = TWO.replace("side * side", "side**2")
    assert fates(TWO, after) == {"imports": "imports", "area": "area!", "edge": "edge"}


def test_a_renamed_function_is_the_same_atom_changed() -> None:
    assert fates(TWO, TWO.replace("def area", "def surface")) == {
        "imports": "imports",
        "surface": "area!",
        "edge": "edge",
    }


def test_what_bears_the_old_name_is_it_before_what_bears_the_old_text() -> None:
    body = "\n    return side * side\n"
    before = "def area(side):" + body
    after = "def area(side):\n    return side**2\n\n\ndef other(side):" + body
    assert fates(before, after) == {"area": "area!", "other": None}


def test_functions_that_change_places_stay_what_they_are() -> None:
    head, area, edge = (part.strip("\n") for part in TWO.split("\n\n\n"))
    assert fates(TWO, f"{head}\n\n\n{edge}\n\n\n{area}\n") == {
        "imports": "imports",
        "edge": "edge",
        "area": "area",
    }


def test_the_methods_of_a_renamed_class_stay_what_they_are() -> None:
    before = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
    found = fates(before, before.replace("class A", "class B"))
    assert (found["B.f"], found["B.g"], found["B"]) == ("A.f", "A.g", "A!")


def test_of_twins_the_one_that_kept_its_place_stays() -> None:
    """The text `x.append(1)` stands before and after the loop; the first one is deleted."""
    twin = Known("block", "f#block1", "f", "    xs.append(1)\n")
    middle = Known("block", "f#block2", "f", "    for x in xs: print(x)\n")
    last = Known("block", "f#block3", "f", "    xs.append(1)\n")
    head = Known("function", "f", None, "def f(xs):\n")
    after = [
        head,
        Known("block", "f#block1", "f", middle.code),
        Known("block", "f#block2", "f", last.code),
    ]
    found = match([head, twin, middle, last], after)
    assert found == [Kept(0, True), Kept(2, True), Kept(3, True)]


def test_of_equal_twins_as_many_stay_as_there_are() -> None:
    twins = [Known("field", f"x#{number}", "A", "    x = 1\n") for number in range(4)]
    assert [kept and kept.old for kept in match(twins, twins[:2])] == [0, 1]
    assert [kept and kept.old for kept in match(twins[:2], twins)] == [0, 1, None, None]


def test_an_edit_in_the_middle_of_a_long_function_changes_one_block() -> None:
    before = function("item", "a", "b", "c", "d")
    after = before.replace("b.do(3)", "b.undo(3)")
    changed = [name for name, was in fates(before, after).items() if was is None or "!" in was]
    assert len(changed) == 1
    assert [was for was in fates(before, after).values() if was] == [
        f"{atom.name}{'!' if 'b.do(3)' in atom.code else ''}" for atom in known(before)
    ]


def test_statements_put_into_a_long_function_are_new_and_the_others_stay() -> None:
    before, after = function("item", "a", "b", "c"), function("item", "a", "n", "b", "c")
    found = fates(before, after)
    same = [was for was in found.values() if was is not None and not was.endswith("!")]
    assert len(same) >= 2
    assert len(set(found.values()) - {None}) == len(known(before))


def test_an_atom_that_grows_into_several_is_the_first_of_them() -> None:
    before, after = function("item", "a"), function("item", "a", "b", "c")
    found = list(fates(before, after).values())
    assert found[0] in {"item", "item!"}
    assert set(found[1:]) == {None}
    assert len(found) > 2


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_line_ends_change_no_atom(ending: str) -> None:
    assert fates(TWO, TWO.replace("\n", ending)) == fates(TWO, TWO)


def test_blank_lines_around_an_atom_are_not_its_content() -> None:
    assert fates(TWO, TWO.replace("\n\n\n", "\n\n\n\n\n")) == fates(TWO, TWO)


def test_indentation_is_content() -> None:
    before = "if x:\n    a = 1\n    b = 2\n"
    assert (
        fates(before, before.replace("    b", "b"))[known(before)[0].name] != known(before)[0].name
    )


def test_a_range_that_grows_is_the_same_atom_changed() -> None:
    before, after = (
        [Known("constant", name, None, code)]
        for name, code in [("A..B", "A = 1\nB = 2\n"), ("A..C", "A = 1\nB = 2\nC = 3\n")]
    )
    assert match(before, after) == [Kept(0, False)]


ATOMS = st.lists(
    st.builds(
        Known,
        st.sampled_from(["function", "block", "field"]),
        st.sampled_from(["a", "b", "f#block1", "f#block2", "c.a"]),
        st.sampled_from([None, "f", "c"]),
        st.sampled_from(["x\n", "y\n", "\nx\n", "def a(): pass\n", "def b(): pass\n", ""]),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(ATOMS, ATOMS)
def test_no_atom_is_found_twice_and_the_same_says_the_same(
    old: list[Known], new: list[Known]
) -> None:
    found = match(old, new)
    olds = [kept.old for kept in found if kept]
    assert len(found) == len(new)
    assert len(set(olds)) == len(olds)
    for atom, kept in zip(new, found, strict=True):
        if kept and kept.same:
            assert atom.code.strip() == old[kept.old].code.strip()
        if kept:
            assert atom.kind == old[kept.old].kind


@settings(max_examples=100, deadline=None)
@given(ATOMS)
def test_a_file_that_did_not_change_is_all_the_same(atoms: list[Known]) -> None:
    assert [kept and kept.old for kept in match(atoms, atoms)] == list(range(len(atoms)))


def test_a_hundred_thousand_equal_atoms_are_no_trouble() -> None:
    twins = [Known("field", f"x#{number}", "A", "    x = 1\n") for number in range(100_000)]
    began = time.process_time()
    match(twins, twins[1:])
    assert time.process_time() - began < 10
