"""Observe def-use pairs of local variables while code runs: STORE_FAST to LOAD_FAST, by opcode.

Run by the interpreter whose library is looked at, without this project's packages:

    python benchmarks/def_use_trace.py OUT.json FOLDER test.test_argparse test.test_csv …

runs the unit tests named and writes, for each file under FOLDER, the pairs (name, definition line
and column, use line and column; a parameter has no definition place) and the places of all loads
and stores that were executed, or stand in functions that were. Each function is followed in its
first activations only.
"""

from __future__ import annotations

import dis
import io
import json
import os
import signal
import sys
import threading
import unittest
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ACTIVATIONS = 300
SECONDS = 40
_STORE, _LOAD, _DELETE = 0, 1, 2
_OPS = {"STORE_FAST": _STORE, "LOAD_FAST": _LOAD, "DELETE_FAST": _DELETE, "LOAD_FAST_CHECK": _LOAD}


class Watched:
    """One code object: its instructions on local variables, and what was seen of them."""

    def __init__(self, code: CodeType) -> None:
        """List the instructions."""
        self.table: dict[int, tuple[int, str]] = {}
        self.places: dict[int, tuple[int, int]] = {}
        for instruction in dis.get_instructions(code):
            kind = _OPS.get(instruction.opname)
            if kind is not None:
                at = instruction.positions
                self.table[instruction.offset] = (kind, instruction.argval)
                self.places[instruction.offset] = (at.lineno or -1, at.col_offset or 0)
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & 4) + bool(code.co_flags & 8)
        self.parameters = dict.fromkeys(code.co_varnames[:count], -1)
        self.seen: set[tuple[int, int]] = set()
        self.executed: set[int] = set()
        self.runs = 0


class Tracer:
    """A trace function for all files of a folder."""

    def __init__(self, folder: str) -> None:
        """Watch what stands in the folder, its tests aside."""
        self.folder = os.path.realpath(folder) + os.sep
        self.known: dict[CodeType, Watched | None] = {}

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Follow a frame that is entered (or, for a generator, entered again)."""
        code = frame.f_code
        try:
            watched = self.known[code]
        except KeyError:
            watched = self.known[code] = self._watched(code)
        if watched is None:
            return None
        if frame.f_trace is not None:
            return frame.f_trace
        watched.runs += 1
        if watched.runs > ACTIVATIONS:
            return None
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return _follower(watched)

    def _watched(self, code: CodeType) -> Watched | None:
        path = code.co_filename
        if not path.startswith(self.folder) or "/test/" in path or "/idlelib/" in path:
            return None
        if "/site-packages/" in path:
            return None
        watched = Watched(code)
        return watched if watched.table else None

    def report(self) -> dict[str, Any]:
        """Give what was seen, by file."""
        files: dict[str, Any] = {}
        for code, watched in self.known.items():
            if watched is None:
                continue
            name = code.co_filename.removeprefix(self.folder)
            file = files.setdefault(name, {"pairs": [], "executed": [], "fast": [], "run": []})
            for store, load in watched.seen:
                variable = watched.table[load][1]
                place = watched.places[store] if store >= 0 else (-1, -1)
                file["pairs"].append([variable, *place, *watched.places[load]])
            for offset, (kind, variable) in watched.table.items():
                entry = [variable, kind, *watched.places[offset]]
                file["fast"].append(entry)
                if watched.runs:
                    file["run"].append(entry)
                if offset in watched.executed:
                    file["executed"].append(entry)
            for variable in watched.parameters if watched.runs else ():
                file["executed"].append([variable, 3, code.co_firstlineno, 0])
        return files


def _follower(watched: Watched) -> Any:
    state = dict(watched.parameters)
    table, seen, executed = watched.table, watched.seen, watched.executed

    def follow(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            offset = frame.f_lasti
            found = table.get(offset)
            if found is not None:
                kind, name = found
                executed.add(offset)
                if kind == _LOAD:
                    store = state.get(name)
                    if store is not None:
                        seen.add((store, offset))
                elif kind == _STORE:
                    state[name] = offset
                else:
                    state.pop(name, None)
        return follow

    return follow


class _TooLong(KeyboardInterrupt):
    """A test module has had its time; of this kind because unittest lets it through."""


def _expire(number: int, frame: Any) -> None:
    raise _TooLong


def run(names: list[str], tracer: Tracer) -> None:
    """Run the tests of some modules under the tracer, each within its time."""
    signal.signal(signal.SIGALRM, _expire)
    threading.settrace(tracer)
    for name in names:
        signal.alarm(SECONDS)
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName(name)
            sys.settrace(tracer)
            unittest.TextTestRunner(stream=io.StringIO()).run(suite)
            outcome = "ran"
        except _TooLong:
            outcome = f"was stopped after {SECONDS} s"
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error}"
        finally:
            sys.settrace(None)
            signal.alarm(0)
        print(f"{name} {outcome}", file=sys.__stderr__)


def main() -> None:
    """Read the command line, run, write."""
    out, folder, *names = sys.argv[1:]
    tracer = Tracer(folder)
    run(names, tracer)
    Path(out).write_text(json.dumps(tracer.report()), encoding="utf-8")
    os._exit(0)


if __name__ == "__main__":
    main()
