"""Which tests of the project touch an atom."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final

from atomization.names import FileReferences
from atomization.pieces import AtomKind
from atomization.project import ProjectFile

Place = tuple[str, int]

MAX_TESTS: Final = 12
_PARTS: Final = frozenset({AtomKind.BLOCK, AtomKind.FUNCTION})


def touching_tests(files: Mapping[str, FileReferences]) -> dict[Place, dict[str, str]]:
    """Give, for each place, the keys of the tests that touch it, each with how.

    A test touches what it names (``directly``) and, through a class that it names, the class's
    members (``through Money``). Those that touch directly come first, ``MAX_TESTS`` at most.
    """
    direct: dict[Place, dict[str, str]] = {}
    through: dict[Place, dict[str, str]] = {}
    for path, file in files.items():
        tests = _tests(file.file)
        for use in file.references:
            test = tests.get(use.slot)
            if test is None:
                continue
            key = file.file.key(test)
            for target in use.targets:
                if target.what in ("import", "module") or (target.path, target.slot) == (
                    path,
                    test,
                ):
                    continue
                place = (target.path, target.slot)
                direct.setdefault(place, {})[key] = "directly"
                if target.what == "class":
                    through.setdefault(place, {})[key] = ""
    return _with_members(files, direct, through)


def _tests(file: ProjectFile) -> dict[int, int]:
    """Give the slots that are tests or parts of tests, each with the test's own slot."""
    found: dict[int, int] = {}
    names: dict[str, int] = {}
    for at, slot in enumerate(file.slots):
        if slot.kind is AtomKind.TEST:
            found[at] = names[slot.name] = at
        elif slot.parent is not None and slot.parent in names and slot.kind in _PARTS:
            found[at] = names[slot.name] = names[slot.parent]
    return found


def _with_members(
    files: Mapping[str, FileReferences],
    direct: dict[Place, dict[str, str]],
    through: dict[Place, dict[str, str]],
) -> dict[Place, dict[str, str]]:
    for path in dict.fromkeys(path for path, _ in through):
        slots = files[path].file.slots
        names = {slot.name: at for at, slot in reversed(list(enumerate(slots)))}
        for at, slot in enumerate(slots):
            parent = names.get(slot.parent) if slot.parent is not None else None
            if parent is None:
                continue
            name = slot.parent or ""
            for key in islice(through.get((path, parent), ()), MAX_TESTS):
                direct.setdefault((path, at), {}).setdefault(key, f"through {name}")
    return {place: _first(found) for place, found in direct.items()}


def _first(found: dict[str, str]) -> dict[str, str]:
    ordered = sorted(found.items(), key=lambda pair: pair[1] != "directly")
    return dict(ordered[:MAX_TESTS])
