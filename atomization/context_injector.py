"""What an atom's writer must see: imports, and the contracts of all that the atom refers to.

Completeness is measured. Every name and attribute that a slot uses either resolves to something
whose contract (or whose import line, for what comes from outside the project) is in the context,
or it is a hole; the share of the former is the figure, and the holes are listed by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from atomization.contracts import Contract, Example, Parameter, contract_of, render
from atomization.names import FileReferences, Outcome, Reach, Reference, Role, references_of
from atomization.pieces import AtomKind
from atomization.project import ProjectFile, atom_key

__all__ = [
    "Context",
    "Contract",
    "Example",
    "Parameter",
    "ProjectFile",
    "atom_key",
    "build_contexts",
    "contract_of",
    "render",
]

_CONSTRUCTORS: Final = ("__init__", "__new__", "__post_init__", "constructor")


@dataclass(frozen=True, slots=True)
class Context:
    """An atom's surroundings.

    ``contracts`` are pairs of atom key and rendered contract. ``completeness`` is the share of the
    names and attributes in use that are resolved, 1.0 for an atom that uses none.
    """

    imports: tuple[str, ...]
    contracts: tuple[tuple[str, str], ...]
    resolved: tuple[str, ...]
    unresolved: tuple[str, ...]
    completeness: float

    def to_json(self) -> dict[str, Any]:
        """Give the context as plain data."""
        return asdict(self)


def build_contexts(
    files: Sequence[ProjectFile], *, references: Sequence[FileReferences] | None = None
) -> dict[str, Context]:
    """Build the context of every slot in a project, by atom key.

    ``references`` may be passed when they are there already (``references_of(files)``).
    """
    found = references_of(files) if references is None else references
    builder = _Builder(found)
    return {
        file.file.key(index): context
        for file in found
        for index, context in enumerate(builder.contexts(file))
    }


class _Builder:
    def __init__(self, files: Iterable[FileReferences]) -> None:
        self.files = {file.file.path: file for file in files}
        self._rendered: dict[tuple[str, int], str] = {}
        self._members: dict[str, dict[str, list[int]]] = {}

    def contexts(self, file: FileReferences) -> list[Context]:
        """Build the contexts of one file's slots, in order."""
        uses: list[list[Reference]] = [[] for _ in file.file.slots]
        for reference in [*file.references, *file.imports]:
            if reference.slot < len(uses):
                uses[reference.slot].append(reference)
        return [self._context(file, index, found) for index, found in enumerate(uses)]

    def _context(self, file: FileReferences, index: int, uses: list[Reference]) -> Context:
        resolved: dict[str, None] = {}
        unresolved: dict[str, None] = {}
        reached: dict[tuple[str, int], None] = dict.fromkeys(self._enclosing(file, index))
        imports: dict[str, None] = {}
        for use in uses:
            if use.role is Role.STORE and "." not in use.text:
                continue
            if use.outcome is Outcome.UNRESOLVED:
                if use.counted:
                    unresolved[use.text] = None
                continue
            again = use.text in resolved
            resolved[use.text] = None
            if use.outcome is not Outcome.LOCAL and not again:
                self._reach(use, file, reached, imports)
        reached.pop((file.file.path, index), None)
        holes = [text for text in unresolved if text not in resolved]
        total = len(resolved) + len(holes)
        return Context(
            imports=tuple(imports),
            contracts=tuple((self._key(place), self._contract(place)) for place in reached),
            resolved=tuple(resolved),
            unresolved=tuple(holes),
            completeness=round(len(resolved) / total, 4) if total else 1.0,
        )

    def _reach(
        self,
        use: Reference,
        file: FileReferences,
        reached: dict[tuple[str, int], None],
        imports: dict[str, None],
    ) -> None:
        for target in use.targets:
            if target.what == "import":
                statement = file.statements.get(use.text.split(".", 1)[0])
                if target.path == file.file.path and statement:
                    imports[statement] = None
            elif target.what != "module":
                reached[target.path, target.slot] = None
                for member in self._constructor(target):
                    reached[target.path, member] = None

    def _enclosing(self, file: FileReferences, index: int) -> list[tuple[str, int]]:
        """Give the headers around a slot: its class, or the function that it is a block of."""
        names = self._index(file.file.path)
        places, parent = [], file.file.slots[index].parent
        while parent is not None:
            at = names.get(parent, [])
            if not at:
                break
            places.append((file.file.path, at[0]))
            parent = file.file.slots[at[0]].parent
        return places

    def _constructor(self, target: Reach) -> list[int]:
        """Give the fields and constructors of a class: they are how it is made."""
        file = self.files[target.path].file
        slot = file.slots[target.slot]
        if slot.kind is not AtomKind.CLASS:
            return []
        return [
            index
            for index in self._index(target.path).get(f"in {slot.name}", [])
            if file.slots[index].kind is AtomKind.FIELD
            or file.slots[index].name.rsplit(".", 1)[-1] in _CONSTRUCTORS
        ]

    def _index(self, path: str) -> dict[str, list[int]]:
        """Index a file's slots by name, and by ``in <parent>``."""
        if path not in self._members:
            members: dict[str, list[int]] = {}
            for index, slot in enumerate(self.files[path].file.slots):
                members.setdefault(slot.name, []).append(index)
                if slot.parent is not None:
                    members.setdefault(f"in {slot.parent}", []).append(index)
            self._members[path] = members
        return self._members[path]

    def _key(self, place: tuple[str, int]) -> str:
        return self.files[place[0]].file.key(place[1])

    def _contract(self, place: tuple[str, int]) -> str:
        if place not in self._rendered:
            file = self.files[place[0]].file
            slot = file.slots[place[1]]
            self._rendered[place] = render(contract_of(slot, file.language), slot, file.language)
        return self._rendered[place]
