"""Level 1 without execution: each check refuses for its own reason and lets honest code pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pytest

from tests.validation.projects import ADD, DOUBLE, HALF, SHARE, candidate, project, with_body
from validation.atomic_validator import Candidate, cheap_checks, static_checks
from validation.findings import Finding, Severity, Verdict, passed
from validation.layout import Layout
from validation.snapshot import Snapshot
from validation.type_checker import TypeChecker, TypeCheckError, TypeFault

HONEST = "return total // people"


def failures(findings: list[Finding]) -> list[str]:
    return [finding.check for finding in findings if finding.blocks]


def verdict(findings: list[Finding], check: str) -> Verdict:
    return next(finding.verdict for finding in findings if finding.check == check)


def one(snapshot: Snapshot, made: Candidate, checker: TypeChecker) -> list[Finding]:
    return static_checks(snapshot, [made], checker=checker)[made.key]


# --- contract


def test_an_honest_answer_passes_every_check(evenly: Snapshot, checker: TypeChecker) -> None:
    found = one(evenly, candidate(evenly, SHARE, with_body(evenly, SHARE, HONEST)), checker)
    assert {finding.check: finding.verdict for finding in found} == {
        "syntax": Verdict.PASSED,
        "contract": Verdict.PASSED,
        "completeness_of_body": Verdict.PASSED,
        "types": Verdict.PASSED,
    }


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("people: int", "people: float", "signature"),
        ("people: int", "people: int = 2", "signature"),
        ("people: int", "persons: int", "signature"),
        (") -> int", ") -> float", "signature"),
        ("def share", "async def share", "async function"),
        ("def share", "def shared", "function shared"),
        ("def share", "@staticmethod\ndef share", "decorators"),
        ("Share an amount.", "Share an amount!", "docstring"),
        ("    3\n", "    4\n", "docstring"),
    ],
)
def test_what_others_rely_on_may_not_change(
    evenly: Snapshot, old: str, new: str, part: str
) -> None:
    code = with_body(evenly, SHARE, HONEST).replace(old, new, 1)
    found = cheap_checks(candidate(evenly, SHARE, code))
    assert failures(found) == ["contract"]
    assert part in found[0].message


def test_a_change_names_what_was_expected_and_where(evenly: Snapshot) -> None:
    code = with_body(evenly, SHARE, HONEST).replace("people: int", "people: float")
    finding = cheap_checks(candidate(evenly, SHARE, code))[0]
    assert finding.expected == "(total: int, people: int) -> int"
    assert finding.actual == "(total: int, people: float) -> int"
    assert finding.line is not None
    assert code.split("\n")[finding.line - 1].startswith("def share")


@pytest.mark.parametrize(
    "extra", ["def helper() -> None:\n    print()\n", "import os\n", "X = 1\n", "print('hi')\n"]
)
def test_nothing_else_may_be_defined(evenly: Snapshot, extra: str) -> None:
    code = with_body(evenly, SHARE, HONEST) + extra
    assert failures(cheap_checks(candidate(evenly, SHARE, code))) == ["contract"]


def test_helpers_inside_the_function_are_its_own_business(evenly: Snapshot) -> None:
    code = with_body(evenly, SHARE, "def f(x: int) -> int:", "    return x", "return f(total)")
    assert passed(cheap_checks(candidate(evenly, SHARE, code)))


def test_a_method_keeps_its_contract_as_well(evenly: Snapshot) -> None:
    good = with_body(evenly, ADD, "return Money(self.cents + other.cents)")
    assert passed(cheap_checks(candidate(evenly, ADD, good)))
    bad = good.replace("self, other", "self, another")
    assert failures(cheap_checks(candidate(evenly, ADD, bad))) == ["contract"]


# --- body


@pytest.mark.parametrize(
    "body",
    ["pass", "...", "raise NotImplementedError", "raise NotImplementedError('later')",
     "'nothing'", "raise RuntimeError('not implemented')", "# TODO: share\npass"],
)  # fmt: skip
def test_a_placeholder_is_no_body(evenly: Snapshot, body: str) -> None:
    code = with_body(evenly, SHARE, *body.split("\n"))
    found = cheap_checks(candidate(evenly, SHARE, code))
    assert failures(found) == ["completeness_of_body"]


def test_a_docstring_alone_is_no_body(evenly: Snapshot) -> None:
    found = cheap_checks(candidate(evenly, SHARE, evenly.code(SHARE)))
    assert failures(found) == ["completeness_of_body"]


def test_a_note_to_oneself_is_a_warning(evenly: Snapshot) -> None:
    code = with_body(evenly, SHARE, "# TODO: round", HONEST)
    found = cheap_checks(candidate(evenly, SHARE, code))
    assert passed(found)
    assert [f.severity for f in found if f.verdict is Verdict.FAILED] == [Severity.WARNING]


def test_an_abstract_method_may_be_empty() -> None:
    text = "class A:\n    @abstractmethod\n    def f(self) -> int:\n        ...\n"
    snapshot = project({"a.py": text})
    made = candidate(snapshot, "a.py::A.f", snapshot.code("a.py::A.f"))
    assert passed(cheap_checks(made))


@pytest.mark.parametrize("code", ["", "\n\n"])
def test_an_empty_answer_is_refused(evenly: Snapshot, code: str) -> None:
    assert failures(cheap_checks(candidate(evenly, SHARE, code))) == ["completeness_of_body"]


def test_a_fence_is_named_as_such(evenly: Snapshot) -> None:
    code = f"```python\n{with_body(evenly, SHARE, HONEST)}```\n"
    found = cheap_checks(candidate(evenly, SHARE, code))
    assert failures(found) == ["syntax"]
    assert "fence" in found[0].message


def test_an_endless_answer_is_refused_before_it_is_parsed(evenly: Snapshot) -> None:
    code = with_body(evenly, SHARE, "return " + "+".join(["1"] * 50_000))
    assert failures(cheap_checks(candidate(evenly, SHARE, code))) == ["syntax"]


def test_what_was_handed_in_complete_may_be_empty() -> None:
    snapshot = project({"a.py": "def f():\n    pass\n"})
    code = snapshot.code("a.py::f")
    language = snapshot.files["a.py"].language
    assert language is not None
    assert passed(cheap_checks(Candidate("a.py::f", code, code, language, given=True)))


# --- syntax


@pytest.mark.parametrize(
    ("body", "line"), [("return (total", 6), ("return total +", 6), ("if total:", 6)]
)
def test_a_syntax_error_is_found_on_its_line(
    evenly: Snapshot, checker: TypeChecker, body: str, line: int
) -> None:
    code = with_body(evenly, SHARE, body)
    found = one(evenly, candidate(evenly, SHARE, code), checker)
    assert "syntax" in failures(found)
    finding = next(item for item in found if item.check == "syntax")
    assert finding.line is None or abs(finding.line - code.count("\n")) <= 1
    assert verdict(found, "types") is Verdict.NOT_RUN


def test_code_that_only_breaks_its_neighbour_is_refused(
    evenly: Snapshot, checker: TypeChecker
) -> None:
    code = with_body(evenly, SHARE, "x = '''", "return 1")
    assert "syntax" in failures(one(evenly, candidate(evenly, SHARE, code), checker))


def test_a_neighbours_error_is_not_held_against_an_atom(checker: TypeChecker) -> None:
    snapshot = project(
        {"a.py": "def f() -> int:\n    return 1\n\n\ndef g() -> int:\n    return (\n"}
    )
    made = candidate(snapshot, "a.py::f", snapshot.code("a.py::f"))
    found = one(snapshot, made, checker)
    assert passed(found)
    assert verdict(found, "syntax") is Verdict.NOT_RUN


# --- types


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return total / people", "float"),
        ("return undefined_name", "not defined"),
        ("return half(total, people)", "Too many arguments"),
        ("return Money(1).sub()", "no attribute"),
        ("return str(total)", "str"),
        ("import nowhere\n    return 1", "Cannot find implementation"),
        ("return total / people  # type: ignore", "float"),
        ("# mypy: ignore-errors\n    return total / people", "float"),
    ],
)
def test_a_type_error_refuses_a_generated_atom(
    evenly: Snapshot, checker: TypeChecker, body: str, said: str
) -> None:
    code = with_body(evenly, SHARE, body)
    found = one(evenly, candidate(evenly, SHARE, code), checker)
    assert failures(found) == ["types"]
    finding = next(item for item in found if item.check == "types")
    assert said in finding.message
    assert finding.line is not None
    row = code.split("\n")[finding.line - 1]
    assert row.split("#")[0] == finding.actual.split("#")[0]


def test_each_of_many_candidates_answers_for_itself(evenly: Snapshot, checker: TypeChecker) -> None:
    good = candidate(evenly, SHARE, with_body(evenly, SHARE, HONEST))
    bad = candidate(evenly, ADD, with_body(evenly, ADD, "return 5"))
    found = static_checks(evenly, [good, bad], checker=checker)
    assert passed(found[SHARE])
    assert failures(found[ADD]) == ["types"]


def test_empty_neighbours_do_not_matter(evenly: Snapshot, checker: TypeChecker) -> None:
    made = candidate(evenly, HALF, evenly.code(HALF))
    assert passed(one(evenly, made, checker))


def test_an_import_that_is_asked_for_is_in_force(evenly: Snapshot, checker: TypeChecker) -> None:
    code = with_body(evenly, SHARE, "return math.floor(total / people)")
    assert failures(one(evenly, candidate(evenly, SHARE, code), checker)) == ["types"]
    assert passed(one(evenly, candidate(evenly, SHARE, code, ("import math",)), checker))


def test_an_import_of_something_that_is_not_there_is_refused(
    evenly: Snapshot, checker: TypeChecker
) -> None:
    code = with_body(evenly, SHARE, HONEST)
    imports = ("from math import flor",)
    found = one(evenly, candidate(evenly, SHARE, code, imports), checker)
    assert failures(found) == ["types"]


def test_an_import_may_not_give_a_name_of_the_file_another_meaning(
    evenly: Snapshot, checker: TypeChecker
) -> None:
    code = with_body(evenly, SHARE, HONEST)
    imports = ("from decimal import Decimal as Money",)
    assert failures(one(evenly, candidate(evenly, SHARE, code, imports), checker)) == ["imports"]
    again = ("from decimal import Decimal",)
    assert passed(one(evenly, candidate(evenly, SHARE, code, again), checker))


def test_imported_code_is_warned_of_not_refused(checker: TypeChecker) -> None:
    snapshot = project({"a.py": "def f(x: int) -> int:\n    return str(x)\n"})
    code = snapshot.code("a.py::f")
    language = snapshot.files["a.py"].language
    assert language is not None
    made = Candidate("a.py::f", code, code, language, given=True)
    found = one(snapshot, made, checker)
    assert passed(found)
    assert verdict(found, "types") is Verdict.FAILED


class Fragile(TypeChecker):
    """A type checker that dies of one word."""

    def check(
        self,
        files: Mapping[str, str],
        layout: Layout,
        targets: Iterable[str],
        *,
        untyped: bool = True,
    ) -> list[TypeFault]:
        if any("boom" in text for text in files.values()):
            raise TypeCheckError("mypy's process died on these sources.")
        return super().check(files, layout, targets, untyped=untyped)


@pytest.fixture
def fragile() -> Iterator[Fragile]:
    made = Fragile()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        ("with raises(TypeError):\n        share('ten')", Severity.WARNING),
        ("assert shared(10) == 1", Severity.ERROR),
        ("from lib import nothing\n    assert nothing", Severity.ERROR),
    ],
)
def test_tests_may_pass_what_is_wrong_but_not_what_is_not_there(
    checker: TypeChecker, body: str, severity: Severity
) -> None:
    text = f"from pytest import raises\n\nfrom lib import share\n\n\ndef test_a():\n    {body}\n"
    files = {"lib.py": "def share(x: int) -> int:\n    return x\n", "tests/test_lib.py": text}
    snapshot = project(files)
    key = "tests/test_lib.py::test_a"
    found = one(snapshot, candidate(snapshot, key, snapshot.code(key)), checker)
    assert {item.severity for item in found if item.verdict is Verdict.FAILED} == {severity}


def test_a_text_that_the_checker_dies_of_is_refused_alone(
    evenly: Snapshot, fragile: Fragile
) -> None:
    deadly = candidate(evenly, SHARE, with_body(evenly, SHARE, "boom = 1", "return boom"))
    good = candidate(evenly, ADD, with_body(evenly, ADD, "return Money(self.cents)"))
    found = static_checks(evenly, [deadly, good], checker=fragile)
    assert failures(found[SHARE]) == ["types"]
    assert verdict(found[ADD], "types") is Verdict.PASSED


def test_a_checker_that_dies_without_the_text_too_says_nothing(fragile: Fragile) -> None:
    snapshot = project({"a.py": "boom = 1\n\n\ndef f() -> int:\n    return 1\n"})
    made = candidate(snapshot, "a.py::f", snapshot.code("a.py::f"))
    assert verdict(one(snapshot, made, fragile), "types") is Verdict.NOT_RUN


# --- TypeScript


def test_typescript_is_held_to_its_signature(evenly: Snapshot, checker: TypeChecker) -> None:
    text = evenly.code(DOUBLE).replace('throw new Error("not implemented");', "return 2 * x;")
    found = one(evenly, candidate(evenly, DOUBLE, text), checker)
    assert passed(found)
    assert verdict(found, "types") is Verdict.NOT_RUN
    changed = text.replace("x: number", "x: string")
    assert failures(one(evenly, candidate(evenly, DOUBLE, changed), checker)) == ["contract"]


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("return 2 * x;", "return 2 * ;", "syntax"),
        ("return 2 * x;", 'throw new Error("not implemented");', "completeness_of_body"),
        ("return 2 * x;", "", "completeness_of_body"),
        ("return 2 * x;\n}", "return 2 * x;\n}\nconst y = 1;", "contract"),
        ("return 2 * x;", "// only 2 * x", "completeness_of_body"),
    ],
)
def test_typescript_is_checked_for_the_rest(
    evenly: Snapshot, checker: TypeChecker, old: str, new: str, check: str
) -> None:
    text = evenly.code(DOUBLE).replace('throw new Error("not implemented");', "return 2 * x;")
    found = one(evenly, candidate(evenly, DOUBLE, text.replace(old, new)), checker)
    assert check in failures(found)
