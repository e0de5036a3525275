"""A pytest plugin that writes what happened to each test, signed, for a reader outside.

It is loaded before anything of the project is, takes its secret from standard input, and signs each
record with it and with the record's number. The code under test shares this process and may do
anything to it; the reader therefore also wants every test accounted for and tests that must fail
to have failed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
from collections.abc import Callable, Generator
from typing import Any

import pytest

CLIP = 3000
FRAMES = 40


def opened() -> tuple[Callable[..., None], list[str]]:
    """Read the order from standard input; give the function that writes a record, and the roots.

    Records go to what was standard output; all other output goes to standard error from here on.
    """
    order = json.loads(sys.stdin.buffer.readline())
    stream = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    key = bytes.fromhex(order["secret"])
    digest, dumps, count = hmac.new, json.dumps, [0]

    def write(kind: str, **fields: Any) -> None:
        body = dumps([count[0], kind, fields]).encode()
        sign = digest(key, body, hashlib.sha256).hexdigest().encode()
        count[0] += 1
        stream.write(sign + b" " + body + b"\n")

    return write, list(order["roots"])


write, roots = opened()
sys.path[:0] = roots


def frames(excinfo: Any) -> list[tuple[str, int]]:
    """List the places of a traceback, outermost first."""
    found = []
    step = excinfo.tb if excinfo is not None else None
    while step is not None:
        found.append((step.tb_frame.f_code.co_filename, step.tb_lineno))
        step = step.tb_next
    return found[-FRAMES:]


def clipped(value: Any) -> str:
    """Give a report's text, shortened from its middle; of a skip the reason alone."""
    text = str(value[2] if isinstance(value, tuple) else value)
    return text if len(text) <= CLIP else text[: CLIP // 2] + "\n…\n" + text[-CLIP // 2 :]


def pytest_sessionstart() -> None:
    """Say that the run began."""
    write("begin")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Say which files could not be collected, or did not want to be."""
    if report.outcome != "passed":
        write("collect", id=report.nodeid, outcome=report.outcome, text=clipped(report.longrepr))


def pytest_runtest_logstart(nodeid: str) -> None:
    """Say which test begins, so that the reader knows where a process ended."""
    write("start", id=nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say how one phase of one test ended."""
    report = yield
    failed = report.outcome == "failed"
    raised = call.excinfo
    write(
        "phase",
        id=item.nodeid,
        when=report.when,
        outcome=report.outcome,
        expected=hasattr(report, "wasxfail"),
        seconds=report.duration,
        text=clipped(report.longrepr) if report.outcome != "passed" else "",
        error=clipped(raised.exconly()) if failed and raised is not None else "",
        frames=frames(raised) if failed else [],
    )
    return report


def pytest_sessionfinish(exitstatus: int) -> None:
    """Say that the run came to its end."""
    write("end", status=int(exitstatus))
