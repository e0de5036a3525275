"""The tests of a project, counted from its sources."""

from __future__ import annotations

from validation.suite_listing import list_tests

SOURCE = b"""
import pytest, unittest

def test_one(): ...
async def test_two(): ...
def helper(): ...

@pytest.mark.parametrize("x", [1, 2])
def test_three(x): ...

@pytest.fixture
def test_data(): ...

class TestGroup:
    def test_in(self): ...
    def no(self): ...

class TestWithInit:
    def __init__(self): ...
    def test_never(self): ...

class Case(unittest.TestCase):
    def test_case(self): ...

class Other:
    def test_not(self): ...

def test_gone(): ...
test_gone = None

if True:
    def test_maybe(): ...
"""


def test_what_pytest_collects_without_doubt_is_listed() -> None:
    assert set(list_tests({"tests/test_a.py": SOURCE})["tests/test_a.py"]) == {
        "test_one",
        "test_two",
        "test_three",
        "TestGroup::test_in",
        "Case::test_case",
    }


def test_only_files_that_pytest_takes_by_name_count() -> None:
    files = {"a_test.py": SOURCE, "tests/helpers.py": SOURCE, "test_b.txt": SOURCE}
    assert list(list_tests(files)) == ["a_test.py"]


def test_a_file_that_does_not_parse_is_listed() -> None:
    assert list_tests({"test_a.py": b"def test_(:\n"}) == {"test_a.py": {}}
