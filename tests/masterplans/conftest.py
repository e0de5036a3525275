"""A masterplan as its first service leaves it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from devmatrix.masterplans import services
from devmatrix.masterplans.models import MasterPlan
from devmatrix.masterplans.specification import read_specification
from tests.masterplans.examples import SPECIFICATION


@pytest.fixture
def masterplan(db: None) -> MasterPlan:
    """The project `tally`, created and nothing else, with a budget of 10 USD."""
    return services.create(
        specification=read_specification(SPECIFICATION.encode(), max_bytes=10_000),
        name="tally",
        owner=None,
        budget=Decimal(10),
        origin=MasterPlan.Origin.SPECIFICATION,
    )
