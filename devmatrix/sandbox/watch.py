"""Reading the kernel's books about a running sandbox: memory of the tree, inodes of its disks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1_048_576
_DISKS = ("work", "tmp", "dev/shm")


def tree_memory(pid: int, *, suspicious_mb: float) -> float:
    """Resident memory in MB of `pid` and its descendants.

    Cheap sum first, which counts shared pages once for each process; only when that passes
    `suspicious_mb` the proportional share is read, which does not.
    """
    pids = list(_tree(pid))
    rough = sum(map(_resident, pids))
    if rough <= suspicious_mb:
        return rough
    return sum(map(_proportional, pids))


def inodes_used(pid: int) -> int:
    """Inodes in use on the writable disks of the sandbox of process `pid`, 0 if not visible."""
    used = 0
    for disk in _DISKS:
        try:
            what = os.statvfs(f"/proc/{pid}/root/{disk}")
        except OSError:
            continue
        used += what.f_files - what.f_ffree
    return used


def _tree(root: int) -> Iterator[int]:
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        try:
            threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - names, 30 times a second
        except OSError:
            continue
        for thread in threads:
            waiting += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())


def _resident(pid: int) -> float:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE_MB if len(fields) > 1 else 0.0


def _proportional(pid: int) -> float:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return _resident(pid)


def _read(path: str) -> str:
    """A file of /proc, empty when its process is gone or not ours to look into."""
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError:
        return ""
