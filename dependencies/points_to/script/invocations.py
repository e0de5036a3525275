"""Calls of every form: functions, methods, ``super``, ``require``, ``new``, tags, markup."""

from __future__ import annotations

from typing import Final

from dependencies.points_to.script.calling import Call, Construct, MethodCall, New, SuperCall
from dependencies.points_to.script.classes import put
from dependencies.points_to.script.flow import Path, Variable
from dependencies.points_to.script.heap import VALUE
from dependencies.points_to.script.iterating import Iterate
from dependencies.points_to.script.lowering import Lowering, Node, Steps
from dependencies.points_to.script.members import KeyCall, Spread
from dependencies.points_to.script.model import Class, Function, How, Kind, Site
from dependencies.points_to.script.modules import required
from dependencies.points_to.script.parts import Arguments
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.script.words import how_of, is_certain, unwrap
from dependencies.points_to.solver import NOTHING

_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function"})


def _arguments(low: Lowering, node: Node | None, call: Node, native: bool) -> Steps:
    """Read arguments; they are left in ``low.passed``."""
    values: list[int] = []
    certain, spread = 0, NOTHING
    hint = low.hints.pop(call.id, ("", ""))
    if node is None:
        low.passed = Arguments()
        return NOTHING
    parts = node.named_children
    if node.type == "template_string":
        values.append(low.heap.unknown)
        parts = [
            inner_node
            for part in parts
            if part.type == "template_substitution"
            for inner_node in part.named_children
        ]
    for part in parts:
        if part.type == "comment":
            continue
        if part.type == "spread_element":
            inner_node = part_at(part, 0)
            if inner_node is not None:
                value = yield inner_node
                spread = spread or low.variable()
                site = low.site(part, How.FLOW, "[Symbol.iterator]", "[Symbol.iterator]")
                low.watch(value, Iterate(low.machine, site, spread))
            continue
        if hint[0] and part.type in ("function_expression", "call_expression", "class"):
            low.hints[part.id] = hint
        elif part.type == "object" and hint[0]:
            low.hints[part.id] = (hint[0], "name")
        value = yield part
        if native and part.type == "arrow_function":
            _mark_inline(low, value)
        if spread:
            low.copy(value, spread)
            continue
        if is_certain(low, part):
            certain |= 1 << len(values)
        values.append(value)
    low.passed = Arguments(tuple(values), certain, spread)
    return NOTHING


def _mark_inline(low: Lowering, value: int) -> None:
    for held in low.solver.points_to(value):
        info = low.heap.thing(held).info
        if isinstance(info, Function):
            info.inline = True


def call(low: Lowering, node: Node) -> Steps:
    """``f(…)``, ``o.m(…)``, ``super(…)``, ``require(…)``, ``f`…```."""
    callee = node.child_by_field_name("function")
    if callee is None:
        return NOTHING
    result = NOTHING if low.unused == node.id else low.variable()
    listed = node.child_by_field_name("arguments")
    callee = unwrap(callee)
    form = callee.type
    if form in ("import", "identifier") and listed is not None:
        found = _module_of(low, callee, listed)
        if found:
            return (
                required(low, node, found)
                if form == "identifier"
                else _promise_of(low, node, found)
            )
    if form == "super":
        yield from _arguments(low, listed, node, False)
        site = low.site(node, How.SELF, "super", "super")
        home = low.context.home
        if home is not None and home.base:
            base = Construct(low.machine, site, How.SELF, low.passed, low.context.this)
            low.watch(home.base, base)
        low.context.flow.forget()
        return NOTHING
    if form == "member_expression":
        yield from _method_call(low, node, callee, listed, result)
    elif form == "subscript_expression":
        yield from _subscript_call(low, node, callee, listed, result)
    else:
        hint = low.hints.pop(node.id, None)
        if form in _FUNCTIONS and hint is not None:
            low.hints[callee.id] = hint
        elif form == "call_expression" and hint is not None:
            pass
        value = yield callee
        if hint is not None:
            low.hints[node.id] = hint
        yield from _arguments(low, listed, node, False)
        site = _site(low, node, callee, value)
        low.watch(value, Call(low.machine, site, site.how, low.passed, result))
    low.context.flow.forget()
    if low.after is not None:
        _assigned(low, *low.after)
    return result


def _assigned(low: Lowering, listed: Node | None, args: Arguments) -> None:
    """After ``Object.assign(o, { … })`` the members of o are known."""
    low.after = None
    parts = [part for part in listed.named_children if part.type != "comment"] if listed else []
    path = low.path_of(parts[0]) if len(parts) == len(args.values) > 1 else None
    if path is None:
        return
    _shadow(low, path, args)
    for value in args.values[1:]:
        for held in low.solver.points_to(value):
            info = low.heap.thing(held).info
            if isinstance(info, frozenset) and low.heap.thing(held).kind is Kind.OBJECT:
                for key in sorted(info):
                    low.context.flow.set_member((*path, key), low.heap.field(held, key))


def _shadow(low: Lowering, path: Path, args: Arguments) -> None:
    """``Object.assign(C.prototype, o)``: what o has, C does not inherit any more."""
    variable = path[0]
    if len(path) != 2 or path[1] != "prototype" or not isinstance(variable, Variable):
        return
    keys = [
        key
        for value in args.values[1:]
        for held in low.solver.points_to(value)
        if isinstance(info := low.heap.thing(held).info, frozenset)
        for key in info
    ]
    for held in low.solver.points_to(variable.all):
        cls = low.heap.thing(held).info
        if isinstance(cls, Class):
            cls.members.update(keys)


def _module_of(low: Lowering, callee: Node, listed: Node) -> str:
    name = low.text(callee)
    if name not in ("require", "import") or (name == "require" and low.find(name) is not None):
        return ""
    first = part_at(listed, 0)
    if first is None or first.type not in ("string", "template_string"):
        return ""
    return low.string(first)


def _promise_of(low: Lowering, node: Node, source: str) -> int:
    value = required(low, node, source)
    promise = low.heap.made(Kind.PROMISE, low.path, node.start_byte, "import")
    low.copy(value, low.heap.field(promise, VALUE))
    return low.holding(promise)


def _site(low: Lowering, node: Node, callee: Node, value: int, method: str = "") -> Site:
    end = min(callee.end_byte, callee.start_byte + 80)
    text = low.source[callee.start_byte : end].decode("utf-8", "replace")
    site = low.site(node, how_of(low, callee), " ".join(text.split()), method)
    site.callee = value
    site.arguments = low.passed.values
    return site


def _method_call(
    low: Lowering, node: Node, callee: Node, listed: Node | None, result: int
) -> Steps:
    owner, key_node = callee.child_by_field_name("object"), callee.child_by_field_name("property")
    if owner is None or key_node is None:
        return NOTHING
    key = low.text(key_node)
    yield from _member_call(low, node, callee, owner, key, listed, result)
    return NOTHING


def _member_call(
    low: Lowering,
    node: Node,
    callee: Node,
    owner: Node,
    key: str,
    listed: Node | None,
    result: int,
) -> Steps:
    context = low.context
    known = context.flow.member(low.path_of(callee) or ())
    if owner.type == "super":
        yield from _arguments(low, listed, node, False)
        site = _site(low, node, callee, NOTHING, key)
        method = MethodCall(low.machine, site, key, low.passed, result)
        if context.home is not None and context.home.base:
            caller = SuperCall(method, context.this, context.static)
            low.watch(context.home.base, caller)
        return NOTHING
    hint = low.hints.pop(node.id, None)
    receiver = yield owner
    if hint is not None:
        low.hints[node.id] = hint
    yield from _arguments(low, listed, node, True)
    args = low.passed
    site = _site(low, node, callee, known or NOTHING, key)
    if known:
        low.watch(known, Call(low.machine, site, How.FLOW, args, result, this=receiver))
        return NOTHING
    low.watch(receiver, MethodCall(low.machine, site, key, args, result))
    site.callee = receiver
    if key == "assign" and low.text(callee) == "Object.assign":
        context.flow.forget()
        low.after = (listed, args)
    return NOTHING


def _subscript_call(
    low: Lowering, node: Node, callee: Node, listed: Node | None, result: int
) -> Steps:
    owner, index = callee.child_by_field_name("object"), callee.child_by_field_name("index")
    if owner is None or index is None:
        return NOTHING
    key = low.constant(index)
    if key is not None:
        yield from _member_call(low, node, callee, owner, key, listed, result)
        return NOTHING
    receiver = yield owner
    computed = yield index
    yield from _arguments(low, listed, node, False)
    site = _site(low, node, callee, receiver)
    site.how = How.FLOW
    low.watch(low.key(computed), KeyCall(low.machine, site, receiver, low.passed, result))
    return NOTHING


def new(low: Lowering, node: Node) -> Steps:
    """``new C(…)``."""
    callee = node.child_by_field_name("constructor")
    if callee is None:
        return NOTHING
    low.hints.pop(node.id, None)
    value = yield callee
    yield from _arguments(low, node.child_by_field_name("arguments"), node, True)
    site = _site(low, node, callee, value)
    listed = node.child_by_field_name("arguments")
    parts = listed.named_children if listed is not None else []
    site.functional = any(part.type in _FUNCTIONS for part in parts)
    low.machine.popular[site.text.rsplit(".", 1)[-1]] += 1
    result = low.variable()
    low.watch(value, New(low.machine, site, low.passed, result))
    low.context.flow.forget()
    return result


def jsx(low: Lowering, node: Node) -> Steps:
    """``<A b={c}>…</A>`` calls A with its properties; small letters are elements of the page."""
    opening = (
        node if node.type == "jsx_self_closing_element" else node.child_by_field_name("open_tag")
    )
    if opening is None:
        return NOTHING
    name = opening.child_by_field_name("name")
    props = low.heap.made(Kind.OBJECT, low.path, node.start_byte, "props")
    for part in opening.named_children:
        if part.type == "jsx_attribute":
            key, value_node = part_at(part, 0), part_at(part, 1)
            if key is not None and value_node is not None:
                value = yield value_node
                put(low, props, low.text(key), value)
        elif part.type == "jsx_expression":
            for inner_node in part.named_children:
                if inner_node.type == "spread_element":
                    first = part_at(inner_node, 0)
                    if first is not None:
                        value = yield first
                        low.watch(value, Spread(low.machine, props, frozenset()))
    component = name is not None and (
        name.type == "member_expression" or low.text(name)[:1].isupper()
    )
    if node.type == "jsx_element":
        for part in node.named_children:
            if part.type not in ("jsx_opening_element", "jsx_closing_element", "jsx_text"):
                value = yield part
                put(low, props, "children", value)
    if not component or name is None:
        return NOTHING
    callee = yield name
    low.passed = Arguments((low.holding(props),), 1)
    site = _site(low, opening, name, callee)
    result = low.variable()
    low.watch(callee, Call(low.machine, site, site.how, low.passed, result))
    made = low.variable()
    low.watch(callee, New(low.machine, site, low.passed, made, jsx=True))
    low.watch(made, MethodCall(low.machine, site, "render", Arguments(), NOTHING))
    return NOTHING
