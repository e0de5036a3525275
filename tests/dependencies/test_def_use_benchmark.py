"""The benchmark of def-use pairs runs, on a tiny library and on one annotated function."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import def_use

CODE = "def f(a):\n    x = []\n    for i in a:\n        x.append(i)\n    return x\n"
LABEL = """
variables:
  x 4:
    datadep:
      - x 2
      - x 4
      - i 3
  x 5:
    reset: False
    datadep:
      - x 2
      - x 4
"""
LIBRARY = """
def largest(items):
    best = None
    for item in items:
        if best is None or item > best:
            best = item
    return best
"""
SUITE = """
import unittest
import library

class Test(unittest.TestCase):
    def test(self):
        self.assertEqual(library.largest([1, 3, 2]), 3)
"""


def test_annotated_functions_are_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(def_use, "PEER", tmp_path / "none")
    for name, suffix, text in (("code", "py", CODE), ("label", "yaml", LABEL)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"one_f_1_5.{suffix}").write_text(text)
    def_use.core(tmp_path)
    printed = capsys.readouterr().out
    assert "1 functions" in printed
    assert "ours: precision 1.000, recall 1.000, F1 1.000" in printed
    assert "names only: precision 1.000, recall 0.400" in printed


def test_what_runs_is_traced_and_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "library.py").write_text(LIBRARY)
    (tmp_path / "suite.py").write_text(SUITE)
    out = tmp_path / "out.json"
    script = Path(def_use.__file__).with_name("def_use_trace.py")
    command = [sys.executable, str(script), str(out), str(tmp_path), "suite"]
    environment = {"PYTHONPATH": str(tmp_path)}
    subprocess.run(command, check=True, cwd=tmp_path, env=environment, timeout=60)
    seen = json.loads(out.read_text())["library.py"]
    found = {(name, at, use) for name, at, _, use, _ in seen["pairs"]}
    assert found == {
        ("items", -1, 4),
        ("best", 3, 5),
        ("best", 6, 5),
        ("item", 4, 5),
        ("item", 4, 6),
        ("best", 6, 7),
    }
    monkeypatch.setattr(def_use, "PEER", tmp_path / "none")
    monkeypatch.setattr(def_use, "LIBRARY", tmp_path)
    def_use.observed(str(out))
    row = next(line for line in capsys.readouterr().out.splitlines() if "ours" in line)
    assert "| 0 | 1.0000 |" in row
