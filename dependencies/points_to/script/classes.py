"""Classes with their members, and decorators."""

from __future__ import annotations

from dependencies.points_to.script.annotations import (
    bases_of,
    declare_parameters,
    declared,
    read_signature,
)
from dependencies.points_to.script.calling import Call
from dependencies.points_to.script.flow import Variable
from dependencies.points_to.script.functions import make_function
from dependencies.points_to.script.heap import ACCESSOR, Subclass
from dependencies.points_to.script.lowering import Lowering, Node, Scope, Steps
from dependencies.points_to.script.members import Key
from dependencies.points_to.script.model import Class, Function, Kind
from dependencies.points_to.script.parts import Accessor, Arguments
from dependencies.points_to.script.patterns import computed_key
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.script.words import how_of, joined, names_of
from dependencies.points_to.solver import NOTHING


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
    was = (context.this, context.home, context.static)
    prefixes = context.prefix, context.named
    accessors: dict[tuple[bool, str], Accessor] = {}
    context.prefix, context.named = cls.label, cls.name
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
    context.this, context.home, context.static = was
    context.prefix, context.named = prefixes
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
        computed = yield from computed_key(name_node)
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
        add_accessor(low, target, key, function, "get" in words, accessors, static)
    else:
        put(low, target, key, low.holding(obj))
    if computed:
        low.watch(
            low.key(computed), Key(low.machine, low.holding(target), low.holding(obj), None, True)
        )
    return obj


def add_accessor(
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
        yield from computed_key(name_node)
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
            own_this(low, found, cls.typed)
    return NOTHING


def own_this(low: Lowering, value: int, obj: int) -> None:
    for held in low.solver.points_to(value):
        info = low.heap.thing(held).info
        if isinstance(info, Function) and info.this:
            low.give(info.this, obj)
