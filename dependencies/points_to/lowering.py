"""From a Python file to facts: functions, classes and statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from atomization.python_scopes import (
    Binding,
    BindingKind,
    Class,
    FileNames,
    Function,
    Scope,
    ScopeKind,
    bare_name,
)
from dependencies.points_to.builtin_calls import MODELLED
from dependencies.points_to.constraints import (
    ClassMade,
    Decorate,
    Enter,
    Erase,
    Item,
    Load,
    Matched,
    Operate,
    Raised,
    Shift,
    Store,
    Unpack,
)
from dependencies.points_to.expressions import OPERATORS, Expressions, parameter
from dependencies.points_to.frames import Env, Frame, joined
from dependencies.points_to.links import dotted
from dependencies.points_to.program import Program
from dependencies.points_to.shapes import Lowered, Member, Shape, Unit
from dependencies.points_to.shapes import Routine as RoutineShape
from dependencies.points_to.solver import NOTHING
from dependencies.points_to.things import Box, Instance, Klass, Known, Routine

Definition = ast.FunctionDef | ast.AsyncFunctionDef
_PLAIN: Final = frozenset(
    {
        "abstractmethod",
        "overload",
        "override",
        "final",
        "lru_cache",
        "cache",
        "contextmanager",
        "asynccontextmanager",
        "total_ordering",
        "dataclass",
        "runtime_checkable",
        "unique",
        "coroutine",
        "no_type_check",
    }
)
_PROPERTIES: Final = frozenset({"property", "cached_property", "abstractproperty", "getter"})
_RECORDS: Final = frozenset(
    {"dataclass", "define", "frozen", "mutable", "attrs", "s", "NamedTuple"}
)
_CLASS_METHODS: Final = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


class Lowering(Expressions):
    """Reads one file."""

    def __init__(self, program: Program, names: FileNames) -> None:
        """Take the program to add to and the file to read."""
        super().__init__(program, names)
        self._functions = {id(part.node): part for part in names.functions}
        self._classes = {id(part.node): part for part in names.classes}
        self._queue: list[tuple[Any, Scope, str, bool]] = []
        self._slots = names.file.slot_at
        self._statements: dict[type[ast.stmt], Callable[[Any, Frame], None]] = {
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.Return: self._return,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augmented,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.If: self._if,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Try: self._try,
            ast.Raise: self._raise,
            ast.Assert: self._assert,
            ast.Expr: self._expression,
            ast.Import: self._import,
            ast.ImportFrom: self._import,
            ast.Match: self._match,
            ast.Delete: self._delete,
        }
        if hasattr(ast, "TryStar"):
            self._statements[ast.TryStar] = self._try
        self._imports: dict[tuple[int, str], list[Binding]] = {}
        for scope in names.scopes:
            for bindings in scope.bindings.values():
                for binding in bindings:
                    if binding.kind is BindingKind.IMPORT:
                        place = (binding.line, binding.name)
                        self._imports.setdefault(place, []).append(binding)

    def run(self) -> Lowered:
        """Read the file: the module's own code first, then every function."""
        links = self.links
        links.asked = set()
        self._shapes()
        key = self.path + "::"
        self.unit = self.lowered.units[key] = Unit(key)
        frame = Frame(self.names.module, key, key, at_import=True)
        for tree in self.names.trees:
            if isinstance(tree, ast.Module):
                self.block(tree.body, frame)
        self.rest()
        while self._queue:
            self._body(*self._queue.pop())
        self.lowered.consulted = set(links.asked)
        return self.lowered

    # -- what is fixed ----------------------------------------------------------------------------

    def _shapes(self) -> None:
        for function in self.names.functions:
            if function.inner is not None:
                self._routine_of(function.node, function.inner, function)
        for scope in self.names.scopes:
            node = self._lambda_of(scope)
            if node is not None:
                self._routine_of(node, scope, None)
        for cls in self.names.classes:
            key = self.links.key(cls.inner)
            self.lowered.classes[key] = self._shape_of(cls, key)

    def _lambda_of(self, scope: Scope) -> ast.Lambda | None:
        return self._lambdas().get(id(scope))

    def _lambdas(self) -> dict[int, ast.Lambda]:
        if not hasattr(self, "_lambda_nodes"):
            self._lambda_nodes: dict[int, ast.Lambda] = {}
            wanted = {
                at: scope
                for at, scope in self.names.inner.items()
                if scope.kind is ScopeKind.FUNCTION
            }
            if wanted:
                for tree in self.names.trees:
                    for node in ast.walk(tree):
                        if isinstance(node, ast.Lambda) and id(node) in wanted:
                            self._lambda_nodes[id(wanted[id(node)])] = node
        return self._lambda_nodes

    def _routine_of(
        self, node: Definition | ast.Lambda, scope: Scope, function: Function | None
    ) -> None:
        key = self.links.key(scope)
        args = node.args
        plain = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        named = tuple(arg.arg for arg in args.kwonlyargs)
        rest = args.vararg.arg if args.vararg else ""
        named_rest = args.kwarg.arg if args.kwarg else ""
        names = [*plain, *named, *(name for name in (rest, named_rest) if name)]
        program = self.program
        owner = self.links.key(scope.parent) if _is_method(scope) and scope.parent else ""
        self.lowered.routines[key] = RoutineShape(
            key=key,
            name=getattr(node, "name", "<lambda>"),
            dotted=dotted(key),
            path=self.path,
            line=node.lineno,
            slot=function.slot if function is not None else self._slots(node.lineno),
            owner=owner,
            kind=_kind_of(function) if function is not None and owner else "function",
            positional=tuple(plain),
            only_positional=len(args.posonlyargs),
            only_named=named,
            rest=rest,
            named_rest=named_rest,
            variables={name: program.named(key, parameter(scope, name)) for name in names},
            result=program.named(key, "<return>"),
            yielded=program.named(key, "<yield>"),
            is_generator=False,
            is_abstract=function is not None and _is_abstract(function),
        )

    def _shape_of(self, cls: Class, key: str) -> Shape:
        bases: list[str] = []
        outer: list[str] = []
        metaclass = ""
        record = any(bare_name(_called(part)) in _RECORDS for part in cls.node.decorator_list)
        for base in cls.node.bases:
            meaning = self.links.meaning(base, cls.outer)
            if meaning is None:
                outer.append("?")
            elif meaning.what == "class" and meaning.key != key:
                bases.append(meaning.key)
            elif meaning.what == "outside":
                outer.append(meaning.key)
                record = record or meaning.key.endswith(".NamedTuple")
            elif meaning.what == "builtin" and meaning.key != "object":
                outer.append(f"<builtin>.{meaning.key}")
        for keyword in cls.node.keywords:
            if keyword.arg == "metaclass":
                meaning = self.links.meaning(keyword.value, cls.outer)
                metaclass = meaning.key if meaning is not None and meaning.what == "class" else ""
        members = {
            name: tuple(self._member(binding) for binding in bindings)
            for name, bindings in cls.inner.bindings.items()
        }
        return Shape(
            key=key,
            name=cls.name,
            dotted=dotted(key),
            path=self.path,
            slot=cls.slot,
            line=cls.node.lineno,
            bases=tuple(bases),
            outer_bases=tuple(outer),
            metaclass=metaclass,
            members=members,
            fields=frozenset(cls.attributes),
            is_record=record,
            annotated=tuple(
                part.target.id
                for part in cls.node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            ),
            matched=_match_args(cls.node),
            source=cls,
        )

    def _member(self, binding: Binding) -> Member:
        function = binding.function
        if function is None or function.inner is None:
            return Member("value")
        key = self.links.key(function.inner)
        kind = _kind_of(function)
        for part in function.node.decorator_list:
            name = bare_name(_called(part))
            if name in ("setter", "deleter"):
                return Member(name, key)
            if name in _PROPERTIES or name.endswith("property"):
                kind = "property"
            elif name not in _PLAIN and name not in ("staticmethod", "classmethod"):
                return Member("value", key)
        return Member(kind, key)

    # -- functions --------------------------------------------------------------------------------

    def later(self, node: ast.Lambda | Definition, scope: Scope, key: str, frame: Frame) -> None:
        """Read a function's body when this unit is done."""
        self._queue.append((node, scope, key, False))

    def _body(self, node: Definition | ast.Lambda, scope: Scope, key: str, _: bool) -> None:
        self.unit = self.lowered.units[key] = Unit(key)
        routine = self.lowered.routines[key]
        frame = Frame(scope, key, key, result=routine.result, yielded=routine.yielded)
        self._parameters(node, scope, routine, frame)
        if isinstance(node, ast.Lambda):
            self.copy(self.value(node.body, frame), routine.result)
        else:
            self.block(node.body, frame)
            if node.returns is not None and scope.parent is not None:
                if routine.is_generator:
                    self.annotations.elements_into(routine.yielded, node.returns, scope.parent)
                else:
                    self.annotations.into(routine.result, node.returns, scope.parent)
        if routine.is_generator:
            self.copy(routine.yielded, self.program.item(Box("generator", key), ""))
        self.rest()

    def _parameters(
        self, node: Definition | ast.Lambda, scope: Scope, routine: RoutineShape, frame: Frame
    ) -> None:
        args = node.args
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
            var = routine.variables[arg.arg]
            if arg.annotation is not None and scope.parent is not None:
                self.annotations.into(var, arg.annotation, scope.parent)
            if len(scope.bindings.get(arg.arg, ())) > 1:
                self.copy(var, self.program.named(routine.key, arg.arg))
                frame.env[arg.arg] = (var,)
        if args.vararg is not None:
            self.give(routine.variables[routine.rest], Box("tuple", f"{routine.key}*"))
        if args.kwarg is not None:
            self.give(routine.variables[routine.named_rest], Box("dict", f"{routine.key}**"))
        if routine.owner and routine.positional:
            first = routine.variables[routine.positional[0]]
            if routine.kind == "method":
                self.give(first, Instance(routine.owner, Known.SELF))
                if routine.name in _COMPARED and len(routine.positional) == 2:
                    other = routine.variables[routine.positional[1]]
                    self.give(other, Instance(routine.owner, Known.SELF))
            elif routine.kind == "class":
                self.give(first, Klass(routine.owner, open=True))

    def _function(self, node: Definition, frame: Frame) -> None:
        function = self._functions[id(node)]
        scope = function.inner
        if scope is None:
            return
        key = self.links.key(scope)
        decorators = [(part, self.value(part, frame)) for part in node.decorator_list]
        self.defaults(node.args, scope, frame)
        var = self.temporary()
        self.give(var, Routine(key))
        var = self._decorated(decorators, var, frame)
        self.bind(node.name, var, frame)
        self.later(node, scope, key, frame)

    def _decorated(self, decorators: Sequence[tuple[ast.expr, int]], var: int, frame: Frame) -> int:
        for part, held in reversed(decorators):
            name = bare_name(_called(part))
            plain = name in _PLAIN or name in _PROPERTIES or name.endswith("property")
            if plain or name in ("staticmethod", "classmethod", "setter", "deleter"):
                continue
            result = self.temporary()
            direct = self._is_direct(part, frame)
            site = self.site(part, frame, name, direct=direct)
            self.lowered.uses.setdefault(id(part), site)
            outer = self.outer.get(held)
            if outer is not None and outer not in MODELLED:
                self.call_outside(outer, site)
                self.copy(var, result)
            elif held:
                args = ((var,), NOTHING, (), NOTHING, result, ())
                self.watch(held, Decorate, site, *args)
            else:
                self.copy(var, result)
            var = result
        return var

    # -- classes ----------------------------------------------------------------------------------

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        cls = self._classes[id(node)]
        key = self.links.key(cls.inner)
        decorators = [(part, self.value(part, frame)) for part in node.decorator_list]
        for base in node.bases:
            self.value(base, frame)
        for keyword in node.keywords:
            self.value(keyword.value, frame)
        inner = Frame(cls.inner, key, frame.unit, frame, at_import=frame.at_import)
        self.block(node.body, inner)
        var = self.temporary()
        self.give(var, Klass(key))
        self.watch(var, ClassMade, self.site(node, frame, node.name))
        self.bind(node.name, self._decorated(decorators, var, frame), frame)

    # -- statements -------------------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Read statements; ``frame.live`` tells afterwards whether their end is reached."""
        for node in body:
            handler = self._statements.get(type(node))
            if handler is not None:
                if type(node) in _COMPOUND:
                    frame.stored.clear()
                handler(node, frame)
                if type(node) in _COMPOUND:
                    frame.stored.clear()
            elif isinstance(node, ast.Break | ast.Continue) and frame.leaving:
                frame.leaving[-1].append(dict(frame.env))

    def _ends(self, body: Sequence[ast.stmt]) -> bool:
        return bool(body) and isinstance(
            body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break
        )

    def _expression(self, node: ast.Expr, frame: Frame) -> None:
        self.value(node.value, frame)

    def _return(self, node: ast.Return, frame: Frame) -> None:
        routine = self.lowered.routines.get(frame.key)
        if isinstance(node.value, ast.Name) and routine is not None:
            name = node.value.id
            bindings = frame.scope.bindings.get(name, ())
            plain = name in routine.positional or name in routine.only_named
            if plain and len(bindings) == 1 and name not in frame.env:
                routine.handed |= {name}
                return
        self.copy(self.value(node.value, frame), frame.result)

    def _assign(self, node: ast.Assign, frame: Frame) -> None:
        if isinstance(node.value, ast.Attribute) and isinstance(node.targets[0], ast.Name):
            held = self.attribute(node.value, frame, called=True)
        else:
            held = self.value(node.value, frame)
        for target in node.targets:
            self.assign(target, held, frame)

    def _annotated(self, node: ast.AnnAssign, frame: Frame) -> None:
        held = self.value(node.value, frame)
        var = self.temporary()
        self.copy(held, var)
        self.annotations.into(var, node.annotation, frame.scope)
        if node.value is not None or isinstance(node.target, ast.Name):
            self.assign(node.target, var, frame)
        elif isinstance(node.target, ast.Attribute):
            base = self.value(node.target.value, frame)
            site = self.site(node.target, frame, node.target.attr)
            self.watch(base, Store, node.target.attr, var, site)

    def _augmented(self, node: ast.AugAssign, frame: Frame) -> None:
        target: ast.expr = node.target
        before = self.value(target, frame)
        held = self.value(node.value, frame)
        name = OPERATORS[type(node.op)]
        result = self.temporary()
        site = self.site(node, frame, name)
        self.copy(before, result)
        self.watch(before, Operate, f"__i{name}__", (held,), result, site)
        self.assign(target, result, frame)

    def _round(self, node: ast.stmt, frame: Frame) -> dict[str, int]:
        """Open a loop: names bound in it may come from the end of its body."""
        last = node.end_lineno or node.lineno
        rounds: dict[str, int] = {}
        for name, bindings in frame.scope.bindings.items():
            if len(bindings) > 1 and any(node.lineno <= one.line <= last for one in bindings):
                var = self.temporary()
                for held in frame.env.get(name, ()):
                    self.copy(held, var)
                frame.env[name] = (var,)
                rounds[name] = var
        for name in [name for name in frame.env if "." in name]:
            del frame.env[name]
        return rounds

    def _close(self, rounds: dict[str, int], start: Env, frame: Frame) -> None:
        ways = frame.leaving.pop()
        for name, var in rounds.items():
            for env in (frame.env, *ways):
                for held in env.get(name, ()):
                    self.copy(held, var)
        after = dict(start)
        for env in (frame.env, *ways):
            after = joined(after, env)
        frame.env = after

    def _for(self, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
        held = self.value(node.iter, frame)
        rounds = self._round(node, frame)
        start = dict(frame.env)
        frame.leaving.append([])
        self.iterate(node.target, held, node.iter, frame)
        self.block(node.body, frame)
        self._close(rounds, start, frame)
        self.block(node.orelse, frame)

    def _while(self, node: ast.While, frame: Frame) -> None:
        rounds = self._round(node, frame)
        self.truth(node.test, self.value(node.test, frame), frame)
        start = dict(frame.env)
        frame.leaving.append([])
        self.narrow(node.test, frame, holds=True)
        self.block(node.body, frame)
        self._close(rounds, start, frame)
        self.block(node.orelse, frame)

    def _if(self, node: ast.If, frame: Frame) -> None:
        ways: list[Env] = []
        current: ast.If | None = node
        outer = frame.at_import
        while current is not None:
            self.truth(current.test, self.value(current.test, frame), frame)
            before = dict(frame.env)
            self.narrow(current.test, frame, holds=True)
            frame.at_import = outer and not _is_main_guard(current.test)
            self.block(current.body, frame)
            frame.at_import = outer
            if not self._ends(current.body):
                ways.append(frame.env)
            frame.env = before
            self.narrow(current.test, frame, holds=False)
            rest = current.orelse
            current = rest[0] if len(rest) == 1 and isinstance(rest[0], ast.If) else None
            if current is None:
                self.block(rest, frame)
                if not self._ends(rest):
                    ways.append(frame.env)
        if ways:
            after = ways[0]
            for env in ways[1:]:
                after = joined(after, env)
            frame.env = after

    def _with(self, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
        for item in node.items:
            held = self.value(item.context_expr, frame)
            result = self.temporary()
            site = self.site(item.context_expr, frame, "with")
            self.watch(held, Enter, result, site, isinstance(node, ast.AsyncWith))
            if held in self.outer:
                self.outer[result] = self.outer[held]
            if item.optional_vars is not None:
                self.assign(item.optional_vars, result, frame)
        self.block(node.body, frame)

    def _try(self, node: Any, frame: Frame) -> None:
        before = dict(frame.env)
        self.block(node.body, frame)
        inside = frame.env
        for name in before.keys() | inside.keys():
            if before.get(name) != inside.get(name) and "." not in name:
                home = self.links.visible(name, frame.scope)
                if home is not None and home[0] is frame.scope and len(home[1]) > 1:
                    before[name] = (self.variable_of(frame.scope, name),)
        ended = self._ends(node.body)
        self.block(node.orelse, frame)
        ways = [] if ended or self._ends(node.orelse) else [frame.env]
        for handler in node.handlers:
            frame.env = dict(before)
            if handler.type is not None:
                self.value(handler.type, frame)
            if handler.name:
                var = self.temporary()
                if handler.type is not None:
                    self.annotations.caught_into(var, handler.type, frame.scope)
                self.bind(handler.name, var, frame)
            self.block(handler.body, frame)
            if not self._ends(handler.body):
                ways.append(frame.env)
        after = ways[0] if ways else before
        for env in ways[1:]:
            after = joined(after, env)
        frame.env = after
        self.block(node.finalbody, frame)

    def _raise(self, node: ast.Raise, frame: Frame) -> None:
        held = self.value(node.exc, frame)
        if node.exc is not None:
            site = self.site(node.exc, frame, "raise", direct=self._is_direct(node.exc, frame))
            self.watch(held, Raised, site)
        self.value(node.cause, frame)

    def _assert(self, node: ast.Assert, frame: Frame) -> None:
        self.truth(node.test, self.value(node.test, frame), frame)
        self.narrow(node.test, frame, holds=True)
        self.value(node.msg, frame)

    def _import(self, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        for alias in node.names:
            if alias.name == "*":
                continue
            name = alias.asname or alias.name
            if isinstance(node, ast.Import) and not alias.asname:
                name = alias.name.split(".", 1)[0]
            for binding in self._imports.get((node.lineno, name), ())[:1]:
                var = self.temporary()
                self.imported(binding, var, frame)
                self.bind(name, var, frame)

    def _match(self, node: ast.Match, frame: Frame) -> None:
        held = self.value(node.subject, frame)
        before = dict(frame.env)
        ways: list[Env] = [before]
        for case in node.cases:
            frame.env = dict(before)
            self._pattern(case.pattern, held, node.subject, frame)
            if case.guard is not None:
                self.value(case.guard, frame)
            self.block(case.body, frame)
            if not self._ends(case.body):
                ways.append(frame.env)
        after = ways[0]
        for env in ways[1:]:
            after = joined(after, env)
        frame.env = after

    def _pattern(
        self, pattern: ast.pattern, held: int, subject: ast.expr | None, frame: Frame
    ) -> None:
        pending: list[tuple[ast.pattern, int, ast.expr | None]] = [(pattern, held, subject)]
        while pending:
            part, source, named = pending.pop()
            if isinstance(part, ast.MatchAs):
                if part.pattern is not None:
                    pending.append((part.pattern, source, named))
                    if isinstance(part.pattern, ast.MatchClass):
                        source = self._of_class(part.pattern, source, None, frame)
                if part.name:
                    self.bind(part.name, source, frame)
            elif isinstance(part, ast.MatchClass):
                own = self._of_class(part, source, named, frame)
                for name, inner in zip(part.kwd_attrs, part.kwd_patterns, strict=True):
                    var = self.temporary()
                    self.watch(own, Load, name, var, self.site(inner, frame, name))
                    pending.append((inner, var, None))
                for at, inner in enumerate(part.patterns):
                    var = self.temporary()
                    self.watch(own, Matched, at, var, self.site(inner, frame, "match"))
                    pending.append((inner, var, None))
            elif isinstance(part, ast.MatchOr):
                pending += [(inner, source, None) for inner in part.patterns]
                classes = [one for one in part.patterns if isinstance(one, ast.MatchClass)]
                if isinstance(named, ast.Name) and len(classes) == len(part.patterns):
                    held = NOTHING
                    for one in classes:
                        held = self.merged(held, self._of_class(one, source, None, frame))
                    frame.env[named.id] = (held,)
            elif isinstance(part, ast.MatchSequence):
                pending += self._in_sequence(part, source, frame)
            elif isinstance(part, ast.MatchMapping):
                for key, inner in zip(part.keys, part.patterns, strict=True):
                    self.value(key, frame)
                    var = self.temporary()
                    site = self.site(inner, frame, "[]")
                    self.watch(source, Item, self.key_of(key, frame), var, site)
                    pending.append((inner, var, None))
                if part.rest:
                    self.bind(part.rest, source, frame)
            else:
                for node in ast.iter_child_nodes(part):
                    if isinstance(node, ast.pattern):
                        pending.append((node, NOTHING, None))
                    elif isinstance(node, ast.expr):
                        self.value(node, frame)
                rest = getattr(part, "name", None) or getattr(part, "rest", None)
                if rest:
                    self.bind(rest, NOTHING, frame)

    def _in_sequence(
        self, part: ast.MatchSequence, source: int, frame: Frame
    ) -> list[tuple[ast.pattern, int, ast.expr | None]]:
        found: list[tuple[ast.pattern, int, ast.expr | None]] = []
        known = True
        for at, inner in enumerate(part.patterns):
            var = self.temporary()
            site = self.site(inner, frame, "iter")
            if isinstance(inner, ast.MatchStar):
                known = False
                box = Box("list", self.place())
                self.give(var, box)
                self.watch(source, Shift, box, at, site)
                if inner.name:
                    self.bind(inner.name, var, frame)
                continue
            key = str(at) if known else f"-{len(part.patterns) - at}"
            self.watch(source, Unpack, key, var, site)
            found.append((inner, var, None))
        return found

    def _of_class(
        self, part: ast.MatchClass, source: int, named: ast.expr | None, frame: Frame
    ) -> int:
        self.value(part.cls, frame)
        var = self.temporary()
        self.annotations.into(var, part.cls, frame.scope)
        if isinstance(named, ast.Name):
            frame.env[named.id] = (var,)
        return var

    def _delete(self, node: ast.Delete, frame: Frame) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                base = self.value(target.value, frame)
                self.value(target.slice, frame)
                site = self.site(target, frame, "del")
                self.watch(base, Operate, "__delitem__", (), NOTHING, site)
                frame.stored.clear()
            elif isinstance(target, ast.Attribute):
                base = self.value(target.value, frame)
                self.watch(base, Erase, target.attr, self.site(target, frame, target.attr))
                frame.stored.clear()


_COMPARED: Final = frozenset(f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge"))
_COMPOUND: Final = frozenset(
    {ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match}
)


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _is_method(scope: Scope) -> bool:
    return scope.function is not None and scope.function.outer.kind is ScopeKind.CLASS


def _kind_of(function: Function) -> str:
    if "staticmethod" in function.decorators:
        return "static"
    if "classmethod" in function.decorators or function.name in _CLASS_METHODS:
        return "class"
    return "method"


def _is_abstract(function: Function) -> bool:
    """Tell whether a body says nothing but that it is to be written elsewhere."""
    if "abstractmethod" in function.decorators:
        return True
    body = function.node.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        if len(body) == 1:
            return body[0].value.value is ...
        body = body[1:]
    if len(body) != 1 or not isinstance(body[0], ast.Raise) or body[0].exc is None:
        return False
    return bare_name(_called(body[0].exc)) == "NotImplementedError"


def _match_args(node: ast.ClassDef) -> tuple[str, ...]:
    """Give what a class pattern's positions mean, where the class says so in literals."""
    for part in node.body:
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Tuple):
            first = part.targets[0]
            if isinstance(first, ast.Name) and first.id == "__match_args__":
                parts = [one.value for one in part.value.elts if isinstance(one, ast.Constant)]
                return tuple(one for one in parts if isinstance(one, str))
    return ()


def _is_main_guard(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
    )
