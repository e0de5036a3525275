"""Paths that a model may name."""

import pytest

from devmatrix.masterplans.paths import is_test_path, parents, path_problem


@pytest.mark.parametrize(
    "path", ["a.py", "web/src/money.ts", ".github/workflows/ci.yml", "größe.md", ".gitignore"]
)
def test_relative_paths_are_safe(path: str) -> None:
    assert path_problem(path) == ""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "~/x",
        "C:/x",
        "../x",
        "a/../b",
        "a/./b",
        "a//b",
        "a/",
        ".",
        "a\\b",
        "a\0b",
        "a\nb",
        " a",
        "a/ b",
        ".git/hooks/pre-commit",
        ".GIT/config",
        "x" * 501,
    ],
)
def test_paths_that_leave_the_project_or_cannot_be_files_are_not(path: str) -> None:
    assert path_problem(path)


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/test_money.py", True),
        ("tests/unit/test_money.py", True),
        ("tests/conftest.py", False),
        ("tests/test_money.ts", False),
        ("test_money.py", False),
        ("pkg/tests/test_money.py", False),
    ],
)
def test_test_paths_are_pytest_files_below_tests(path: str, is_test: bool) -> None:
    assert is_test_path(path) is is_test


def test_parents_are_the_folders_without_the_project() -> None:
    assert parents("a/b/c.py") == ("a/b", "a")
    assert parents("c.py") == ()
