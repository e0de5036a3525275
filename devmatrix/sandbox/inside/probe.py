"""Look around from inside, as hostile code would; print findings as JSON, all true is well."""
# ruff: noqa: PTH123, T201

import ctypes
import json
import os
import socket

PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ = 39, 23


def can_write(path: str) -> bool:
    try:
        with open(path, "w") as stream:
            stream.write("x")
    except OSError:
        return False
    return True


def can_connect() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # no packet is sent: it asks for a route
        except OSError:
            return False
    return True


def holds_capabilities() -> bool:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None).capget(header, sets) != 0:
        return True
    return any(sets)


HIDDEN = ("/etc/passwd", "/etc/shadow", "/root", "/home", "/proc", "/sys", "/var", "/run")
print(
    json.dumps(
        {
            "uid_is_not_root": os.getuid() != 0 and os.geteuid() != 0,
            "no_capabilities": not holds_capabilities(),
            "no_new_privileges": ctypes.CDLL(None).prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
            "no_host_files": not any(map(os.path.exists, HIDDEN)),
            "system_is_read_only": not any(map(can_write, ("/x", "/usr/x", "/dev/x", "/etc/x"))),
            "work_is_writable": can_write("/work/x"),
            "no_network": not can_connect(),
            "environment_is_ours": os.environ.get("USER") == "sandbox"
            and not any(name.startswith(("DJANGO", "ANTHROPIC")) for name in os.environ),
        }
    )
)
