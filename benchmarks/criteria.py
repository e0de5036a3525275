"""Measure the ten criteria over a project: ``python benchmarks/criteria.py ROOT [--only TEXT]``.

Prints the mean score, the share above 0.9, the distribution, what each criterion costs, and the
most frequent reasons of misses with examples.
"""

from __future__ import annotations

import argparse
import gc
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from atomization.context_injector import build_contexts  # noqa: E402
from atomization.contracts import contracts_of  # noqa: E402
from atomization.decomposer import slots_of  # noqa: E402
from atomization.project import ProjectFile, atom_key  # noqa: E402
from atomization.reading import Reading, read  # noqa: E402
from atomization.source_walk import find_sources, unfit  # noqa: E402
from atomization.validator import WEIGHTS, Criterion, criteria_of, score  # noqa: E402

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99, 1.0)
GOOD = 0.9
_SPECIFIC = re.compile(r"[\d.]+|(?<=: ).*|(?<=touches ).*|(?<=uses ).*|(?<=rebinds )[\w, ]+")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--only", default="", help="judge only atoms whose key contains this")
    parser.add_argument("--examples", type=int, default=3, help="examples of each reason")
    parser.add_argument("--reasons", type=int, default=4, help="reasons of each criterion")
    options = parser.parse_args()
    started = process_time()
    readings = dict(_readings(options.root))
    files = [
        ProjectFile(path, reading.language, tuple(slots_of(reading)))
        for path, reading in readings.items()
    ]
    contracts = {file.path: contracts_of(readings[file.path], file.slots) for file in files}
    contexts = build_contexts(files, contracts=contracts)
    gc.collect()
    gc.freeze()  # so that the collector does not go through the contexts while criteria are timed
    prepared = process_time()
    found: dict[str, list[Criterion]] = {}
    kinds: dict[str, str] = {}
    for file in files:
        keys = [atom_key(file.path, slot.name) for slot in file.slots]
        answers = criteria_of(
            readings[file.path], file.slots, [contexts[key] for key in keys], contracts[file.path]
        )
        found.update(zip(keys, answers, strict=True))
        kinds.update((key, slot.kind.value) for key, slot in zip(keys, file.slots, strict=True))
    judged = process_time()
    spent = judged - prepared
    found = {key: answers for key, answers in found.items() if options.only in key}
    lines = sum(file.text.count("\n") for file in files)
    print(f"{len(files)} files, {lines} lines, {len(found)} atoms")
    print(f"sources, contexts and contracts {prepared - started:.1f} s")
    print(f"criteria {spent:.1f} s, {spent / max(lines, 1) * 1e6:.1f} µs a line")
    if found:
        _scores(found, kinds)
        _criteria(found)
        _reasons(found, options.reasons, options.examples)


def _readings(root: Path) -> Iterator[tuple[str, Reading]]:
    for project in find_sources([str(root)]).projects:
        for source in project.sources:
            content = Path(source.path).read_bytes()
            if unfit(content, source) is None:
                yield source.module_path, read(content, source.language)


def _scores(found: dict[str, list[Criterion]], kinds: dict[str, str]) -> None:
    scores = {key: score(answers) for key, answers in found.items()}
    print(f"\nmean {mean(scores.values()):.4f}, above {GOOD}: {_share(scores.values())}")
    for low, high in pairwise(EDGES):
        share = mean(low < value <= high for value in scores.values())
        print(f"  ({low:4.2f}, {high:4.2f}]  {share:7.2%}  {'#' * round(share * 60)}")
    print("\nkind, file  atoms    mean  above")
    grouped = defaultdict(list)
    for key, value in scores.items():
        grouped[kinds[key]].append(value)
    for key, value in scores.items():
        grouped[key.partition("::")[0].rpartition(".")[2]].append(value)
    for kind, values in sorted(grouped.items(), key=lambda pair: -len(pair[1])):
        print(f"{kind:<10} {len(values):>6} {mean(values):>7.4f}  {_share(values)}")


def _share(values: Collection[float]) -> str:
    return f"{mean(value > GOOD for value in values):.1%}"


def _criteria(found: dict[str, list[Criterion]]) -> None:
    print("\ncriterion              weight    mean   missed  cost to the mean score")
    for place, (name, weight) in enumerate(WEIGHTS.items()):
        answers = [every[place] for every in found.values()]
        average = mean(answer.score for answer in answers)
        missed = mean(not answer.passed for answer in answers)
        print(
            f"{name:<22} {weight:>6} {average:>7.4f} {missed:>8.2%}  {weight * (1 - average):.4f}"
        )


def _reasons(found: dict[str, list[Criterion]], limit: int, examples: int) -> None:
    print("\nthe most frequent reasons of misses")
    for place, name in enumerate(WEIGHTS):
        counted: Counter[str] = Counter()
        shown = defaultdict(list)
        for key, every in found.items():
            answer = every[place]
            if answer.score < 1:
                verdict = "met" if answer.passed else "MISSED"
                reason = f"{verdict}: {_SPECIFIC.sub('…', answer.evidence)[:100]}"
                counted[reason] += 1
                shown[reason].append(f"{key}  {answer.score}  {answer.evidence[:140]}")
        print(f"{name}: {sum(counted.values())} atoms below 1")
        for reason, count in counted.most_common(limit):
            print(f"  {count:>6} {reason}")
            step = max(1, len(shown[reason]) // max(examples, 1))
            for example in shown[reason][::step][:examples]:
                print(f"           {example}")


if __name__ == "__main__":
    main()
