"""Calls: what a call gives, from annotations, overloads, arguments and what is returned."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from atomization.python_classes import Bindings, closed, substitute
from atomization.python_scopes import Function, Scope, bare_name
from atomization.python_values import (
    NONE,
    UNKNOWN,
    Sort,
    Value,
    instance,
    instance_of,
    parts_of,
    type_of,
    union,
)

if TYPE_CHECKING:
    from atomization.python_resolver import Resolver

Passed = list[tuple[ast.arg | None, ast.expr]]
_MANAGERS: Final = {
    "contextmanager": "_GeneratorContextManager",
    "asynccontextmanager": "_AsyncGeneratorContextManager",
}
_MAX_RESULTS: Final = 8
_MAX_OVERLOADS: Final = 24


class Calls:
    """Evaluates calls."""

    def __init__(self, world: Resolver) -> None:
        """Begin with nothing known."""
        self.world = world
        self._declared: dict[int, Value] = {}
        self._decorated: dict[int, Value] = {}

    def of(self, callee: Value, call: ast.Call, scope: Scope) -> Value:
        """Give what a call of a value gives."""
        sort = callee.sort
        if sort is Sort.FUNCTION:
            return self._function(callee, call, scope)
        if sort is Sort.CLASS:
            return self._constructed(callee, call, scope)
        if sort is Sort.INSTANCE:
            hit = self.world.members.of(callee, "__call__", scope.file)
            return self.of(hit.value, call, scope) if hit.value.sort is Sort.FUNCTION else UNKNOWN
        if sort is Sort.UNION:
            return union(self.of(part, call, scope) for part in callee.args)
        return self.result(callee)

    def result(self, callee: Value) -> Value:
        """Give what calling a value gives, whatever the arguments are."""
        if callee.sort is Sort.FUNCTION and callee.function is not None:
            found = self.declared(callee.function)
            return closed(substitute(found, self._receiver(callee, callee.function)))
        if callee.sort is Sort.CALLABLE:
            if callee.expr is not None and callee.scope is not None:
                return self.world.value(callee.expr.body, callee.scope)
            return callee.args[0]
        if callee.sort is Sort.CLASS:
            return instance_of(callee)
        if callee.sort is Sort.VARIABLE:
            return self.result(callee.args[0])
        if callee.sort is Sort.INSTANCE and callee.cls is not None:
            found_call = self.world.classes.find(callee.cls, "__call__")
            if found_call is not None:
                return self.result(self.world.members.value(callee, *found_call))
        return UNKNOWN

    def result_of(self, function: Function) -> Value:
        """Give what a function of the project returns when it is called."""
        owner = function.owner
        receiver = instance(owner) if owner is not None else None
        return self.result(Value(Sort.FUNCTION, owner, function=function, receiver=receiver))

    # -- functions --------------------------------------------------------------------------

    def declared(self, function: Function) -> Value:
        """Give what a function returns, by its annotation or by what it returns."""
        known = self._declared.get(id(function))
        if known is None:
            if not self.world.enter():
                return UNKNOWN
            self._declared[id(function)] = UNKNOWN
            try:
                known, cut = self.world.watched(lambda: self._result_of(function))
            finally:
                self.world.leave()
            if cut and not known.known:
                del self._declared[id(function)]
                return known
            self._declared[id(function)] = known
        return known

    def _result_of(self, function: Function) -> Value:
        returns = function.node.returns
        waits = isinstance(function.node, ast.AsyncFunctionDef)
        if returns is not None:
            found = self.world.annotated(returns, function.outer)
            if not function.outer.file.outside and found.sort is Sort.INSTANCE:
                found = Value(
                    found.sort, found.cls, found.args, found.name, open=found.open, via="annotation"
                )
        else:
            found = self.world.twins.result(function)
            waits = waits and not found.known
            found = found if found.known else self._returned(function)
        for name, manager in _MANAGERS.items():
            if name in function.decorators:
                cls = self.world.made_in("contextlib", manager).cls
                return instance(cls, self.world.element(found)) if cls is not None else UNKNOWN
        if waits and not function.yields:
            cls = self.world.made_in("typing", "Coroutine").cls
            return instance(cls, UNKNOWN, UNKNOWN, found) if cls is not None else UNKNOWN
        return found

    def _returned(self, function: Function) -> Value:
        """Join what a function without an annotation returns or yields."""
        inner = function.inner
        if inner is None:
            return UNKNOWN
        if function.yields:
            cls = self.world.made_in("typing", "Generator").cls
            item = self._joined(function.yields, inner)
            return instance(cls, item, UNKNOWN, UNKNOWN) if cls is not None else UNKNOWN
        if function.results:
            found = self._joined(function.results, inner)
            if found.known:
                return found
        elif not _is_abstract(function):
            return NONE
        return self.world.inference.overridden_result(function)

    def _joined(self, exprs: Sequence[ast.expr], scope: Scope) -> Value:
        return union(self.world.value(part, scope) for part in exprs[:_MAX_RESULTS])

    def _function(self, callee: Value, call: ast.Call, scope: Scope) -> Value:
        function = callee.function
        if function is None:
            return UNKNOWN
        if not callee.overloads:
            found = self.declared(function)
            if not found.open:
                return found if found.known else self._by_decorator(function, found)
            passed = self._passed(function, call, callee.receiver is not None) or []
            return self._solved(callee, function, found, passed, scope)
        for candidate in callee.overloads[:_MAX_OVERLOADS]:
            bound = callee.receiver is not None
            passed_to = self._passed(candidate, call, bound)
            if passed_to is not None and self._accepts(candidate, callee, passed_to, scope):
                return self._solved(callee, candidate, self.declared(candidate), passed_to, scope)
        return self.result(callee)

    def _by_decorator(self, function: Function, found: Value) -> Value:
        if not function.decorators or function.node.returns is not None:
            return found
        decorated = self.decorated(function)
        return self.result(decorated) if decorated.sort is not Sort.FUNCTION else found

    def decorated(self, function: Function) -> Value:
        """Give what the outermost decorator makes of a function."""
        known = self._decorated.get(id(function))
        if known is None:
            self._decorated[id(function)] = UNKNOWN
            known = self._decorate(function)
            self._decorated[id(function)] = known
        return known

    def _decorate(self, function: Function) -> Value:
        decorator = function.node.decorator_list[0]
        maker = self.world.value(decorator, function.outer)
        if maker.sort is Sort.CLASS:
            return instance_of(maker)
        return self.result(maker)

    def _solved(
        self, callee: Value, function: Function, found: Value, passed: Passed, scope: Scope
    ) -> Value:
        """Put in the place of type variables what the arguments say."""
        if not found.open:
            return found
        bindings = self._receiver(callee, function)
        result = substitute(found, bindings)
        if result.open:
            for parameter, expr in passed:
                if parameter is not None and parameter.annotation is not None:
                    declared = self.world.annotated(parameter.annotation, function.outer)
                    if declared.open:
                        declared = substitute(declared, bindings)
                        self.world.unify(declared, self.world.value(expr, scope), bindings)
            result = substitute(result, bindings)
        return closed(result)

    def _receiver(self, callee: Value, function: Function) -> Bindings:
        """Tell what the receiver says of a method's type variables."""
        receiver = callee.receiver
        if receiver is None:
            return {}
        owner = function.owner or callee.cls
        base = receiver.args[0] if receiver.sort is Sort.VARIABLE else receiver
        if owner is None or base.cls is None:
            return {"Self": receiver}
        bindings = self.world.classes.bound(base, owner, receiver)
        plain = [*function.node.args.posonlyargs, *function.node.args.args]
        if plain and plain[0].annotation is not None:
            declared = self.world.annotated(plain[0].annotation, function.outer)
            if declared.open:
                by_class = declared.sort is Sort.CLASS
                self.world.unify(declared, type_of(base) if by_class else receiver, bindings)
        return bindings

    def expected(
        self, callee: Value, call: ast.Call, part: ast.Lambda, scope: Scope
    ) -> list[Value]:
        """Give the types that a callee declares for one argument, the others' types put in."""
        found = []
        for option in parts_of(callee):
            function, overloads = option.function, option.overloads
            receiver, bound = option, option.receiver is not None
            if option.sort is Sort.CLASS and option.cls is not None:
                maker = self.world.classes.find(option.cls, "__init__")
                if maker is None or maker[0].name == "object":
                    maker = self.world.classes.find(option.cls, "__new__")
                made = [found.function for found in maker[1]] if maker is not None else []
                overloads = tuple(found for found in made if found is not None)
                receiver, bound = Value(Sort.FUNCTION), True
            for candidate in overloads[:_MAX_OVERLOADS] or (function,):
                passed = self._passed(candidate, call, bound) if candidate is not None else None
                if candidate is None or passed is None:
                    continue
                bindings = self._receiver(receiver, candidate)
                wanted = UNKNOWN
                for parameter, expr in passed:
                    if parameter is None or parameter.annotation is None:
                        continue
                    declared = self.world.annotated(parameter.annotation, candidate.outer)
                    if expr is part:
                        wanted = declared
                    elif not isinstance(expr, ast.Lambda):
                        self.world.unify(declared, self.world.value(expr, scope), bindings)
                found.append(substitute(wanted, bindings))
        return found

    # -- overloads --------------------------------------------------------------------------

    def _passed(self, function: Function, call: ast.Call, bound: bool) -> Passed | None:
        """Pair arguments with parameters; None where they do not match."""
        args = function.node.args
        plain: list[ast.arg] = [*args.posonlyargs, *args.args][1 if bound else 0 :]
        found: Passed = []
        loose = any(isinstance(part, ast.Starred) for part in call.args)
        loose = loose or any(keyword.arg is None for keyword in call.keywords)
        given = [part for part in call.args if not isinstance(part, ast.Starred)]
        for index, expr in enumerate(given):
            if index < len(plain):
                found.append((plain[index], expr))
            elif args.vararg is not None:
                found.append((args.vararg, expr))
            else:
                return None
        names = {part.arg: part for part in (*plain[len(given) :], *args.kwonlyargs)}
        for keyword in call.keywords:
            if keyword.arg is None:
                continue
            parameter = names.pop(keyword.arg, args.kwarg)
            if parameter is None:
                return None
            found.append((parameter, keyword.value))
        needed = plain[len(given) : len(plain) - len(args.defaults)]
        kwonly = zip(args.kwonlyargs, args.kw_defaults, strict=True)
        required = [*needed, *(part for part, default in kwonly if default is None)]
        if not loose and any(part.arg in names for part in required):
            return None
        return found

    def _accepts(self, function: Function, callee: Value, passed: Passed, scope: Scope) -> bool:
        plain = [*function.node.args.posonlyargs, *function.node.args.args]
        receiver = callee.receiver
        told = receiver is not None and (receiver.args or receiver.sort is not Sort.INSTANCE)
        if receiver is not None and told and plain and plain[0].annotation is not None:
            declared = self.world.annotated(plain[0].annotation, function.outer)
            if not self.world.fits(declared, receiver, None):
                return False
        for parameter, expr in passed:
            if parameter is None or parameter.annotation is None:
                continue
            declared = self.world.annotated(parameter.annotation, function.outer)
            if not self.world.fits(declared, self.world.value(expr, scope), expr):
                return False
        return True

    # -- classes ----------------------------------------------------------------------------

    def _constructed(self, callee: Value, call: ast.Call, scope: Scope) -> Value:
        cls = callee.cls
        if cls is None or callee.args:
            return instance_of(callee)
        if cls.name == "type" and cls.inner.file.outside and len(call.args) == 1:
            found = union(type_of(part) for part in parts_of(self.world.value(call.args[0], scope)))
            return found if found.known else instance(cls)
        names = self.world.classes.parameters(cls)
        if not names:
            return instance(cls)
        for maker in ("__init__", "__new__"):
            found_maker = self.world.classes.find(cls, maker)
            if found_maker is None or found_maker[0].name == "object":
                continue
            methods = [part.function for part in found_maker[1] if part.function is not None]
            result = self._made(callee, methods, names, call, scope)
            if result is not None:
                return result
        return instance(cls)

    def _made(
        self,
        callee: Value,
        methods: list[Function],
        names: tuple[str, ...],
        call: ast.Call,
        scope: Scope,
    ) -> Value | None:
        """Solve a class's type parameters from the arguments of its constructor."""
        cls = callee.cls
        if cls is None:
            return None
        for method in methods[:_MAX_OVERLOADS]:
            passed = self._passed(method, call, True)
            unbound = Value(Sort.FUNCTION, function=method)
            if passed is None or not self._accepts(method, unbound, passed, scope):
                continue
            bindings: Bindings = {}
            for parameter, expr in passed:
                if parameter is not None and parameter.annotation is not None:
                    declared = self.world.annotated(parameter.annotation, method.outer)
                    self.world.unify(declared, self.world.value(expr, scope), bindings)
            plain = [*method.node.args.posonlyargs, *method.node.args.args]
            shape = plain[0].annotation if plain else None
            if method.name == "__new__" and bare_name(method.node.returns) != "Self":
                shape = method.node.returns
            itself = self.world.annotated(shape, method.outer)
            if itself.sort is Sort.INSTANCE and itself.cls is cls:
                return closed(substitute(itself, bindings))
            if method.owner is not None and method.owner is not cls:
                view = self.world.classes.views(cls).get(id(method.owner), ())
                inherited = self.world.classes.parameters(method.owner)
                for name, arg in zip(inherited, view, strict=False):
                    if arg.sort is Sort.VARIABLE and name in bindings:
                        bindings.setdefault(arg.name, bindings[name])
            return instance(cls, *(closed(bindings.get(name, UNKNOWN)) for name in names))
        return None


def _is_abstract(function: Function) -> bool:
    """Tell whether a body says nothing: a docstring, ``pass``, ``...``, a raise."""
    return all(
        isinstance(part, ast.Raise | ast.Pass)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in function.node.body
    )
