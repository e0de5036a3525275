"""Run docstring examples one by one, as the REPL would, and say what each one showed.

This text is compiled inside the job's process by `init.py`; the code under test lives in the same
interpreter and may do anything to it. So nothing here decides: expected values are not known in
this process, every record is plain JSON, and the host checks order, number and form. The token in
each record only keeps accidental writes to the descriptor from being taken for records.
"""

from __future__ import annotations
import __future__

import io
import os
import site
import sys

try:  # as json.encoder does; importing json itself costs 6 ms, paid for each job
    from _json import encode_basestring_ascii as quote
except ImportError:
    from json.encoder import encode_basestring_ascii as quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(job: dict[str, Any], fd: int) -> None:
    """Import the module of `job`, run its examples, write one record each to `fd`."""
    wanted = job["driver_input"]
    token, name = wanted["token"], wanted["module"]
    examples, cut = tuple(wanted["examples"]), wanted["output_chars"]
    prepare_interpreter(job["env"])
    job.clear()
    send = sender(fd, token)
    try:
        __import__(name)
        namespace = dict(vars(sys.modules[name]))
    except BaseException as error:
        kind, text = describe(error)
        send(-1, "", kind, text[:cut])
        return
    send(-1, "", None, None)
    namespace.setdefault("__name__", name)
    flags = future_flags(namespace)
    show = sys.__displayhook__
    for index, source in enumerate(examples):
        send(index, *run_example(source, namespace, flags, show, cut))


def prepare_interpreter(env: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    sys.argv[:] = [""]
    sys.path[:0] = ["/work", *filter(None, env.get("PYTHONPATH", "").split(":"))]
    site.setquit()


def run_example(
    source: str, namespace: dict[str, Any], flags: int, show: Any, cut: int
) -> tuple[str, str | None, str | None]:
    kind: str | None = None
    message: str | None = None
    capture = io.StringIO()
    sys.stdout, sys.displayhook = capture, show
    try:
        code = compile(source, "<example>", "single", flags, True)
        exec(code, namespace)  # noqa: S102 - what this process is for
    except BaseException as error:
        kind, text = describe(error)
        message = text[:cut]
    finally:
        sys.stdout = sys.__stdout__
    try:
        shown = io.StringIO.getvalue(capture)
    except ValueError:  # the example closed its own output
        shown = ""
    if len(shown) > cut:
        shown = shown[:cut] + "\n[output truncated]"
    if shown and not shown.endswith("\n"):
        shown += "\n"
    return shown, kind, message


def describe(error: BaseException) -> tuple[str, str]:
    """Name and message of `error`, as the last line of a traceback has them."""
    cls = type(error)
    name = str(cls.__qualname__)
    if cls.__module__ not in ("builtins", "__main__"):
        name = f"{cls.__module__}.{name}"
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        text = "<exception str() failed>"
    return name, str(text)


def future_flags(namespace: dict[str, Any]) -> int:
    """The module's `from __future__` imports hold for its examples too."""
    flags = 0
    for name in __future__.all_feature_names:
        feature: Any = getattr(__future__, name)
        if name in namespace and namespace[name] is feature:
            flags |= feature.compiler_flag
    return flags


def sender(fd: int, token: str) -> Any:
    """Bind what sending needs before untrusted code can replace it."""
    encode, write, length = quote, os.write, len

    def optional(text: str | None) -> str:
        return "null" if text is None else encode(text)

    def send(index: int, shown: str, kind: str | None, message: str | None) -> None:
        fields = (encode(token), str(index), encode(shown), optional(kind), optional(message))
        line = f"[{', '.join(fields)}]\n".encode("ascii")
        done = 0
        while done < length(line):
            done += write(fd, line[done:])

    return send
