"""Child processes that a command starts and that never outlive it."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

STOP_SECONDS = 5.0


class StartFailed(Exception):  # noqa: N818  (the process is at fault)
    """A process that did not come up; the message says which and where its log is."""


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Hold a lock on a file; yields False where another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def free_port(preferred: int) -> int:
    """Return the preferred loopback port if nobody listens there, else one that is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartFailed("No port is free on 127.0.0.1; stop something that listens there.")


class Processes:
    """Processes with logs of their own, stopped together in reverse order."""

    def __init__(self, logs: Path, stack: ExitStack) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._stack = stack
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process in a session of its own; it gets SIGTERM if this process dies."""
        keeper = shutil.which("setpriv")
        prefix = [keeper, "--pdeathsig", "TERM"] if keeper else []
        log = self._stack.enter_context((self._logs / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [*prefix, *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._running[name] = process
        self._stack.callback(_stop, process)

    def wait_for(self, name: str, path: Path, seconds: float = 20) -> str:
        """Wait until a process has written a file, and return its text."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check(name)
            if path.is_file() and (text := path.read_text().strip()):
                return text
            time.sleep(0.05)
        raise StartFailed(f"{name} did not come up in {seconds:.0f} s; see {self.log(name)}.")

    def wait_for_port(self, name: str, port: int, seconds: float = 20) -> None:
        """Wait until a process accepts connections on a loopback port."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check(name)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise StartFailed(f"{name} did not come up in {seconds:.0f} s; see {self.log(name)}.")

    def check(self, name: str) -> None:
        """Raise StartFailed where a process has ended."""
        code = self._running[name].poll()
        if code is not None:
            raise StartFailed(f"{name} ended with exit code {code}; see {self.log(name)}.")

    def log(self, name: str) -> Path:
        """Return the path of a process's log."""
        return self._logs / f"{name}.log"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process politely, then whatever is left of its group, however this is interrupted.

    Only the process itself is asked: it stops its children, and waits in vain for killed ones.
    """
    try:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
