"""Whom a file can be read by decides which interpreter the sandbox gets."""

from __future__ import annotations

import os
from pathlib import Path

from devmatrix.sandbox.machine import readable_by

STRANGER = 60_990


def open_up(path: Path) -> Path:
    """Make the directories above searchable, as pytest keeps its own private."""
    for directory in path.parents:
        if directory.stat().st_uid == os.geteuid() and directory != Path("/"):
            directory.chmod(directory.stat().st_mode | 0o755)
    return path


def test_a_public_file_below_public_directories_is_readable(tmp_path: Path) -> None:
    file = tmp_path / "d" / "f"
    file.parent.mkdir()
    file.write_text("x")
    open_up(file)
    assert readable_by(file, STRANGER)


def test_a_private_directory_above_hides_a_public_file(tmp_path: Path) -> None:
    file = tmp_path / "d" / "f"
    file.parent.mkdir()
    file.write_text("x")
    open_up(file)
    file.parent.chmod(0o700)
    assert not readable_by(file, STRANGER)


def test_a_link_is_judged_by_where_it_leads(tmp_path: Path) -> None:
    file, link = tmp_path / "private" / "f", tmp_path / "link"
    file.parent.mkdir()
    file.write_text("x")
    open_up(file)
    link.symlink_to(file)
    assert readable_by(link, STRANGER)
    file.parent.chmod(0o700)
    assert not readable_by(link, STRANGER)


def test_a_private_file_and_one_that_is_not_there_are_not_readable(tmp_path: Path) -> None:
    file = open_up(tmp_path / "f")
    file.write_text("x")
    file.chmod(0o600)
    assert not readable_by(file, STRANGER)
    assert not readable_by(tmp_path / "absent", STRANGER)
    assert not readable_by(tmp_path / "absent", None)
