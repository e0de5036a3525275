"""Runs ours and the peers over files: everyone's chunks as texts, and the CPU time they took.

A peer runs in a process of its own, in the virtual environment that ``peers/install.sh`` makes;
``peers/protocol.py`` says what they speak. Its chunk size is the candidate whose chunks have the
median of lines of code nearest to ours on a sample of the files.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import process_time
from typing import IO, Final

from atomization.contracts import contracts_of
from atomization.decomposer import Slot, slots_of
from atomization.flow import flows_of
from atomization.parser import Language
from atomization.reading import read
from benchmarks.corpora import SourceFile
from benchmarks.measures import Yardstick, spans_of

HERE: Final = Path(__file__).resolve().parent
BENCH: Final = HERE.parent / "var" / "bench"
SIZES: Final = (100, 150, 200, 250, 300, 350, 400, 500, 600, 800)


@dataclass(frozen=True, slots=True)
class Chunks:
    """One file cut up: the texts (None where the file was refused) and what the cutting took."""

    texts: tuple[str, ...] | None
    seconds: float
    irreducible: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """Another chunker, and the chunk size that it is run with."""

    name: str
    label: str
    size: int = 0

    def is_installed(self) -> bool:
        """Tell whether its virtual environment is there."""
        return self.python.exists()

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return BENCH / self.name / "bin" / "python"

    @contextmanager
    def over(self, files: Sequence[SourceFile], size: int) -> Iterator[Iterator[Chunks]]:
        """Cut files up; the answers are kept on disk, in the order of the files."""
        request = {"size": size, "files": [[str(file.path), file.language] for file in files]}
        script = HERE / "peers" / f"{self.name.replace('-', '_')}_chunks.py"
        with TemporaryFile("w+") as answers:
            subprocess.run(
                [str(self.python), str(script)],
                input=json.dumps(request),
                text=True,
                stdout=answers,
                check=True,
            )
            answers.seek(0)
            yield _answers(answers)


PEERS: Final = (
    Peer("chonkie", "chonkie CodeChunker"),
    Peer("astchunk", "astchunk (cAST)"),
    Peer("llama-index", "LlamaIndex CodeSplitter"),
)


def ours(source: bytes, language: Language) -> Chunks:
    """Cut a file into atoms, with their contracts and complexity."""
    started = process_time()
    slots = atoms(source, language)
    seconds = process_time() - started
    texts = tuple(slot.code for slot in slots)
    return Chunks(texts, seconds, tuple(bool(slot.irreducible) for slot in slots))


def atoms(source: bytes, language: Language) -> list[Slot]:
    """Do all that is known of a file by itself: parse, atoms, contracts with data flow."""
    reading = read(source, language)
    slots = slots_of(reading)
    contracts_of(reading, slots, flows=flows_of(reading, slots))
    return slots


def tuned(peer: Peer, files: Sequence[SourceFile]) -> Peer:
    """Choose the size whose median is nearest to ours."""
    sticks = [Yardstick(file.path.read_bytes(), file.language) for file in files]
    wanted = median(_sizes(sticks, (ours(stick.source, stick.language) for stick in sticks)))
    medians = {}
    for size in SIZES:
        with peer.over(files, size) as answers:
            medians[size] = median(_sizes(sticks, answers))
        if medians[size] > wanted:
            break
    best = min(medians, key=lambda size: (abs(medians[size] - wanted), -size))
    return Peer(peer.name, peer.label, best)


def _sizes(sticks: Iterable[Yardstick], cut: Iterable[Chunks]) -> list[int]:
    """Give the lines of code of every chunk that has any."""
    return [
        measured.loc
        for stick, chunks in zip(sticks, cut, strict=True)
        for span, _ in spans_of(stick.source, chunks.texts or ())
        if span is not None and (measured := stick.measure(*span)).loc
    ] or [0]


def _answers(lines: IO[str]) -> Iterator[Chunks]:
    for line in lines:
        answer = json.loads(line)
        texts = tuple(answer["texts"]) if "texts" in answer else None
        yield Chunks(texts, answer.get("seconds", 0.0))
