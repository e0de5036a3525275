"""The figures of many atoms as a table in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table

from atomization.figures import COMPLETE, GOOD_SCORE, Figures
from atomization.source_walk import Skipped
from atomization.validator import WEIGHTS

SHOWN_REASONS: Final = 8
BAND: Final = 10


def show(console: Console, figures: Figures, *, max_loc: int, target_loc: int) -> None:
    """Print what was found: languages, sizes, complexity, reasons and, if known, contexts."""
    console.print(_languages(figures))
    console.print(_measures(figures, max_loc, target_loc))
    if figures.irreducible:
        console.print(_reasons(figures))
    if figures.described:
        console.print(_contexts(figures))
        console.print(_criteria(figures))


def skipped_line(skipped: Counter[Skipped]) -> str:
    """Say how many entries were left out, by reason; empty for none."""
    if not skipped.total():
        return ""
    return "Left out: " + ", ".join(
        f"{count:,} {reason}" for reason, count in skipped.most_common()
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    return table


def _languages(figures: Figures) -> Table:
    table = _table("Sources", "language", "files", "lines", "atoms")
    for language in sorted(figures.files):
        table.add_row(
            language.value,
            f"{figures.files[language]:,}",
            f"{figures.lines[language]:,}",
            f"{figures.atoms[language]:,}",
        )
    if len(figures.files) > 1:
        totals = (figures.files.total(), figures.lines.total(), figures.total)
        table.add_row("all", *(f"{total:,}" for total in totals))
    return table


def _measures(figures: Figures, max_loc: int, target_loc: int) -> Table:
    table = _table("Atoms", "", "atoms", "share")
    target = min(target_loc, max_loc)
    rows = [
        ("1 or 2 lines of code", figures.sized(1, 2)),
        *(
            (f"≤ {limit} lines of code", figures.sized(0, limit))
            for limit in sorted({target, max_loc})
        ),
        ("over a limit without a reason", figures.over),
        ("complexity < 3", figures.complexity(0, 2)),
        ("irreducible", figures.irreducible.total()),
    ]
    for label, count in rows:
        table.add_row(label, f"{count:,}", _share(count, figures.total))
    return table


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.2f}%" if total else "-"


def _reasons(figures: Figures) -> Table:
    table = _table("Irreducible", "reason", "atoms")
    for reason, count in figures.irreducible.most_common(SHOWN_REASONS):
        table.add_row(reason, f"{count:,}")
    others = len(figures.irreducible) - SHOWN_REASONS
    if others > 0:
        rest = figures.irreducible.total() - sum(
            count for _, count in figures.irreducible.most_common(SHOWN_REASONS)
        )
        table.add_row(f"{others} other reasons", f"{rest:,}")
    return table


def _contexts(figures: Figures) -> Table:
    table = _table("Completeness of context", "", "atoms", "share")
    for label, count in _bands(figures):
        table.add_row(label, f"{count:,}", _share(count, figures.described))
    table.add_section()
    complete = figures.complete()
    table.add_row(f"≥ {COMPLETE:.0%}", f"{complete:,}", _share(complete, figures.described))
    table.add_row("mean", "", f"{100 * figures.completeness_sum / figures.described:.2f}%")
    return table


def _bands(figures: Figures) -> Iterator[tuple[str, int]]:
    for first in range(0, 100, BAND):
        count = sum(figures.completeness[percent] for percent in range(first, first + BAND))
        if count:
            yield f"{first} to {first + BAND}%", count
    yield "100%", figures.completeness[100]


def _criteria(figures: Figures) -> Table:
    table = _table("Criteria", "", "atoms", "share")
    for name in WEIGHTS:
        met = figures.met[name]
        table.add_row(name, f"{met:,}", _share(met, figures.described))
    table.add_section()
    table.add_row(
        f"score > {GOOD_SCORE}", f"{figures.good:,}", _share(figures.good, figures.described)
    )
    table.add_row("mean score", "", f"{figures.scores_sum / figures.described:.4f}")
    return table
