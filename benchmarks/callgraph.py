"""Call graphs against the truth: ``python benchmarks/callgraph.py COMMAND …``.

``snippets DIR``: PyCG's micro-benchmark, or anything in its layout; pooled precision and recall,
exact snippets, a table of categories, and the wrong edges with ``--diff``.
``score DIR TRUTH.json``: one directory against one graph.
``trace PACKAGE …``: runs the packages' own test suites and keeps every call (all without a name).
``projects PACKAGE …``: recall and the bounds of precision on what was traced, a tool a block.
``misses PACKAGE …``: classes of missing and of false edges, with examples; not of packages that
are held out unless they are named.
``sample PACKAGE …``: predicted edges, drawn at random, with their lines, to look at.
``speed DIR``: lines a second and core for edges of all kinds, phase by phase, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.calls.graphs import (  # noqa: E402
    Edges,
    Score,
    compare,
    differences,
    edges_of,
    load,
    snippets_of,
)
from benchmarks.calls.packages import PACKAGES, Package, package_named  # noqa: E402
from benchmarks.calls.projects import Result, inner_edges, known_of, lines_naming  # noqa: E402
from benchmarks.calls.projects import score as score_project  # noqa: E402
from benchmarks.calls.reasons import false_by_class, missing_by_class, ranked  # noqa: E402
from benchmarks.calls.sites import Trace, load_trace, named, save, sources_of  # noqa: E402
from benchmarks.calls.speed import time_calls, time_edges  # noqa: E402
from benchmarks.calls.tools import TOOLS, ToolError  # noqa: E402
from benchmarks.calls.tracing import record  # noqa: E402

_HEAD: Final = (
    f"  {'package':<24}{'recall':>17}{'calls only':>11}{'precision by lines':>22}{'strict':>9}"
    f"{'lenient':>9}"
)


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 when there was nothing to measure."""
    options = _parser().parse_args(argv)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    snippets = commands.add_parser("snippets", help="a directory in the micro-benchmark's layout")
    snippets.add_argument("directory", type=Path, metavar="DIR")
    snippets.set_defaults(run=run_snippets)
    score = commands.add_parser("score", help="one directory and its graph")
    score.add_argument("directory", type=Path, metavar="DIR")
    score.add_argument("truth", type=Path, metavar="TRUTH.json")
    score.set_defaults(run=run_score)
    trace = commands.add_parser("trace", help="run test suites and keep their calls")
    trace.set_defaults(run=run_trace)
    projects = commands.add_parser("projects", help="score tools on traced packages")
    projects.add_argument("--tools", nargs="+", choices=TOOLS, default=["ours"])
    projects.set_defaults(run=run_projects)
    misses = commands.add_parser("misses", help="classes of missing and false edges")
    misses.add_argument("--tool", choices=TOOLS, default="ours")
    misses.add_argument("--examples", type=int, default=6, metavar="N")
    misses.set_defaults(run=run_misses)
    sample = commands.add_parser("sample", help="draw predicted edges to look at")
    sample.add_argument("--tool", choices=TOOLS, default="ours")
    sample.add_argument("--count", type=int, default=100, metavar="N")
    sample.add_argument("--seed", type=int, default=4)
    sample.set_defaults(run=run_sample)
    speed = commands.add_parser("speed", help="time the analysis of a directory")
    speed.add_argument("directory", type=Path, metavar="DIR")
    speed.add_argument("--calls", action="store_true", help="the call graph alone as well")
    speed.set_defaults(run=run_speed)
    for command in (trace, projects, misses, sample):
        command.add_argument("packages", nargs="*", metavar="PACKAGE")
    for command in (snippets, score):
        command.add_argument("--tool", choices=TOOLS, default="ours")
        command.add_argument("--diff", action="store_true", help="print the wrong edges")
        command.add_argument(
            "--ours",
            type=Path,
            metavar="FILE",
            help="score this file instead: a graph, or for snippets an object of graphs by name",
        )
    return parser


def run_snippets(options: argparse.Namespace) -> int:
    """Score a tool on every snippet below a directory."""
    snippets = list(snippets_of(options.directory))
    if not snippets:
        print(f"{options.directory}: no callgraph.json below it", file=sys.stderr)
        return 1
    given = json.loads(options.ours.read_text("utf-8")) if options.ours else None
    scores: dict[str, list[Score]] = defaultdict(list)
    exact: dict[str, int] = defaultdict(int)
    for snippet in snippets:
        if given is not None:
            edges: Edges = edges_of(given.get(snippet.name, {}))
        else:
            edges = _edges(options.tool, snippet.directory)
        scores[snippet.category].append(compare(edges, snippet.truth))
        exact[snippet.category] += edges == snippet.truth
        if options.diff and edges != snippet.truth:
            print(snippet.name)
            for line in differences(edges, snippet.truth):
                print(f"    {line}")
    for category, found in scores.items():
        _print(category, found, exact[category])
    _print("all", [score for found in scores.values() for score in found], sum(exact.values()))
    return 0


def _print(name: str, scores: list[Score], exact: int) -> None:
    print(f"{name:<20}{exact:>4}/{len(scores):<4} exact  {sum(scores, Score())}")


def _edges(tool: str, directory: Path) -> Edges:
    try:
        return edges_of(TOOLS[tool](directory))
    except ToolError as error:
        print(f"{directory}: {error}", file=sys.stderr)
        return frozenset()


def run_score(options: argparse.Namespace) -> int:
    """Score a tool on one directory."""
    truth = edges_of(load(options.truth))
    edges = (
        edges_of(load(options.ours)) if options.ours else _edges(options.tool, options.directory)
    )
    if options.diff:
        for line in differences(edges, truth):
            print(line)
    print(compare(edges, truth))
    return 0


def _chosen(options: argparse.Namespace, *, held_out: bool = True) -> list[Package]:
    """Give the packages that were named, or all of the list."""
    if options.packages:
        return [package_named(name) for name in options.packages]
    return [package for package in PACKAGES if held_out or not package.held_out]


def run_trace(options: argparse.Namespace) -> int:
    """Trace packages; one that fails is told and the others go on."""
    failed = 0
    for package in _chosen(options):
        try:
            suite = record(package)
            trace = named(package)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"{package.folder:<24}{type(error).__name__}: {error}", flush=True)
            continue
        save(package, suite, trace)
        print(
            f"{package.folder:<24}{len(trace.edges()):>6} edges at {len(trace.sites)} places, "
            f"{len(trace.indirect)} indirect, {len(trace.began)} functions; {suite}",
            flush=True,
        )
    return 1 if failed else 0


def _traced(packages: Iterable[Package]) -> Iterator[tuple[Package, Trace]]:
    for package in packages:
        if package.trace.exists():
            yield package, load_trace(package)
        else:
            print(f"{package.folder}: not traced yet (callgraph.py trace)", file=sys.stderr)


def run_projects(options: argparse.Namespace) -> int:
    """Score tools on the traced packages, and ours beside each where that one finished."""
    traced = list(_traced(_chosen(options)))
    finished = {tool: _score_tool(tool, traced) for tool in options.tools}
    mine = finished.pop("ours", {})
    for tool, results in finished.items():
        shared = [name for name in results if name in mine]
        if shared:
            print(f"where both {tool} and ours finished ({len(shared)} packages)")
            theirs = reduce(add, (results[name] for name in shared))
            own = reduce(add, (mine[name] for name in shared))
            _print_result(f"  {tool}", theirs)
            _print_result("  ours", own)
            for what, ratio in _ratios(own, theirs):
                print(f"    ours / {tool}: {what} {ratio:.2f}")
    return 0


def _score_tool(tool: str, traced: list[tuple[Package, Trace]]) -> dict[str, Result]:
    """Print a tool's table; gives the results of the packages that it finished."""
    print(f"{tool}")
    print(_HEAD)
    results: dict[str, Result] = {}
    pools: dict[str, Result] = {}
    for package, trace in traced:
        started = process_time() if tool == "ours" else perf_counter()
        try:
            graph = TOOLS[tool](package.sources)
        except ToolError as error:
            print(f"  {package.folder:<24}{error}", flush=True)
            continue
        seconds = (process_time() if tool == "ours" else perf_counter()) - started
        result = score_project(graph, trace, known_of(sources_of(package.sources)))
        results[package.name] = result
        _print_result(package.folder, result, f"{seconds:.1f} s")
        for pool in ("held out" if package.held_out else "looked at", "all"):
            pools[pool] = pools[pool] + result if pool in pools else result
    for pool, result in pools.items():
        _print_result(pool, result)
    print(f"  finished {len(results)} of {len(traced)} packages")
    for kind, found in pools["all"].by_kind.items() if pools else ():
        print(f"    recall of kind {kind:<12}{found.recall:.3f} ({found.right}/{found.true})")
    return results


def _ratios(own: Result, theirs: Result) -> Iterator[tuple[str, float]]:
    pairs = [
        ("recall", own.recall.recall, theirs.recall.recall),
        ("recall of calls", own.by_kind["call"].recall, theirs.by_kind["call"].recall),
        ("precision by lines", own.by_lines.precision, theirs.by_lines.precision),
    ]
    return ((what, ours / other) for what, ours, other in pairs if other)


def _print_result(name: str, result: Result, note: str = "") -> None:
    recall, lines, strict = result.recall, result.by_lines, result.strict
    counts = f"({recall.right}/{recall.true})"
    calls = result.by_kind.get("call", Score())
    false = f"({lines.predicted - lines.right} false)"
    print(
        f"  {name:<24}{recall.recall:.3f} {counts:>11}{calls.recall:>11.3f}"
        f"{lines.precision:>9.3f} {false:>13}{strict.precision:>9.3f}"
        f"{result.lenient.precision:>9.3f}  {note}",
        flush=True,
    )


def run_misses(options: argparse.Namespace) -> int:
    """Print the classes of what is missing and of what is false, over all packages."""
    missing: defaultdict[str, list[str]] = defaultdict(list)
    false: defaultdict[str, list[str]] = defaultdict(list)
    pool = None
    for package, trace in _traced(_chosen(options, held_out=False)):
        sources = sources_of(package.sources)
        known = known_of(sources)
        try:
            graph = TOOLS[options.tool](package.sources)
        except ToolError as error:
            print(f"  {package.folder:<24}{error}", flush=True)
            continue
        result = score_project(graph, trace, known)
        _print_result(package.folder, result)
        pool = pool + result if pool else result
        for name, found in missing_by_class(result.missing, trace, sources).items():
            missing[name] += found
        for name, found in false_by_class(result.false, known, sources).items():
            false[name] += found
    if pool is None:
        return 1
    _print_result("all", pool)
    print(f"\nMISSING ({sum(map(len, missing.values()))})")
    print("\n".join(ranked(missing, options.examples)))
    print(f"\nFALSE by lines ({sum(map(len, false.values()))})")
    print("\n".join(ranked(false, options.examples)))
    return 0


def run_sample(options: argparse.Namespace) -> int:
    """Print predicted edges of all packages with what names them."""
    drawn = []
    for package, trace in _traced(_chosen(options)):
        sources = sources_of(package.sources)
        known = known_of(sources)
        ran = trace.edges()
        try:
            graph = TOOLS[options.tool](package.sources)
        except ToolError as error:
            print(f"{package.folder}: {error}", file=sys.stderr)
            continue
        for edge in sorted(inner_edges(graph, known)):
            drawn.append((package, sources, known, edge, "ran" if edge in ran else "not seen"))
    for package, sources, known, edge, seen in random.Random(options.seed).sample(
        drawn, min(options.count, len(drawn))
    ):
        path, lines = lines_naming(edge, known)
        print(f"{package.name}: {edge[0]} -> {edge[1]}  [{seen}]")
        for line in sorted(lines)[:3]:
            print(f"    {path}:{line}: {sources[path].lines[line - 1].strip()}")
    return 0


def run_speed(options: argparse.Namespace) -> int:
    """Time all kinds of edges, and the call graph alone if asked."""
    timing = time_edges(options.directory)
    found = ", ".join(f"{count:,} {kind}" for kind, count in sorted(timing.edges.items()))
    print(f"{timing.files:,} files, {timing.lines:,} lines, {timing.atoms:,} atoms; edges: {found}")
    print(f"{timing.problems} places not analyzed")
    for phase in timing.phases:
        _print_phase(phase.name, phase.seconds, timing.lines, phase.peak)
    _print_phase("all", timing.seconds, timing.lines, max(each.peak for each in timing.phases))
    if options.calls:
        try:
            phase, edges = time_calls(options.directory)
        except ToolError as error:
            print(error)
            return 1
        _print_phase(f"{phase.name} ({edges:,} edges)", phase.seconds, timing.lines, phase.peak)
    return 0


def _print_phase(name: str, seconds: float, lines: int, peak: float) -> None:
    rate = lines / seconds if seconds else 0.0
    print(f"  {name:<36}{seconds:>8.2f} s CPU {rate:>10,.0f} lines/s{peak:>9,.0f} MB at most")


if __name__ == "__main__":
    sys.exit(main())
