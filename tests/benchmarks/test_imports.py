"""The benchmark of imports reads a directory and tells differences apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.imports import (
    _beside,
    _hidden,
    _left_out,
    _unlike,
    compare_python,
    read_tree,
    report,
)


def test_a_directory_is_read_with_its_configurations(tmp_path: Path) -> None:
    for name in ("a.ts", "b/c.py", "package.json", "data.json", "node_modules/x/d.js", "e.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    scripts = read_tree(tmp_path, python=False)
    assert [file.path for file in scripts.files] == ["a.ts"]
    assert (set(scripts.configs), scripts.others) == ({"package.json"}, {"data.json"})
    assert [file.path for file in read_tree(tmp_path, python=True).files] == ["b/c.py"]
    assert scripts.lines == 2


def test_sets_that_differ_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert report("same", {(1,)}, {(1,)})
    assert not report("other", {(1,), (2,)}, {(1,)})
    printed = capsys.readouterr().out
    assert "IDENTICAL" in printed
    assert "1 only ours, 0 only theirs" in printed


def test_reasons_are_told_only_where_the_sources_show_them() -> None:
    assert "folder" in _left_out(("a", "b", 1), {"a"}, set())
    assert "binds" in _left_out(("a", "p", 1), {"a", "p"}, {("a", "p.s", 1)})
    assert _left_out(("a", "p", 1), {"a", "p"}, {("a", "q", 1)}) == "unexplained"
    assert "binds" in _hidden(("a", "p.s", 1), {("a", "p", 1)})
    assert _hidden(("a", "p.s", 1), {("a", "p", 2)}) == "unexplained"
    assert "beside" in _unlike(("a.js", 1, "./b", "b.d.ts"), {("a.js", 1, "./b", "b.js")})
    assert _unlike(("a.js", 1, "./b", "b.d.ts"), {("a.js", 1, "./b", "c.js")}) == "unexplained"
    assert _beside(("a.js", 1, "./b", "b.d.ts")) == "unexplained"


def test_a_package_is_compared_with_grimp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "compared_by_grimp"
    package.mkdir()
    (package / "__init__.py").write_text("from .a import a\n")
    (package / "a.py").write_text("def a(): pass\n")
    (package / "b.py").write_text("from . import a\nimport compared_by_grimp.a\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    compare_python(package)
    printed = capsys.readouterr().out
    assert "ours      3  theirs      3  1 only ours, 1 only theirs" in printed
    assert "a submodule whose name the package binds itself" in printed
    assert "unexplained" not in printed
