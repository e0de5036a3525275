"""What commands write to a file or to standard output: whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import IO


class OutputRefused(Exception):  # noqa: N818  (the name is at fault)
    """A file that cannot be written; the message says which, why and what to do."""


@contextmanager
def output(name: str) -> Iterator[Callable[[bytes], object]]:
    """Give what takes the bytes; a file appears under its name once it is whole.

    No name takes them and drops them, ``-`` is standard output. Raises OutputRefused at once where
    nothing can be written, so that nobody works for it in vain.
    """
    with ExitStack() as stack:
        if not name:
            yield len
        elif name == "-":
            yield sys.stdout.buffer.write
            sys.stdout.buffer.flush()
        else:
            yield _opened(Path(name), stack).write


def silence_stdout() -> None:
    """Let what is still in standard output's buffer go nowhere, so that its end raises nothing."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _opened(path: Path, stack: ExitStack) -> IO[bytes]:
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory")
        if path.exists() and not path.is_file():  # a pipe or a device
            return stack.enter_context(path.open("wb"))
        number, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputRefused(f"{path} cannot be written ({reason}); name another file.") from error
    stack.push(lambda kind, error, trace: _finish(Path(name), path, whole=kind is None))
    return stack.enter_context(os.fdopen(number, "wb"))


def _finish(written: Path, path: Path, *, whole: bool) -> None:
    if whole:
        written.chmod(0o666 & ~_umask())
        written.replace(path)
    else:
        written.unlink()


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
