"""Call graphs of scripts against the truth: ``python benchmarks/script_callgraph.py COMMAND …``.

``snippets DIR``: SWARM-JS, or anything in its layout (scripts beside ``callgraph.json``): precision
and recall of the edges pooled over all snippets, exact snippets, a table of categories; ``--diff``
shows the wrong edges, ``--outside`` names built-in and external functions, too.
``speed DIR …``: seconds and lines a second on one core by phase, what is found, and peak memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from atomization.collector import collector_paused  # noqa: E402
from atomization.parser import language_of  # noqa: E402
from atomization.reading import read  # noqa: E402
from benchmarks.calls.graphs import Edges, Score, compare, differences, edges_of, snippets_of  # noqa: E402
from dependencies.points_to.script import callgraph  # noqa: E402
from dependencies.points_to.script.calls import SCRIPTS, Project  # noqa: E402


def main() -> int:
    """Run one command; the exit status is 1 when there was nothing to measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    snippets = commands.add_parser("snippets")
    snippets.add_argument("directory", type=Path)
    snippets.add_argument("--diff", action="store_true")
    snippets.add_argument("--outside", action="store_true")
    snippets.set_defaults(run=_snippets)
    speed = commands.add_parser("speed")
    speed.add_argument("directories", type=Path, nargs="+")
    speed.set_defaults(run=_speed)
    options = parser.parse_args()
    status: int = options.run(options)
    return status


def _snippets(options: argparse.Namespace) -> int:
    scores: dict[str, list[tuple[Score, bool]]] = defaultdict(list)
    for snippet in snippets_of(options.directory):
        ours = _edges(snippet.directory, outside=options.outside)
        same = ours == snippet.truth
        scores[snippet.category].append((compare(ours, snippet.truth), same))
        if options.diff and not same:
            print(snippet.name, *differences(ours, snippet.truth), sep="\n  ")
    for category, found in scores.items():
        _line(category, found)
    _line("all", [one for found in scores.values() for one in found])
    return 0 if scores else 1


def _edges(folder: Path, *, outside: bool) -> Edges:
    project = Project()
    for path in _scripts(folder):
        language = language_of(path.name)
        if language is not None:
            name = path.relative_to(folder).as_posix()
            project.add(name, read(path.read_bytes(), language))
    return edges_of(callgraph(project.solved(), outside=outside))


def _scripts(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and language_of(path.name) in SCRIPTS:
            yield path


def _line(name: str, found: list[tuple[Score, bool]]) -> None:
    pooled = sum((score for score, _ in found), Score())
    exact = sum(same for _, same in found)
    print(f"{name:<18} exact {exact:>3}/{len(found):<3}  {pooled}")


def _speed(options: argparse.Namespace) -> int:
    for directory in options.directories:
        with collector_paused():
            _time(directory)
    return 0


def _time(directory: Path) -> None:
    found = list(_scripts(directory))
    lines, marks = 0, [process_time()]
    readings = []
    for path in found:
        language, source = language_of(path.name), path.read_bytes()
        if language is not None:
            lines += source.count(b"\n")
            readings.append((path.relative_to(directory).as_posix(), read(source, language)))
    marks.append(process_time())
    project = Project()
    for name, reading in readings:
        project.add(name, reading)
    marks.append(process_time())
    calls = project.solved()
    marks.append(process_time())
    inner = [call for call in calls.calls if call.callee.path]
    sites = {(call.path, call.line, call.column) for call in inner}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    parse, lower, solve = (after - before for before, after in pairwise(marks))
    print(
        f"{directory.name}: {lines:,} lines, {lines / (marks[-1] - marks[0]):,.0f} a second "
        f"(parse {parse:.1f} s, lower {lower:.1f} s, solve {solve:.1f} s), {peak:,} MB at most; "
        f"{len(inner):,} edges from {len(sites):,} places, {len(calls.problems)} problems"
    )
    ways = Counter(call.how.value for call in inner)
    print("  " + ", ".join(f"{how} {count:,}" for how, count in ways.most_common()))


if __name__ == "__main__":
    sys.exit(main())
