"""manage.py export_project ID --out DIR: a masterplan as a git repository."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline import services
from devmatrix.pipeline.repository import ExportRefused
from devmatrix.pipeline.running import BAD_INPUT, FAILED, check_database


class Command(BaseCommand):
    """Export a project at any time, finished or not."""

    help = "Write a masterplan's files as a git repository, one commit a wave."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="the masterplan's id")
        parser.add_argument("--out", type=Path, required=True, help="new or empty directory")

    def handle(self, *args: Any, **options: Any) -> None:
        check_database()
        try:
            plan = MasterPlan.objects.get(pk=UUID(options["id"]))
        except (ValueError, MasterPlan.DoesNotExist) as error:
            message = f"There is no masterplan {options['id']}; the projects page lists the ids."
            raise CommandError(message, returncode=BAD_INPUT) from error
        if not plan.files.exists():
            message = f"{plan.name} has no files yet; export it once its skeletons are there."
            raise CommandError(message, returncode=FAILED)
        try:
            head = services.export_repository(masterplan=plan, directory=options["out"])
        except ExportRefused as error:
            raise CommandError(str(error), returncode=FAILED) from error
        self.stdout.write(f"{options['out']}: {plan.files.count()} files, commit {head[:12]}")
