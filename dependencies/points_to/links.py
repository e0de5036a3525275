"""Links between the files of a Python project: keys of scopes, modules, and what names mean there.

All of this is fixed before the analysis begins. What a file's facts were made with is noted in
``asked``, so that a change elsewhere tells which files' facts must be made again.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Generator, Iterable
from typing import Final, NamedTuple

from atomization.python_modules import Places, folders_of
from atomization.python_scopes import (
    Binding,
    BindingKind,
    FileNames,
    Scope,
    ScopeKind,
    Source,
)

Asked = tuple[str, str]
"""A module's path and a name in it; ``*`` for what it imports all names from."""

Exporting = Generator[Asked, tuple[str, str] | None, tuple[str, str] | None]
"""Asks for what other modules export, and returns what a module does."""

MAX_STEPS: Final = 24
BUILTINS: Final = frozenset(dir(builtins))
_INIT: Final = "__init__"


class Meaning(NamedTuple):
    """What a name means: a class, routine, module, literal (each by its key), outside, builtin."""

    what: str
    key: str


class Links:
    """Finds modules, the names in them, and what an expression of names means."""

    def __init__(self) -> None:
        """Begin without files."""
        self.files: dict[str, FileNames] = {}
        self.keys: dict[int, str] = {}
        self.asked: set[tuple[str, str]] = set()
        self.folders: set[str] = set()
        self.itself = ""
        self._places = Places(())
        self._paths: dict[int, str] = {}
        self._exports: dict[str, frozenset[str] | None] = {}
        self._exported: dict[tuple[str, str], tuple[tuple[str, str] | None, frozenset[Asked]]] = {}

    def connect(self, files: Iterable[FileNames]) -> None:
        """Take all files of the project, in place of those that were there."""
        self.files = {names.file.path: names for names in files}
        self._places = Places(self.files)
        self._exports.clear()
        self._exported.clear()
        self.itself = self._own_name()
        self.folders = {
            "/".join(parts[:depth])
            for parts in (path.split("/") for path in self.files)
            for depth in range(1, len(parts))
        }

    def _own_name(self) -> str:
        """Give the name that a project which is itself a package imports its modules by."""
        if f"{_INIT}.py" not in self.files:
            return ""
        counts: dict[str, int] = {}
        for names in self.files.values():
            for binding in names.imports:
                top, _, rest = binding.module.partition(".")
                if binding.level or not top or self._places.absolute(top, names.file.path):
                    continue
                inside = rest.split(".", 1)[0] or binding.member
                if self._places.at([inside]) is not None:
                    counts[top] = counts.get(top, 0) + 1
        return max(sorted(counts), key=counts.__getitem__) if counts else ""

    def replace(self, names: FileNames) -> None:
        """Take a file's names in place of those it had."""
        for scope in self.files[names.file.path].scopes:
            self.keys.pop(id(scope), None)
        self.files[names.file.path] = names
        self._exports.clear()
        self._exported.clear()
        self.name_scopes(names)

    def name_scopes(self, names: FileNames) -> None:
        """Give every scope of a file its key: the path and the names down to it."""
        taken: dict[str, int] = {}
        lambdas: dict[str, int] = {}
        for scope in names.scopes:
            parent = self.keys[id(scope.parent)] if scope.parent is not None else ""
            if scope.kind is ScopeKind.MODULE:
                self.keys[id(scope)] = names.file.path + "::"
                continue
            if scope.kind is ScopeKind.COMPREHENSION:
                own = "<comp>"
            elif scope.kind is ScopeKind.CLASS and scope.cls is not None:
                own = scope.cls.name
            elif scope.function is not None:
                own = scope.function.name
            else:
                home = _home(parent)
                lambdas[home] = lambdas.get(home, 0) + 1
                parent, own = home, f"<lambda{lambdas[home]}>"
            key = f"{parent}.{own}"
            taken[key] = taken.get(key, 0) + 1
            self.keys[id(scope)] = key if taken[key] == 1 else f"{key}#{taken[key]}"

    def key(self, scope: Scope) -> str:
        """Give the key of a scope."""
        return self.keys[id(scope)]

    # -- modules ----------------------------------------------------------------------------------

    def module(self, level: int, name: str, near: FileNames) -> str | None:
        """Find a module (its path) or a folder of modules (with its slash)."""
        path = near.file.path
        if level:
            found = self._places.relative(level, name, path)
            folder = "/".join(folders_of(level, name, path))
        elif self.itself and (name == self.itself or name.startswith(f"{self.itself}.")):
            parts = name.split(".")[1:]
            found = self._places.at(parts)
            folder = "/".join(parts)
        else:
            found = self._places.absolute(name, path) if name else None
            folder = name.replace(".", "/")
        if found is not None:
            return found
        for candidate in (folder, f"src/{folder}"):
            if candidate in self.folders:
                return f"{candidate}/"
        return None

    def submodule(self, path: str, member: str) -> str | None:
        """Find a module inside a package or a folder."""
        if path.endswith("/"):
            for candidate in (f"{path}{member}.py", f"{path}{member}/{_INIT}.py"):
                if candidate in self.files:
                    return candidate
            return f"{path}{member}/" if f"{path}{member}" in self.folders else None
        folder, _, last = path.rpartition("/")
        if not last.startswith(f"{_INIT}."):
            return None
        found = self._places.at([part for part in (*folder.split("/"), member) if part])
        if found is not None:
            return found
        inner = f"{folder}/{member}".lstrip("/")
        return f"{inner}/" if inner in self.folders else None

    def export(self, path: str, name: str) -> tuple[str, str] | None:
        """Find what ``module.name`` is: (path, name) of a binding, or (path, "") of a module."""
        key = (path, name)
        if key not in self._exported:
            self._find(key)
        found, asked = self._exported[key]
        self.asked |= asked
        return found

    def _find(self, key: Asked) -> None:
        """Follow star imports, however many modules hand a name on.

        In a circle of them a module that is asked again has nothing to add. What others then lack
        is no answer to keep: asked on their own, they find what the circle has.
        """
        stack = [self._begun(key)]
        under_way = {key: 0}
        lowest = [0]
        answer: tuple[str, str] | None = None
        while stack:
            at, steps, asked = stack[-1]
            try:
                wanted = steps.send(answer)
            except StopIteration as end:
                stack.pop()
                answer = end.value
                del under_way[at]
                low = lowest.pop()
                if answer is None and low < len(stack):
                    del self._exported[at]
                else:
                    self._exported[at] = (answer, frozenset(asked))
                if stack:
                    stack[-1][2].update(asked)
                    lowest[-1] = min(lowest[-1], low)
                continue
            if wanted[1] == "*":
                asked.add(wanted)
                answer = None
                continue
            known = self._exported.get(wanted)
            if wanted in under_way:
                lowest[-1] = min(lowest[-1], under_way[wanted])
                answer = None
            elif known is None:
                under_way[wanted] = len(stack)
                lowest.append(len(stack))
                stack.append(self._begun(wanted))
                answer = None
            else:
                asked |= known[1]
                answer = known[0]

    def _begun(self, key: Asked) -> tuple[Asked, Exporting, set[Asked]]:
        asked = {key, (key[0], "*")}
        self._exported[key] = (None, frozenset(asked))
        return key, self._export(*key), asked

    def _export(self, path: str, name: str) -> Exporting:
        if path.endswith("/"):
            inside = self.submodule(path, name)
            return (inside, "") if inside is not None else None
        names = self.files[path]
        bindings = names.module.bindings.get(name)
        if bindings and not all(self._is_itself(one, name, names) for one in bindings):
            return path, name
        for star in names.stars:
            source = self.module(star.level, star.module, names)
            if source is None or source.endswith("/"):
                continue
            yield source, "*"
            public = self.public(source)
            if (name in public) if public is not None else not name.startswith("_"):
                found = yield source, name
                if found is not None:
                    return found
        inside = self.submodule(path, name)
        if inside is not None:
            return inside, ""
        return (path, "__getattr__") if "__getattr__" in names.module.bindings else None

    def _is_itself(self, binding: Binding, name: str, names: FileNames) -> bool:
        """Tell whether a package imports the module of this name from itself."""
        return (
            binding.kind is BindingKind.IMPORT
            and binding.member == name
            and self.module(binding.level, binding.module, names) == names.file.path
        )

    def public(self, path: str) -> frozenset[str] | None:
        """Give what ``__all__`` lists; None when there is none, or more than literals tell."""
        if path not in self._exports:
            self._exports[path] = _listed(self.files[path])
        return self._exports[path]

    # -- names ------------------------------------------------------------------------------------

    def visible(self, name: str, scope: Scope) -> tuple[Scope, list[Binding]] | None:
        """Find the scope whose binding a name means, and the bindings there."""
        current: Scope | None = scope
        while current is not None:
            kind = current.elsewhere.get(name) if current.elsewhere else None
            if kind == "global":
                bindings = scope.file.module.bindings.get(name)
                return (scope.file.module, bindings) if bindings else None
            if kind is None:
                found = current.bindings.get(name)
                if found and (current is scope or current.kind is not ScopeKind.CLASS):
                    return current, found
            current = current.parent
        return None

    def meaning(self, expr: ast.expr, scope: Scope, steps: int = MAX_STEPS) -> Meaning | None:
        """Tell what an expression of names means, as far as the bindings alone tell it."""
        parts: list[str] = []
        while isinstance(expr, ast.Attribute | ast.Subscript):
            if isinstance(expr, ast.Attribute):
                parts.append(expr.attr)
            expr = expr.value
        if isinstance(expr, ast.Call) and _is_with_metaclass(expr) and len(expr.args) > 1:
            return self.meaning(expr.args[1], scope, steps - 1) if steps else None
        if not isinstance(expr, ast.Name):
            return None
        found = self.named(expr.id, scope, steps)
        for part in reversed(parts):
            if found is None:
                return None
            found = self.member(found, part, steps)
        return found

    def named(self, name: str, scope: Scope, steps: int = MAX_STEPS) -> Meaning | None:
        """Tell what a name means in a scope."""
        found = self.visible(name, scope)
        if found is not None:
            return self._bound(found[1], steps)
        if scope.file.stars:
            exported = self.export(scope.file.file.path, name)
            if exported is not None:
                return self._exported_as(exported, steps)
        return Meaning("builtin", name) if name in BUILTINS else None

    def _bound(self, bindings: list[Binding], steps: int) -> Meaning | None:
        if steps <= 0:
            return None
        if len(bindings) > 1:
            bindings = [one for one in bindings if one.kind is not BindingKind.VARIABLE]
        found = [self.bound(binding, steps - 1) for binding in bindings]
        ranked = sorted((one for one in found if one is not None), key=_rank)
        return ranked[0] if ranked else None

    def bound(self, binding: Binding, steps: int = MAX_STEPS) -> Meaning | None:
        """Tell what one binding makes of its name."""
        if binding.cls is not None:
            return Meaning("class", self.key(binding.cls.inner))
        if binding.function is not None and binding.function.inner is not None:
            return Meaning("routine", self.key(binding.function.inner))
        if binding.kind is BindingKind.IMPORT:
            return self.imported(binding, steps)
        origin = binding.origin
        if binding.kind is BindingKind.PARAMETER or origin is None or origin.expr is None:
            return None
        if origin.how is not Source.VALUE:
            return None
        if isinstance(origin.expr, ast.Constant):
            value = origin.expr.value
            return Meaning("literal", repr(value)) if isinstance(value, str | int) else None
        return self.meaning(origin.expr, binding.scope, steps)

    def imported(self, binding: Binding, steps: int = MAX_STEPS) -> Meaning | None:
        """Tell what an import binds."""
        near = binding.scope.file
        path = self.module(binding.level, binding.module, near)
        if not binding.member:
            return Meaning("module", path) if path else Meaning("outside", binding.module)
        if path is None:
            package = "." * binding.level + binding.module
            return Meaning("outside", f"{package}.{binding.member}")
        return self.member(Meaning("module", path), binding.member, steps)

    def member(self, owner: Meaning, name: str, steps: int = MAX_STEPS) -> Meaning | None:
        """Tell what a member of a module, class, or something outside means."""
        if steps <= 0:
            return None
        if owner.what == "outside":
            return Meaning("outside", f"{owner.key}.{name}")
        if owner.what == "module":
            found = self.export(owner.key, name)
            return self._exported_as(found, steps - 1) if found is not None else None
        if owner.what == "class":
            bindings = self._class_scope(owner.key).get(name)
            return self._bound(bindings, steps - 1) if bindings else None
        return None

    def _class_scope(self, key: str) -> dict[str, list[Binding]]:
        names = self.files[key.partition("::")[0]]
        for cls in names.classes:
            if self.keys.get(id(cls.inner)) == key:
                return cls.inner.bindings
        return {}

    def _exported_as(self, found: tuple[str, str], steps: int) -> Meaning | None:
        path, name = found
        if not name:
            return Meaning("module", path)
        return self._bound(self.files[path].module.bindings[name], steps)


def interface(names: FileNames) -> dict[str, tuple[object, ...]]:
    """Give, by top-level name, all that other files' facts may depend on."""
    found: dict[str, list[object]] = {"*": [(one.module, one.level) for one in names.stars]}
    found["*"].append(_listed(names))
    tops: dict[int, str] = {}
    for scope in names.scopes:
        if scope.kind is ScopeKind.MODULE:
            for name, bindings in scope.bindings.items():
                found.setdefault(name, []).extend(_bound_as(binding) for binding in bindings)
        elif scope.kind is ScopeKind.CLASS and scope.cls is not None:
            outer = scope.parent
            top = tops.get(id(outer)) or scope.cls.name
            tops[id(scope)] = top
            own = found.setdefault(top, [])
            own.append((scope.cls.name, *(ast.dump(base) for base in scope.cls.node.bases)))
            for name, bindings in scope.bindings.items():
                own.append((name, *(_bound_as(binding) for binding in bindings)))
    return {name: tuple(parts) for name, parts in found.items()}


def _bound_as(binding: Binding) -> tuple[object, ...]:
    origin = binding.origin
    text = ""
    if origin is not None and origin.how is Source.VALUE and origin.expr is not None:
        simple = ast.Name | ast.Attribute | ast.Constant | ast.Subscript | ast.List | ast.Tuple
        text = ast.dump(origin.expr) if isinstance(origin.expr, simple) else "…"
        if isinstance(origin.expr, ast.Call) and _is_with_metaclass(origin.expr):
            text = ast.dump(origin.expr)
    return binding.kind, binding.module, binding.member, binding.level, text


def dotted(key: str) -> str:
    """Turn a scope's key into a dotted name: the module's, then the names down to the scope."""
    path, _, rest = key.partition("::")
    names = [part.partition("#")[0] for part in rest.split(".") if part and part != "<comp>"]
    return ".".join([*module_name(path), *names])


def module_name(path: str) -> list[str]:
    """Turn the path of a module into the parts of its dotted name."""
    parts = path.removesuffix(".pyi").removesuffix(".py").split("/")
    return parts[:-1] if parts[-1] == _INIT and len(parts) > 1 else parts


def _home(key: str) -> str:
    while key.rpartition(".")[2].startswith("<comp>"):
        key = key.rpartition(".")[0]
    return key


def _rank(meaning: Meaning) -> int:
    order = ("class", "routine", "module", "outside", "builtin", "literal")
    return order.index(meaning.what)


def _is_with_metaclass(call: ast.Call) -> bool:
    func = call.func
    name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
    return name == "with_metaclass"


def _listed(names: FileNames) -> frozenset[str] | None:
    bindings = names.module.bindings.get("__all__")
    if not bindings:
        return None
    found: set[str] = set()
    for binding in bindings:
        expr = binding.origin.expr if binding.origin is not None else None
        if not isinstance(expr, ast.List | ast.Tuple | ast.Set):
            return None
        for part in expr.elts:
            if not (isinstance(part, ast.Constant) and isinstance(part.value, str)):
                return None
            found.add(part.value)
    return frozenset(found)
