"""Which files are sources: what git ignores, what others wrote, what no person wrote."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from atomization.parser import Language
from atomization.source_walk import FoundSource, Skipped, WalkRefused, find_sources, unfit


def write(root: Path, *names: str) -> None:
    """Write a small source under each name below `root`."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def found(*roots: Path) -> list[str]:
    walk = find_sources([str(root) for root in roots])
    return [
        Path(source.path).relative_to(roots[0]).as_posix()
        for project in walk.projects
        for source in project.sources
    ]


def test_it_finds_sources_of_all_languages_and_counts_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.pyi", "c.ts", "d.tsx", "e.js", "f.jsx", "g.mjs", "h.cjs", "i.css")
    walk = find_sources([str(tmp_path)])
    assert walk.sources == 8
    assert walk.skipped == {Skipped.LANGUAGE: 1}


def test_nested_gitignore_files_are_respected_and_may_take_back(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "gen/b.py", "pkg/gen/c.py", "pkg/keep_me.py", "pkg/me.py", "pkg/d/e.py")
    (tmp_path / ".gitignore").write_text("/gen/\n*_me.py\n")
    (tmp_path / "pkg/.gitignore").write_text("!keep_me.py\nme.py\nd\n")
    assert found(tmp_path) == ["a.py", "pkg/keep_me.py", "pkg/gen/c.py"]
    assert find_sources([str(tmp_path)]).skipped[Skipped.IGNORED] == 3


def test_rules_above_the_named_directory_count_within_its_repository(tmp_path: Path) -> None:
    write(tmp_path, "repo/src/a.py", "repo/src/made.py")
    (tmp_path / ".gitignore").write_text("a.py\n")
    (tmp_path / "repo/.git").mkdir()
    (tmp_path / "repo/.gitignore").write_text("made.py\n")
    assert found(tmp_path / "repo/src") == ["a.py"]


def test_an_ignored_directory_is_read_when_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, "var/corpora/a.ts", "b.py")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("var/\n")
    assert found(tmp_path) == ["b.py"]
    assert found(tmp_path / "var/corpora") == ["a.ts"]


@pytest.mark.parametrize("name", ["node_modules", ".venv", "site-packages", "env"])
def test_other_peoples_code_is_left_out_unless_it_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a.py", f"{name}/b/c.py", f"{name}/b/node_modules/d.js")
    (tmp_path / name / "pyvenv.cfg").touch()
    assert found(tmp_path) == ["a.py"]
    assert find_sources([str(tmp_path)]).skipped == {Skipped.VENDORED: 1}
    (tmp_path / name / "pyvenv.cfg").unlink()
    if name != "env":
        assert found(tmp_path / name) == ["b/c.py", "b/node_modules/d.js"]


def test_a_named_environment_that_ignores_itself_is_read(tmp_path: Path) -> None:
    write(tmp_path, ".venv/lib/a.py")
    (tmp_path / ".venv/.gitignore").write_text("*\n")
    assert found(tmp_path / ".venv") == ["lib/a.py"]


def test_a_package_called_venv_is_a_package(tmp_path: Path) -> None:
    write(tmp_path, "venv/__init__.py")
    assert found(tmp_path) == ["venv/__init__.py"]


def test_a_file_reached_twice_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, "pkg/a.py")
    assert find_sources([str(tmp_path), str(tmp_path / "pkg"), str(tmp_path / "pkg/a.py")])
    assert found(tmp_path, tmp_path / "pkg", tmp_path / "pkg/a.py") == ["pkg/a.py"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "b.py").symlink_to("a.py")
    assert found(tmp_path) == ["a.py"]
    assert find_sources([str(tmp_path)]).skipped == {Skipped.LINK: 2}


def test_modules_are_named_from_where_they_are_imported(tmp_path: Path) -> None:
    write(tmp_path, "pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/a.py")
    (project,) = find_sources([str(tmp_path / "pkg/sub")]).projects
    assert [source.module_path for source in project.sources] == [
        "pkg/sub/__init__.py",
        "pkg/sub/a.py",
    ]


def test_what_is_not_there_or_holds_nothing_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "only/style.css")
    for path, said in [
        (tmp_path / "none", "No such file"),
        (tmp_path / "only", "1 of other languages"),
        (tmp_path / "only/style.css", "ends in .py"),
    ]:
        with pytest.raises(WalkRefused) as refusal:
            find_sources([str(path)])
        assert str(path) in str(refusal.value)
        assert said in str(refusal.value)


def test_a_directory_that_nobody_may_enter_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.py", "locked/b.py")
    locked, stat, scandir = tmp_path / "locked", Path.stat, os.scandir

    def refuse(path: Path | str, directory: Path) -> None:
        if directory == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def stat_outside(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        refuse(path, path.parent)
        return stat(path, follow_symlinks=follow_symlinks)

    def scandir_outside(path: str) -> Any:
        refuse(path, Path(path))
        return scandir(path)

    monkeypatch.setattr(Path, "stat", stat_outside)
    monkeypatch.setattr(os, "scandir", scandir_outside)
    for named, sources in [(tmp_path, 1), (locked, 0)]:
        walk = find_sources([str(named)])
        assert walk.sources == sources
        assert walk.unreadable == (f"{locked}: cannot be read (Permission denied)",)


SCRIPT = FoundSource("a.js", "a.js", Language.JAVASCRIPT, 1)
MODULE = FoundSource("a.py", "a.py", Language.PYTHON, 1)
LONG = b"f(1,2,3);" * 400


@pytest.mark.parametrize(
    ("content", "source", "reason"),
    [
        (b"x = 1\n", MODULE, None),
        (b"x = '\0'\n", MODULE, Skipped.BINARY),
        (LONG, MODULE, None),
        (LONG, SCRIPT, Skipped.MINIFIED),
        (b"f(1);\n" * 400, SCRIPT, None),
        (b"f();", FoundSource("a.min.js", "a.min.js", Language.JAVASCRIPT, 1), Skipped.MINIFIED),
        (LONG, FoundSource("a.js", "a.js", Language.JAVASCRIPT, 1, named=True), None),
        (b"\0", FoundSource("a.py", "a.py", Language.PYTHON, 1, named=True), None),
    ],
)
def test_binary_and_minified_files_are_no_sources_unless_they_are_named(
    content: bytes, source: FoundSource, reason: Skipped | None
) -> None:
    assert unfit(content, source) is reason
