"""Sources to dependencies: the one way that the command, the generator and the database all go.

The service finds the edges of a project and leaves out those that are too unsure; what it finds can
be scheduled in waves, asked for its cycles, and asked what a line or an atom has to do with it. It
knows no framework, keeps nothing on disk, and never raises for what stands in a source.

A project that is analyzed again and again may be kept in memory under a name: then the same sources
are not analyzed twice, and of others only what changed is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final, Protocol

from atomization.project import ProjectFile
from dependencies.analyzer import analyze_project
from dependencies.edges import Analysis, Edge, EdgeKind, Problem, Step
from dependencies.graph import Cycle, Engine, find_cycles
from dependencies.index import first_line
from dependencies.project import Project
from dependencies.wave_generator import Policy, SpeedUp, WavePlan, generate_waves

MIN_CONFIDENCE: Final = 0.5
KEPT_PROJECTS: Final = 4
KEPT_ATOMS: Final = 20_000
"""A larger project is not kept: memory is worth more than the time of a second analysis."""
MAX_QUOTED: Final = 200

Configs = Mapping[str, bytes]
"""Files that say where modules of scripts are, path → content (``imports.is_config``)."""
Analyze = Callable[[Sequence[ProjectFile], Configs], Analysis]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the atoms of a project need of each other.

    ``atoms`` are all keys, in the order of files and slots. ``unsure`` counts the edges that were
    left out because their confidence is too low; ``problems`` tells what was not analyzed.
    """

    atoms: tuple[str, ...]
    edges: tuple[Edge, ...]
    problems: tuple[Problem, ...] = ()
    unsure: int = 0
    engine: Engine = Engine.ARRAYS

    def under(self, prefix: str) -> Dependencies:
        """Put a prefix in front of all paths, to tell them from those of another project."""
        if not prefix:
            return self
        return Dependencies(
            tuple(prefix + key for key in self.atoms),
            tuple(_under(edge, prefix) for edge in self.edges),
            tuple(replace(problem, path=prefix + problem.path) for problem in self.problems),
            self.unsure,
            self.engine,
        )

    def schedule(self, policy: Policy, *, max_width: int | None = None) -> Schedule:
        """Part the atoms into waves; raises ValueError for a width below 1."""
        plan = generate_waves(
            self.atoms, self.edges, policy=policy, max_width=max_width, engine=self.engine
        )
        return Schedule(plan)

    def cycles(self) -> list[Cycle[Edge]]:
        """Give the groups of atoms that need each other, with the edges that make them so."""
        return find_cycles(self.atoms, self.edges, engine=self.engine)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Waves, and what they allow: how many atoms can be made at once, and how much faster."""

    plan: WavePlan

    @property
    def widest(self) -> int:
        """Count the atoms of the widest wave."""
        return max((len(wave) for wave in self.plan.waves), default=0)

    @property
    def mean(self) -> float:
        """Give the mean number of atoms in a wave."""
        return self._atoms / len(self.plan.waves) if self.plan.waves else 0.0

    @property
    def _atoms(self) -> int:
        return sum(len(wave) for wave in self.plan.waves)

    def ties(self, cycle: Cycle[Edge]) -> bool:
        """Tell whether atoms of a cycle are tied when they are made, too, and not only tested."""
        tied = {key for group in self.plan.cycles for key in group}
        return not tied.isdisjoint(cycle.members)

    def wave_of(self) -> dict[str, int]:
        """Map each atom to the number of its wave, from 1."""
        return {key: number for number, wave in enumerate(self.plan.waves, start=1) for key in wave}

    def to_json(self) -> dict[str, Any]:
        """Give the figures as plain data."""
        return {
            "policy": self.plan.policy.value,
            "waves": len(self.plan.waves),
            "widest_wave": self.widest,
            "mean_wave": round(self.mean, 2),
            "critical_path": len(self.plan.critical_path),
            "speed_up": speed_up_json(self.plan.speed_up),
        }


def speed_up_json(speed_up: SpeedUp) -> dict[str, float]:
    """Give the figures of a speed-up as plain data."""
    return {
        "parallelism": round(speed_up.parallelism, 2),
        "slots": speed_up.slots,
        "best": round(speed_up.best, 2),
        "guaranteed": round(speed_up.guaranteed, 2),
        "actual": round(speed_up.actual, 2),
    }


def analysis_of(files: Sequence[ProjectFile], configs: Configs) -> Analysis:
    """Analyze a project as a whole."""
    return analyze_project(files, configs=configs)


class LivingProject(Protocol):
    """A project that can be brought up to date (``project.Project``)."""

    @property
    def edges(self) -> tuple[Edge, ...]: ...

    @property
    def problems(self) -> tuple[Problem, ...]: ...

    def update(self, files: Sequence[ProjectFile]) -> object: ...


Start = Callable[[Sequence[ProjectFile], Configs], LivingProject]


def living(files: Sequence[ProjectFile], configs: Configs) -> LivingProject:
    """Analyze a project so that it can be brought up to date later."""
    return Project(files, configs=configs, lasting=True)


class KeptProjects:
    """The projects that were asked for last, each with the sources that it was analyzed from."""

    def __init__(self, start: Start = living, *, limit: int = KEPT_PROJECTS) -> None:
        """Begin with none; at most ``limit`` are kept."""
        self._start = start
        self._limit = limit
        self._known: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def analyze(self, name: str, files: Sequence[ProjectFile], configs: Configs) -> Analysis:
        """Analyze what changed since the project was asked for last, all of it where need be."""
        now, settings = tuple(files), dict(configs)
        if _atoms(now) > KEPT_ATOMS:
            return analysis_of(now, settings)
        with self._lock:
            known = self._known.pop(name, None)
            if known is None or not known.can_turn_to(now, settings):
                known = _Kept(now, settings, self._start(now, settings))
            else:
                self._turn(known, now)
            self._known[name] = known
            while len(self._known) > self._limit or self._too_large():
                self._known.popitem(last=False)
            return Analysis(known.project.edges, known.project.problems)

    def _turn(self, known: _Kept, files: tuple[ProjectFile, ...]) -> None:
        changed = [new for new, old in zip(files, known.files, strict=True) if new != old]
        known.files = files
        try:
            if changed:
                known.project.update(changed)
        except Exception:
            # A defect of ours in the repair; the whole analysis still gives the answer.
            known.project = self._start(files, known.configs)

    def _too_large(self) -> bool:
        return sum(_atoms(known.files) for known in self._known.values()) > KEPT_ATOMS


@dataclass(slots=True)
class _Kept:
    files: tuple[ProjectFile, ...]
    configs: Configs
    project: LivingProject

    def can_turn_to(self, files: Sequence[ProjectFile], configs: Configs) -> bool:
        """Tell whether the same files are there, only their contents may be others."""
        same = [file.path for file in files] == [file.path for file in self.files]
        return same and configs == self.configs


def _atoms(files: Sequence[ProjectFile]) -> int:
    return sum(len(file.slots) for file in files)


@dataclass(frozen=True, slots=True)
class DependencyService:
    """Finds what atoms need of each other; edges below ``min_confidence`` (0 to 1) are left out."""

    min_confidence: float = MIN_CONFIDENCE
    kept: KeptProjects | None = None
    analysis: Analyze = analysis_of
    engine: Engine = Engine.ARRAYS

    def analyze(
        self, files: Sequence[ProjectFile], *, name: str = "", configs: Configs | None = None
    ) -> Dependencies:
        """Find the dependencies of a project's atoms; paths have to differ.

        Under a ``name`` the project is kept, if the service keeps any.
        """
        if name and self.kept is not None:
            found = self.kept.analyze(name, files, configs or {})
        else:
            found = self.analysis(files, configs or {})
        keys = self.keys(files)
        best = best_edges(found.edges, keys)
        sure = tuple(edge for edge in best if edge.confidence >= self.min_confidence)
        problems = tuple(dict.fromkeys(found.problems))
        return Dependencies(keys, sure, problems, len(best) - len(sure), self.engine)

    @staticmethod
    def keys(files: Sequence[ProjectFile]) -> tuple[str, ...]:
        """Give the keys of all atoms, in order."""
        return tuple(file.key(at) for file in files for at in range(len(file.slots)))


def joined(parts: Iterable[Dependencies]) -> Dependencies:
    """Put the dependencies of projects that know nothing of each other side by side."""
    found = list(parts)
    return Dependencies(
        tuple(key for part in found for key in part.atoms),
        tuple(edge for part in found for edge in part.edges),
        tuple(problem for part in found for problem in part.problems),
        sum(part.unsure for part in found),
        found[0].engine if found else Engine.ARRAYS,
    )


def _under(edge: Edge, prefix: str) -> Edge:
    return replace(
        edge,
        dependent=prefix + edge.dependent,
        dependency=prefix + edge.dependency,
        chain=tuple(replace(step, path=prefix + step.path) for step in edge.chain),
    )


def best_edges(edges: Iterable[Edge], keys: Iterable[str]) -> list[Edge]:
    """Keep one edge of a kind between two known atoms: a hard one first, else the surest."""
    known = set(keys)
    best: dict[tuple[str, str, EdgeKind], Edge] = {}
    for edge in edges:
        if edge.dependent == edge.dependency:
            continue
        if edge.dependent not in known or edge.dependency not in known:
            continue
        key = (edge.dependent, edge.dependency, edge.kind)
        other = best.get(key)
        if other is None or (edge.hard, edge.confidence) > (other.hard, other.confidence):
            best[key] = edge
    return list(best.values())


class Quoter:
    """Looks the lines of edges up in the sources that they were found in."""

    def __init__(self, files: Iterable[ProjectFile]) -> None:
        """Read nothing yet: a file's lines are parted when one of them is asked for."""
        self._files = {file.path: file for file in files}
        self._lines: dict[str, list[str]] = {}
        self._places: dict[str, tuple[str, str, int]] = {}

    def explained(self, edge: Edge) -> Edge:
        """Give the edge with its whole chain, each step with the line of source that it is about.

        The first step is always the use, the last one the definition that it means.
        """
        path, _, _ = self._place(edge.dependent)
        home, name, line = self._place(edge.dependency)
        chain = list(edge.chain)
        if not chain or (chain[0].path, chain[0].line) != (path, edge.line):
            chain.insert(0, Step(edge.reason, path, edge.line))
        if (chain[-1].path, chain[-1].line) != (home, line):
            chain.append(Step(f"{name} begins here; found by {edge.resolved_by}", home, line))
        return replace(edge, chain=tuple(self._quoted(step) for step in chain))

    def _quoted(self, step: Step) -> Step:
        return Step(step.what, step.path, step.line, self._line(step))

    def _line(self, step: Step) -> str:
        lines = self._lines.get(step.path)
        if lines is None:
            file = self._files.get(step.path)
            lines = self._lines[step.path] = _lines(file.text) if file is not None else []
        text = lines[step.line - 1] if 0 < step.line <= len(lines) else ""
        return text.strip()[:MAX_QUOTED]

    def _place(self, key: str) -> tuple[str, str, int]:
        """Give path, name and the first line that says something of the atom with a key."""
        if not self._places:
            for file in self._files.values():
                for at, slot in enumerate(file.slots):
                    self._places[file.key(at)] = (file.path, slot.name, first_line(slot))
        path, _, name = key.partition("::")
        return self._places.get(key, (path, name, 0))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
