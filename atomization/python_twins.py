"""Stubs for modules of the project itself: typeshed's, or those of a ``*-stubs`` package.

A project may be a package that others have written stubs for, or the standard library itself. A
stub is taken for a module's twin when at least half of the functions and classes of the smaller of
the two are in the other, or when the module only passes on what a compiled one has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atomization.python_scopes import Binding, BindingKind, Class, FileNames, Function, ScopeKind
from atomization.python_values import Value, union

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

_MAX_PARTS: Final = 6


class Twins:
    """Finds what stubs say of a project's own modules."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._files: dict[int, FileNames | None] = {}
        self._classes: dict[int, Class | None] = {}
        self._homes: dict[int, Class | None] = {}

    def file(self, file: FileNames) -> FileNames | None:
        """Find the stub of a module of the project."""
        if id(file) not in self._files:
            self._files[id(file)] = None if file.outside else self._file(file)
        return self._files[id(file)]

    def _file(self, file: FileNames) -> FileNames | None:
        if not file.name or file.file.path.endswith(".pyi"):
            return None
        stub = self.world.modules.outside.stub(file.name)
        if stub is None:
            return None
        ours, theirs = _public(file), _public(stub)
        if not ours and file.stars:
            return stub
        shared = len(ours & theirs)
        return stub if shared and shared * 2 >= min(len(ours), len(theirs)) else None

    def cls(self, cls: Class) -> Class | None:
        """Find a class in its module's stub."""
        if id(cls) not in self._classes:
            self._classes[id(cls)] = self._cls(cls)
        return self._classes[id(cls)]

    def _cls(self, cls: Class) -> Class | None:
        outer = cls.outer
        if outer.kind is ScopeKind.CLASS and outer.cls is not None:
            around = self.cls(outer.cls)
            bindings = around.inner.bindings if around is not None else {}
        else:
            file = self.file(outer.file) if outer.kind is ScopeKind.MODULE else None
            bindings = file.module.bindings if file is not None else {}
        return next((found.cls for found in bindings.get(cls.name, ()) if found.cls), None)

    def member(self, cls: Class, name: str) -> tuple[Class, list[Binding]] | None:
        """Find what the stub of a class, or of one of its bases, declares beyond the class."""
        for base in self.world.classes.line(cls):
            twin = self.cls(base) if not base.inner.file.outside else None
            if twin is not None and name in twin.inner.bindings:
                return twin, twin.inner.bindings[name]
        return None

    def functions(self, function: Function) -> list[Function]:
        """Find a function in its module's stub: one, or its overloads."""
        if function.outer.file.outside:
            return []
        if function.owner is not None:
            twin = self.cls(function.owner)
            bindings = twin.inner.bindings if twin is not None else {}
        else:
            stub = self.file(function.outer.file)
            at_top = function.outer.kind is ScopeKind.MODULE
            bindings = stub.module.bindings if stub is not None and at_top else {}
        found = bindings.get(function.name, ())
        return [part.function for part in found if part.function is not None]

    def result(self, function: Function) -> Value:
        """Give what a stub says that a function of the project returns."""
        found = [
            self.world.annotated(twin.node.returns, twin.outer)
            for twin in self.functions(function)[:_MAX_PARTS]
        ]
        return self.home(union(found))

    def parameter(self, function: Function, name: str) -> Value:
        """Give what a stub says of a parameter."""
        own = [arg.arg for arg in (*function.node.args.posonlyargs, *function.node.args.args)]
        found = []
        for twin in self.functions(function)[:_MAX_PARTS]:
            args = twin.node.args
            plain = [*args.posonlyargs, *args.args]
            match = next(
                (
                    arg
                    for arg in (*plain, *args.kwonlyargs)
                    if arg.arg.lstrip("_") == name.lstrip("_")
                ),
                None,
            )
            if match is None and name in own and len(plain) == len(own):
                match = plain[own.index(name)]
            if match is not None:
                found.append(self.world.annotated(match.annotation, twin.outer))
        return self.home(union(found))

    def home(self, value: Value) -> Value:
        """Put the project's own classes in the place of a stub's of the same name."""
        if not value.known:
            return value
        args = tuple(self.home(arg) for arg in value.args) if value.args else ()
        cls = self._home(value.cls) if value.cls is not None else None
        if cls is value.cls and all(one is two for one, two in zip(args, value.args, strict=True)):
            return value
        return Value(
            value.sort,
            cls,
            args,
            value.name,
            literals=value.literals,
            open=value.open,
            via=value.via,
        )

    def _home(self, cls: Class) -> Class:
        if not cls.inner.file.outside:
            return cls
        if id(cls) not in self._homes:
            file = self.world.modules.own(cls.inner.file.name)
            found = None
            if file is not None and cls.outer.kind is ScopeKind.MODULE and not _is_native(cls):
                bindings = file.module.bindings.get(cls.name, ())
                found = next((part.cls for part in bindings if part.cls is not None), None)
            self._homes[id(cls)] = found
        return self._homes[id(cls)] or cls


def _public(file: FileNames) -> set[str]:
    """Name the functions and classes that a module defines for others."""
    kinds = (BindingKind.FUNCTION, BindingKind.CLASS)
    return {
        name
        for name, found in file.module.bindings.items()
        if not name.startswith("_") and found[0].kind in kinds
    }


def _is_native(cls: Class) -> bool:
    return cls.inner.file.name in ("builtins", "typing", "types")
