"""The real sandbox or none: tests skip, saying why, only where bubblewrap itself cannot work."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devmatrix.sandbox import Outcome, run
from devmatrix.sandbox.machine import ROOT_DROPS_TO


@pytest.fixture(scope="session")
def bubblewrap() -> str:
    """The path of a bubblewrap that works, found out without any of our code."""
    found = shutil.which("bwrap")
    if found is None:
        pytest.skip("bubblewrap is not installed: apt-get install bubblewrap")
    user = ROOT_DROPS_TO if os.geteuid() == 0 else None
    probe = subprocess.run(
        [found, "--unshare-user", "--unshare-all", "--ro-bind", "/", "/", "/bin/true"],
        capture_output=True,
        user=user,
        cwd="/",
        check=False,
    )
    if probe.returncode != 0:
        pytest.skip(f"bubblewrap cannot make namespaces here: {probe.stderr.decode().strip()}")
    return found


@pytest.fixture
def honest_job_after(bubblewrap: str) -> Iterator[None]:
    """Whatever a test did, an honest job passes afterwards."""
    yield
    result = run(["python", "-c", "print(6 * 7)"], files={})
    assert (result.outcome, result.stdout) == (Outcome.OK, b"42\n")


class Marker:
    """A word in a job's command line by which its processes are found among the host's."""

    def __init__(self) -> None:
        self.word = f"marker-{uuid.uuid4().hex}"

    def pids(self) -> list[int]:
        return [
            int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if self._in(path)
        ]

    def _in(self, path: Path) -> bool:
        try:
            return self.word.encode() in path.read_bytes()
        except OSError:
            return False


def wait_until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something that another process does; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def marker() -> Marker:
    return Marker()
