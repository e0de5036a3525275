"""What the names of a script mean, in the file and through the modules that it imports."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from atomization.decomposer import Slot
from atomization.pieces import AtomKind
from atomization.project import ProjectFile
from atomization.python_resolver import Outcome
from atomization.python_scopes import Role
from atomization.script_globals import GLOBALS, SUFFIXES, SWAPPED
from atomization.script_names.model import Import, Module, Modules, Place, Scope, ScriptHit, Use

Answer = tuple[Outcome, tuple[Place, ...]]
_STEPS: Final = 2000


class _Meaning(NamedTuple):
    """What a name means: its slots, and where its members are: a module, or a name in one."""

    places: tuple[Place, ...]
    module: Module | None = None
    path: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A name to look for among the exports of a module, with the imports passed on the way."""

    module: Module
    name: str
    passed: tuple[Place, ...]


class Linker:
    """Resolves the uses of one module."""

    def __init__(self, module: Module, modules: Modules) -> None:
        """Prepare to resolve the uses of one of the modules of a project."""
        self.module = module
        self.modules = modules
        self.file = module.file
        names = enumerate(self.file.slots)
        self.members = {slot.name: index for index, slot in reversed(list(names))}
        self._fields: dict[str, dict[str, int]] = {}

    def hits(self) -> Iterator[ScriptHit]:
        """Resolve every import and every use."""
        for item in self.module.imports:
            outcome, targets = self._imported(item)
            text = f"{item.source}:{item.name}" if item.name else item.source
            slot = self.file.slot_at(item.line)
            early = item.at_import
            yield ScriptHit(slot, item.line, text, Role.VALUE, early, outcome, targets, True)
        for use in self.module.uses:
            slot = self.file.slot_at(use.line)
            answer = self._member(use, slot) if use.receiver else self._name(use)
            if answer is not None:
                text = f"{use.receiver}.{use.text}" if use.receiver else use.text
                yield ScriptHit(slot, use.line, text, use.role, use.at_import, *answer)

    # names

    def _name(self, use: Use) -> Answer:
        found = self._lookup(use.text, use.scope)
        if isinstance(found, Import):
            return self._through(found)
        if found is None:
            builtin = use.text in GLOBALS
            return (Outcome.BUILTIN if builtin else Outcome.UNRESOLVED), ()
        if not found:
            return Outcome.LOCAL, ()
        return Outcome.SLOT, tuple(place(self.file, at, "scope") for at in found)

    def _lookup(self, name: str, scope: Scope) -> Import | list[int] | None:
        """Give the slots of a name (none where it is local), or the import that binds it."""
        current: Scope | None = scope
        while current is not None:
            if name in current.imports:
                return current.imports[name]
            if name in current.names:
                return current.names[name]
            current = current.parent
        return None

    def _through(self, item: Import) -> Answer:
        outcome, targets = self._imported(item)
        if outcome is Outcome.UNRESOLVED:
            return outcome, ()
        return Outcome.SLOT, (self._own(item), *targets)

    def _own(self, item: Import) -> Place:
        return (self.file.path, self.file.slot_at(item.line), "import", "import")

    # members

    def _member(self, use: Use, slot: int) -> Answer | None:
        root, *chain = use.receiver.split(".")
        if root in ("this", "super"):
            return self._own_member(use, slot) if root == "this" and not chain else None
        meaning = self._meaning(root, use.scope)
        for name in chain:
            meaning = self._part(meaning, name) if meaning is not None else None
        if meaning is None:
            return None
        part = self._part(meaning, use.text)
        if part is not None:
            return Outcome.SLOT, part.places
        known = meaning.module is not None and not meaning.path and not meaning.whole
        return (Outcome.UNRESOLVED, ()) if known else None

    def _meaning(self, name: str, scope: Scope) -> _Meaning | None:
        """Tell what a name in front of a dot means, if its members can be known."""
        found = self._lookup(name, scope)
        if isinstance(found, Import):
            target = self._target(found.source)
            if target is None:
                return None
            if not found.name or (found.name == "default" and not target.strict):
                return _Meaning((), target, whole=_unknown(target))
            return self._exported(target, found.name)
        if not found:
            return None
        path = f"{scope_of(name, scope)}.{name}".lstrip(".")
        return _Meaning(tuple(place(self.file, at, "scope") for at in found), self.module, path)

    def _part(self, meaning: _Meaning, name: str) -> _Meaning | None:
        module = meaning.module
        if module is None:
            return None
        if not meaning.path:
            return self._exported(module, name)
        path = f"{meaning.path}.{name}"
        slots = list(module.namespaces.get(meaning.path, {}).get(name, ()))
        slots = slots or module.named(path)
        places = tuple(place(module.file, at, "import") for at in slots)
        return _Meaning(places, module, path) if places else None

    def _own_member(self, use: Use, slot: int) -> Answer | None:
        cls = self._class_of(slot)
        if cls is None:
            return None
        at = self._field_slot(cls.name, use.text)
        if at is not None:
            return Outcome.SLOT, ((self.file.path, at, "variable", "self"),)
        return None if " extends " in cls.signature else (Outcome.UNRESOLVED, ())

    def _class_of(self, slot: int) -> Slot | None:
        """Give the class header of the class that a slot is inside of."""
        current: Slot | None = self.file.slots[slot]
        while current is not None and current.kind is not AtomKind.CLASS:
            at = self.members.get(current.parent) if current.parent else None
            current = self.file.slots[at] if at is not None else None
        return current

    def _field_slot(self, cls: str, name: str) -> int | None:
        found = self.members.get(f"{cls}.{name}")
        if found is not None:
            return found
        if not self._fields:
            self._fields = self._mentioned()
        return self._fields.get(cls, {}).get(name)

    def _mentioned(self) -> dict[str, dict[str, int]]:
        """Give, for each class, the first slot of its fields that mentions a name."""
        found: dict[str, dict[str, int]] = {}
        for index, slot in enumerate(self.file.slots):
            grouped = slot.kind is AtomKind.FIELD or slot.name == f"{slot.parent}.constructor"
            owners = [slot.name] if slot.kind is AtomKind.CLASS else []
            if slot.parent is not None and grouped:
                owners.append(slot.parent)
            for owner in owners:
                words = found.setdefault(owner, {})
                for word in _words(slot.code):
                    words.setdefault(word, index)
        return found

    # modules

    def _imported(self, item: Import) -> Answer:
        if not item.source.startswith("."):
            return Outcome.EXTERNAL, ()
        target = self._target(item.source)
        if target is None:
            known = posixpath.splitext(item.source)[1] not in ("", *SUFFIXES)
            return (Outcome.EXTERNAL if known else Outcome.UNRESOLVED), ()
        if item.name in ("", "*"):
            module = (target.file.path, 0, "module", "import")
            whole = self._exported(target, target.whole) if target.whole else None
            return Outcome.SLOT, (module, *(whole.places if whole is not None else ()))
        found = self._exported(target, item.name)
        if found is None and item.name == "default" and not target.strict:
            return Outcome.SLOT, ((target.file.path, 0, "module", "import"),)
        return (Outcome.SLOT, found.places) if found is not None else (Outcome.UNRESOLVED, ())

    def _target(self, source: str) -> Module | None:
        return find_module(source, self.file.path, self.modules)

    def _exported(self, module: Module, name: str) -> _Meaning | None:
        """Find what a module exports under a name, through all that hand it on."""
        work = [_Wanted(module, name, ())]
        seen: set[tuple[str, str]] = set()
        outside: _Meaning | None = None
        while work and len(seen) < _STEPS:
            wanted = work.pop()
            key = (wanted.module.file.path, wanted.name)
            if key in seen:
                continue
            seen.add(key)
            found = _declared(wanted)
            if isinstance(found, _Meaning):
                return found
            items = [found] if found is not None else wanted.module.reexports(wanted.name)
            for item in reversed(items):
                passed = (*wanted.passed, place_of(wanted.module.file, item))
                target = find_module(item.source, wanted.module.file.path, self.modules)
                if target is None:
                    external = not item.source.startswith(".")
                    outside = outside or (_Meaning(passed) if external else None)
                elif not item.name:
                    return _Meaning((*passed, (target.file.path, 0, "module", "import")), target)
                else:
                    wanted_name = wanted.name if item.name == "*" else item.name
                    work.append(_Wanted(target, wanted_name, passed))
        return outside


def _declared(wanted: _Wanted) -> _Meaning | Import | None:
    """Tell what a module itself declares for an export, or the import that it hands on."""
    module, name = wanted.module, wanted.name
    export = module.exports.get(name)
    local = export.local if export is not None else name
    if export is None and name == "default" and module.whole:
        local = module.whole
    elif export is None and module.strict and name != module.whole:
        return None
    if local in module.top.imports:
        return module.top.imports[local]
    slots = module.top.names.get(local, []) if local else []
    if not slots and export is not None:
        slots = [export.slot]
    if not slots:
        return None
    places = tuple(place(module.file, at, "import") for at in slots)
    return _Meaning((*wanted.passed, *places), module, local or "default")


def _unknown(module: Module) -> bool:
    """Tell whether a module may export more than can be read off it."""
    return not module.strict and (bool(module.whole) or "default" in module.exports)


def scope_of(name: str, scope: Scope) -> str:
    """Give the full name of the namespace that declares a visible name; empty for a module."""
    current: Scope | None = scope
    while current is not None and name not in current.names:
        current = current.parent
    return current.path if current is not None else ""


def place(file: ProjectFile, at: int, via: str) -> Place:
    """Give a slot as what a name means."""
    kind = file.slots[at].kind
    if kind in (AtomKind.CLASS, AtomKind.TYPE):
        return (file.path, at, "class", via)
    return (file.path, at, "function" if kind is AtomKind.FUNCTION else "variable", via)


def place_of(file: ProjectFile, item: Import) -> Place:
    """Give the slot of an import."""
    return (file.path, file.slot_at(item.line), "import", "import")


def find_module(source: str, importer: str, modules: Modules) -> Module | None:
    """Find the file that a relative import means: .js for .ts, endings left out, index files."""
    if not source.startswith("."):
        return None
    base = posixpath.normpath(posixpath.join(posixpath.dirname(importer), source))
    for path in _candidates(base):
        if path in modules:
            return modules[path]
    return None


def _candidates(base: str) -> Iterable[str]:
    yield base
    stem, ending = posixpath.splitext(base)
    for other in SWAPPED.get(ending, ()):
        yield stem + other
    for suffix in SUFFIXES:
        yield base + suffix
    for suffix in SUFFIXES:
        yield posixpath.join(base, "index" + suffix).removeprefix("./")


def _words(code: str) -> list[str]:
    return "".join(char if char.isalnum() or char in "_$#" else " " for char in code).split()
