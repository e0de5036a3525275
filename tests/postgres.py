"""A real PostgreSQL for the tests that promise something about it.

`DATABASE_URL` is used when it names a PostgreSQL server. Otherwise a cluster is started from the
installed binaries on a Unix socket in a temporary directory, as an unprivileged user because the
server refuses root, and thrown away afterwards. Where neither is possible the test is skipped with
the reason.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2

BINARIES = Path("/usr/lib/postgresql")
START_SECONDS = 30
# Nothing that is written here has to survive a crash.
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


class PostgresMissing(Exception):  # noqa: N818 - a state of the machine, not a mistake
    """There is no PostgreSQL here; the message says what would bring one."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user that runs the server; None means whoever runs the tests."""

    uid: int | None = None
    gid: int | None = None

    def options(self) -> dict[str, Any]:
        """Give the arguments of `subprocess` that switch to this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@contextmanager
def server_url() -> Iterator[str]:
    """Yield the address of a running server; raise PostgresMissing where there is none."""
    configured = os.environ.get("DATABASE_URL", "")
    if configured.startswith(("postgres://", "postgresql://")):
        yield configured
        return
    with temporary_cluster() as url:
        yield url


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Create an empty database on the server, yield its address, drop it afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _execute(server, f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def temporary_cluster() -> Iterator[str]:
    """Start a throw-away cluster and yield its address; raise PostgresMissing if it cannot be."""
    binaries = _newest_binaries()
    account = _unprivileged_account()
    # The path of a Unix socket may have 107 bytes at most, so pytest's own directory is too deep.
    home = Path(tempfile.mkdtemp(prefix="dm-pg-", dir="/tmp"))
    try:
        if account.uid is not None and account.gid is not None:
            os.chown(home, account.uid, account.gid)
        _initialise(binaries, home, account)
        with _running(binaries, home, account):
            yield f"postgresql://devmatrix@{quote(str(home), safe='')}/postgres"
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _newest_binaries() -> Path:
    found = [path.parent for path in BINARIES.glob("*/bin/initdb")]
    if not found:
        raise PostgresMissing(
            f"no PostgreSQL: DATABASE_URL names none and {BINARIES}/*/bin holds no initdb; "
            "install Debian's package postgresql"
        )
    return max(found, key=lambda path: int(path.parent.name.split(".")[0]))


def _unprivileged_account() -> Account:
    if os.getuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresMissing("no PostgreSQL: it refuses root, and neither postgres nor nobody exists")


def _initialise(binaries: Path, home: Path, account: Account) -> None:
    command = [str(binaries / "initdb"), "-D", str(home / "data"), "-U", "devmatrix"]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(
        command, cwd=home, capture_output=True, text=True, check=False, **account.options()
    )
    if done.returncode != 0:
        raise PostgresMissing(f"no PostgreSQL: initdb failed: {done.stderr.strip()}")


@contextmanager
def _running(binaries: Path, home: Path, account: Account) -> Iterator[None]:
    command = [str(binaries / "postgres"), "-D", str(home / "data"), "-k", str(home)]
    for setting in ("listen_addresses=", "max_connections=50", *SPEED):
        command += ["-c", setting]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=home, stdout=log, stderr=subprocess.STDOUT, **account.options()
        )
    try:
        _wait_until_it_answers(server, home)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown: open connections are cut
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_it_answers(server: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg2.connect(host=str(home), user="devmatrix", dbname="postgres").close()
        except psycopg2.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                log = (home / "log").read_text(errors="replace")
                raise PostgresMissing(f"no PostgreSQL: it did not start: {log}") from error
            time.sleep(0.02)
        else:
            return


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
