"""On the way back to a schema that knows no retired rows, these go, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import dj_database_url
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tests.migrations.test_up_and_down import ALIAS, database


def state_at(executor: MigrationExecutor) -> Any:
    """Give the models as they are after all migrations."""
    return executor.loader.project_state(executor.loader.graph.leaf_nodes()).apps


def fill(apps: Any) -> None:
    """Make a file with an atom beside a retired one of its name, and a retired file of its path."""
    plans = apps.get_model("masterplans", "MasterPlan").objects.using(ALIAS)
    files = apps.get_model("atomization", "SourceFile").objects.using(ALIAS)
    atoms = apps.get_model("atomization", "AtomicUnit").objects.using(ALIAS)
    attempts = apps.get_model("execution", "AtomRetryHistory").objects.using(ALIAS)
    now = timezone.now()
    plan = plans.create(name="p", origin="import")
    for file_retired, atom_retired in [(None, None), (None, now), (now, now)]:
        file = files.filter(retired_at=file_retired).first() or files.create(
            masterplan=plan, path="a.py", language="python", retired_at=file_retired
        )
        atom = atoms.create(
            masterplan=plan,
            source_file=file,
            position=1024,
            kind="function",
            name="f",
            language="python",
            retired_at=atom_retired,
        )
        attempts.create(atom=atom, number=1, token=uuid4(), started_at=now)


def back_and_forth() -> None:
    """Fill the database at the newest schema, go back before retired rows, and return."""
    call_command("migrate", database=ALIAS, verbosity=0)
    executor = MigrationExecutor(connections[ALIAS])
    fill(state_at(executor))
    executor.migrate([("atomization", "0001_initial")])
    call_command("migrate", database=ALIAS, verbosity=0)
    apps = state_at(MigrationExecutor(connections[ALIAS]))
    for app, model in [
        ("atomization", "SourceFile"),
        ("atomization", "AtomicUnit"),
        ("execution", "AtomRetryHistory"),
    ]:
        assert apps.get_model(app, model).objects.using(ALIAS).count() == 1


def test_retired_rows_go_on_the_way_back_on_sqlite(tmp_path: Path, django_db_blocker: Any) -> None:
    config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "probe.sqlite3")}
    with database(django_db_blocker, config):
        back_and_forth()


@pytest.mark.xdist_group("postgres")
def test_retired_rows_go_on_the_way_back_on_postgresql(
    postgres_url: str, django_db_blocker: Any
) -> None:
    with database(django_db_blocker, dict(dj_database_url.parse(postgres_url))):
        back_and_forth()
