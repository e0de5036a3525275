"""The real sandbox or none, and one type checker for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devmatrix.sandbox import doctor
from tests.validation.projects import project
from validation.snapshot import Snapshot
from validation.type_checker import TypeChecker


@pytest.fixture(scope="session")
def sandbox() -> None:
    """Skip, saying why, where this machine cannot isolate code."""
    report = doctor()
    if not report.ok:
        pytest.skip("; ".join(report.problems))


@pytest.fixture(scope="session")
def checker() -> Iterator[TypeChecker]:
    """A warm type checker."""
    checker = TypeChecker()
    yield checker
    checker.close()


@pytest.fixture
def evenly() -> Snapshot:
    """The small project."""
    return project()
