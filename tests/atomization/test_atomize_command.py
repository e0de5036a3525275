"""manage.py atomize: what it prints, writes, finds wrong and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from atomization.decomposer import Slot, slots_of
from atomization.management.commands.atomize import Command
from atomization.reading import Reading
from atomization.source_walk import Walk
from tests.atomization.test_atom_service import lossy

ROOT = Path(__file__).parents[2]
SHAPES = '"""Shapes."""\n\nimport math\n\n\ndef area(side: int) -> int:\n    return side * unit\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg/shapes.py").write_text(SHAPES)
    (root / "pkg/lists.ts").write_text("export const first = <T>(xs: T[]): T => xs[0];\n")
    (root / "pkg/logo.py").write_bytes(b"\0\1\2")
    return root


def atomize(*arguments: str | Path, command: Command | None = None, **options: Any) -> None:
    call_command(command or Command(), *map(str, arguments), **{"jobs": 1, **options})


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


# --- what it says


def test_the_table_counts_files_lines_and_atoms_by_language(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    atomize(project)
    shown = capsys.readouterr().out
    assert "│ python     │     1 │     7 │     3 │" in shown
    assert "│ typescript │     1 │     1 │     1 │" in shown
    assert "1 binary" in shown
    assert "Completeness" not in shown


def test_each_atom_is_a_line_of_json(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "atoms.jsonl"
    atomize(project, json=str(target))
    found = {row["name"]: row for row in rows(target)}
    area = found["area"]
    assert area["path"] == str(project / "pkg/shapes.py")
    assert SHAPES.encode()[slice(*area["bytes"])].strip().startswith(b"def area")
    assert (area["lines"], area["kind"], area["language"]) == ([4, 7], "function", "python")
    assert area["contract"]["signature"] == "def area(side: int) -> int:"
    assert area["holes"] == ["unit"]
    assert 0 < area["completeness"] < 1
    assert len(area["criteria"]) == 10
    assert found["first"]["language"] == "typescript"


def test_json_on_stdout_is_nothing_but_json(
    project: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    atomize(project, json="-")
    written = capsysbinary.readouterr()
    assert len([json.loads(line) for line in written.out.splitlines()]) == 4
    assert b"Completeness" in written.err


def test_contexts_can_be_left_out_and_asked_for(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    atomize(project, json=str(tmp_path / "a"), contexts=False)
    assert "criteria" not in rows(tmp_path / "a")[0]
    assert "contract" in rows(tmp_path / "a")[0]
    atomize(project, contexts=True)
    assert "Completeness" in capsys.readouterr().out


def test_the_limit_is_an_option(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "".join(f"    n{number} = {number}\n" for number in range(12))
    (project / "long.py").write_text(f"def f():\n{body}")
    for limit, atoms in [(15, 1), (5, 3)]:
        capsys.readouterr()
        atomize(project / "long.py", json=str(tmp_path / "a"), max_loc=limit)
        assert len(rows(tmp_path / "a")) >= atoms
        assert all(row["metrics"]["loc"] <= limit for row in rows(tmp_path / "a"))
        assert capsys.readouterr().out.count(f"≤ {limit} lines of code") == 1


# --- what it finds wrong


class Lossy(Command):
    """Loses a byte at the end of every file."""

    cut = staticmethod(lossy)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_difference_is_named_with_its_offset(project: Path, jobs: int) -> None:
    atomize(project, check=True, jobs=jobs)
    with pytest.raises(CommandError) as failure:
        atomize(project, command=Lossy(), check=True, jobs=jobs)
    assert failure.value.returncode == 1
    assert f"{project}/pkg/shapes.py: its atoms do not add up to it, first at byte 79" in str(
        failure.value
    )


def test_without_check_nothing_is_reassembled(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    atomize(project, command=Lossy())
    assert "Reassembled" not in capsys.readouterr().out


def deadly(reading: Reading, *, max_loc: int, target_loc: int) -> Sequence[Slot]:
    """Cut as always, but end the process where a source says so."""
    if b"# die" in reading.source:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"# raise" in reading.source:
        raise RuntimeError("no way on")
    return slots_of(reading, max_loc=max_loc, target_loc=target_loc)


class Deadly(Command):
    """Dies of some sources."""

    cut = staticmethod(deadly)


def test_a_file_that_ends_its_process_is_named_and_the_others_are_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(30):
        (tmp_path / f"m{number:02}.py").write_text("x = 1\n" * 8_000)
    (tmp_path / "m07.py").write_text("# die\n")
    (tmp_path / "m21.py").write_text("# raise\n")
    with pytest.raises(CommandError) as failure:
        atomize(tmp_path, command=Deadly(), jobs=2)
    assert failure.value.returncode == 1
    assert str(failure.value).splitlines() == [
        f"{tmp_path}/m07.py: ended the process that read it; it was left out",
        f"{tmp_path}/m21.py: cannot be cut into atoms (RuntimeError: no way on)",
    ]
    assert "│    28 │" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nowhere"], [".", "--json", "/nowhere/atoms.jsonl"]])
def test_bad_input_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(CommandError) as failure:
        atomize(*arguments)
    assert failure.value.returncode == 2
    assert str(failure.value).count("\n") == 0


def test_a_file_of_json_is_whole_or_not_there(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "atoms.jsonl"
    target.parent.mkdir()

    class Broken(Command):
        def _work(self, *arguments: Any) -> Any:
            arguments[-1](b"{}\n")
            raise KeyboardInterrupt

    with pytest.raises(CommandError) as failure:
        atomize(project, command=Broken(), json=str(target))
    assert failure.value.returncode == 130
    assert list(target.parent.iterdir()) == []


# --- as a program


def start(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "atomize", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def test_it_needs_no_database(project: Path, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/missing/db.sqlite3"
    process = start(project, "--json", "-", "--jobs", "2", DATABASE_URL=address)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert len(out.splitlines()) == 4
    assert not (tmp_path / "missing").exists()


def test_an_option_that_is_no_number_is_refused(project: Path) -> None:
    process = start(project, "--jobs", "none")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "'none' is no number from 1 up" in err


def test_an_interrupt_ends_it_and_all_its_processes(tmp_path: Path) -> None:
    sources, out = tmp_path / "sources", tmp_path / "out"
    sources.mkdir()
    out.mkdir()
    for number in range(200):
        (sources / f"m{number}.py").write_text("def f(a):\n    return a\n\n\n" * 5_000)
    process = start(sources, "--jobs", "2", "--json", out / "atoms.jsonl", "--no-contexts")
    until(lambda: any(path.stat().st_size for path in out.iterdir()))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.strip()) == (130, "CommandError: Interrupted.")
    assert list(out.iterdir()) == []
    until(lambda: not is_there(process.pid))


def test_a_directory_without_anything_readable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"{tmp_path}: cannot be read (Permission denied)"
    monkeypatch.setattr(
        "atomization.management.commands.atomize.find_sources", lambda paths: Walk((), {}, (said,))
    )
    with pytest.raises(CommandError, match="cannot be read") as failure:
        atomize(tmp_path)
    assert (str(failure.value), failure.value.returncode) == (said, 1)


def test_a_reader_that_has_had_enough_ends_it_quietly(project: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "manage.py", "atomize", str(project), "--json", "-", "--jobs", "1"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail after a minute."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_there(group: int) -> bool:
    """Tell whether a process group has any process left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
