"""The administration: every table opens, at few queries; evidence has no forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from atomization.models import AtomicUnit
from devmatrix.masterplans.models import MasterPlan, ModelCall
from devmatrix.operations.row_admin import ReadOnlyAdmin
from execution.models import AtomRetryHistory
from tests import factories
from validation.models import ValidationResult

pytestmark = pytest.mark.django_db

OURS = {
    "accounts",
    "operations",
    "masterplans",
    "atomization",
    "dependencies",
    "validation",
    "execution",
    "review",
}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]


@pytest.fixture
def browser(client: Client) -> Client:
    """A client of an administrator who is signed in."""
    client.force_login(factories.make_user("root", is_staff=True, is_superuser=True))
    return client


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def fill() -> None:
    """Make a few rows of the tables that grow."""
    plan = factories.make_masterplan(owner=factories.make_user())
    atoms = [
        factories.make_atom(
            plan, code=f"x{i} = 0\n\n\ndef f{i}() -> None:\n    return  # \udcff\u202e\n"
        )
        for i in range(6)
    ]
    factories.make_graph(plan, [atoms[:3], atoms[3:]], [(atoms[3], atoms[0]), (atoms[4], atoms[1])])
    for atom in atoms:
        factories.make_attempt(atom)
        factories.make_result(atom)
        factories.make_review_item(atom, reviewer=factories.make_user())
    factories.make_task(plan)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_opens_at_few_queries(
    browser: Client, model: type[Model], django_assert_max_num_queries: Any
) -> None:
    fill()
    with django_assert_max_num_queries(10):
        response = browser.get(address(model, "changelist"), {"q": "f"})
    assert response.status_code == 200
    assert browser.get(address(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_opens(browser: Client, model: type[Model]) -> None:
    fill()
    row = model._default_manager.first()
    if row is not None:
        response = browser.get(address(model, "change", row.pk))
        assert response.status_code == 200
        assert "\u202e" not in response.content.decode()


@pytest.mark.parametrize("model", [AtomicUnit, ValidationResult, AtomRetryHistory, ModelCall])
def test_evidence_can_only_be_read(browser: Client, model: type[Model]) -> None:
    fill()
    assert isinstance(admin.site._registry[model], ReadOnlyAdmin)
    assert browser.get(address(model, "add")).status_code == 403
    row = model._default_manager.first()
    if row is not None:
        assert browser.post(address(model, "change", row.pk), {}).status_code == 403
        assert browser.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_a_project_can_be_removed_with_all_that_belongs_to_it(browser: Client) -> None:
    fill()
    plan = MasterPlan.objects.get()
    response = browser.post(address(MasterPlan, "delete", plan.pk), {"post": "yes"})
    assert response.status_code == 302
    assert not AtomicUnit.objects.exists()
