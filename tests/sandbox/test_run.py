"""What an honest job may rely on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devmatrix.sandbox import Limits, Outcome, SandboxUnavailable, run
from devmatrix.sandbox.machine import ROOT_DROPS_TO
from tests.sandbox.conftest import Marker, wait_until

pytestmark = pytest.mark.usefixtures("bubblewrap")

REPOSITORY = Path(__file__).parents[2]


def test_it_runs_a_command_on_the_files_of_the_job() -> None:
    result = run(
        ["python", "pkg/main.py", "an argument"],
        files={
            "pkg/main.py": b"import sys, other\nprint(other.x, sys.argv[1])",
            "pkg/other.py": b"x=7",
        },
    )
    assert (result.outcome, result.exit_status, result.stdout) == (
        Outcome.OK,
        0,
        b"7 an argument\n",
    )


def test_it_hands_over_every_byte_of_every_file_and_of_stdin() -> None:
    data = bytes(range(256)) * 5000
    code = "import sys; d = open('d/e.bin', 'rb').read(); sys.exit(d != sys.stdin.buffer.read())"
    result = run(["python", "-c", code], files={"d/e.bin": data, "empty": b""}, stdin=data)
    assert result.outcome is Outcome.OK


def test_a_file_name_need_not_be_utf_8() -> None:
    name = "caf\udce9.txt"
    result = run(["cat", name], files={name: b"kept"}, artefacts=[name])
    assert result.stdout == b"kept"
    assert result.artefacts == {name: b"kept"}


def test_a_script_with_an_interpreter_line_can_be_run() -> None:
    result = run(["./greet"], files={"greet": b"#!/usr/bin/env python\nprint('hello')\n"})
    assert result.stdout == b"hello\n"


def test_a_failing_command_is_failed_with_its_status_and_output() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    result = run(["python", "-c", code], files={})
    assert (result.outcome, result.exit_status) == (Outcome.FAILED, 3)
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n")


def test_a_command_that_does_not_exist_is_failed_and_named() -> None:
    result = run(["no-such-command"], files={})
    assert (result.outcome, result.exit_status) == (Outcome.FAILED, 127)
    assert b"no-such-command" in result.stderr


def test_a_command_ended_by_a_signal_is_killed_and_says_which() -> None:
    result = run(["python", "-c", "import os; os.abort()"], files={})
    assert (result.outcome, result.exit_status) == (Outcome.KILLED, -6)
    assert "SIGABRT" in result.reason


def test_the_interpreter_can_start_itself_again() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(5)'], check=True)"
    assert run(["python", "-c", code], files={}).stdout == b"5\n"


def test_artefacts_asked_for_come_back_and_absent_ones_do_not() -> None:
    code = "import os; os.mkdir('out'); open('out/a', 'wb').write(bytes(9)); open('b', 'w').close()"
    result = run(["python", "-c", code], files={}, artefacts=["out/a", "b", "c", "out"])
    assert result.artefacts == {"out/a": bytes(9), "b": b""}


def test_artefacts_come_back_from_a_job_that_failed() -> None:
    result = run(["python", "-c", "open('a','w').write('x'); 1/0"], files={}, artefacts=["a"])
    assert result.outcome is Outcome.FAILED
    assert result.artefacts == {"a": b"x"}


def test_packages_make_pytest_importable_and_a_test_suite_run() -> None:
    files = {
        "thing.py": b"def double(x): return 2 * x\n",
        "tests/test_thing.py": b"from thing import double\ndef test(): assert double(4) == 8\n",
    }
    result = run(["python", "-m", "pytest", "-q"], files=files, packages=True)
    assert result.outcome is Outcome.OK, result.stdout + result.stderr
    assert b"1 passed" in result.stdout


@pytest.mark.parametrize("package", ["pytest", "yaml", "pip"])
def test_without_packages_nothing_installed_on_the_host_is_importable(package: str) -> None:
    code = (
        f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is not None)"
    )
    assert run(["python", "-c", code], files={}).outcome is Outcome.OK


def test_the_environment_asked_for_is_there() -> None:
    result = run(["python", "-c", "import os; print(os.environ['X'])"], files={}, env={"X": "y z"})
    assert result.stdout == b"y z\n"


def test_a_search_path_of_the_job_comes_before_the_packages() -> None:
    result = run(
        ["python", "-c", "import pytest, thing; print(thing.__file__)"],
        files={"src/thing.py": b""},
        packages=True,
        env={"PYTHONPATH": "/work/src"},
    )
    assert result.stdout == b"/work/src/thing.py\n"


def test_an_argument_that_cannot_be_passed_is_failed_and_said() -> None:
    result = run(["python", "-c", "1", "\ud800"], files={})
    assert (result.outcome, result.exit_status) == (Outcome.FAILED, 127)
    assert b"surrogates not allowed" in result.stderr


def test_an_interrupt_of_the_host_does_not_end_the_job(marker: Marker) -> None:
    """Ctrl-C reaches the whole foreground group; a job in it would look like a failed one."""
    script = (
        "import signal; from devmatrix.sandbox import run\n"
        "signal.signal(signal.SIGINT, lambda *_: None)\n"
        f"print(run(['sh', '-c', 'sleep 0.5 # {marker.word}'], files={{}}).outcome)"
    )
    host = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: set(marker.pids()) - {host.pid})
    os.killpg(host.pid, signal.SIGINT)
    assert host.communicate(timeout=20)[0] == b"ok\n"


def test_two_runs_of_the_same_job_hash_strings_alike() -> None:
    outputs = {run(["python", "-c", "print(hash('a'))"], files={}).stdout for _ in range(3)}
    assert len(outputs) == 1


def test_time_and_memory_are_measured() -> None:
    code = (
        "import time; b = bytearray(100_000_000); t = time.process_time()\n"
        "while time.process_time() - t < 0.2: pass\ntime.sleep(0.2)"
    )
    result = run(["python", "-c", code], files={})
    assert result.outcome is Outcome.OK
    assert 0.4 < result.wall_seconds < 5
    assert 0.2 < result.cpu_seconds < 2
    assert 95 < result.memory_mb < 200


def test_sixteen_jobs_at_once_do_not_share_their_process_limits() -> None:
    code = (
        "import threading, time\n"
        "for _ in range(20): threading.Thread(target=time.sleep, args=(.3,)).start()"
    )

    def job(number: int) -> tuple[Outcome, bytes]:
        result = run(["python", "-c", f"{code}\nprint({number})"], files={})
        return result.outcome, result.stdout

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(job, range(16)))
    assert answers == [(Outcome.OK, b"%d\n" % number) for number in range(16)]


def test_no_descriptor_is_left_open_by_many_runs() -> None:
    run(["true"], files={})
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        run(["python", "-c", "1"], files={}, limits=Limits(wall_seconds=5))
    run(["sleep", "9"], files={}, limits=Limits(wall_seconds=0.1))
    run(["true"], files={"../x": b""})
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_job_is_never_root_not_even_seen_from_the_host(marker: Marker) -> None:
    owners: set[int] = set()
    thread = threading.Thread(
        target=run, args=(["sh", "-c", f"sleep 0.5 # {marker.word}"],), kwargs={"files": {}}
    )
    thread.start()
    while thread.is_alive():
        for pid in marker.pids():
            try:
                owners.add(Path(f"/proc/{pid}").stat().st_uid)
            except OSError:
                continue
        time.sleep(0.02)
    assert owners == {ROOT_DROPS_TO if os.geteuid() == 0 else os.geteuid()}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_gets_the_same_sandbox() -> None:
    user = ROOT_DROPS_TO + 1
    script = (
        "from devmatrix.sandbox import doctor; r = doctor(); print(r); raise SystemExit(not r.ok)"
    )
    try:
        done = subprocess.run(
            ["/usr/bin/python3", "-B", "-c", script],
            cwd=REPOSITORY,
            env={"PATH": "/usr/bin:/bin"},
            user=user,
            group=user,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
    except PermissionError:
        pytest.skip("the checkout is not readable by other users")
    if "PermissionError" in done.stderr or "No module named 'devmatrix'" in done.stderr:
        pytest.skip("the checkout is not readable by other users")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"uid {user}" in done.stdout


def test_when_the_host_process_is_killed_the_whole_job_goes_with_it(marker: Marker) -> None:
    script = (
        "from devmatrix.sandbox import run\n"
        f"run(['sh', '-c', 'sleep 60 & sleep 60 # {marker.word}'], files={{}})"
    )
    host = subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY)
    wait_until(lambda: len(set(marker.pids()) - {host.pid}) >= 1)
    host.kill()
    host.wait()
    wait_until(lambda: not marker.pids())


def test_without_bubblewrap_nothing_runs_and_the_package_is_named() -> None:
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        run(["true"], files={}, bubblewrap="/nonexistent/bwrap")


def test_a_bubblewrap_that_fails_is_unavailable_not_a_failed_job() -> None:
    with pytest.raises(SandboxUnavailable, match="could not be set up"):
        run(["true"], files={}, bubblewrap="/bin/false")
