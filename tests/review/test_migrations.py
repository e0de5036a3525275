"""The data migration that makes the group of reviewers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

pytestmark = pytest.mark.django_db

migration: Any = import_module("review.migrations.0002_reviewers")


class Editor:
    """What a data migration uses of a schema editor."""

    connection = connection


def test_the_group_may_see_and_decide() -> None:
    migration.make_group(apps, Editor)
    codenames = Group.objects.get(name="reviewers").permissions.values_list("codename", flat=True)
    assert set(codenames) == {"view_humanreviewqueue", "change_humanreviewqueue"}


def test_making_it_twice_makes_one() -> None:
    migration.make_group(apps, Editor)
    migration.make_group(apps, Editor)
    assert Group.objects.filter(name="reviewers").count() == 1


def test_it_can_be_taken_back() -> None:
    migration.make_group(apps, Editor)
    migration.drop_group(apps, Editor)
    assert not Group.objects.filter(name="reviewers").exists()
