"""What this machine can do for isolation, found out by trying: the self-test runs a real job."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from devmatrix.sandbox.machine import Machine, inspect_machine, readable_by
from devmatrix.sandbox.model import Limits, Outcome, Report, SandboxUnavailable
from devmatrix.sandbox.running import run

_PROBE = (Path(__file__).parent / "inside" / "probe.py").read_bytes()
_EXPECTED = {
    "uid_is_not_root": "the job runs as uid 0",
    "no_capabilities": "the job holds capabilities",
    "no_new_privileges": "the job may gain privileges",
    "no_host_files": "the job sees the host's /etc/passwd, /root, /home or /proc",
    "system_is_read_only": "the job can write outside its work directory",
    "work_is_writable": "the job cannot write in its work directory",
    "no_network": "the job has a network route",
    "environment_is_ours": "the host's environment reaches the job",
}


def doctor(*, bubblewrap: str | None = None) -> Report:
    """Try the sandbox and report. Never raises for a machine that lacks something."""
    try:
        machine = inspect_machine(bubblewrap=bubblewrap)
    except SandboxUnavailable as error:
        return Report(ok=False, mode="none", problems=(str(error),), interpreter="", user="")
    broken = _self_test(bubblewrap)
    user = os.geteuid() if machine.user is None else machine.user
    return Report(
        ok=not broken,
        mode="none" if broken else machine.mode,
        problems=(*broken, *_gaps(machine)),
        interpreter=machine.interpreter,
        user=f"uid {user}",
    )


def findings(output: bytes) -> list[str]:
    """Say what the output of the probe (inside/probe.py) proves to be wrong."""
    try:
        found = json.loads(output)
    except ValueError:
        return ["The self-test gave no readable answer."]
    failed = [text for name, text in _EXPECTED.items() if found.get(name) is not True]
    return [f"Self-test: {text}." for text in failed]


def _gaps(machine: Machine) -> list[str]:
    """What is missing without being reason enough to refuse."""
    problems = []
    if machine.filter is None:
        problems.append(
            f"No system-call filter is known for {os.uname().machine}: namespaces and limits hold, "
            "the filter is missing."
        )
    if not Path(f"/proc/self/task/{threading.get_native_id()}/children").exists():
        problems.append(
            "The kernel does not list children (CONFIG_PROC_CHILDREN): memory is limited for each "
            "process only, not for a job as a whole."
        )
    if not readable_by(machine.packages, machine.user):
        problems.append(
            f"The installed packages in {machine.packages} cannot be read by the sandbox's user: "
            "test suites cannot run until the directories above are searchable (chmod o+x)."
        )
    return problems


def _self_test(bubblewrap: str | None) -> list[str]:
    try:
        result = run(
            ["python", "probe.py"],
            files={"probe.py": _PROBE},
            limits=Limits(wall_seconds=20),
            bubblewrap=bubblewrap,
        )
    except SandboxUnavailable as error:
        return [str(error)]
    if result.outcome is not Outcome.OK:
        said = result.stderr.decode(errors="replace").strip()[-300:]
        return [f"The self-test ended as {result.outcome}: {result.reason} {said}".strip()]
    return findings(result.stdout)
