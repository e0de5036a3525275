"""Finding slots of a project by place, name, class and method name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from atomization.decomposer import AtomKind, Slot
from atomization.names import Reach
from atomization.project import ProjectFile

Place = tuple[str, int]

_MAKERS: Final = frozenset({"__init__", "__new__", "__post_init__", "constructor"})
COMMON: Final = frozenset(
    name
    for kind in (str, bytes, list, dict, set, tuple, int, float, object, type, Exception)
    for name in dir(kind)
) | {"close", "read", "write", "open", "run", "send", "start", "stop", "next", "then", "match"}


class ProjectIndex:
    """Slots of a project by place: a path and an index in that file."""

    def __init__(self, files: Sequence[ProjectFile]) -> None:
        """Index the files, in their order."""
        self.order = {file.path: number for number, file in enumerate(files)}
        self._files = {file.path: file for file in files}
        self._names: dict[str, dict[str, int]] = {}
        self._members: dict[Place, list[Place]] = defaultdict(list)
        self._methods: dict[str, list[Place]] = defaultdict(list)
        self._makers: dict[Place, list[Place]] = {}
        for file in files:
            self._enter(file)

    def _enter(self, file: ProjectFile) -> None:
        self._names[file.path] = {slot.name: at for at, slot in enumerate(file.slots)}
        for at, slot in enumerate(file.slots):
            place = (file.path, at)
            parent = self.parent(place)
            if parent is not None:
                self._members[parent].append(place)
            if slot.kind is AtomKind.METHOD:
                self._methods[_last(slot)].append(place)

    def replace(self, file: ProjectFile) -> tuple[bool, set[str]]:
        """Take a file in place of what it was.

        Gives whether its slots stand for something else than before, and the names of methods that
        came or went.
        """
        old = self._files[file.path]
        before = self._method_names(old)
        for at, slot in enumerate(old.slots):
            place = (file.path, at)
            self._members.pop(place, None)
            self._makers.pop(place, None)
            if slot.kind is AtomKind.METHOD:
                self._methods[_last(slot)].remove(place)
        self._files[file.path] = file
        self._enter(file)
        for names in self._methods.values():
            names.sort(key=lambda place: (self.order[place[0]], place[1]))
        moved = list(map(_meaning, old.slots)) != list(map(_meaning, file.slots))
        after = self._method_names(file)
        return moved, {name for name in before.keys() | after.keys() if before != after}

    def _method_names(self, file: ProjectFile) -> Counter[str]:
        return Counter(_last(slot) for slot in file.slots if slot.kind is AtomKind.METHOD)

    def slot(self, place: Place) -> Slot:
        """Give the slot at a place."""
        return self._files[place[0]].slots[place[1]]

    def key(self, place: Place) -> str:
        """Give the atom key of a place."""
        return self._files[place[0]].key(place[1])

    def place(self, target: Reach) -> Place | None:
        """Give the place that a reference means, or None when the file has no slots."""
        found = target.slot < len(self._files[target.path].slots)
        return (target.path, target.slot) if found else None

    def parent(self, place: Place) -> Place | None:
        """Give the place of the slot around another."""
        parent = self.slot(place).parent
        at = self._names[place[0]].get(parent) if parent is not None else None
        return (place[0], at) if at is not None else None

    def member(self, owner: Place, name: str) -> Place | None:
        """Give a class's member of a name."""
        found = [place for place in self._members[owner] if _last(self.slot(place)) == name]
        return found[0] if found else None

    def makers(self, owner: Place) -> list[Place]:
        """Give what a class's instances are made by and of: constructors and fields."""
        known = self._makers.get(owner)
        if known is None:
            known = self._makers[owner] = self._made_by(owner)
        return known

    def _made_by(self, owner: Place) -> list[Place]:
        if self.slot(owner).kind is not AtomKind.CLASS:
            return []
        return [
            place
            for place in self._members[owner]
            if self.slot(place).kind is AtomKind.FIELD or _last(self.slot(place)) in _MAKERS
        ]

    def is_constructor(self, target: Reach) -> bool:
        """Tell whether a reference means a constructor."""
        place = self.place(target)
        return place is not None and _last(self.slot(place)) in _MAKERS

    def only_method(self, name: str) -> Place | None:
        """Give the one method of a name in the whole project, unless the name is a common one."""
        if name in COMMON:
            return None
        found = self._methods.get(name, [])
        return found[0] if len(found) == 1 else None


def _meaning(slot: Slot) -> tuple[object, ...]:
    return slot.name, slot.kind, slot.parent, slot.decorators


def _last(slot: Slot) -> str:
    return slot.name.rsplit(".", 1)[-1].split("#", 1)[0]


def first_line(slot: Slot) -> int:
    """Give the first line of a slot that is not blank; blank lines before an atom belong to it."""
    inked = slot.code.lstrip()
    blank = slot.code[: len(slot.code) - len(inked)] if inked else ""
    return slot.start_line + blank.replace("\r\n", "\n").replace("\r", "\n").count("\n")
