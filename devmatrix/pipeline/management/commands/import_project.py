"""manage.py import_project DIR: an existing code base through the second door."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from atomization.services import AtomizationError
from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline import progress, services
from devmatrix.pipeline.importing import Directory, ImportRefused, read_directory
from devmatrix.pipeline.running import (
    BAD_INPUT,
    INCOMPLETE,
    check_database,
    check_outcome,
    explained,
    run_to_end,
)
from devmatrix.sandbox import doctor


class Command(BaseCommand):
    """Import a project: atoms, graph, waves, validation, confidence and review queue."""

    help = "Import an existing code base; nothing is regenerated unless somebody asks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--name", default="", help="default: the directory's name")
        parser.add_argument(
            "--into", default="", metavar="ID", help="a project that was imported before"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        console = Console()
        directory: Path = options["directory"]
        check_database()
        report = doctor()
        if not report.ok:
            raise CommandError("; ".join(report.problems), returncode=BAD_INPUT)
        try:
            found = read_directory(directory)
            imported = _imported(found, options)
        except (ImportRefused, AtomizationError) as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except CommandError:
            raise
        except Exception as error:
            raise explained(error) from error
        plan = run_to_end(imported.masterplan, console)
        check_outcome(plan)
        for line in progress.summary(plan, time.monotonic() - began):
            console.print(line, highlight=False, soft_wrap=True)
        if found.skipped:
            console.print(f"Skipped: {', '.join(found.skipped)}", highlight=False, soft_wrap=True)
        console.print(f"Masterplan: {plan.pk}", highlight=False, soft_wrap=True)
        if imported.remarks:
            remarks = "\n".join(imported.remarks)
            raise CommandError(
                f"Imported, but {len(imported.remarks)} files need a look:\n{remarks}",
                returncode=INCOMPLETE,
            )


def _imported(found: Directory, options: dict[str, Any]) -> services.Imported:
    """Make a new project of a directory, or bring the one that `--into` names up to date."""
    if options["into"]:
        return services.import_again(directory=found, masterplan=_plan(options["into"]))
    name = options["name"] or options["directory"].resolve().name
    return services.import_directory(directory=found, name=name)


def _plan(key: str) -> MasterPlan:
    try:
        return MasterPlan.objects.get(pk=key)
    except (MasterPlan.DoesNotExist, ValidationError) as error:
        raise CommandError(
            f"There is no masterplan with the id {key}.", returncode=BAD_INPUT
        ) from error
