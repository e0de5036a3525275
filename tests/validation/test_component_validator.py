"""Level 3: the project's own tests, believed only as far as each is accounted for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.validation.projects import project
from validation.component_validator import SUITE_LIMITS, validate_components
from validation.findings import Finding, Verdict

pytestmark = pytest.mark.usefixtures("sandbox")

LIBRARY = '''"""Money."""


def share(total: int, people: int) -> int:
    return total // people


def spread(total: int, people: int) -> list[int]:
    return [share(total, people)] * people
'''
TESTS = """import pytest

from evenly.money import share, spread


@pytest.mark.parametrize("people", [1, 2])
def test_share(people):
    assert share(2, people) * people == 2


class TestSpread:
    def test_length(self):
        assert len(spread(10, 3)) == 3
"""
FILES = {
    "src/evenly/__init__.py": "",
    "src/evenly/money.py": LIBRARY,
    "tests/test_money.py": TESTS,
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--cov --no-such-option"\n',
}
SHARE, LENGTH = "tests/test_money.py::test_share", "tests/test_money.py::TestSpread::test_length"
QUICK = replace(SUITE_LIMITS, wall_seconds=15.0)


def run(**changes: str) -> dict[str, Finding]:
    """Run the suite with files replaced: money=, tests= or a path."""
    names = {"money": "src/evenly/money.py", "tests": "tests/test_money.py"}
    files = FILES | {names.get(key, key): text for key, text in changes.items()}
    found = validate_components(project(files), limits=QUICK)
    return {target: findings[0] for target, findings in found.items()}


def test_each_test_is_accounted_for() -> None:
    found = run()
    assert {target: finding.verdict for target, finding in found.items()} == {
        SHARE: Verdict.PASSED,
        LENGTH: Verdict.PASSED,
        "tests": Verdict.PASSED,
    }
    assert found[SHARE].evidence["runs"] == "2"
    assert found["tests"].evidence == {"tests": 2, "passed": 2, "failed": 0, "not_run": 0}


def test_a_failure_is_one_tests_not_its_neighbours() -> None:
    found = run(money=LIBRARY.replace("* people", "* 2"))
    assert found[SHARE].verdict is Verdict.PASSED
    assert found[LENGTH].verdict is Verdict.FAILED
    assert "assert 2 == 3" in found[LENGTH].message
    assert found["tests"].verdict is Verdict.FAILED


def test_an_error_leads_to_the_deepest_atom_of_the_project() -> None:
    found = run(money=LIBRARY.replace("total // people", "total // 0"))
    evidence = found[LENGTH].evidence
    assert evidence["atom"] == "src/evenly/money.py::share"
    assert evidence["suspects"] == ["src/evenly/money.py::share", "src/evenly/money.py::spread"]
    assert evidence["test_atom"].startswith("tests/test_money.py::TestSpread")


def test_one_bad_parameter_fails_the_test() -> None:
    assert run(tests=TESTS.replace("[1, 2]", "[1, 3]"))[SHARE].verdict is Verdict.FAILED


def test_a_project_without_tests_says_so() -> None:
    found = validate_components(project({"a.py": "x = 1\n"}))
    assert found["tests"][0].verdict is Verdict.NOT_RUN


def test_a_skipped_test_is_not_run() -> None:
    found = run(tests="import pytest\n\n\ndef test_a():\n    pytest.skip('no network')\n")
    assert found["tests/test_money.py::test_a"].verdict is Verdict.NOT_RUN
    assert "no network" in found["tests/test_money.py::test_a"].message
    assert found["tests"].verdict is Verdict.NOT_RUN


def test_an_expected_failure_passes() -> None:
    text = "import pytest\n\n\n@pytest.mark.xfail\ndef test_a():\n    assert False\n"
    assert run(tests=text)["tests/test_money.py::test_a"].verdict is Verdict.PASSED


def test_a_file_that_cannot_be_collected_fails_with_its_suspect() -> None:
    found = run(money=LIBRARY + "\n\n1 // 0\n")
    finding = found["tests/test_money.py"]
    assert finding.verdict is Verdict.FAILED
    assert "ZeroDivisionError" in finding.actual
    assert str(finding.evidence["atom"]).startswith("src/evenly/money.py::")


def test_a_package_that_is_not_here_is_no_failure() -> None:
    found = run(tests="import nowhere_to_be_found\n\n\ndef test_a():\n    pass\n")
    assert found["tests/test_money.py"].verdict is Verdict.NOT_RUN


def test_a_test_that_never_ends_is_refused_and_those_behind_it_not_run() -> None:
    text = "def test_a():\n    while True:\n        pass\n\n\ndef test_b():\n    pass\n"
    files = FILES | {"tests/test_money.py": text}
    limits = replace(QUICK, wall_seconds=3.0)
    found = validate_components(project(files), limits=limits)
    assert found["tests/test_money.py::test_a"][0].verdict is Verdict.FAILED
    assert found["tests/test_money.py::test_b"][0].verdict is Verdict.NOT_RUN
    assert found["tests"][0].verdict is Verdict.FAILED


# --- forgeries: the library under test is wrong, and lies

WRONG = LIBRARY.replace("* people", "* 2")
FORGERIES = {
    "exit status": "import atexit, os\natexit.register(lambda: os._exit(0))\n",
    "leaves at once": "import os\nos._exit(0)\n",
    "leaves when called": LIBRARY.replace("return [", "import os; os._exit(0)\n    return ["),
    "patches pytest": (
        "import _pytest.runner\n"
        "def fake(item, log=True, nextitem=None):\n"
        "    from _pytest.reports import TestReport\n"
        "    for when in ('setup', 'call', 'teardown'):\n"
        "        item.ihook.pytest_runtest_logreport(report=TestReport(\n"
        "            item.nodeid, item.location, {}, 'passed', None, when))\n"
        "    return []\n"
        "_pytest.runner.runtestprotocol = fake\n"
    ),
    "patches the call": (
        "import _pytest.python\n"
        "_pytest.python.Function.runtest = lambda self: None\n"
    ),
    "patches reports": (
        "from _pytest.reports import TestReport\n"
        "old = TestReport.from_item_and_call.__func__\n"
        "def made(cls, item, call):\n"
        "    call.excinfo = None\n"
        "    return old(cls, item, call)\n"
        "TestReport.from_item_and_call = classmethod(made)\n"
    ),
    "writes the report": (
        "import json, os\n"
        "record = '0' * 64 + ' ' + json.dumps([0, 'begin', {}]) + '\\n'\n"
        "for fd in range(1, 30):\n"
        "    try:\n        os.write(fd, record.encode())\n    except OSError:\n        pass\n"
    ),
    "closes the report": (
        "import os\n"
        "for fd in range(3, 30):\n"
        "    try:\n        os.close(fd)\n    except OSError:\n        pass\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_run_is_refused(name: str) -> None:
    forgery = FORGERIES[name]
    text = forgery if forgery.startswith('"""') else WRONG + "\n\n" + forgery
    found = run(money=text)
    assert found["tests"].verdict is not Verdict.PASSED
    assert found.get(LENGTH, found["tests"]).verdict is not Verdict.PASSED


def test_a_conftest_that_makes_all_tests_pass_is_refused() -> None:
    conftest = (
        "import pytest\n\n\n"
        "@pytest.hookimpl(wrapper=True)\n"
        "def pytest_pyfunc_call(pyfuncitem):\n"
        "    try:\n        yield\n    except BaseException:\n        pass\n    return True\n"
    )
    found = run(money=WRONG, **{"tests/conftest.py": conftest})
    assert found["tests"].verdict is Verdict.FAILED
    assert "must fail" in found["tests"].message


def test_a_forged_record_is_called_so() -> None:
    found = run(money=WRONG + "\n\n" + FORGERIES["writes the report"])
    assert "tampered" in found["tests"].message


def test_a_conftest_that_drops_tests_is_refused() -> None:
    conftest = "def pytest_collection_modifyitems(items):\n    del items[-2:]\n"
    found = run(money=WRONG, **{"tests/conftest.py": conftest})
    assert found["tests"].verdict is Verdict.FAILED
    assert "was not run" in found["tests"].message


def test_a_conftest_that_drops_one_test_fails_that_test() -> None:
    conftest = (
        "def pytest_collection_modifyitems(items):\n"
        "    items[:] = [item for item in items if 'test_length' not in item.nodeid]\n"
    )
    found = run(money=WRONG, **{"tests/conftest.py": conftest})
    assert found[SHARE].verdict is Verdict.PASSED
    assert found[LENGTH].verdict is Verdict.FAILED
    assert found["tests"].verdict is Verdict.FAILED
