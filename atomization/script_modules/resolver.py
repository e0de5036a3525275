"""Which file of a project the specifier of an import means, as TypeScript and bundlers find it.

TypeScript's order: ``paths``, then ``baseUrl`` or ``rootDirs``, then ``#imports``, the package
itself, other packages of the project. ``./a.js`` means ``a.ts`` where there is one. Two things
differ from ``tsc``, since the answer is for those who want the source and not its output:

- a declaration file (``a.d.ts``) that stands beside its code is found by other declaration files
  only, everybody else finds the code;
- what leads into build output that is not there is led back to its source: by ``outDir`` and
  ``rootDir`` where a configuration says so, else from ``dist/…`` to ``src/…`` in the same package.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from atomization.script_modules.options import Configurations, Options
from atomization.script_modules.packages import Package, Packages, split_name
from atomization.script_modules.paths import below, folder_of, joined, star

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_ENDINGS: Final = (
    (".ts", ".tsx"),
    (".js", ".jsx"),
    (".d.ts",),
    (".mts", ".cts", ".mjs", ".cjs", ".d.mts", ".d.cts", ".json"),
)
_SWAPPED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    ".js": ((".ts", ".tsx"), (".js", ".jsx"), (".d.ts",)),
    ".jsx": ((".tsx", ".ts"), (".jsx", ".js"), (".d.ts",)),
    ".mjs": ((".mts", ".ts"), (".mjs",), (".d.mts",)),
    ".cjs": ((".cts", ".ts"), (".cjs",), (".d.cts",)),
}
_SOURCES: Final = frozenset({".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"})
_OUTPUT: Final = frozenset(
    {
        "dist",
        "lib",
        "build",
        "out",
        "output",
        "es",
        "esm",
        "esm5",
        "esm2015",
        "cjs",
        "cts",
        "mjs",
        "umd",
        "types",
        "typings",
        "dts",
        "d.ts",
        "dist-types",
        "commonjs",
        "module",
        "modules",
        "node",
        "browser",
        "legacy",
        "modern",
        "production",
        "development",
    }
)
_COMMON: Final = (".cjs", ".cts")
_SRC: Final = ("src", "source", "lib", "")


class Why(StrEnum):
    """Why a specifier means no file of the project."""

    OUTSIDE = "outside of the project"
    MISSING = "missing"
    ASSET = "not a source"


@dataclass(frozen=True, slots=True)
class Found:
    """The file that a specifier means, or why there is none."""

    path: str | None
    why: Why | None = None


_OUTSIDE: Final = Found(None, Why.OUTSIDE)
_MISSING: Final = Found(None, Why.MISSING)
_ASSET: Final = Found(None, Why.ASSET)


class ScriptModules:
    """Finds the files of a project that specifiers mean."""

    def __init__(self, paths: Iterable[str], configs: Mapping[str, bytes] | None = None) -> None:
        """Take the paths of the project's files and its configurations, path → content.

        Configurations are ``tsconfig*.json``, ``jsconfig.json``, ``package.json``, ``lerna.json``
        and ``pnpm-workspace.yaml``; of JSON files that are imported the path is enough.
        """
        configs = configs or {}
        self.paths: Collection[str] = {*paths, *configs}
        self.configurations = Configurations(configs)
        self.packages = Packages(configs)
        self._known: dict[tuple[str, str, str, bool, bool], Found] = {}

    def find(self, specifier: str, importer: str, *, required: bool = False) -> Found:
        """Tell which file a specifier in a file means; ``required`` says that CommonJS asks."""
        options = self.configurations.of(importer)
        declares = _is_declaration(importer)
        required = required or importer.endswith(_COMMON)
        key = (options.path, folder_of(importer), specifier, declares, required)
        known = self._known.get(key)
        if known is None:
            question = _Question(self, options, importer, declares, required)
            known = self._known[key] = question.find(specifier)
        return known


@dataclass(slots=True)
class _Question:
    """One importer's question."""

    world: ScriptModules
    options: Options
    importer: str
    declares: bool
    required: bool

    @property
    def conditions(self) -> tuple[str, ...]:
        """Give the conditions of ``exports`` and ``imports`` that hold."""
        return (*self.options.conditions, "require" if self.required else "import")

    def find(self, specifier: str) -> Found:
        text = specifier.partition("?")[0] if "?" in specifier else specifier
        if not text or text.startswith("//") or "\0" in text or _SCHEME.match(text):
            return _OUTSIDE
        if text.startswith("."):
            return self._relative(text)
        if text.startswith("/"):
            path = self._at(text.lstrip("/"))
            return Found(path) if path else _OUTSIDE
        path, told = self._by_options(text)
        if path:
            return Found(path)
        if text.startswith("#"):
            return self._internal(text)
        name, subpath = split_name(text)
        package = self.world.packages.named(name, self.importer)
        if package is None:
            return _MISSING if told else _OUTSIDE
        path = self._of_package(package, subpath)
        return Found(path) if path else _MISSING

    # -- relative -------------------------------------------------------------------------------

    def _relative(self, text: str) -> Found:
        base = joined(folder_of(self.importer), text)
        path = self._directed(base, text) or self._by_root_dirs(base) or self._source_of(base)
        if path:
            return Found(path)
        if base == ".." or base.startswith("../"):
            return _OUTSIDE
        ending = posixpath.splitext(base)[1]
        known = not ending or ending in _SOURCES or ending == ".json"
        return _MISSING if known or not ending[1:].isalnum() else _ASSET

    def _directed(self, base: str, text: str) -> str | None:
        last = text.rsplit("/", 1)[-1]
        return self._folder(base) if last in ("", ".", "..") else self._at(base)

    def _by_root_dirs(self, base: str) -> str | None:
        roots = self.options.root_dirs
        inside = [(len(root), rest) for root in roots if (rest := below(base, root)) is not None]
        if not inside:
            return None
        rest = max(inside)[1]
        found = (self._at(joined(root, rest)) for root in roots)
        return next((path for path in found if path), None)

    # -- by name --------------------------------------------------------------------------------

    def _by_options(self, text: str) -> tuple[str | None, bool]:
        """Look through ``paths`` and ``baseUrl``; tells whether a pattern names the specifier."""
        pattern = _best(self.options.paths, text)
        if pattern is not None:
            matched = star(pattern, text) or ""
            for target in self.options.paths[pattern]:
                base = target.replace("*", matched, 1)
                path = self._at(posixpath.normpath(base)) or self._source_of(base)
                if path:
                    return path, True
            return None, pattern != "*"
        base_url = self.options.base_url
        return (self._at(joined(base_url, text)) if base_url is not None else None), False

    def _internal(self, text: str) -> Found:
        package = self.world.packages.around(self.importer)
        targets = package.imported(text, self.conditions) if package is not None else ()
        for target in targets:
            if not target.startswith("."):
                return self.find(target) if not target.startswith("#") else _MISSING
            base = joined(package.folder, target) if package is not None else target
            path = self._at(base) or self._built(package, base)
            if path:
                return Found(path)
        return _MISSING

    def _of_package(self, package: Package, subpath: str) -> str | None:
        if package.exports is not None:
            targets = list(package.exported(subpath, self.conditions))
            if not targets:
                return None
            bases = targets
        elif subpath == ".":
            bases = [joined(package.folder, entry) for entry in package.entries]
            bases.append(joined(package.folder, "index"))
        else:
            bases = [joined(package.folder, subpath)]
        found = (self._at(base) or self._built(package, base) for base in bases)
        path = next((path for path in found if path), None)
        if path is not None:
            return path
        likely = (joined(joined(package.folder, src), subpath) for src in _SRC)
        found = (self._folder(base) if subpath == "." else self._at(base) for base in likely)
        return next((path for path in found if path), None)

    # -- back from build output to sources ------------------------------------------------------

    def _built(self, package: Package | None, base: str) -> str | None:
        path = self._source_of(base)
        if path or package is None:
            return path
        rest = below(base, package.folder)
        parts = rest.split("/") if rest else []
        while len(parts) > 1 and parts[0] in _OUTPUT:
            parts = parts[1:]
            for src in _SRC:
                path = self._at(joined(joined(package.folder, src), "/".join(parts)))
                if path:
                    return path
        return None

    def _source_of(self, base: str) -> str | None:
        """Lead what is in an output directory of a configuration back to its source."""
        package = self.world.packages.around(base)
        near = self.world.configurations.inside(package.folder) if package is not None else ()
        for options in dict.fromkeys((self.options.path, *(one.path for one in near))):
            if not options:
                continue
            config = self.world.configurations.read(options)
            for out in config.out_dirs:
                rest = below(base, out)
                if rest is None:
                    continue
                roots = [config.root_dir] if config.root_dir is not None else [config.folder]
                for root in (*roots, joined(config.folder, "src")):
                    path = self._at(joined(root, rest))
                    if path:
                        return path
        return None

    # -- files ----------------------------------------------------------------------------------

    def _at(self, base: str) -> str | None:
        """Find the file, or the folder's index, that a path means; its ending may be another."""
        stem, ending = posixpath.splitext(base)
        swapped = _SWAPPED.get(ending)
        paths = self.world.paths
        if swapped is None and base in paths:
            return base
        for number in self._order():
            endings = _ENDINGS[number]
            if swapped is not None and number < len(swapped):
                for one in swapped[number]:
                    if stem + one in paths:
                        return stem + one
            for one in endings:
                if base + one in paths:
                    return base + one
            path = self._index(base, endings)
            if path:
                return path
        if ending == ".json" or not ending:
            return self._entry(base)
        described = f"{stem}.d{ending}.ts"
        return described if described in paths else self._entry(base)

    def _folder(self, base: str) -> str | None:
        """Find what a path that can only be a folder means."""
        found = (self._index(base, _ENDINGS[number]) for number in self._order())
        return next((path for path in found if path), None) or self._entry(base)

    def _order(self) -> tuple[int, ...]:
        return (0, 2, 1, 3) if self.declares else (0, 1, 2, 3)

    def _index(self, base: str, endings: tuple[str, ...]) -> str | None:
        stem = f"{base}/index" if base else "index"
        return next((stem + one for one in endings if stem + one in self.world.paths), None)

    def _entry(self, base: str) -> str | None:
        """Follow the package.json of a folder."""
        package = self.world.packages.at(base)
        for entry in package.entries if package is not None else ():
            target = joined(base, entry)
            if target == base:
                continue
            stem, ending = posixpath.splitext(target)
            tries = [target, *(stem + one for group in _SWAPPED.get(ending, ()) for one in group)]
            tries += [target + one for group in _ENDINGS for one in group]
            tries += [f"{target}/index{one}" for group in _ENDINGS for one in group]
            path = next((one for one in tries if one in self.world.paths), None)
            if path:
                return path
        return None


def _best(paths: Mapping[str, tuple[str, ...]], text: str) -> str | None:
    """Give the pattern that fits a specifier: itself, else the one with the longest beginning."""
    if text in paths:
        return text
    fitting = [pattern for pattern in paths if "*" in pattern and star(pattern, text) is not None]
    return max(fitting, key=lambda pattern: len(pattern.partition("*")[0]), default=None)


def _is_declaration(path: str) -> bool:
    return path.endswith((".d.ts", ".d.mts", ".d.cts"))
