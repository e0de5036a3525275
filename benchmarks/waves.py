"""The waves of real packages: how many, how wide, how parallel, and what the longest chains are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import Final

from atomization.collector import collector_paused
from atomization.decomposer import slots_of
from atomization.project import ProjectFile
from atomization.reading import read
from atomization.source_walk import WalkRefused, find_sources, unfit
from dependencies.analyzer import analyze
from dependencies.edges import Edge
from dependencies.wave_generator import Policy, WavePlan, generate_waves

WAVES: Final = 10
ATOMS: Final = 100
PARALLEL: Final = 50


def print_packages(
    paths: Iterable[Path], atoms: Sequence[int], slots: int, max_width: int | None
) -> None:
    """Print a row for each package of a size; a path without sources holds packages."""
    rows = []
    links: Counter[str] = Counter()
    print(
        f"{'':<20}{'':>6} {'edges':>12} |{'contract':^44}|{'strict':^36}\n"
        f"{'package':<20}{'atoms':>6} {'all':>6}{'hard':>6} |"
        f"{'waves':>6}{'atoms/w':>8}{'T1/Tinf':>9}{f'on {slots}':>8}{'bound':>7}{'':>6}|"
        f"{'waves':>6}{'atoms/w':>8}{'T1/Tinf':>9}{f'on {slots}':>8}{'s':>5}"
    )
    for path in _packages(paths):
        with collector_paused():
            started = process_time()
            files = list(_files(path))
            keys = [file.key(at) for file in files for at in range(len(file.slots))]
            if not atoms[0] <= len(keys) <= atoms[1]:
                continue
            edges = analyze(files)
            spent = process_time() - started
        contract, strict = (
            generate_waves(keys, edges, policy=policy, slots=slots, max_width=max_width)
            for policy in (Policy.CONTRACT, Policy.STRICT)
        )
        rows.append((len(keys), contract))
        links += _links(contract, edges)
        met = "meets" if _meets(len(keys), contract) else ""
        print(
            f"{path.name:<20}{len(keys):>6} {len(edges):>6}{sum(edge.hard for edge in edges):>6} |"
            f"{_figures(len(keys), contract)}{contract.speed_up.guaranteed:>7.1f}{met:>6}|"
            f"{_figures(len(keys), strict)}{spent:>5.1f}",
            flush=True,
        )
    _summary(rows, links)


def _figures(atoms: int, plan: WavePlan) -> str:
    speed_up = plan.speed_up
    return (
        f"{len(plan.waves):>6}{atoms / len(plan.waves):>8.0f}"
        f"{speed_up.parallelism:>9.1f}{speed_up.actual:>8.1f}"
    )


def _meets(atoms: int, plan: WavePlan) -> bool:
    """Tell whether a plan is as parallel as planned: few waves, wide ones, over 50 times."""
    few = len(plan.waves) <= WAVES
    return few and atoms / len(plan.waves) >= ATOMS and plan.speed_up.actual > PARALLEL


def _summary(rows: Sequence[tuple[int, WavePlan]], links: Counter[str]) -> None:
    if not rows:
        print("no package of that size")
        return
    plans = [plan for _, plan in rows]
    print(
        f"\n{len(rows)} packages; under contract:"
        f"\n  at most {WAVES} waves: {sum(len(plan.waves) <= WAVES for plan in plans)}"
        f"\n  {ATOMS} atoms a wave and more: "
        f"{sum(atoms / len(plan.waves) >= ATOMS for atoms, plan in rows)}"
        f"\n  over {PARALLEL} times parallel (T1/Tinf): "
        f"{sum(plan.speed_up.parallelism > PARALLEL for plan in plans)}"
        f"\n  over {PARALLEL} times on {plans[0].speed_up.slots} slots: "
        f"{sum(plan.speed_up.actual > PARALLEL for plan in plans)}"
        f"\n  all of these: {sum(_meets(atoms, plan) for atoms, plan in rows)}"
        f"\n  atoms a wave over all packages: "
        f"{sum(atoms for atoms, _ in rows) / sum(len(plan.waves) for plan in plans):.0f}"
        "\nwhat the critical paths are made of:"
    )
    for reason, count in links.most_common(12):
        print(f"  {count:>5} {reason}")


def _links(plan: WavePlan, edges: Iterable[Edge]) -> Counter[str]:
    """Count the reasons along the critical path, names left out."""
    ends = set(zip(plan.critical_path[1:], plan.critical_path, strict=False))
    reasons: dict[tuple[str, str], str] = {}
    for edge in edges:
        pair = edge.dependent, edge.dependency
        if edge.hard and pair in ends:
            reasons.setdefault(pair, f"{edge.kind}: {_sketch(edge.reason)}")
    missing = len(ends) - len(reasons)
    return Counter([*reasons.values(), *["through a cycle"] * missing])


def _sketch(reason: str) -> str:
    words = reason.split()
    last = " … at import" if "while its module is imported" in reason else ""
    last = last or (" … sets" if words[-1] == "sets" else "")
    return words[0] + last if last else " ".join(words[:2])


def _packages(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if any(path.glob("*.py")) or (path / "package.json").exists():
            yield path
        else:
            yield from sorted(found for found in path.iterdir() if found.is_dir())


def _files(root: Path) -> Iterator[ProjectFile]:
    try:
        found = find_sources([str(root)])
    except WalkRefused:
        return
    for project in found.projects:
        for source in project.sources:
            content = Path(source.path).read_bytes()
            if unfit(content, source) is None:
                reading = read(content, source.language)
                yield ProjectFile(source.module_path, reading.language, tuple(slots_of(reading)))
