"""What an edit would invalidate, by whether it keeps the contract of its atom."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from atomization.atom_service import Atom, AtomService
from atomization.parser import Language
from dependencies.edges import EdgeKind
from dependencies.impact import Change, Stale, affected, changes_between

BASE = '''class Box:
    """A box."""

    size: int = 1

    def area(self, factor: int = 1) -> int:
        """Give the area."""
        if factor < 0:
            raise ValueError(factor)
        return self.size * factor


def guess(value):
    return [value]
'''


def atoms(source: str, language: Language = Language.PYTHON) -> tuple[Atom, ...]:
    return AtomService().atomize(source.encode(), language, path="a.py").atoms


def changes(
    after: str, before: str = BASE, language: Language = Language.PYTHON
) -> dict[str, tuple[Change, tuple[str, ...]]]:
    found = changes_between(atoms(before, language), atoms(after, language))
    return {one.name: (one.change, one.parts) for one in found}


# --- comparing


def test_nothing_changed_is_no_change() -> None:
    assert changes(BASE) == {}


def test_layout_is_no_contract() -> None:
    moved = BASE.replace("factor: int = 1) ->", "factor: int = 1,\n    ) ->")
    assert changes("\n\n" + BASE) == {}
    assert {change for change, _ in changes(moved).values()} == {Change.BODY}


def test_another_body_keeps_the_contract() -> None:
    after = BASE.replace("self.size * factor", "factor * self.size")
    assert changes(after) == {"Box.area": (Change.BODY, ())}


@pytest.mark.parametrize(
    ("old", "new", "name", "part"),
    [
        ("factor: int = 1", "factor: float = 1", "Box.area", "parameters"),
        ("factor: int = 1", "factor: int = 2", "Box.area", "parameters"),
        ("-> int", "-> float", "Box.area", "returns"),
        ("Give the area.", "Give the volume.", "Box.area", "docstring"),
        ("raise ValueError(factor)", "raise KeyError(factor)", "Box.area", "raises"),
        ("def area", "async def area", "Box.area", "is_async"),
        ("    def area", "    @staticmethod\n    def area", "Box.area", "decorators"),
        ("class Box:", "class Box(list):", "Box", "bases"),
        ("return [value]", "return str(value)", "guess", "gives"),
    ],
)
def test_each_part_of_a_contract_counts(old: str, new: str, name: str, part: str) -> None:
    change, parts = changes(BASE.replace(old, new))[name]
    assert change is Change.CONTRACT
    assert part in parts


def test_what_an_annotated_function_hands_back_is_its_own_affair() -> None:
    after = BASE.replace("return self.size * factor", "return 7")
    assert changes(after) == {"Box.area": (Change.BODY, ())}


def test_an_atom_that_goes_and_one_that_comes_are_told() -> None:
    gone = BASE[: BASE.index("\n\ndef guess")]
    assert changes(gone) == {"guess": (Change.GONE, ())}
    assert changes(BASE, before=gone) == {"guess": (Change.ADDED, ())}


def test_a_rename_is_a_contract_change() -> None:
    change, parts = changes(BASE.replace("def guess", "def surmise"))["guess"]
    assert (change, parts[0]) == (Change.CONTRACT, "name")


def test_scripts_are_compared_alike() -> None:
    before = "export function f(a: number): number {\n  return a;\n}\n"
    language = Language.TYPESCRIPT
    body = before.replace("return a", "return a + 0")
    assert changes(body, before, language) == {"f": (Change.BODY, ())}
    contract = before.replace("): number", "): string")
    assert changes(contract, before, language)["f"][0] is Change.CONTRACT


def test_a_block_counts_by_its_data_flow() -> None:
    lines = "".join(f"    a{n} = a{n - 1} + {n}\n" for n in range(1, 25))
    before = f"def f(a0: int) -> int:\n{lines}    return a24\n"
    for number in range(1, 24):  # the first lines of blocks included
        old, new = f"a{number} + {number + 1}\n", f"a{number} * {number + 1}\n"
        body = changes(before.replace(old, new), before)
        assert [change for change, _ in body.values()] == [Change.BODY]
    flow = changes(before.replace("a23 = a22 + 23", "a23 = a22 + a0"), before)
    assert any("flow" in parts for _, parts in flow.values())


# --- following


@dataclass(frozen=True, slots=True)
class Arc:
    dependent: str
    dependency: str
    kind: EdgeKind = EdgeKind.FUNCTION_CALL
    hard: bool = False


CALLS = [Arc("b", "a"), Arc("c", "b"), Arc("d", "c"), Arc("x", "y")]


def reached(
    change: Change,
    arcs: list[Arc],
    start: str = "a",
    classes: str = "",
    parts: dict[str, str] | None = None,
) -> dict[str, tuple[Stale, int]]:
    found = affected({start: change}, arcs, classes=classes, parts=parts)
    return {one.atom: (one.stale, one.depth) for one in found}


def test_a_body_makes_tests_stale_and_nothing_else() -> None:
    assert reached(Change.BODY, CALLS) == {
        "b": (Stale.TESTS, 1),
        "c": (Stale.TESTS, 2),
        "d": (Stale.TESTS, 3),
    }


@pytest.mark.parametrize("change", [Change.CONTRACT, Change.GONE])
def test_a_contract_makes_the_checks_of_its_users_stale(change: Change) -> None:
    assert reached(change, CALLS) == {
        "b": (Stale.CHECKS, 1),
        "c": (Stale.TESTS, 2),
        "d": (Stale.TESTS, 3),
    }


def test_who_needs_the_code_is_checked_anew_when_it_changes() -> None:
    arcs = [Arc("b", "a", hard=True), Arc("c", "b", hard=True)]
    assert reached(Change.BODY, arcs) == {"b": (Stale.CHECKS, 1), "c": (Stale.TESTS, 2)}


def test_a_mention_runs_nothing() -> None:
    arcs = [Arc("b", "a", EdgeKind.TYPE), Arc("c", "a", EdgeKind.IMPORT), Arc("d", "b")]
    assert reached(Change.BODY, arcs) == {}
    assert reached(Change.CONTRACT, arcs) == {"b": (Stale.CHECKS, 1), "c": (Stale.CHECKS, 1)}


def test_the_contract_of_a_base_is_a_part_of_its_classes() -> None:
    arcs = [Arc("b", "a", EdgeKind.TYPE, hard=True), Arc("c", "b", EdgeKind.TYPE)]
    assert reached(Change.CONTRACT, arcs, classes="ab") == {
        "b": (Stale.CHECKS, 1),
        "c": (Stale.CHECKS, 2),
    }
    assert "c" not in reached(Change.CONTRACT, arcs)


def test_a_circle_ends() -> None:
    arcs = [Arc("b", "a"), Arc("a", "b"), Arc("c", "b"), Arc("b", "c")]
    assert set(reached(Change.CONTRACT, arcs)) == {"b", "c"}


def test_each_says_by_which_edge_it_was_reached() -> None:
    found = affected({"a": Change.BODY}, CALLS)
    assert [one.via for one in found] == CALLS[:3]


def test_what_is_new_affects_nobody() -> None:
    assert reached(Change.ADDED, CALLS, start="z") == {}


def test_who_calls_a_function_runs_its_blocks() -> None:
    arcs = [
        Arc("block", "f", EdgeKind.TEMPORAL, hard=True),
        Arc("caller", "f"),
        Arc("test", "caller"),
    ]
    parts = {"block": "f"}
    assert reached(Change.BODY, arcs, start="block", parts=parts) == {
        "f": (Stale.TESTS, 1),
        "caller": (Stale.TESTS, 2),
        "test": (Stale.TESTS, 3),
    }
    assert reached(Change.BODY, arcs, start="block") == {}
