"""Runs the tracer over the packages, in the interpreter that their tests need."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.calls.packages import LEFT_OUT, ROOT, Package, fetch

PYTHON: Final = ROOT / "var" / "bench" / "tracing" / "bin" / "python"
_TRACER: Final = Path(__file__).with_name("tracer.py")
_SECONDS: Final = 500
_INI: Final = "[pytest]\ndoctest_optionflags = ALLOW_UNICODE NORMALIZE_WHITESPACE ELLIPSIS\n"


def record(package: Package) -> str:
    """Run a package's suite under the tracer; gives the last line that pytest printed.

    The trace is written beside the others as ``raw-NAME.json``. Raises OSError,
    CalledProcessError, TimeoutExpired.
    """
    if not PYTHON.exists():
        raise FileNotFoundError("no interpreter to trace with: run benchmarks/peers/install.sh")
    fetch(package)
    root = package.unpacked / package.path
    with tempfile.TemporaryDirectory() as scratch:
        ini = Path(scratch, "pytest.ini")
        ini.write_text(_INI, encoding="utf-8")
        arguments = ["-q", "-p", "no:cacheprovider", "--tb=line", "-c", str(ini)]
        arguments += ["--continue-on-collection-errors"]
        arguments += ["--rootdir", str(package.unpacked), *package.tests]
        request = {
            "root": str(root),
            "home": str(package.unpacked),
            "path": str(root),
            "sources": f"{package.package}/",
            "left_out": list(LEFT_OUT),
            "arguments": arguments,
            "out": str(raw_trace(package)),
        }
        asked = Path(scratch, "request.json")
        asked.write_text(json.dumps(request), encoding="utf-8")
        env = {**os.environ, "PYTHONPYCACHEPREFIX": f"{scratch}/pyc", "PYTHONPATH": str(root)}
        with log_of(package).open("wb") as log:
            subprocess.run(
                [str(PYTHON), str(_TRACER), str(asked)],
                cwd=package.unpacked,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=True,
            )
    return log_of(package).read_text("utf-8", "replace").strip().rpartition("\n")[2]


def raw_trace(package: Package) -> Path:
    """Where the tracer's own numbers are kept."""
    return package.trace.with_name(f"raw-{package.folder}.json")


def log_of(package: Package) -> Path:
    """Where the output of its suite is kept."""
    return package.trace.with_name(f"{package.folder}.log")
