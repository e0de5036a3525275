"""What the slots of Python files refer to, as names and the solved program tell it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from atomization.names import FileReferences, Outcome, Reach, Reference
from atomization.python_members import what
from atomization.python_scopes import (
    Binding,
    BindingKind,
    Mention,
    Role,
    Scope,
    ScopeKind,
)
from dependencies.points_to.links import BUILTINS, MAX_STEPS
from dependencies.points_to.program import Program
from dependencies.points_to.things import Known

Facts = Iterable[tuple[str, int, str, str, Known]]
VIA: Final = {
    Known.SCOPE: "import",
    Known.SELF: "self",
    Known.ANNOTATION: "annotation",
    Known.FLOW: "inference",
    Known.OVERRIDE: "override",
    Known.ABSTRACT: "abstract",
}
_MANY: Final = 12
_DEPTH: Final = 8
_MODULE: Final = frozenset({"__file__", "__path__", "__builtins__", "__annotations__", "__class__"})


class References:
    """Turns the uses of names in one file into references."""

    def __init__(self, program: Program, path: str) -> None:
        """Take a file of the program."""
        self.program = program
        self.links = program.links
        self.lowered = program.files[path]
        self.names = self.lowered.names
        self.path = path
        self.elsewhere: frozenset[int] | set[int] = frozenset()
        self._known: dict[int, tuple[Outcome, tuple[Reach, ...]]] = {}

    def read(self, facts: Facts, elsewhere: frozenset[int] | set[int]) -> FileReferences:
        """Give the file's references.

        ``facts`` are those of its attributes, ``elsewhere`` the sites of attributes that something
        known has from elsewhere.
        """
        self.elsewhere = elsewhere
        members: dict[int, list[tuple[str, str, Known]]] = defaultdict(list)
        for _, site, owner, name, known in facts:
            members[site].append((owner, name, known))
        found = tuple(
            self._name(use) if isinstance(use.node, ast.Name) else self._attribute(use, members)
            for use in self.names.mentions
        )
        imports = tuple(self._import(binding) for binding in self.names.imports)
        return FileReferences(
            self.names.file,
            found,
            imports,
            {},
            tuple(self.names.problems),
            {},
            unread=tuple(self.names.unread),
        )

    # -- names ------------------------------------------------------------------------------------

    def _name(self, use: Mention) -> Reference:
        node = use.node
        assert isinstance(node, ast.Name)
        outcome, reaches = self._named(node.id, use.scope)
        return Reference(use.slot, node.lineno, node.id, use.role, use.at_import, outcome, reaches)

    def _named(self, name: str, scope: Scope) -> tuple[Outcome, tuple[Reach, ...]]:
        found = self.links.visible(name, scope)
        if found is None:
            return self._free(name)
        home, bindings = found
        known = self._known.get(id(bindings))
        if known is None:
            known = self._known[id(bindings)] = self._bound(home, bindings)
        return known

    def _bound(self, home: Scope, bindings: list[Binding]) -> tuple[Outcome, tuple[Reach, ...]]:
        local = home.kind in (ScopeKind.FUNCTION, ScopeKind.COMPREHENSION)
        outcome = Outcome.LOCAL if local else Outcome.SLOT
        reaches: list[Reach] = []
        for binding in bindings:
            if binding.kind is BindingKind.IMPORT:
                outcome = Outcome.SLOT
                reaches += self._imported(binding)
            else:
                reaches.append(_reach(binding, "scope"))
        return outcome, distinct(reaches)

    def _free(self, name: str) -> tuple[Outcome, tuple[Reach, ...]]:
        if self.names.stars:
            exported = self.links.export(self.path, name)
            if exported is not None:
                stars = [_reach(star, "import", "import") for star in self.names.stars]
                reaches = [*stars, *self._exported(exported, MAX_STEPS)]
                return Outcome.SLOT, distinct(reaches)
        known = name in BUILTINS or name in _MODULE
        return (Outcome.BUILTIN if known else Outcome.UNRESOLVED), ()

    def _imported(self, binding: Binding, steps: int = MAX_STEPS) -> list[Reach]:
        """Follow an import to what it binds, through the imports on the way."""
        own = _reach(binding, "import", "import")
        if steps <= 0:
            return [own]
        path = self.links.module(binding.level, binding.module, binding.scope.file)
        if path is None:
            return [own]
        if not binding.member:
            return [own] if path.endswith("/") else [own, Reach(path, 0, "module", "import")]
        exported = self.links.export(path, binding.member)
        return [own, *(self._exported(exported, steps - 1) if exported is not None else ())]

    def _exported(self, found: tuple[str, str], steps: int) -> list[Reach]:
        path, name = found
        if not name:
            return [] if path.endswith("/") else [Reach(path, 0, "module", "import")]
        reaches: list[Reach] = []
        for binding in self.links.files[path].module.bindings[name]:
            if binding.kind is BindingKind.IMPORT:
                reaches += self._imported(binding, steps)
            else:
                reaches.append(_reach(binding, "import"))
        return reaches

    def _import(self, binding: Binding) -> Reference:
        text = "." * binding.level + binding.module
        reaches: list[Reach] = []
        if binding.member == "*":
            path = self.links.module(binding.level, binding.module, self.names)
            if path is not None and not path.endswith("/"):
                reaches = self._starred(path)
        else:
            reaches = self._imported(binding)[1:]
        if binding.member:
            text = f"{text}:{binding.member}"
        outcome = Outcome.SLOT if reaches else Outcome.EXTERNAL
        return Reference(
            binding.slot, binding.line, text, Role.VALUE, True, outcome, distinct(reaches)
        )

    def _starred(self, path: str) -> list[Reach]:
        used = {
            use.node.id
            for use in self.names.mentions
            if isinstance(use.node, ast.Name) and self.links.visible(use.node.id, use.scope) is None
        }
        reaches = [Reach(path, 0, "module", "import")]
        public = self.links.public(path)
        for name in sorted(used):
            if (name in public) if public is not None else not name.startswith("_"):
                exported = self.links.export(path, name)
                reaches += self._exported(exported, MAX_STEPS) if exported is not None else ()
        return reaches

    # -- attributes -------------------------------------------------------------------------------

    def _attribute(
        self, use: Mention, members: Mapping[int, list[tuple[str, str, Known]]]
    ) -> Reference:
        node = use.node
        assert isinstance(node, ast.Attribute)
        site = self.lowered.uses.get(id(node))
        found = members.get(site, ()) if site is not None else ()
        reaches: list[Reach] = []
        for owner, name, known in sorted(found):
            if known in (Known.OVERRIDE, Known.FLOW) and len(found) > _MANY:
                continue
            reaches += self._member(owner, name, known)
        outcome = Outcome.SLOT if reaches else Outcome.UNRESOLVED
        if not reaches and site is not None and self._is_elsewhere(site):
            outcome = Outcome.EXTERNAL
        return Reference(
            use.slot,
            node.lineno,
            _text(node),
            use.role,
            use.at_import,
            outcome,
            distinct(reaches),
        )

    def _is_elsewhere(self, site: int) -> bool:
        """Tell whether the receiver is known and no part of the project."""
        return site not in self.lowered.bases or site in self.elsewhere

    def _member(self, owner: str, name: str, known: Known) -> list[Reach]:
        path, _, inner = owner.partition("::")
        via = VIA.get(known, "inference")
        if not inner:
            names = self.links.files.get(path)
            bindings = names.module.bindings.get(name, []) if names is not None else []
            return [
                reach
                for binding in bindings
                for reach in (
                    self._imported(binding)
                    if binding.kind is BindingKind.IMPORT
                    else [_reach(binding, "import")]
                )
            ]
        shape = self.program.classes.get(owner)
        if shape is None:
            return []
        source = shape.source
        found = [*source.inner.bindings.get(name, ()), *source.attributes.get(name, ())]
        return [_reach(binding, via) for binding in found]


def _reach(binding: Binding, via: str, kind: str = "") -> Reach:
    path = binding.scope.file.file.path
    return Reach(path, binding.slot, kind or what(binding), via, binding.certain)


def distinct(reaches: Iterable[Reach]) -> tuple[Reach, ...]:
    """Give each slot once, as certain as it is at its best."""
    found: dict[tuple[str, int, str], Reach] = {}
    for reach in reaches:
        key = (reach.path, reach.slot, reach.what)
        if key not in found or (reach.certain and not found[key].certain):
            found[key] = reach
    return tuple(found.values())


def _text(node: ast.Attribute) -> str:
    parts: list[str] = []
    current: ast.expr = node
    while isinstance(current, ast.Attribute) and len(parts) < _DEPTH:
        parts.append(current.attr)
        current = current.value
    parts.append(current.id if isinstance(current, ast.Name) else "…")
    return ".".join(reversed(parts))
