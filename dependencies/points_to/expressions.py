"""From Python's expressions to facts: which variable holds what an expression gives."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from atomization.python_scopes import Binding, FileNames, Scope, ScopeKind, dotted_name
from dependencies.points_to.annotations import Annotations
from dependencies.points_to.builtin_calls import MODELLED
from dependencies.points_to.constraints import (
    Call,
    Elements,
    Filter,
    Forward,
    Item,
    Load,
    Merge,
    Operate,
    Returned,
    Shift,
    Store,
    StoreItem,
    Unpack,
    Upwards,
)
from dependencies.points_to.frames import Env, Frame
from dependencies.points_to.links import BUILTINS
from dependencies.points_to.program import Program
from dependencies.points_to.shapes import Lowered, Site, Unit
from dependencies.points_to.solver import NOTHING
from dependencies.points_to.things import (
    OUTSIDE_DEPTH,
    Box,
    Builtin,
    Literal,
    Module,
    Native,
    Outside,
    Routine,
)

MAX_DEPTH: Final = 60
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
OPERATORS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitOr: "or",
    ast.BitAnd: "and",
    ast.BitXor: "xor",
    ast.MatMult: "matmul",
}
_COMPARISONS: Final = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
_REFLECTED: Final = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_UNARY: Final = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}


class Expressions:
    """Reads expressions."""

    def __init__(self, program: Program, names: FileNames) -> None:
        """Take the program to add to and the file to read."""
        self.program = program
        self.links = program.links
        self.names = names
        self.path = names.file.path
        self.lowered = Lowered(names, {}, {}, {}, set(), list(names.problems), {})
        self.unit = Unit("")
        self.annotations = Annotations(self)
        self.outer: dict[int, str] = {}
        self._depth = 0
        self._late: list[tuple[ast.expr, Frame, Env, int]] = []
        self._handlers: dict[type[ast.expr], Callable[[Any, Frame], int]] = {
            ast.Name: self._name,
            ast.Attribute: self.attribute,
            ast.Call: self._call,
            ast.Constant: self._constant,
            ast.List: self._list,
            ast.Tuple: self._list,
            ast.Set: self._list,
            ast.Dict: self._dict,
            ast.Subscript: self._subscript,
            ast.BinOp: self._binary,
            ast.BoolOp: self._bool,
            ast.Compare: self._compare,
            ast.UnaryOp: self._unary,
            ast.IfExp: self._choice,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.Await: self._await,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield_from,
            ast.NamedExpr: self._walrus,
            ast.JoinedStr: self._text,
            ast.FormattedValue: self._formatted,
            ast.Starred: self._starred,
        }

    # -- facts ------------------------------------------------------------------------------------

    def fact(self, *fact: object) -> None:
        """Add a fact to the unit that is read."""
        self.unit.facts.append(fact)

    def temporary(self) -> int:
        """Make a variable without a name."""
        self.unit.temporaries += 1
        return self.program.temporary(self.unit.key, self.unit.temporaries)

    def give(self, var: int, thing: object) -> None:
        """Let a variable hold an object."""
        if var:
            self.unit.facts.append(("give", var, thing))

    def copy(self, source: int, target: int) -> None:
        """Let a variable hold what another holds."""
        if source and target and source != target:
            self.unit.facts.append(("copy", source, target))

    def watch(self, var: int, make: type, *args: object) -> None:
        """Let a constraint watch a variable."""
        if var:
            self.unit.facts.append(("watch", var, make, *args))

    def site(self, node: ast.AST, frame: Frame, text: str, *, direct: bool = False) -> int:
        """Note a place that calls or reads something."""
        self.unit.sites += 1
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        site = Site(frame.unit, self.path, line, column, text, frame.at_import, direct)
        return self.program.site(self.unit.key, self.unit.sites, site)

    def place(self) -> str:
        """Name the next thing that this unit makes."""
        self.unit.temporaries += 1
        return f"{self.unit.key}!{self.unit.temporaries}"

    # -- what stands outside of the project -------------------------------------------------------

    def call_outside(self, name: str, site: int) -> None:
        """Note a call of something outside of the project, which no object stands for."""
        self.fact("fact", site, Outside(name))

    def is_outside(self, var: int, name: str) -> int:
        """Note that a variable is something outside; what is modelled is an object as well."""
        if var and name.count(".") < OUTSIDE_DEPTH:
            self.outer[var] = name
            if name in MODELLED:
                self.give(var, Outside(name))
        return var

    # -- expressions ------------------------------------------------------------------------------

    def value(self, node: ast.expr | None, frame: Frame) -> int:
        """Read an expression; what is nested too deeply is read later, by ``rest``."""
        if node is None:
            return NOTHING
        handler = self._handlers.get(type(node))
        if handler is None:
            self.parts(node, frame)
            return NOTHING
        if self._depth > MAX_DEPTH:
            later = self.temporary()
            self._late.append((node, frame, dict(frame.env), later))
            return later
        self._depth += 1
        found = handler(node, frame)
        self._depth -= 1
        return found

    def rest(self) -> None:
        """Read what was nested too deeply."""
        while self._late:
            node, frame, env, later = self._late.pop()
            before, frame.env = frame.env, env
            self.copy(self.value(node, frame), later)
            frame.env = before

    def parts(self, node: ast.AST, frame: Frame) -> None:
        """Read the expressions inside a node for what they do."""
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                self.value(part, frame)
            else:
                self.parts(part, frame)

    # -- names ------------------------------------------------------------------------------------

    def _name(self, node: ast.Name, frame: Frame) -> int:
        return self.read(node.id, frame)

    def read(self, name: str, frame: Frame) -> int:
        """Give the variable of a name as it is read at this place."""
        found = self.links.visible(name, frame.scope)
        if found is None:
            return self._unbound(name)
        home, bindings = found
        current: Frame | None = frame
        while current is not None:
            if name in current.env and (current.scope is home or len(bindings) == 1):
                return self._reaching(name, current)
            if current.scope is home or not current.live:
                break
            current = current.parent
        return self.variable_of(home, name)

    def variable_of(self, home: Scope, name: str) -> int:
        """Give the variable that holds all that a name in a scope is bound to."""
        return self.program.named(self.links.key(home), name)

    def _reaching(self, name: str, frame: Frame) -> int:
        reaching = frame.env[name]
        if len(reaching) == 1:
            return reaching[0]
        var = self.temporary()
        for one in reaching:
            self.copy(one, var)
        frame.env[name] = (var,)
        return var

    def _unbound(self, name: str) -> int:
        if name in BUILTINS or name == "__class__":
            var = self.program.named("<builtin>", name)
            self.give(var, Builtin(name))
            if not self.names.stars:
                return var
        elif not self.names.stars:
            return NOTHING
        else:
            var = NOTHING
        starred = self.links.export(self.path, name)
        if starred is None:
            return var
        return self.program.named(starred[0] + "::", starred[1])

    def bind(self, name: str, source: int, frame: Frame) -> None:
        """Bind a name at this place."""
        home, bindings = self.home(name, frame)
        shared = self.variable_of(home, name)
        self.copy(source, shared)
        if source in self.outer and len(bindings) == 1:
            self.outer[shared] = self.outer[source]
        owner: Frame | None = frame
        while owner is not None and owner.scope is not home:
            owner = owner.parent if owner.live and owner.scope.kind is _COMP else None
        if owner is None:
            return
        if len(bindings) > 1:
            owner.env[name] = (source,) if source else ()
        elif name in owner.env:
            del owner.env[name]
        for known in [key for key in owner.env if key.startswith(name + ".")]:
            del owner.env[known]
        for known in [key for key in owner.stored if key.startswith((name + ".", name + "["))]:
            del owner.stored[known]

    def home(self, name: str, frame: Frame) -> tuple[Scope, list[Binding]]:
        """Give the scope in which a name is bound here, and its bindings there."""
        scope = frame.scope
        kind = scope.elsewhere.get(name)
        if kind == "global":
            scope = scope.file.module
        elif kind == "nonlocal":
            found = self.links.visible(name, scope)
            scope = found[0] if found is not None else scope
        elif name not in scope.bindings and scope.kind is _COMP and scope.parent is not None:
            found = self.links.visible(name, scope.parent)
            scope = found[0] if found is not None else scope
        return scope, scope.bindings.get(name, [])

    # -- attributes and calls ---------------------------------------------------------------------

    def attribute(self, node: ast.Attribute, frame: Frame, *, called: bool = False) -> int:
        """Read an attribute; methods of native values are objects only where they are called."""
        base = self.value(node.value, frame)
        site = self.site(node, frame, node.attr)
        self.lowered.uses[id(node)] = site
        known = self._known_at(node, frame)
        if known:
            self.watch(base, Load, node.attr, NOTHING, site)
            return known
        if base in self.outer:
            return self.is_outside(self.temporary(), f"{self.outer[base]}.{node.attr}")
        self.lowered.bases[site] = base
        if not base:
            return NOTHING
        target = self.temporary()
        self.watch(base, Load, node.attr, target, site, called)
        return target

    def _known_at(self, node: ast.Attribute | ast.Subscript, frame: Frame) -> int:
        """Give what was just stored at a path, or what a test says of it."""
        if frame.stored:
            path = path_of(node)
            if path in frame.stored:
                return frame.stored[path]
        if frame.env and isinstance(node, ast.Attribute):
            narrowed = frame.env.get(dotted_name(node))
            if narrowed:
                return narrowed[0]
        return NOTHING

    def _call(self, node: ast.Call, frame: Frame) -> int:
        func = node.func
        if isinstance(func, ast.Name) and func.id == "super" and not node.args:
            return self._super(node, frame)
        if isinstance(func, ast.Attribute) and self._depth <= MAX_DEPTH:
            self._depth += 1
            callee = self.attribute(func, frame, called=True)
            self._depth -= 1
        else:
            callee = self.value(func, frame)
        args, star = self._arguments(node.args, frame)
        named: list[tuple[str, int]] = []
        more = NOTHING
        for keyword in node.keywords:
            value = self.value(keyword.value, frame)
            if keyword.arg is None:
                more = self.merged(more, value)
            else:
                named.append((keyword.arg, value))
        literals = self._literals(node)
        if isinstance(func, ast.Name) and func.id == "getattr" and len(node.args) > 1:
            literals += self._name_like(node.args[1], frame)
        site = self.site(node, frame, _text_of(func), direct=self._is_direct(func, frame))
        self.lowered.uses[id(node)] = site
        if isinstance(func, ast.Attribute):
            self.lowered.methods[site] = (func.attr, self.lowered.uses.get(id(func), -1))
        frame.stored.clear()
        self.lowered.callees[site] = callee
        if not callee:
            return NOTHING
        result = self.temporary()
        name = self.outer.get(callee)
        if name == "typing.cast" and node.args:
            self.annotations.into(result, node.args[0], frame.scope)
        if name is not None and name not in MODELLED:
            self.call_outside(name, site)
            return self.is_outside(result, name)
        if star and self._is_captured(func, frame):
            self.watch(callee, Forward, site, args, star, tuple(named), more, result, literals)
        else:
            self.watch(callee, Call, site, args, star, tuple(named), more, result, literals)
        return result

    def _is_captured(self, func: ast.expr, frame: Frame) -> bool:
        """Tell whether what is called is a parameter of a function around this one."""
        if not isinstance(func, ast.Name):
            return False
        found = self.links.visible(func.id, frame.scope)
        return (
            found is not None
            and found[0].kind is ScopeKind.FUNCTION
            and self.links.key(found[0]) != frame.unit
            and any(binding.parameter_of is not None for binding in found[1])
        )

    def merged(self, one: int, other: int) -> int:
        """Give a variable that holds what two hold."""
        if not one or not other:
            return one or other
        var = self.temporary()
        self.copy(one, var)
        self.copy(other, var)
        return var

    def _arguments(self, nodes: Sequence[ast.expr], frame: Frame) -> tuple[tuple[int, ...], int]:
        args: list[int] = []
        star = NOTHING
        for node in nodes:
            if isinstance(node, ast.Starred):
                star = self.merged(star, self.value(node.value, frame))
            elif star:
                held = self.place()
                box = self.temporary()
                self.give(box, Box("tuple", held))
                self.copy(self.value(node, frame), self.program.item(Box("tuple", held), ""))
                star = self.merged(star, box)
            else:
                args.append(self.value(node, frame))
        return tuple(args), star

    def _literals(self, node: ast.Call) -> tuple[tuple[str, str], ...]:
        """Give the literal arguments by position or name: some functions index with them."""
        found = [
            (str(at), repr(arg.value))
            for at, arg in enumerate(node.args)
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str | int)
        ]
        found += [
            (keyword.arg, repr(keyword.value.value))
            for keyword in node.keywords
            if keyword.arg
            and isinstance(keyword.value, ast.Constant)
            and isinstance(keyword.value.value, str | int)
        ]
        return tuple((name, text) for name, text in found if len(text) < _SHORT)

    def _name_like(self, node: ast.expr, frame: Frame) -> tuple[tuple[str, str], ...]:
        """Give the known start and end of a name that is put together: ``f"visit_{kind}"``."""
        for _ in range(4):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                node = node.func.value
            elif isinstance(node, ast.Name):
                found = self.links.visible(node.id, frame.scope)
                origins = [one.origin for one in found[1]] if found is not None else []
                exprs = [one.expr for one in origins if one is not None and one.expr is not None]
                if not exprs:
                    return ()
                node = exprs[0]
        start = end = ""
        if isinstance(node, ast.JoinedStr) and node.values:
            start, end = _constant_text(node.values[0]), _constant_text(node.values[-1])
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            start, end = _constant_text(node.left), _constant_text(node.right)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            start, _, end = _constant_text(node.left).partition("%s")
        elif isinstance(node, ast.Constant) and "{}" in _constant_text(node):
            start, _, end = _constant_text(node).partition("{}")
        return (("1", f"~{start}*{end}"),) if len(start) + len(end) >= _TELLING else ()

    def _is_direct(self, func: ast.expr, frame: Frame) -> bool:
        if isinstance(func, ast.Name):
            found = self.links.visible(func.id, frame.scope)
            return found is not None and all(
                binding.function is not None or binding.cls is not None or binding.module
                for binding in found[1]
            )
        if isinstance(func, ast.Attribute):
            meaning = self.links.meaning(func, frame.scope)
            return meaning is not None and meaning.what in ("routine", "class")
        return False

    def _super(self, node: ast.Call, frame: Frame) -> int:
        """Read ``super()`` without arguments: it means the method's class and first parameter."""
        scope: Scope | None = frame.scope
        builtin = self.program.named("<builtin>", "super")
        self.give(builtin, Builtin("super"))
        site = self.site(node, frame, "super", direct=True)
        result = self.temporary()
        first = NOTHING
        owner = ""
        while scope is not None:
            outer = scope.parent
            if scope.function is not None and outer is not None and outer.kind is _CLASS:
                owner = self.links.key(outer)
                node_args = scope.function.node.args
                plain = [*node_args.posonlyargs, *node_args.args]
                if plain:
                    first = self.variable_of(scope, plain[0].arg)
                break
            scope = outer
        self.watch(builtin, Call, site, (), NOTHING, (), NOTHING, NOTHING, ())
        if first:
            self.watch(first, Upwards, owner, result)
        return result

    # -- literals and containers ------------------------------------------------------------------

    def _constant(self, node: ast.Constant, frame: Frame) -> int:
        sort = _NATIVE.get(type(node.value))
        if sort is None:
            return NOTHING
        var = self.program.named("<native>", sort)
        self.give(var, Native(sort))
        return var

    def _list(self, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> int:
        sort = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
        box = Box(sort, self.place())
        var = self.temporary()
        self.give(var, box)
        known = True
        for index, part in enumerate(node.elts):
            if isinstance(part, ast.Starred):
                known = False
                held = self.value(part.value, frame)
                site = self.site(part, frame, "*")
                self.watch(held, Elements, self.program.item(box, ""), site)
            else:
                key = str(index) if known and index < _MANY and sort != "set" else ""
                held = self.value(part, frame)
                self.put(box, key, held)
        return var

    def put(self, box: Box, key: str, held: int) -> None:
        """Put something into a container at a key; the empty key is any."""
        if held:
            self.copy(held, self.program.item(box, key))
            if key:
                self.copy(held, self.program.item(box, "*"))
                self.give(self.program.keys(box), Literal(key))

    def _dict(self, node: ast.Dict, frame: Frame) -> int:
        box = Box("dict", self.place())
        var = self.temporary()
        self.give(var, box)
        keys = len(node.keys) < _MANY
        for key, value in zip(node.keys, node.values, strict=True):
            held = self.value(value, frame)
            if key is None:
                self.watch(held, Merge, box)
                continue
            text = self.key_of(key, frame) if keys else ""
            if not text:
                self.copy(self.value(key, frame), self.program.item(box, "<keys>"))
            self.put(box, text, held)
        return var

    def key_of(self, node: ast.expr, frame: Frame) -> str:
        """Give the text of a key that is a literal, or a name bound to one; else nothing."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
            return repr(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            return ""
        if isinstance(node, ast.Name | ast.Attribute):
            if isinstance(node, ast.Name) and frame.env and node.id in frame.env:
                return ""
            meaning = self.links.meaning(node, frame.scope)
            if meaning is not None and meaning.what == "literal":
                return meaning.key
        return ""

    def _subscript(self, node: ast.Subscript, frame: Frame) -> int:
        base = self.value(node.value, frame)
        key = self._index(node.slice, frame)
        if key:
            known = self._known_at(node, frame)
            if known:
                var = self.temporary()
                self.copy(known, var)
                self.watch(base, Operate, "__getitem__", (), var, self.site(node, frame, "[]"))
                if known in self.outer:
                    self.outer[var] = self.outer[known]
                return var
        site = self.site(node, frame, "[]")
        if not base:
            return NOTHING
        target = self.temporary()
        if isinstance(node.slice, ast.Slice):
            self.watch(base, Operate, "__getitem__", (), target, site)
            self.watch(base, Filter, (), target)
            return self._sliced(node.slice, base, target, site)
        self.watch(base, Item, key, target, site)
        return target

    def _sliced(self, cut: ast.Slice, base: int, target: int, site: int) -> int:
        lower = cut.lower
        start = lower.value if isinstance(lower, ast.Constant) else None
        if lower is None or not isinstance(start, int) or start <= 0 or cut.step is not None:
            return target
        box = Box("list", self.place())
        var = self.temporary()
        self.give(var, box)
        self.watch(base, Shift, box, start, site)
        return var

    def _index(self, node: ast.expr, frame: Frame) -> str:
        """Give the key of a subscript if it is known."""
        if isinstance(node, ast.Slice):
            self.parts(node, frame)
            return ""
        key = self.key_of(node, frame)
        if key:
            return key
        self.value(node, frame)
        return ""

    # -- operators --------------------------------------------------------------------------------

    def _binary(self, node: ast.BinOp, frame: Frame) -> int:
        left = self.value(node.left, frame)
        right = self.value(node.right, frame)
        name = OPERATORS[type(node.op)]
        site = self.site(node, frame, name)
        result = self.temporary() if left or right else NOTHING
        self.watch(left, Operate, f"__{name}__", (right,), result, site)
        self.watch(right, Operate, f"__r{name}__", (left,), result, site)
        return result

    def _bool(self, node: ast.BoolOp, frame: Frame) -> int:
        result = self.temporary()
        last = len(node.values) - 1
        before = dict(frame.env)
        for at, part in enumerate(node.values):
            held = self.value(part, frame)
            self.copy(held, result)
            if at < last:
                self.truth(part, held, frame)
                self.narrow(part, frame, holds=isinstance(node.op, ast.And))
        frame.env = before
        return result

    def narrow(self, test: ast.expr, frame: Frame, *, holds: bool) -> None:
        """Note what a test says of names where it holds, or where it does not."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self.narrow(test.operand, frame, holds=not holds)
        elif isinstance(test, ast.BoolOp):
            if isinstance(test.op, ast.And) == holds:
                for part in test.values:
                    self.narrow(part, frame, holds=holds)
        elif isinstance(test, ast.Call) and holds:
            self._narrowed(test, frame)

    def _narrowed(self, test: ast.Call, frame: Frame) -> None:
        name = test.func.id if isinstance(test.func, ast.Name) else ""
        if name not in ("isinstance", "issubclass") or len(test.args) != 2:
            return
        subject = test.args[0]
        text = dotted_name(subject)
        if not text:
            return
        kinds = test.args[1]
        parts = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
        found = [self.links.meaning(part, frame.scope) for part in parts]
        classes = tuple(one.key for one in found if one is not None and one.what == "class")
        if not classes or len(classes) < len(parts):
            return
        held = self.value(subject, frame)
        var = self.temporary()
        self.watch(held, Filter, classes, var)
        for key in classes:
            self.fact("give", var, self.annotations.instance_of(key, of_type=name == "issubclass"))
        frame.env[text] = (var,)

    def truth(self, node: ast.expr, held: int, frame: Frame) -> None:
        """Note that the truth of a value is asked for."""
        if held and isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            self.watch(held, Operate, "__bool__", (), NOTHING, self.site(node, frame, "bool"))

    def _compare(self, node: ast.Compare, frame: Frame) -> int:
        before = node.left
        left = self.value(before, frame)
        for operator, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part, frame)
            site = self.site(part, frame, "compare")
            name = _COMPARISONS.get(type(operator))
            if name is not None:
                self.watch(left, Operate, f"__{name}__", (), NOTHING, site)
                if isinstance(before, ast.Constant):
                    self.watch(right, Operate, f"__{_REFLECTED[name]}__", (), NOTHING, site)
            elif isinstance(operator, ast.In | ast.NotIn):
                self.watch(right, Operate, "__contains__", (), NOTHING, site)
            left, before = right, part
        return NOTHING

    def _unary(self, node: ast.UnaryOp, frame: Frame) -> int:
        held = self.value(node.operand, frame)
        if isinstance(node.op, ast.Not):
            self.truth(node.operand, held, frame)
            return NOTHING
        site = self.site(node, frame, "unary")
        result = self.temporary()
        self.watch(held, Operate, f"__{_UNARY[type(node.op)]}__", (), result, site)
        return result

    def _choice(self, node: ast.IfExp, frame: Frame) -> int:
        self.truth(node.test, self.value(node.test, frame), frame)
        before = dict(frame.env)
        self.narrow(node.test, frame, holds=True)
        result = self.value(node.body, frame)
        frame.env = dict(before)
        self.narrow(node.test, frame, holds=False)
        result = self.merged(result, self.value(node.orelse, frame))
        frame.env = before
        return result

    def _text(self, node: ast.JoinedStr, frame: Frame) -> int:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self._formatted(part, frame)
        return self._constant(ast.Constant(""), frame)

    def _formatted(self, node: ast.FormattedValue, frame: Frame) -> int:
        held = self.value(node.value, frame)
        name = "__repr__" if node.conversion == ord("r") else "__format__"
        self.watch(held, Operate, name, (), NOTHING, self.site(node, frame, "format"))
        if node.format_spec is not None:
            self.value(node.format_spec, frame)
        return NOTHING

    def _starred(self, node: ast.Starred, frame: Frame) -> int:
        return self.value(node.value, frame)

    # -- what runs later or elsewhere -------------------------------------------------------------

    def _lambda(self, node: ast.Lambda, frame: Frame) -> int:
        scope = self.names.inner[id(node)]
        key = self.links.key(scope)
        self.defaults(node.args, scope, frame)
        self.later(node, scope, key, frame)
        var = self.temporary()
        self.give(var, Routine(key))
        return var

    def defaults(self, args: ast.arguments, scope: Scope, frame: Frame) -> None:
        """Let parameters hold their defaults, which are evaluated here."""
        plain = [*args.posonlyargs, *args.args]
        given = list(zip(plain[len(plain) - len(args.defaults) :], args.defaults, strict=True))
        given += [
            (arg, value)
            for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True)
            if value is not None
        ]
        for arg, value in given:
            held = self.value(value, frame)
            self.copy(held, self.program.named(self.links.key(scope), parameter(scope, arg.arg)))

    def later(
        self,
        node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef,
        scope: Scope,
        key: str,
        frame: Frame,
    ) -> None:
        """Read a function's body when this unit is done."""
        raise NotImplementedError

    def _comprehension(self, node: Comprehension, frame: Frame) -> int:
        scope = self.names.inner[id(node)]
        inner = Frame(scope, self.links.key(scope), frame.unit, frame, at_import=frame.at_import)
        inner.yielded, inner.result = frame.yielded, frame.result
        for at, part in enumerate(node.generators):
            held = self.value(part.iter, frame if at == 0 else inner)
            self.iterate(part.target, held, part.iter, inner)
            for test in part.ifs:
                self.truth(test, self.value(test, inner), inner)
                self.narrow(test, inner, holds=True)
        sort = _BOXES[type(node)]
        box = Box(sort, self.place())
        var = self.temporary()
        self.give(var, box)
        if isinstance(node, ast.DictComp):
            self.copy(self.value(node.key, inner), self.program.item(box, "<keys>"))
            self.put(box, "", self.value(node.value, inner))
        else:
            self.put(box, "", self.value(node.elt, inner))
        return var

    def iterate(self, target: ast.expr, held: int, at: ast.expr, frame: Frame) -> None:
        """Bind a loop's target to the elements of what is iterated over."""
        site = self.site(at, frame, "iter")
        element = self.temporary()
        self.watch(held, Elements, element, site)
        self.assign(target, element, frame)

    def assign(self, target: ast.expr, held: int, frame: Frame) -> None:
        """Assign to a target."""
        pending = [(target, held)]
        while pending:
            node, source = pending.pop()
            if isinstance(node, ast.Name):
                self.bind(node.id, source, frame)
            elif isinstance(node, ast.Tuple | ast.List):
                pending += self._unpacked(node, source, frame)
            elif isinstance(node, ast.Starred):
                pending.append((node.value, source))
            elif isinstance(node, ast.Attribute):
                base = self.value(node.value, frame)
                site = self.site(node, frame, node.attr)
                self.lowered.uses[id(node)] = site
                self.lowered.bases[site] = base
                self.watch(base, Store, node.attr, source, site)
                frame.env.pop(dotted_name(node), None)
                self._stored(node, source, frame)
            elif isinstance(node, ast.Subscript):
                base = self.value(node.value, frame)
                key = self._index(node.slice, frame)
                self.watch(base, StoreItem, key, source, self.site(node, frame, "[]="))
                self._stored(node, source, frame)

    def _stored(self, node: ast.Attribute | ast.Subscript, source: int, frame: Frame) -> None:
        path = path_of(node)
        for known in [key for key in frame.stored if key.startswith((path + ".", path + "["))]:
            del frame.stored[known]
        if path and source:
            frame.stored[path] = source

    def _unpacked(
        self, node: ast.Tuple | ast.List, source: int, frame: Frame
    ) -> list[tuple[ast.expr, int]]:
        found: list[tuple[ast.expr, int]] = []
        site = self.site(node, frame, "iter")
        known = True
        if not source:
            return [(part, NOTHING) for part in reversed(node.elts)]
        for index, part in enumerate(node.elts):
            var = self.temporary()
            if isinstance(part, ast.Starred):
                known = False
                box = Box("list", self.place())
                self.give(var, box)
                self.watch(source, Shift, box, index, site)
            else:
                behind = len(node.elts) - index
                key = str(index) if known else f"-{behind}"
                self.watch(source, Unpack, key, var, site)
            found.append((part, var))
        return found[::-1]

    def _await(self, node: ast.Await, frame: Frame) -> int:
        held = self.value(node.value, frame)
        result = self.temporary() if held else NOTHING
        site = self.site(node, frame, "await")
        self.copy(held, result)
        self.watch(held, Operate, "__await__", (), result, site)
        return result

    def _yield(self, node: ast.Yield, frame: Frame) -> int:
        self._generates(frame)
        self.copy(self.value(node.value, frame), frame.yielded)
        return self.program.named(frame.unit, "<sent>")

    def _generates(self, frame: Frame) -> None:
        routine = self.lowered.routines.get(frame.unit)
        if routine is not None:
            routine.is_generator = True

    def _yield_from(self, node: ast.YieldFrom, frame: Frame) -> int:
        self._generates(frame)
        held = self.value(node.value, frame)
        result = self.temporary()
        self.watch(held, Elements, frame.yielded, self.site(node, frame, "iter"))
        self.watch(held, Returned, result)
        return result

    def _walrus(self, node: ast.NamedExpr, frame: Frame) -> int:
        held = self.value(node.value, frame)
        outer = frame
        while outer.scope.kind is _COMP and outer.parent is not None:
            outer = outer.parent
        self.assign(node.target, held, outer)
        return held

    # -- imports ----------------------------------------------------------------------------------

    def imported(self, binding: Binding, target: int, frame: Frame) -> None:
        """Let a name hold what its import means."""
        near = self.names
        meaning = self.links.imported(binding)
        if meaning is not None and meaning.what == "outside":
            self.is_outside(target, meaning.key.lstrip("."))
            return
        path = self.links.module(binding.level, binding.module, near)
        if path is None:
            return
        if not binding.member:
            self.give(target, Module(path))
        else:
            holder = self.temporary()
            self.give(holder, Module(path))
            self.watch(holder, Load, binding.member, target, -1)


_COMP: Final = ScopeKind.COMPREHENSION
_CLASS: Final = ScopeKind.CLASS
_MANY: Final = 64
_SHORT: Final = 60
_TELLING: Final = 3
_NATIVE: Final[dict[type, str]] = {str: "PyStr", bytes: "PyBytes", int: "PyNum", float: "PyNum"}
_BOXES: Final[dict[type, str]] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.DictComp: "dict",
    ast.GeneratorExp: "iterator",
}


def parameter(scope: Scope, name: str) -> str:
    """Name the variable of a parameter: its own one where the body binds the name again."""
    return name if len(scope.bindings.get(name, ())) <= 1 else f"{name}<given>"


def _constant_text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def path_of(node: ast.expr) -> str:
    """Write a chain of attributes and literal keys that begins with a name; else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            parts.append(f".{node.attr}")
        elif isinstance(node.slice, ast.Constant):
            parts.append(f"[{node.slice.value!r}]")
        else:
            return ""
        node = node.value
    return node.id + "".join(reversed(parts)) if isinstance(node, ast.Name) else ""


def _text_of(node: ast.expr) -> str:
    return dotted_name(node) or (node.attr if isinstance(node, ast.Attribute) else "(…)")
