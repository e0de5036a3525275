"""Sources to described atoms: the one way that the command, the API and the database all go.

An atom is described in two steps, for they cost very different times. What its own file tells
(place, measures, contract) is known when the file has been cut. What the project around it tells
(context, completeness, the ten criteria) needs all files of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, Protocol

from atomization.context_injector import Context, build_contexts
from atomization.contracts import Contract, contracts_of
from atomization.decomposer import AtomKind, Slot, assemble, slots_of
from atomization.flow import flows_of
from atomization.names import has_gaps, references_of
from atomization.parser import Language, SyntaxFault, syntax_faults
from atomization.project import ProjectFile, atom_key
from atomization.reading import Reading, read
from atomization.type_facts import TypeFacts
from atomization.validator import Criterion, criteria_of, score

MAX_LOC: Final = 15
TARGET_LOC: Final = 10


View = Callable[[Sequence[ProjectFile]], TypeFacts]


class Cut(Protocol):
    """What cuts a source that was read into slots; ``slots_of`` is the one in use."""

    def __call__(self, reading: Reading, *, max_loc: int, target_loc: int) -> Sequence[Slot]: ...


@dataclass(frozen=True, slots=True)
class Atom:
    """One atom of a file: its slot, its contract, and its bytes (start included, end not)."""

    slot: Slot
    contract: Contract
    start: int
    end: int

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names that the atom declares in its scope; none for statements and trivia."""
        kind = self.slot.kind
        if kind is AtomKind.IMPORT:
            return tuple(part.name for part in self.contract.binds)
        if kind in (AtomKind.BLOCK, AtomKind.TRIVIA):
            return ()
        if ".." in self.slot.name and self.contract.members:
            return tuple(part.name for part in self.contract.members)
        return (self.slot.name.split("#", 1)[0].rsplit(".", 1)[-1],)

    def to_json(self) -> dict[str, Any]:
        """Give the atom as plain data; its text is the file's bytes from start to end."""
        slot = self.slot
        return {
            "kind": slot.kind.value,
            "name": slot.name,
            "names": list(self.names),
            "parent": slot.parent,
            "bytes": [self.start, self.end],
            "lines": [slot.start_line, slot.end_line],
            "metrics": {"loc": slot.loc, "complexity": slot.complexity},
            "irreducible": slot.irreducible,
            "contract": self.contract.to_json(),
        }


@dataclass(frozen=True, slots=True)
class AtomizedFile:
    """One file and its atoms in order."""

    path: str
    language: Language
    atoms: tuple[Atom, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Give the atoms' slots."""
        return tuple(atom.slot for atom in self.atoms)

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """Give the atoms' contracts."""
        return tuple(atom.contract for atom in self.atoms)

    def as_project_file(self) -> ProjectFile:
        """Give the file as the analyses of a project see it."""
        return ProjectFile(self.path, self.language, self.slots)


@dataclass(frozen=True, slots=True)
class Description:
    """What the project around an atom tells of it, and how good an atom it is (0 to 1)."""

    context: Context
    criteria: tuple[Criterion, ...]
    score: float

    def to_json(self) -> dict[str, Any]:
        """Give the description as plain data; ``holes`` are the names that nothing resolves."""
        return {
            "completeness": self.context.completeness,
            "holes": list(self.context.unresolved),
            "score": self.score,
            "criteria": [criterion.to_json() for criterion in self.criteria],
        }


@dataclass(frozen=True, slots=True)
class AtomService:
    """Cuts sources into atoms of at most ``max_loc`` lines of code and describes them."""

    max_loc: int = MAX_LOC
    target_loc: int = TARGET_LOC
    cut: Cut = slots_of

    def slots(self, content: bytes, language: Language) -> tuple[Slot, ...]:
        """Cut a source; the slots' texts, concatenated, are the source."""
        return self._slots(read(content, language))

    def _slots(self, reading: Reading) -> tuple[Slot, ...]:
        target = min(self.target_loc, self.max_loc)
        return tuple(self.cut(reading, max_loc=self.max_loc, target_loc=target))

    def atomize(self, content: bytes, language: Language, *, path: str = "") -> AtomizedFile:
        """Cut a source and read each atom's contract. Never raises for what stands in it."""
        reading = read(content, language)
        slots = self._slots(reading)
        contracts = contracts_of(reading, slots, flows=flows_of(reading, slots))
        ends = accumulate((len(_encoded(slot.code)) for slot in slots), initial=0)
        starts = list(ends)
        return AtomizedFile(
            path,
            language,
            tuple(
                Atom(slot, contract, start, end)
                for slot, contract, start, end in zip(
                    slots, contracts, starts[:-1], starts[1:], strict=True
                )
            ),
        )

    def describe(
        self, files: Iterable[AtomizedFile], *, view: View | None = None
    ) -> dict[str, Description]:
        """Describe every atom of a project, by key (``path::name``); paths have to differ.

        ``view`` (``project_types``) is asked for mypy's types where the analysis has gaps.
        """
        project = list(files)
        sources = [file.as_project_file() for file in project]
        references = references_of(sources)
        if view is not None and has_gaps(references):
            references = references_of(sources, types=view(sources))
        contexts = build_contexts(
            sources,
            references=references,
            contracts={file.path: file.contracts for file in project},
        )
        return {
            key: description
            for file in project
            for key, description in _described(file, contexts).items()
        }

    def syntax_faults(self, content: bytes, language: Language) -> list[SyntaxFault]:
        """List what the language refuses in a source."""
        return syntax_faults(content, language)


def _described(file: AtomizedFile, contexts: Mapping[str, Context]) -> dict[str, Description]:
    """Measure the criteria of one file's atoms."""
    keys = [atom_key(file.path, slot.name) for slot in file.slots]
    own = [contexts[key] for key in keys]
    content = assemble(slot.code for slot in file.slots)
    judged = criteria_of(read(content, file.language), file.slots, own, file.contracts)
    return {
        key: Description(context, tuple(found), score(found))
        for key, context, found in zip(keys, own, judged, strict=True)
    }


def first_difference(content: bytes, slots: Sequence[Slot]) -> int | None:
    """Give the offset of the first byte at which reassembly differs from the source, if any."""
    made = assemble(slot.code for slot in slots)
    if made == content:
        return None
    shorter = min(len(made), len(content))
    for offset in range(shorter):
        if made[offset] != content[offset]:
            return offset
    return shorter


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
