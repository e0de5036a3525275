"""The system-call filter: a classic BPF program, assembled here because it is forty lines.

A deny list over an otherwise empty namespace set: namespaces take the host away, the filter takes
away what namespaces do not cover (vsock, io_uring, foreign ABIs, tracing, kernel keys, memory that
no limit counts). Format: linux/filter.h and linux/seccomp.h; numbers: the kernel's syscall tables.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
_X32_BIT = 0x40000000
_NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
_ALLOWED_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: inside an empty network namespace
_DENIED_IOCTLS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into somebody's terminal

_X86_64: dict[str, int] = {
    "acct": 163, "add_key": 248, "adjtimex": 159, "bpf": 321, "chroot": 161, "clock_adjtime": 305,
    "clock_settime": 227, "delete_module": 176, "fanotify_init": 300, "finit_module": 313,
    "init_module": 175, "ioperm": 173, "iopl": 172, "kcmp": 312, "kexec_file_load": 320,
    "kexec_load": 246, "keyctl": 250, "lookup_dcookie": 212, "mbind": 237, "memfd_create": 319,
    "migrate_pages": 256, "modify_ldt": 154, "mount": 165, "move_pages": 279, "mq_open": 240,
    "msgget": 68, "name_to_handle_at": 303, "nfsservctl": 180, "open_by_handle_at": 304,
    "perf_event_open": 298, "personality": 135, "pivot_root": 155, "process_vm_readv": 310,
    "process_vm_writev": 311, "ptrace": 101, "quotactl": 179, "reboot": 169, "request_key": 249,
    "semget": 64, "set_mempolicy": 238, "setdomainname": 171, "sethostname": 170, "setns": 308,
    "settimeofday": 164, "shmget": 29, "swapoff": 168, "swapon": 167, "syslog": 103,
    "umount2": 166, "unshare": 272, "uselib": 134, "userfaultfd": 323, "vhangup": 153,
}  # fmt: skip
_AARCH64: dict[str, int] = {
    "acct": 89, "add_key": 217, "adjtimex": 171, "bpf": 280, "chroot": 51, "clock_adjtime": 266,
    "clock_settime": 112, "delete_module": 106, "fanotify_init": 262, "finit_module": 273,
    "init_module": 105, "kcmp": 272, "kexec_file_load": 294, "kexec_load": 104, "keyctl": 219,
    "lookup_dcookie": 18, "mbind": 235, "memfd_create": 279, "migrate_pages": 238, "mount": 40,
    "move_pages": 239, "mq_open": 180, "msgget": 186, "name_to_handle_at": 264, "nfsservctl": 42,
    "open_by_handle_at": 265, "perf_event_open": 241, "personality": 92, "pivot_root": 41,
    "process_vm_readv": 270, "process_vm_writev": 271, "ptrace": 117, "quotactl": 60,
    "reboot": 142, "request_key": 218, "semget": 190, "set_mempolicy": 237, "setdomainname": 162,
    "sethostname": 161, "setns": 268, "settimeofday": 170, "shmget": 194, "swapoff": 225,
    "swapon": 224, "syslog": 116, "umount2": 39, "unshare": 97, "userfaultfd": 282, "vhangup": 58,
}  # fmt: skip
_EVERYWHERE: dict[str, int] = {  # one number on every architecture since Linux 5.1
    "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433, "io_uring_enter": 426,
    "io_uring_register": 427, "io_uring_setup": 425, "memfd_secret": 447, "mount_setattr": 442,
    "move_mount": 429, "open_tree": 428, "pidfd_getfd": 438, "process_madvise": 440,
    "quotactl_fd": 443,
}  # fmt: skip
_CLONE3 = 435


@dataclass(frozen=True, slots=True)
class _Architecture:
    audit: int
    denied: dict[str, int]
    socket: int
    clone: int
    ioctl: int
    prlimit: int


_ARCHITECTURES: dict[str, _Architecture] = {
    "x86_64": _Architecture(0xC000003E, _X86_64, socket=41, clone=56, ioctl=16, prlimit=302),
    "aarch64": _Architecture(0xC00000B7, _AARCH64, socket=198, clone=220, ioctl=29, prlimit=261),
}


def program(machine: str | None = None) -> bytes | None:
    """Assemble the filter for `machine` (this one by default); None where no table is known."""
    architecture = _ARCHITECTURES.get(machine or platform.machine())
    if architecture is None:
        return None
    return b"".join(struct.pack("=HBBI", *step) for step in _steps(architecture))


def _steps(architecture: _Architecture) -> Iterator[tuple[int, int, int, int]]:
    yield (_LOAD, 0, 0, _ARCH)
    yield from _when(_JEQ, architecture.audit, _KILL_PROCESS, negate=True)
    yield (_LOAD, 0, 0, _NR)
    yield from _when(_JGE, _X32_BIT, _ERRNO | errno.ENOSYS)
    for number in sorted({**architecture.denied, **_EVERYWHERE}.values()):
        yield from _when(_JEQ, number, _ERRNO | errno.EPERM)
    # clone3 hides its flags behind a pointer; ENOSYS makes the C library fall back to clone
    yield from _when(_JEQ, _CLONE3, _ERRNO | errno.ENOSYS)
    yield (_JEQ, 0, 4, architecture.clone)
    yield (_LOAD, 0, 0, _ARG0)
    yield from _when(_JSET, _NAMESPACE_FLAGS, _ERRNO | errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_JEQ, 0, 2 + 2 * len(_ALLOWED_FAMILIES), architecture.socket)
    yield (_LOAD, 0, 0, _ARG0)
    for family in _ALLOWED_FAMILIES:
        yield from _when(_JEQ, family, _ALLOW)
    yield (_RETURN, 0, 0, _ERRNO | errno.EAFNOSUPPORT)
    yield (_JEQ, 0, 4, architecture.prlimit)  # of oneself only, never of process 1
    yield (_LOAD, 0, 0, _ARG0)
    yield from _when(_JEQ, 0, _ERRNO | errno.EPERM, negate=True)
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_JEQ, 0, 1 + 2 * len(_DENIED_IOCTLS), architecture.ioctl)
    yield (_LOAD, 0, 0, _ARG1)
    for request in _DENIED_IOCTLS:
        yield from _when(_JEQ, request, _ERRNO | errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _when(
    test: int, value: int, action: int, *, negate: bool = False
) -> Iterator[tuple[int, int, int, int]]:
    yield (test, 1, 0, value) if negate else (test, 0, 1, value)
    yield (_RETURN, 0, 0, action)
