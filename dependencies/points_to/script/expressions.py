"""What expressions other than calls mean: the variable that holds their value."""

from __future__ import annotations

from typing import Final

from dependencies.points_to.script.annotations import declared
from dependencies.points_to.script.classes import put
from dependencies.points_to.script.flow import Frame, Variable
from dependencies.points_to.script.functions import make_function
from dependencies.points_to.script.iterating import Await, Iterate
from dependencies.points_to.script.lowering import Lowering, Node, Scope, Steps
from dependencies.points_to.script.members import Key, Read
from dependencies.points_to.script.model import How, Kind
from dependencies.points_to.script.patterns import bind, bind_name, store
from dependencies.points_to.script.tree import each, part_at
from dependencies.points_to.script.words import names_of, unwrap
from dependencies.points_to.solver import NOTHING

_TEXT: Final = 60
_MANY: Final = 64
_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function"})
_PRIMITIVES: Final = frozenset({"number", "string", "true", "false", "null", "undefined"})
_COMPARES: Final = frozenset({"==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof"})


def identifier(low: Lowering, node: Node) -> int:
    """A name."""
    return low.name_value(low.text(node))


def this(low: Lowering, node: Node) -> int:
    """``this``."""
    return low.context.this


def string(low: Lowering, node: Node) -> int:
    """A text; long ones are no keys."""
    if node.end_byte - node.start_byte > _TEXT:
        return low.heap.unknown
    return low.heap.text(low.string(node))


def number(low: Lowering, node: Node) -> int:
    """A number; as a key it is a text."""
    key = low.constant(node) or ""
    return low.heap.text(key) if key.isdigit() and len(key) < 6 else low.heap.unknown


def template(low: Lowering, node: Node) -> Steps:
    """A template: a text that is known where nothing is put in."""
    known = True
    for part in node.named_children:
        if part.type == "template_substitution":
            known = False
            yield from each(part.named_children)
    if known and node.end_byte - node.start_byte <= _TEXT:
        return low.heap.text(low.string(node))
    return low.heap.unknown


def function(low: Lowering, node: Node) -> int:
    """A function as a value."""
    own = low.text(node.child_by_field_name("name"))
    hinted = low.hints.get(node.id)
    name, label = names_of(low, node, own if hinted is None else "")
    kind = "arrow" if node.type == "arrow_function" else "function"
    scope = None
    if own:
        scope = Scope(low.context.scope)
    obj = make_function(low, node, name, label, kind, scope=scope)
    var = low.holding(obj)
    if scope is not None:
        scope.names[own] = Variable(own, None, var, True, "function")
    return var


def array(low: Lowering, node: Node) -> Steps:
    """``[…]``."""
    obj = low.heap.made(Kind.ARRAY, low.path, node.start_byte, "array")
    parts = node.named_children
    many = len(parts) > _MANY
    spread = False
    index = 0
    for part in parts:
        if part.type == "comment" or (many and part.type in _PRIMITIVES):
            index += 1
            continue
        if part.type == "spread_element":
            inner_node = part_at(part, 0)
            if inner_node is not None:
                value = yield inner_node
                site = low.site(part, How.FLOW, "[Symbol.iterator]", "[Symbol.iterator]")
                low.watch(value, Iterate(low.machine, site, low.heap.field(obj, "*")))
            spread = True
            continue
        value = yield part
        if value:
            if spread or many:
                low.copy(value, low.heap.field(obj, "*"))
            else:
                put(low, obj, str(index), value)
        index += 1
    return low.holding(obj)


# -- members --------------------------------------------------------------------------------------


def member(low: Lowering, node: Node) -> Steps:
    """``o.k``."""
    owner, key_node = node.child_by_field_name("object"), node.child_by_field_name("property")
    if owner is None or key_node is None:
        return NOTHING
    path = low.path_of(node)
    known = low.context.flow.member(path) if path is not None else None
    if known is not None:
        return known
    if owner.type == "super":
        return low.read_member(_super(low), low.text(key_node), node)
    value = yield owner
    return low.read_member(value, low.text(key_node), node)


def _super(low: Lowering) -> int:
    home = low.context.home
    if home is None or not home.base:
        return NOTHING
    if low.context.static:
        return home.base
    prototypes = low.variable()
    low.watch(home.base, Read(low.machine, "prototype", prototypes, None))
    return prototypes


def subscript(low: Lowering, node: Node) -> Steps:
    """``o[k]``."""
    owner, index = node.child_by_field_name("object"), node.child_by_field_name("index")
    if owner is None or index is None:
        return NOTHING
    path = low.path_of(node)
    known = low.context.flow.member(path) if path is not None else None
    if known is not None:
        return known
    value = yield owner
    key = low.constant(index)
    if key is not None:
        return low.read_member(value, key, node)
    computed = yield index
    target = low.variable()
    low.watch(low.key(computed), Key(low.machine, value, target, None, False))
    return target


# -- assignments ----------------------------------------------------------------------------------


def assignment(low: Lowering, node: Node) -> Steps:
    """``a = b``."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return NOTHING
    left = unwrap(left)
    plain = unwrap(right)
    if plain.type in _FUNCTIONS or plain.type in ("object", "class", "call_expression"):
        kind = "call" if plain.type == "call_expression" else "name"
        name = _target_name(low, left)
        if name:
            low.hints[plain.id] = (name, kind)
    value = yield right
    if left.type == "identifier":
        bind_name(low, low.text(left), value, "")
    elif left.type in ("member_expression", "subscript_expression"):
        yield from store(low, left, value)
    else:
        yield from bind(low, left, value, "")
    return value


def _target_name(low: Lowering, left: Node) -> str:
    """Give the name that what is assigned has for people: ``exports.a`` is a."""
    if left.end_byte - left.start_byte > 200 or left.type.endswith("_pattern"):
        return ""
    text = low.text(left).replace(".prototype.", ".")
    for start in ("module.exports.", "exports.", "this."):
        text = text.removeprefix(start)
    if text == "module.exports":
        return "exports"
    return text if text.replace(".", "").replace("_", "").replace("$", "").isalnum() else ""


def augmented(low: Lowering, node: Node) -> Steps:
    """``a ||= b`` may keep what was there; ``a += b`` is a text or a number."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = low.text(node.child_by_field_name("operator"))
    if left is None or right is None:
        return NOTHING
    left = unwrap(left)
    value = yield right
    if operator not in ("||=", "&&=", "??="):
        if left.type == "identifier":
            bind_name(low, low.text(left), low.heap.unknown, "")
        else:
            yield left
        return low.heap.unknown
    before = yield left
    both = low.variable()
    low.copy(before, both)
    low.copy(value, both)
    if left.type == "identifier":
        bind_name(low, low.text(left), both, "")
    elif left.type in ("member_expression", "subscript_expression"):
        yield from store(low, left, both)
    return both


def update(low: Lowering, node: Node) -> Steps:
    """``a++``."""
    target = node.child_by_field_name("argument")
    if target is not None and target.type == "identifier":
        bind_name(low, low.text(target), low.heap.unknown, "")
    elif target is not None:
        yield target
    return low.heap.unknown


# -- operators ------------------------------------------------------------------------------------


def binary(low: Lowering, node: Node) -> Steps:
    """``a || b`` is either; a sum is a text or a number."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator_node = node.child_by_field_name("operator")
    operator = operator_node.type if operator_node is not None else ""
    first = (yield left) if left is not None else NOTHING
    if operator not in ("||", "&&", "??"):
        if right is not None:
            yield right
        return NOTHING if operator in _COMPARES else low.heap.unknown
    flow = low.context.flow
    branch = flow.push()
    second = (yield right) if right is not None else NOTHING
    flow.pop()
    if branch.values or branch.paths or branch.sealed:
        flow.join([Frame(), branch])
    if operator == "&&" or not first:
        return second
    if not second:
        return first
    both = low.variable()
    low.copy(first, both)
    low.copy(second, both)
    return both


def unary(low: Lowering, node: Node) -> Steps:
    """``typeof a`` is a text, ``delete a.b`` forgets what is known of members."""
    inner_node = node.child_by_field_name("argument")
    if inner_node is not None:
        yield inner_node
    operator = node.child_by_field_name("operator")
    word = operator.type if operator is not None else ""
    if word == "delete":
        low.context.flow.forget()
    return low.heap.unknown if word in ("typeof", "-", "+", "~") else NOTHING


def ternary(low: Lowering, node: Node) -> Steps:
    """``a ? b : c``."""
    flow = low.context.flow
    condition = node.child_by_field_name("condition")
    if condition is not None:
        yield condition
    values, branches = [], []
    hint = low.hints.pop(node.id, None)
    for name in ("consequence", "alternative"):
        part = node.child_by_field_name(name)
        branch = flow.push()
        if part is not None:
            if hint is not None:
                low.hints[part.id] = hint
            values.append((yield part))
        flow.pop()
        branches.append(branch)
    if any(branch.values or branch.paths or branch.sealed for branch in branches):
        flow.join(branches)
    held = [value for value in values if value]
    if len(held) < 2:
        return held[0] if held else NOTHING
    both = low.variable()
    for value in held:
        low.copy(value, both)
    return both


def sequence(low: Lowering, node: Node) -> Steps:
    """``a, b``."""
    value = NOTHING
    for part in node.named_children:
        value = yield part
    return value


def await_expression(low: Lowering, node: Node) -> Steps:
    """``await p``."""
    inner_node = part_at(node, 0)
    hint = low.hints.pop(node.id, None)
    if inner_node is None:
        return NOTHING
    if hint is not None and inner_node.type == "call_expression":
        low.hints[inner_node.id] = hint
    value = yield inner_node
    low.context.flow.forget()
    target = low.variable()
    low.watch(value, Await(low.machine, target))
    return target


def yield_expression(low: Lowering, node: Node) -> Steps:
    """``yield a`` and ``yield* b``."""
    inner_node = part_at(node, 0)
    context = low.context
    yields = context.function.yields
    if inner_node is not None:
        value = yield inner_node
        if any(child.type == "*" for child in node.children):
            site = low.site(inner_node, How.FLOW, "[Symbol.iterator]", "[Symbol.iterator]")
            low.watch(value, Iterate(low.machine, site, yields))
        elif context.function.is_async:
            low.watch(value, Await(low.machine, yields))
        else:
            low.copy(value, yields)
    context.flow.forget()
    if not yields:
        return NOTHING
    made = low.heap.made(Kind.GENERATOR, low.path, context.function.at, "generator")
    return low.heap.field(made, "[[sent]]")


def inner(low: Lowering, node: Node) -> Steps:
    """What only encloses a value."""
    hint = low.hints.pop(node.id, None)
    for part in node.named_children:
        if part.type != "comment":
            if hint is not None:
                low.hints[part.id] = hint
            if low.unused == node.id:
                low.unused = part.id
            return (yield part)
    return NOTHING


def cast_expression(low: Lowering, node: Node) -> Steps:
    """``a as T``: both what flows and what the type says."""
    first = part_at(node, 0)
    hint = low.hints.pop(node.id, None)
    if first is None:
        return NOTHING
    if hint is not None:
        low.hints[first.id] = hint
    value = yield first
    kind = part_at(node, 1)
    if kind is None or kind.type not in (
        "type_identifier",
        "generic_type",
        "nested_type_identifier",
    ):
        return value
    typed = declared(low, kind)
    if not typed:
        return value
    both = low.variable()
    low.copy(value, both)
    low.copy(typed, both)
    return both


def assertion(low: Lowering, node: Node) -> Steps:
    """``<T>a``."""
    last = part_at(node, node.named_child_count - 1)
    return (yield last) if last is not None else NOTHING


def import_alias(low: Lowering, node: Node) -> Steps:
    """``import a = b.c``."""
    name, value = part_at(node, 0), part_at(node, 1)
    if name is None or value is None:
        return NOTHING
    parts = low.text(value).split(".")
    var = low.name_value(parts[0].strip())
    for key in parts[1:20]:
        var = low.read_member(var, key.strip(), value)
    low.declare(low.text(name), "const", var)
    yield from ()
    return NOTHING
