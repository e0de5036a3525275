"""manage.py generate SPEC.md --out DIR: from a specification to a repository."""

import time
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from rich.console import Console

from atomization.models import AtomicUnit
from atomization.selectors import assembled
from devmatrix.llm import LLMError
from devmatrix.llm.gateway import Gateway
from devmatrix.llm.prices import PriceError
from devmatrix.masterplans.models import MasterPlan
from devmatrix.masterplans.services import BudgetInvalid
from devmatrix.masterplans.specification import SpecificationError, read_specification
from devmatrix.pipeline import precision, progress, services
from devmatrix.pipeline.model import gateway_config
from devmatrix.pipeline.repository import ExportRefused
from devmatrix.pipeline.running import (
    BAD_INPUT,
    FAILED,
    check_database,
    check_outcome,
    explained,
    run_to_end,
)
from devmatrix.sandbox import SandboxUnavailable, doctor


class Command(BaseCommand):
    """Generate a repository from a specification, or go on with one that was begun."""

    help = "Generate a repository from a Markdown specification; a second run goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("specification", type=Path, help="a Markdown file")
        parser.add_argument("--out", type=Path, required=True, help="new or empty directory")
        parser.add_argument("--name", default="", help="default: the specification's title")
        parser.add_argument("--budget", help="most that may be spent, in USD")
        parser.add_argument("--cases", type=Path, help="held-out cases (JSON) to measure precision")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._generate(options)
        except (OSError, OperationalError) as error:
            raise explained(error) from error

    def _generate(self, options: dict[str, Any]) -> None:
        began = time.monotonic()
        console = Console()
        check_database()
        _check_out(options["out"])
        cases = _cases(options["cases"])
        _check_machine()
        plan = _begin(options)
        plan = run_to_end(plan, console)
        check_outcome(plan)
        measured = measure(plan, cases) if cases else None
        try:
            services.export_repository(masterplan=plan, directory=options["out"])
        except ExportRefused as error:
            again = f"manage.py export_project {plan.pk} --out DIR"
            raise CommandError(f"{error} ({again})", returncode=FAILED) from error
        for line in progress.summary(plan, time.monotonic() - began):
            console.print(line, highlight=False, soft_wrap=True)
        if measured is not None:
            for line in told(measured):
                console.print(line, highlight=False, soft_wrap=True)
        console.print(f"Repository: {options['out']}", highlight=False, soft_wrap=True)
        console.print(f"Masterplan: {plan.pk}", highlight=False, soft_wrap=True)


def _begin(options: dict[str, Any]) -> MasterPlan:
    path: Path = options["specification"]
    limit = settings.DEVMATRIX["MAX_SPEC_BYTES"]
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
        specification = read_specification(data, max_bytes=limit)
        return services.create_from_specification(
            specification=specification,
            name=options["name"],
            budget=_budget(options["budget"]),
        )
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}); name a Markdown file."
        raise CommandError(message, returncode=BAD_INPUT) from error
    except (SpecificationError, BudgetInvalid) as error:
        raise CommandError(str(error), returncode=BAD_INPUT) from error


def _budget(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        message = f"--budget {text} is not an amount; write USD, for example --budget 12.50"
        raise CommandError(message, returncode=BAD_INPUT) from error


def _check_out(directory: Path) -> None:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        message = f"{directory} is not empty; name a directory that is new or empty."
        raise CommandError(message, returncode=BAD_INPUT)


def _cases(path: Path | None) -> list[precision.Case]:
    try:
        return precision.read_cases(path) if path else []
    except precision.CasesInvalid as error:
        raise CommandError(str(error), returncode=BAD_INPUT) from error


def _check_machine() -> None:
    """Refuse before anything is stored where nothing could be asked or run."""
    try:
        report = doctor()
        if not report.ok:
            raise SandboxUnavailable("; ".join(report.problems))
        Gateway(gateway_config())
    except (SandboxUnavailable, LLMError, PriceError) as error:
        raise CommandError(str(error), returncode=BAD_INPUT) from error


def measure(plan: MasterPlan, cases: list[precision.Case]) -> precision.Precision:
    """Measure and keep the precision of the plan's accepted, generated atoms."""
    rows = plan.atoms.filter(status=AtomicUnit.Status.ACCEPTED, needs_body=True)
    accepted = [f"{path}::{name}" for path, name in rows.values_list("source_file__path", "name")]
    measured = precision.measure(accepted, cases, assembled(plan))
    precision.store(plan, measured)
    return measured


def told(measured: precision.Precision) -> list[str]:
    """Return the measured precision in sentences."""
    share = "not measured" if measured.percent is None else f"{measured.percent:.1f}%"
    lines = [
        f"Precision of the accepted atoms: {share} ({measured.right} of {measured.measured} right "
        f"by held-out cases; {measured.accepted - measured.measured} have none)"
    ]
    return lines + [f"  wrong: {atom}: {why}" for atom, why in measured.wrong.items()]
