"""Runs a test suite with pytest and writes down every call inside a package.

``python tracer.py REQUEST.json``; it is run by the interpreter of the traced packages, so it needs
nothing but pytest and coverage there. The request: ``root`` (the folder that the package's files
are named in), ``home`` (the release's folder), ``sources`` (the package's folder below the root),
``left_out`` (parts of paths that are no sources: tests), ``arguments`` (pytest's), ``out`` (the
file to write).

The answer holds numbers of code objects; ``sites.py`` turns them into names. A call is told by
``sys.setprofile``: the frame that begins, the frame directly below it with the place of the running
instruction, and the C function that runs between both, if any. A frame of foreign Python between
them makes the call an indirect one. Frames of tests and of pytest end the search for a caller.

Python 3.11 tells a profiler that a generator begins when it is first advanced, not when its
function is called; so every generator function of the package is compiled with a decorator that
tells who calls it.
"""

from __future__ import annotations

import ast
import builtins
import dis
import functools
import importlib.machinery
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

FOREIGN: Final = -1
STOP: Final = -2
_CREATION: Final = "__devmatrix_creation__"
_RUNNERS: Final = ("_pytest", "pytest", "pluggy", "unittest", "hypothesis", "coverage")
_RESUMED: Final = 0x20 | 0x80 | 0x200
_GENERATOR: Final = 0x20
_FOLDED: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<module>"})
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_MAX_WALK: Final = 60
_STARTED_IN: Final = str(Path.cwd())
_RESUME: Final = dis.opmap["RESUME"]

Profiler = Callable[[FrameType, str, Any], None]


@dataclass(slots=True)
class Recorder:
    """What was seen: code objects by number, calls, indirect calls, what began."""

    root: str
    home: str
    sources: str
    left_out: tuple[str, ...]
    numbers: dict[int, int] = field(default_factory=dict)
    codes: list[CodeType] = field(default_factory=list)
    kept: list[CodeType] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)
    began: set[int] = field(default_factory=set)
    calls: dict[tuple[int, int, int, str], None] = field(default_factory=dict)
    indirect: dict[tuple[int, int, int, str], None] = field(default_factory=dict)

    def owns(self, path: str) -> bool:
        """Tell whether a file is a source of the package."""
        if not path.startswith(self.sources):
            return False
        below = path[len(self.root) :]
        return not any(part in below for part in self.left_out)

    def number(self, code: CodeType) -> int:
        """Number a code object of the package; others are foreign, or end a search."""
        known = self.numbers.get(id(code))
        if known is not None:
            return known
        path = _absolute(code.co_filename) if code.co_filename[:1] != "<" else ""
        if path and self.owns(path):
            known = len(self.codes)
            self.codes.append(code)
            if code.co_name in _FOLDED or not code.co_flags & 2 or code.co_flags & _GENERATOR:
                self.silent.add(known)
        elif path.startswith(self.home) or any(f"/{name}/" in path for name in _RUNNERS):
            known = STOP
        else:
            known = FOREIGN
        self.kept.append(code)
        self.numbers[id(code)] = known
        return known

    def enter(self, back: FrameType | None, callee: int, via: str) -> None:
        """Write down that a function of the package was entered from the frame below it."""
        if back is None:
            return
        caller = self.number(back.f_code)
        if caller >= 0:
            self.calls[caller, back.f_lasti, callee, via] = None
            return
        between = back.f_code.co_filename
        frame: FrameType | None = back
        for _ in range(_MAX_WALK):
            if frame is None or caller == STOP:
                return
            if caller >= 0:
                self.indirect[caller, frame.f_lasti, callee, between] = None
                return
            frame = frame.f_back
            caller = self.number(frame.f_code) if frame is not None else STOP

    def profiler(self) -> Profiler:
        """Make the profile function of one thread."""
        running: list[tuple[FrameType, str]] = []
        numbers, silent, began = self.numbers, self.silent, self.began

        def profile(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call":
                code = frame.f_code
                callee = numbers.get(id(code))
                if callee is None:
                    callee = self.number(code)
                if callee >= 0:
                    began.add(callee)
                    if callee not in silent and not (code.co_flags & _RESUMED and _later(frame)):
                        back = frame.f_back
                        via = running[-1][1] if running and running[-1][0] is back else ""
                        self.enter(back, callee, via)
            elif event == "c_call":
                running.append((frame, getattr(argument, "__name__", "?")))
            elif event != "return" and running:
                running.pop()

        return profile

    def creation(self, function: Any) -> Any:
        """Wrap a generator function so that the frame that calls it is seen."""
        code = function.__code__
        enter, number = self.enter, self.number

        @functools.wraps(function)
        def create(*args: Any, **kwargs: Any) -> Any:
            enter(sys._getframe(1), number(code), "")
            return function(*args, **kwargs)

        return create


def _absolute(path: str) -> str:
    """Make a path absolute without pathlib, which breaks while a test plays another system."""
    return path if path.startswith("/") else f"{_STARTED_IN}/{path}"


def _later(frame: FrameType) -> bool:
    """Tell whether a coroutine is resumed, not begun: it then stands behind its first RESUME."""
    code = frame.f_code.co_code
    at = frame.f_lasti
    return code[at] != _RESUME or bool(code[at + 1])


def transformed(source: bytes | str, path: str) -> ast.Module:
    """Parse a source and decorate its generator functions; no line moves."""
    tree = ast.parse(source, path)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(part, ast.Yield | ast.YieldFrom) for part in _own(node)
        ):
            mark = ast.copy_location(ast.Name(_CREATION, ast.Load()), node)
            mark.end_lineno, mark.end_col_offset = node.lineno, node.col_offset
            node.decorator_list.append(mark)
    return tree


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _DEFINITIONS):
            stack.extend(ast.iter_child_nodes(node))


def _install(recorder: Recorder) -> None:
    """Compile the package's sources with the decorator, from now on."""
    setattr(builtins, _CREATION, recorder.creation)
    loader: Any = importlib.machinery.SourceFileLoader
    plain = loader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        if isinstance(data, bytes | str) and recorder.owns(_absolute(str(path))):
            tree = transformed(data, str(path))
            return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)
        return plain(self, data, path, _optimize=_optimize)

    loader.source_to_code = source_to_code


def _watch_thread(recorder: Recorder) -> Profiler:
    """Give the function that ``threading`` installs: it makes each thread a profiler of its own."""

    def first(frame: FrameType, event: str, argument: Any) -> None:
        own = recorder.profiler()
        sys.setprofile(own)
        own(frame, event, argument)

    return first


def _place(code: CodeType, at: int) -> list[int] | None:
    """Give the span in the source of an instruction: line, last line, column, last column."""
    for index, (line, end, column, last) in enumerate(code.co_positions()):
        if index == at // 2:
            if line is None or end is None or column is None or last is None:
                return None
            return [line, end, column, last]
    return None


def _operation(code: CodeType, at: int) -> str:
    """Name an instruction; the inline caches behind it count as it."""
    raw = code.co_code
    while at > 0 and dis.opname[raw[at]] == "CACHE":
        at -= 2
    return dis.opname[raw[at]]


def _first_place(code: CodeType) -> list[int] | None:
    """Give line and column of the first thing that a code object evaluates."""
    found = [
        (line, column)
        for line, end, column, last in code.co_positions()
        if line is not None and column is not None and (column, last) != (0, 0)
    ]
    return list(min(found)) if found else None


def report(recorder: Recorder, lines: dict[str, list[int]], status: int) -> dict[str, Any]:
    """Put what was seen into plain lists."""
    cut = len(recorder.root)

    def spread(found: dict[tuple[int, int, int, str], None]) -> list[list[Any]]:
        rows = []
        for caller, at, callee, via in found:
            code = recorder.codes[caller]
            rows.append([caller, callee, _place(code, at), _operation(code, at), via])
        return rows

    return {
        "status": status,
        "codes": [
            [
                _absolute(code.co_filename)[cut:],
                code.co_firstlineno,
                code.co_name,
                _first_place(code),
            ]
            for code in recorder.codes
        ],
        "began": sorted(recorder.began),
        "calls": spread(recorder.calls),
        "indirect": spread(recorder.indirect),
        "lines": {path[cut:]: found for path, found in lines.items()},
    }


def main() -> None:
    """Run the suite that the request names and write what was seen."""
    import coverage  # type: ignore[import-not-found]

    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    root = request["root"].rstrip("/") + "/"
    home = request["home"].rstrip("/") + "/"
    recorder = Recorder(root, home, root + request["sources"], tuple(request["left_out"]))
    measured = coverage.Coverage(
        data_file=None, config_file=False, include=[f"{recorder.sources}*"], messages=False
    )
    _install(recorder)
    sys.path.insert(0, request["path"])
    threading.setprofile(_watch_thread(recorder))
    measured.start()
    profiler = recorder.profiler()
    sys.setprofile(profiler)
    import pytest

    try:
        status = int(pytest.main(request["arguments"]))
    finally:
        kept = sys.getprofile() is profiler
        sys.setprofile(None)
        threading.setprofile(None)
        measured.stop()
    data = measured.get_data()
    lines = {
        path: sorted(data.lines(path) or ())
        for path in sorted(data.measured_files())
        if recorder.owns(path)
    }
    out = Path(request["out"])
    out.write_text(json.dumps(report(recorder, lines, status)), encoding="utf-8")
    if not kept:
        sys.exit("a test, or an error, ended the trace too early")


if __name__ == "__main__":
    main()
