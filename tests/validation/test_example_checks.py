"""Examples in the real sandbox: what the code shows is compared outside it."""

from __future__ import annotations

import pytest

from devmatrix.sandbox import Limits
from tests.validation.projects import ADD, DOUBLE, FILES, SHARE, project, with_body
from validation.atomic_validator import check_examples
from validation.findings import Finding, Verdict
from validation.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("sandbox")
QUICK = Limits(wall_seconds=1.5)


def examples_of(snapshot: Snapshot, key: str, *body: str) -> Finding:
    code = with_body(snapshot, key, *body)
    return check_examples(snapshot.replace(key, code), key, limits=QUICK)[0]


def test_right_code_passes(evenly: Snapshot) -> None:
    found = examples_of(evenly, SHARE, "return total // people")
    assert found.verdict is Verdict.PASSED
    assert found.evidence == {"examples": 1}


def test_wrong_code_is_refused_with_what_it_showed(evenly: Snapshot) -> None:
    found = examples_of(evenly, SHARE, "return total // people + 1")
    assert found.verdict is Verdict.FAILED
    assert (found.expected, found.actual) == ("3", "4")
    assert "share(10, 3)" in found.message
    assert evenly.code(SHARE).split("\n")[(found.line or 0) - 1].strip() == ">>> share(10, 3)"


def test_expected_exceptions_are_expected(evenly: Snapshot) -> None:
    right = ("if other is None:", "    raise TypeError('no amount')")
    answer = "return Money(self.cents + other.cents)"
    assert examples_of(evenly, ADD, *right, answer).verdict is Verdict.PASSED
    refused = examples_of(evenly, ADD, answer)
    assert refused.verdict is Verdict.FAILED
    assert refused.expected == "TypeError: no amount"
    assert refused.actual.startswith("AttributeError")


@pytest.mark.parametrize(
    "body",
    [
        ("while True:", "    pass"),
        ("import os", "os._exit(0)"),
        ("raise SystemExit(0)",),
        ("import doctest", "doctest.OutputChecker.check_output = lambda *_: True", "return 0"),
        ("print(3)", "import sys", "sys.stdout.flush()", "import os", "os._exit(0)"),
        ("class Yes(int):", "    def __eq__(self, other: object) -> bool:", "        return True",
         "return Yes(4)"),
        ("return int(share.__doc__.split('share(10, 3)')[1].strip() or 0)",),
        ("import evenly.money", "text = open(evenly.money.__file__).read()",
         "return int('3' in text.split('share(10, 3)')[1].split('def')[0])"),
    ],
)  # fmt: skip
def test_what_is_not_right_cannot_pass_itself_off(evenly: Snapshot, body: tuple[str, ...]) -> None:
    assert examples_of(evenly, SHARE, *body).verdict is Verdict.FAILED


def test_without_examples_nothing_is_claimed(evenly: Snapshot) -> None:
    (found,) = check_examples(evenly, "src/evenly/money.py::Money.__init__")
    assert found.verdict is Verdict.NOT_RUN
    assert "no examples" in found.message


def test_other_languages_say_that_they_are_not_run(evenly: Snapshot) -> None:
    (found,) = check_examples(evenly, DOUBLE)
    assert found.verdict is Verdict.NOT_RUN


def test_a_module_that_cannot_be_imported_is_named_with_its_error() -> None:
    snapshot = project({"a.py": '1 / 0\n\n\ndef f():\n    """\n    >>> 1\n    1\n    """\n'})
    (found,) = check_examples(snapshot, "a.py::f")
    assert found.verdict is Verdict.FAILED
    assert "ZeroDivisionError" in found.message


def test_a_package_that_is_not_here_is_no_fault() -> None:
    text = 'import nowhere_to_be_found\n\n\ndef f():\n    """\n    >>> 1\n    1\n    """\n'
    (found,) = check_examples(project({"a.py": text}), "a.py::f")
    assert found.verdict is Verdict.NOT_RUN
    assert "nowhere_to_be_found" in found.message


def test_installed_packages_are_there_for_those_who_import_them() -> None:
    text = (
        "import networkx\n\n\n"
        'def f():\n    """\n    >>> networkx.__name__\n    \'networkx\'\n    """\n'
    )
    (found,) = check_examples(project({"a.py": text}), "a.py::f")
    assert found.verdict is Verdict.PASSED


def test_the_files_of_the_project_are_there(evenly: Snapshot) -> None:
    snapshot = project({**FILES, "src/evenly/data.txt": "7"})
    read = "text = (pathlib.Path(__file__).parent / 'data.txt').read_text()"
    code = with_body(snapshot, SHARE, "import pathlib", read, "return int(text) - 4")
    (found,) = check_examples(snapshot.replace(SHARE, code), SHARE)
    assert found.verdict is Verdict.PASSED
