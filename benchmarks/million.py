"""A million lines on two processes: ``python benchmarks/million.py [ROOT]``.

The corpora are read over and over until there are a million lines. Each file becomes atoms with
contracts and complexity; the time is that of the wall, the memory the sum of every process's own
peak (Linux), which is at least the peak of the sum.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.contenders import atoms
from benchmarks.corpora import DEFAULT_ROOT, SourceFile, corpora_of

LINES: Final = 1_000_000
PROCESSES: Final = 2
BATCH: Final = 20


def main() -> None:
    """Print the figures."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_ROOT
    work = list(_work([file for corpus in corpora_of(root) for file in corpus.files]))
    started = perf_counter()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        done = list(pool.map(_cut, work))
    seconds = perf_counter() - started
    peaks = {part[2]: part[3] for part in done}
    peaks[0] = _peak()
    busy = sum(part[4] for part in done)
    lines, found = sum(part[0] for part in done), sum(part[1] for part in done)
    print(
        f"{lines:,} lines, {found:,} atoms with contracts and complexity on {PROCESSES} processes: "
        f"{seconds:.1f} s ({busy:.1f} s of CPU), peak memory {sum(peaks.values()) / 2**20:.2f} GiB "
        f"({len(peaks)} processes)"
    )


def _work(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    """Give batches of files, a million lines in all."""
    lines, batch = 0, []
    for file in cycle(files):
        batch.append(file)
        lines += file.path.read_bytes().count(b"\n")
        if len(batch) == BATCH or lines >= LINES:
            yield batch
            batch = []
        if lines >= LINES:
            return


def _cut(files: Sequence[SourceFile]) -> tuple[int, int, int, int, float]:
    """Cut files up; give lines, atoms, this process, its peak memory in KiB, seconds of CPU."""
    lines, found, started = 0, 0, process_time()
    for file in files:
        source = file.path.read_bytes()
        lines += source.count(b"\n")
        found += len(atoms(source, file.language))
    return (
        lines,
        found,
        multiprocessing.current_process().pid or -1,
        _peak(),
        process_time() - started,
    )


def _peak() -> int:
    """Give this program's peak memory in KiB; ``getrusage`` would count the one that started it."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
