"""What an edit would invalidate: whose checks, and whose tests, say nothing any more.

An edit either keeps the contract of its atom or not. What was written against a contract has to be
checked anew once that changes; what needs an atom's code once the code does. Tests run through what
they call, so they are stale wherever the edit can be reached, however many calls away.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Generic, Protocol, TypeVar

from atomization.atom_service import Atom
from atomization.contracts import Contract
from atomization.identity import Known, match
from dependencies.edges import EdgeKind

K = TypeVar("K", bound=Hashable)
K_co = TypeVar("K_co", bound=Hashable, covariant=True)

_COMPARED: Final = (
    "parameters",
    "returns",
    "raises",
    "reraises",
    "preconditions",
    "postconditions",
    "decorators",
    "overloads",
    "type_parameters",
    "bases",
    "members",
    "binds",
    "is_async",
    "yields",
    "bodiless",
)
_SIGNED: Final = frozenset({"function", "method", "class", "type", "field", "test"})
"""Kinds whose signature is more than their first line."""
_FLOW: Final = ("live_in", "live_out", "may_define", "kills", "mutates", "captured")


class Change(StrEnum):
    """What an edit does to an atom."""

    BODY = "body"
    """its code is another one, its contract is not"""
    CONTRACT = "contract"
    """what others may rely on is another one"""
    GONE = "gone"
    """there is no such atom any more"""
    ADDED = "added"
    """there was no such atom before"""


class Stale(StrEnum):
    """What about an atom has to be done anew."""

    CHECKS = "checks"
    """the static checks, and the tests"""
    TESTS = "tests"
    """the tests alone"""


@dataclass(frozen=True, slots=True)
class AtomChange:
    """What happens to one atom of the edited file, and which parts of its contract differ."""

    name: str
    change: Change
    parts: tuple[str, ...] = ()


class Arc(Protocol[K_co]):
    """What is needed of an edge."""

    @property
    def dependent(self) -> K_co: ...

    @property
    def dependency(self) -> K_co: ...

    @property
    def kind(self) -> EdgeKind: ...

    @property
    def hard(self) -> bool: ...


A = TypeVar("A", bound=Arc[Any])


@dataclass(frozen=True, slots=True)
class Affected(Generic[K, A]):
    """An atom that an edit reaches: what is stale, over how many edges, and the last of these."""

    atom: K
    stale: Stale
    depth: int
    via: A


def changes_between(before: Sequence[Atom], after: Sequence[Atom]) -> list[AtomChange]:
    """Tell what became of the atoms of a file, in its order; those that stay are left out.

    Atoms are recognized by content, name and likeness (``atomization.identity``).
    """
    found = match([_known(atom) for atom in before], [_known(atom) for atom in after])
    successor = {
        kept.old: (atom, kept.same) for kept, atom in zip(found, after, strict=True) if kept
    }
    changes = []
    for at, atom in enumerate(before):
        if at not in successor:
            changes.append(AtomChange(atom.slot.name, Change.GONE))
            continue
        other, same = successor[at]
        parts = differing_parts(atom.contract, other.contract)
        if parts:
            changes.append(AtomChange(atom.slot.name, Change.CONTRACT, parts))
        elif not same:
            changes.append(AtomChange(atom.slot.name, Change.BODY))
    changes += [
        AtomChange(atom.slot.name, Change.ADDED)
        for kept, atom in zip(found, after, strict=True)
        if kept is None
    ]
    return changes


def _known(atom: Atom) -> Known:
    slot = atom.slot
    return Known(slot.kind.value, slot.name, slot.parent, slot.code)


def differing_parts(before: Contract, after: Contract) -> tuple[str, ...]:
    """Name the parts of a contract that are not what they were; layout is none of them.

    What a text hands back counts where no type is declared, for then types are inferred from it.
    """
    parts = [name for name in _COMPARED if getattr(before, name) != getattr(after, name)]
    if _last(before.name) != _last(after.name):
        parts.insert(0, "name")
    signed = after.kind in _SIGNED and not parts
    if signed and _words(before.signature) != _words(after.signature):
        parts.append("signature")
    if before.docstring != after.docstring:
        parts.append("docstring")
    if not after.returns and not before.returns and before.gives != after.gives:
        parts.append("gives")
    if _flow(before) != _flow(after):
        parts.append("flow")
    return tuple(parts)


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1].split("#", 1)[0].split("..", 1)[0]


def _words(text: str) -> str:
    return "".join(text.split()).replace(",)", ")").replace(",]", "]")


def _flow(contract: Contract) -> tuple[Any, ...] | None:
    """Give what others see of a block's flow; lines are no part of it."""
    if contract.flow is None:
        return None
    flow = asdict(contract.flow)
    effects = sorted({(effect["kind"], effect["target"]) for effect in flow["effects"]})
    return (*(flow[name] for name in _FLOW), [pair for pair in effects if not pair[1].isdigit()])


def affected(
    changed: Mapping[K, Change],
    edges: Iterable[A],
    *,
    classes: Iterable[K] = (),
    parts: Mapping[K, K] | None = None,
) -> list[Affected[K, A]]:
    """Find what the change of some atoms makes stale; these themselves are left out.

    The nearest come first, in the order of the edges. ``classes`` are the atoms that are headers of
    classes: a base class's contract is a part of theirs. ``parts`` gives for the blocks of a split
    function its header: whoever calls the header runs the blocks.
    """
    wholes = parts or {}
    above: dict[K, list[tuple[K, A]]] = defaultdict(list)
    behind: dict[K, list[tuple[K, A]]] = defaultdict(list)
    for edge in edges:
        above[edge.dependency].append((edge.dependent, edge))
        if wholes.get(edge.dependent) == edge.dependency:
            behind[edge.dependent].append((edge.dependency, edge))
    found: dict[K, Affected[K, A]] = {}
    _told(changed, found, above, set(classes))
    for atom in changed:
        for user, edge in above[atom]:
            if edge.hard and user not in changed and user not in found:
                found[user] = Affected(user, Stale.CHECKS, 1, edge)
    _spread(changed, found, above, behind)
    return sorted(found.values(), key=lambda one: one.depth)


Users = Mapping[K, Sequence[tuple[K, A]]]


def _told(
    changed: Mapping[K, Change], found: dict[K, Affected[K, A]], above: Users[K, A], headers: set[K]
) -> None:
    """Follow contracts that change, along bases: those who rely on them need new checks."""
    broken = [atom for atom, change in changed.items() if change in (Change.CONTRACT, Change.GONE)]
    queue, seen = deque((atom, 0) for atom in broken), set(broken)
    while queue:
        atom, depth = queue.popleft()
        for user, edge in above.get(atom, ()):
            if user not in changed and user not in found:
                found[user] = Affected(user, Stale.CHECKS, depth + 1, edge)
            if _inherits(edge, headers) and user not in seen:
                seen.add(user)
                queue.append((user, depth + 1))


def _inherits(edge: Arc[K], headers: set[K]) -> bool:
    both = edge.dependent in headers and edge.dependency in headers
    return both and edge.hard and edge.kind is EdgeKind.TYPE


def _spread(
    changed: Mapping[K, Change],
    found: dict[K, Affected[K, A]],
    above: Users[K, A],
    behind: Users[K, A],
) -> None:
    """Follow the edit to every test that can run through it."""
    queue = deque([(atom, 0) for atom in changed])
    seen = set(changed)
    while queue:
        atom, depth = queue.popleft()
        reached = [(user, edge) for user, edge in above.get(atom, ()) if runs(edge)]
        for user, edge in (*reached, *behind.get(atom, ())):
            if user in seen:
                continue
            seen.add(user)
            found.setdefault(user, Affected(user, Stale.TESTS, depth + 1, edge))
            queue.append((user, depth + 1))


def runs(edge: Arc[Any]) -> bool:
    """Tell whether what the dependent does can depend on what the dependency does.

    An import and a mention of a type that is not there yet for its code run nothing.
    """
    return edge.hard or edge.kind not in (EdgeKind.IMPORT, EdgeKind.TYPE)
