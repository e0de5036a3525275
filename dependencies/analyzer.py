"""Which atom needs which: typed edges from resolved names, each with its reason.

An edge is hard when the dependency's *code* must be there first, because importing the module runs
it: a base class, a decorator, what a module-level statement or a default argument calls (and what
that calls in turn), a constant that is read there; and inside a function, the data that flows from
one block to the next. A call in a function's body needs only the callee's contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from atomization.decomposer import AtomKind, Slot
from atomization.names import (
    GUESSED,
    FileReferences,
    Outcome,
    Reach,
    Reference,
    Role,
    references_of,
)
from atomization.project import ProjectFile
from dependencies.edges import Analysis, Edge, EdgeKind, Problem
from dependencies.flows import Flows
from dependencies.index import Place, ProjectIndex

__all__ = ["Analysis", "Edge", "EdgeKind", "Problem", "analyze", "analyze_project"]

MAX_REACHED: Final = 500
_STRENGTH: Final = {
    EdgeKind.FUNCTION_CALL: 0.8,
    EdgeKind.DATA_FLOW: 0.7,
    EdgeKind.TYPE: 0.6,
    EdgeKind.TEMPORAL: 0.6,
    EdgeKind.IMPORT: 0.5,
}
_RUNS: Final = frozenset({Role.CALL, Role.DECORATOR})


def analyze(
    files: Sequence[ProjectFile], *, references: Sequence[FileReferences] | None = None
) -> list[Edge]:
    """Find the edges between all atoms of a project, in the order of files and slots.

    At most one edge of a kind stands between two atoms; a hard one wins over a contract one.
    Never raises for what stands in a source; ``analyze_project`` also tells what was not read.
    """
    return list(analyze_project(files, references=references).edges)


def analyze_project(
    files: Sequence[ProjectFile], *, references: Sequence[FileReferences] | None = None
) -> Analysis:
    """Find the edges of a project, and the places that could not be analyzed.

    ``references`` may be passed when they are there already (``references_of(files)``).
    """
    found = references_of(files) if references is None else references
    analyzer = _Analyzer(found)
    for file in found:
        analyzer.structure(file)
        analyzer.uses(file)
        analyzer.order(file)
    analyzer.run_at_import()
    problems = [
        Problem(file.file.path, line, message) for file in found for line, message in file.problems
    ]
    return Analysis(analyzer.sorted_edges(), (*problems, *analyzer.problems))


class _Analyzer:
    def __init__(self, files: Sequence[FileReferences]) -> None:
        self.index = ProjectIndex([file.file for file in files])
        self.edges: dict[tuple[Place, Place, EdgeKind], Edge] = {}
        self.runs: dict[Place, dict[Place, None]] = {}
        self.bases: dict[Place, list[Place]] = {}
        self.started: list[tuple[Place, Place, Reference, Reach]] = []
        self.problems: list[Problem] = []
        self.flows = Flows()

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
    ) -> None:
        """Add an edge, or harden the one that is there."""
        if dependent == dependency:
            return
        known = self.edges.get((dependent, dependency, kind))
        if known is not None and (known.hard or not hard):
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
        )

    def sorted_edges(self) -> tuple[Edge, ...]:
        """Give the edges by the dependent's place, then the dependency's, then the kind."""
        order = self.index.order
        keys = sorted(
            self.edges,
            key=lambda key: (order[key[0][0]], key[0][1], order[key[1][0]], key[1][1], key[2]),
        )
        return tuple(self.edges[key] for key in keys)

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
            self.add((path, at), parent, kind, hard=True, reason=reason, line=slot.start_line)

    def uses(self, file: FileReferences) -> None:
        """Turn every resolved use of a name into edges."""
        for reference in file.imports:
            self._import(file, reference)
        for reference in file.references:
            if reference.outcome is Outcome.LOCAL:
                self._local(file, reference)
            elif reference.outcome is Outcome.SLOT:
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

    def _local(self, file: FileReferences, reference: Reference) -> None:
        """Let data flow between the blocks of one function."""
        path, own = file.file.path, reference.slot
        if reference.role is Role.STORE and "." not in reference.text:
            return
        earlier = self.flows.before(reference.targets, path, own)
        for slot in earlier:
            self.add(
                (path, own),
                (path, slot),
                EdgeKind.DATA_FLOW,
                hard=True,
                reason=f"reads {reference.text}, which {self._name((path, slot))} sets",
                line=reference.line,
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
        hard = reference.at_import and runs and reference.via != GUESSED
        verb = {Role.DECORATOR: "is decorated by", Role.CALL: "calls"}.get(reference.role, "uses")
        reason = f"{verb} {self._name(other)}"
        if hard:
            reason += " while its module is imported"
            self.started.append((place, other, reference, target))
        self._add(place, other, EdgeKind.FUNCTION_CALL, reference, target, hard, reason)
        if not reference.at_import:
            self._run(place, other)

    def _class(self, place: Place, other: Place, reference: Reference, target: Reach) -> None:
        name = self._name(other)
        if reference.role is Role.BASE:
            self.bases.setdefault(place, []).append(other)
            reason = f"has {name} as its base class"
            hooks = [self.index.member(other, "__init_subclass__")]
            self.started += [(place, hook, reference, target) for hook in hooks if hook is not None]
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
            self.started.append((place, other, reference, target))
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
        other = self.index.only_method(name) if dot and head else None
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

    # -- what runs at import ------------------------------------------------------------------

    def _run(self, place: Place, other: Place) -> None:
        self.runs.setdefault(place, {})[other] = None

    def run_at_import(self) -> None:
        """Harden what a call at import reaches: the callee's own callees run then, too."""
        for place, callee, reference, target in self.started:
            for reached in self._reached(callee, place):
                kind = self._kind_of_run(reached)
                name, through = self._name(reached), self._name(callee)
                reason = f"runs {through} while its module is imported, which needs {name}"
                self.add(
                    place,
                    reached,
                    kind,
                    hard=True,
                    reason=reason,
                    line=reference.line,
                    via=target.via,
                    confidence=min(target.confidence, 0.9),
                )

    def _reached(self, callee: Place, start: Place) -> list[Place]:
        seen: dict[Place, None] = {callee: None}
        queue = [callee]
        while queue:
            current = queue.pop(0)
            following = [*self.runs.get(current, ()), *self.index.makers(current)]
            following += self.bases.get(current, []) if self._is_class(current) else []
            for other in following:
                if other in seen or other == start:
                    continue
                if len(seen) > MAX_REACHED:
                    line = self.index.slot(start).start_line
                    message = f"runs over {MAX_REACHED} atoms at import; the rest is left out"
                    self.problems.append(Problem(start[0], line, message))
                    return list(seen)[1:]
                seen[other] = None
                queue.append(other)
        return list(seen)[1:]

    def _kind_of_run(self, place: Place) -> EdgeKind:
        kind = self.index.slot(place).kind
        if kind in (AtomKind.CONSTANT, AtomKind.FIELD):
            return EdgeKind.DATA_FLOW
        return EdgeKind.TYPE if kind is AtomKind.CLASS else EdgeKind.FUNCTION_CALL

    # -- order of statements ------------------------------------------------------------------

    def order(self, file: FileReferences) -> None:
        """Keep module-level statements with effects in their order where they share a variable."""
        touched: dict[int, dict[str, int]] = {}
        for reference in file.references:
            own = any(
                target.what == "variable" and target.path == file.file.path
                for target in reference.targets
            )
            if reference.at_import and own:
                name = reference.text.split(".", 1)[0]
                touched.setdefault(reference.slot, {}).setdefault(name, reference.line)
        last: dict[str, int] = {}
        for at in sorted(touched):
            slot = file.file.slots[at]
            for name, line in touched[at].items():
                if name in last and self._is_statement(slot):
                    self._ordered(file, at, last[name], name, line)
                if slot.kind is AtomKind.BLOCK and slot.parent is None:
                    last[name] = at

    def _is_statement(self, slot: Slot) -> bool:
        return slot.parent is None and slot.kind in (AtomKind.BLOCK, AtomKind.CONSTANT)

    def _ordered(self, file: FileReferences, at: int, before: int, name: str, line: int) -> None:
        path = file.file.path
        earlier = self._name((path, before))
        self.add(
            (path, at),
            (path, before),
            EdgeKind.TEMPORAL,
            hard=True,
            reason=f"works on {name} after {earlier} has",
            line=line,
        )

    # -- small questions ----------------------------------------------------------------------

    def _name(self, place: Place) -> str:
        return self.index.slot(place).name

    def _is_class(self, place: Place) -> bool:
        return self.index.slot(place).kind is AtomKind.CLASS

    def _is_property(self, place: Place) -> bool:
        return any("property" in name for name in self.index.slot(place).decorators)
