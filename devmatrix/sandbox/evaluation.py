"""`evaluate`: what a module's docstring examples show, taken apart from what they ought to show.

Expected values never enter the sandbox. What comes out is untrusted data: the host reads a bounded
stream, takes JSON only, and stops at the first record that is not exactly the next one.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from devmatrix.sandbox.job import refusal
from devmatrix.sandbox.machine import inspect_machine
from devmatrix.sandbox.model import CallRecord, Job, Limits
from devmatrix.sandbox.running import judge
from devmatrix.sandbox.supervisor import supervise

_NO_LIMITS_GIVEN = Limits()
_DRIVER = (Path(__file__).parent / "inside" / "driver.py").read_text(encoding="utf-8")
_IMPORT = -1
_STRING = rb'"(?:[^"\\\x00-\x1f]++|\\.)*+"'
_RECORD = re.compile(rb"\[%s, -?\d{1,9}, %s(?:, null, null|, %s, %s)\]" % ((_STRING,) * 4))


def evaluate(
    module: str,
    files: Mapping[str, bytes],
    examples: Sequence[str],
    *,
    limits: Limits = _NO_LIMITS_GIVEN,
    packages: bool = False,
    env: Mapping[str, str] | None = None,
    bubblewrap: str | None = None,
) -> list[CallRecord]:
    """Import `module` (dotted name) from `files` and run each example in its namespace, in order.

    The examples share one copy of the module's namespace, as in doctest. Returns one record for
    each example; one that did not finish (limit passed, process gone, import failed, module not
    there) has `completed=False` and the cause in `exception_message`. Raises SandboxUnavailable.
    """
    machine = inspect_machine(bubblewrap=bubblewrap)
    token = secrets.token_hex(16)
    job = Job(
        argv=(),
        files=dict(files),
        limits=limits,
        packages=packages,
        env=dict(env or {}),
        driver=_DRIVER,
        driver_input={
            "token": token,
            "module": module,
            "examples": [_complete(source) for source in examples],
            "output_chars": limits.output_bytes // max(1, len(examples)),
        },
    )
    problem = refusal(job)
    if problem is not None:
        return [_missing(problem)] * len(examples)
    if not all(part.isidentifier() for part in module.split(".")):
        return [_missing(f"{module!r} is not the name of a module.")] * len(examples)
    finished = supervise(machine, job)
    result = judge(finished, limits)
    reason = result.reason or "The process ended before this example did."
    return read_records(finished.records, token=token, count=len(examples), reason=reason)


def read_records(data: bytes, *, token: str, count: int, reason: str) -> list[CallRecord]:
    """Read the untrusted stream `data`: the record of the import, then one for each example.

    From the first line that is not the expected record on, examples count as not completed, for
    `reason`. Lines after the last record make no difference.
    """
    lines = data.split(b"\n")[: count + 1]
    opening = _parse(lines[0], token, _IMPORT)
    if opening is None:
        return [_missing(reason)] * count
    if opening.exception_type is not None:
        return [
            CallRecord("", opening.exception_type, opening.exception_message, completed=False)
        ] * count
    records: list[CallRecord] = []
    for index, line in enumerate(lines[1:]):
        record = _parse(line, token, index)
        if record is None:
            break
        records.append(record)
    return records + [_missing(reason)] * (count - len(records))


def _parse(line: bytes, token: str, index: int) -> CallRecord | None:
    """Check the form before the JSON is read: nested input would cost the host memory."""
    if _RECORD.fullmatch(line) is None:
        return None
    try:
        said_token, said_index, shown, kind, message = json.loads(line)
    except ValueError:
        return None
    if said_token != token or said_index != index:
        return None
    return CallRecord(shown, kind, message, completed=True)


def _complete(source: str) -> str:
    return source if source.endswith("\n") else source + "\n"


def _missing(reason: str) -> CallRecord:
    return CallRecord("", None, reason, completed=False)
