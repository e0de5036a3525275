"""The lasting mypy process: right, quick when warm, replaced when it hangs, gone when we are."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from validation.layout import layout_of
from validation.type_checker import TypeChecker, TypeCheckError, TypeFault

GOOD = "def f() -> int:\n    return 1\n"
BAD = "def f() -> int:\n    return 's'\n"
ROOT = Path(__file__).parents[2]


def faults(checker: TypeChecker, files: dict[str, str], *targets: str) -> list[TypeFault]:
    return checker.check(files, layout_of(files), targets or tuple(files))


def test_an_error_has_its_place(checker: TypeChecker) -> None:
    (fault,) = faults(checker, {"a.py": BAD})
    assert (fault.path, fault.line, fault.code) == ("a.py", 2, "return-value")


def test_texts_of_one_length_within_one_second_are_told_apart(checker: TypeChecker) -> None:
    for _ in range(3):
        assert faults(checker, {"a.py": GOOD.replace("1", "2.5")})
        assert not faults(checker, {"a.py": GOOD.replace("1", "255")})


def test_a_file_that_is_gone_is_gone(checker: TypeChecker) -> None:
    assert not faults(checker, {"a.py": "import b\nb.f()\n", "b.py": GOOD})
    assert faults(checker, {"a.py": "import b\nb.f()\n"})


def test_modules_under_src_are_found_by_tests(checker: TypeChecker) -> None:
    files = {
        "src/p/__init__.py": "",
        "src/p/m.py": GOOD,
        "tests/test_m.py": "from p.m import f\nf('x')\n",
    }
    assert [fault.code for fault in faults(checker, files, "tests/test_m.py")] == ["call-arg"]


def test_files_that_cannot_be_imported_are_checked(checker: TypeChecker) -> None:
    files = {"my-script.py": BAD, "a b/setup.py": BAD, "setup.py": BAD}
    assert {fault.path for fault in faults(checker, files)} == set(files)


def test_a_project_cannot_bring_a_plugin(checker: TypeChecker, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    files = {
        "mypy.ini": "[mypy]\nplugins = evil.py\n",
        "evil.py": f"open({str(mark)!r}, 'w')\n",
        "a.py": "# mypy: plugins=evil\n" + BAD,
    }
    assert faults(checker, files, "a.py")
    assert not mark.exists()


def test_a_project_that_mypy_refuses_is_not_called_right(checker: TypeChecker) -> None:
    with pytest.raises(TypeCheckError, match="shadows"):
        faults(checker, {"typing.py": "x = 1\n", "a.py": GOOD}, "a.py", "typing.py")


def test_a_warm_checker_is_quick(checker: TypeChecker) -> None:
    faults(checker, {"a.py": GOOD})
    best = 10.0
    for number in range(5):
        started = time.perf_counter()
        faults(checker, {"a.py": GOOD.replace("1", str(number + 10))})
        best = min(best, time.perf_counter() - started)
    assert best < 0.5


def test_a_process_that_takes_too_long_is_replaced() -> None:
    checker = TypeChecker(seconds=30.0)
    try:
        assert not faults(checker, {"a.py": GOOD})
        assert checker._process is not None
        os.kill(checker._process.pid, signal.SIGSTOP)
        checker._seconds = 0.2
        with pytest.raises(TypeCheckError, match="time limit"):
            faults(checker, {"a.py": BAD})
        checker._seconds = 30.0
        assert faults(checker, {"a.py": BAD})
    finally:
        checker.close()


def test_a_process_that_died_is_replaced() -> None:
    checker = TypeChecker()
    try:
        faults(checker, {"a.py": GOOD})
        assert checker._process is not None
        checker._process.kill()
        checker._process.wait()
        assert faults(checker, {"a.py": BAD})
    finally:
        checker.close()


def test_threads_get_their_own_answers(checker: TypeChecker) -> None:
    files = [{"a.py": BAD if number % 2 else GOOD} for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda item: bool(faults(checker, item)), files))
    assert found == [False, True] * 4


def test_nothing_is_left_behind() -> None:
    checker = TypeChecker()
    faults(checker, {"a.py": GOOD})
    folder = Path(checker._folder)
    assert folder.is_dir()
    checker.close()
    assert not folder.exists()


@pytest.mark.parametrize("sibling", ["", "if os.fork() == 0: time.sleep(30)\n"])
def test_the_process_ends_with_its_parent(sibling: str) -> None:
    """Even when a fork of the parent still holds the other end of its pipes."""
    program = (
        "import os, signal, time\n"
        "from validation.type_checker import TypeChecker\n"
        "from validation.layout import layout_of\n"
        "checker = TypeChecker()\n"
        "checker.check({'a.py': ''}, layout_of(['a.py']), ['a.py'])\n"
        "print(checker._process.pid, checker._folder, flush=True)\n"
        + sibling
        + "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        pid, folder = process.stdout.readline().decode().split()
        process.wait()
        try:
            await_end(int(pid), Path(folder))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def await_end(pid: int, folder: Path) -> None:
    command = Path(f"/proc/{pid}/cmdline")
    deadline = time.monotonic() + 15
    while (folder.exists() or alive(command)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    assert not alive(command)


def alive(command: Path) -> bool:
    try:
        return "mypy_worker" in command.read_text()
    except OSError:
        return False
