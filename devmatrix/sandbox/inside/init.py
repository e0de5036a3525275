"""Process 1 of the sandbox: unpack the job, start it, bury it, hand back what it left.

Run by the sandbox's interpreter as `python -c <this text> JOB_FD REPORT_FD RECORDS_FD`. It is the
only trusted process inside. As process 1 of its namespace no signal from inside can end it; it is
not dumpable, so nothing inside can attach to it; and what it speaks with the host goes over
descriptors that are closed before the job starts.
"""
# Few imports: pathlib, json, signal, contextlib and typing cost 4 to 7 ms each, paid for each job.
# ruff: noqa: PTH103, PTH118, PTH120, PTH123, S102, S302, S606, SIM105

from __future__ import annotations

import ctypes
import marshal
import os
import resource
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

WORK = "/work"
PR_SET_DUMPABLE = 4
SIGINT, SIGKILL, SIGPIPE, SIGXFSZ = 2, 9, 13, 25
LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    job_fd, report_fd, records_fd = map(int, sys.argv[1:4])
    if LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")
    default_action(SIGINT)  # process 1 does not feel a signal that it does not handle
    default_action(SIGPIPE)
    job, contents = read_job(job_fd)
    os.close(job_fd)
    try:
        unpack(job["files"], contents)
    except OSError as error:
        reason = f"The files cannot be laid out: {error}"
        write_all(report_fd, b'{"refused": "%s"}\n' % plain(reason))
        return
    del contents
    write_all(report_fd, b'{"ready": true}\n')
    child = os.fork()
    if child == 0:
        os.close(report_fd)
        run_child(job, records_fd)
    os.close(records_fd)
    status = wait_for(child)
    bury_the_rest()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = collect(job["artefacts"], job["artefact_bytes"])
    sizes = b", ".join(b"[%d, %d]" % (index, len(data)) for index, data in found)
    write_all(
        report_fd,
        b'{"status": %d, "cpu": %f, "rss_kb": %d, "artefacts": [%s]}\n'
        % (
            os.waitstatus_to_exitcode(status),
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss,
            sizes,
        ),
    )
    for _, data in found:
        write_all(report_fd, data)


def read_job(fd: int) -> tuple[dict[str, Any], bytes]:
    os.lseek(fd, 0, os.SEEK_SET)
    with open(fd, "rb", closefd=False) as stream:
        size = int.from_bytes(stream.read(8), "big")
        return marshal.loads(stream.read(size)), stream.read()


def unpack(files: list[list[Any]], contents: bytes) -> None:
    offset = 0
    os.umask(0o022)
    for name, size in files:
        path = os.path.join(WORK, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = contents[offset : offset + size]
        mode = 0o755 if data.startswith(b"#!") else 0o644
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        write_all(fd, data)
        os.close(fd)
        offset += size


def run_child(job: dict[str, Any], records_fd: int) -> NoReturn:
    code = 127
    try:
        os.setsid()
        os.chdir(WORK)
        is_python = job["driver"] is not None or job["argv"][0] in ("python", "python3")
        set_limits(job, bound_address_space=is_python)
        if job["driver"] is not None:
            scope: dict[str, Any] = {"__name__": "devmatrix_driver"}
            exec(compile(job.pop("driver"), "<driver>", "exec"), scope)
            scope["main"](job, records_fd)
            code = 0
        else:
            os.close(records_fd)
            default_action(SIGXFSZ)
            argv = job["argv"]
            if is_python:  # by its path: it finds itself, and sys.executable is true
                argv = [job["interpreter"], *argv[1:]]
            os.execvpe(argv[0], argv, job["env"])
    except (OSError, ValueError) as error:
        write_all(2, b"%s: %s\n" % (plain(str(job["argv"][:1])), plain(str(error))))
    finally:
        os._exit(code)


def set_limits(job: dict[str, Any], *, bound_address_space: bool) -> None:
    seconds, memory = job["cpu_seconds"], job["memory"]
    pairs = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_DATA: (memory, memory),
        resource.RLIMIT_FSIZE: (job["disk"], job["disk"]),
        resource.RLIMIT_NPROC: (job["processes"] + 1, job["processes"] + 1),
        resource.RLIMIT_NOFILE: (256, 256),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
    }
    if bound_address_space:  # coarse: each thread reserves 72 MB of addresses that it never uses
        pairs[resource.RLIMIT_AS] = (4 * memory, 4 * memory)
    for kind, (soft, hard) in pairs.items():
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def wait_for(child: int) -> int:
    while True:
        pid, status = os.wait()
        if pid == child:
            return status


def bury_the_rest() -> None:
    while True:
        try:
            os.kill(-1, SIGKILL)
        except ProcessLookupError:
            pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def collect(names: list[str], budget: int) -> list[tuple[int, bytes]]:
    found = []
    for index, name in enumerate(names):
        try:
            data = read_plain_file(name, budget)
        except OSError:
            continue  # not there, a link, a directory: the host reports it as missing
        if data is not None:
            budget -= len(data)
            found.append((index, data))
    return found


def read_plain_file(name: str, budget: int) -> bytes | None:
    *parents, last = name.split("/")
    here = os.open(WORK, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parents:
            there = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = there
        fd = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=here)
    finally:
        os.close(here)
    with open(fd, "rb") as stream:
        what = os.fstat(fd)
        if not stat.S_ISREG(what.st_mode) or what.st_nlink != 1 or what.st_size > budget:
            return None
        return stream.read(budget)


def default_action(number: int) -> None:
    LIBC.signal(number, None)


def plain(text: str) -> bytes:
    """Text that may stand in a JSON string as it is."""
    safe = (c if c.isascii() and c.isprintable() and c not in '"\\' else "?" for c in text)
    return "".join(safe).encode("ascii")


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


if __name__ == "__main__":
    main()
