"""mypy's view of a project: the types of the receivers whose attributes are used.

mypy runs once over all files of a project, in a process of its own that executes nothing of the
project and reads no configuration. What it told is kept by the content of the project. Where mypy
is absent, fails or takes too long, there is no view, and the gaps that it would fill stay.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from atomization.parser import Language
from atomization.project import ProjectFile

_WORKER: Final = Path(__file__).with_name("mypy_view.py")
_VERSION: Final = "1"
_FOLDER: Final = "the_project_itself/"
_MODULE: Final = "the_project_itself."
_MAX_BYTES: Final = 64_000_000
_MAX_KEPT: Final = 100
_IMPORTED: Final = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """The types of expressions, by file and place; ``problem`` says why there are none.

    A type is ``["class", module, name, arguments]``, ``["tuple", items]``, ``["union", members]``,
    ``["type", of]``, ``["none"]`` or ``["any"]``.
    """

    types: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problem: str = ""

    def of(
        self, path: str, line: int, column: int, end_line: int | None, end_column: int | None
    ) -> list[Any] | None:
        """Give the type of the expression at a place (1-based lines, columns in bytes)."""
        found = self.types.get(path)
        if found is None:
            return None
        fact = found.get(f"{line}:{column}:{end_line}:{end_column}")
        return fact if isinstance(fact, list) else None


def project_types(
    files: Sequence[ProjectFile], *, cache: Path | None = None, seconds: float = 300.0
) -> TypeFacts:
    """Let mypy look at a project's Python files, once for each content.

    ``cache`` is a folder for what was told before and for what mypy keeps of stubs; without one
    nothing is kept. Takes seconds to minutes, so it is for an import or an analysis of a whole
    project, not for one atom. Never raises for what stands in a source: the answer is empty then
    and tells the ``problem``.
    """
    sources = {file.path: file.text for file in files if file.language is Language.PYTHON}
    if not sources:
        return TypeFacts()
    if sum(map(len, sources.values())) > _MAX_BYTES:
        return TypeFacts(problem="the project is too large for mypy")
    kept = cache / f"{_digest(sources)}.json.gz" if cache is not None else None
    if kept is not None and kept.is_file():
        with suppress(OSError, ValueError):
            return TypeFacts(json.loads(gzip.decompress(kept.read_bytes())))
    facts = _asked_of_package(sources, cache, seconds)
    if kept is not None and not facts.problem:
        with suppress(OSError):
            _keep(kept, facts)
    return facts


def _asked_of_package(sources: Mapping[str, str], cache: Path | None, seconds: float) -> TypeFacts:
    """Give a project that is a package itself a folder, as its relative imports begin there."""
    if "__init__.py" not in sources:
        return _asked(sources, cache, seconds)
    facts = _asked({_FOLDER + path: text for path, text in sources.items()}, cache, seconds)
    types = {path.removeprefix(_FOLDER): _unwrapped(found) for path, found in facts.types.items()}
    return TypeFacts(types, facts.problem)


def _unwrapped(told: Any) -> Any:
    """Take the folder's name from the modules of the classes in what mypy told."""
    if isinstance(told, dict):
        return {place: _unwrapped(found) for place, found in told.items()}
    if isinstance(told, list):
        return [_unwrapped(part) for part in told]
    return told.removeprefix(_MODULE) if isinstance(told, str) else told


def _asked(sources: Mapping[str, str], cache: Path | None, seconds: float) -> TypeFacts:
    modules, roots = _modules(sources)
    request = {
        "files": sources,
        "modules": modules,
        "roots": roots,
        "cache": str((cache / "mypy").resolve()) if cache is not None else "",
    }
    try:
        with _alone(cache):
            done = _run(request, seconds)
    except subprocess.TimeoutExpired:
        return TypeFacts(problem=f"mypy did not finish within {seconds:.0f} s")
    except OSError as error:
        return TypeFacts(problem=f"mypy did not start: {error}")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return TypeFacts(problem=f"mypy's process ended with status {done.returncode}")
    return TypeFacts(answer["types"], answer["problem"])


def _run(request: Mapping[str, Any], seconds: float) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-I", str(_WORKER)],
        input=json.dumps(request).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        start_new_session=True,
    )


@contextmanager
def _alone(cache: Path | None) -> Iterator[None]:
    """Let one process at a time write what mypy keeps."""
    if cache is None:
        yield
        return
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(kept: Path, facts: TypeFacts) -> None:
    """Write what was told, so that a reader finds all of it or nothing."""
    with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as file:
        file.write(gzip.compress(json.dumps(facts.types).encode(), 3))
    Path(file.name).replace(kept)
    others = sorted(kept.parent.glob("*.json.gz"), key=lambda path: path.stat().st_mtime)
    for path in others[:-_MAX_KEPT]:
        path.unlink(missing_ok=True)


def _digest(sources: Mapping[str, str]) -> str:
    found = hashlib.sha256(_VERSION.encode())
    for path in sorted(sources):
        for text in (path, sources[path]):
            data = text.encode("utf-8", "surrogateescape")
            found.update(len(data).to_bytes(8) + data)
    return found.hexdigest()


def _modules(sources: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Name each file for mypy: by the first folder above it without an ``__init__.py``.

    A folder that the project imports from as from a package is taken for one, too: mypy refuses a
    file that it knows by two names.
    """
    imported = {name for text in sources.values() for name in _IMPORTED.findall(text)}
    names: dict[str, str] = {}
    roots: dict[str, None] = {"": None}
    taken: set[str] = set()
    for path in sorted(sources):
        parts = PurePosixPath(path).with_suffix("").parts
        depth = len(parts) - 1
        while depth > 0 and "/".join((*parts[:depth], "__init__.py")) in sources:
            depth -= 1
        depth = next(
            (top for top in range(depth) if _begins(".".join(parts[top:depth]), imported)), depth
        )
        inner = parts[depth:-1] if parts[-1] == "__init__" else parts[depth:]
        name = ".".join(inner)
        if not inner or name in taken or not all(part.isidentifier() for part in inner):
            name = "file_" + "_".join(
                "".join(char if char.isalnum() else "_" for char in part) for part in parts
            )
        if name not in taken:
            taken.add(name)
            names[path] = name
            roots["/".join(parts[:depth])] = None
    return names, list(roots)


def _begins(package: str, imported: set[str]) -> bool:
    """Tell whether a folder is imported from, by this name."""
    return package in imported or any(name.startswith(f"{package}.") for name in imported)
