"""Object literals."""

from __future__ import annotations

from dependencies.points_to.script.classes import add_accessor, own_this, put
from dependencies.points_to.script.functions import make_function
from dependencies.points_to.script.lowering import Lowering, Node, Steps
from dependencies.points_to.script.members import Key, Spread
from dependencies.points_to.script.model import Function, Kind
from dependencies.points_to.script.parts import Accessor
from dependencies.points_to.script.patterns import computed_key
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.script.words import joined
from dependencies.points_to.solver import NOTHING


def make_object(low: Lowering, node: Node) -> Steps:
    """Make an object with its members; of equal keys the last one counts."""
    context = low.context
    hint, _ = low.hints.pop(node.id, ("", ""))
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
                computed = yield from computed_key(key_node)
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
                computed = yield from computed_key(name_node)
                key = low.text(name_node)
            key = key or ""
            own = joined(hint, key)
            name, label = joined(context.named, own), joined(context.prefix, own)
            made = make_function(low, part, name, label, "method")
            low.methods.add(key)
            function = low.heap.thing(made).info
            words = {child.type for child in part.children}
            if isinstance(function, Function):
                low.give(function.this, obj)
                if "get" in words or "set" in words:
                    add_accessor(low, obj, key, function, "get" in words, accessors, False)
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
                    own_this(low, found, obj)
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
