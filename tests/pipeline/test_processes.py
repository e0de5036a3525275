"""Children of a command: one at a time, logged, and gone with it."""

import os
import socket
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from devmatrix.pipeline.processes import Processes, StartFailed, free_port, only_one


def test_a_second_holder_is_told(tmp_path: Path) -> None:
    with only_one(tmp_path / "lock") as first, only_one(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    with only_one(tmp_path / "lock") as again:
        assert again


def test_it_takes_another_port_when_the_preferred_one_is_busy() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        busy = server.getsockname()[1]
        assert free_port(busy) != busy


def test_a_process_that_dies_is_named_with_its_log(tmp_path: Path) -> None:
    with ExitStack() as stack:
        processes = Processes(tmp_path / "logs", stack)
        processes.start("broken", [sys.executable, "-c", "raise SystemExit(7)"], os.environ)
        with pytest.raises(StartFailed, match=r"broken ended with exit code 7; see .*broken\.log"):
            processes.wait_for("broken", tmp_path / "never")


def test_processes_end_with_the_command(tmp_path: Path) -> None:
    script = f"import pathlib, time; pathlib.Path({str(tmp_path / 'up')!r}).write_text('up'); "
    with ExitStack() as stack:
        processes = Processes(tmp_path / "logs", stack)
        processes.start("sleeper", [sys.executable, "-c", script + "time.sleep(60)"], os.environ)
        assert processes.wait_for("sleeper", tmp_path / "up") == "up"
        process = processes._running["sleeper"]
        assert process.poll() is None
    assert process.poll() is not None


def test_only_the_process_is_asked_to_stop_and_what_it_leaves_is_ended(tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import pathlib, signal, sys, time\n"
        "here = pathlib.Path(sys.argv[1])\n"
        "signal.signal(signal.SIGTERM, lambda *_: (here / 'asked').write_text('yes'))\n"
        "(here / 'up').write_text('up')\n"
        "time.sleep(60)\n"
    )
    parent = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(60)"
    command = [sys.executable, "-c", parent, sys.executable, str(child), str(tmp_path)]
    with ExitStack() as stack:
        processes = Processes(tmp_path / "logs", stack)
        processes.start("parent", command, os.environ)
        processes.wait_for("parent", tmp_path / "up")
        group = processes._running["parent"].pid
    assert not (tmp_path / "asked").exists()
    deadline = time.monotonic() + 10  # killed is not dead yet
    while living_members(group) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not living_members(group)


def living_members(group: int) -> list[str]:
    """List the processes of a group that are more than a corpse nobody has buried."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            name, _, rest = stat.read_text().rpartition(")")
            state, _, number = rest.split()[:3]
            if int(number) == group and state not in "ZX":
                found.append(name)
    return found
