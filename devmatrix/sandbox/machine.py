"""What this machine offers for isolation: bubblewrap, an interpreter the sandbox may read, a user.

Looked up for every job (a few file stats), so a package installed or removed meanwhile counts at
once and no state is shared between threads.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from devmatrix.sandbox import seccomp
from devmatrix.sandbox.job import PACKAGES, WORK
from devmatrix.sandbox.model import Job, Limits, SandboxUnavailable

ROOT_DROPS_TO = 60984  # a number no account has: outside the ranges of login.defs and systemd
INSIDE_ID = 1000  # uid and gid that the job sees
PROGRAMS = "/sandbox/bin"
_SYSTEM_DIRECTORIES = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_LINKER_CACHE = "/etc/ld.so.cache"


@dataclass(frozen=True, slots=True)
class Machine:
    """The parts that a sandbox is built from. `user` is None when the caller's own user serves."""

    bubblewrap: str
    interpreter: str
    prefix: str
    user: int | None
    packages: str
    filter: bytes | None

    @property
    def mode(self) -> str:
        """Name the isolation in force."""
        return "bubblewrap+seccomp" if self.filter else "bubblewrap"


def inspect_machine(*, bubblewrap: str | None = None) -> Machine:
    """Find the parts. Raises SandboxUnavailable, naming what is missing and the way out."""
    user = ROOT_DROPS_TO if os.geteuid() == 0 else None
    interpreter, prefix = _interpreter(user)
    return Machine(
        bubblewrap=_bubblewrap(bubblewrap or "bwrap"),
        interpreter=interpreter,
        prefix=prefix,
        user=user,
        packages=sysconfig.get_path("purelib"),
        filter=seccomp.program(),
    )


def readable_by(path: str | Path, user: int | None) -> bool:
    """Say whether `user` (None: the caller) can reach and read `path`, by mode bits and owners."""
    if user is None:
        return os.access(path, os.R_OK)
    real = Path(path).resolve()
    try:
        for directory in real.parents:
            if not _permits(directory.stat(), user, 0o1):
                return False
        what = real.stat()
    except OSError:
        return False
    return _permits(what, user, 0o5 if stat.S_ISDIR(what.st_mode) else 0o4)


def command(
    machine: Machine, limits: Limits, job: Job, *, filter_fd: int | None, info_fd: int
) -> list[str]:
    """Build the bubblewrap command up to, not including, the program to run inside.

    Raises SandboxUnavailable when the job wants installed packages that the user cannot read.
    """
    size = str(limits.disk_mb * 1_048_576)
    words = [
        machine.bubblewrap,
        *("--unshare-user", "--unshare-all", "--disable-userns"),
        *("--uid", str(INSIDE_ID), "--gid", str(INSIDE_ID), "--cap-drop", "ALL"),
        *("--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "sandbox"),
        *("--info-fd", str(info_fd)),
        *("--ro-bind", "/usr", "/usr"),
    ]
    for name in _SYSTEM_DIRECTORIES:
        words += _system_directory(Path("/", name))
    words += ["--ro-bind-try", _LINKER_CACHE, _LINKER_CACHE]
    if not machine.prefix.startswith("/usr"):
        words += ["--ro-bind", machine.prefix, machine.prefix]
    for hidden in _foreign_packages(machine):
        words += ["--tmpfs", hidden, "--remount-ro", hidden]
    if job.packages:
        words += ["--ro-bind", _readable_packages(machine), PACKAGES]
    words += ["--dir", PROGRAMS]
    for name in ("python", "python3"):
        words += ["--symlink", machine.interpreter, f"{PROGRAMS}/{name}"]
    words += ["--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]  # noqa: S108
    words += ["--size", size, "--tmpfs", WORK, "--size", size, "--tmpfs", "/tmp"]  # noqa: S108
    words += ["--remount-ro", "/", "--chdir", WORK]
    if filter_fd is not None:
        words += ["--seccomp", str(filter_fd)]
    return words


def _bubblewrap(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SandboxUnavailable(
            f"bubblewrap is not installed ({name!r} was not found): apt-get install bubblewrap. "
            "Generated code is not run without it."
        )
    return found


def _interpreter(user: int | None) -> tuple[str, str]:
    """Pick (program, prefix): the one running here if readable, else the system's."""
    base = Path(sys.base_prefix)
    own = base / "bin" / f"python3.{sys.version_info.minor}"
    if own.exists() and readable_by(own, user) and readable_by(base / "lib", user):
        return str(own.resolve()), str(base.resolve())
    for path in sorted(Path("/usr/bin").glob("python3.*"), key=_minor):
        if _minor(path) >= sys.version_info.minor and readable_by(path, user):
            return str(path.resolve()), "/usr"
    who = f"uid {user}" if user is not None else "this user"
    raise SandboxUnavailable(
        f"The sandbox has no interpreter: {own} cannot be read by {who} and /usr/bin has no "
        f"python3.{sys.version_info.minor} or newer: apt-get install python3, or install Python "
        "outside a private home directory."
    )


def _minor(path: Path) -> int:
    match = re.fullmatch(r"python3\.(\d+)", path.name)
    return int(match[1]) if match else -1


def _permits(what: os.stat_result, user: int, bits: int) -> bool:
    if what.st_uid == user:
        bits <<= 6
    elif what.st_gid == user:
        bits <<= 3
    return what.st_mode & bits == bits


def _system_directory(path: Path) -> list[str]:
    """Show /lib and its like as the host has them: mostly links into /usr."""
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.is_dir() else []


def _foreign_packages(machine: Machine) -> list[str]:
    """Packages of the interpreter's own installation: a job imports its files, not the host's."""
    version = f"python{Path(machine.interpreter).name.removeprefix('python')}"
    candidates = (
        Path("/usr/lib/python3/dist-packages"),
        Path("/usr/local/lib", version, "dist-packages"),
        Path(machine.prefix, "lib", version, "site-packages"),
    )
    return [str(path) for path in candidates if path.is_dir()]


def _readable_packages(machine: Machine) -> str:
    if not readable_by(machine.packages, machine.user):
        who = f"uid {machine.user}" if machine.user is not None else "this user"
        raise SandboxUnavailable(
            f"The installed packages in {machine.packages} cannot be read by {who}: keep the "
            "virtual environment outside private directories, or chmod o+x the directories above."
        )
    return machine.packages
