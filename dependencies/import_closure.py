"""What importing a module runs, step by step: the code of all of it has to be there first."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from atomization.decomposer import AtomKind
from dependencies.edges import EdgeKind, Problem
from dependencies.file_edges import FileEdges
from dependencies.index import Place, ProjectIndex, first_line

MAX_REACHED: Final = 500


class Reached(NamedTuple):
    """What running an atom runs, in which files, and whether that is all."""

    places: tuple[Place, ...]
    visited: frozenset[str]
    whole: bool


class ImportClosure:
    """Hardens what the calls that imports start reach: the callee's own callees run then, too."""

    def __init__(self, index: ProjectIndex, parts: Mapping[str, FileEdges]) -> None:
        """Take the index and the edges of all files."""
        self.index = index
        self.parts = parts
        self.visited: set[str] = set()
        self._known: dict[Place, Reached] = {}

    def harden(self, part: FileEdges) -> list[Problem]:
        """Add the edges that one file's imports make; ``visited`` are the files it looked at."""
        problems: list[Problem] = []
        self.visited = set()
        done: set[tuple[Place, Place]] = set()
        for start in part.started:
            if (start.place, start.callee) in done:
                continue
            done.add((start.place, start.callee))
            reached = self._reached(start.callee)
            self.visited |= reached.visited
            if not reached.whole:
                line = first_line(self.index.slot(start.place))
                message = f"runs over {MAX_REACHED} atoms at import; the rest is left out"
                problems.append(Problem(start.place[0], line, message))
            for place in reached.places:
                if place == start.place:
                    continue
                name, through = self.index.slot(place).name, self.index.slot(start.callee).name
                part.add(
                    start.place,
                    place,
                    self._kind(place),
                    hard=True,
                    reason=f"runs {through} while its module is imported, which needs {name}",
                    line=start.line,
                    via=start.via,
                    confidence=min(start.confidence, 0.9),
                )
        return problems

    def _reached(self, callee: Place) -> Reached:
        known = self._known.get(callee)
        if known is None:
            known = self._known[callee] = self._search(callee)
        return known

    def _search(self, callee: Place) -> Reached:
        seen: dict[Place, None] = {callee: None}
        visited: set[str] = set()
        queue = deque([callee])
        while queue:
            current = queue.popleft()
            visited.add(current[0])
            for other in self._following(current):
                if other in seen:
                    continue
                if len(seen) > MAX_REACHED:
                    return Reached(tuple(seen)[1:], frozenset(visited), False)
                seen[other] = None
                queue.append(other)
        return Reached(tuple(seen)[1:], frozenset(visited), True)

    def _following(self, place: Place) -> list[Place]:
        part = self.parts[place[0]]
        found = list(part.runs.get(place, ()))
        if self.index.slot(place).kind is AtomKind.CLASS:
            found += self.index.makers(place)
            found += part.bases.get(place, ())
        return found

    def _kind(self, place: Place) -> EdgeKind:
        kind = self.index.slot(place).kind
        if kind in (AtomKind.CONSTANT, AtomKind.FIELD):
            return EdgeKind.DATA_FLOW
        return EdgeKind.TYPE if kind is AtomKind.CLASS else EdgeKind.FUNCTION_CALL
