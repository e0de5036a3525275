"""Which errors come out of the calls that an atom makes in its project.

An error goes from a function to its callers, to theirs, and so on: ``ROUNDS`` times, which also is
what ends cycles. It stops at a call that stands in a guarded suite whose handlers certainly keep it
(``contracts.errors`` says what is certain). A call counts where the callee is known by scope,
import, class or type; a callee that merely has the only such name in the project is not taken.
Calls in functions that are defined inside an atom, but are not atoms themselves, run later and
elsewhere, and are left out, as are properties, operators and other calls without brackets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from atomization.contracts import Contract, Handling
from atomization.names import FileReferences, Reach, Role
from atomization.pieces import AtomKind

Place = tuple[str, int]

ROUNDS: Final = 8
MAX_ERRORS: Final = 24
_UNSURE: Final = "unique-name"
_CONSTRUCTORS: Final = ("__init__", "__new__", "__post_init__", "constructor")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that may raise: the place called, and the file and line where it stands."""

    target: Place
    path: str
    line: int


def raised_through_calls(
    files: Mapping[str, FileReferences],
    contracts: Mapping[str, Sequence[Contract]],
    handling: Mapping[str, Handling],
) -> dict[Place, dict[str, Place]]:
    """Give the errors that reach a place from its callees: name → the callee they come through."""
    calls = _calls(files, handling)
    own = {
        (path, index): contract.raises
        for path, found in contracts.items()
        for index, contract in enumerate(found)
        if contract.raises
    }
    through: dict[Place, dict[str, Place]] = {}
    fresh = set(own)
    callers: dict[Place, dict[Place, None]] = {}
    for caller, made in calls.items():
        for call in made:
            callers.setdefault(call.target, {})[caller] = None
    for _ in range(ROUNDS):
        touched = dict.fromkeys(
            caller for place in sorted(fresh) for caller in callers.get(place, ())
        )
        fresh = {
            caller for caller in touched if _grown(caller, calls[caller], own, through, handling)
        }
        if not fresh:
            break
    return through


def _grown(
    caller: Place,
    calls: Sequence[Call],
    own: Mapping[Place, Sequence[str]],
    through: dict[Place, dict[str, Place]],
    handling: Mapping[str, Handling],
) -> bool:
    """Take over what a caller's callees raise; tell whether that is news."""
    known = through.get(caller, {})
    before = len(known)
    for call in calls:
        for name in (*own.get(call.target, ()), *through.get(call.target, ())):
            if name in known or len(known) >= MAX_ERRORS:
                continue
            if not handling[call.path].keeps(name, call.line):
                known[name] = call.target
    if known:
        through[caller] = known
    return len(known) > before


def _calls(
    files: Mapping[str, FileReferences], handling: Mapping[str, Handling]
) -> dict[Place, list[Call]]:
    """Collect the calls by caller; what a block calls, the function that it is part of calls."""
    found: dict[Place, dict[Call, None]] = {}
    members = {path: _members(file) for path, file in files.items()}
    for path, file in files.items():
        owners = _owners(file)
        for use in file.references:
            if use.role is not Role.CALL or use.slot >= len(owners):
                continue
            if handling[path].runs_later(use.line):
                continue
            for target in use.targets:
                for place in _called(target, files, members):
                    for index in owners[use.slot]:
                        if (path, index) != place:
                            found.setdefault((path, index), {})[Call(place, path, use.line)] = None
    return {place: list(calls) for place, calls in found.items()}


def _called(
    target: Reach,
    files: Mapping[str, FileReferences],
    members: Mapping[str, Mapping[str, list[int]]],
) -> list[Place]:
    """Give what runs when a target is called: the function, or what makes an instance."""
    if target.via == _UNSURE or target.what not in ("function", "class"):
        return []
    if target.what == "function":
        return [(target.path, target.slot)]
    name = files[target.path].file.slots[target.slot].name
    return [(target.path, at) for at in members[target.path].get(name, ())]


def _members(file: FileReferences) -> dict[str, list[int]]:
    """Give the constructors of each class of a file, by the name of its slot."""
    found: dict[str, list[int]] = {}
    for at, slot in enumerate(file.file.slots):
        if slot.parent is None or slot.kind is not AtomKind.METHOD:
            continue
        if slot.name.rpartition(".")[2].partition("#")[0] in _CONSTRUCTORS:
            found.setdefault(slot.parent, []).append(at)
    return found


def _owners(file: FileReferences) -> list[list[int]]:
    """Give, for each slot, the slots that answer for its calls: itself, a block's function."""
    slots = file.file.slots
    names = {slot.name: at for at, slot in reversed(list(enumerate(slots)))}
    found = []
    for at, slot in enumerate(slots):
        owner = names.get(slot.parent) if slot.parent and slot.kind is AtomKind.BLOCK else None
        heads = owner is not None and slots[owner].kind is not AtomKind.CLASS
        found.append([at, owner] if heads and owner is not None else [at])
    return found
