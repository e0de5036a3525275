"""Leading a masterplan to its end from a command: work in a thread, a picture in the foreground."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console

from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline import stages
from devmatrix.pipeline.progress import REFRESH_SECONDS, Display

INTERRUPTED = 130
FAILED = 1
BAD_INPUT = 2
INCOMPLETE = 3
PAUSED = 4


def run_to_end(masterplan: MasterPlan, console: Console) -> MasterPlan:
    """Work on a masterplan, together with whatever workers there are, until it stops moving.

    Ctrl-C ends the calls in flight cleanly and raises CommandError with exit code 130; the same
    command goes on from there.
    """
    stop = threading.Event()
    errors: list[Exception] = []

    def work() -> None:
        try:
            while not stop.is_set():
                stages.advance(masterplan.pk, should_stop=stop.is_set)
                status = MasterPlan.objects.values_list("status", flat=True).get(pk=masterplan.pk)
                if status not in stages.ACTIVE:
                    return
                stop.wait(REFRESH_SECONDS)
        except Exception as error:  # carried to the foreground, which raises it
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name="pipeline")
    with interruption(stop), Display(console, masterplan, time.monotonic) as display:
        thread.start()
        while thread.is_alive():
            display.show()
            thread.join(REFRESH_SECONDS)
    if errors:
        raise explained(errors[0]) from errors[0]
    masterplan.refresh_from_db()
    if stop.is_set() and masterplan.status in stages.ACTIVE:
        raise CommandError(
            "Interrupted. Nothing is lost: the same command goes on from here.",
            returncode=INTERRUPTED,
        )
    return masterplan


def check_database() -> None:
    """Raise CommandError where the database cannot be reached or lacks tables."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        message = f"The database cannot be used ({error}); check DATABASE_URL."
        raise CommandError(" ".join(message.split()), returncode=BAD_INPUT) from error
    if missing:
        raise CommandError(
            f"The database lacks {len(missing)} migrations: run manage.py migrate first.",
            returncode=BAD_INPUT,
        )


def explained(error: Exception) -> Exception:
    """Return a sentence for what the machine's state explains; other errors as they are."""
    if isinstance(error, OperationalError) and "full" in str(error):
        return CommandError(
            "The disk with the database is full; free some space, then the same command goes on.",
            returncode=FAILED,
        )
    if isinstance(error, OSError) and error.errno is not None and error.errno == 28:
        return CommandError(
            f"No space left on the disk ({error.filename or 'workspace'}); free some space, "
            "then the same command goes on.",
            returncode=FAILED,
        )
    return error


@contextmanager
def interruption(stop: threading.Event) -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into a request to stop; a second Ctrl-C ends the process at once."""

    def request(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            sys.stderr.write("\nStopped at once. Nothing is lost; leases are given back later.\n")
            os._exit(INTERRUPTED)
        stop.set()

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_outcome(masterplan: MasterPlan) -> None:
    """Raise CommandError where a masterplan paused, failed or was cancelled."""
    if masterplan.status == MasterPlan.Status.PAUSED:
        raise CommandError(f"Paused: {masterplan.status_reason}", returncode=PAUSED)
    if masterplan.status in {MasterPlan.Status.FAILED, MasterPlan.Status.CANCELLED}:
        raise CommandError(
            f"{masterplan.get_status_display().capitalize()}: {masterplan.status_reason}",
            returncode=FAILED,
        )
