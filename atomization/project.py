"""A project as the analyses see it: files that are lists of slots."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from atomization.decomposer import Slot
from atomization.parser import Language


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One source file: its path in the project (with ``/``), its language, its slots in order."""

    path: str
    language: Language
    slots: tuple[Slot, ...]

    @property
    def text(self) -> str:
        """Give the whole source."""
        return "".join(slot.code for slot in self.slots)

    def key(self, index: int) -> str:
        """Give the atom key of the slot at an index."""
        return atom_key(self.path, self.slots[index].name)

    def slot_at(self, line: int) -> int:
        """Give the index of the slot that holds a 1-based line."""
        at = bisect_right(self.slots, line, key=lambda slot: slot.start_line) - 1
        return max(at, 0)


def atom_key(path: str, name: str) -> str:
    """Give the key of an atom: ``<path>::<name>``."""
    return f"{path}::{name}"
