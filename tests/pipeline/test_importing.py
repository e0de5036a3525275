"""Reading a directory: everything in it, nothing beside it."""

import os
import socket
from pathlib import Path

import pytest

from atomization.models import SourceFile
from devmatrix.pipeline.importing import ImportRefused, read_directory


def test_it_reads_every_byte_and_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.py").write_bytes(b"\xff\x00\r\n")
    script = tmp_path / "run.sh"
    script.write_bytes(b"#!/bin/sh\n")
    script.chmod(0o755)
    (tmp_path / "link").symlink_to("a/x.py")
    found = {file.path: file for file in read_directory(tmp_path).files}
    assert found["a/x.py"].content == b"\xff\x00\r\n"
    assert found["run.sh"].mode == SourceFile.Mode.EXECUTABLE
    assert found["link"].mode == SourceFile.Mode.LINK
    assert found["link"].content == b"a/x.py"


def test_it_leaves_version_control_and_environments_out_and_says_so(tmp_path: Path) -> None:
    for name in (".git", "node_modules"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("x")
    (tmp_path / "kept.py").write_text("x = 1\n")
    directory = read_directory(tmp_path)
    assert [file.path for file in directory.files] == ["kept.py"]
    assert sorted(directory.skipped) == [".git", "node_modules"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../outside"])
def test_a_link_out_of_the_tree_is_refused_by_name(tmp_path: Path, target: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "secret").symlink_to(target)
    with pytest.raises(ImportRefused, match="secret leads out of the project"):
        read_directory(project)


def test_a_linked_directory_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.py").write_text("x = 1\n")
    (tmp_path / "again").symlink_to("real")
    assert [file.path for file in read_directory(tmp_path).files] == ["again", "real/x.py"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImportRefused, match="pipe is neither a file nor a link"):
        read_directory(tmp_path)


def test_a_missing_or_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="not a directory"):
        read_directory(tmp_path / "nowhere")
    with pytest.raises(ImportRefused, match="holds no files"):
        read_directory(tmp_path)


def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with pytest.raises(ImportRefused):
            read_directory(tmp_path)
