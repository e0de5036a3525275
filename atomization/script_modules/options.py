"""What tsconfig.json and jsconfig.json say about where modules are.

``extends`` is followed inside of the project; ``references`` and ``include`` tell which of several
configurations governs a file, as editors do it: the nearest ``tsconfig.json`` that includes the
file itself or by one of the projects that it refers to.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from atomization.script_modules.jsonc import mapping, read_object, string, strings
from atomization.script_modules.paths import ancestors, below, folder_of, glob, joined

_NAMES: Final = ("tsconfig.json", "jsconfig.json")
_SPARE: Final = (
    "tsconfig.base.json",
    "tsconfig.app.json",
    "tsconfig.lib.json",
    "tsconfig.src.json",
)
_DEPTH: Final = 20
_HERE: Final = "${configDir}"


@dataclass(frozen=True, slots=True)
class Options:
    """One configuration with all that it extends; paths are those of the project."""

    path: str = ""
    folder: str = ""
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    base_url: str | None = None
    root_dirs: tuple[str, ...] = ()
    root_dir: str | None = None
    out_dirs: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def includes(self, path: str) -> bool:
        """Tell whether a file is one of those that the configuration compiles."""
        if path in self.files:
            return True
        return _matches(self.include, path) and not _matches(self.exclude, path)


def _matches(patterns: tuple[str, ...], path: str) -> bool:
    for pattern in patterns:
        if path == pattern or below(path, pattern) is not None or glob(pattern).match(path):
            return True
        if "*" in pattern and any(glob(pattern).match(up) for up in ancestors(path)[1:-1]):
            return True
    return False


class Configurations:
    """The configurations of a project, and which of them governs a file."""

    def __init__(self, configs: Mapping[str, bytes]) -> None:
        """Read ``*.json`` when asked for; nothing here raises for what stands in them."""
        self._configs = {
            path: content
            for path, content in configs.items()
            if path.endswith(".json") and "config" in posixpath.basename(path)
        }
        self._inside: dict[str, list[str]] = {}
        for path in self._configs:
            for folder in dict.fromkeys((folder_of(path), folder_of(folder_of(path)))):
                self._inside.setdefault(folder, []).append(path)
        self._raw: dict[str, dict[str, Any]] = {}
        self._known: dict[str, Options] = {}
        self._governing: dict[str, Options] = {}
        self._nearest: dict[str, tuple[Options, ...]] = {}

    def of(self, path: str) -> Options:
        """Give the options that govern a file; empty ones where there are none."""
        known = self._governing.get(path)
        if known is None:
            known = self._governing[path] = self._choose(path)
        return known

    def inside(self, folder: str) -> Iterator[Options]:
        """Give all configurations in a folder and in those directly below it."""
        for path in self._inside.get(folder, ()):
            yield self.read(path)

    def _choose(self, path: str) -> Options:
        near = self._above(folder_of(path))
        for options in near:
            if options.includes(path):
                return options
            for other in self._referenced(options):
                if other.includes(path):
                    return other
        return near[0] if near else _NOTHING

    def _above(self, folder: str) -> tuple[Options, ...]:
        known = self._nearest.get(folder)
        if known is None:
            folders = ancestors(folder)
            found = [joined(up, name) for up in folders for name in _NAMES]
            spare = [joined(up, name) for up in folders for name in _SPARE]
            there = [path for path in found if path in self._configs]
            there = there or [path for path in spare if path in self._configs][:1]
            known = self._nearest[folder] = tuple(self.read(path) for path in there)
        return known

    def _referenced(self, options: Options) -> Iterator[Options]:
        pending, seen = list(reversed(options.references)), {options.path}
        while pending:
            path = pending.pop()
            if path not in self._configs:
                path = joined(path, "tsconfig.json")
            if path in seen or path not in self._configs:
                continue
            seen.add(path)
            found = self.read(path)
            yield found
            pending += reversed(found.references)

    def read(self, path: str) -> Options:
        """Read one configuration with all that it extends."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = _options(path, self._chain(path))
        return known

    def _chain(self, path: str) -> list[tuple[str, dict[str, Any]]]:
        """Give the configurations that one is made of, the farthest first."""
        chain: list[tuple[str, dict[str, Any]]] = []
        pending, seen = [path], set[str]()
        while pending and len(chain) < _DEPTH:
            at = pending.pop()
            if at in seen or at not in self._configs:
                continue
            seen.add(at)
            raw = self._raw.setdefault(at, read_object(self._configs[at]))
            chain.append((at, raw))
            pending += [self._extended(at, base) for base in strings(raw.get("extends"))]
        return chain[::-1]

    def _extended(self, path: str, base: str) -> str:
        target = joined(folder_of(path), base) if base.startswith(".") else base
        tries = (target, f"{target}.json", joined(target, "tsconfig.json"))
        return next((one for one in tries if one in self._configs), "")


def _options(path: str, chain: list[tuple[str, dict[str, Any]]]) -> Options:
    folder = folder_of(path)
    found: dict[str, Any] = {"path": path, "folder": folder}
    out: dict[str, str] = {}
    paths: Mapping[str, Any] = {}
    paths_at = folder
    for at, raw in chain:
        here = folder_of(at)
        own = mapping(raw.get("compilerOptions"))
        if "baseUrl" in own:
            found["base_url"] = _located(here, folder, string(own["baseUrl"]))
        if "paths" in own:
            paths, paths_at = mapping(own["paths"]), here
        if "rootDirs" in own:
            listed = strings(own["rootDirs"])
            found["root_dirs"] = tuple(_located(here, folder, part) for part in listed)
        if "rootDir" in own:
            found["root_dir"] = _located(here, folder, string(own["rootDir"]))
        for name in ("outDir", "declarationDir"):
            if name in own:
                out[name] = _located(here, folder, string(own[name]))
        if "customConditions" in own:
            found["conditions"] = strings(own["customConditions"])
        for name in ("include", "exclude", "files"):
            if name in raw:
                found[name] = tuple(_located(here, folder, part) for part in strings(raw[name]))
    base = found.get("base_url")
    base = paths_at if base is None else base
    found["paths"] = {
        name: tuple(_located(base, folder, target) for target in strings(targets))
        for name, targets in paths.items()
    }
    parts = chain[-1][1].get("references") if chain else None
    refs = [string(mapping(part).get("path")) for part in parts] if isinstance(parts, list) else []
    found["references"] = tuple(joined(folder, ref) for ref in refs if ref)
    if "include" not in found and "files" not in found:
        found["include"] = (joined(folder, "**/*"),)
    found["out_dirs"] = tuple(dict.fromkeys(out.values()))
    return Options(**found)


def _located(folder: str, own: str, text: str) -> str:
    if text.startswith(_HERE):
        return joined(own, text[len(_HERE) :].lstrip("/") or ".")
    return joined(folder, text or ".")


_NOTHING: Final = Options()
