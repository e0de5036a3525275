"""What is known of a script's names: scopes, uses, imports and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from atomization.project import ProjectFile
from atomization.python_resolver import Outcome
from atomization.python_scopes import Role

Place = tuple[str, int, str, str]
"""A slot that a name means: path, index of the slot, what it is, how it was found."""


@dataclass(frozen=True, slots=True)
class ScriptHit:
    """One use of a name, resolved: targets are (path, slot, what, via)."""

    slot: int
    line: int
    text: str
    role: Role
    at_import: bool
    outcome: Outcome
    targets: tuple[Place, ...]
    is_import: bool = False


@dataclass(frozen=True, slots=True)
class ScriptAnswer:
    """One file's uses, the lines that were not understood, and what binds each imported name."""

    file: ProjectFile
    hits: tuple[ScriptHit, ...]
    problems: tuple[tuple[int, str], ...]
    statements: dict[str, str]


@dataclass(frozen=True, slots=True)
class Import:
    """One name that an import, a ``require`` or a re-export refers to.

    ``name`` is "" for the whole module and "*" for every export. ``local`` is the name that it
    gets here: in the module, or (``exported``) among the module's exports.
    """

    local: str
    name: str
    source: str
    line: int
    exported: bool = False
    at_import: bool = True


@dataclass(frozen=True, slots=True)
class Export:
    """What a module exports under a name: a name of its own, or what stands on a line."""

    local: str
    slot: int


@dataclass(slots=True, eq=False)
class Scope:
    """The names of one scope.

    A module and a namespace have slots for their names (several, where declarations merge); in
    other scopes the slots are empty and the names are local. ``path`` is a namespace's full name.
    """

    parent: Scope | None = None
    slotted: bool = False
    function: bool = False
    path: str = ""
    names: dict[str, list[int]] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a name; with a receiver (``a.b``), of a member of what that means."""

    text: str
    line: int
    role: Role
    at_import: bool
    scope: Scope
    receiver: str = ""


@dataclass(slots=True, eq=False)
class Module:
    """One file, read.

    ``namespaces`` gives the members of namespaces and enums by full name, those of merged
    declarations together. ``whole`` is what ``module.exports =`` or ``export =`` names. ``strict``
    says that there are ES exports, so that nothing else is exported.
    """

    file: ProjectFile
    top: Scope = field(default_factory=lambda: Scope(slotted=True, function=True))
    uses: list[Use] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    exports: dict[str, Export] = field(default_factory=dict)
    namespaces: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    whole: str = ""
    strict: bool = False
    problems: list[tuple[int, str]] = field(default_factory=list)
    _named: dict[str, int] = field(default_factory=dict)

    def named(self, name: str) -> list[int]:
        """Give the slot of a name, if there is one."""
        if not self._named:
            slots = self.file.slots
            self._named = {slots[at].name: at for at in range(len(slots) - 1, -1, -1)}
        return [self._named[name]] if name in self._named else []

    def reexports(self, name: str) -> list[Import]:
        """Give what a name among the exports comes from; exports of everything come last."""
        exported = [item for item in self.imports if item.exported]
        named = [item for item in exported if item.local == name]
        return named or [item for item in exported if item.name == "*"]


Modules = Mapping[str, Module]
