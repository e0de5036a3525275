"""How each kind of node is read: which of its parts bind, and in which scope the others are."""

from __future__ import annotations

from functools import cache
from typing import Final

from atomization.flow.model import EffectKind
from atomization.flow.python_names import (
    LOAD,
    STORE,
    Collector,
    Handler,
    Node,
    Scope,
    Table,
    first_of,
)
from atomization.flow.python_patterns import pattern_names
from atomization.parser import Language, grammar

_MUTATING: Final = (
    "add append appendleft clear difference_update discard extend extendleft insert"
    " intersection_update move_to_end pop popitem popleft remove reverse rotate setdefault sort"
    " subtract symmetric_difference_update update write writelines __setitem__ __delitem__"
)
_CONSUMING: Final = "all any bytearray bytes dict frozenset list max min next set sorted sum tuple"
_ATOMIC: Final = (
    "integer float true false none ellipsis comment line_continuation pass_statement"
    " break_statement continue_statement type_conversion string_start string_content string_end"
    " escape_sequence keyword_separator positional_separator import_prefix"
)
MUTATORS: Final = frozenset(_MUTATING.split())
"""Methods of the standard containers (and of files) that change what they are called on."""

CONSUMERS: Final = frozenset(_CONSUMING.split())
"""Builtins that run a generator to its end, or drop it, before they return."""
_DYNAMIC: Final = frozenset(["locals", "vars", "dir", "eval", "exec"])
_LEAVES: Final = frozenset(_ATOMIC.split())


def parts(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read all that stands in a node."""
    stack = names._stack
    for child in reversed(node.named_children):
        stack.append((child, scope, LOAD))


def targets(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a display of targets, or a plain display."""
    names.push_all(node.named_children, scope, mode)


def attribute(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``object.name``; as a target it changes the object."""
    if mode and scope.now:
        names.mutate(node)
    names.push_all(node.children[:1], scope)


def subscript(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``object[key]``; as a target it changes the object."""
    if mode and scope.now:
        names.mutate(node)
    names.push_all(node.named_children, scope)


def call(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a call: methods that mutate, ``super()``, ``locals()``, consumed generators."""
    if node.child_count < 2:
        names.push_all(node.named_children, scope)
        return
    called, arguments = node.child(0), node.child(1)
    rest: Node | None = arguments
    if called.type == "attribute":
        name = called.child(called.child_count - 1)
        method = names.text(name) if name is not None else ""
        if method in MUTATORS and scope.now:
            names.mutate(called.child(0))
        if method == "join" and arguments.type == "generator_expression":
            _comprehend(names, arguments, scope, late=False, eager=0)
            rest = None
    elif called.type == "identifier":
        rest = _call_of_name(names, node, called, arguments, scope)
    names.push(rest, scope)
    names.push(called, scope)


def _call_of_name(
    names: Collector, node: Node, called: Node, arguments: Node, scope: Scope
) -> Node | None:
    name = names.text(called)
    if name in CONSUMERS:
        return _consumed(names, called, arguments, scope)
    if name == "super" and scope.now:
        if not arguments.named_child_count:
            scope.uses |= names.receiver
        names.act(EffectKind.SUPER, "", node)
    elif name in _DYNAMIC and scope.now:
        few = arguments.named_child_count <= (1 if name in ("eval", "exec") else 0)
        if few and arguments.type == "argument_list":
            names.dynamic = True
            names.act(EffectKind.DYNAMIC, name, node)
    return arguments


def _consumed(names: Collector, called: Node, arguments: Node, scope: Scope) -> Node | None:
    """A generator expression that ``any``, ``sum`` and their like run through at once."""
    bit = names.bit_of(called)
    if arguments.type == "generator_expression":
        _comprehend(names, arguments, scope, late=False, eager=bit)
        return None
    children = arguments.named_children
    if not children or children[0].type != "generator_expression":
        return arguments
    names.push_all(children[1:], scope)
    _comprehend(names, children[0], scope, late=False, eager=bit)
    return None


def keyword(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read the value of ``name=value``."""
    names.push(node.child_by_field_name("value"), scope)


def string(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read what an f-string interpolates."""
    if b"f" in names.source[node.start_byte : node.start_byte + 2].lower():
        names.push_all(node.named_children, scope)


def walrus(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``name := value``, which binds in the function around comprehensions."""
    name = node.child_by_field_name("name")
    if name is not None:
        home, bit = scope.home, names.bit_of(name)
        home.bound |= bit
        if home is not scope and not scope.now and home.now:
            home.rebinds |= bit
            home.captures |= bit
    names.push(node.child_by_field_name("value"), scope)


def yields(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``yield`` and ``yield from``."""
    if scope.now:
        delegated = any(child.type == "from" for child in node.children[1:2])
        names.act(EffectKind.YIELD_FROM if delegated else EffectKind.YIELD, "", node)
    names.push_all(node.named_children, scope)


def awaits(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``await``."""
    if scope.now:
        names.act(EffectKind.AWAIT, "", node)
    names.push_all(node.named_children, scope)


def comprehension(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a list, set or dict comprehension, which runs at once."""
    _comprehend(names, node, scope, late=False)


def generator(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a generator expression, which runs when somebody asks it to."""
    _comprehend(names, node, scope, late=True)


def _comprehend(names: Collector, node: Node, scope: Scope, *, late: bool, eager: int = 0) -> None:
    inner = names.inner(scope, late=late)
    inner.comprehension = True
    inner.eager = eager
    first = True
    for child in node.named_children:
        if child.type != "for_in_clause":
            names.push(child, inner)
            continue
        if scope.now and not late and any(part.type == "async" for part in child.children):
            names.act(EffectKind.AWAIT, "", child)
        names.push(child.child_by_field_name("left"), inner, STORE)
        sources = child.children_by_field_name("right")
        names.push_all(sources, scope if first else inner)
        first = False


def lambda_(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a lambda: its defaults now, its body late."""
    inner = names.inner(scope, late=True)
    names.push(node.child_by_field_name("body"), inner)
    _parameters(names, node.child_by_field_name("parameters"), inner, scope, scope)


def function(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a nested function: defaults and annotations now, its body late."""
    inner = names.inner(scope, late=True)
    types = node.child_by_field_name("type_parameters")
    typed = scope
    if types is not None:
        typed = names.inner(scope)
        _type_parameters(names, types, (inner, typed), inner)
    names.bind(node.child_by_field_name("name"), scope)
    names.push(node.child_by_field_name("body"), inner)
    names.push(node.child_by_field_name("return_type"), typed)
    _parameters(names, node.child_by_field_name("parameters"), inner, scope, typed)


def _parameters(
    names: Collector, node: Node | None, inner: Scope, outer: Scope, annotations: Scope
) -> None:
    for child in node.named_children if node is not None else ():
        kind = child.type
        if kind == "identifier":
            names.bind(child, inner)
        elif kind in ("default_parameter", "typed_default_parameter"):
            names.push(child.child_by_field_name("value"), outer)
            names.push(child.child_by_field_name("type"), annotations)
            names.push(child.child_by_field_name("name"), inner, STORE)
        elif kind == "typed_parameter":
            names.push(child.child_by_field_name("type"), annotations)
            names.push(first_of(child), inner, STORE)
        else:
            names.push(child, inner, STORE)


def parameter_names(names: Collector, node: Node | None) -> int:
    """Give the names that a parameter list binds."""
    names.begin()
    bound, ignored = names.inner(names.root), names.inner(names.root)
    _parameters(names, node, bound, ignored, ignored)
    while names._stack:
        child, scope, mode = names._stack.pop()
        if child.type == "identifier":
            if mode and scope is bound:
                bound.bound |= names.bit_of(child)
        elif scope is bound:
            names.push_all(child.named_children, scope, mode)
    return bound.bound


def _type_parameters(names: Collector, node: Node, scopes: tuple[Scope, ...], lazy: Scope) -> None:
    for child in node.named_children:
        name = child
        while name.type != "identifier" and name.named_child_count:
            name = name.named_children[0]
        if name.type == "identifier":
            for scope in scopes:
                names.bind(name, scope)
        names.push(child, lazy)


def class_(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a class: its body runs now, in a scope that its methods do not see."""
    types = node.child_by_field_name("type_parameters")
    around = scope
    if types is not None:
        around = names.inner(scope)
        _type_parameters(names, types, (around,), around)
    inner = names.inner(around, is_class=True)
    inner.now = False
    names.bind(node.child_by_field_name("name"), scope)
    names.push(node.child_by_field_name("body"), inner)
    names.push(node.child_by_field_name("superclasses"), around)


def type_alias(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``type X[T] = value``: the value is evaluated late."""
    inner = names.inner(scope, late=True)
    left = node.child_by_field_name("left")
    while left is not None and left.type in ("type", "generic_type"):
        if left.type == "generic_type":
            names.bind(first_of(left), scope)
            for part in left.named_children[1:]:
                _type_parameters(names, part, (inner,), inner)
            break
        left = first_of(left)
    if left is not None and left.type == "identifier":
        names.bind(left, scope)
    names.push(node.child_by_field_name("right"), inner)


def assignment(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``target: type = value``."""
    right = node.child_by_field_name("right")
    if scope.is_class or (not names.in_function and scope is names.root):
        names.push(node.child_by_field_name("type"), scope)
    left = node.child_by_field_name("left")
    if right is not None or scope is not names.root:
        names.push(left, scope, STORE)
        names.push(right, scope)
    elif left is not None and left.type != "identifier":
        names.push(left, scope)


def augmented(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``target += value``."""
    left = node.child_by_field_name("left")
    names.push(left, scope, STORE)
    if left is not None and left.type == "identifier":
        names.push(left, scope)
    names.push(node.child_by_field_name("right"), scope)


def loop(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a ``for`` statement of a nested scope."""
    left = node.child_by_field_name("left")
    for child in reversed(node.named_children):
        names.push(child, scope, STORE if child == left else LOAD)


def alias(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``value as target``."""
    children = node.named_children
    names.push_all(children[:1], scope)
    names.push_all(children[1:], scope, STORE)


def deletion(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``del``, which makes a name local, too."""
    names.push_all(node.named_children, scope, STORE)


def imports(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read what an import binds."""
    module = node.child_by_field_name("module_name")
    for child in node.named_children:
        if child == module:
            continue
        if child.type == "aliased_import":
            names.bind(child.child_by_field_name("alias"), scope)
        elif child.type == "dotted_name":
            names.bind(first_of(child), scope)
        elif child.type == "wildcard_import" and scope.now:
            names.act(EffectKind.DYNAMIC, "import *", node)


def global_(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``global`` in a nested scope."""
    for child in node.named_children:
        scope.globals |= names.bit_of(child)


def nonlocal_(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read ``nonlocal`` in a nested scope."""
    for child in node.named_children:
        scope.nonlocals |= names.bit_of(child)


def case(names: Collector, node: Node, scope: Scope, mode: int) -> None:
    """Read a ``case`` of a nested scope."""
    for child in node.named_children:
        if child.type == "case_pattern":
            uses, binds = pattern_names(names, child)
            scope.uses |= uses
            scope.bound |= binds
        else:
            names.push(child, scope)


_HANDLERS: Final[dict[str, Handler]] = {
    "attribute": attribute,
    "subscript": subscript,
    "call": call,
    "keyword_argument": keyword,
    "string": string,
    "named_expression": walrus,
    "yield": yields,
    "await": awaits,
    "list_comprehension": comprehension,
    "set_comprehension": comprehension,
    "dictionary_comprehension": comprehension,
    "generator_expression": generator,
    "lambda": lambda_,
    "function_definition": function,
    "class_definition": class_,
    "type_alias_statement": type_alias,
    "assignment": assignment,
    "augmented_assignment": augmented,
    "for_statement": loop,
    "as_pattern": alias,
    "delete_statement": deletion,
    "import_statement": imports,
    "import_from_statement": imports,
    "future_import_statement": imports,
    "global_statement": global_,
    "nonlocal_statement": nonlocal_,
    "case_clause": case,
    "as_pattern_target": targets,
    "pattern_list": targets,
    "tuple_pattern": targets,
    "list_pattern": targets,
    "list_splat_pattern": targets,
    "dictionary_splat_pattern": targets,
    "expression_list": targets,
    "tuple": targets,
    "list": targets,
    "list_splat": targets,
    "parenthesized_expression": targets,
}


@cache
def node_table() -> Table:
    """What is done with a node, by its kind's number: None for a leaf."""
    language = grammar(Language.PYTHON)
    table: list[Handler | None] = [parts] * language.node_kind_count
    for kind in range(language.node_kind_count):
        name = language.node_kind_for_id(kind) or ""
        if language.node_kind_is_named(kind):
            table[kind] = None if name in _LEAVES else _HANDLERS.get(name, parts)
    return language.id_for_node_kind("identifier", True) or -1, table
