"""Functions, classes, their parameters and members, and what patterns bind."""

from __future__ import annotations

from typing import Final

from dependencies.points_to.script.annotations import (
    bases_of,
    classes_of,
    declare_parameters,
    declared,
    read_signature,
)
from dependencies.points_to.script.flow import Variable
from dependencies.points_to.script.heap import ACCESSOR, Subclass
from dependencies.points_to.script.jsdoc import RESULT, documented, typed_as
from dependencies.points_to.script.lowering import Context, Lowering, Node, Scope, Steps
from dependencies.points_to.script.machine import (
    Accessor,
    Arguments,
    Await,
    Call,
    Element,
    Iterate,
    Key,
    Read,
    Spread,
    Write,
)
from dependencies.points_to.script.model import Class, Function, How, Kind, Parameter
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.solver import NOTHING

FUNCTION_DECLARATIONS: Final = frozenset({"function_declaration", "generator_function_declaration"})
CLASS_DECLARATIONS: Final = frozenset({"class_declaration", "abstract_class_declaration"})
CERTAIN: Final = frozenset(
    [
        "arrow_function",
        "function_expression",
        "generator_function",
        "class",
        "object",
        "array",
        "number",
        "string",
        "template_string",
        "new_expression",
        "this",
        "true",
        "false",
        "regex",
    ]
)
_WRAPPERS: Final = frozenset(
    [
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
    ]
)


def unwrap(node: Node) -> Node:
    """Look through parentheses and what only types see."""
    for _ in range(50):
        if node.type not in _WRAPPERS or not node.named_child_count:
            return node
        inner = part_at(node, node.named_child_count - 1 if node.type == "type_assertion" else 0)
        if inner is None:
            return node
        node = inner
    return node


# -- names ----------------------------------------------------------------------------------------


def joined(prefix: str, name: str) -> str:
    """Put a name behind the name of what it is in."""
    if not prefix or not name:
        return prefix or name
    return f"{prefix}{name}" if name.startswith("[") else f"{prefix}.{name}"


def names_of(low: Lowering, node: Node, own: str = "") -> tuple[str, str]:
    """Give the name and the label of a function or class."""
    context = low.context
    function, prefix = context.function, context.prefix
    hint, kind = low.hints.pop(node.id, ("", ""))
    if own:
        name = joined(prefix, own)
        return name, name
    if node.type == "arrow_function" and kind != "key":
        function.arrows += 1
        label = joined(prefix, f"<arrow{function.arrows}>")
        return (joined(prefix, hint) if hint else label), label
    if not hint:
        function.functions += 1
        hint = f"<function{function.functions}>"
    name = joined(prefix, hint)
    return name, name


# -- hoisting -------------------------------------------------------------------------------------


def hoist(low: Lowering, scope: Scope, block: Node) -> None:
    """Declare the functions and classes of a block, so that what stands above may use them."""
    for child in block.named_children:
        node = child
        if node.type == "export_statement":
            inner = node.child_by_field_name("declaration")
            if inner is None:
                continue
            node = inner
        if node.type == "ambient_declaration":
            continue
        if node.type in FUNCTION_DECLARATIONS:
            _hoist_function(low, scope, node, child.type == "export_statement")
        elif node.type in CLASS_DECLARATIONS:
            name = low.text(node.child_by_field_name("name"))
            if name and name not in scope.names:
                fixed = name not in low.assigned
                variable = Variable(name, low.context.function, low.variable(), fixed, "class")
                scope.names[name] = scope.types[name] = variable


def _hoist_function(low: Lowering, scope: Scope, node: Node, exported: bool) -> None:
    name = low.text(node.child_by_field_name("name"))
    was, low.open = low.open, exported
    obj = make_function(low, node, *names_of(low, node, name), "function", scope=scope)
    low.open = was
    known = scope.names.get(name)
    if known is None:
        var = low.variable()
        known = Variable(name, low.context.function, var, name not in low.assigned, "function")
        scope.names[name] = known
    low.give(known.all, obj)


# -- functions ------------------------------------------------------------------------------------


def make_function(
    low: Lowering,
    node: Node,
    name: str,
    label: str,
    kind: str,
    *,
    scope: Scope | None = None,
    home: Class | None = None,
    static: bool = False,
) -> int:
    """Make a function; its parameters and body are read later."""
    context = low.context
    row, column = node.start_point
    function = Function(
        low.path,
        name,
        label,
        kind,
        row + 1,
        column + 1,
        node.end_point[0] + 1,
        node.start_byte,
        context.function,
    )
    function.open = low.open
    for child in node.children:
        if child.type == "async":
            function.is_async = True
        elif child.type == "*" or child.type.startswith("generator"):
            function.is_generator = True
        elif child.type in ("formal_parameters", "statement_block"):
            break
    function.is_generator = function.is_generator or node.type.startswith("generator")
    function.result = low.variable()
    arrow = kind == "arrow"
    if not arrow:
        function.this = low.variable()
    function.owner = home
    low.functions.append(function)
    around = scope or context.scope
    this = context.this if arrow else function.this
    if arrow:
        home, static = context.home, context.static
    low.later.append(lambda: _body(low, node, function, around, this, home, static))
    return low.heap.made(Kind.FUNCTION, low.path, node.start_byte, label, function)


def _body(
    low: Lowering,
    node: Node,
    function: Function,
    around: Scope,
    this: int,
    home: Class | None,
    static: bool,
) -> None:
    context = Context(function, low.flow(), Scope(around), this, function.result, home, static)
    context.prefix = function.label
    low.context = context
    context.documents = documented(low, node)
    declare_parameters(low, node, context.scope)
    _results(low, function, context)
    _parameters(low, node, function)
    low.hoist_variables(context.scope, node.start_byte)
    result = declared(low, node.child_by_field_name("return_type"))
    if context.documents.get(RESULT):
        result = low.variable()
        typed_as(low, context.documents[RESULT], result)
    if result:
        low.copy(result, context.returned if not function.is_async else function.result)
    body = node.child_by_field_name("body")
    if body is None:
        return
    if function.this and b"arguments" in low.source[body.start_byte : body.end_byte]:
        _arguments(low, function, context)
    if body.type == "statement_block":
        low.hoist(context.scope, body)
        for child in body.named_children:
            low.walk(child)
    else:
        returned(low, low.walk(body))


def _results(low: Lowering, function: Function, context: Context) -> None:
    """Wrap what is returned: a promise from async functions, a generator from generators."""
    heap = low.heap
    if function.is_generator:
        made = heap.made(Kind.GENERATOR, low.path, function.at, "generator")
        low.give(function.result, made)
        function.yields = heap.field(made, "[[value]]")
        context.returned = heap.field(made, "[[return]]")
    elif function.is_async:
        made = heap.made(Kind.PROMISE, low.path, function.at, "async")
        low.give(function.result, made)
        context.returned = low.variable()
        low.watch(context.returned, Await(low.machine, heap.field(made, "[[value]]")))


def _arguments(low: Lowering, function: Function, context: Context) -> None:
    array = low.heap.made(Kind.ARRAY, low.path, function.at, "arguments")
    function.arguments = low.heap.field(array, "*")
    context.scope.names.setdefault(
        "arguments", Variable("arguments", function, low.holding(array), True, "const")
    )


def returned(low: Lowering, value: int) -> None:
    """Note what a function returns; its own parameters are returned call by call."""
    context = low.context
    function = context.function
    if not value:
        return
    plain = not (function.is_async or function.is_generator)
    if plain and value in context.parameters:
        function.returns.append(context.parameters[value])
    elif plain and value == function.this and value:
        function.returns.append(-1)
    else:
        low.copy(value, context.returned)


def _parameters(low: Lowering, node: Node, function: Function) -> None:
    single = node.child_by_field_name("parameter")
    listed = node.child_by_field_name("parameters")
    parts = [single] if single is not None else list(listed.named_children if listed else ())
    for part in parts:
        if part.type in ("comment", "decorator"):
            continue
        pattern, value, annotation = part, None, None
        if part.type in ("required_parameter", "optional_parameter"):
            inner = part.child_by_field_name("pattern")
            if inner is None or inner.type == "this":
                continue
            pattern, value = inner, part.child_by_field_name("value")
            annotation = part.child_by_field_name("type")
        elif part.type == "assignment_pattern":
            left = part.child_by_field_name("left")
            pattern = left if left is not None else part
            value = part.child_by_field_name("right")
        _parameter(low, function, part, pattern, value, annotation)


def _parameter(
    low: Lowering,
    function: Function,
    part: Node,
    pattern: Node,
    value: Node | None,
    annotation: Node | None,
) -> None:
    parameter = Parameter(low.variable())
    function.parameters.append(parameter)
    index = len(function.parameters) - 1
    if pattern.type == "rest_pattern":
        parameter.rest = True
        inner = part_at(pattern, 0)
        pattern = inner if inner is not None else pattern
    parameter.declared = declared(low, annotation)
    written = low.context.documents.get(low.text(pattern)) if low.context.documents else None
    if written and not parameter.rest:
        said = low.variable()
        if typed_as(low, written, said):
            parameter.declared = said
    if not parameter.rest:
        parameter.classes = classes_of(low, annotation)
    low.copy(parameter.declared, parameter.var)
    if value is not None:
        if pattern.type == "identifier":
            low.hints[value.id] = (low.text(pattern), "name")
        parameter.default = low.walk(value)
        if function.open:
            low.copy(parameter.default, parameter.var)
    if pattern.type == "identifier":
        name = low.text(pattern)
        fixed = name not in low.assigned
        variable = Variable(name, function, parameter.var, fixed, "parameter")
        low.context.scope.names[name] = variable
        if not parameter.rest:
            low.context.parameters[parameter.var] = index
    else:
        drive(low, bind(low, pattern, parameter.var, "let"))
        name = ""
    kept = any(child.type in ("accessibility_modifier", "readonly") for child in part.children)
    if kept and name and low.context.home is not None and part.type.endswith("_parameter"):
        home = low.context.home
        function.stores.append((-1, name, index))
        low.copy(parameter.var, low.heap.field(home.typed, name))


def drive(low: Lowering, steps: Steps) -> int:
    """Run a generator to its end."""
    value: int | None = None
    while True:
        try:
            node = steps.send(value) if value is not None else next(steps)
        except StopIteration as end:
            return int(end.value)
        value = low.walk(node)


# -- patterns -------------------------------------------------------------------------------------


def bind(low: Lowering, pattern: Node, value: int, kind: str) -> Steps:
    """Bind the names of a pattern to the parts of a value; without a kind they are assigned."""
    work = [(pattern, value)]
    while work:
        node, var = work.pop()
        form = node.type
        if form in ("identifier", "shorthand_property_identifier_pattern"):
            bind_name(low, low.text(node), var, kind)
        elif form == "object_pattern":
            work.extend(reversed((yield from _object_parts(low, node, var))))
        elif form == "array_pattern":
            work.extend(reversed(_array_parts(low, node, var)))
        elif form in ("assignment_pattern", "object_assignment_pattern"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None:
                work.append((left, (yield from _defaulted(low, right, var))))
        elif form in ("member_expression", "subscript_expression"):
            yield from store(low, node, var)
        elif form == "rest_pattern" or form in _WRAPPERS:
            inner = part_at(node, 0)
            if inner is not None:
                work.append((inner, var))
    return NOTHING


def bind_name(low: Lowering, name: str, value: int, kind: str) -> None:
    """Declare a name, or (without a kind) assign to it."""
    if kind:
        low.declare(name, kind, value)
        return
    variable = low.find(name)
    if variable is None:
        variable = Variable(name, low.module, low.variable(), False, "let")
        low.top.names[name] = variable
        low.copy(variable.all, low.heap.var(("global", name)))
    low.assign(variable, value)


def _defaulted(low: Lowering, right: Node, var: int) -> Steps:
    default = yield right
    both = low.variable()
    low.copy(var, both)
    low.copy(default, both)
    return both


def _object_parts(low: Lowering, node: Node, var: int):  # type: ignore[no-untyped-def]
    parts: list[tuple[Node, int]] = []
    keys: list[str] = []
    for part in node.named_children:
        form = part.type
        if form == "shorthand_property_identifier_pattern":
            keys.append(low.text(part))
            parts.append((part, low.read_member(var, keys[-1], part)))
        elif form == "object_assignment_pattern":
            left, right = part.child_by_field_name("left"), part.child_by_field_name("right")
            if left is None or right is None:
                continue
            keys.append(low.text(left))
            value = low.read_member(var, keys[-1], left)
            parts.append((left, (yield from _defaulted(low, right, value))))
        elif form == "pair_pattern":
            key, inner = part.child_by_field_name("key"), part.child_by_field_name("value")
            name = low.key_of(key)
            if key is None or inner is None:
                continue
            if name is not None:
                keys.append(name)
                parts.append((inner, low.read_member(var, name, key)))
            else:
                computed = yield from _computed(key)
                target = low.variable()
                low.watch(low.key(computed), Key(low.machine, var, target, None, False))
                parts.append((inner, target))
        elif form == "rest_pattern":
            rest = low.heap.made(Kind.OBJECT, low.path, part.start_byte, "rest")
            low.watch(var, Spread(low.machine, rest, frozenset(keys)))
            inner = part_at(part, 0)
            if inner is not None:
                parts.append((inner, low.holding(rest)))
    return parts


def _computed(key: Node) -> Steps:
    inner = part_at(key, 0)
    return NOTHING if inner is None else (yield inner)


def _array_parts(low: Lowering, node: Node, var: int) -> list[tuple[Node, int]]:
    parts: list[tuple[Node, int]] = []
    index = 0
    site = low.site(node, How.FLOW, "", "") if var else None
    for part in node.children:
        if part.type == ",":
            index += 1
        elif part.is_named and part.type != "comment" and site is not None:
            if part.type == "rest_pattern":
                rest = low.heap.made(Kind.ARRAY, low.path, part.start_byte, "rest")
                collected = low.heap.field(rest, "*")
                iterate = Iterate(low.machine, site, collected)
                low.watch(var, Element(iterate, index, rest))
                parts.append((part, low.holding(rest)))
            else:
                target = low.variable()
                low.watch(var, Element(Iterate(low.machine, site, target), index))
                parts.append((part, target))
    return parts


def store(low: Lowering, node: Node, value: int) -> Steps:
    """Assign to a member."""
    owner = node.child_by_field_name("object")
    if owner is None:
        return NOTHING
    path = low.path_of(node)
    obj = yield owner
    if node.type == "member_expression":
        key: str | None = low.text(node.child_by_field_name("property"))
    else:
        index = node.child_by_field_name("index")
        key = low.constant(index)
        if key is None and index is not None:
            computed = yield index
            if value:
                site = low.site(node, How.FLOW)
                low.watch(low.key(computed), Key(low.machine, obj, value, site, True))
    if key is None:
        low.context.flow.forget()
        return NOTHING
    if value and obj:
        _store(low, node, obj, key, value)
    if path is not None:
        low.context.flow.set_member(path, value)
    else:
        low.context.flow.forget()
    return NOTHING


def _store(low: Lowering, node: Node, obj: int, key: str, value: int) -> None:
    context = low.context
    function = context.function
    own = obj == function.this and obj != 0
    base = -1 if own else context.parameters.get(obj)
    source = context.parameters.get(value)
    if base is not None and source is not None and key not in low.heap.accessors:
        function.stores.append((base, key, source))
        if own and context.home is not None:
            low.copy(value, low.heap.field(context.home.typed, key))
        elif own:
            low.copy(value, low.heap.field(_typed(low, function), key))
        return
    low.watch(obj, Write(low.machine, key, value, low.site(node, How.FLOW, key)))


def _typed(low: Lowering, function: Function) -> int:
    obj = low.heap.made(Kind.FUNCTION, low.path, function.at, function.label, function)
    cls = low.heap.class_of(obj)
    return cls.typed if cls is not None else obj


# -- classes --------------------------------------------------------------------------------------


def make_class(low: Lowering, node: Node) -> Steps:
    """Make a class with all that is in it."""
    own = low.text(node.child_by_field_name("name"))
    name, label = names_of(low, node, own)
    cls = Class(low.path, name, label, node.start_point[0] + 1, node.start_byte)
    obj = low.heap.made(Kind.CLASS, low.path, node.start_byte, label, cls)
    cls.obj = obj
    low.heap.complete(cls)
    cls.this = low.holding(cls.typed)
    low.classes.append(cls)
    value = low.holding(obj)
    outer = low.context.scope
    inner = Scope(outer)
    low.context.scope = inner
    if own:
        inner.names[own] = inner.types[own] = Variable(own, None, value, True, "class")
    declare_parameters(low, node, inner)
    yield from _heritage(low, node, cls)
    yield from _members(low, node, cls)
    low.context.scope = outer
    for child in node.named_children:
        if child.type == "decorator":
            result = yield from decorate(low, child, value)
            low.copy(result, value)
    return value


def _heritage(low: Lowering, node: Node, cls: Class) -> Steps:
    for part in node.named_children:
        if part.type != "class_heritage":
            continue
        for clause in part.named_children:
            if clause.type == "implements_clause":
                for var in bases_of(low, clause):
                    low.watch(var, Subclass(low.heap, cls))
                continue
            value = (
                clause.child_by_field_name("value") if clause.type == "extends_clause" else clause
            )
            if value is not None and value.type != "comment":
                base = yield value
                cls.base = low.variable()
                low.copy(base, cls.base)
                low.watch(base, Subclass(low.heap, cls))
    return NOTHING


def _members(low: Lowering, node: Node, cls: Class) -> Steps:
    body = node.child_by_field_name("body")
    pending: list[Node] = []
    context = low.context
    was = (context.this, context.home, context.static, context.prefix)
    accessors: dict[tuple[bool, str], Accessor] = {}
    context.prefix = cls.label
    for part in body.named_children if body is not None else ():
        form = part.type
        context.home = cls
        if form == "decorator":
            pending.append(part)
            continue
        if form == "method_definition":
            obj = yield from _method(low, part, cls, accessors)
            decorators = [*pending, *(c for c in part.named_children if c.type == "decorator")]
            for decorator in decorators:
                yield from decorate(low, decorator, low.holding(obj))
        elif form in ("field_definition", "public_field_definition"):
            yield from _field(low, part, cls)
            decorators = [*pending, *(c for c in part.named_children if c.type == "decorator")]
            for decorator in decorators:
                yield from decorate(low, decorator, NOTHING)
        elif form == "abstract_method_signature":
            read_signature(low, part, cls)
        elif form == "class_static_block":
            context.this, context.static = low.holding(cls.obj), True
            inner = part.child_by_field_name("body")
            if inner is not None:
                yield inner
        pending = []
        context.this, context.home, context.static = was[:3]
    context.this, context.home, context.static, context.prefix = was
    return NOTHING


def decorate(low: Lowering, node: Node, target: int) -> Steps:
    """Call a decorator with what it decorates; give the result."""
    expression = part_at(node, 0)
    if expression is None:
        return NOTHING
    function = yield expression
    site = low.site(expression, how_of(low, expression), low.text(expression)[:80])
    result = low.variable()
    args = Arguments((target,), 1)
    low.watch(function, Call(low.machine, site, site.how, args, result))
    return result


def _method(
    low: Lowering, node: Node, cls: Class, accessors: dict[tuple[bool, str], Accessor]
) -> Steps:
    name_node = node.child_by_field_name("name")
    key = low.key_of(name_node)
    computed = NOTHING
    if key is None and name_node is not None:
        computed = yield from _computed(name_node)
        key = low.text(name_node)
    key = key or ""
    words = {child.type for child in node.children}
    static = "static" in words
    own = static or (key == "constructor")
    name = joined(cls.name, key)
    label = joined(cls.label, key)
    kind = "constructor" if key == "constructor" and not static else "method"
    obj = make_function(low, node, name, label, kind, home=cls, static=static)
    function = low.heap.thing(obj).info
    if not isinstance(function, Function):
        return obj
    low.methods.add(key)
    low.give(function.this, cls.obj if static else cls.typed)
    if kind == "constructor":
        cls.constructor = obj
        return obj
    target = cls.obj if own else cls.prototype
    (cls.statics if static else cls.members).add(key)
    if "get" in words or "set" in words:
        _accessor(low, target, key, function, "get" in words, accessors, static)
    else:
        put(low, target, key, low.holding(obj))
    if computed:
        low.watch(
            low.key(computed), Key(low.machine, low.holding(target), low.holding(obj), None, True)
        )
    return obj


def _accessor(
    low: Lowering,
    target: int,
    key: str,
    function: Function,
    reads: bool,
    accessors: dict[tuple[bool, str], Accessor],
    static: bool,
) -> None:
    accessor = accessors.get((static, key))
    if accessor is None:
        accessor = accessors[static, key] = Accessor(None, None)
        made = low.heap.made(Kind.ACCESSOR, low.path, function.at, key, accessor)
        low.give(low.heap.field(target, f"{ACCESSOR}{key}"), made)
        low.heap.accessors.add(key)
    if reads:
        accessor.getter = function
    else:
        accessor.setter = function


def put(low: Lowering, obj: int, key: str, value: int) -> None:
    """Let a new object have a member."""
    low.copy(value, low.heap.field(obj, key))
    keys = low.heap.field(obj, "[[keys]]")
    low.solver.give(keys, low.heap.key(key))


def _field(low: Lowering, node: Node, cls: Class) -> Steps:
    name_node = node.child_by_field_name("name") or node.child_by_field_name("property")
    value = node.child_by_field_name("value")
    key = low.key_of(name_node)
    static = any(child.type == "static" for child in node.children)
    if key is None and name_node is not None:
        yield from _computed(name_node)
    target = cls.obj if static else cls.prototype
    annotation = node.child_by_field_name("type")
    typed = declared(low, annotation) if annotation is not None else NOTHING
    if typed and key is not None:
        low.copy(typed, low.heap.field(target, key))
    if value is None:
        return NOTHING
    context = low.context
    context.this = low.holding(cls.obj) if static else cls.this
    context.static = static
    if key is not None:
        low.hints[value.id] = (key, "key")
        (cls.statics if static else cls.members).add(key)
        if value.type in ("arrow_function", "function_expression"):
            low.methods.add(key)
    found = yield value
    if key is not None and found:
        put(low, target, key, found)
        if value.type == "function_expression" and not static:
            _own_this(low, found, cls.typed)
    return NOTHING


def _own_this(low: Lowering, value: int, obj: int) -> None:
    for held in low.solver.points_to(value):
        info = low.heap.thing(held).info
        if isinstance(info, Function) and info.this:
            low.give(info.this, obj)


# -- objects --------------------------------------------------------------------------------------


def make_object(low: Lowering, node: Node) -> Steps:
    """Make an object with its members; of equal keys the last one counts."""
    context = low.context
    hint, _ = low.hints.pop(node.id, ("", ""))
    prefix = context.prefix
    members: dict[str, int] = {}
    functions: dict[str, Node] = {}
    parts = [part for part in node.named_children if part.type != "comment"]
    spread = any(part.type == "spread_element" for part in parts)
    static = _static_keys(low, parts)
    info = None if spread else frozenset(static)
    obj = low.heap.made(Kind.OBJECT, low.path, node.start_byte, "object", info)
    value = low.holding(obj)
    accessors: dict[tuple[bool, str], Accessor] = {}
    for part in parts:
        form = part.type
        if form == "shorthand_property_identifier":
            members[low.text(part)] = low.name_value(low.text(part))
        elif form == "spread_element":
            inner = part_at(part, 0)
            if inner is not None:
                other = yield inner
                low.watch(other, Spread(low.machine, obj, frozenset()))
        elif form == "pair":
            key_node, inner = part.child_by_field_name("key"), part.child_by_field_name("value")
            if inner is None:
                continue
            key = low.key_of(key_node)
            if key is None and key_node is not None:
                computed = yield from _computed(key_node)
                found = yield inner
                if found:
                    low.watch(low.key(computed), Key(low.machine, value, found, None, True))
                continue
            key = key or ""
            low.hints[inner.id] = (joined(hint, key), "key")
            found = yield inner
            members[key] = found
            functions[key] = inner
        elif form == "method_definition":
            name_node = part.child_by_field_name("name")
            key = low.key_of(name_node)
            computed = NOTHING
            if key is None and name_node is not None:
                computed = yield from _computed(name_node)
                key = low.text(name_node)
            key = key or ""
            label = joined(prefix, joined(hint, key))
            made = make_function(low, part, label, label, "method")
            low.methods.add(key)
            function = low.heap.thing(made).info
            words = {child.type for child in part.children}
            if isinstance(function, Function):
                low.give(function.this, obj)
                if "get" in words or "set" in words:
                    _accessor(low, obj, key, function, "get" in words, accessors, False)
                    continue
            members[key] = low.holding(made)
            if computed:
                low.watch(low.key(computed), Key(low.machine, value, members[key], None, True))
    for key, found in members.items():
        if found:
            put(low, obj, key, found)
            known = functions.get(key)
            if known is not None and known.type in ("arrow_function", "function_expression"):
                low.methods.add(key)
                if known.type == "function_expression":
                    _own_this(low, found, obj)
    return value


def _static_keys(low: Lowering, parts: list[Node]) -> list[str]:
    keys = []
    for part in parts:
        if part.type == "shorthand_property_identifier":
            keys.append(low.text(part))
        elif part.type in ("pair", "method_definition"):
            node = part.child_by_field_name("key") or part.child_by_field_name("name")
            key = low.key_of(node)
            if key is not None:
                keys.append(key)
    return keys


# -- how a callee is written ----------------------------------------------------------------------


def how_of(low: Lowering, node: Node) -> How:
    """Tell how surely an expression names what it means."""
    node = unwrap(node)
    for _ in range(10):
        if node.type in ("member_expression", "call_expression"):
            inner = node.child_by_field_name("object") or node.child_by_field_name("function")
            if inner is None:
                return How.FLOW
            node = unwrap(inner)
        else:
            break
    if node.type in ("this", "super"):
        return How.SELF
    if node.type != "identifier":
        return How.FLOW
    variable = low.find(low.text(node))
    if variable is None:
        return How.SCOPE
    if variable.kind == "import":
        return How.IMPORT
    return How.SCOPE if variable.kind in ("function", "class") else How.FLOW


def is_certain(low: Lowering, node: Node) -> bool:
    """Tell whether an expression surely has a value other than ``undefined``."""
    node = unwrap(node)
    if node.type in CERTAIN:
        return True
    if node.type != "identifier":
        return False
    variable = low.find(low.text(node))
    return variable is not None and variable.kind in ("function", "class", "certain")


__all__ = ["Read", "bind", "make_class", "make_function"]
