"""What an edit costs in a project that is kept: ``python benchmarks/increments.py [DIRECTORY]``.

Reads a directory (Django's database layer unless told), edits one line at a time and lets the kept
project repair its edges. An edit of a body puts a copy of one of the function's own lines beside
it; an edit of names adds a function, or renames one where it is defined. Printed are seconds of the
median, the ninth decile and the slowest edit, the ratio to a full analysis, and after how many of
the edits the edges were those of a full analysis (checked for the first ``--checked`` of a kind).
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from atomization.decomposer import decompose  # noqa: E402
from atomization.parser import Language  # noqa: E402
from atomization.project import ProjectFile  # noqa: E402
from dependencies.project import Project  # noqa: E402

Edit = Callable[[list[str], random.Random, int], None]
GOAL: Final = 0.2
_STATEMENT = re.compile(r" {4,}(?!def |class |@|return|[\"'#)\]}])[\w.]+(\(.*\)| = [^(\[{]*)$")


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 when there is nothing to edit."""
    options = _parser().parse_args(argv)
    directory = Path(options.directory)
    texts = {
        path.relative_to(directory.parent).as_posix(): path.read_text(errors="replace")
        for path in sorted(directory.rglob("*.py"))
    }
    if not any(texts.values()):
        print(f"There is no Python below {directory}.", file=sys.stderr)
        return 1
    for name, edit in (("body", edit_body), ("names", edit_names)):
        _measure(name, edit, dict(texts), options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", nargs="?", default=ROOT / "var" / "corpora" / "django" / "db")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--checked", type=int, default=3)
    return parser


def _measure(name: str, edit: Edit, texts: dict[str, str], options: argparse.Namespace) -> None:
    chance = random.Random(name)
    begun = perf_counter()
    kept = Project([_file(path, text) for path, text in texts.items()], lasting=True)
    full = perf_counter() - begun
    times: list[float] = []
    equal = checked = 0
    for number in range(options.edits):
        path, rows = _chosen(texts, chance)
        edit(rows, chance, number)
        texts[path] = "".join(rows)
        file = _file(path, texts[path])
        begun = perf_counter()
        kept.update([file])
        times.append(perf_counter() - begun)
        if number < options.checked:
            checked += 1
            fresh = Project([_file(other, text) for other, text in texts.items()])
            equal += fresh.edges == kept.edges
    times.sort()
    median, decile = times[len(times) // 2], times[len(times) * 9 // 10]
    atoms = sum(len(file.slots) for file in kept.files.values())
    print(
        f"{name:<6} {atoms} atoms, {len(kept.edges)} edges, analysis of all {full:.2f} s; "
        f"{len(times)} edits: median {median:.3f} s ({median / GOAL:.2f} of the goal, "
        f"{full / median:.0f} times faster), ninth decile {decile:.3f} s, "
        f"slowest {times[-1]:.3f} s; as a full analysis {equal} of {checked}"
    )


def _chosen(texts: dict[str, str], chance: random.Random) -> tuple[str, list[str]]:
    while True:
        path = chance.choice(sorted(texts))
        rows = texts[path].splitlines(keepends=True)
        if any(_STATEMENT.match(row.rstrip("\n")) for row in rows):
            return path, rows


def edit_body(rows: list[str], chance: random.Random, number: int) -> None:
    """Put a copy of a statement beside it."""
    found = [at for at, row in enumerate(rows) if _STATEMENT.match(row.rstrip("\n"))]
    at = chance.choice(found)
    rows.insert(at, rows[at])


def edit_names(rows: list[str], chance: random.Random, number: int) -> None:
    """Add a function at the end, or rename one where it is defined."""
    found = [at for at, row in enumerate(rows) if re.match(r" *def \w", row)]
    if number % 2 and found:
        at = chance.choice(found)
        rows[at] = rows[at].replace("def ", "def other_", 1)
    else:
        rows.append(f"\n\ndef added_{number}(value):\n    return value\n")


def _file(path: str, text: str) -> ProjectFile:
    slots = tuple(decompose(text.encode("utf-8", "surrogateescape"), Language.PYTHON))
    return ProjectFile(path, Language.PYTHON, slots)


if __name__ == "__main__":
    raise SystemExit(main())
