"""Level 2: importable in the sandbox, calls that fit, failures led back to their atom."""

from __future__ import annotations

import pytest

from devmatrix.sandbox import Limits
from tests.validation.projects import HALF, SHARE, project, with_body
from validation.findings import Finding, Verdict
from validation.module_validator import check_calls, validate_modules
from validation.snapshot import Snapshot

MONEY = "src/evenly/money.py"


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


@pytest.mark.usefixtures("sandbox")
class TestImport:
    def test_a_module_that_imports_passes(self, evenly: Snapshot) -> None:
        found = by_check(validate_modules(evenly)[MONEY])
        assert found["import"].verdict is Verdict.PASSED
        assert found["call_signatures"].verdict is Verdict.PASSED

    def test_the_atom_that_raises_is_named(self) -> None:
        text = "A = 1\n\n\ndef f() -> int:\n    return 1 // 0\n\n\nB = f()\n"
        snapshot = project({"a.py": "import b\n", "b.py": text})
        found = validate_modules(snapshot)
        for path in ("a.py", "b.py"):
            finding = by_check(found[path])["import"]
            assert finding.verdict is Verdict.FAILED
            assert "ZeroDivisionError" in finding.message
            assert (finding.evidence["atom"], finding.line) == ("b.py::f", 4)

    def test_a_syntax_error_is_named_with_its_atom(self) -> None:
        found = validate_modules(project({"a.py": "A = 1\n\n\ndef f(:\n    pass\n"}))
        finding = by_check(found["a.py"])["import"]
        assert finding.verdict is Verdict.FAILED
        assert finding.evidence["atom"]
        assert by_check(found["a.py"])["call_signatures"].verdict is Verdict.NOT_RUN

    def test_a_name_that_a_neighbour_lacks_is_refused(self) -> None:
        snapshot = project({"a.py": "from b import nothing\n", "b.py": "x = 1\n"})
        finding = by_check(validate_modules(snapshot, ["a.py"])["a.py"])["import"]
        assert "ImportError" in finding.message

    def test_an_endless_import_is_refused(self) -> None:
        snapshot = project({"a.py": "while True:\n    pass\n"})
        limits = Limits(wall_seconds=0.5)
        finding = by_check(validate_modules(snapshot, limits=limits)["a.py"])["import"]
        assert finding.verdict is Verdict.FAILED

    @pytest.mark.parametrize("code", ["import os\nos._exit(0)\n", "raise SystemExit\n"])
    def test_leaving_early_is_no_import(self, code: str) -> None:
        finding = by_check(validate_modules(project({"a.py": code}))["a.py"])["import"]
        assert finding.verdict is Verdict.FAILED

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("a.py", "import nowhere_to_be_found\n"),
            ("setup.py", "raise SystemExit\n"),
            ("pkg/__main__.py", "raise SystemExit\n"),
            ("tests/test_a.py", "import pytest\n"),
            ("my-script.py", "x = 1\n"),
        ],
    )
    def test_what_cannot_be_judged_is_not_run(self, path: str, code: str) -> None:
        finding = by_check(validate_modules(project({path: code}))[path])["import"]
        assert finding.verdict is Verdict.NOT_RUN


def test_a_refused_call_is_told_of_where_it_is_made(evenly: Snapshot) -> None:
    code = with_body(evenly, SHARE, "return share(total)").replace("def share", "def half")
    snapshot = evenly.replace(HALF, code)
    (finding,) = check_calls(snapshot, [MONEY])[MONEY]
    assert finding.verdict is Verdict.FAILED
    assert finding.evidence["atom"] == HALF
    assert finding.evidence["callee"] == SHARE
    assert code.split("\n")[(finding.line or 0) - 1].strip() == f"return {finding.actual}"


def test_calls_from_elsewhere_count_against_an_edited_module() -> None:
    snapshot = project({"a.py": "def f(x): ...\n", "b.py": "from a import f\nf()\n"})
    assert check_calls(snapshot, ["a.py"])["a.py"][0].verdict is Verdict.FAILED
    both = check_calls(snapshot, ["a.py", "b.py"])
    assert [both[path][0].verdict for path in both] == [Verdict.PASSED, Verdict.FAILED]
