"""Def-use pairs against what is observed at run time, and against people: ``def_use.py --help``.

    def_use.py trace OUT.json [MODULE …]   run the standard library's tests, note the pairs seen
    def_use.py observed OUT.json           score our pairs and beniget's against those
    def_use.py core DIR                    score against CoRe's annotations (DIR: code/, label/)
    def_use.py speed [FOLDER …]            time over the Python files of folders

**observed**: a pair is the store and the load of one local variable (STORE_FAST, LOAD_FAST) in one
activation; a parameter's store is the call. Recall is the share of observed pairs that are
predicted. Of the predicted pairs between such instructions those count that stand in functions
that were called ("called"), of these those whose load was executed ("load run"), and of these those
whose store was, too ("both run"): the share of each that was observed is a lower bound of
precision, as the tests do not take every path.

**core**: CoRe (Xie et al., 2025) gives for variable instances (name, line) of a function the
definitions that each directly depends on, a change of a container being a definition. An instance
that is set or changed on its line depends on what is read for that, any other on what its uses on
that line may read. Called functions are no variables there and are left out. Python 2 is turned
into Python 3 with its lines unchanged. F1 is over all (instance, definition) pairs.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import yaml

from atomization.collector import collector_paused
from benchmarks.contenders import BENCH, HERE
from benchmarks.corpora import DEFAULT_ROOT
from dependencies.def_use import Pair, PairKind, Unit, pairs_of, states_of, units_of
from dependencies.def_use.model import BINDING, MUTATION, Definition

PEER: Final = BENCH / "beniget" / "bin" / "python"
LIBRARY: Final = Path(ast.__file__).resolve().parent
_TESTS: Final = """
    argparse textwrap configparser csv json heapq fractions statistics difflib email htmlparser
    html http_cookies http_cookiejar urlparse shlex string tokenize dataclasses enum calendar
    pathlib posixpath ntpath glob fnmatch inspect pprint copy random optparse getopt plistlib
    sched contextlib functools collections reprlib gettext netrc base64 quopri uuid ipaddress
    traceback linecache cmd pyclbr tabnanny modulefinder pkgutil urllib wsgiref xml_etree minidom
    sax pickle pickletools code codeop cgi mailcap mimetypes nntplib colorsys bisect graphlib
    zipapp imghdr sndhdr aifc wave sunau chunk turtle stringprep locale dis asyncgen
    contextlib_async logging zoneinfo tomllib unparse symtable trace genericpath shutil tempfile
    filecmp fileinput types typing asyncio.test_tasks asyncio.test_events asyncio.test_streams
    asyncio.test_queues asyncio.test_locks asyncio.test_base_events asyncio.test_taskgroups
    asyncio.test_timeouts tarfile datetime mailbox xmlrpc smtplib imaplib poplib ftplib httplib
    urllib2 urllib2_localnet httpservers unittest doctest pdb weakref dbm_dumb shelve gzip io
    codecs pydoc lib2to3 importlib selectors queue compileall zipimport runpy platform smtpd
    telnetlib warnings strptime subprocess decimal zipfile
"""
SECONDS: Final = 150
Place = tuple[str, int, int, int]
"""A pair by name, definition line (-1: a parameter), use line and use column."""


# -- observed at run time


def trace(out: str, modules: Sequence[str]) -> None:
    """Run test modules of the standard library under the tracer, each in its own process."""
    interpreter = getattr(sys, "_base_executable", sys.executable)
    script = str(HERE / "def_use_trace.py")
    merged: dict[str, dict[str, list[Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in modules or [f"test.test_{name}" for name in _TESTS.split()]:
            part = Path(folder) / f"{name}.json"
            command = [interpreter, script, str(part), str(LIBRARY), name]
            try:
                subprocess.run(command, timeout=SECONDS, stdout=subprocess.DEVNULL, cwd=folder)
            except subprocess.TimeoutExpired:
                print(f"{name} was ended after {SECONDS} s", file=sys.stderr)
            if part.exists():
                _merge(merged, json.loads(part.read_text()))
                Path(out).write_text(json.dumps(merged))


def _merge(merged: dict[str, dict[str, list[Any]]], more: dict[str, dict[str, list[Any]]]) -> None:
    for file, parts in more.items():
        known = merged.setdefault(file, {})
        for part, entries in parts.items():
            every = dict.fromkeys(map(tuple, (*known.get(part, []), *entries)))
            known[part] = list(every)


@dataclass(slots=True)
class Score:
    """Counts of one contender against what was observed."""

    observed: int = 0
    found: int = 0
    called: int = 0
    load_run: int = 0
    both_run: int = 0
    seen: int = 0

    def told(self, name: str) -> str:
        """Tell the figures as a row of the table."""
        recall = self.found / max(self.observed, 1)
        counts = (self.called, self.load_run, self.both_run)
        shares = " | ".join(f"{count:,} | {self.seen / max(count, 1):.3f}" for count in counts)
        missed = self.observed - self.found
        return f"| {name} | {self.observed:,} | {missed:,} | {recall:.4f} | {shares} |"


def observed(path: str) -> None:
    """Print the table of ours and beniget's pairs against a trace."""
    seen = json.loads(Path(path).read_text())
    sources = {name: (LIBRARY / name).read_bytes() for name in seen}
    contenders: dict[str, dict[str, Iterable[Sequence[Any]]]] = {"ours": {}}
    for name, source in sources.items():
        units = units_of(ast.parse(source))
        contenders["ours"][name] = [pair for unit in units for pair in pairs_of(unit)]
    if PEER.exists():
        contenders["beniget"], _ = peer_pairs([LIBRARY / name for name in seen], LIBRARY)
    common = [name for name in seen if all(name in pairs for pairs in contenders.values())]
    print(f"{len(seen)} files, {len(common)} of them read by all")
    print(
        "| pairs of | observed | missed | recall | called | seen | load run | seen "
        "| both run | seen |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, pairs in contenders.items():
        for files, label in ((seen, "all files"), (common, "files read by all")):
            if any(file not in pairs for file in files):
                continue
            score = Score()
            for file in files:
                _compare(score, seen[file], pairs[file], _parameters(sources[file]))
            print(score.told(f"{name}, {label}"))


def _parameters(source: bytes) -> set[tuple[str, int, int]]:
    nodes = ast.walk(ast.parse(source))
    return {(n.arg, n.lineno, n.col_offset) for n in nodes if isinstance(n, ast.arg)}


def _compare(
    score: Score,
    seen: dict[str, Any],
    pairs: Iterable[Sequence[Any]],
    parameters: set[tuple[str, int, int]],
) -> None:
    fast = {(name, line, column) for name, kind, line, column in seen["fast"] if kind == 1}
    called = {(name, line, column) for name, kind, line, column in seen["run"] if kind == 1}
    loads = {(name, line, column) for name, kind, line, column in seen["executed"] if kind == 1}
    stores = {(name, line) for name, kind, line, _ in seen["executed"] if kind == 0}
    truth = {
        (name, line, use, column)
        for name, line, _, use, column in map(tuple, seen["pairs"])
        if not name.startswith(".")
    }
    predicted: set[Place] = set()
    for name, line, column, use, at, *_ in pairs:
        if (name, use, at) in fast:
            own = -1 if (name, line, column) in parameters else line
            predicted.add((name, own, use, at))
    run = {pair for pair in predicted if (pair[0], pair[2], pair[3]) in loads}
    both = {pair for pair in run if pair[1] == -1 or (pair[0], pair[1]) in stores}
    score.observed += len(truth)
    score.found += len(truth & predicted)
    score.called += sum((name, use, at) in called for name, _, use, at in predicted)
    score.load_run += len(run)
    score.both_run += len(both)
    score.seen += len(both & truth)


def peer_pairs(paths: Sequence[Path], root: Path) -> tuple[dict[str, Any], float]:
    """Give beniget's pairs by path below a root, and its seconds."""
    done = subprocess.run(
        [str(PEER), str(HERE / "peers" / "beniget_pairs.py")],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=True,
    )
    for line in done.stderr.splitlines():
        print(f"beniget: {line}", file=sys.stderr)
    answer = json.loads(done.stdout)
    pairs = {str(Path(path).relative_to(root)): found for path, found in answer["pairs"].items()}
    return pairs, answer["seconds"]


# -- CoRe


Instance = tuple[str, int]
Labels = dict[Instance, tuple[set[Instance], bool]]
Reads = Callable[[Unit, int], set[Instance]]
_CALLED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.alias)


def core(folder: Path, *, verbose: bool = False) -> None:
    """Print precision, recall and F1 over the annotated functions."""
    tallies = {"ours": Counter[str](), "names only": Counter[str](), "beniget": Counter[str]()}
    functions = 0
    for label in sorted((folder / "label").glob("*.yaml")):
        found = re.search(r"_(\d+)_(\d+)$", label.stem)
        assert found is not None
        rows = range(int(found[1]), int(found[2]) + 1)
        source = _modern((folder / "code" / f"{label.stem}.py").read_text())
        labels = _labels(label)
        functions += 1
        units = units_of(ast.parse(source))
        answers = {"ours": _ours(units, rows), "names only": _names(units, rows)}
        if PEER.exists():
            answers["beniget"] = _benigets(source, units, rows)
        for name, reads in answers.items():
            mutations = name == "ours"
            got = _predicted(units, labels, rows, reads, mutations=mutations)
            for instance, (wanted, _) in labels.items():
                predicted = got.get(instance, set())
                tallies[name]["right"] += len(predicted & wanted)
                tallies[name]["false"] += len(predicted - wanted)
                tallies[name]["missed"] += len(wanted - predicted)
                if verbose and mutations and predicted != wanted:
                    extra, missed = sorted(predicted - wanted), sorted(wanted - predicted)
                    print(f"{label.stem} {instance}: false {extra}, missed {missed}")
    print(f"{functions} functions")
    for name, tally in tallies.items():
        if tally:
            precision = tally["right"] / (tally["right"] + tally["false"])
            recall = tally["right"] / (tally["right"] + tally["missed"])
            f1 = 2 * precision * recall / (precision + recall)
            print(f"{name}: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")


def _labels(path: Path) -> Labels:
    answer: Labels = {}
    for key, value in yaml.safe_load(path.read_text())["variables"].items():
        instance = _instance(key)
        if instance is not None:
            wanted = map(_instance, value.get("datadep") or [])
            answer[instance] = ({each for each in wanted if each}, value.get("reset", True))
    return answer


def _instance(text: object) -> Instance | None:
    found = re.match(r"(\w+)\s+(\d+)", str(text))
    return None if found is None or found[1] == "Null" else (found[1], int(found[2]))


def _modern(source: str) -> str:
    """Turn Python 2 into Python 3, lines unchanged."""
    try:
        ast.parse(source)
        return source
    except SyntaxError:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from lib2to3.refactor import RefactoringTool  # gone with Python 3.13
        fixes = ["print", "except", "exec", "raise", "ne", "numliterals", "tuple_params", "repr"]
        tool = RefactoringTool([f"lib2to3.fixes.fix_{fix}" for fix in fixes])
        return str(tool.refactor_string(source.expandtabs(8).rstrip() + "\n", "source"))


def _predicted(
    units: list[Unit], labels: Labels, rows: range, reads: Reads, *, mutations: bool
) -> dict[Instance, set[Instance]]:
    answer: dict[Instance, set[Instance]] = defaultdict(set)
    kinds = (BINDING, MUTATION) if mutations else (BINDING,)
    for unit in units:
        if unit.module or unit.node.lineno not in rows:
            continue
        made: dict[Instance, list[Definition]] = defaultdict(list)
        for definition in unit.definitions:
            if definition.kind in kinds and definition.var not in unit.private:
                made[unit.names[definition.var], definition.node.lineno].append(definition)
        used: dict[Instance, list[int]] = defaultdict(list)
        for use, var in enumerate(unit.use_vars):
            if var not in unit.private:
                used[unit.names[var], unit.use_nodes[use].lineno].append(use)
        for instance, (_, is_set) in labels.items():
            if is_set and instance in made:
                uses = [use for each in made[instance] for use in _sources(unit, each)]
            else:
                uses = used[instance]
            for use in uses:
                answer[instance] |= reads(unit, use)
    return answer


def _sources(unit: Unit, definition: Definition) -> Iterator[int]:
    for use in range(definition.first, definition.last):
        if use != definition.skip and unit.use_vars[use] not in unit.private:
            yield use


def _ours(units: list[Unit], rows: range) -> Reads:
    states = states_of(units)
    by_unit = {id(unit): states.get(place, unit.reached) for place, unit in enumerate(units)}
    return _reader(units, rows, lambda unit, use: by_unit[id(unit)][use])


def _names(units: list[Unit], rows: range) -> Reads:
    return _reader(units, rows, lambda unit, use: unit.reached[use])


def _reader(
    units: list[Unit], rows: range, reached: Callable[[Unit, int], tuple[Definition, ...]]
) -> Reads:
    captured: dict[int, list[Definition]] = defaultdict(list)
    private = {
        id(definition)
        for unit in units
        for definition in unit.definitions
        if definition.var in unit.private
    }
    for unit in units:
        for definition, node in unit.captured:
            captured[id(node)].append(definition)

    def reads(unit: Unit, use: int) -> set[Instance]:
        node = unit.use_nodes[use]
        return {
            (unit.names[unit.use_vars[use]], each.node.lineno)
            for each in reached(unit, use) or captured[id(node)]
            if each.node.lineno in rows and id(each) not in private and not _is_called(each)
        }

    return reads


def _is_called(definition: Definition) -> bool:
    return isinstance(definition.node, _CALLED) or isinstance(definition.value, ast.Lambda)


def _benigets(source: str, units: list[Unit], rows: range) -> Reads:
    """Read beniget's chains at our uses, without functions that are called."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "core.py"
        path.write_text(source)
        found, _ = peer_pairs([path], Path(folder))
    called = {
        (definition.node.lineno, unit.names[definition.var])
        for unit in units
        for definition in unit.definitions
        if _is_called(definition)
    }
    chains: dict[tuple[int, int], set[Instance]] = defaultdict(set)
    for name, line, _, use, column in found.get("core.py", []):
        if line in rows and (line, name) not in called:
            chains[use, column].add((name, line))

    def reads(unit: Unit, use: int) -> set[Instance]:
        node = unit.use_nodes[use]
        return chains[node.lineno, node.col_offset]

    return reads


# -- speed


def speed(folders: Sequence[Path]) -> None:
    """Print the time over all Python files of each folder, and beniget's on the same."""
    for folder in folders:
        paths = sorted(path for path in folder.rglob("*.py") if path.is_file())
        lines, parsing, solving, changing, pairs = 0, 0.0, 0.0, 0.0, Counter[PairKind]()
        with collector_paused():
            for path in paths:
                source = path.read_bytes()
                begun = time.process_time()
                try:
                    tree = ast.parse(source)
                except (SyntaxError, ValueError):
                    continue
                parsed = time.process_time()
                units = units_of(tree, walrus=b":=" in source)
                solved = time.process_time()
                found = _all_pairs(units)
                changing += time.process_time() - solved
                solving += solved - parsed
                parsing += parsed - begun
                lines += source.count(b"\n")
                pairs.update(pair.kind for pair in found)
        each = [seconds / max(lines, 1) * 1e6 for seconds in (parsing, solving, changing)]
        print(
            f"{folder.name}: {lines:,} lines, {pairs.total():,} pairs; µs a line: parsing "
            f"{each[0]:.1f}, names {each[1]:.1f}, mutations and telling the pairs {each[2]:.1f}"
        )
        print("    " + ", ".join(f"{kind.value} {count:,}" for kind, count in pairs.items()))
        if PEER.exists():
            known, seconds = peer_pairs(paths, folder)
            print(f"    beniget: {seconds / max(lines, 1) * 1e6:.1f} µs a line, {len(known)} files")


def _all_pairs(units: list[Unit]) -> list[Pair]:
    states = states_of(units)
    return [pair for place, unit in enumerate(units) for pair in pairs_of(unit, states.get(place))]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    tracing = commands.add_parser("trace")
    tracing.add_argument("out")
    tracing.add_argument("modules", nargs="*")
    commands.add_parser("observed").add_argument("trace")
    annotated = commands.add_parser("core")
    annotated.add_argument("folder", type=Path)
    annotated.add_argument("--verbose", action="store_true", help="every disagreement")
    commands.add_parser("speed").add_argument("folders", type=Path, nargs="*")
    arguments = parser.parse_args()
    if arguments.command == "trace":
        trace(arguments.out, arguments.modules)
    elif arguments.command == "observed":
        observed(arguments.trace)
    elif arguments.command == "core":
        core(arguments.folder, verbose=arguments.verbose)
    else:
        speed(arguments.folders or [DEFAULT_ROOT / "django"])


if __name__ == "__main__":
    main()
