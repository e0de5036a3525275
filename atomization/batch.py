"""Many files into atoms: in as many processes as there are cores, in bounded memory.

A batch is what one process does at a time: a handful of files or, where contexts are asked for,
the files that know each other's names. Batches come back in order, a bounded number of them is
under way, and a process that dies costs its batch only: its files are tried alone, so that the one
that ended it is named and the others are done.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import groupby
from pathlib import Path
from typing import Final

from atomization.atom_service import AtomizedFile, AtomService, Description, first_difference
from atomization.decomposer import Slot
from atomization.figures import Figures
from atomization.parser import normalised
from atomization.project import atom_key
from atomization.source_walk import FoundSource, Project, Skipped, unfit

BATCH_BYTES: Final = 512_000
PROJECT_BYTES: Final = 7_000_000
"""Source bytes whose names are analyzed together: what bounds a process's memory."""
AHEAD: Final = 2


class Depth(IntEnum):
    """How much is computed of each atom."""

    SLOTS = 0
    CONTRACTS = 1
    CONTEXTS = 2


@dataclass(frozen=True, slots=True)
class Work:
    """What to do with each batch: how deep, and whether to reassemble and to write JSON."""

    service: AtomService = field(default_factory=AtomService)
    depth: Depth = Depth.SLOTS
    check: bool = False
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that one process does together."""

    sources: tuple[FoundSource, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A file whose atoms do not add up to it: the first offset at which they differ."""

    path: str
    offset: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that could not be done, and why."""

    path: str
    message: str


@dataclass(slots=True)
class Result:
    """What came of a batch; ``json`` holds its atoms, one a line.

    ``megabytes`` is the most memory that the process which did it has held so far.
    """

    figures: Figures = field(default_factory=Figures)
    skipped: Counter[Skipped] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    json: bytes = b""
    sources: int = 0
    megabytes: int = 0


def batches(projects: Iterable[Project], depth: Depth) -> list[Batch]:
    """Part projects into batches.

    Contexts want a project in one piece. One of over ``PROJECT_BYTES`` is parted into directories
    (each with its loose files), and names across the parts count as those of other packages.
    """
    found: list[Batch] = []
    for project in projects:
        if depth is Depth.CONTEXTS:
            found += [Batch(part) for part in _parts(project.sources)]
        else:
            found += [Batch(part) for part in _handfuls(project.sources, BATCH_BYTES)]
    return found


def _handfuls(sources: Sequence[FoundSource], limit: int) -> Iterator[tuple[FoundSource, ...]]:
    taken: list[FoundSource] = []
    size = 0
    for source in sources:
        if taken and size + source.size > limit:
            yield tuple(taken)
            taken, size = [], 0
        taken.append(source)
        size += source.size
    if taken:
        yield tuple(taken)


def _parts(sources: tuple[FoundSource, ...]) -> Iterator[tuple[FoundSource, ...]]:
    """Part a project by directories, deeper where a directory is still too large."""
    waiting = deque([(0, sources)])
    small: list[FoundSource] = []
    while waiting:
        depth, group = waiting.popleft()
        if _size(group) <= PROJECT_BYTES:
            if _size(small) + _size(group) > PROJECT_BYTES:
                yield tuple(small)
                small = []
            small += group
            continue
        inner = [
            tuple(members)
            for _, members in groupby(sorted(group, key=_by_path), key=lambda it: _place(it, depth))
        ]
        if len(inner) > 1 or any(source.module_path.count("/") > depth for source in group):
            waiting.extendleft((depth + 1, members) for members in reversed(inner))
        else:
            yield from _handfuls(group, PROJECT_BYTES)
    if small:
        yield tuple(small)


def _by_path(source: FoundSource) -> tuple[str, ...]:
    *directories, name = source.module_path.split("/")
    return (*directories, "", name)


def _place(source: FoundSource, depth: int) -> str:
    """Name the directory at some depth that a file is in; "" for a file right there."""
    directories = source.module_path.split("/")[:-1]
    return directories[depth] if depth < len(directories) else ""


def _size(sources: Iterable[FoundSource]) -> int:
    return sum(source.size for source in sources)


def run(batch: Batch, work: Work) -> Result:
    """Do one batch in this process; a file that cannot be done is among the troubles."""
    result = Result(sources=len(batch.sources))
    done: list[tuple[FoundSource, AtomizedFile | tuple[Slot, ...]]] = []
    for source in batch.sources:
        try:
            content = Path(source.path).read_bytes()
            reason = unfit(content, source)
            if reason is not None:
                result.skipped[reason] += 1
                continue
            done.append((source, _one(source, content, work, result)))
        except OSError as error:
            result.troubles.append(Trouble(source.path, f"cannot be read ({error.strerror})"))
        except Exception as error:
            # A defect of ours; the other files are still worth doing.
            message = f"cannot be cut into atoms ({type(error).__name__}: {error})"
            result.troubles.append(Trouble(source.path, message))
    described = _described(done, work, result)
    if work.lines:
        result.json = b"".join(_json_lines(done, described))
    result.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def _one(
    source: FoundSource, content: bytes, work: Work, result: Result
) -> AtomizedFile | tuple[Slot, ...]:
    """Cut one file, count it, and check it where that is asked for."""
    made: AtomizedFile | tuple[Slot, ...]
    if work.depth is Depth.SLOTS and not work.lines:
        slots = made = work.service.slots(content, source.language)
    else:
        made = work.service.atomize(content, source.language, path=source.module_path)
        slots = made.slots
    result.figures.count_file(source.language, _lines(content), slots, work.service.max_loc)
    offset = first_difference(content, slots) if work.check else None
    if offset is not None:
        result.differences.append(Difference(source.path, offset))
    return made


def _lines(content: bytes) -> int:
    whole = normalised(content)
    return whole.count(b"\n") + (not whole.endswith(b"\n") and bool(whole))


def _described(
    done: Sequence[tuple[FoundSource, AtomizedFile | tuple[Slot, ...]]], work: Work, result: Result
) -> dict[str, Description]:
    if work.depth is not Depth.CONTEXTS:
        return {}
    files = [made for _, made in done if isinstance(made, AtomizedFile)]
    try:
        described = work.service.describe(_distinct(files))
    except Exception as error:
        # A defect of ours; the atoms themselves are there.
        message = f"contexts of {len(files)} files failed ({type(error).__name__}: {error})"
        result.troubles.append(Trouble(done[0][0].path, message))
        return {}
    for description in described.values():
        result.figures.count_description(description)
    return described


def _distinct(files: Iterable[AtomizedFile]) -> Iterator[AtomizedFile]:
    """Leave out what has the path of an earlier file, as keys have to be unique."""
    paths: set[str] = set()
    for file in files:
        if file.path not in paths:
            paths.add(file.path)
            yield file


def _json_lines(
    done: Sequence[tuple[FoundSource, AtomizedFile | tuple[Slot, ...]]],
    described: dict[str, Description],
) -> Iterator[bytes]:
    for source, made in done:
        if not isinstance(made, AtomizedFile):
            continue
        for atom in made.atoms:
            row = {"path": source.path, "language": source.language.value, **atom.to_json()}
            description = described.get(atom_key(made.path, atom.slot.name))
            if description is not None:
                row |= description.to_json()
            yield json.dumps(row, separators=(",", ":")).encode() + b"\n"


def run_all(found: Sequence[Batch], work: Work, *, jobs: int) -> Iterator[Result]:
    """Do all batches and give their results in order.

    One job works in this process. A pool's processes end with the iterator, however it ends.
    """
    if jobs == 1:
        yield from (run(batch, work) for batch in found)
        return
    pool = _Pool(work, jobs)
    try:
        yield from pool.results(found)
    finally:
        pool.close()


class _Pool:
    """A process pool that outlives the processes in it."""

    def __init__(self, work: Work, jobs: int) -> None:
        self.work = work
        self.jobs = jobs
        self.executor = self._started(jobs)

    def _started(self, jobs: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_ignore_interrupts)

    def results(self, found: Sequence[Batch]) -> Iterator[Result]:
        waiting = deque(found)
        flying: deque[tuple[Batch, Future[Result]]] = deque()
        while waiting or flying:
            while waiting and len(flying) < self.jobs * AHEAD:
                batch = waiting.popleft()
                flying.append((batch, self.executor.submit(run, batch, self.work)))
            batch, future = flying.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                yield from self._one_by_one([batch, *(other for other, _ in flying)])
                flying.clear()

    def _one_by_one(self, found: Sequence[Batch]) -> Iterator[Result]:
        """Do again what was under way when a process died, one batch after the other."""
        self._renew(1)
        for batch in found:
            try:
                yield self.executor.submit(run, batch, self.work).result()
            except BrokenProcessPool:
                self._renew(1)
                yield from self._without_culprit(batch)
        self._renew(self.jobs)

    def _without_culprit(self, batch: Batch) -> Iterator[Result]:
        """Do a batch file by file, so that the files that end their process are known."""
        for source in batch.sources:
            try:
                yield self.executor.submit(run, Batch((source,)), self.work).result()
            except BrokenProcessPool:
                self._renew(1)
                message = "ended the process that read it; it was left out"
                yield Result(troubles=[Trouble(source.path, message)], sources=1)

    def _renew(self, jobs: int) -> None:
        self.close()
        self.executor = self._started(jobs)

    def close(self) -> None:
        """End the processes, in the midst of their work where they have any, and wait for that."""
        for process in list((self.executor._processes or {}).values()):
            process.terminate()
        self.executor.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which ends its workers in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def add(total: Result, result: Result) -> None:
    """Add one result to the total; its JSON is not kept."""
    total.figures.add(result.figures)
    total.skipped.update(result.skipped)
    total.differences += result.differences
    total.troubles += result.troubles
    total.sources += result.sources
    total.megabytes = max(total.megabytes, result.megabytes)
