"""What goes into the sandbox and what comes out: the words that every other module shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SandboxUnavailable(Exception):  # noqa: N818 - a state of the machine, not a mistake
    """This machine cannot isolate code now. The message says why and what to do about it."""


class Outcome(StrEnum):
    """How a job ended, as seen from outside. Only OK means exit status 0 within the limits."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    KILLED = "killed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use.

    Wall-clock time counts from the moment the sandbox stands; `cpu_seconds` holds for each
    process, `memory_mb` for each process (private data) and for the whole tree (resident),
    `disk_mb` for the work directory and again for /tmp, `output_bytes` for stdout and stderr
    each. `processes` counts threads as well.
    """

    wall_seconds: float = 10.0
    cpu_seconds: int = 10
    memory_mb: int = 512
    output_bytes: int = 1_000_000
    processes: int = 32
    disk_mb: int = 64
    artefact_bytes: int = 8_000_000
    inodes: int = 20_000


@dataclass(frozen=True, slots=True)
class Result:
    """What one job left behind.

    `exit_status` is negative for the signal that ended the process and None when the job never ran
    or had to be killed from outside. `reason` is written by the host, never by the job.
    """

    outcome: Outcome
    exit_status: int | None
    stdout: bytes
    stderr: bytes
    truncated: bool
    wall_seconds: float
    cpu_seconds: float
    memory_mb: float
    artefacts: dict[str, bytes]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What the REPL would have shown for one example.

    `exception_type` is written as a traceback writes it ("ValueError", "package.module.Error").
    When `completed` is False the example has no result: `exception_type` is that of a failed import
    of the module, or None, and `exception_message` says what happened.
    """

    stdout: str
    exception_type: str | None
    exception_message: str | None
    completed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What `doctor` found: the mode in force, and every problem with its way out."""

    ok: bool
    mode: str
    problems: tuple[str, ...]
    interpreter: str
    user: str


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work for the sandbox; `driver` is set instead of `argv` for evaluations."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes]
    limits: Limits
    stdin: bytes = b""
    artefacts: tuple[str, ...] = ()
    packages: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    driver: str | None = None
    driver_input: Mapping[str, object] = field(default_factory=dict)
