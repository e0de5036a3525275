"""The benchmark of completeness runs, on a tiny project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings

SCRIPT = Path(settings.BASE_DIR) / "benchmarks" / "completeness.py"


def run(*arguments: str | Path) -> str:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_figures_of_a_project_are_printed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import json\n\n\ndef f(x: int) -> str:\n    return json.dumps(x)\n"
    )
    (tmp_path / "b.py").write_text("def g(y):\n    return y.missing\n")
    printed = run(tmp_path, "--strict", "--mypy", "--cache", tmp_path / "cache")
    assert "2 files, 7 lines" in printed
    assert "atoms of the 1 files with annotations: 2, mean completeness 1.0000" in printed
    assert "1 attributes" in printed
    assert "y.missing 1" in printed
    assert "without what use alone tells" in printed


def test_a_wrong_import_shows_in_the_figures(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import jsonn\n\n\ndef f(x: int):\n    jsonn.dumps(x)\n")
    assert "jsonn" in run(tmp_path).split("most frequent:")[1]
