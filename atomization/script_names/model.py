"""What is known of a script's names: scopes, uses, imports and exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_resolver import Outcome
from atomization.python_scopes import Role
from atomization.script_modules import ScriptModules, Why

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
    """The names of one scope, with the slots that declare them (several, where they merge).

    In a module and a namespace (``slotted``) names have slots of their own, elsewhere they are
    local. ``path`` is a namespace's full name, ``shared`` what all its parts export. ``aliases``
    gives what ``import a = N.M`` stands for; ``infers`` marks a conditional type, in which
    ``infer T`` declares wherever it stands.
    """

    parent: Scope | None = None
    slotted: bool = False
    function: bool = False
    path: str = ""
    names: dict[str, list[int]] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    shared: dict[str, list[int]] | None = None
    aliases: dict[str, str] | None = None
    infers: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a name; with a receiver (``a.b``), of a member of what that means.

    With a source it is a member of the module itself: ``require("a").b``.
    """

    text: str
    line: int
    role: Role
    at_import: bool
    scope: Scope
    receiver: str = ""
    source: str = ""


@dataclass(slots=True, eq=False)
class Module:
    """One file, read.

    ``namespaces`` gives the members of namespaces and enums by full name, those of merged
    declarations together. ``whole`` is what ``module.exports =`` or ``export =`` names. ``strict``
    says that there are ES exports, so that nothing else is exported; ``module`` that there are
    imports or exports at all, so that its names are its own. ``augments`` gives what it adds to
    other modules (``declare module "a"``), ``globals`` what it adds to all (``declare global``).
    """

    file: ProjectFile
    top: Scope = field(default_factory=lambda: Scope(slotted=True, function=True))
    uses: list[Use] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    exports: dict[str, Export] = field(default_factory=dict)
    namespaces: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    whole: str = ""
    strict: bool = False
    module: bool = False
    augments: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    globals: dict[str, list[int]] = field(default_factory=dict)
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
        if named or (name == "default" and self.strict):
            return named
        return [item for item in exported if item.name == "*"]


class Modules:
    """All modules of a project: found by specifier, with what one adds to another."""

    def __init__(self, modules: Mapping[str, Module], configs: Mapping[str, bytes]) -> None:
        """Take the modules by path, and the configurations that say where modules are."""
        self._modules = modules
        self._places = ScriptModules(modules, configs)
        self._globals: dict[str, list[tuple[Module, int]]] | None = None
        self._added: dict[str, list[tuple[Module, dict[str, list[int]]]]] | None = None

    def find(self, source: str, importer: str) -> tuple[Module | None, Why | None]:
        """Find the module that a specifier in a file means, or why there is none."""
        found = self._places.find(source, importer)
        if found.path is None:
            return None, found.why
        module = self._modules.get(found.path)
        return module, None if module is not None else Why.ASSET

    def everywhere(self, name: str) -> list[tuple[Module, int]]:
        """Give the modules and slots that declare a name for all files."""
        if self._globals is None:
            self._globals = {}
            for module in self._modules.values():
                for declared in _global_names(module):
                    for text, slots in declared.items():
                        places = [(module, at) for at in slots]
                        self._globals.setdefault(text, []).extend(places)
        return self._globals.get(name, [])

    def added(self, module: Module, name: str) -> list[tuple[Module, int]]:
        """Give what other modules add to what a module exports under a name."""
        if self._added is None:
            self._added = {}
            for other in self._modules.values():
                for source, names in other.augments.items():
                    target, _ = self.find(source, other.file.path)
                    if target is not None:
                        self._added.setdefault(target.file.path, []).append((other, names))
        parts = self._added.get(module.file.path, ())
        return [(other, at) for other, names in parts for at in names.get(name, ())]


def _global_names(module: Module) -> Iterator[dict[str, list[int]]]:
    """Give the names that a file declares for all: a TypeScript file that is no module, all."""
    yield module.globals
    if not module.module and module.file.language is not Language.JAVASCRIPT:
        yield module.top.names
