"""What hostile code tries, and an honest job after each of them.

Attempts that could hurt nobody are also made outside the sandbox, where they must succeed: a probe
that cannot see an escape proves nothing.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from devmatrix.sandbox import Limits, Outcome, Result, run
from tests.sandbox.conftest import Marker, wait_until

pytestmark = pytest.mark.usefixtures("honest_job_after")

TRY = """
import ctypes, os, socket, sys
def attempt(what):
    try:
        print("ESCAPED" if what() else "held")
    except OSError as error:
        print("held", error)
"""


def attack(code: str, **more: object) -> Result:
    return run(["python", "-c", TRY + code], files={}, **more)  # type: ignore[arg-type]


def outside(code: str) -> bytes:
    return subprocess.run(
        [sys.executable, "-c", TRY + code], capture_output=True, check=True
    ).stdout


HOST_FILES = {
    "passwd": "/etc/passwd",
    "this file": __file__,
    "processes": "/proc/1/cmdline",
    "own memory map": "/proc/self/maps",
    "kernel": "/sys/kernel/mm/transparent_hugepage/enabled",
    "host name": "/etc/hostname",
}


@pytest.mark.parametrize("path", HOST_FILES.values(), ids=HOST_FILES.keys())
def test_a_host_file_cannot_be_read(path: str) -> None:
    code = f"attempt(lambda: open({path!r}, 'rb').read(1) is not None)"
    assert outside(code) == b"ESCAPED\n"
    assert attack(code).stdout.startswith(b"held")


def test_only_the_system_and_the_own_directories_are_to_be_seen() -> None:
    result = attack("print(*sorted(os.listdir('/')))")
    allowed = {
        "bin",
        "dev",
        "etc",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "sandbox",
        "sbin",
        "tmp",
        "usr",
        "work",
    }
    assert {"usr", "work"} <= set(result.stdout.decode().split()) <= allowed
    assert attack("print(*os.listdir('/etc'))").stdout.split() == [b"ld.so.cache"]


def test_a_listening_port_of_the_host_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"attempt(lambda: socket.create_connection(('127.0.0.1', {port}), 2))"
        assert outside(code) == b"ESCAPED\n"
        server.accept()[0].close()
        assert attack(code).stdout.startswith(b"held")


@pytest.mark.parametrize("kind", ["abstract", "path"])
def test_a_unix_socket_of_the_host_cannot_be_reached(kind: str, tmp_path: Path) -> None:
    address = f"\0devmatrix-{os.getpid()}" if kind == "abstract" else str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        code = f"attempt(lambda: socket.socket(socket.AF_UNIX).connect({address!r}) is None)"
        assert outside(code) == b"ESCAPED\n"
        assert attack(code).stdout.startswith(b"held")


def test_there_is_no_route_to_anywhere() -> None:
    call = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    code = f"attempt(lambda: {call} is None)"
    assert attack(code).stdout.startswith(b"held")


@pytest.mark.parametrize("family", ["AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"])
def test_sockets_that_namespaces_do_not_contain_cannot_be_made(family: str) -> None:
    kind = "SOCK_SEQPACKET" if family == "AF_ALG" else "SOCK_DGRAM"
    code = f"attempt(lambda: socket.socket(socket.{family}, socket.{kind}))"
    assert b"Errno 97" in attack(code).stdout


def test_loopback_inside_works_for_a_suite_that_needs_a_server() -> None:
    code = "s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    code += "; print('ok')"
    assert attack(code).stdout == b"ok\n"


@pytest.mark.parametrize(
    "path", ["/x", "/usr/x", "/usr/bin/python3", "/etc/x", "/dev/x", "/sandbox/bin/x", "/lib/x"]
)
def test_nothing_outside_the_work_directory_can_be_written(path: str) -> None:
    assert attack(f"attempt(lambda: open({path!r}, 'ab'))").stdout.startswith(b"held")


def test_installed_packages_cannot_be_changed() -> None:
    code = "import pytest; attempt(lambda: open(pytest.__file__, 'ab'))"
    assert b"held" in attack(code, packages=True).stdout


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../../x", "a//b", "./a", "", "a\0b", "a/..", "x" * 300, "\ud800"]
)
def test_a_name_that_leaves_the_work_directory_is_refused(name: str) -> None:
    for more in ({"files": {name: b""}}, {"files": {}, "artefacts": [name]}):
        result = run(["true"], **more)  # type: ignore[arg-type]
        assert result.outcome is Outcome.REFUSED
        assert "file name" in result.reason


def test_a_file_where_a_directory_must_be_is_refused() -> None:
    result = run(["true"], files={"a": b"", "a/b": b""})
    assert result.outcome is Outcome.REFUSED
    assert "laid out" in result.reason


def test_more_input_than_the_disk_holds_is_refused() -> None:
    result = run(["true"], files={"a": bytes(3_000_000)}, limits=Limits(disk_mb=2))
    assert result.outcome is Outcome.REFUSED


def test_the_job_is_not_root_and_holds_no_capability() -> None:
    code = """
header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
print(os.getuid(), os.geteuid(), os.getgid())
print(ctypes.CDLL(None).capget(header, sets), *sets)
"""
    assert attack(code).stdout == b"1000 1000 1000\n0 0 0 0 0 0 0\n"


def test_becoming_root_by_a_setuid_program_or_call_fails() -> None:
    code = "attempt(lambda: os.setuid(0) is None)\nprint(os.system('su -c id'))"
    result = attack(code)
    assert result.stdout.startswith(b"held")
    assert not result.stdout.endswith(b"\n0\n")


def test_the_host_environment_does_not_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-the-secret")
    result = attack("print(dict(os.environ), os.path.exists('/proc/1/environ'))")
    assert b"the-secret" not in result.stdout + result.stderr
    assert b"'USER': 'sandbox'" in result.stdout
    assert result.stdout.endswith(b"False\n")


def test_no_descriptor_of_the_host_is_inherited() -> None:
    code = """
def is_open(fd):
    try: os.fstat(fd)
    except OSError: return False
    return True
print([fd for fd in range(256) if is_open(fd)])
"""
    assert attack(code).stdout == b"[0, 1, 2]\n"


SYSCALLS = {
    "ptrace": "libc.ptrace(16, 1, 0, 0)",
    "process_vm_readv": "libc.syscall(310, 1, 0, 0, 0, 0, 0)",
    "mount": "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
    "umount": "libc.umount2(b'/work', 2)",
    "new user namespace": "libc.unshare(0x10000000)",
    "new mount namespace": "libc.unshare(0x00020000)",
    "clone into a user namespace": "libc.syscall(56, 0x10000011, 0, 0, 0, 0)",
    "chroot": "libc.chroot(b'/tmp')",
    "bpf": "libc.syscall(321, 0, 0, 0)",
    "io_uring": "libc.syscall(425, 1, ctypes.create_string_buffer(256))",
    "userfaultfd": "libc.syscall(323, 0)",
    "keyctl": "libc.syscall(250, 0, -3, 0)",
    "perf_event_open": "libc.syscall(298, 0, 0, -1, -1, 0)",
    "memfd_create": "libc.memfd_create(b'x', 0)",
    "shmget": "libc.shmget(0, 4096, 0o1600)",
    "pidfd_getfd": "libc.syscall(438, 3, 0, 0)",
    "prlimit of process 1": "libc.prlimit(1, 7, None, ctypes.create_string_buffer(16))",
    "open_by_handle_at": "libc.syscall(304, 0, 0, 0)",
    "kernel log": "libc.klogctl(3, ctypes.create_string_buffer(99), 99)",
    "terminal input": "libc.ioctl(0, 0x5412, b'x')",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
@pytest.mark.parametrize("call", SYSCALLS.values(), ids=SYSCALLS.keys())
def test_a_system_call_that_reaches_past_namespaces_is_denied(call: str) -> None:
    code = f"libc = ctypes.CDLL(None, use_errno=True)\nprint({call}, ctypes.get_errno())"
    assert attack(code).stdout == b"-1 1\n"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="machine code of x86_64")
@pytest.mark.parametrize(
    "machine_code",
    [b"\xb8\x14\x00\x00\x00\xcd\x80\xc3", b"\xb8\x27\x00\x00\x40\x0f\x05\xc3"],
    ids=["int80", "x32"],
)
def test_foreign_system_call_interfaces_are_closed(machine_code: bytes) -> None:
    code = f"""
import mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write({machine_code!r})
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print("REACHED" if call() > 0 else "closed")
"""
    assert b"REACHED" not in attack(code).stdout


def test_a_signal_reaches_no_process_outside() -> None:
    code = f"""
import signal
attempt(lambda: os.kill({os.getpid()}, 0) is None)
attempt(lambda: os.kill({os.getppid()}, 0) is None)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
attempt(lambda: os.kill(-1, signal.SIGTERM))
os.kill(0, signal.SIGTERM)
print("alive")
"""
    result = attack(code)
    assert result.outcome is Outcome.OK
    assert result.stdout.startswith(b"held") and result.stdout.endswith(b"alive\n")


def test_no_signal_ends_process_1_and_the_status_stays_true() -> None:
    code = """
for number in range(1, 65):
    try: os.kill(1, number)
    except OSError: pass
os._exit(7)
"""
    result = attack(code)
    assert (result.outcome, result.exit_status) == (Outcome.FAILED, 7)


def test_killing_everything_in_reach_is_only_suicide() -> None:
    result = attack("attempt(lambda: os.kill(-1, 9)); os.kill(0, 9)", artefacts=["a"])
    assert result.outcome is Outcome.KILLED


def test_a_fork_bomb_stays_within_its_limit_and_is_gone_afterwards(marker: Marker) -> None:
    code = f"""
word = {marker.word!r}
while True:
    try: os.fork()
    except OSError: pass
"""
    most = 0
    results: list[Result] = []
    thread = threading.Thread(
        target=lambda: results.append(attack(code, limits=Limits(wall_seconds=1, processes=20)))
    )
    thread.start()
    while thread.is_alive():
        most = max(most, len(marker.pids()))
        time.sleep(0.02)
    assert results[0].outcome is Outcome.TIMED_OUT
    assert 10 < most <= 23  # bubblewrap's own two carry no marker in the job's name space
    assert marker.pids() == []


def test_a_memory_bomb_of_one_process_is_stopped() -> None:
    result = attack("b = bytearray(400_000_000)", limits=Limits(memory_mb=200))
    assert result.outcome is Outcome.OUT_OF_MEMORY


def test_memory_is_denied_before_it_is_touched() -> None:
    code = """
import mmap
attempt(lambda: mmap.mmap(-1, 400_000_000, flags=mmap.MAP_PRIVATE))
attempt(lambda: mmap.mmap(-1, 100_000_000, flags=mmap.MAP_PRIVATE))
"""
    result = attack(code, limits=Limits(memory_mb=200))
    assert result.stdout == b"held [Errno 12] Cannot allocate memory\nESCAPED\n"


def test_a_memory_bomb_of_many_processes_is_stopped() -> None:
    code = """
import time
for _ in range(12):
    if os.fork() == 0:
        b = bytearray(os.urandom(1) * 60_000_000); time.sleep(9)
time.sleep(9)
"""
    result = attack(code, limits=Limits(memory_mb=300))
    assert result.outcome is Outcome.OUT_OF_MEMORY
    assert result.wall_seconds < 5


def test_shared_memory_counts_as_well() -> None:
    code = """
import mmap, time
for _ in range(12):
    if os.fork() == 0:
        m = mmap.mmap(-1, 60_000_000)
        for at in range(0, len(m), 4096): m[at] = 1
        time.sleep(9)
time.sleep(9)
"""
    assert attack(code, limits=Limits(memory_mb=300)).outcome is Outcome.OUT_OF_MEMORY


def test_memory_shared_by_honest_children_is_counted_once() -> None:
    code = """
import time
b = bytearray(b'x' * 120_000_000)
children = [os.fork() for _ in range(1)]
for _ in range(3):
    if 0 not in children: children.append(os.fork())
time.sleep(0.3)
"""
    assert attack(code, limits=Limits(memory_mb=300)).outcome is Outcome.OK


@pytest.mark.parametrize("place", ["/work", "/tmp", "/dev/shm"])
def test_a_disk_bomb_hits_its_limit(place: str) -> None:
    code = f"""
written = 0
try:
    for n in range(100):
        with open(f"{place}/{{n}}", "wb", 0) as f:
            while (n := f.write(bytes(1_000_000))) and os.fstat(f.fileno()).st_size < 4_000_000:
                written += n
except OSError as error:
    print(error.errno, written < 9_000_000)
"""
    assert attack(code, limits=Limits(disk_mb=8)).stdout == b"28 True\n"


def test_an_inode_bomb_is_stopped() -> None:
    code = "import itertools\nfor n in itertools.count(): os.mkdir(str(n))"
    result = attack(code, limits=Limits(inodes=5000))
    assert result.outcome is Outcome.KILLED
    assert "5000 files" in result.reason


def test_too_many_open_files_are_not_had() -> None:
    code = """
files = []
try:
    while True: files.append(open('/dev/null'))
except OSError as error: print(error.errno)
"""
    assert attack(code).stdout == b"24\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_an_output_bomb_is_cut_and_ended(stream: str) -> None:
    code = f"while True: sys.{stream}.write('x' * 65536)"
    result = attack(code, limits=Limits(output_bytes=50_000))
    assert result.outcome is Outcome.KILLED
    assert result.truncated
    assert len(getattr(result, stream)) == 50_000


def test_somewhat_too_much_output_is_cut_but_the_job_ends_well() -> None:
    result = attack("print('x' * 100_000)", limits=Limits(output_bytes=50_000))
    assert (result.outcome, result.truncated, len(result.stdout)) == (Outcome.OK, True, 50_000)


def test_a_daemon_does_not_outlive_its_job(marker: Marker) -> None:
    code = f"""
import time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(256):
            try: os.close(fd)
            except OSError: pass
        word = {marker.word!r}
        time.sleep(60)
"""
    result = attack(code)
    assert result.outcome is Outcome.OK
    assert result.wall_seconds < 3
    assert marker.pids() == []


HANGS = {
    "sleep": "import time; time.sleep(60)",
    "loop": "while True: pass",
    "deaf": "import signal, time\nfor n in range(1, 65):\n  try: signal.signal(n, signal.SIG_IGN)\n"
    "  except (OSError, ValueError): pass\ntime.sleep(60)",
    "stopped": "os.kill(os.getpid(), 19)",
    "without descriptors": "import time; os.closerange(0, 256); time.sleep(60)",
    "with children": "import time\nfor _ in range(10):\n  if os.fork() == 0: os.setsid(); break\n"
    "time.sleep(60)",
    "in a system call": "r, w = os.pipe(); os.read(r, 1)",
}


@pytest.mark.parametrize("code", HANGS.values(), ids=HANGS.keys())
def test_a_job_that_hangs_is_gone_half_a_second_after_its_deadline(
    code: str, marker: Marker
) -> None:
    started = time.monotonic()
    result = attack(
        f"word = {marker.word!r}\n{code}", limits=Limits(wall_seconds=0.4, processes=12)
    )
    assert result.outcome is Outcome.TIMED_OUT
    assert time.monotonic() - started < 0.4 + 0.5 + 0.5  # the second half is for starting
    assert marker.pids() == []


def test_what_was_said_before_the_deadline_is_kept() -> None:
    code = "import time; print('so far', flush=True); time.sleep(9)"
    result = attack(code, limits=Limits(wall_seconds=0.5))
    assert result.stdout == b"so far\n"


def test_processor_time_is_limited_too() -> None:
    result = attack("while True: pass", limits=Limits(cpu_seconds=1, wall_seconds=9))
    assert result.outcome is Outcome.TIMED_OUT
    assert "CPU" in result.reason


ARTEFACTS = {
    "link to a file": "os.symlink('/usr/bin/env', 'a')",
    "link to the work directory": "os.symlink('/work/real', 'a'); open('real', 'w').write('x')",
    "hard link": "open('real', 'w').write('x'); os.link('real', 'a')",
    "fifo": "os.mkfifo('a')",
    "socket": "socket.socket(socket.AF_UNIX).bind('a')",
    "directory": "os.mkdir('a')",
    "unreadable": "open('a', 'w').write('x'); os.chmod('a', 0)",
    "too large": "open('a', 'wb').write(bytes(3000))",
    "sparse": "os.truncate(os.open('a', os.O_CREAT | os.O_WRONLY), 60_000_000)",
    "file in a linked directory": "",
}


@pytest.mark.parametrize("code", ARTEFACTS.values(), ids=ARTEFACTS.keys())
def test_an_artefact_that_is_not_a_plain_file_is_left_out(code: str) -> None:
    name = "a" if code else "d/a"
    code = code or "os.mkdir('e'); open('e/a', 'w').write('x'); os.symlink('e', 'd')"
    result = attack(code, artefacts=[name, "b"], limits=Limits(artefact_bytes=2000))
    assert result.outcome is Outcome.OK, result.stderr
    assert result.artefacts == {}


def test_artefacts_together_stay_within_their_limit() -> None:
    code = "[open(n, 'wb').write(bytes(900)) for n in 'abc']"
    result = attack(code, artefacts=["a", "b", "c"], limits=Limits(artefact_bytes=2000))
    assert sorted(result.artefacts) == ["a", "b"]


def test_nothing_is_left_for_the_next_job() -> None:
    code = "[open(p + '/left', 'w').write('x') for p in ('/work', '/tmp', '/dev/shm')]"
    assert attack(code).outcome is Outcome.OK
    assert (
        attack("print(*(os.listdir(p) for p in ('/work', '/tmp', '/dev/shm')))").stdout
        == b"[] [] []\n"
    )


SEEN = """
def alive(pid):
    try: os.kill(pid, 0)
    except ProcessLookupError: return False
    return True
print([pid for pid in range(1, 70_000) if alive(pid)])
"""


def test_neighbours_do_not_see_each_other(marker: Marker) -> None:
    neighbour = threading.Thread(
        target=run, args=(["sh", "-c", f"sleep 1 # {marker.word}"],), kwargs={"files": {}}
    )
    neighbour.start()
    wait_until(marker.pids)
    result = attack(SEEN)
    assert marker.pids()
    neighbour.join()
    assert result.stdout == b"[1, 2]\n"  # process 1 and the job itself
