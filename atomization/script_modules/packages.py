"""What package.json says: entries, ``exports``, ``imports``, and which packages are at home here.

A package name means a package of the project only where the project says so: the package itself,
a workspace (npm, yarn, pnpm, lerna), or a dependency by ``file:``, ``link:`` or ``workspace:``. So
a fixture that is called like a published package hides nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from atomization.script_modules.jsonc import mapping, read_object, string, strings
from atomization.script_modules.paths import ancestors, folder_of, glob, joined, star

_ENTRIES: Final = ("source", "types", "typings", "module", "main", "browser")
_LOCAL: Final = ("file:", "link:", "portal:", "workspace:")
_DEPENDENCIES: Final = (
    "dependencies",
    "devDependencies",
    "peerDependencies",
    "optionalDependencies",
)
_YAML_ITEM: Final = re.compile(r"^\s*-\s*['\"]?([^'\"#\n]+?)['\"]?\s*(?:#.*)?$")
_ALWAYS: Final = ("types", "default")
_BUNDLED: Final = ("module", "node", "browser", "development")
_DEPTH: Final = 12


@dataclass(frozen=True, slots=True)
class Package:
    """One package.json; ``linked`` gives the folders of dependencies that are here."""

    path: str
    folder: str
    name: str
    entries: tuple[str, ...]
    exports: object
    imports: Mapping[str, Any]
    workspaces: tuple[str, ...]
    linked: Mapping[str, str] = field(default_factory=dict)

    def exported(self, subpath: str, conditions: Sequence[str]) -> Iterator[str]:
        """Give the files that ``exports`` names for ``.`` or ``./sub``, the likeliest first."""
        exports = self.exports
        plain = not isinstance(exports, dict) or not any(key[:1] == "." for key in exports)
        table = {".": exports} if plain else mapping(exports)
        for target in _targets(table, subpath, conditions):
            yield joined(self.folder, target)

    def imported(self, name: str, conditions: Sequence[str]) -> Iterator[str]:
        """Give what ``imports`` names for ``#name``: ``./paths`` and names of packages."""
        return _targets(self.imports, name, conditions)


def _targets(table: Mapping[str, Any], key: str, conditions: Sequence[str]) -> Iterator[str]:
    """Give the targets of a key by the best pattern; those of conditions that hold come first."""
    patterns = sorted(table, key=lambda pattern: (-len(pattern.partition("*")[0]), -len(pattern)))
    patterns = [key] if key in table and "*" not in key else patterns
    for pattern in patterns:
        folder = pattern.endswith("/") and key.startswith(pattern)
        matched = key[len(pattern) :] if folder else star(pattern, key)
        if matched is None:
            continue
        asked = {*conditions, *_ALWAYS}
        for holds in (asked, asked.union(_BUNDLED), None):
            for target in _leaves(table[pattern], holds):
                yield target + matched if folder else target.replace("*", matched)
        return


def _leaves(value: object, conditions: set[str] | None) -> Iterator[str]:
    pending = [(value, 0)]
    while pending:
        node, depth = pending.pop()
        if isinstance(node, str):
            yield node
        elif depth < _DEPTH and isinstance(node, list):
            pending += [(part, depth + 1) for part in reversed(node)]
        elif depth < _DEPTH and isinstance(node, dict):
            parts = [part for name, part in node.items() if not conditions or name in conditions]
            pending += [(part, depth + 1) for part in reversed(parts)]


class Packages:
    """The packages of a project."""

    def __init__(self, configs: Mapping[str, bytes]) -> None:
        """Read every ``package.json`` outside of ``node_modules``."""
        self._by_folder: dict[str, Package] = {}
        globs: list[tuple[str, str]] = []
        for path, content in configs.items():
            if "node_modules/" in path:
                continue
            name, folder = posixpath.basename(path), folder_of(path)
            if name == "package.json":
                package = _package(path, read_object(content))
                self._by_folder[folder] = package
                globs += [(folder, pattern) for pattern in package.workspaces]
            elif name == "lerna.json":
                globs += [(folder, one) for one in strings(read_object(content).get("packages"))]
            elif name == "pnpm-workspace.yaml":
                globs += [(folder, one) for one in _yaml_packages(content)]
        self._members = self._found(globs)

    def _found(self, globs: list[tuple[str, str]]) -> dict[str, Package]:
        members: dict[str, Package] = {}
        wanted = [joined(at, one.rstrip("/")) for at, one in globs if one[:1] != "!"]
        refused = [joined(at, one[1:].rstrip("/")) for at, one in globs if one[:1] == "!"]
        for folder, package in sorted(self._by_folder.items()):
            inside = any(glob(one).match(folder) for one in wanted)
            if package.name and inside and not any(glob(one).match(folder) for one in refused):
                members.setdefault(package.name, package)
        return members

    def at(self, folder: str) -> Package | None:
        """Give the package whose ``package.json`` is in a folder."""
        return self._by_folder.get(folder)

    def around(self, path: str) -> Package | None:
        """Give the package that a file belongs to."""
        found = (self._by_folder.get(folder) for folder in ancestors(folder_of(path)))
        return next((package for package in found if package is not None), None)

    def named(self, name: str, importer: str) -> Package | None:
        """Find what a package name means for a file, in the project."""
        for folder in ancestors(folder_of(importer)):
            package = self._by_folder.get(folder)
            if package is None:
                continue
            if package.name == name:
                return package
            if name in package.linked and package.linked[name] in self._by_folder:
                return self._by_folder[package.linked[name]]
        return self._members.get(name)


def _package(path: str, raw: Mapping[str, Any]) -> Package:
    folder = folder_of(path)
    spaces = raw.get("workspaces")
    linked: dict[str, str] = {}
    for section in _DEPENDENCIES:
        for name, version in mapping(raw.get(section)).items():
            scheme = next((one for one in _LOCAL if string(version).startswith(one)), "")
            if scheme:
                linked[name] = joined(folder, string(version)[len(scheme) :])
    return Package(
        path,
        folder,
        string(raw.get("name")),
        tuple(string(raw[name]) for name in _ENTRIES if string(raw.get(name))),
        raw.get("exports"),
        mapping(raw.get("imports")),
        strings(spaces) or strings(mapping(spaces).get("packages")),
        linked,
    )


def _yaml_packages(content: bytes) -> Iterator[str]:
    """Read the list ``packages:`` of pnpm-workspace.yaml."""
    inside = False
    for line in content.decode("utf-8", "replace").splitlines():
        if line[:1] not in (" ", "\t", "-", "#", ""):
            inside = line.startswith("packages:")
        found = _YAML_ITEM.match(line) if inside else None
        if found is not None:
            yield found[1]


def split_name(specifier: str) -> tuple[str, str]:
    """Part ``@scope/name/sub/path`` into the package's name and ``./sub/path`` (or ``.``)."""
    parts = specifier.split("/")
    count = 2 if specifier.startswith("@") else 1
    rest = "/".join(parts[count:])
    return "/".join(parts[:count]), f"./{rest}" if rest else "."
