"""The whole way, as a newcomer goes it: `manage.py demo` and `manage.py generate`, as processes."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devmatrix.llm.replay_process import ReplayProcess
from devmatrix.pipeline.processes import only_one
from devmatrix.sandbox import doctor

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "evenly"

pytestmark = [
    pytest.mark.skipif(not doctor().ok, reason=f"no sandbox: {'; '.join(doctor().problems)}"),
    pytest.mark.xdist_group("demo"),
]


def environment(var: Path, **more: str) -> dict[str, str]:
    """The environment of a first-time user whose state is kept in `var`."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DEVMATRIX_", "ANTHROPIC_", "DATABASE_URL", "REDIS_URL"))
    }
    return inherited | {"DEVMATRIX_VAR": str(var), "DEVMATRIX_PORT": "0"} | more


def manage(var: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(var, **more),
        capture_output=True,
        text=True,
        timeout=240,
    )


@dataclass(frozen=True)
class Shown:
    """What a run of the demo left."""

    var: Path
    code: int
    output: str

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.var / 'db.sqlite3'}?mode=ro", uri=True) as database:
            return list(database.execute(query))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    var = tmp_path_factory.mktemp("demo")
    done = manage(var, "demo", DEMO_EXIT="1")
    return Shown(var, done.returncode, done.stdout + done.stderr)


def test_it_ends_well_and_says_what_was_made(demo: Shown) -> None:
    assert demo.code == 0, demo.output
    made = re.search(r"evenly: (\d+) atoms in (\d+) waves", demo.output)
    assert made, demo.output
    assert int(made[1]) >= 60
    assert int(made[2]) >= 4
    for said in ("right on the first attempt", "by the third", "Precision of the accepted atoms"):
        assert said in demo.output
    for address in ("/projects/", "/review/", "/admin/", "/api/v2/docs/"):
        assert "http://127.0.0.1:" in demo.output
        assert address in demo.output
    assert "Log in as admin with the password" in demo.output


def test_mistakes_are_made_and_mended_with_feedback(demo: Shown) -> None:
    checks = {check for (check,) in demo.rows("select failed_check from atom_retry_history")}
    assert {"syntax", "types", "examples", "contract", "completeness_of_body"} <= checks
    mended = demo.rows(
        "select feedback from atom_retry_history where outcome = 'accepted' and number > 1"
    )
    assert mended
    assert all("failed check" in str(feedback) for (feedback,) in mended)


def test_an_atom_that_fails_three_times_waits_in_the_queue_first(demo: Shown) -> None:
    failed = demo.rows("select id, attempts from atomic_units where status = 'failed'")
    assert [attempts for _, attempts in failed] == [3]
    queue = demo.rows("select atom_id, reason, priority from human_review_queue order by priority")
    assert queue[0] == (failed[0][0], "failed", 1)
    assert len(queue) > 1


def test_all_four_levels_have_spoken(demo: Shown) -> None:
    levels = demo.rows("select distinct level from validation_results where verdict = 'passed'")
    assert sorted(levels) == [(1,), (2,), (3,), (4,)]
    criteria = dict(demo.rows("select key, status from acceptance_criteria"))
    assert criteria.pop("AC-7") == "not_met"
    assert set(criteria.values()) == {"met"}


def test_the_cost_of_the_plan_is_the_sum_of_its_calls(demo: Shown) -> None:
    ((plan, reserved),) = demo.rows("select cost_usd, reserved_usd from masterplans")
    ((calls,),) = demo.rows("select sum(cost_usd) from model_calls")
    ((atoms,),) = demo.rows("select sum(cost_usd) from model_calls where purpose = 'atom'")
    ((attempts,),) = demo.rows("select sum(cost_usd) from atom_retry_history")
    assert float(str(plan)) == pytest.approx(float(str(calls)), abs=1e-6)
    assert float(str(attempts)) == pytest.approx(float(str(atoms)), abs=1e-6)
    assert float(str(reserved)) == 0


def test_the_repository_has_a_commit_a_wave_and_works(demo: Shown) -> None:
    repository = demo.var / "demo" / "evenly"
    log = subprocess.run(
        ["git", "log", "--format=%s", "--reverse"], cwd=repository, capture_output=True, text=True
    )
    titles = log.stdout.splitlines()
    ((waves,),) = demo.rows("select count(*) from execution_waves")
    assert len([title for title in titles if title.startswith("Wave ")]) == waves
    clean = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True
    )
    assert clean.stdout == ""
    stored = demo.rows(
        "select f.path, group_concat(a.code, '') from source_files f join "
        "(select * from atomic_units order by position) a on a.source_file_id = f.id group by f.id"
    )
    assert stored
    for path, text in stored:
        assert (repository / str(path)).read_text() == text


def test_a_database_without_tables_is_named(tmp_path: Path) -> None:
    for command in (["import_project", str(SAMPLE)], ["export_project", "x", "--out", "y"]):
        done = manage(tmp_path, *command)
        assert done.returncode == 2
        assert "run manage.py migrate first" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_second_demo_beside_a_running_one_is_told(tmp_path: Path) -> None:
    with only_one(tmp_path / "demo.lock"):
        done = manage(tmp_path, "demo", DEMO_EXIT="1")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("CommandError: A demo is running already")


@pytest.fixture
def replay() -> Iterator[ReplayProcess]:
    with ReplayProcess(SAMPLE / "transcript", latency=0.3) as server:
        yield server


def test_after_ctrl_c_a_second_run_goes_on_and_pays_for_nothing_twice(
    replay: ReplayProcess, tmp_path: Path
) -> None:
    settings = {"ANTHROPIC_BASE_URL": replay.url, "ANTHROPIC_API_KEY": "key"}
    assert manage(tmp_path, "migrate", "-v0").returncode == 0
    command = ["generate", str(SAMPLE / "SPEC.md"), "--name", "evenly", "--out"]
    first = subprocess.Popen(
        [sys.executable, "manage.py", *command, str(tmp_path / "one")],
        cwd=ROOT,
        env=environment(tmp_path, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown = Shown(tmp_path, 0, "")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and first.poll() is None:
        if len(shown.rows("select 1 from atom_retry_history where outcome = 'accepted'")) > 5:
            break
        time.sleep(0.2)
    first.send_signal(signal.SIGINT)
    output, _ = first.communicate(timeout=60)
    assert first.returncode == 130, output
    assert "the same command goes on from here" in output
    assert not shown.rows("select 1 from atomic_units where lease_token is not null")
    before = shown.rows("select count(*) from model_calls")[0][0]

    second = manage(tmp_path, *command, str(tmp_path / "two"), **settings)
    assert second.returncode == 0, second.stdout + second.stderr
    assert shown.rows("select count(*) from masterplans") == [(1,)]
    calls = shown.rows("select purpose, subject, count(*) from model_calls group by 1, 2")
    repeated = [
        (purpose, subject) for purpose, subject, count in calls if purpose != "atom" and count != 1
    ]
    assert repeated == []
    assert shown.rows(
        "select max(number) from atom_retry_history where outcome != 'abandoned'"
    ) == [(3,)]
    assert int(str(before)) > 0
    assert (tmp_path / "two" / "evenly" / "__main__.py").is_file()
