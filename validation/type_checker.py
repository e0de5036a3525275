"""Type errors of a Python project, from one mypy process that lasts.

The process is started at the first question, serves one question at a time, and is ended and
started anew when it takes too long or dies: what it reads was written by nobody we trust.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from validation.layout import Layout

_WORKER: Final = Path(__file__).with_name("mypy_worker.py")
_MAX_ANSWER_BYTES: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class TypeFault:
    """One error of mypy: where in the file it is (1-based), its code and its sentence."""

    path: str
    line: int
    column: int
    code: str
    message: str


class TypeCheckError(Exception):
    """mypy did not come to the end on these sources; the message says why, `faults` says where."""

    def __init__(self, message: str, faults: Sequence[TypeFault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class TypeChecker:
    """One mypy process and the lock around it; any number of threads may ask."""

    def __init__(self, *, seconds: float = 60.0) -> None:
        """Take the time limit of one question; the process itself starts with the first."""
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._folder = ""

    def check(
        self,
        files: Mapping[str, str],
        layout: Layout,
        targets: Iterable[str],
        *,
        untyped: bool = True,
    ) -> list[TypeFault]:
        """Give the type errors of the files at `targets` and of what they import.

        `files` are the project's Python sources, path → text; `untyped` asks to look into functions
        without annotations too. Raises TypeCheckError when mypy
        takes longer than the limit, dies, or refuses the project as a whole.
        """
        request = {
            "files": files,
            "modules": {path: module_name(path, layout) for path in targets},
            "roots": list(layout.roots),
            "untyped": untyped,
        }
        with self._lock:
            answer = self._ask(json.dumps(request).encode() + b"\n")
        faults = [TypeFault(**item) for item in answer["errors"]]
        if answer["blocked"]:
            raise TypeCheckError(f"mypy refuses the project: {answer['blocked']}", faults)
        return faults

    def close(self) -> None:
        """End the process; the next question starts another."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, request: bytes) -> dict[str, Any]:
        deadline = time.monotonic() + self._seconds
        process = self._running()
        try:
            answer = _exchange(process, request, deadline)
        except TypeCheckError:
            self._kill()
            raise
        data: dict[str, Any] = json.loads(answer)
        return data

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # a fork shares the pipes of its parent's process
            self._process, self._owner = None, os.getpid()
        if self._process is None or self._process.poll() is not None:
            self._kill()
            self._folder = tempfile.mkdtemp(prefix="devmatrix-types-")
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_WORKER), self._folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                start_new_session=True,
            )
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                os.set_blocking(pipe.fileno(), False)
        return self._process

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.close()


def _exchange(process: subprocess.Popen[bytes], request: bytes, deadline: float) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    todo, answer = memoryview(request), bytearray()
    while not answer.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TypeCheckError("mypy did not finish within its time limit.")
        writers = [process.stdin] if todo else []
        readable, writable, _ = select.select([process.stdout], writers, [], left)
        if writable:
            try:
                todo = todo[os.write(process.stdin.fileno(), todo[: 1 << 16]) :]
            except BrokenPipeError:
                raise TypeCheckError("mypy's process ended before it read the sources.") from None
        if readable:
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data:
                raise TypeCheckError("mypy's process died on these sources.")
            answer += data
            if len(answer) > _MAX_ANSWER_BYTES:
                raise TypeCheckError("mypy has more to say than can be read.")
    return bytes(answer)


def module_name(path: str, layout: Layout) -> str:
    """Name a file for mypy; one that cannot be imported gets a name made from its path."""
    found = layout.module_of(path)
    if found is not None and layout.path_of(found) == path:
        return found
    return "script_" + "_".join(
        "".join(char if char.isalnum() else "_" for char in part)
        for part in PurePosixPath(path).with_suffix("").parts
    )


@cache
def shared_checker() -> TypeChecker:
    """Give this process's one checker, ended with the process."""
    checker = TypeChecker()
    atexit.register(checker.close)
    return checker


# A fork may happen while another thread holds the lock: the child starts with a checker of its own.
os.register_at_fork(after_in_child=shared_checker.cache_clear)
