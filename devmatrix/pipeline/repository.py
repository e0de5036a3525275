"""Writing a project as a git repository: one commit a wave, every byte as it is stored."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

AUTHOR = {"name": "DevMatrix", "email": "devmatrix@localhost"}
LINK = 0o120000


class ExportRefused(Exception):  # noqa: N818  (the directory or the machine is at fault)
    """A repository that cannot be written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit: its mode as git knows it and its bytes."""

    mode: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of the whole tree, path → entry, with its message."""

    message: str
    files: Mapping[str, Entry]


def write_repository(directory: Path, commits: Sequence[Commit], *, when: str) -> str:
    """Create a repository with the commits and the last one's files; returns its commit's hash.

    `when` is the commits' date (ISO 8601). The files are stored and written without any filter,
    so attributes such as `text=auto` change nothing. Raises ExportRefused; what was begun is
    removed then.
    """
    fresh = not directory.exists()
    _check_empty(directory)
    for commit in commits:
        for path in commit.files:
            _check_path(path)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        head = _commit_all(directory, commits, when)
        _write_files(directory, commits[-1].files)
        _git(directory, "reset", "--quiet", stdin=b"")
    except ExportRefused:
        _remove(directory, fresh)
        raise
    except OSError as error:
        _remove(directory, fresh)
        raise ExportRefused(
            f"{directory} cannot be written ({error.strerror or error}); "
            "free space or choose another directory, and export again."
        ) from error
    return head


def _check_empty(directory: Path) -> None:
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        raise ExportRefused(f"{directory} is not a directory; name one that is new or empty.")
    if directory.is_dir() and any(directory.iterdir()):
        raise ExportRefused(f"{directory} is not empty; name a directory that is new or empty.")


def _check_path(path: str) -> None:
    parts = PurePosixPath(path).parts
    bad = not parts or path.startswith("/") or "\0" in path
    if bad or any(part == ".." or part.lower() == ".git" for part in parts):
        raise ExportRefused(f"The path {path!r} cannot be written; rename the file in the project.")


def _commit_all(directory: Path, commits: Iterable[Commit], when: str) -> str:
    _git(directory, "init", "--quiet", "--initial-branch=main")
    blobs: dict[bytes, str] = {}
    parent = ""
    for commit in commits:
        index = "".join(
            f"{entry.mode:o} {_blob(directory, entry.content, blobs)}\t{path}\0"
            for path, entry in commit.files.items()
        )
        _git(directory, "read-tree", "--empty")
        _git(directory, "update-index", "-z", "--index-info", stdin=index.encode())
        _check_complete(directory, commit)
        tree = _git(directory, "write-tree")
        arguments = ["commit-tree", tree, *(["-p", parent] if parent else [])]
        parent = _git(directory, *arguments, stdin=commit.message.encode(), when=when)
    _git(directory, "update-ref", "refs/heads/main", parent)
    return parent


def _check_complete(directory: Path, commit: Commit) -> None:
    """Git leaves names out without a word that could be mistaken for its own, such as `git~1`."""
    rows = _git(directory, "ls-files", "-z", "--stage").split("\0")
    left_out = sorted(commit.files.keys() - {row.partition("\t")[2] for row in rows})
    if left_out:
        raise ExportRefused(
            f"git takes no file named {left_out[0]!r}; rename the file in the project."
        )


def _blob(directory: Path, content: bytes, known: dict[bytes, str]) -> str:
    if content not in known:
        known[content] = _git(
            directory, "hash-object", "-w", "--stdin", "--no-filters", stdin=content
        )
    return known[content]


def _write_files(directory: Path, files: Mapping[str, Entry]) -> None:
    links = []
    for path, entry in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == LINK:
            links.append((target, entry.content))
            continue
        target.write_bytes(entry.content)
        if entry.mode & 0o111:
            target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    for target, content in links:  # last, so that no file is ever written through one
        target.symlink_to(os.fsdecode(content))


def _remove(directory: Path, fresh: bool) -> None:
    for item in directory.iterdir() if directory.is_dir() else ():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item, ignore_errors=True)
        else:
            item.unlink(missing_ok=True)
    if fresh and directory.is_dir():
        directory.rmdir()


def _git(directory: Path, *arguments: str, stdin: bytes = b"", when: str = "") -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_DIR": str(directory / ".git"),
        "GIT_WORK_TREE": str(directory),
        "GIT_AUTHOR_NAME": AUTHOR["name"],
        "GIT_AUTHOR_EMAIL": AUTHOR["email"],
        "GIT_COMMITTER_NAME": AUTHOR["name"],
        "GIT_COMMITTER_EMAIL": AUTHOR["email"],
    }
    if when:
        environment |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=directory,
            env=environment,
            input=stdin,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ExportRefused("git is not installed: sudo apt-get install -y git") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise ExportRefused(
            f"git {arguments[0]} failed in {directory} ({said[-1]}); "
            "free space or choose another directory, and export again."
        )
    return done.stdout.decode().strip()
