"""What the checks of later phases last said about one atom.

Read through reverse relations, so that nothing here imports a later phase. The newest run decides:
on level 1 of each check on the atom, on level 2 on its file, on level 3 on the whole project. A
failure of an older run is history, not the state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q

from atomization.models import AtomicUnit
from atomization.selectors import encode

MAX_ROWS: Final = 500


def latest_results(atom: AtomicUnit) -> list[Any]:
    """Return the validation results that hold for the atom now, by level and check."""
    results = [*_own(atom), *_of_module(atom), *_of_tests(atom)]
    return sorted(results, key=lambda item: (item.level, item.check_name, item.created_at))


def _own(atom: AtomicUnit) -> list[Any]:
    rows = list(atom.validation_results.filter(level=1).order_by("-created_at")[:MAX_ROWS])
    newest: dict[str, Any] = {}
    for row in rows:
        newest.setdefault(row.check_name, row.run_id)
    return [row for row in rows if newest[row.check_name] == row.run_id]


def _of_module(atom: AtomicUnit) -> list[Any]:
    rows = atom.masterplan.validation_results.filter(level=2, target=atom.source_file.path)
    return _of_newest_run(rows.order_by("-created_at")[:MAX_ROWS], atom)


def _of_tests(atom: AtomicUnit) -> list[Any]:
    rows = atom.masterplan.validation_results.filter(level=3)
    newest = rows.order_by("-created_at").values_list("run_id", flat=True).first()
    if newest is None:
        return []
    found = rows.filter(Q(atom=atom) | Q(target="tests"), run_id=newest)
    return list(found.order_by("created_at")[:MAX_ROWS])


def _of_newest_run(rows: Iterable[Any], atom: AtomicUnit) -> list[Any]:
    """Keep the first row's run of `rows` (newest first): the atom's own and those of no atom."""
    found = list(rows)
    return [
        row for row in found if row.run_id == found[0].run_id and row.atom_id in {None, atom.pk}
    ]


def marked_lines(results: Iterable[Any], code: str) -> set[int]:
    """Return the lines of `code` that a failed check of exactly this text points at."""
    digest = hashlib.sha256(encode(code)).hexdigest()
    return {
        result.line
        for result in results
        if result.line and result.verdict == "failed" and result.content_sha256 == digest
    }
