"""The doctor says what is the matter, to programs and to people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix.sandbox import doctor
from devmatrix.sandbox.doctor import findings
from devmatrix.sandbox.machine import ROOT_DROPS_TO

REPOSITORY = Path(__file__).parents[2]


def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devmatrix.sandbox", "doctor", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("bubblewrap")
def test_where_bubblewrap_works_the_report_is_good() -> None:
    report = doctor()
    assert report.ok, report.problems
    assert report.mode.startswith("bubblewrap")
    assert Path(report.interpreter).exists()
    assert report.user != "uid 0"


@pytest.mark.usefixtures("bubblewrap")
def test_on_x86_64_the_filter_is_part_of_the_mode() -> None:
    if os.uname().machine not in ("x86_64", "aarch64"):
        pytest.skip("no table of system calls for this machine")
    assert doctor().mode == "bubblewrap+seccomp"


def test_without_bubblewrap_the_report_names_the_package() -> None:
    report = doctor(bubblewrap="/nonexistent/bwrap")
    assert not report.ok
    assert report.mode == "none"
    assert "apt-get install bubblewrap" in report.problems[0]


def test_a_bubblewrap_that_isolates_nothing_is_found_out() -> None:
    report = doctor(bubblewrap="/bin/true")
    assert not report.ok
    assert report.mode == "none"


def test_the_probe_sees_that_an_ordinary_process_is_not_isolated() -> None:
    probe = REPOSITORY / "devmatrix" / "sandbox" / "inside" / "probe.py"
    user = ROOT_DROPS_TO if os.geteuid() == 0 else None  # root would leave files behind
    done = subprocess.run(
        ["/usr/bin/python3", "-"],
        input=probe.read_bytes(),
        capture_output=True,
        check=True,
        env={},
        user=user,
        cwd="/",
    )
    problems = findings(done.stdout)
    assert any("/etc/passwd" in problem for problem in problems)
    assert any("environment" in problem for problem in problems)
    assert any("privileges" in problem for problem in problems)


@pytest.mark.usefixtures("bubblewrap")
def test_the_command_prints_lines_for_people_and_exits_0() -> None:
    done = shell()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sandbox:     ready" in done.stdout


def test_the_command_exits_1_and_says_the_way_out() -> None:
    done = shell("--bubblewrap", "/nonexistent/bwrap")
    assert done.returncode == 1
    assert "apt-get install bubblewrap" in done.stdout
    assert done.stderr == ""
