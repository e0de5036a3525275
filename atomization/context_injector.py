"""What an atom's writer must see: imports, the contracts of all that the atom refers to, and tests.

Completeness is measured: the share of the atom's free names, attributes, parameters and results
that resolve to something whose contract is in the context (whose import line, for what comes from
outside of the project). What is counted, and when it resolves, is in ``contexts.items``; every
item is explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, Final

from atomization.collector import collector_paused
from atomization.contexts.items import Explanation, Part, explain
from atomization.contexts.raising import raised_through_calls
from atomization.contexts.testing import touching_tests
from atomization.contracts import (
    Contract,
    Example,
    Parameter,
    ParameterKind,
    contract_of,
    contracts_of,
    handling_of,
    render,
)
from atomization.names import FileReferences, Reach, Reference, references_of
from atomization.pieces import AtomKind
from atomization.project import ProjectFile, atom_key
from atomization.reading import read
from atomization.typeshed import signature_of

__all__ = [
    "Context",
    "Contract",
    "Example",
    "Explanation",
    "Parameter",
    "Part",
    "ProjectFile",
    "atom_key",
    "build_contexts",
    "contract_of",
    "render",
]

_EVERYWHERE: Final = "builtins:"
_MAX_SIGNATURES: Final = 40
_MAX_ENCLOSING: Final = 20
_CONSTRUCTORS: Final = ("__init__", "__new__", "__post_init__", "constructor")

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Context:
    """An atom's surroundings.

    ``contracts`` are pairs of atom key and rendered contract; ``signatures`` are pairs of a name
    from outside of the project (``json:dumps``) and its declaration. ``completeness`` is the share
    of the counted items that are resolved, 1.0 for an atom that has none; ``resolved`` and
    ``unresolved`` name them, and ``explanations`` tell what each resolved to, or why it did not.
    ``tests`` are pairs: the key of a test that touches the atom, and how. ``raises`` are pairs: an
    error that comes out of a call in the atom, and the key of the callee that it comes through.
    """

    imports: tuple[str, ...]
    contracts: tuple[tuple[str, str], ...]
    resolved: tuple[str, ...]
    unresolved: tuple[str, ...]
    completeness: float
    explanations: tuple[Explanation, ...] = ()
    tests: tuple[tuple[str, str], ...] = ()
    raises: tuple[tuple[str, str], ...] = ()
    signatures: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the context as plain data."""
        return asdict(self)


def build_contexts(
    files: Sequence[ProjectFile],
    *,
    references: Sequence[FileReferences] | None = None,
    contracts: Mapping[str, Sequence[Contract]] | None = None,
) -> dict[str, Context]:
    """Build the context of every slot in a project, by atom key.

    ``references`` (``references_of(files)``) and ``contracts`` (by path, ``contracts_of`` a file's
    slots) may be passed when they are there already.
    """
    with collector_paused():
        found = references_of(files) if references is None else references
        builder = _Builder(found, contracts or {})
        return {
            file.file.key(index): context
            for file in found
            for index, context in enumerate(builder.contexts(file))
        }


class _Builder:
    def __init__(
        self, files: Iterable[FileReferences], contracts: Mapping[str, Sequence[Contract]]
    ) -> None:
        self.files = {file.file.path: file for file in files}
        self.contracts: dict[str, Sequence[Contract]] = {}
        handling = {}
        for path, file in self.files.items():
            source = file.file.text.encode("utf-8", "surrogateescape")
            reading = read(source, file.file.language)
            slots = file.file.slots
            known = contracts.get(path) or contracts_of(reading, slots)
            self.contracts[path] = _typed(file, known)
            handling[path] = handling_of(reading, slots)
        self.raised = raised_through_calls(self.files, self.contracts, handling)
        self.tests = touching_tests(self.files)
        self._rendered: dict[Place, str] = {}
        self._members: dict[str, dict[str, list[int]]] = {}
        self._made: dict[Place, list[int]] = {}

    def contexts(self, file: FileReferences) -> list[Context]:
        """Build the contexts of one file's slots, in order."""
        uses: list[list[Reference]] = [[] for _ in file.file.slots]
        for reference in [*file.references, *file.imports]:
            if reference.slot < len(uses):
                uses[reference.slot].append(reference)
        return [self._context(file, index, found) for index, found in enumerate(uses)]

    def _context(self, file: FileReferences, index: int, uses: list[Reference]) -> Context:
        path = file.file.path
        own = self.contracts[path][index]
        seen = explain(file, index, uses, own, self._owner(file, index), self._index(path))
        reached: dict[Place, None] = dict.fromkeys(self._enclosing(file, index))
        imports: dict[str, None] = {}
        outside: dict[str, None] = {}
        for use in seen.reached:
            self._reach(use, file, reached, imports)
            if use.outside and not use.outside.startswith(_EVERYWHERE):
                outside[use.outside] = None
        reached.pop((path, index), None)
        items = tuple(seen.items.values())
        resolved = sum(item.resolved for item in items)
        raised = self.raised.get((path, index), {})
        return Context(
            imports=tuple(imports),
            contracts=tuple((self._key(place), self._contract(place)) for place in reached),
            resolved=tuple(_names(items, resolved=True)),
            unresolved=tuple(_names(items, resolved=False)),
            completeness=round(resolved / len(items), 4) if items else 1.0,
            explanations=items,
            tests=tuple(self.tests.get((path, index), {}).items()),
            raises=tuple((name, self._key(place)) for name, place in raised.items()),
            signatures=tuple(_signatures(outside)),
        )

    def _reach(
        self,
        use: Reference,
        file: FileReferences,
        reached: dict[Place, None],
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

    def _owner(self, file: FileReferences, index: int) -> tuple[int, Contract] | None:
        """Give the function that a slot is a block of: its slot and contract."""
        slot = file.file.slots[index]
        if slot.kind is not AtomKind.BLOCK or slot.parent is None:
            return None
        at = self._index(file.file.path).get(slot.parent, [])
        return (at[0], self.contracts[file.file.path][at[0]]) if at else None

    def _enclosing(self, file: FileReferences, index: int) -> list[Place]:
        """Give the headers around a slot, innermost first: its class, the function it is in.

        Of sources nested deeper than anybody writes the outer ones are left out.
        """
        names = self._index(file.file.path)
        places: list[Place] = []
        parent = file.file.slots[index].parent
        while parent is not None and len(places) < _MAX_ENCLOSING:
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
        place = (target.path, target.slot)
        if place not in self._made:
            self._made[place] = [
                index
                for index in self._index(target.path).get(f"in {slot.name}", [])
                if file.slots[index].kind is AtomKind.FIELD
                or file.slots[index].name.rsplit(".", 1)[-1] in _CONSTRUCTORS
            ]
        return self._made[place]

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

    def _key(self, place: Place) -> str:
        return self.files[place[0]].file.key(place[1])

    def _contract(self, place: Place) -> str:
        if place not in self._rendered:
            path, index = place
            file = self.files[path].file
            contract = self.contracts[path][index]
            self._rendered[place] = render(contract, file.slots[index], file.language)
        return self._rendered[place]


def _signatures(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give the declarations of names outside of the project, of those that have one."""
    for name in islice(names, _MAX_SIGNATURES):
        module, _, member = name.partition(":")
        found = signature_of(module, member) if member else None
        if found is not None:
            yield name, found


def _typed(file: FileReferences, contracts: Sequence[Contract]) -> list[Contract]:
    """Give the names that blocks need the types that were inferred, where none is declared."""
    found = []
    for index, contract in enumerate(contracts):
        types = file.types.get(index)
        if types and any(part.kind is ParameterKind.LIVE for part in contract.parameters):
            needs = (
                replace(part, annotation=part.annotation or types.get(part.name, ""))
                for part in contract.parameters
            )
            contract = replace(contract, parameters=tuple(needs))
        found.append(contract)
    return found


def _names(items: Iterable[Explanation], *, resolved: bool) -> dict[str, None]:
    """Name the items that resolved, or those that did not, each once."""
    return dict.fromkeys(item.name for item in items if item.resolved is resolved)
