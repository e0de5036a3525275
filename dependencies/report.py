"""What the analysis of a project found, as tables and sentences in a terminal.

Names come from strangers' files: whoever prints passes the function that makes them harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from atomization.source_walk import Skipped
from dependencies.dependency_service import Dependencies, Schedule
from dependencies.edges import Edge, EdgeKind, Problem
from dependencies.graph import Cycle
from dependencies.sources import Sources
from dependencies.wave_generator import Policy

SHOWN_CYCLES: Final = 5
SHOWN_IN_CYCLE: Final = 8
SHOWN_CHAIN: Final = 12
SHOWN_PROBLEMS: Final = 20
SHOWN_WAVES: Final = 30

_MEANING: Final = {
    Policy.CONTRACT: "a signature is enough to write a caller",
    Policy.STRICT: "everything that an atom needs comes first",
}


@dataclass(frozen=True, slots=True)
class Report:
    """Prints to a console; ``shown`` makes a name from a source harmless."""

    console: Console
    shown: Callable[[str], str]

    def say(self, text: str = "") -> None:
        """Print a line as it is: no markup, no wrapping."""
        self.console.print(Text(self.shown(text)), soft_wrap=True)

    def all_of(
        self,
        sources: Sources,
        found: Dependencies,
        schedules: Sequence[Schedule],
        cycles: Sequence[Cycle[Edge]],
        *,
        min_confidence: float,
    ) -> None:
        """Print everything; the first of the schedules is the one that was asked for."""
        self.console.print(_sources(sources))
        self.console.print(_edges(found.edges))
        self.console.print(_resolved(found.edges))
        if found.unsure:
            self.say(
                f"{found.unsure:,} edge{_s(found.unsure)} left out: "
                f"confidence below {min_confidence:g}"
            )
        self.console.print(_waves(schedules))
        for policy in (schedule.plan.policy for schedule in schedules):
            self.say(f"{policy.value}: {_MEANING[policy]}")
        self.say(_sizes(schedules[0]))
        self._critical_path(schedules[0].plan.critical_path)
        self._cycles(cycles, schedules[0])
        self._problems(found.problems)

    def _critical_path(self, path: Sequence[str]) -> None:
        if len(path) < 2:
            return
        self.say(f"Longest chain ({len(path):,} atoms, each needs the one above it):")
        for key in path[:SHOWN_CHAIN]:
            self.say(f"  {key}")
        self._more(len(path) - SHOWN_CHAIN)

    def _cycles(self, cycles: Sequence[Cycle[Edge]], schedule: Schedule) -> None:
        if not cycles:
            self.say("No cycles.")
            return
        atoms = sum(len(cycle.members) for cycle in cycles)
        made = sum(schedule.ties(cycle) for cycle in cycles)
        self.say(
            f"Cycles: {atoms:,} atoms need each other in {len(cycles):,} group{_s(len(cycles))}, "
            f"{made:,} of which must be made as one."
        )
        for cycle in sorted(cycles, key=lambda cycle: -len(cycle.members))[:SHOWN_CYCLES]:
            self.say(
                f"  {len(cycle.members):,} atoms, {len(cycle.edges):,} edges among them, "
                f"{len(cycle.closing):,} of which close it; a shortest way around:"
            )
            for edge in cycle.round[:SHOWN_IN_CYCLE]:
                self.say(f"    {told(edge)}")
            self._more(len(cycle.round) - SHOWN_IN_CYCLE, "    ")
        self._more(len(cycles) - SHOWN_CYCLES, "  ", "group")

    def _problems(self, problems: Sequence[Problem]) -> None:
        if not problems:
            self.say("Everything that was read was analyzed.")
            return
        files = len({problem.path for problem in problems})
        self.say(f"Not analyzed, or only in part: {files:,} file{_s(files)}")
        for problem in problems[:SHOWN_PROBLEMS]:
            self.say(f"  {problem.path}:{problem.line}: {problem.message}")
        self._more(len(problems) - SHOWN_PROBLEMS)

    def _more(self, count: int, indent: str = "  ", what: str = "") -> None:
        if count > 0:
            self.say(f"{indent}and {count:,} more{f' {what}{_s(count)}' if what else ''}")


def told(edge: Edge) -> str:
    """Tell an edge in one line: its ends, its reason, its place."""
    strength = "hard" if edge.hard else "contract"
    return (
        f"{edge.dependent} → {edge.dependency} "
        f"({edge.kind.value}, {strength}; line {edge.line}: {edge.reason})"
    )


def left_out(skipped: Counter[Skipped]) -> str:
    """Say how many entries were left out, by reason; empty for none."""
    if not skipped.total():
        return ""
    return "Left out: " + ", ".join(f"{count:,} {why}" for why, count in skipped.most_common())


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    return table


def _sources(sources: Sources) -> Table:
    table = _table("Sources", "language", "files", "lines", "atoms")
    rows: dict[str, list[int]] = {}
    for file in sources.files:
        row = rows.setdefault(file.language.value, [0, 0, 0])
        row[0] += 1
        row[1] += max((slot.end_line for slot in file.slots), default=0)
        row[2] += len(file.slots)
    _totalled(table, rows)
    return table


def _edges(edges: Iterable[Edge]) -> Table:
    table = _table("Edges", "kind", "hard", "contract", "all")
    rows: dict[str, list[int]] = {kind.value: [0, 0, 0] for kind in EdgeKind}
    for edge in edges:
        row = rows[edge.kind.value]
        row[0 if edge.hard else 1] += 1
        row[2] += 1
    _totalled(table, {kind: row for kind, row in rows.items() if row[2]})
    return table


def _totalled(table: Table, rows: dict[str, list[int]]) -> None:
    for name, row in sorted(rows.items()):
        table.add_row(name, *(f"{count:,}" for count in row))
    if len(rows) != 1:
        totals = [sum(column) for column in zip(*rows.values(), strict=True)] or [0, 0, 0]
        table.add_section()
        table.add_row("all", *(f"{total:,}" for total in totals))


def _resolved(edges: Iterable[Edge]) -> Table:
    table = _table("How they were resolved", "by", "edges", "mean confidence")
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for edge in edges:
        counts[edge.resolved_by] += 1
        sums[edge.resolved_by] += edge.confidence  # type: ignore[assignment]
    for way, count in counts.most_common():
        table.add_row(way, f"{count:,}", f"{sums[way] / count:.2f}")
    return table


def _waves(schedules: Sequence[Schedule]) -> Table:
    table = _table("Waves", "policy", *(schedule.plan.policy.value for schedule in schedules))
    rows: list[tuple[str, Callable[[Schedule], str]]] = [
        ("waves", lambda it: f"{len(it.plan.waves):,}"),
        ("atoms in the widest", lambda it: f"{it.widest:,}"),
        ("atoms in one on average", lambda it: f"{it.mean:,.1f}"),
        ("longest chain", lambda it: f"{len(it.plan.critical_path):,}"),
        ("faster than one by one, at best", lambda it: f"{it.plan.speed_up.parallelism:,.1f}"),
        ("with so many at a time", lambda it: f"{it.plan.speed_up.slots:,}"),
        ("at best (Graham)", lambda it: f"{it.plan.speed_up.best:,.1f}"),
        ("in any order, at least", lambda it: f"{it.plan.speed_up.guaranteed:,.1f}"),
        ("as scheduled", lambda it: f"{it.plan.speed_up.actual:,.1f}"),
        ("groups made as one", lambda it: f"{len(it.plan.cycles):,}"),
    ]
    for name, figure in rows:
        table.add_row(name, *(figure(schedule) for schedule in schedules))
    return table


def _sizes(schedule: Schedule) -> str:
    sizes = [len(wave) for wave in schedule.plan.waves]
    shown = ", ".join(f"{size:,}" for size in sizes[:SHOWN_WAVES])
    more = f", and {len(sizes) - SHOWN_WAVES:,} more waves" if len(sizes) > SHOWN_WAVES else ""
    return f"Atoms by wave ({schedule.plan.policy.value}): {shown}{more}"
