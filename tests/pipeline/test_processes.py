"""Children of a command: one at a time, logged, and gone with it."""

import os
import socket
import sys
from contextlib import ExitStack
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
