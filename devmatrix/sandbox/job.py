"""From a job to the bytes that the first process inside reads: names checked, nothing trusted.

File names come from models and from strangers' projects, so a name that could leave the work
directory is refused before anything starts. What is let through is written by an unprivileged
process that already sits inside the sandbox: a mistake here would still harm nobody.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterable, Mapping

from devmatrix.sandbox.model import Job

WORK = "/work"
PACKAGES = "/packages"
MAX_NAME = 255
MAX_PATH = 1024
MAX_FILES = 10_000

BASE_ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/sandbox/bin:/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own tmpfs
    "TMPDIR": "/tmp",  # noqa: S108
    "USER": "sandbox",
    "LOGNAME": "sandbox",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
}


def fault_in_name(name: str) -> str | None:
    """Say why `name` may not name a file of a job, or None if it may."""
    if "\0" in name:
        return "holds a NUL character"
    if name.startswith("/"):
        return "is absolute"
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "has an empty, '.' or '..' component"
    try:
        encoded = [os.fsencode(part) for part in parts]
    except UnicodeEncodeError:
        return "cannot be encoded as a file name"
    if len(name) > MAX_PATH or any(len(part) > MAX_NAME for part in encoded):
        return "is too long"
    return None


def refusal(job: Job) -> str | None:
    """Say why `job` must not be started (one sentence), or None if it may be."""
    for name in (*job.files, *job.artefacts):
        fault = fault_in_name(name)
        if fault is not None:
            return (
                f"The file name {name[:200]!r} {fault}; names must stay inside the work directory."
            )
    if len(job.files) > MAX_FILES:
        return f"The job has {len(job.files)} files; at most {MAX_FILES} are taken."
    size = sum(map(len, job.files.values()))
    if size > job.limits.disk_mb * 1_000_000:
        return f"The job's files hold {size} bytes; the limit is disk_mb={job.limits.disk_mb}."
    if job.driver is None and not job.argv:
        return "The job has no command."
    if any("\0" in word for word in (*job.argv, *_pairs(job.env))):
        return "A NUL character occurs in the command or its environment."
    if any("=" in name or not name for name in job.env):
        return "A name in the environment is empty or holds '='."
    return None


def environment(job: Job) -> dict[str, str]:
    """Build the job's whole environment from nothing."""
    env = {**BASE_ENVIRONMENT, **job.env}
    if job.packages:
        env["PYTHONPATH"] = ":".join(filter(None, (job.env.get("PYTHONPATH"), PACKAGES)))
        env.setdefault("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return env


def encode(job: Job, *, interpreter: str) -> bytes:
    """Encode `job` for the first process inside: length, header, the files' bytes in order."""
    limits = job.limits
    header = {
        "argv": list(job.argv),
        "interpreter": interpreter,
        "env": environment(job),
        "files": [[name, len(data)] for name, data in job.files.items()],
        "artefacts": list(job.artefacts),
        "artefact_bytes": limits.artefact_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "memory": limits.memory_mb * 1_048_576,
        "processes": limits.processes,
        "disk": limits.disk_mb * 1_048_576,
        "driver": job.driver,
        "driver_input": dict(job.driver_input),
    }
    head = marshal.dumps(
        header, 2
    )  # version 2 is read by every Python 3; trusted in this direction
    return b"".join([len(head).to_bytes(8, "big"), head, *job.files.values()])


def _pairs(env: Mapping[str, str]) -> Iterable[str]:
    for name, value in env.items():
        yield name
        yield value
