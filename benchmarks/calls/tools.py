"""What makes call graphs of a directory: our analyzer, and the tools that it is measured beside."""

from __future__ import annotations

import importlib
import json
import signal
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from benchmarks.calls.graphs import Graph
from benchmarks.calls.unique import unique_names

Tool = Callable[[Path], Graph]

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS: Final = ROOT / "benchmarks" / "peers"
PYTHON: Final = ROOT / "var" / "bench" / "calls" / "bin" / "python"
SECONDS: Final = 120
_MEMORY_KB: Final = 6_000_000
_ENTRY: Final = "main.py"


class ToolError(Exception):
    """A tool that is not there, crashed or did not end in time."""


def ours(directory: Path) -> Graph:
    """Give the analyzer's own graph; raises ToolError where it breaks, which it never should."""
    try:
        calls = importlib.import_module("dependencies.points_to.python_calls")
    except ModuleNotFoundError as error:
        raise ToolError(f"the analyzer cannot be imported: {error}") from error
    try:
        with _no_longer_than(SECONDS):
            graph: Graph = calls.call_graph(directory)
    except TimeoutError as error:
        raise ToolError(f"no end in {SECONDS} s") from error
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise ToolError(f"crash at {last.filename}:{last.lineno}: {error!r}") from error
    return graph


@contextmanager
def _no_longer_than(seconds: int) -> Iterator[None]:
    """Break off what runs inside after some seconds."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pycg(directory: Path) -> Graph:
    """Give PyCG's graph: from the entry point of a snippet, else from all modules."""
    return _peer("pycg_calls.py", directory)


def pyan(directory: Path) -> Graph:
    """Give pyan's graph: its edges of kind "uses"."""
    return _peer("pyan_calls.py", directory)


def jedi(directory: Path) -> Graph:
    """Give a graph made with jedi: every called name goes to what jedi infers it to be."""
    return _peer("jedi_calls.py", directory)


def _peer(script: str, directory: Path) -> Graph:
    """Run a peer over all sources of a directory in its own interpreter; raises ToolError."""
    if not PYTHON.exists():
        raise ToolError("the peers are not installed: run benchmarks/peers/install.sh")
    entry = directory / _ENTRY
    whole = script != "pycg_calls.py" or not entry.exists()
    files = sorted(directory.rglob("*.py")) if whole else [entry]
    shell = f'ulimit -v {_MEMORY_KB}; exec "$@"'
    command = [
        str(PYTHON),
        str(PEERS / script),
        ".",
        *(str(f.relative_to(directory)) for f in files),
    ]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as problems:
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", shell, "sh", *command],
                cwd=directory,
                stdout=out,
                stderr=problems,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ToolError(f"no end in {SECONDS} s") from error
        problems.seek(0)
        if done.returncode:
            lines = problems.read().decode("utf-8", "replace").strip().splitlines()
            raise ToolError(f"ended with {done.returncode}: {lines[-1] if lines else ''}")
        out.seek(0)
        graph: Graph = json.load(out)
        return graph


TOOLS: Final[dict[str, Tool]] = {
    "ours": ours,
    "pycg": pycg,
    "pyan": pyan,
    "jedi": jedi,
    "unique": unique_names,
}
