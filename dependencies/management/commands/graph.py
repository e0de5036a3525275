"""manage.py graph PATH…: what the atoms below some paths need of each other; needs no database."""

import json
import resource
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from atomization.collector import collector_paused
from atomization.presentation import visible
from atomization.source_walk import WalkRefused, find_sources
from dependencies.call_graph import CallGraph, call_graph_of, merged
from dependencies.dependency_service import (
    Dependencies,
    DependencyService,
    Quoter,
    Schedule,
    joined,
)
from dependencies.edges import Edge
from dependencies.graph import Cycle, Engine
from dependencies.report import Report, left_out
from dependencies.sources import Sources, read_sources
from dependencies.wave_board import Square, draw
from dependencies.wave_generator import Policy
from devmatrix.output import OutputRefused, output, silence_stdout

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
SHOWN_TROUBLES = 20
OUTPUTS = ("json", "calls", "svg")
Write = Callable[[bytes], object]
Cycles = Sequence[Cycle[Edge]]


class Command(BaseCommand):
    """Find the dependencies of sources and part them into waves."""

    help = (
        "Find what the atoms of Python, TypeScript and JavaScript sources need of each other, and "
        "in which waves they can be made. Nothing is stored and no database is needed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a source file or a directory")
        parser.add_argument(
            "--policy",
            choices=[policy.value for policy in Policy],
            default=Policy.CONTRACT.value,
            help="which edges order the waves (default: contract)",
        )
        parser.add_argument(
            "--json", metavar="FILE", default="", help="write everything as JSON; - is stdout"
        )
        parser.add_argument(
            "--calls", metavar="FILE", default="", help="write the call graph as PyCG's JSON"
        )
        parser.add_argument("--svg", metavar="FILE", default="", help="draw the waves")
        parser.add_argument(
            "--max-width", type=_count, metavar="N", help="at most so many atoms in a wave"
        )
        parser.add_argument(
            "--min-confidence",
            type=_share,
            default=settings.DEVMATRIX["MIN_EDGE_CONFIDENCE"],
            metavar="X",
            help="leave out edges that are less sure, 0 to 1 (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _check_outputs(options)
        try:
            with ExitStack() as stack:
                writers = {name: stack.enter_context(output(options[name])) for name in OUTPUTS}
                faults = self._work(options, writers)
        except (WalkRefused, OutputRefused) as error:
            raise CommandError(visible(str(error)), returncode=BAD_INPUT) from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted.", returncode=INTERRUPTED) from error
        except BrokenPipeError as error:  # whoever read the output has had enough
            silence_stdout()
            raise SystemExit(FAILED) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise CommandError(
                f"The output cannot be written ({reason}); make room or name another file.",
                returncode=FAILED,
            ) from error
        if faults:
            shown = faults[:SHOWN_TROUBLES]
            rest = [f"and {len(faults) - len(shown):,} more"] if len(faults) > len(shown) else []
            raise CommandError(visible("\n".join([*shown, *rest])), returncode=FAILED)

    def _work(self, options: dict[str, Any], writers: dict[str, Write]) -> list[str]:
        """Do it all; returns one sentence for each file that could not be done."""
        began, cpu = time.monotonic(), time.process_time()
        console = Console(stderr="-" in (options[name] for name in OUTPUTS))
        sources = read_sources(find_sources(options["paths"]))
        if not sources.projects and not sources.unreadable:
            raise WalkRefused(_nothing(options["paths"], sources))
        service = DependencyService(
            min_confidence=options["min_confidence"],
            engine=Engine(settings.DEVMATRIX["GRAPH_ENGINE"]),
        )
        found = _analyzed(service, sources)
        cpu = time.process_time() - cpu
        asked = Policy(options["policy"])
        other = next(policy for policy in Policy if policy is not asked)
        schedules = [
            found.schedule(policy, max_width=options["max_width"]) for policy in (asked, other)
        ]
        cycles = found.cycles()
        report = Report(console, visible)
        report.all_of(sources, found, schedules, cycles, min_confidence=service.min_confidence)
        for text in _json(sources, found, schedules, cycles) if options["json"] else ():
            writers["json"](text.encode())
        if options["calls"]:
            calls = _calls(sources, service.min_confidence)
            writers["calls"](json.dumps(calls, indent=2).encode() + b"\n")
        if options["svg"]:
            writers["svg"](_picture(sources, found, schedules[0], cycles).encode())
        if sources.skipped:
            report.say(left_out(sources.skipped))
        lines = sum(file.slots[-1].end_line for file in sources.files if file.slots)
        report.say(_pace(lines, cpu, time.monotonic() - began))
        return sources.unreadable


def _nothing(paths: Sequence[str], sources: Sources) -> str:
    return (
        f"{', '.join(paths)} holds nothing that can be analyzed "
        f"({left_out(sources.skipped).lower()}); name a file or directory that does."
    )


def _count(text: str) -> int:
    """Read a number from 1 up."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number from 1 up")
    return int(text)


def _share(text: str) -> float:
    """Read a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"{text!r} is no number from 0 to 1")
    return number


def _check_outputs(options: dict[str, Any]) -> None:
    """Refuse two kinds of output in one place: one would be lost, or both be unreadable."""
    named = [options[name] for name in OUTPUTS if options[name]]
    for name in named:
        if named.count(name) > 1:
            where = "standard output" if name == "-" else name
            raise CommandError(
                visible(f"Only one of --json, --calls and --svg can go to {where}."),
                returncode=BAD_INPUT,
            )


def _analyzed(service: DependencyService, sources: Sources) -> Dependencies:
    """Analyze each project; one that ends in a defect of ours is told, its atoms stay."""
    parts = []
    with collector_paused():
        for project in sources.projects:
            try:
                found = service.analyze(project.files, configs=project.configs)
            except Exception as error:
                found = Dependencies(service.keys(project.files), ())
                sources.unreadable.append(
                    f"{project.root}: the dependencies of its {len(project.files):,} files could "
                    f"not be analyzed ({type(error).__name__}: {error})"
                )
            parts.append(found.under(project.prefix))
    return joined(parts)


def _calls(sources: Sources, min_confidence: float) -> CallGraph:
    """Find the calls below each path that was named; where that fails, it is told."""
    graphs = {}
    named = [
        (project, name, files)
        for project in sources.projects
        for name, files in project.named.items()
    ]
    for project, name, files in named:
        prefix = ".".join((project.prefix or f"{name}/").split("/")) if len(named) > 1 else ""
        try:
            whole = Path(name).resolve().as_posix() == project.root
            graph = call_graph_of(
                files,
                min_confidence=min_confidence,
                configs=project.configs if whole else {},
            )
        except Exception as error:
            sources.unreadable.append(
                f"{name}: its calls could not be analyzed ({type(error).__name__}: {error})"
            )
            continue
        graphs[prefix] = graph, files
    return merged(graphs)


def _json(
    sources: Sources,
    found: Dependencies,
    schedules: Sequence[Schedule],
    cycles: Cycles,
) -> Iterator[str]:
    """Give the whole result as one JSON object, an atom or edge a line."""
    head = {
        **schedules[0].to_json(),
        "atoms_total": len(found.atoms),
        "edges_total": len(found.edges),
        "edges_too_unsure": found.unsure,
        "other_policy": schedules[1].to_json(),
        "roots": [
            {"root": project.root, "prefix": project.prefix, "files": len(project.files)}
            for project in sources.projects
        ],
        "left_out": {reason.value: count for reason, count in sources.skipped.items()},
        "unreadable": sources.unreadable,
    }
    yield json.dumps({"summary": head})[:-1]
    waves = schedules[0].plan.waves
    yield from _listed("problems", (problem.to_json() for problem in found.problems))
    yield from _listed("waves", (list(wave) for wave in waves))
    yield from _listed("critical_path", schedules[0].plan.critical_path)
    yield from _listed("cycles", (_cycle(cycle, schedules[0]) for cycle in cycles))
    yield from _listed("atoms", _atoms(sources, schedules[0], cycles))
    yield from _listed("edges", _edges(sources, found))
    yield "}\n"


def _cycle(cycle: Cycle[Edge], schedule: Schedule) -> dict[str, Any]:
    return {
        "atoms": list(cycle.members),
        "made_as_one": schedule.ties(cycle),
        "round": [_brief(edge) for edge in cycle.round],
        "closing": [_brief(edge) for edge in cycle.closing],
        "edges": [_brief(edge) for edge in cycle.edges],
    }


def _brief(edge: Edge) -> dict[str, Any]:
    return {
        "dependent": edge.dependent,
        "dependency": edge.dependency,
        "kind": edge.kind.value,
        "hard": edge.hard,
        "line": edge.line,
        "reason": edge.reason,
    }


def _listed(name: str, items: Iterator[Any] | Sequence[Any]) -> Iterator[str]:
    yield f',\n"{name}": ['
    mark = "\n"
    for item in items:
        yield mark + json.dumps(item)
        mark = ",\n"
    yield "]"


def _atoms(sources: Sources, schedule: Schedule, cycles: Cycles) -> Iterator[dict[str, Any]]:
    wave_of = schedule.wave_of()
    cycle_of = {
        key: number for number, cycle in enumerate(cycles, start=1) for key in cycle.members
    }
    for project in sources.projects:
        for file in project.files:
            for at, slot in enumerate(file.slots):
                key = project.prefix + file.key(at)
                yield {
                    "key": key,
                    "path": project.prefix + file.path,
                    "name": slot.name,
                    "kind": slot.kind.value,
                    "language": file.language.value,
                    "lines": [slot.start_line, slot.end_line],
                    "wave": wave_of[key],
                    "cycle": cycle_of.get(key),
                }


def _edges(sources: Sources, found: Dependencies) -> Iterator[dict[str, Any]]:
    quoter = Quoter(sources.prefixed_files())
    return (quoter.explained(edge).to_json() for edge in found.edges)


def _picture(sources: Sources, found: Dependencies, schedule: Schedule, cycles: Cycles) -> str:
    wave_of = schedule.wave_of()
    squares = [
        Square(key, wave_of[key], slot.kind.value, visible(key))
        for project in sources.projects
        for file in project.files
        for at, slot in enumerate(file.slots)
        for key in [project.prefix + file.key(at)]
    ]
    return draw(
        squares,
        chain=schedule.plan.critical_path,
        tied={key for cycle in cycles for key in cycle.members},
        legend=True,
    )


def _pace(lines: int, cpu: float, seconds: float) -> str:
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rate = f", {lines / cpu:,.0f} lines/s" if cpu else ""
    return (
        f"Read and analyzed in {cpu:.1f} s of CPU{rate}; {seconds:.1f} s in all, {megabytes:,} MB"
    )
