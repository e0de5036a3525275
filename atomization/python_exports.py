"""What modules offer: by imports, re-exports and star imports, in the project or outside of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atomization.python_listed import Listed, listed_in
from atomization.python_members import distinct, what
from atomization.python_scopes import Binding, BindingKind, FileNames
from atomization.python_values import MISS, UNKNOWN, Hit, Outcome, Sort, Target, Value

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

_MAX_IMPORTS: Final = 40
_OF_MODULES: Final = frozenset(
    {"__name__", "__dict__", "__doc__", "__file__", "__path__", "__spec__", "__loader__"}
    | {"__package__", "__all__"}
)
_OUTSIDE: Final = Hit(Outcome.EXTERNAL, UNKNOWN)


class Exports:
    """Resolves imports and the names of modules."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._found: dict[tuple[int, str], Hit] = {}
        self._listed: dict[int, Listed] = {}

    def imported(self, binding: Binding, seen: frozenset[tuple[int, str]] = frozenset()) -> Hit:
        """Resolve what an import statement binds, through re-exports, without its own slot."""
        file = self.module_of(binding)
        if not binding.member:
            return _module_hit(file) if file is not None else self._package(binding)
        here = binding.scope.file
        if file is not None and file is not here:
            hit = self.member_of_module(file, binding.member, seen, asker=here)
            if hit.outcome is not Outcome.UNRESOLVED:
                return hit
        module = self.world.modules.submodule(binding.level, binding.module, binding.member, here)
        return _module_hit(module) if module is not None else MISS

    def star(self, binding: Binding) -> Hit:
        """Resolve ``from module import *`` to the module."""
        file = self.module_of(binding)
        return _module_hit(file) if file is not None else MISS

    def _package(self, binding: Binding) -> Hit:
        """Treat a folder of the project without ``__init__.py`` as what it is: a package."""
        if binding.scope.file.outside or binding.module not in self.world.modules.roots:
            return MISS
        return Hit(Outcome.EXTERNAL, Value(Sort.MODULE, name=binding.module))

    def module_of(self, binding: Binding) -> FileNames | None:
        """Find the module that an import statement names."""
        here = binding.scope.file
        if binding.level:
            return self.world.modules.relative(binding.level, binding.module, here)
        return self.world.modules.absolute(binding.module, here)

    def member_of_module(
        self,
        file: FileNames,
        name: str,
        seen: frozenset[tuple[int, str]] = frozenset(),
        *,
        asker: FileNames | None = None,
    ) -> Hit:
        """Resolve a name in a module, through imports and star imports."""
        key = (id(file), name)
        hit = self._found.get(key)
        if hit is None:
            if key in seen or len(seen) > _MAX_IMPORTS:
                return MISS
            hit = self._member_of_module(file, name, seen | {key})
            if not seen or hit.outcome is not Outcome.UNRESOLVED:
                self._found[key] = hit
        if file.stub and asker is not None and not asker.outside:
            bindings = file.module.bindings.get(name)
            if bindings and all(binding.private for binding in bindings):
                return MISS
        return hit

    def _member_of_module(
        self, file: FileNames, name: str, seen: frozenset[tuple[int, str]]
    ) -> Hit:
        bindings = file.module.bindings.get(name)
        if bindings:
            hits = [self._member_binding(binding, seen) for binding in bindings]
            found = [hit for hit in hits if hit.outcome is not Outcome.UNRESOLVED]
            if found:
                targets = distinct(target for hit in found for target in hit.targets)
                value = self.world.together(bindings, [hit.value for hit in found])
                outside = f"{file.name}:{name}" if file.outside else ""
                return Hit(found[0].outcome, value, targets, found[0].outside or outside)
        hit = self.starred(file, name, seen)
        dynamic = file.stub and "__getattr__" in file.module.bindings
        if hit.outcome is Outcome.UNRESOLVED and dynamic and not name.startswith("__"):
            return _OUTSIDE
        if hit.outcome is Outcome.UNRESOLVED and not file.outside:
            twin = self.world.twins.file(file)
            return self.member_of_module(twin, name, asker=file) if twin is not None else hit
        return hit

    def _member_binding(self, binding: Binding, seen: frozenset[tuple[int, str]]) -> Hit:
        file = binding.scope.file
        if binding.kind is not BindingKind.IMPORT:
            if file.outside:
                outcome = Outcome.BUILTIN if file.name == "builtins" else Outcome.EXTERNAL
                return Hit(outcome, self.world.value_of(binding), (), f"{file.name}:{binding.name}")
            target = Target(file, binding.slot, what(binding), "import", binding.certain)
            return Hit(Outcome.SLOT, self.world.value_of(binding), (target,))
        hit = self.imported(binding, seen)
        if hit.outcome is Outcome.UNRESOLVED or file.outside:
            return hit
        own = Target(file, binding.slot, "import", "import")
        return Hit(Outcome.SLOT, hit.value, (own, *hit.targets), hit.outside)

    def starred(self, file: FileNames, name: str, seen: frozenset[tuple[int, str]]) -> Hit:
        """Resolve a name by the star imports of a module; of those that surely run, the last."""
        sure = [star for star in reversed(file.stars) if star.certain]
        for star in (*sure, *(star for star in file.stars if not star.certain)):
            source = self.module_of(star)
            if source is not None and self._gives(source, name):
                hit = self.member_of_module(source, name, seen)
                if hit.outcome is not Outcome.UNRESOLVED:
                    if file.outside:
                        return hit
                    own = Target(file, star.slot, "import", "import")
                    return replace(hit, outcome=Outcome.SLOT, targets=(own, *hit.targets))
        return MISS

    def _gives(self, file: FileNames, name: str) -> bool:
        """Tell whether a star import of a module takes a name: by ``__all__``, if it has one."""
        if file.outside or "__all__" not in file.module.bindings:
            return not name.startswith("_")
        listed = self._listed.get(id(file))
        if listed is None:
            listed = self._listed[id(file)] = listed_in(file.trees)
        return listed.offers(name)

    def member_of_package(self, value: Value, name: str, near: FileNames) -> Hit:
        """Resolve an attribute of a module: a name in it, or a module inside a package."""
        if value.file is None:
            module = self.world.modules.absolute(f"{value.name}.{name}", near)
            return _module_hit(module) if module is not None else MISS
        hit = self.member_of_module(value.file, name, asker=near)
        if hit.outcome is not Outcome.UNRESOLVED:
            return hit
        module = self.world.modules.beside(value.file, name)
        if module is not None:
            return _module_hit(module)
        if name in _OF_MODULES:
            return Hit(Outcome.BUILTIN, UNKNOWN, (), "types:ModuleType")
        return MISS


def _module_hit(file: FileNames) -> Hit:
    value = Value(Sort.MODULE, name=file.file.path, file=file)
    if file.outside:
        return Hit(Outcome.EXTERNAL, value, (), file.name)
    return Hit(Outcome.SLOT, value, (Target(file, 0, "module", "import"),))
