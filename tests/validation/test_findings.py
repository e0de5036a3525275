"""What a list of findings amounts to."""

from __future__ import annotations

import json

from validation.findings import Severity, Verdict, aggregate, clipped, failed, not_run, ok, passed


def test_only_an_error_that_failed_refuses() -> None:
    assert passed([ok(1, "syntax"), not_run(1, "examples", "none")])
    assert passed([failed(1, "types", "hm", severity=Severity.WARNING)])
    assert not passed([ok(1, "syntax"), failed(1, "types", "no")])


def test_what_was_not_run_is_not_called_passed() -> None:
    assert aggregate([not_run(1, "examples", "none")]) is Verdict.NOT_RUN
    assert aggregate([]) is Verdict.NOT_RUN
    assert aggregate([not_run(1, "examples", "none"), ok(1, "syntax")]) is Verdict.PASSED
    assert aggregate([ok(1, "syntax"), failed(1, "types", "no")]) is Verdict.FAILED


def test_a_finding_is_plain_data() -> None:
    finding = failed(1, "types", "no", line=2, evidence={"code": "x"}).took(0.5)
    assert json.loads(json.dumps(finding.to_json()))["verdict"] == "failed"


def test_output_of_hostile_code_is_kept_short() -> None:
    short = clipped("a" * 10_000_000)
    assert len(short) < 5000
    assert "characters left out" in short
    assert len(failed(1, "examples", "x", actual="b" * 100_000).actual) < 5000
