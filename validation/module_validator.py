"""Level 2: a module among its neighbours. Can it be imported, do its calls fit their callees?"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from atomization.parser import Language, syntax_faults
from devmatrix.sandbox import CallRecord, Limits, Result, evaluate, run
from validation.call_signatures import Mismatch, mismatches
from validation.findings import Finding, failed, not_run, ok
from validation.imports import import_env, missing_package
from validation.layout import Layout, is_test_support, layout_of
from validation.snapshot import Snapshot

LEVEL: Final = 2
MAX_FINDINGS: Final = 20
_LIMITS: Final = Limits()
_FRAME: Final = re.compile(r'^\s*File "/work/(?P<path>[^"]+)", line (?P<line>\d+)', re.MULTILINE)


def validate_modules(
    snapshot: Snapshot, paths: Iterable[str] | None = None, *, limits: Limits = _LIMITS
) -> dict[str, list[Finding]]:
    """Check Python modules, all unless `paths` names some: path → findings.

    The key of the atom that a failure leads back to is in the finding's evidence under "atom".
    Raises SandboxUnavailable.
    """
    chosen = snapshot.paths(Language.PYTHON) if paths is None else sorted(paths)
    modules = [path for path in chosen if _is_module(snapshot, path)]
    layout = layout_of(snapshot.assembled())
    found = {path: [check_import(snapshot, path, layout=layout, limits=limits)] for path in modules}
    for path, findings in check_calls(snapshot, modules).items():
        found[path] += findings
    return found


def _is_module(snapshot: Snapshot, path: str) -> bool:
    file = snapshot.files.get(path)
    return file is not None and file.language is Language.PYTHON and path.endswith(".py")


# --- import


def check_import(
    snapshot: Snapshot, path: str, *, layout: Layout, limits: Limits = _LIMITS
) -> Finding:
    """Import one module in the sandbox; a failure names the exception and the atom it came from."""
    started = time.perf_counter()
    finding = _imported(snapshot, path, layout, limits)
    return finding.took(time.perf_counter() - started)


def _imported(snapshot: Snapshot, path: str, layout: Layout, limits: Limits) -> Finding:
    reason = _not_for_import(path, layout)
    if reason:
        return not_run(LEVEL, "import", reason)
    module, env, files = layout.module_of(path) or "", import_env(layout), snapshot.assembled()
    record = evaluate(module, files, ["None"], limits=limits, env=env)[0]
    packages = bool(missing_package(record, layout))
    if packages:
        record = evaluate(module, files, ["None"], limits=limits, env=env, packages=True)[0]
    if record.completed:
        return ok(LEVEL, "import", evidence={"module": module})
    package = missing_package(record, layout)
    if package:
        reason = f"{module} needs the package {package!r}, which is not installed here"
        return not_run(LEVEL, "import", reason, evidence={"module": module})
    again = run(
        ["python", "-c", f"import {module}"],
        files=files,
        limits=limits,
        env=env,
        packages=packages,
    )
    return _import_failure(snapshot, path, module, record, again)


def _not_for_import(path: str, layout: Layout) -> str:
    name = PurePosixPath(path).name
    if is_test_support(path):
        return "tests are imported by the test runner, at level 3"
    if name in {"__main__.py", "setup.py"}:
        return f"importing {name} runs it"
    module = layout.module_of(path)
    if module is None or layout.path_of(module) != path:
        return f"{path} is no name that Python can import"
    return ""


def _import_failure(
    snapshot: Snapshot, path: str, module: str, record: CallRecord, again: Result
) -> Finding:
    said = record.exception_message or ""
    what = f"{record.exception_type}: {said}" if record.exception_type else said
    key, line = blamed(snapshot, again.stderr, path)
    return failed(
        LEVEL,
        "import",
        f"{module} cannot be imported: {what}",
        line=line,
        expected=f"import {module} succeeds",
        actual=what,
        evidence={"module": module, "atom": key},
    )


def blamed(snapshot: Snapshot, stderr: bytes, path: str) -> tuple[str, int | None]:
    """Find the atom of the deepest frame of a traceback that is in the project: (key, line).

    Without such a frame the key is "".
    """
    frames = list(_FRAME.finditer(stderr.decode("utf-8", "replace")))
    for frame in reversed(frames):
        found = snapshot.locate(frame["path"], int(frame["line"]))
        if found is not None:
            return found
    return "", None


# --- calls


def check_calls(snapshot: Snapshot, paths: Collection[str]) -> dict[str, list[Finding]]:
    """Check the calls that modules make, and those made to them from elsewhere: path → findings.

    A call between two of the modules is told of once, with the module that makes it. A module
    without a call that is refused has one finding that passed.
    """
    started = time.perf_counter()
    assembled = snapshot.assembled()
    sources = {path: assembled[path] for path in assembled if path.endswith(".py")}
    refused = mismatches(sources, layout_of(assembled))
    unread = {path for path in paths if syntax_faults(sources[path], Language.PYTHON)}
    seconds = (time.perf_counter() - started) / max(len(paths), 1)
    found: dict[str, list[Finding]] = {}
    for path in paths:
        if path in unread:
            found[path] = [not_run(LEVEL, "call_signatures", "the module does not parse")]
            continue
        about = [
            item
            for item in refused
            if item.path == path or (item.callee_path == path and item.path not in paths)
        ]
        findings = [_call_failure(snapshot, item) for item in about[:MAX_FINDINGS]]
        found[path] = [item.took(seconds) for item in findings or [ok(LEVEL, "call_signatures")]]
    return found


def _call_failure(snapshot: Snapshot, item: Mismatch) -> Finding:
    key, line = snapshot.locate(item.path, item.line) or ("", None)
    callee, _ = snapshot.locate(item.callee_path, item.callee_line) or ("", None)
    return failed(
        LEVEL,
        "call_signatures",
        f"{item.message} (called in {item.path}, line {item.line})",
        line=line,
        expected=item.signature,
        actual=item.call,
        evidence={"atom": key, "callee": callee, "path": item.path, "file_line": item.line},
    )


def about_atom(findings: Iterable[Finding], key: str) -> Iterator[Finding]:
    """Keep the findings that concern one atom: its own failures, and what is said of the module."""
    for finding in findings:
        named = (finding.evidence.get("atom"), finding.evidence.get("callee"))
        if finding.check == "import" or not finding.blocks or key in named:
            yield finding
