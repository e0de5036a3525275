"""Start one job under bubblewrap, watch it from outside, and end it: time, memory, output, inodes.

Everything a verdict rests on is measured here, in the process that untrusted code cannot reach.
The functions keep no state between calls and may be called from any number of threads.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devmatrix.sandbox import machine as machines
from devmatrix.sandbox.job import encode
from devmatrix.sandbox.machine import Machine
from devmatrix.sandbox.model import Job, Outcome, SandboxUnavailable
from devmatrix.sandbox.watch import inodes_used, tree_memory

START_SECONDS = 20.0  # bubblewrap and the interpreter; 0.02 s on an idle machine
GRACE_SECONDS = 0.4  # between the kill and giving up on the pipes
TICK_SECONDS = 0.03
FLOOD = 32  # output this many times over its limit ends the job
_INIT = (Path(__file__).parent / "inside" / "init.py").read_text(encoding="utf-8")
_CHUNK = 65_536


@dataclass(slots=True)
class Ending:
    """How the job ended, as far as the host made it end."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The raw remains of one job. `report` is empty when process 1 did not live to write it."""

    report: dict[str, Any]
    artefacts: dict[str, bytes]
    ending: Ending | None
    stdout: bytes
    stderr: bytes
    records: bytes
    truncated: bool
    wall_seconds: float
    cpu_seconds: float
    memory_mb: float


@dataclass(slots=True)
class _Sink:
    """The reading end of a pipe and the first `keep` bytes that came out of it."""

    fd: int
    keep: int
    data: bytearray = field(default_factory=bytearray)
    seen: int = 0
    open: bool = True

    def take(self) -> None:
        chunk = os.read(self.fd, _CHUNK)
        self.open = bool(chunk)
        self.seen += len(chunk)
        self.data += chunk[: max(0, self.keep - len(self.data))]


@dataclass(slots=True)
class _Sinks:
    stdout: _Sink
    stderr: _Sink
    records: _Sink
    report: _Sink
    info: _Sink

    def all(self) -> tuple[_Sink, ...]:
        return (self.stdout, self.stderr, self.records, self.report, self.info)


def supervise(machine: Machine, job: Job) -> Finished:
    """Run `job` to its end. Raises SandboxUnavailable when the sandbox cannot be set up."""
    with contextlib.ExitStack() as stack:
        process, sinks = _start(machine, job, stack)
        watcher = _Watcher(process, sinks, job)
        stack.callback(watcher.end_everything)
        watcher.watch()
        cpu_seconds = watcher.reap()
    return _finish(watcher, sinks, job, cpu_seconds)


def _start(
    machine: Machine, job: Job, stack: contextlib.ExitStack
) -> tuple[subprocess.Popen[bytes], _Sinks]:
    """Start bubblewrap; the reading ends of its pipes are closed by `stack`, the rest here."""
    limits = job.limits
    keep = {
        "stdout": limits.output_bytes,
        "stderr": limits.output_bytes,
        "records": 8 * limits.output_bytes + 4096,
        "report": limits.artefact_bytes + 1_000_000,
        "info": 4096,
    }
    with contextlib.ExitStack() as for_child:
        sinks, ends = {}, {}
        for name, size in keep.items():
            reading, ends[name] = os.pipe()
            stack.callback(os.close, reading)
            for_child.callback(os.close, ends[name])
            sinks[name] = _Sink(reading, size)
        stdin = _sealed(for_child, "stdin", job.stdin)
        order = _sealed(for_child, "job", encode(job, interpreter=machine.interpreter))
        passed = [order, ends["report"], ends["records"], ends["info"]]
        filter_fd = None
        if machine.filter is not None:
            filter_fd = _sealed(for_child, "filter", machine.filter)
            passed.append(filter_fd)
        words = machines.command(machine, limits, job, filter_fd=filter_fd, info_fd=ends["info"])
        inside = [machine.interpreter, "-P", "-s", "-S", "-B", "-c", _INIT]
        inside += [str(order), str(ends["report"]), str(ends["records"])]
        try:
            process = subprocess.Popen(
                [*words, "--", *inside],
                stdin=stdin,
                stdout=ends["stdout"],
                stderr=ends["stderr"],
                pass_fds=passed,
                env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
                cwd="/",
                user=machine.user,
                group=machine.user,
                extra_groups=None if machine.user is None else [],
                start_new_session=True,  # Ctrl-C is for us, it must not look like a killed job
            )
        except OSError as error:
            message = f"{machine.bubblewrap} cannot be started: {error}."
            raise SandboxUnavailable(message) from error
    return process, _Sinks(**sinks)


class _Watcher:
    """One running sandbox as the host sees it."""

    def __init__(self, process: subprocess.Popen[bytes], sinks: _Sinks, job: Job) -> None:
        self.process, self.sinks, self.job = process, sinks, job
        self.ending: Ending | None = None
        self.ready_at: float | None = None
        self.stopped_at: float | None = None
        self.memory_mb = 0.0
        self._init_pid: int | None = None
        self._init_fd: int | None = None

    def watch(self) -> None:
        """Read every pipe until all are closed; end the job when it passes a limit."""
        started = time.monotonic()
        next_look = started
        with selectors.DefaultSelector() as selector:
            for sink in self.sinks.all():
                selector.register(sink.fd, selectors.EVENT_READ, sink)
            while selector.get_map():
                for key, _ in selector.select(TICK_SECONDS):
                    key.data.take()
                    if not key.data.open:
                        selector.unregister(key.fd)
                now = time.monotonic()
                self._notice_progress(now)
                if self.stopped_at is not None:
                    if now - self.stopped_at > GRACE_SECONDS:
                        return
                elif now >= next_look:
                    next_look = now + TICK_SECONDS
                    self._look(now, started)

    def reap(self) -> float:
        """Wait for bubblewrap, which waits for process 1; return the CPU seconds of the tree."""
        if self.process.returncode is not None:
            return 0.0
        deadline = time.monotonic() + GRACE_SECONDS
        while True:
            try:
                pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else in this process reaped it
                self.process.returncode = 0
                return 0.0
            if pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                return usage.ru_utime + usage.ru_stime
            if time.monotonic() > deadline:
                self.process.kill()
            time.sleep(0.001)

    def end_everything(self) -> None:
        """Leave nothing behind, whatever happened before."""
        if self.process.returncode is None:
            self._kill()
            self.reap()
        if self._init_fd is not None:
            os.close(self._init_fd)
            self._init_fd = None

    def _notice_progress(self, now: float) -> None:
        if self._init_fd is None and self.sinks.info.data:
            self._find_init()
        if self.ready_at is None and self.sinks.report.data:
            self.ready_at = now

    def _find_init(self) -> None:
        with contextlib.suppress(ValueError, KeyError):  # not complete yet
            self._init_pid = int(json.loads(self.sinks.info.data)["child-pid"])
            with contextlib.suppress(ProcessLookupError):
                self._init_fd = os.pidfd_open(self._init_pid)

    def _look(self, now: float, started: float) -> None:
        limits = self.job.limits
        if self.ready_at is None:
            if now - started > START_SECONDS:
                self._stop(Outcome.KILLED, f"The sandbox did not start in {START_SECONDS:g} s.")
            return
        if now - self.ready_at >= limits.wall_seconds:
            self._stop(Outcome.TIMED_OUT, f"Stopped after {limits.wall_seconds:g} s of wall clock.")
        elif max(self.sinks.stdout.seen, self.sinks.stderr.seen) > FLOOD * limits.output_bytes:
            self._stop(
                Outcome.KILLED, f"Stopped for writing over {FLOOD * limits.output_bytes} bytes."
            )
        elif self._init_pid is not None:
            self._look_inside(self._init_pid)

    def _look_inside(self, pid: int) -> None:
        limits = self.job.limits
        memory = tree_memory(pid, suspicious_mb=limits.memory_mb)
        self.memory_mb = max(self.memory_mb, memory)
        if memory > limits.memory_mb:
            self._stop(
                Outcome.OUT_OF_MEMORY,
                f"Stopped for using more than {limits.memory_mb} MB together.",
            )
        elif inodes_used(pid) > limits.inodes:
            self._stop(Outcome.KILLED, f"Stopped for creating more than {limits.inodes} files.")

    def _stop(self, outcome: Outcome, reason: str) -> None:
        self.ending = Ending(outcome, reason)
        self.stopped_at = time.monotonic()
        self._kill()

    def _kill(self) -> None:
        """Kill process 1, with which the kernel kills its whole namespace; else bubblewrap."""
        if self._init_fd is None:
            self.process.kill()  # --die-with-parent takes process 1 along
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init_fd, signal.SIGKILL)


def _finish(watcher: _Watcher, sinks: _Sinks, job: Job, cpu_seconds: float) -> Finished:
    report, artefacts = _read_report(bytes(sinks.report.data), job.artefacts)
    if watcher.ready_at is None:
        message = bytes(sinks.stderr.data).decode(errors="replace").strip()
        raise SandboxUnavailable(_setup_failure(message, watcher.ending))
    until = watcher.stopped_at or time.monotonic()
    kept = (sinks.stdout, sinks.stderr)
    return Finished(
        report=report,
        artefacts=artefacts,
        ending=watcher.ending,
        stdout=bytes(sinks.stdout.data),
        stderr=bytes(sinks.stderr.data),
        records=bytes(sinks.records.data),
        truncated=any(sink.seen > sink.keep for sink in kept),
        wall_seconds=until - watcher.ready_at,
        cpu_seconds=report.get("cpu", cpu_seconds),
        memory_mb=max(watcher.memory_mb, report.get("rss_kb", 0) / 1024),
    )


def _read_report(data: bytes, names: Sequence[str]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Split what process 1 wrote: a ready line, a last line, then the artefacts' bytes."""
    lines = data.split(b"\n", 2)
    first = json.loads(lines[0]) if len(lines) > 1 else {}
    if "refused" in first:
        return first, {}
    if len(lines) < 3:
        return {}, {}
    report, rest = json.loads(lines[1]), lines[2]
    artefacts, offset = {}, 0
    for index, size in report["artefacts"]:
        artefacts[names[index]] = rest[offset : offset + size]
        offset += size
    return report, artefacts


def _setup_failure(message: str, ending: Ending | None) -> str:
    said = message[-500:] or (ending.reason if ending else "no message")
    way_out = "see `python -m devmatrix.sandbox doctor`"
    if "Unknown option" in message:
        way_out = "bubblewrap 0.8 or newer is needed: apt-get install bubblewrap"
    elif "namespace" in message or "Operation not permitted" in message:
        way_out = (
            "unprivileged user namespaces are needed: sysctl kernel.unprivileged_userns_clone=1, "
            "user.max_user_namespaces>0, an AppArmor profile for bwrap; in a container "
            "--security-opt seccomp=unconfined --security-opt systempaths=unconfined"
        )
    return f"The sandbox could not be set up: {said}. Way out: {way_out}."


def _sealed(stack: contextlib.ExitStack, name: str, data: bytes) -> int:
    """A memory file that nobody can change, so a job cannot park data in its own input."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    stack.callback(os.close, fd)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd
