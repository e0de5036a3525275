"""The schema can be built, taken away and built again, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections, models
from django.db.migrations.executor import MigrationExecutor

ALIAS = "probe"
Schema = dict[str, list[tuple[str, str, bool]]]


def our_apps() -> list[str]:
    """Labels of the apps whose code is in this repository."""
    here = settings.BASE_DIR
    installed = (config for config in apps.get_app_configs() if ".venv" not in config.path)
    return [config.label for config in installed if Path(config.path).is_relative_to(here)]


def our_models() -> Iterator[type[models.Model]]:
    for label in our_apps():
        yield from apps.get_app_config(label).get_models(include_auto_created=True)


@contextmanager
def database(blocker: Any, config: dict[str, Any]) -> Iterator[None]:
    """Register one more database while the block runs."""
    whole = connections.configure_settings({"default": {}, ALIAS: config})[ALIAS]
    connections.settings[ALIAS] = whole
    try:
        with blocker.unblock():
            yield
            connections[ALIAS].close()
    finally:
        del connections.settings[ALIAS]
        if hasattr(connections._connections, ALIAS):
            del connections[ALIAS]


def schema() -> Schema:
    """Name, type and nullability of the columns of every table in the database."""
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return {
            table: sorted(
                (column.name, str(column.type_code), bool(column.null_ok))
                for column in connection.introspection.get_table_description(cursor, table)
            )
            for table in tables
        }


def tables_of_models() -> set[str]:
    return {model._meta.db_table for model in our_models()}


def up_down_and_up() -> None:
    """Migrate everything, take our apps back to nothing, migrate again; compare the schemas."""
    call_command("migrate", database=ALIAS, verbosity=0)
    first = schema()
    assert tables_of_models() <= set(first)

    executor = MigrationExecutor(connections[ALIAS])
    executor.migrate([(label, None) for label in our_apps() if label in executor.loader.migrated_apps])
    assert tables_of_models().isdisjoint(schema())

    call_command("migrate", database=ALIAS, verbosity=0)
    assert schema() == first


def test_migrations_go_up_down_and_up_on_sqlite(tmp_path: Path, django_db_blocker: Any) -> None:
    config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "probe.sqlite3")}
    with database(django_db_blocker, config):
        up_down_and_up()


@pytest.mark.xdist_group("postgres")
def test_migrations_go_up_down_and_up_on_postgresql(
    postgres_url: str, django_db_blocker: Any
) -> None:
    with database(django_db_blocker, dict(dj_database_url.parse(postgres_url))):
        assert connections[ALIAS].vendor == "postgresql"
        up_down_and_up()


@pytest.mark.django_db
def test_no_model_differs_from_its_migrations() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True)
