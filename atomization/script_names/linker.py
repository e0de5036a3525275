"""What the names of a script mean, in the file and through the modules that it imports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from atomization.decomposer import Slot
from atomization.pieces import AtomKind
from atomization.project import ProjectFile
from atomization.python_resolver import Outcome
from atomization.python_scopes import Role
from atomization.script_globals import GLOBALS
from atomization.script_modules import Why
from atomization.script_names.model import Import, Module, Modules, Place, Scope, ScriptHit, Use

Answer = tuple[Outcome, tuple[Place, ...]]
_STEPS: Final = 2000
_ALIASES: Final = 20


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
            if use.source:
                answer = self._of_module(use)
            else:
                answer = self._member(use, slot) if use.receiver else self._name(use)
            if answer is not None:
                owner = f"{use.source}:" if use.source else f"{use.receiver}." * bool(use.receiver)
                text = owner + use.text
                yield ScriptHit(slot, use.line, text, use.role, use.at_import, *answer)

    # names

    def _name(self, use: Use) -> Answer:
        found, scope = self._lookup(use.text, use.scope)
        if isinstance(found, Import):
            return self._through(found)
        if found is None:
            if use.text in GLOBALS:
                return Outcome.BUILTIN, ()
            known = self.modules.everywhere(use.text)
            places = tuple(place(module.file, at, "scope") for module, at in known)
            return (Outcome.SLOT if places else Outcome.UNRESOLVED), places
        if scope is None or not scope.slotted:
            return Outcome.LOCAL, tuple(_local(self.file, at, use.text) for at in found)
        return Outcome.SLOT, tuple(place(self.file, at, "scope") for at in found)

    def _lookup(self, name: str, scope: Scope) -> tuple[Import | list[int] | None, Scope | None]:
        """Give the slots of a name, or the import that binds it; and the scope that knows it."""
        current: Scope | None = scope
        while current is not None:
            if name in current.imports:
                return current.imports[name], current
            if name in current.names:
                return current.names[name], current
            if current.shared is not None and name in current.shared:
                return current.shared[name], current
            current = current.parent
        return None, None

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
        for meaning in self._meanings(root, use.scope):
            inner: _Meaning | None = meaning
            for name in chain:
                inner = self._part(inner, name) if inner is not None else None
            if inner is None:
                continue
            part = self._part(inner, use.text)
            if part is not None:
                return Outcome.SLOT, part.places
            if inner.module is not None and not inner.path and not inner.whole:
                return Outcome.UNRESOLVED, ()
        return None

    def _of_module(self, use: Use) -> Answer | None:
        """Resolve what is taken out of a module where it is required: ``require("a").b``."""
        target = self._target(use.source)
        if target is None:
            return None
        part = self._exported(target, use.text)
        if part is not None:
            return Outcome.SLOT, part.places
        return None if _unknown(target) else (Outcome.UNRESOLVED, ())

    def _meanings(self, name: str, scope: Scope, depth: int = 0) -> Iterator[_Meaning]:
        """Tell what a name in front of a dot means, if its members can be known."""
        found, home = self._lookup(name, scope)
        if found is None:
            for module, at in self.modules.everywhere(name):
                yield _Meaning((place(module.file, at, "scope"),), module, name)
        elif isinstance(found, Import):
            meaning = self._of_import(found)
            if meaning is not None:
                yield meaning
        elif home is not None and home.aliases and name in home.aliases and depth < _ALIASES:
            root, *chain = home.aliases[name].split(".")
            for meaning in self._meanings(root, home, depth + 1):
                inner: _Meaning | None = meaning
                for part in chain:
                    inner = self._part(inner, part) if inner is not None else None
                if inner is not None:
                    yield inner
        elif home is not None and home.slotted:
            path = f"{home.path}.{name}".lstrip(".")
            places = tuple(place(self.file, at, "scope") for at in found)
            yield _Meaning(places, self.module, path)

    def _of_import(self, item: Import) -> _Meaning | None:
        target = self._target(item.source)
        if target is None:
            return None
        if not item.name or (item.name == "default" and not target.strict):
            return _Meaning((), target, whole=_unknown(target))
        return self._exported(target, item.name)

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
        if places:
            return _Meaning(places, module, path)
        alias = (module.top.aliases or {}).get(meaning.path)
        if alias is None or module is not self.module:
            return Linker(module, self.modules)._aliased(alias, name) if alias else None
        return self._aliased(alias, name)

    def _aliased(self, alias: str, name: str) -> _Meaning | None:
        """Find a member of what an alias at the top of the module stands for."""
        root, *chain = alias.split(".")
        for meaning in self._meanings(root, self.module.top):
            inner: _Meaning | None = meaning
            for part in (*chain, name):
                inner = self._part(inner, part) if inner is not None else None
            if inner is not None:
                return inner
        return None

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
        target, why = self.modules.find(item.source, self.file.path)
        if target is None:
            return (Outcome.UNRESOLVED if why is Why.MISSING else Outcome.EXTERNAL), ()
        if item.name in ("", "*"):
            module = (target.file.path, 0, "module", "import")
            whole = self._exported(target, target.whole) if target.whole else None
            return Outcome.SLOT, (module, *(whole.places if whole is not None else ()))
        found = self._exported(target, item.name)
        if found is None and item.name == "default" and not target.strict:
            return Outcome.SLOT, ((target.file.path, 0, "module", "import"),)
        return (Outcome.SLOT, found.places) if found is not None else (Outcome.UNRESOLVED, ())

    def _target(self, source: str) -> Module | None:
        return self.modules.find(source, self.file.path)[0]

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
            found = self._declared(wanted)
            if isinstance(found, _Meaning):
                return found
            items = [found] if found is not None else wanted.module.reexports(wanted.name)
            for item in reversed(items):
                passed = (*wanted.passed, place_of(wanted.module.file, item))
                target, why = self.modules.find(item.source, wanted.module.file.path)
                if target is None:
                    external = why is not Why.MISSING
                    outside = outside or (_Meaning(passed) if external else None)
                elif not item.name:
                    return _Meaning((*passed, (target.file.path, 0, "module", "import")), target)
                else:
                    wanted_name = wanted.name if item.name == "*" else item.name
                    work.append(_Wanted(target, wanted_name, passed))
        return outside

    def _declared(self, wanted: _Wanted) -> _Meaning | Import | None:
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
        places = [place(module.file, at, "import") for at in slots]
        added = self.modules.added(module, name)
        places += [place(other.file, at, "import") for other, at in added]
        return _Meaning((*wanted.passed, *places), module, local or "default")


def _unknown(module: Module) -> bool:
    """Tell whether a module may export more than can be read off it."""
    return not module.strict and (bool(module.whole) or "default" in module.exports)


def place(file: ProjectFile, at: int, via: str) -> Place:
    """Give a slot as what a name means."""
    kind = file.slots[at].kind
    if kind in (AtomKind.CLASS, AtomKind.TYPE):
        return (file.path, at, "class", via)
    return (file.path, at, "function" if kind is AtomKind.FUNCTION else "variable", via)


def place_of(file: ProjectFile, item: Import) -> Place:
    """Give the slot of an import."""
    return (file.path, file.slot_at(item.line), "import", "import")


def _local(file: ProjectFile, at: int, name: str) -> Place:
    """Give a slot as what a local name means: the slot's own name, or a variable in it."""
    own = file.slots[at].name.rsplit(".", 1)[-1] == name
    return place(file, at, "scope") if own else (file.path, at, "variable", "scope")


def _words(code: str) -> list[str]:
    return "".join(char if char.isalnum() or char in "_$#" else " " for char in code).split()
