"""From a use of a name to what defines it, in the files of a project and outside of it.

The resolver joins the parts that know: modules, classes, annotations, calls, expressions, members,
inference. Each answers a question once and remembers it; a limit on how deep one question may lead
into others, and the memory of what is under way, keep cycles and extreme sources from recursing
without end.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from atomization.outside import Outside, installed
from atomization.python_annotations import Annotations
from atomization.python_calls import Calls
from atomization.python_classes import Classes
from atomization.python_exports import Exports
from atomization.python_expressions import Expressions
from atomization.python_generics import Generics
from atomization.python_inference import Inference
from atomization.python_members import Members, distinct, what
from atomization.python_models import Models
from atomization.python_modules import Modules
from atomization.python_scopes import (
    Binding,
    BindingKind,
    Class,
    FileNames,
    Mention,
    Scope,
    ScopeKind,
    Source,
)
from atomization.python_twins import Twins
from atomization.python_usage import Usage
from atomization.python_values import (
    MISS,
    UNKNOWN,
    Hit,
    Outcome,
    Sort,
    Target,
    Value,
    marked,
    union,
)
from atomization.type_facts import TypeFacts

__all__ = ["Hit", "Outcome", "Resolver", "Target"]

MAX_DEPTH: Final = 40
_BUILTINS: Final = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__builtins__",
    "__annotations__",
    "__class__",
    "__module__",
    "__qualname__",
    "WindowsError",
    "reveal_type",
}


class Resolver:
    """Resolves names and attributes in the Python files of one project."""

    def __init__(
        self,
        files: Iterable[FileNames],
        *,
        types: TypeFacts | None = None,
        outside: Outside | None = None,
    ) -> None:
        """Index the files; nothing is evaluated yet."""
        self.files = list(files)
        self.modules = Modules(self.files, outside or installed())
        self.classes = Classes(self)
        self.members = Members(self)
        self.calls = Calls(self)
        self.twins = Twins(self)
        self.models = Models(self)
        self.inference = Inference(self)
        self.usage = Usage(self, types)
        self.expressions = Expressions(self)
        exports = Exports(self)
        self.imported, self.star = exports.imported, exports.star
        self.module_of, self.member_of_module = exports.module_of, exports.member_of_module
        self.member_of_package, self._starred = exports.member_of_package, exports.starred
        generics = Generics(self)
        self.unify, self.fits = generics.unify, generics.fits
        self.annotated = Annotations(self).of
        self.value = self.expressions.of
        self.element = self.expressions.element
        self.cuts = 0
        self._depth = 0
        self._bindings: dict[int, Value] = {}
        self._names: dict[int, Hit] = {}
        self._builtins: dict[str, Hit] = {}
        self._made: dict[str, Value] = {}

    def release(self) -> None:
        """Forget everything, the files of the project included; the resolver is of no use then."""
        for file in self.files:
            file.release()
        for part in list(vars(self).values()):
            if hasattr(part, "world"):
                vars(part).clear()
        vars(self).clear()

    # -- how deep a question leads --------------------------------------------------------------

    def enter(self) -> bool:
        """Go one question deeper; false when that is too deep."""
        if self._depth >= MAX_DEPTH:
            self.cuts += 1
            return False
        self._depth += 1
        return True

    def leave(self) -> None:
        """Come back from a question."""
        self._depth -= 1

    def watched(self, evaluate: Callable[[], Value]) -> tuple[Value, bool]:
        """Evaluate, and tell whether something was cut short meanwhile."""
        before = self.cuts
        return evaluate(), self.cuts != before

    # -- classes that are always there ----------------------------------------------------------

    def made(self, name: str, *args: Value, name_of: str = "") -> Value:
        """Give an instance of a built-in class."""
        return self.made_in("builtins", name, *args, name_of=name_of)

    def made_in(self, module: str, name: str, *args: Value, name_of: str = "") -> Value:
        """Give an instance of a class from outside of the project; unknown when it is not there."""
        key = f"{module}:{name}"
        known = self._made.get(key)
        if known is None:
            known = self._instance(module, name)
            self._made[key] = known
        if not args or known.cls is None:
            return known
        is_open = any(arg.open for arg in args)
        return Value(Sort.INSTANCE, known.cls, args, name_of, open=is_open)

    known = made_in

    def _instance(self, module: str, name: str) -> Value:
        file = self.modules.outside.find(module)
        if file is None:
            return UNKNOWN
        found = self.member_of_module(file, name).value
        return Value(Sort.INSTANCE, found.cls) if found.sort is Sort.CLASS else UNKNOWN

    def builtin_class(self, name: str) -> Class | None:
        """Give a built-in class."""
        return self.made(name).cls

    # -- names ------------------------------------------------------------------------------

    def name(self, name: str, scope: Scope) -> Hit:
        """Resolve a name as used in a scope."""
        bindings = self.visible(name, scope)
        if bindings:
            known = self._names.get(id(bindings))
            if known is None:
                known = self._bound(bindings)
                self._names[id(bindings)] = known
            return known
        if scope.file.stars:
            hit = self._starred(scope.file, name, frozenset())
            if hit.outcome is not Outcome.UNRESOLVED:
                return hit
        return self._builtin(name)

    def visible(self, name: str, scope: Scope) -> list[Binding]:
        """Give the bindings that a name in a scope may mean."""
        current: Scope | None = scope
        home: Scope | None = scope
        while current is not None:
            kind = current.elsewhere.get(name) if current.elsewhere else None
            if kind == "global":
                return scope.file.module.bindings.get(name, [])
            if kind is None:
                found = current.bindings.get(name)
                if found and (current is home or current.kind is not ScopeKind.CLASS):
                    return found
            if current is home and current.kind is ScopeKind.TYPES:
                home = current.parent  # type parameters see the class that they stand in
            current = current.parent
        return []

    def _builtin(self, name: str) -> Hit:
        known = self._builtins.get(name)
        if known is None:
            file = self.modules.outside.find("builtins")
            known = self.member_of_module(file, name) if file is not None else MISS
            if known.outcome is not Outcome.UNRESOLVED or name in _BUILTINS:
                known = Hit(Outcome.BUILTIN, known.value, (), f"builtins:{name}")
            self._builtins[name] = known
        return known

    def _bound(self, bindings: list[Binding]) -> Hit:
        if len(bindings) == 1:
            return self._binding(bindings[0])
        hits = [self._binding(binding) for binding in bindings]
        outcome = next(
            (hit.outcome for hit in hits if hit.outcome is not Outcome.UNRESOLVED),
            Outcome.UNRESOLVED,
        )
        targets = distinct(target for hit in hits for target in hit.targets)
        outside = next((hit.outside for hit in hits if hit.outside), "")
        return Hit(outcome, self.together(bindings, [hit.value for hit in hits]), targets, outside)

    def together(self, bindings: list[Binding], values: list[Value]) -> Value:
        functions = tuple(
            binding.function
            for binding in bindings
            if binding.function is not None and "overload" in binding.function.decorators
        )
        if functions:
            return Value(Sort.FUNCTION, function=functions[0], overloads=functions)
        return union(values)

    def _binding(self, binding: Binding) -> Hit:
        if binding.kind is BindingKind.IMPORT:
            own = Target(binding.scope.file, binding.slot, "import", "import")
            hit = self.imported(binding)
            outcome = Outcome.SLOT if hit.outcome is not Outcome.UNRESOLVED else hit.outcome
            return Hit(outcome, hit.value, (own, *hit.targets), hit.outside)
        file, scope = binding.scope.file, binding.scope
        target = Target(file, binding.slot, what(binding), "scope", binding.certain)
        local = scope.kind is not ScopeKind.MODULE and scope.kind is not ScopeKind.CLASS
        if local and binding not in file.module.bindings.get(binding.name, ()):
            return Hit(Outcome.LOCAL, self.value_of(binding), (target,))
        return Hit(Outcome.SLOT, self.value_of(binding), (target,))

    def value_of(self, binding: Binding) -> Value:
        """Give what a binding's name is."""
        known = self._bindings.get(id(binding))
        if known is None:
            if not self.enter():
                return UNKNOWN
            before = self.cuts
            self._bindings[id(binding)] = UNKNOWN
            try:
                known = self._value_of(binding)
            finally:
                self.leave()
            if not known.known and self.cuts != before and self._depth:
                del self._bindings[id(binding)]
            else:
                self._bindings[id(binding)] = known
        return known

    def _value_of(self, binding: Binding) -> Value:
        if binding.function is not None:
            overloads = (binding.function,) if "overload" in binding.function.decorators else ()
            return Value(Sort.FUNCTION, function=binding.function, overloads=overloads)
        if binding.cls is not None:
            return Value(Sort.CLASS, binding.cls)
        if binding.kind is BindingKind.IMPORT:
            return self.imported(binding).value
        origin = binding.origin
        if origin is None:
            return UNKNOWN
        if binding.kind is BindingKind.PARAMETER and origin.how is Source.VALUE:
            return self.inference.parameter(binding)
        found = self.expressions.origin(origin, binding)
        if origin.how is Source.ANNOTATION and not binding.scope.file.outside:
            return marked(found, "annotation")
        return found

    def binding_of(self, expr: ast.expr, scope: Scope) -> Binding | None:
        """Give the binding that a name or ``module.name`` means, through imports."""
        binding: Binding | None = None
        if isinstance(expr, ast.Name):
            found = self.visible(expr.id, scope)
            binding = found[0] if found else None
        elif isinstance(expr, ast.Attribute):
            owner = self.value(expr.value, scope)
            if owner.sort is Sort.MODULE and owner.file is not None:
                bindings = owner.file.module.bindings.get(expr.attr)
                binding = bindings[0] if bindings else None
        for _ in range(MAX_DEPTH):
            if binding is None or binding.kind is not BindingKind.IMPORT or not binding.member:
                break
            file = self.module_of(binding)
            bindings = file.module.bindings.get(binding.member) if file is not None else None
            binding = bindings[0] if bindings else None
        return binding

    # -- attributes -------------------------------------------------------------------------

    def attribute(self, node: ast.Attribute, scope: Scope) -> Hit:
        """Resolve an attribute by what is known of the value in front of it."""
        inner = node.value
        receiver = self.value(inner, scope)
        hit = self.members.of(receiver, node.attr, scope.file)
        if hit.outcome is Outcome.UNRESOLVED:
            hit = self.usage.attribute(node, receiver, scope)
        own = isinstance(inner, ast.Name) and inner.id == scope.receiver != ""
        if own and hit.targets and not hit.via:
            targets = tuple(replace(target, via="self") for target in hit.targets)
            return replace(hit, targets=targets)
        return hit

    def agrees(self, use: Mention) -> str:
        """Compare a receiver's class with what mypy tells: same, related, other, or mypy alone."""
        if not isinstance(use.node, ast.Attribute):
            return ""
        path = use.scope.file.file.path
        theirs = self.classes.named(self.usage.by_mypy(use.node.value, path))
        ours = self.classes.named(self.value(use.node.value, use.scope))
        if not theirs:
            return ""
        if not ours:
            return "mypy"
        if any(cls in theirs for cls in ours):
            return "same"
        above = [base for cls in (*ours, *theirs) for base in self.classes.line(cls)[1:-1]]
        return "related" if any(base in (*ours, *theirs) for base in above) else "other"
