"""How real functions of 60 to 120 lines of code are cut: sizes and number of their atoms."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import tree_sitter

from atomization.decomposer import Slot, slots_of
from atomization.parser import Language, query
from atomization.reading import Reading, read
from benchmarks.corpora import Corpus, SourceFile
from benchmarks.measures import Yardstick

SHORTEST: Final = 60
LONGEST: Final = 120
LINES: Final = 80
PLAIN: Final = 8
SEED: Final = 80
_SCRIPT: Final = """
[(function_declaration) (generator_function_declaration) (function_expression)
 (generator_function) (arrow_function) (method_definition)] @function
"""


@dataclass(frozen=True, slots=True)
class CutFunction:
    """A function with its lines of code and those of each of its atoms."""

    path: Path
    line: int
    lines: int
    atoms: tuple[int, ...]
    complexities: tuple[int, ...]


def report(corpora: Sequence[Corpus], count: int) -> str:
    """Choose functions, the same in every run, and tell how they are cut."""
    chosen = _chosen(corpora, count)
    if not chosen:
        return f"no function has {SHORTEST} to {LONGEST} lines of code"
    rows = [
        "| function | lines | atoms | atoms' lines | atoms' complexity |",
        "|---|---:|---:|---|---|",
    ]
    rows += [
        f"| {'/'.join(cut.path.parts[-3:])}:{cut.line} | {cut.lines} | {len(cut.atoms)} "
        f"| {_joined(cut.atoms)} | {_joined(cut.complexities)} |"
        for cut in chosen
    ]
    return "\n".join([*rows, "", *_summary(chosen)])


def functions_in(reading: Reading) -> list[tree_sitter.Node]:
    """Give the functions that stand in no other function."""
    python = reading.language is Language.PYTHON
    pattern = "(function_definition) @function" if python else _SCRIPT
    cursor = tree_sitter.QueryCursor(query(reading.language, pattern))
    found = cursor.captures(reading.tree.root_node).get("function", [])
    outer: list[tree_sitter.Node] = []
    for node in sorted(found, key=lambda node: (node.start_byte, -node.end_byte)):
        if not outer or node.start_byte >= outer[-1].end_byte:
            outer.append(node)
    return outer


def _chosen(corpora: Sequence[Corpus], count: int) -> list[CutFunction]:
    """Take functions from each corpus in turn, no two from one file, while there are any."""
    chooser = random.Random(SEED)
    sources = [_fitting(corpus, chooser) for corpus in corpora]
    found: list[CutFunction] = []
    while sources and len(found) < count:
        source = sources.pop(0)
        cut = next(source, None)
        if cut is not None:
            found.append(cut)
            sources.append(source)
    return sorted(found, key=lambda cut: (cut.lines, cut.path, cut.line))


def _fitting(corpus: Corpus, chooser: random.Random) -> Iterator[CutFunction]:
    """Go through a corpus in a random order that is always the same."""
    for file in chooser.sample(corpus.files, len(corpus.files)):
        fitting = _of_size(file)
        if fitting:
            yield chooser.choice(fitting)


def _of_size(file: SourceFile) -> list[CutFunction]:
    source = file.path.read_bytes()
    reading, stick = read(source, file.language), Yardstick(source, file.language)
    sized = [
        (node, measured.loc)
        for node in functions_in(reading)
        if SHORTEST <= (measured := stick.measure(node.start_byte, node.end_byte)).loc <= LONGEST
    ]
    if not sized:
        return []
    slots = slots_of(reading)
    return [_cut(file.path, node, lines, slots) for node, lines in sized]


def _cut(path: Path, node: tree_sitter.Node, lines: int, slots: Sequence[Slot]) -> CutFunction:
    first, last = node.start_point.row + 1, node.end_point.row + 1
    own = [
        slot for slot in slots if slot.loc and slot.start_line <= last and slot.end_line >= first
    ]
    sizes = tuple(slot.loc for slot in own)
    return CutFunction(path, first, lines, sizes, tuple(slot.complexity for slot in own))


def _summary(chosen: Sequence[CutFunction]) -> list[str]:
    sizes = [size for cut in chosen for size in cut.atoms]
    per_80 = [len(cut.atoms) * LINES / cut.lines for cut in chosen]
    needed = [sum(cut.complexities) - len(cut.complexities) for cut in chosen]
    needed_80 = [
        decisions * LINES / cut.lines for decisions, cut in zip(needed, chosen, strict=True)
    ]
    plain = [size for size, decisions in zip(per_80, needed_80, strict=True) if decisions <= PLAIN]
    low, middle, high = quantiles(sizes, n=4)
    histogram = sorted(Counter(min(size, 16) for size in sizes).items())
    return [
        f"{len(chosen)} functions of {SHORTEST} to {LONGEST} lines of code, "
        f"{sum(cut.lines for cut in chosen):,} lines in {len(sizes):,} atoms",
        f"lines per atom: median {middle:g}, quartiles {low:g} and {high:g}, "
        f"mean {sum(sizes) / len(sizes):.1f}",
        f"atoms per {LINES} lines: median {median(per_80):.1f}, from {min(per_80):.1f} "
        f"to {max(per_80):.1f}",
        f"decisions per {LINES} lines: median {median(needed_80):.1f}, from {min(needed_80):.1f} "
        f"to {max(needed_80):.1f}; an atom below complexity 3 has one at most",
        f"atoms per {LINES} lines in the {len(plain)} functions with at most {PLAIN} decisions per "
        f"{LINES} lines: median {median(plain or [0]):.1f}",
        "atoms by lines: "
        + ", ".join(f"{'>15' if size > 15 else size}: {count}" for size, count in histogram),
    ]


def _joined(values: Sequence[int]) -> str:
    return " ".join(map(str, values))
