"""Exported repositories: history and bytes as stored, whatever git would like to change."""

import subprocess
from pathlib import Path

import pytest

from devmatrix.pipeline.repository import Commit, Entry, ExportRefused, write_repository

WHEN = "2026-01-02T03:04:05+00:00"
FILE, EXECUTABLE, LINK = 0o100644, 0o100755, 0o120000


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, check=True)
    return done.stdout.decode()


def test_each_commit_has_its_own_tree(tmp_path: Path) -> None:
    first = Commit("one\n", {"a.py": Entry(FILE, b"pass\n")})
    second = Commit("two\n", {"a.py": Entry(FILE, b"x = 1\n"), "b": Entry(FILE, b"")})
    head = write_repository(tmp_path / "out", [first, second], when=WHEN)
    assert git(tmp_path / "out", "log", "--format=%s", "--reverse").split() == ["one", "two"]
    assert git(tmp_path / "out", "show", "HEAD~1:a.py") == "pass\n"
    assert git(tmp_path / "out", "rev-parse", "HEAD").strip() == head
    assert git(tmp_path / "out", "status", "--porcelain") == ""


def test_no_filter_touches_the_bytes(tmp_path: Path) -> None:
    content = b"a\r\nb\n\xff\x00"
    files = {".gitattributes": Entry(FILE, b"* text=auto eol=lf\n"), "x.py": Entry(FILE, content)}
    write_repository(tmp_path / "out", [Commit("c\n", files)], when=WHEN)
    shown = subprocess.run(
        ["git", "cat-file", "blob", "HEAD:x.py"], cwd=tmp_path / "out", capture_output=True
    )
    assert shown.stdout == content
    assert (tmp_path / "out" / "x.py").read_bytes() == content


def test_modes_and_links_are_kept(tmp_path: Path) -> None:
    files = {"run": Entry(EXECUTABLE, b"#!/bin/sh\n"), "l": Entry(LINK, b"run")}
    write_repository(tmp_path / "out", [Commit("c\n", files)], when=WHEN)
    assert (tmp_path / "out" / "run").stat().st_mode & 0o111
    assert (tmp_path / "out" / "l").readlink() == Path("run")


def test_the_same_commits_give_the_same_hash(tmp_path: Path) -> None:
    commits = [Commit("c\n", {"a": Entry(FILE, b"1")})]
    hashes = {write_repository(tmp_path / name, commits, when=WHEN) for name in ("x", "y")}
    assert len(hashes) == 1


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ".git/config", "a/.GIT/hooks/x", ""])
def test_a_path_out_of_the_directory_is_refused_and_nothing_written(
    tmp_path: Path, path: str
) -> None:
    with pytest.raises(ExportRefused):
        write_repository(tmp_path / "out", [Commit("c\n", {path: Entry(FILE, b"x")})], when=WHEN)
    assert not (tmp_path / "out").exists()


def test_a_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep")
    with pytest.raises(ExportRefused, match="not empty"):
        write_repository(tmp_path, [Commit("c\n", {"a": Entry(FILE, b"")})], when=WHEN)
    assert (tmp_path / "precious").read_text() == "keep"


def test_no_file_is_written_through_a_link(tmp_path: Path) -> None:
    files = {"d": Entry(LINK, b"/tmp"), "d/evil": Entry(FILE, b"x")}
    with pytest.raises(ExportRefused):
        write_repository(tmp_path / "out", [Commit("c\n", files)], when=WHEN)
    assert not (tmp_path / "out").exists()
    assert not Path("/tmp/evil").exists()


def test_any_file_name_that_is_no_way_out_is_kept(tmp_path: Path) -> None:
    files = {name: Entry(FILE, b"x") for name in ("a\nb.py", "-rf", "q'\"<b>", "ä b", "t\tb")}
    write_repository(tmp_path / "out", [Commit("c\n", files)], when=WHEN)
    assert git(tmp_path / "out", "status", "--porcelain") == ""
    assert set(git(tmp_path / "out", "ls-tree", "-rz", "--name-only", "HEAD").split("\0")) == {
        *files,
        "",
    }


def test_what_git_could_not_finish_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "out"
    commit = Commit("c\n", {"a": Entry(FILE, b"1")})
    with pytest.raises(ExportRefused, match="export again"):
        write_repository(target, [commit], when="no date")
    assert not target.exists()


@pytest.mark.parametrize("path", ["git~1", "x/GIT~1/y"])
def test_a_name_that_git_leaves_out_is_refused(tmp_path: Path, path: str) -> None:
    commit = Commit("c\n", {"a": Entry(FILE, b""), path: Entry(FILE, b"x")})
    with pytest.raises(ExportRefused, match="git takes no file named"):
        write_repository(tmp_path / "out", [commit], when=WHEN)
    assert not (tmp_path / "out").exists()
