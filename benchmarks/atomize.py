"""Our atoms beside the peers' chunks: ``python benchmarks/atomize.py [ROOT]``.

ROOT holds the corpora (``python benchmarks/corpora.py ROOT`` fetches them, ``peers/install.sh``
installs the peers). Prints the table of figures for all corpora together and for each; what each
row means stands below the table and in ``measures.py``. ``--functions`` prints how functions of
60 to 120 lines are cut instead, ``--million`` the time and memory of a million lines.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import process_time
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from atomization.decomposer import slots_of  # noqa: E402
from atomization.parser import parse  # noqa: E402
from atomization.reading import read  # noqa: E402
from benchmarks.contenders import PEERS, Peer, atoms, ours, tuned  # noqa: E402
from benchmarks.corpora import DEFAULT_ROOT, Corpus, SourceFile, corpora_of  # noqa: E402
from benchmarks.functions import report  # noqa: E402
from benchmarks.measures import Yardstick  # noqa: E402
from benchmarks.tally import LIMIT, MAX_COMPLEXITY, SMALL, TARGET, Tally, middle, share  # noqa: E402

SEED: Final = 3
TUNED_ON: Final = 25
Row = tuple[str, Callable[[Tally], str]]


def main() -> None:
    """Print the figures that were asked for."""
    options = _options()
    corpora = [_sampled(corpus, options.sample) for corpus in corpora_of(options.root)]
    if not corpora:
        sys.exit(f"no sources in {options.root}: run python benchmarks/corpora.py {options.root}")
    if options.functions:
        print(report(corpora, options.count))
        return
    _compare(corpora, [] if options.no_peers else _peers(corpora))
    if options.million:
        sys.stdout.flush()
        subprocess.run([sys.executable, ROOT / "benchmarks/million.py", options.root], check=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path, nargs="?", default=DEFAULT_ROOT)
    parser.add_argument("--no-peers", action="store_true", help="measure ours alone")
    parser.add_argument("--sample", type=int, default=0, help="only so many files of each corpus")
    parser.add_argument("--million", action="store_true", help="also time a million lines")
    parser.add_argument("--functions", action="store_true", help="functions of 60 to 120 lines")
    parser.add_argument("--count", type=int, default=60, help="how many of these functions")
    return parser.parse_args()


def _sampled(corpus: Corpus, count: int) -> Corpus:
    """Take so many files of a corpus at random, always the same; 0 takes all."""
    if not 0 < count < len(corpus.files):
        return corpus
    chosen = random.Random(SEED).sample(corpus.files, count)
    return Corpus(corpus.name, tuple(sorted(chosen, key=lambda file: file.path)))


def _peers(corpora: Sequence[Corpus]) -> list[Peer]:
    missing = [peer.label for peer in PEERS if not peer.is_installed()]
    if missing:
        print(f"Not installed (benchmarks/peers/install.sh): {', '.join(missing)}\n")
    files = [file for corpus in corpora for file in _sampled(corpus, TUNED_ON).files]
    return [tuned(peer, files) for peer in PEERS if peer.is_installed()]


def _compare(corpora: Sequence[Corpus], peers: Sequence[Peer]) -> None:
    names = ["ours", *(f"{peer.label}, size {peer.size}" for peer in peers)]
    totals = [Tally() for _ in names]
    speeds = _Speeds()
    for corpus in corpora:
        tallies = _measure(corpus.files, peers)
        speed = _Speeds()
        speed.run(corpus.files)
        speeds.merge(speed)
        for total, tally in zip(totals, tallies, strict=True):
            total.merge(tally)
        _print_table(f"{corpus.name}: {tallies[0].files} files", names, tallies, speed)
    if len(corpora) > 1:
        _print_table(f"All corpora: {totals[0].files} files", names, totals, speeds)
    print(_LEGEND)


def _measure(files: Sequence[SourceFile], peers: Sequence[Peer]) -> list[Tally]:
    """Let everyone cut the same files, then measure file by file."""
    tallies = [Tally() for _ in range(1 + len(peers))]
    with ExitStack() as stack:
        answers = [stack.enter_context(peer.over(files, peer.size)) for peer in peers]
        for file in files:
            source = file.path.read_bytes()
            stick = Yardstick(source, file.language)
            tallies[0].add(stick, ours(source, file.language))
            for tally, answer in zip(tallies[1:], answers, strict=True):
                tally.add(stick, next(answer))
    return tallies


class _Speeds:
    """Seconds of CPU for the stages of our own work, each over all files by itself."""

    def __init__(self) -> None:
        self.lines = 0
        self.seconds = {"parse": 0.0, "decompose": 0.0, "atoms": 0.0}

    def run(self, files: Sequence[SourceFile]) -> None:
        """Time the stages."""
        sources = [(file.path.read_bytes(), file.language) for file in files]
        self.lines += sum(source.count(b"\n") for source, _ in sources)
        stages = {
            "parse": lambda source, language: parse(source, language),
            "decompose": lambda source, language: slots_of(read(source, language)),
            "atoms": atoms,
        }
        for name, stage in stages.items():
            started = process_time()
            for source, language in sources:
                stage(source, language)
            self.seconds[name] += process_time() - started

    def merge(self, other: _Speeds) -> None:
        """Add another's figures."""
        self.lines += other.lines
        for name, seconds in other.seconds.items():
            self.seconds[name] += seconds

    def rate(self, stage: str) -> str:
        """Give the lines a second of a stage."""
        return f"{self.lines / (self.seconds[stage] or 1e-9):,.0f}"


def _percent(part: float) -> str:
    return f"{part:.2%}"


_ROWS: Final[tuple[Row, ...]] = (
    ("files byte-identical after reassembly", lambda t: _percent(t.identical / t.files)),
    ("files refused", lambda t: str(t.refused)),
    ("boundaries on syntax nodes", lambda t: _percent(t.right / (t.boundaries or 1))),
    ("chunks whose text is not the file's", lambda t: f"{t.altered:,}"),
    ("chunks", lambda t: f"{t.chunks:,}"),
    ("median lines of code", lambda t: str(middle(t.loc))),
    (f"chunks of ≤ {TARGET} lines", lambda t: _percent(share(t.loc, 0, TARGET))),
    (f"chunks of ≤ {LIMIT} lines", lambda t: _percent(share(t.loc, 0, LIMIT))),
    (f"… of ≤ {TARGET} non-blank lines", lambda t: _percent(share(t.nonblank, 0, TARGET))),
    (f"… of ≤ {LIMIT} non-blank lines", lambda t: _percent(share(t.nonblank, 0, LIMIT))),
    (
        f"chunks with complexity < {MAX_COMPLEXITY + 1}",
        lambda t: _percent(share(t.complexity, 0, MAX_COMPLEXITY)),
    ),
    (f"chunks of 1 to {SMALL} lines", lambda t: _percent(share(t.loc, 1, SMALL))),
    (f"… of 1 to {SMALL} non-blank lines", lambda t: _percent(share(t.nonblank, 1, SMALL))),
    ("marked irreducible", lambda t: _percent(t.irreducible / (t.chunks or 1))),
    ("over a limit and not marked", lambda t: f"{t.unmarked:,}"),
    ("lines a second and core", lambda t: f"{t.lines / (t.seconds or 1e-9):,.0f}"),
)


def _print_table(
    title: str, names: Sequence[str], tallies: Sequence[Tally], speeds: _Speeds
) -> None:
    print(f"## {title}, {speeds.lines:,} lines\n")
    print(f"| | {' | '.join(names)} |")
    print("|---|" + "---:|" * len(names))
    for name, figure in _ROWS:
        print(f"| {name} | {' | '.join(figure(tally) for tally in tallies)} |")
    print(
        f"\nLines a second and core of ours alone: {speeds.rate('atoms')} with contracts, "
        f"{speeds.rate('decompose')} without, {speeds.rate('parse')} for tree-sitter's parse.\n"
    )


_LEGEND: Final = """\
A line of code is one that is neither blank nor only comment nor docstring; chunks without any are
left out of the shares of sizes and complexity. Boundary, line and complexity are measured alike for
all, on a tree of the whole file (measures.py says how). A chunk's complexity is one more than its
own decisions, counted as radon and eslint count. Reassembly joins the chunks as they are, or with
line feeds where that is better. A peer's size is the one of those tried whose median is nearest
ours. Seconds are of CPU in one process, reading the file left aside; ours include contracts with
data flow and complexity."""


if __name__ == "__main__":
    main()
