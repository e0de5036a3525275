"""The edges of one file's atoms: from its references, calls and flows.

An edge is hard when the dependency's *code* must be there first, because importing the module runs
it: a base class, a decorator, what a module-level statement or a default argument calls (and what
that calls in turn), a constant that is read there; and inside a function, the value that flows from
one block to the next. A call in a function's body needs only the callee's contract; so does a
member of its class, a block of its function's parameters, and whoever uses a container that another
block changes, as contracts tell all of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from atomization.decomposer import AtomKind, Slot
from atomization.names import GUESSED, FileReferences, Outcome, Reach, Reference, Role
from dependencies.def_use import FlowKind, SlotFlow
from dependencies.edges import Edge, EdgeKind, Step
from dependencies.flows import Flows
from dependencies.index import Place, ProjectIndex, first_line

SURE: Final = 0.8
"""How surely a call has to be known for what it runs at import to be hard."""

_STRENGTH: Final = {
    EdgeKind.FUNCTION_CALL: 0.8,
    EdgeKind.DATA_FLOW: 0.7,
    EdgeKind.TYPE: 0.6,
    EdgeKind.TEMPORAL: 0.6,
    EdgeKind.IMPORT: 0.5,
}
_FUNCTIONS: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD, AtomKind.TEST})
_WORD: Final = re.compile(r"\w+")
_RUNS: Final = frozenset({Role.CALL, Role.DECORATOR})
_WEAK: Final = frozenset({GUESSED, "override", "abstract"})


@dataclass(frozen=True, slots=True)
class CallEdge:
    """A call that values lead to: where it is, what it calls, and how that is known."""

    line: int
    text: str
    place: Place
    at_import: bool
    via: str
    confidence: float
    chain: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """What importing a module runs: from an atom, at a line, an atom."""

    place: Place
    callee: Place
    line: int
    via: str
    confidence: float


class FileEdges:
    """Collects the edges whose dependents are the atoms of one file.

    ``runs`` tells what runs when an atom does, ``bases`` what a class derives from, ``started``
    what importing the file starts, ``asked`` which names of methods were looked for in the project.
    """

    def __init__(self, index: ProjectIndex, file: FileReferences) -> None:
        """Take the project's index and the file's references."""
        self.index = index
        self.file = file
        self.edges: dict[tuple[Place, Place, EdgeKind], Edge] = {}
        self.runs: dict[Place, dict[Place, None]] = {}
        self.bases: dict[Place, list[Place]] = {}
        self.started: list[Start] = []
        self.asked: set[str] = set()
        self.flows = Flows()

    def collect(self, calls: Iterable[CallEdge], flows: Iterable[SlotFlow]) -> None:
        """Find all edges that need nothing but the file and the index."""
        self.structure(self.file)
        self.uses(self.file)
        for call in calls:
            self._call(call)
        for flow in flows:
            self._flow(flow)

    # -- collecting -------------------------------------------------------------------------

    def add(
        self,
        dependent: Place,
        dependency: Place,
        kind: EdgeKind,
        *,
        hard: bool,
        reason: str,
        line: int,
        via: str = "scope",
        confidence: float = 0.99,
        chain: tuple[Step, ...] = (),
    ) -> None:
        """Add an edge, or harden the one that is there."""
        if dependent == dependency:
            return
        known = self.edges.get((dependent, dependency, kind))
        if known is not None and (known.hard, known.confidence) >= (hard, confidence):
            return
        self.edges[dependent, dependency, kind] = Edge(
            dependent=self.index.key(dependent),
            dependency=self.index.key(dependency),
            kind=kind,
            hard=hard,
            reason=reason,
            line=line,
            strength=1.0 if hard else _STRENGTH[kind],
            resolved_by=via,
            confidence=confidence,
            chain=chain,
        )

    # -- what a file's shape says ---------------------------------------------------------------

    def structure(self, file: FileReferences) -> None:
        """Tie members to their class header and blocks to the function that they are cut from."""
        path = file.file.path
        for at, slot in enumerate(file.file.slots):
            parent = self.index.parent((path, at))
            if parent is None:
                continue
            owner = self.index.slot(parent)
            if slot.kind is AtomKind.BLOCK and owner.kind is not AtomKind.CLASS:
                reason = f"a part of {owner.name}, which begins there"
                kind = EdgeKind.TEMPORAL
            else:
                reason = f"stands inside of {owner.name}"
                kind = EdgeKind.TYPE
            if owner.kind is not AtomKind.CLASS:
                self._run((path, parent[1]), (path, at))
            line = first_line(slot)
            self.add((path, at), parent, kind, hard=False, reason=reason, line=line)

    def uses(self, file: FileReferences) -> None:
        """Turn every resolved use of a name into edges."""
        for reference in file.imports:
            self._import(file, reference)
        for reference in file.references:
            if reference.outcome is Outcome.SLOT:
                self._resolved(file, reference)
            elif reference.outcome is Outcome.UNRESOLVED and reference.role is Role.CALL:
                self._guessed(file, reference)

    def _import(self, file: FileReferences, reference: Reference) -> None:
        place = (file.file.path, reference.slot)
        for target in reference.targets:
            other = self.index.place(target)
            if other is None:
                continue
            what = f"module {target.path}" if target.what == "module" else self._name(other)
            self.add(
                place,
                other,
                EdgeKind.IMPORT,
                hard=False,
                reason=f"imports {what}",
                line=reference.line,
                via="import",
            )

    def _resolved(self, file: FileReferences, reference: Reference) -> None:
        place = (file.file.path, reference.slot)
        targets = self._relevant(place, reference)
        for target in targets:
            other = self.index.place(target)
            if other is None or other == place:
                continue
            if target.what == "import":
                self._through_import(place, other, reference, target)
            elif target.what == "function":
                self._function(place, other, reference, target)
            elif target.what == "class":
                self._class(place, other, reference, target)
            elif target.what == "variable":
                self._variable(place, other, reference, target)

    def _relevant(self, place: Place, reference: Reference) -> list[Reach]:
        """Leave out what a use cannot mean: stores, and at import what is bound only later."""
        own = [target for target in reference.targets if target.path == place[0]]
        if reference.role is Role.STORE and (
            "." not in reference.text or any(target.via == "self" for target in own)
        ):
            return []
        targets = list(reference.targets)
        if reference.via == GUESSED and (reference.role is not Role.CALL or len(targets) > 1):
            return []
        if reference.at_import and any(target.slot <= place[1] for target in own):
            before = {*self.flows.before(reference.targets, *place), place[1]}
            targets = [
                target for target in targets if target.path != place[0] or target.slot in before
            ]
        return self._set_by(targets)

    def _set_by(self, targets: list[Reach]) -> list[Reach]:
        """Of the methods that set an attribute, take the constructor where it is among them."""
        setters = [
            target
            for target in targets
            if target.what == "variable" and self._kind(target) is AtomKind.METHOD
        ]
        first = [target for target in setters if self.index.is_constructor(target)] or setters[:1]
        return [target for target in targets if target not in setters or target in first]

    def _kind(self, target: Reach) -> AtomKind | None:
        place = self.index.place(target)
        return self.index.slot(place).kind if place is not None else None

    # -- one use, one edge ------------------------------------------------------------------

    def _through_import(
        self, place: Place, other: Place, reference: Reference, target: Reach
    ) -> None:
        if other[0] != place[0]:
            return
        self.add(
            place,
            other,
            EdgeKind.IMPORT,
            hard=False,
            reason=f"uses {reference.text}, which is imported there",
            line=reference.line,
            via="import",
            confidence=target.confidence,
        )

    def _function(self, place: Place, other: Place, reference: Reference, target: Reach) -> None:
        runs = reference.role in _RUNS or self._is_property(other)
        hard = reference.at_import and runs and target.via not in _WEAK
        verb = {Role.DECORATOR: "is decorated by", Role.CALL: "calls"}.get(reference.role, "uses")
        reason = f"{verb} {self._name(other)}"
        if hard:
            reason += " while its module is imported"
            self._start(place, other, reference, target)
        self._add(place, other, EdgeKind.FUNCTION_CALL, reference, target, hard, reason)
        if not reference.at_import and target.via not in _WEAK:
            self._run(place, other)

    def _class(self, place: Place, other: Place, reference: Reference, target: Reach) -> None:
        name = self._name(other)
        if reference.role is Role.BASE:
            self.bases.setdefault(place, []).append(other)
            reason = f"has {name} as its base class"
            hooks = [self.index.member(other, "__init_subclass__")]
            for hook in hooks:
                if hook is not None:
                    self._start(place, hook, reference, target)
            self._add(place, other, EdgeKind.TYPE, reference, target, True, reason)
        elif reference.role in _RUNS:
            self._constructed(place, other, reference, target)
        else:
            verb = "is annotated with" if reference.role is Role.ANNOTATION else "refers to"
            reason = f"{verb} {name}"
            self._add(place, other, EdgeKind.TYPE, reference, target, False, reason)

    def _constructed(self, place: Place, other: Place, reference: Reference, target: Reach) -> None:
        name, hard = self._name(other), reference.at_import
        when = " while its module is imported" if hard else ""
        reason = f"makes a {name}{when}"
        self._add(place, other, EdgeKind.TYPE, reference, target, hard, reason)
        for member in self.index.makers(other):
            method = self.index.slot(member).kind is AtomKind.METHOD
            kind = EdgeKind.FUNCTION_CALL if method else EdgeKind.DATA_FLOW
            self._add(place, member, kind, reference, target, hard, reason)
        if hard:
            self._start(place, other, reference, target)
        else:
            self._run(place, other)

    def _variable(self, place: Place, other: Place, reference: Reference, target: Reach) -> None:
        slot = self.index.slot(other)
        name = reference.text
        if reference.role is Role.ANNOTATION or slot.kind is AtomKind.TYPE:
            reason = f"uses the type {name}"
            self._add(place, other, EdgeKind.TYPE, reference, target, False, reason)
            return
        hard = reference.at_import
        reason = f"reads {name}" + (" while its module is imported" if hard else "")
        kind = EdgeKind.DATA_FLOW
        if slot.kind is AtomKind.METHOD and reference.role is Role.CALL:
            kind, reason = EdgeKind.FUNCTION_CALL, f"calls {name}"
        self._add(place, other, kind, reference, target, hard, reason)
        if not hard:
            self._run(place, other)

    def _add(
        self,
        place: Place,
        other: Place,
        kind: EdgeKind,
        reference: Reference,
        target: Reach,
        hard: bool,
        reason: str,
    ) -> None:
        self.add(
            place,
            other,
            kind,
            hard=hard,
            reason=reason,
            line=reference.line,
            via=target.via,
            confidence=target.confidence,
        )

    def _guessed(self, file: FileReferences, reference: Reference) -> None:
        """Take the only method of that name in the project for a call on an unknown receiver."""
        head, dot, name = reference.text.rpartition(".")
        if not (dot and head):
            return
        self.asked.add(name)
        other = self.index.only_method(name)
        if other is None:
            return
        place = (file.file.path, reference.slot)
        self.add(
            place,
            other,
            EdgeKind.FUNCTION_CALL,
            hard=False,
            reason=f"calls {reference.text}; {self._name(other)} is the only method of that name",
            line=reference.line,
            via="unique-name",
            confidence=0.5,
        )

    def _start(self, place: Place, callee: Place, reference: Reference, target: Reach) -> None:
        start = Start(place, callee, reference.line, target.via, target.confidence)
        self.started.append(start)

    def _run(self, place: Place, other: Place) -> None:
        self.runs.setdefault(place, {})[other] = None

    # -- calls that values lead to --------------------------------------------------------------

    def _call(self, call: CallEdge) -> None:
        path = self.file.file.path
        place = (path, self.file.file.slot_at(call.line))
        other = call.place
        kind = self.index.slot(other).kind
        hard = call.at_import and call.via not in _WEAK and call.confidence >= SURE
        what = "makes a" if kind is AtomKind.CLASS else "calls"
        reason = f"{what} {self._name(other)}" + (" while its module is imported" if hard else "")
        self.add(
            place,
            other,
            EdgeKind.TYPE if kind is AtomKind.CLASS else EdgeKind.FUNCTION_CALL,
            hard=hard,
            reason=reason,
            line=call.line,
            via=call.via,
            confidence=call.confidence,
            chain=call.chain,
        )
        if hard:
            self.started.append(Start(place, other, call.line, call.via, call.confidence))
        elif not call.at_import and call.via not in _WEAK and call.confidence >= SURE:
            self._run(place, other)

    # -- what flows between the slots of a function, and at module level --------------------------

    def _flow(self, flow: SlotFlow) -> None:
        path, slots = self.file.file.path, self.file.file.slots
        dependent, dependency = slots[flow.dependent], slots[flow.dependency]
        within = _function(dependent) == _function(dependency)
        kind = EdgeKind.TEMPORAL if flow.kind is FlowKind.ORDER else EdgeKind.DATA_FLOW
        hard = flow.hard
        if flow.kind is FlowKind.DEFINITION:
            carried = within and flow.dependency > flow.dependent
            hard = (hard or carried) and not _in_contract(dependency, flow)
        elif flow.kind is FlowKind.MUTATION:
            hard = hard and dependent.parent is None and dependency.parent is None
        self.add(
            (path, flow.dependent),
            (path, flow.dependency),
            kind,
            hard=hard,
            reason=flow.reason,
            line=flow.line,
            via="def-use",
            chain=(Step(f"{flow.name} is set or changed here", path, flow.definition_line),),
        )

    # -- small questions ----------------------------------------------------------------------

    def _name(self, place: Place) -> str:
        return self.index.slot(place).name

    def _is_class(self, place: Place) -> bool:
        return self.index.slot(place).kind is AtomKind.CLASS

    def _is_property(self, place: Place) -> bool:
        return any("property" in name for name in self.index.slot(place).decorators)


def _function(slot: Slot) -> str:
    return slot.name.partition("#")[0]


def _in_contract(slot: Slot, flow: SlotFlow) -> bool:
    """Tell whether a definition is a parameter, or a local function, class or import."""
    if slot.kind in (AtomKind.IMPORT, AtomKind.CLASS):
        return True
    if slot.kind not in _FUNCTIONS and slot.parent is None:
        return False
    if flow.name not in _WORD.findall(slot.signature):
        return _name(slot) == flow.name
    rows = slot.code.splitlines()
    row = flow.definition_line - slot.start_line
    text = rows[row].rpartition(")")[2].strip() if 0 <= row < len(rows) else ""
    return not (text.startswith(flow.name) and "=" in text)


def _name(slot: Slot) -> str:
    return _function(slot).rpartition(".")[2]
