"""`run`: one command on one small tree of files, under limits, with a verdict formed outside."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence

from devmatrix.sandbox.job import refusal
from devmatrix.sandbox.machine import inspect_machine
from devmatrix.sandbox.model import Job, Limits, Outcome, Result
from devmatrix.sandbox.supervisor import Finished, supervise

_NO_LIMITS_GIVEN = Limits()


def run(
    argv: Sequence[str],
    *,
    files: Mapping[str, bytes],
    stdin: bytes = b"",
    limits: Limits = _NO_LIMITS_GIVEN,
    artefacts: Sequence[str] = (),
    packages: bool = False,
    env: Mapping[str, str] | None = None,
    bubblewrap: str | None = None,
) -> Result:
    """Run a command in a fresh sandbox and wait for its end.

    `argv[0] == "python"` means the sandbox's interpreter. The work directory holds `files` (paths
    relative to it); `artefacts` are paths to hand back: plain files only, what is missing or a link
    is left out. `packages=True` makes the host's installed packages (pytest …) importable. `env` is
    added to an environment built from nothing. `bubblewrap` names another bwrap program.

    A job that must not be started (a path that leaves the work directory, too much input) comes
    back as REFUSED with the reason. Raises SandboxUnavailable when this machine cannot isolate.
    """
    job = Job(
        argv=tuple(argv),
        files=dict(files),
        limits=limits,
        stdin=stdin,
        artefacts=tuple(artefacts),
        packages=packages,
        env=dict(env or {}),
    )
    machine = inspect_machine(bubblewrap=bubblewrap)
    problem = refusal(job)
    if problem is not None:
        return refused(problem)
    return judge(supervise(machine, job), limits)


def refused(problem: str) -> Result:
    """The result of a job that was never started."""
    return Result(Outcome.REFUSED, None, b"", b"", False, 0.0, 0.0, 0.0, {}, problem)


def judge(finished: Finished, limits: Limits) -> Result:
    """Turn the remains of a job into a result."""
    outcome, reason = _outcome(finished, limits)
    return Result(
        outcome=outcome,
        exit_status=finished.report.get("status"),
        stdout=finished.stdout,
        stderr=finished.stderr,
        truncated=finished.truncated,
        wall_seconds=finished.wall_seconds,
        cpu_seconds=finished.cpu_seconds,
        memory_mb=finished.memory_mb,
        artefacts=finished.artefacts,
        reason=reason,
    )


def _outcome(finished: Finished, limits: Limits) -> tuple[Outcome, str]:
    if finished.ending is not None:
        return finished.ending.outcome, finished.ending.reason
    if "refused" in finished.report:
        return Outcome.REFUSED, str(finished.report["refused"])
    status = finished.report.get("status")
    if status is None:
        return Outcome.KILLED, "The sandbox ended without a report."
    if status == 0:
        return Outcome.OK, ""
    out_of_cpu = finished.cpu_seconds >= limits.cpu_seconds
    if status == -signal.SIGXCPU or (status == -signal.SIGKILL and out_of_cpu):
        return Outcome.TIMED_OUT, f"A process used {limits.cpu_seconds} s of CPU."
    if _last_line(finished.stderr).startswith(b"MemoryError"):
        return Outcome.OUT_OF_MEMORY, f"A process asked for more than {limits.memory_mb} MB."
    if status < 0:
        return Outcome.KILLED, f"Ended by signal {_signal_name(-status)}."
    return Outcome.FAILED, f"Exit status {status}."


def _last_line(text: bytes) -> bytes:
    lines = text.rstrip().rsplit(b"\n", 1)
    return lines[-1]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
