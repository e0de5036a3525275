"""Imports from file to file beside those that grimp, TypeScript and madge find.

``python benchmarks/imports.py [DIRECTORY …]``: the corpora unless directories are named. A package
of Python is compared with grimp (importer, imported, line), scripts with TypeScript's own resolver
(file, line, specifier, target) and with madge (file, file). Every difference is printed, with the
reason where it can be told from the sources; times are CPU seconds of this process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomization.collector import collector_paused
from atomization.decomposer import Slot
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.project import ProjectFile
from atomization.python_names import names_of
from atomization.source_walk import find_sources
from benchmarks.corpora import DEFAULT_ROOT
from dependencies.imports import FileImport, Imports, imports_of, is_config, requests_of

ROOT: Final = Path(__file__).resolve().parents[1]
PEERS: Final = ROOT / "benchmarks" / "peers" / "imports"
BENCH: Final = ROOT / "var" / "bench" / "imports"
CORPORA: Final = ("django", "rxjs", "reduxjs-toolkit", "zod", "three")
_SHOWN: Final = 30
_SECONDS: Final = 600
_DECLARATIONS: Final = (".d.ts", ".d.mts", ".d.cts")


@dataclass(frozen=True, slots=True)
class Tree:
    """A directory: its sources with one slot each, its configurations, its other files."""

    root: Path
    files: tuple[ProjectFile, ...]
    configs: dict[str, bytes]
    others: frozenset[str]

    @property
    def lines(self) -> int:
        """Count the lines of all sources."""
        return sum(file.slots[0].end_line for file in self.files)


def read_tree(root: Path, *, python: bool) -> Tree:
    """Read the Python files of a directory, or its scripts; paths are those that imports see."""
    files = []
    for source in find_sources([str(root)]).projects[0].sources:
        if (source.language is Language.PYTHON) is python:
            content = Path(source.path).read_bytes()
            path = source.module_path if python else os.path.relpath(source.path, root)
            files.append(ProjectFile(path, source.language, (_slot(content),)))
    configs, others = dict[str, bytes](), set[str]()
    for folder, names, found in os.walk(root):
        names[:] = [name for name in names if name not in ("node_modules", ".git")]
        for name in found:
            path = os.path.relpath(Path(folder, name), root)
            if is_config(path):
                configs[path] = Path(folder, name).read_bytes()
            elif name.endswith(".json"):
                others.add(path)
    return Tree(root, tuple(files), configs, frozenset(others))


def _slot(content: bytes) -> Slot:
    text, lines = content.decode("utf-8", "surrogateescape"), content.count(b"\n") + 1
    return Slot(
        AtomKind.TRIVIA, "file", text, 1, lines, None, lines, 1, "", "", (), False, False, ""
    )


def report(label: str, ours: set[tuple[object, ...]], theirs: set[tuple[object, ...]]) -> bool:
    """Print how many agree; tells whether all do."""
    same = ours == theirs
    verdict = (
        "IDENTICAL" if same else f"{len(ours - theirs)} only ours, {len(theirs - ours)} only theirs"
    )
    print(f"  {label:<42} ours {len(ours):>6}  theirs {len(theirs):>6}  {verdict}")
    return same


def show(
    title: str, rows: Iterable[tuple[object, ...]], why: Callable[[tuple[object, ...]], str]
) -> None:
    """Print differences: how many for each reason, and the first of them."""
    found = sorted(rows, key=str)
    for reason, count in Counter(why(row) for row in found).most_common():
        print(f"    {title}: {count} times {reason}")
        for row in [row for row in found if why(row) == reason][:_SHOWN]:
            print(f"      {' '.join(map(str, row))}")


# -- Python -------------------------------------------------------------------------------------


def compare_python(root: Path) -> None:
    """Compare a package with grimp, which has to be able to import it."""
    import grimp

    tree = read_tree(root, python=True)
    with collector_paused():
        start = time.process_time()
        names = {file.path: names_of(file) for file in tree.files}
        walked = time.process_time()
        read = [requests_of(file, names[file.path]) for file in tree.files]
        done = time.process_time()
        graph = Imports(read).graph()
        linked = time.process_time()
    print(f"{root.name}: {len(tree.files)} files, {tree.lines:,} lines of Python")
    each = 1e6 / tree.lines
    print(
        f"  read {done - walked:.2f} s, link {linked - done:.2f} s: "
        f"{(linked - walked) * each:.2f} µs a line beside trees that are there "
        f"(parsing and walking them: {(walked - start) * each:.1f} µs a line)"
    )
    package = root.resolve().name
    theirs: set[tuple[object, ...]] = set()
    peer = grimp.build_graph(package, cache_dir=None)
    for module in peer.modules:
        for imported in peer.find_modules_directly_imported_by(module):
            for detail in peer.get_import_details(importer=module, imported=imported):
                theirs.add((module, imported, detail["line_number"]))
    modules = {_module(file.path) for file in tree.files}
    report("modules (grimp)", {(name,) for name in modules}, {(name,) for name in peer.modules})
    by_place: dict[tuple[object, ...], FileImport] = {
        (_module(item.path), _module(item.target), item.line): item
        for item in graph.imports
        if item.target is not None and item.specifier
    }
    dynamic = {key for key, item in by_place.items() if item.kind == "dynamic"}
    ours: set[tuple[object, ...]] = {*by_place} - dynamic
    same = report("importer, imported, line (grimp)", ours, theirs)
    if not same:
        known = set(peer.modules)
        show("only ours", ours - theirs, lambda row: _left_out(row, known, theirs))
        show("only grimp's", theirs - ours, lambda row: _hidden(row, ours))
    if dynamic:
        print(f"    {len(dynamic)} more by calls with a literal, which grimp does not read")


def _module(path: str) -> str:
    stem = path.removesuffix(".pyi").removesuffix(".py").replace("/", ".")
    return stem.removesuffix(".__init__")


def _left_out(row: tuple[object, ...], known: set[str], theirs: set[tuple[object, ...]]) -> str:
    """Tell what grimp leaves out: folders without ``__init__.py``, names that hide submodules."""
    importer, imported, line = row
    if not {importer, imported} <= known:
        return "a module in a folder without __init__.py, which grimp leaves out"
    deeper = [one for one in theirs if (one[0], one[2]) == (importer, line)]
    if any(str(one[1]).startswith(f"{imported}.") for one in deeper):
        return "the package binds the name of its submodule itself, so Python gives that"
    return "unexplained"


def _hidden(row: tuple[object, ...], ours: set[tuple[object, ...]]) -> str:
    """Tell whether a package binds the name of its submodule, so that Python gives that."""
    importer, imported, line = row
    package = str(imported).rpartition(".")[0]
    bound = (importer, package, line) in ours
    return "a submodule whose name the package binds itself" if bound else "unexplained"


# -- scripts ------------------------------------------------------------------------------------


def compare_scripts(root: Path) -> None:
    """Compare a directory of scripts with TypeScript's resolver and with madge."""
    root = root.resolve()
    tree = read_tree(root, python=False)
    start = time.process_time()
    graph = imports_of(tree.files, configs=tree.configs, others=tree.others)
    took = time.process_time() - start
    print(f"{root.name}: {len(tree.files)} files, {tree.lines:,} lines of scripts")
    print(f"  {took:.2f} s with parsing: {took * 1e6 / tree.lines:.2f} µs a line")
    if not (BENCH / "node_modules").is_dir():
        print("  no peers: benchmarks/peers/install.sh makes them")
        return
    sources = {file.path for file in tree.files}
    named = [item for item in graph.imports if item.specifier]
    ours: set[tuple[object, ...]] = {
        (item.path, item.line, item.specifier, item.target if item.target in sources else None)
        for item in named
    }
    lines = _node("typescript.mjs", [str(root), *sorted(sources)]).splitlines()
    theirs: set[tuple[object, ...]] = {tuple(json.loads(line)) for line in lines}
    if not report("file, line, specifier, target (TypeScript)", ours, theirs):
        show("only ours", ours - theirs, _beside)
        show("only TypeScript's", theirs - ours, lambda row: _unlike(row, ours))
    found = json.loads(_node("madge.cjs", [str(root)]))["edges"]
    edges: set[tuple[object, ...]] = {(file, to) for file in found for to in found[file]}
    mine: set[tuple[object, ...]] = {
        (item.path, item.target) for item in named if item.target in sources - {item.path}
    }
    if not report("file, file (madge)", mine, edges):
        show("only ours", mine - edges, lambda row: _unread(row, named, theirs))
        show("only madge's", edges - mine, lambda row: "unexplained")


def _node(script: str, arguments: list[str]) -> str:
    command = ["node", str(PEERS / script), *arguments]
    run = subprocess.run(
        command, cwd=BENCH, capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    return run.stdout


def _beside(row: tuple[object, ...]) -> str:
    declared = str(row[3]).endswith(_DECLARATIONS)
    return "unexplained" if declared else "the code, where its declarations stand beside it"


def _unlike(row: tuple[object, ...], ours: set[tuple[object, ...]]) -> str:
    """Tell whether TypeScript takes the declarations of the very file that we take."""
    target = str(row[3])
    for ending in _DECLARATIONS:
        code = target.removesuffix(ending) + ending.replace(".d", "").replace("ts", "js")
        if target.endswith(ending) and (*row[:3], code) in ours:
            return "the declarations that stand beside the code"
    return "unexplained"


def _unread(
    row: tuple[object, ...], named: list[FileImport], typescript: set[tuple[object, ...]]
) -> str:
    """Tell what madge does not read of an import that TypeScript finds as well."""
    items = [item for item in named if (item.path, item.target) == row]
    known = [
        item for item in items if (item.path, item.line, item.specifier, item.target) in typescript
    ]
    if not known:
        return "unexplained"
    if all(not item.specifier.startswith(".") for item in known):
        return "a package's own name, which TypeScript follows and madge does not"
    text = Path(known[0].path).suffix
    if all(not item.names and not item.at_import for item in known):
        return "/// <reference path>, which TypeScript follows and madge does not read"
    return f"an import that TypeScript finds and madge does not ({text})"


def main() -> None:
    """Compare the named directories, or the corpora."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("directories", nargs="*", type=Path)
    directories: list[Path] = parser.parse_args().directories
    if not directories:
        there = sorted(DEFAULT_ROOT.iterdir()) if DEFAULT_ROOT.is_dir() else []
        directories = [path for name in CORPORA for path in there if path.name.startswith(name)]
    for directory in directories:
        if not directory.is_dir():
            parser.error(f"{directory} is no directory")
        python = (directory / "__init__.py").is_file()
        (compare_python if python else compare_scripts)(directory)


if __name__ == "__main__":
    main()
