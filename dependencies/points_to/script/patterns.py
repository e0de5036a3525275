"""What patterns bind, and what is assigned to members."""

from __future__ import annotations

from dependencies.points_to.script.flow import Variable
from dependencies.points_to.script.iterating import Element, Iterate
from dependencies.points_to.script.lowering import Lowering, Node, Steps
from dependencies.points_to.script.members import Key, Spread, Write
from dependencies.points_to.script.model import Function, How, Kind
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.script.words import WRAPPERS
from dependencies.points_to.solver import NOTHING


def drive(low: Lowering, steps: Steps) -> int:
    """Run a generator to its end."""
    value: int | None = None
    while True:
        try:
            node = steps.send(value) if value is not None else next(steps)
        except StopIteration as end:
            return int(end.value)
        value = low.walk(node)


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
        elif form == "rest_pattern" or form in WRAPPERS:
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
                computed = yield from computed_key(key)
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


def computed_key(key: Node) -> Steps:
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
