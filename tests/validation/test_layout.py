"""Module names and their paths."""

from __future__ import annotations

import pytest

from validation.layout import is_test_module, is_test_support, layout_of


def test_packages_under_src_are_imported_without_it() -> None:
    layout = layout_of(["src/evenly/__init__.py", "src/evenly/money.py", "tests/test_money.py"])
    assert layout.module_of("src/evenly/money.py") == "evenly.money"
    assert layout.module_of("src/evenly/__init__.py") == "evenly"
    assert layout.module_of("tests/test_money.py") == "tests.test_money"
    assert layout.path_of("evenly.money") == "src/evenly/money.py"
    assert layout.roots == ("src", "")


def test_without_src_the_root_is_the_root() -> None:
    layout = layout_of(["toolz/__init__.py", "toolz/curried/__init__.py", "setup.py"])
    assert layout.module_of("toolz/curried/__init__.py") == "toolz.curried"
    assert layout.is_package("toolz.curried")
    assert layout.roots == ("",)


def test_a_package_called_src_is_a_package() -> None:
    layout = layout_of(["src/__init__.py", "src/a.py"])
    assert layout.module_of("src/a.py") == "src.a"


@pytest.mark.parametrize("path", ["my-script.py", "a b/c.py", "a/b.txt", "a.pyi"])
def test_what_cannot_be_imported_has_no_name(path: str) -> None:
    assert layout_of([path]).module_of(path) is None


def test_tests_are_told_by_name_and_folder() -> None:
    assert is_test_module("a/test_b.py")
    assert is_test_module("a/b_test.py")
    assert not is_test_module("tests/helpers.py")
    assert is_test_support("tests/helpers.py")
    assert is_test_support("conftest.py")
    assert not is_test_support("pkg/testing.py")
