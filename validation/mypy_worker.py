"""The process that mypy lives in: requests on stdin, answers on stdout, one JSON line each.

It is started by its path, so it must import nothing of this project. A lasting process with a warm
cache checks one changed file in some 30 ms, where a new mypy process takes over a second. The
sources under test are text to mypy and are never executed: no configuration file is read (one may
name plugins) and the process has an address space limit. It keeps its files in the folder that its
argument names and takes that with it when its parent is gone, however that ended.

Request:  {"files": {path: text}, "modules": {path: module}, "roots": [folder],
           "untyped": bool}
Answer:   {"errors": [{"path", "line", "column", "code", "message"}], "blocked": str}
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import select
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mypy import build
from mypy.errors import CompileError
from mypy.main import process_options
from mypy.modulefinder import BuildSource
from mypy.options import Options

ARGUMENTS = [
    "--config-file=",
    "--disable-error-code=empty-body",
    "--disable-error-code=import-untyped",
    "--strict-equality",
    "--explicit-package-bases",
    "--namespace-packages",
    "--no-error-summary",
    "--output=json",
    "-c",
    "pass",
]
MEMORY_BYTES = 3 << 30
ORPHAN_POLL_SECONDS = 5.0


def options_for(folder: Path, *, untyped: bool) -> Options:
    """Read the fixed options; functions without annotations are looked into where `untyped`."""
    name = "untyped" if untyped else "typed"
    arguments = [f"--cache-dir={folder / f'cache-{name}'}", *ARGUMENTS]
    if untyped:
        arguments.insert(0, "--check-untyped-defs")
    _, options = process_options(arguments, stdout=io.StringIO(), stderr=io.StringIO())
    return options


def write_sources(folder: Path, files: dict[str, str]) -> None:
    """Make a folder hold exactly these files.

    mypy takes a file for unchanged when size and whole seconds of its modification time are, so
    the time is derived from the content: one text always has the same time, two have not.
    """
    for path, text in files.items():
        target = folder / path
        content = text.encode("utf-8", "surrogateescape")
        stamp = int.from_bytes(hashlib.sha256(content).digest()[:4]) & 0x7FFFFFFF
        if target.is_file() and int(target.stat().st_mtime) == stamp:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        os.utime(target, (stamp, stamp))
    wanted = {str(folder / path) for path in files}
    for directory, _, names in os.walk(folder, topdown=False):
        for name in names:
            found = os.path.join(directory, name)  # noqa: PTH118 - thousands of them
            if found not in wanted:
                os.unlink(found)  # noqa: PTH108
        if directory != str(folder) and not os.listdir(directory):  # noqa: PTH208
            os.rmdir(directory)  # noqa: PTH106


def check(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Check the modules of a request within all of its files."""
    project = folder / "project"
    project.mkdir(exist_ok=True)
    write_sources(project, request["files"])
    os.chdir(project)
    options = options_for(folder, untyped=request["untyped"])
    options.mypy_path = [str(project / root) for root in request["roots"]]
    sources = [BuildSource(path, module) for path, module in request["modules"].items()]
    said = io.StringIO()
    try:
        lines = build.build(sources, options, stdout=said, stderr=said).errors
        blocked = ""
    except CompileError as error:
        lines = error.messages
        blocked = "\n".join(message(line) for line in lines) or "mypy stopped without a message"
    except SystemExit:
        lines, blocked = [], f"mypy ended: {said.getvalue()[-500:]}"
    return {"errors": [item for line in lines if (item := entry(line))], "blocked": blocked}


def entry(line: str) -> dict[str, Any] | None:
    """Read one of mypy's JSON lines; notes are left out."""
    try:
        data = json.loads(line)
    except ValueError:
        return None
    if data.get("severity") != "error":
        return None
    return {
        "path": os.path.normpath(data["file"]),
        "line": data["line"],
        "column": data["column"] + 1,
        "code": data["code"] or "misc",
        "message": data["message"],
    }


def message(line: str) -> str:
    """Give the text of one of mypy's lines, whatever its form."""
    try:
        data = json.loads(line)
        return f"{data['file']}:{data['line']}: {data['message']}"
    except (ValueError, KeyError, TypeError):
        return line


def requests(parent: int) -> Iterator[bytes]:
    """Yield request lines until the pipe closes or the parent is gone."""
    rest = b""
    while True:
        ready, _, _ = select.select([0], [], [], ORPHAN_POLL_SECONDS)
        if os.getppid() != parent:
            return
        if not ready:
            continue
        data = os.read(0, 1 << 20)
        if not data:
            return
        rest += data
        *lines, rest = rest.split(b"\n")
        yield from lines


def main() -> None:
    """Serve requests until the parent closes the pipe or is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(10_000)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    folder = Path(sys.argv[1])
    try:
        for line in requests(os.getppid()):
            answer = check(json.loads(line), folder)
            answers.write(json.dumps(answer).encode() + b"\n")
    finally:
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
