"""manage.py atomize PATH…: what the sources below some paths are made of; needs no database."""

import os
import time
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from atomization import report
from atomization.atom_service import MAX_LOC, TARGET_LOC, AtomService, Cut
from atomization.batch import Batch, Depth, Result, Work, add, batches, run_all
from atomization.decomposer import slots_of
from atomization.presentation import visible
from atomization.source_walk import Walk, WalkRefused, find_sources
from devmatrix.output import OutputRefused, output, silence_stdout

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
SHOWN_TROUBLES = 20


class Command(BaseCommand):
    """Cut sources into atoms and report on them."""

    help = (
        "Cut Python, TypeScript and JavaScript sources into atoms and report on them. "
        "Nothing is stored and no database is needed."
    )
    requires_system_checks: list[str] = []
    cut: Cut = staticmethod(slots_of)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a source file or a directory")
        parser.add_argument(
            "--json", metavar="FILE", default="", help="write one line of JSON an atom; - is stdout"
        )
        parser.add_argument(
            "--check", action="store_true", help="reassemble every file; exit 1 on any difference"
        )
        parser.add_argument(
            "--contexts",
            action=BooleanOptionalAction,
            default=None,
            help="analyze names, for completeness and criteria (default: only with --json)",
        )
        parser.add_argument(
            "--max-loc", type=_count, default=MAX_LOC, metavar="N", help=f"default: {MAX_LOC}"
        )
        parser.add_argument(
            "--jobs", type=_count, default=_cores(), metavar="N", help="default: the cores"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            walk = find_sources(options["paths"])
        except WalkRefused as error:
            raise CommandError(visible(str(error)), returncode=BAD_INPUT) from error
        to_stdout = options["json"] == "-"
        console = Console(stderr=to_stdout)
        work = Work(
            service=AtomService(max_loc=options["max_loc"], cut=self.cut),
            depth=_depth(options),
            check=options["check"],
            lines=bool(options["json"]),
        )
        found = batches(walk.projects, work.depth)
        jobs = max(1, min(options["jobs"], len(found)))
        try:
            with output(options["json"]) as write:
                total = self._work(found, work, jobs, write)
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted.", returncode=INTERRUPTED) from error
        except OutputRefused as error:
            raise CommandError(visible(str(error)), returncode=BAD_INPUT) from error
        except BrokenPipeError as error:  # whoever read the lines has had enough
            silence_stdout()
            raise SystemExit(FAILED) from error
        total.skipped.update(walk.skipped)
        _show(console, total, options["max_loc"], jobs, time.monotonic() - began)
        _conclude(console, total, walk, check=options["check"])

    def _work(
        self, found: Sequence[Batch], work: Work, jobs: int, write: Callable[[bytes], object]
    ) -> Result:
        total = Result()
        with _progress(Console(stderr=True)) as progress:
            task = progress.add_task("atomizing", total=sum(len(batch.sources) for batch in found))
            for result in run_all(found, work, jobs=jobs):
                write(result.json)
                add(total, result)
                progress.update(task, advance=result.sources)
        return total


def _count(text: str) -> int:
    """Read a number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number from 1 up")
    return int(text)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _depth(options: dict[str, Any]) -> Depth:
    wanted = options["contexts"]
    if wanted or (wanted is None and options["json"]):
        return Depth.CONTEXTS
    return Depth.CONTRACTS if options["json"] else Depth.SLOTS


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _show(console: Console, total: Result, max_loc: int, jobs: int, seconds: float) -> None:
    report.show(console, total.figures, max_loc=max_loc, target_loc=min(TARGET_LOC, max_loc))
    left_out = report.skipped_line(Counter(total.skipped))
    if left_out:
        console.print(left_out, highlight=False, soft_wrap=True)
    lines = total.figures.lines.total()
    rate = f"{lines / seconds:,.0f} lines/s" if seconds else ""
    console.print(
        f"{seconds:.1f} s, {rate} in {jobs} process{'es' if jobs > 1 else ''}, "
        f"largest process {total.megabytes:,} MB",
        highlight=False,
        soft_wrap=True,
    )


def _conclude(console: Console, total: Result, walk: Walk, *, check: bool) -> None:
    """Say whether reassembly held, and fail naming every file at fault."""
    faults = [
        *(
            f"{item.path}: its atoms do not add up to it, first at byte {item.offset:,}"
            for item in total.differences
        ),
        *(f"{item.path}: {item.message}" for item in total.troubles),
        *walk.unreadable,
    ]
    checked = total.figures.files.total()
    if check:
        same = checked - len(total.differences)
        console.print(
            f"Reassembled byte for byte: {same:,} of {checked:,} files",
            highlight=False,
            soft_wrap=True,
        )
    if faults:
        shown = faults[:SHOWN_TROUBLES]
        more = len(faults) - len(shown)
        rest = [f"and {more:,} more"] if more else []
        raise CommandError(visible("\n".join([*shown, *rest])), returncode=FAILED)
