"""The report of a test run is untrusted: only what is signed and in order counts."""

from __future__ import annotations

import hashlib
import hmac
import json

from validation.suite_report import read_report

SECRET = b"s" * 32


def line(number: int, kind: str, secret: bytes = SECRET, **fields: object) -> bytes:
    body = json.dumps([number, kind, fields]).encode()
    return hmac.new(secret, body, hashlib.sha256).hexdigest().encode() + b" " + body + b"\n"


def phase(number: int, when: str, outcome: str, secret: bytes = SECRET) -> bytes:
    return line(
        number, "phase", secret, id="t.py::test_a", when=when, outcome=outcome, expected=False,
        seconds=0.1, text="", error="", frames=[],
    )  # fmt: skip


HONEST = (
    line(0, "begin")
    + line(1, "start", id="t.py::test_a")
    + phase(2, "setup", "passed")
    + phase(3, "call", "failed")
    + phase(4, "teardown", "passed")
    + line(5, "end", status=1)
)


def test_an_honest_report_is_read() -> None:
    report = read_report(HONEST, SECRET)
    (instance,) = report.instances("t.py", "test_a")
    assert report.genuine
    assert report.ended
    assert instance.failed
    assert instance.finished
    assert not instance.passed


def test_a_forged_record_is_noticed() -> None:
    report = read_report(HONEST + phase(6, "call", "passed", b"x" * 32), SECRET)
    assert not report.genuine


def test_a_replayed_record_is_noticed() -> None:
    rows = HONEST.splitlines(keepends=True)
    assert not read_report(b"".join([*rows[:4], rows[2]]), SECRET).genuine
    assert not read_report(b"".join([*rows[:3], *rows[4:]]), SECRET).genuine


def test_garbage_is_noticed() -> None:
    assert not read_report(HONEST + b"\xff\xfe garbage\n", SECRET).genuine
    assert not read_report(b"\n", SECRET).genuine


def test_a_report_that_stops_has_no_end() -> None:
    report = read_report(b"".join(HONEST.splitlines(keepends=True)[:3]), SECRET)
    assert report.genuine
    assert not report.ended
    assert not report.instances("t.py", "test_a")[0].finished


def test_no_report_is_no_beginning() -> None:
    assert not read_report(b"", SECRET).began
