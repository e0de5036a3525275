"""The benchmark of the decomposer runs, on a tiny tree and without peers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

SCRIPT = Path(settings.BASE_DIR) / "benchmarks" / "atomize.py"
PYTHON = "import os\n\n\n@os.path\ndef f(a):\n    if a and a:\n        return 1\n    return 2\n"
SCRIPT_SOURCE = "export function f(a) {\n  return a ? 1 : 2\n}\n"


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    long = "def g(a):\n" + "".join(f"    a = a + {number}\n" for number in range(70))
    for name, text in (
        ("one/a.py", PYTHON),
        ("one/long.py", long),
        ("two/b.ts", SCRIPT_SOURCE),
        ("two/node_modules/c.js", "("),
        ("two/d.txt", "no source"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def run(*arguments: str | Path) -> str:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def figure(text: str, row: str) -> str:
    """Give our figure of a row of the last table."""
    return [line for line in text.splitlines() if line.startswith(f"| {row} ")][-1].split("|")[2]


def test_the_table_has_a_part_for_each_corpus_and_one_for_all(corpora: Path) -> None:
    printed = run(corpora, "--no-peers")
    assert [line for line in printed.splitlines() if line.startswith("## ")] == [
        "## one: 2 files, 79 lines",
        "## two: 1 files, 3 lines",
        "## All corpora: 3 files, 82 lines",
    ]
    assert figure(printed, "files byte-identical after reassembly").strip() == "100.00%"
    assert figure(printed, "boundaries on syntax nodes").strip() == "100.00%"
    assert figure(printed, "over a limit and not marked").strip().isdigit()


def test_functions_are_shown_with_their_atoms(corpora: Path) -> None:
    printed = run(corpora, "--functions")
    assert "one/long.py:1 | 71 |" in printed
    assert "1 functions of 60 to 120 lines of code, 71 lines in" in printed


def test_an_empty_root_says_how_to_fill_it(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True)
    assert done.returncode == 1
    assert "benchmarks/corpora.py" in done.stderr


def test_asking_corpora_for_help_fetches_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT.with_name("corpora.py")), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])
    assert "ROOT" in done.stdout
