"""The law of the flows: ``python -m benchmarks.law [ROOT]``.

Rewrites toolz, boltons and cachetools so that every block of their split functions runs alone, as a
function of its live-in names that gives back its live-out names and effects, and runs the own test
suites of the packages over the rewritten sources in the sandbox. Two sizes of blocks: the product's
(15 lines at most, about 10) and small ones (5, 3), so that more functions are split. ``--corrupt``
forgets one live-in or live-out name, so many times for each package, and counts how often the suite
notices. ROOT keeps the downloaded releases.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.law.corruption import Corruption
from benchmarks.law.suites import MORE, PACKAGES, Package, Verdict, fetch, rewritable, run_suite
from benchmarks.law.wrapping import Change, Tally, wrap

DEFAULT_ROOT: Final = Path("var/law")
_ROW: Final = "{:<15}{:>8}{:>11}{:>8}{:>10}{:>9}{:>8}  {:<22}{}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; the exit status is 1 when rewriting changed what a suite says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("root", nargs="?", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--sizes", nargs="*", default=["15/10", "5/3"], metavar="HARD/TARGET")
    parser.add_argument("--corrupt", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print what failed")
    parser.add_argument("--more", action="store_true", help="take more packages than the three")
    options = parser.parse_args(argv)
    packages = [*PACKAGES, *(MORE if options.more else ())]
    releases = {package: fetch(package, options.root) for package in packages}
    before = {package: run_suite(package, files) for package, files in releases.items()}
    held = True
    reasons: Counter[str] = Counter()
    head = ("package", "limits", "functions", "blocks", "segments", "wrapped", "share")
    print(_ROW.format(*head, "suite before", "after"))
    for size in options.sizes:
        limits = tuple(int(part) for part in size.split("/"))
        for package, files in releases.items():
            rewritten, tally = rewrite(package, files, limits)
            after = run_suite(package, rewritten)
            held = held and after.holds(before[package])
            reasons += tally.reasons
            _print(package, size, tally, before[package], after)
            if options.show and not after.holds(before[package]):
                print(after.text)
    for reason, count in reasons.most_common():
        print(f"not wrapped: {count} x {reason}")
    if options.corrupt:
        for package in PACKAGES:
            corrupt(
                package, releases[package], (5, 3), options.corrupt, random.Random(options.seed)
            )
    return 0 if held else 1


def rewrite(
    package: Package,
    files: Mapping[str, bytes],
    limits: tuple[int, ...],
    change: Change | None = None,
) -> tuple[dict[str, bytes], Tally]:
    """Wrap the blocks of all sources of a package."""
    rewritten, tally = dict(files), Tally()
    for path in sorted(files):
        if rewritable(package, path):
            text, found = wrap(files[path], max_loc=limits[0], target_loc=limits[1], change=change)
            tally.add(found)
            rewritten[path] = text.encode()
    return rewritten, tally


def _print(package: Package, size: str, tally: Tally, before: Verdict, after: Verdict) -> None:
    share = f"{100 * tally.wrapped / max(tally.blocks, 1):.1f}%"
    figures = (tally.functions, tally.blocks, tally.segments, tally.wrapped, share)
    print(_ROW.format(package.name, size, *figures, str(before), after))


def corrupt(
    package: Package,
    files: Mapping[str, bytes],
    limits: tuple[int, int],
    times: int,
    chance: random.Random,
) -> None:
    """Forget one name at a time and count how often the package's suite notices."""
    count = Corruption()
    rewrite(package, files, limits, count)
    chosen = chance.sample(range(count.met), min(times, count.met))
    noticed = Counter[str]()
    unnoticed = []
    for target in chosen:
        corruption = Corruption(target)
        broken, _ = rewrite(package, files, limits, corruption)
        where = corruption.forgotten.split()[0]
        if run_suite(package, broken, first=True).whole:
            unnoticed.append(corruption.forgotten)
        else:
            noticed[where] += 1
    told = ", ".join(f"{n} {where}" for where, n in sorted(noticed.items()))
    print(f"{package.name}: one of {count.met} names forgotten, {len(chosen)} times: ", end="")
    print(f"{noticed.total()} noticed ({told}); not noticed: {', '.join(unnoticed) or 'none'}")


if __name__ == "__main__":
    raise SystemExit(main())
