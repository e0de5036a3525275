"""Starting and stopping the replay server from Python: for the demo and for tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.05
_STOP_SECONDS = 5.0


class ReplayFailed(RuntimeError):  # noqa: N818  (what happened)
    """The replay server did not start; the message holds what it said."""


class ReplayProcess:
    """A replay server of one's own, as a context manager; `url` is what the gateway connects to.

    It dies with this process, and a Ctrl-C in the terminal does not reach it, so that work in
    flight can drain. `latency` is the median in seconds. Raises ReplayFailed.
    """

    def __init__(
        self,
        transcript: Path,
        *,
        latency: float = 0.1,
        seed: int | None = None,
        takes_temperature: bool = False,
        startup_seconds: float = 20.0,
    ) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="devmatrix-replay-")
        self._port_file = Path(self._scratch.name) / "port"
        self._log = Path(self._scratch.name) / "log"
        command = [sys.executable, "-m", "devmatrix.llm.replay", str(transcript.resolve())]
        command += ["--port-file", str(self._port_file), "--latency", str(latency)]
        command += ["--parent", str(os.getpid())]
        command += ["--seed", str(seed)] if seed is not None else []
        command += ["--takes-temperature"] if takes_temperature else []
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=_ROOT, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self.url = f"http://127.0.0.1:{self._port(startup_seconds)}"
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the server, calls in flight included; may be called again."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._scratch.cleanup()

    def _port(self, startup_seconds: float) -> int:
        deadline = time.monotonic() + startup_seconds
        while time.monotonic() < deadline:
            if self._port_file.exists():
                return int(self._port_file.read_text(encoding="ascii"))
            if self._process.poll() is not None:
                said = self._log.read_text(encoding="utf-8", errors="replace").strip()
                raise ReplayFailed(f"The replay server did not start: {said}")
            time.sleep(_POLL_SECONDS)
        raise ReplayFailed(f"The replay server did not listen within {startup_seconds:g} seconds.")
