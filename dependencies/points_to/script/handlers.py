"""What each kind of syntax node means: statements here, expressions beside them."""

from __future__ import annotations

from typing import Final

from dependencies.points_to.script import expressions as of
from dependencies.points_to.script import invocations
from dependencies.points_to.script.annotations import (
    classes_of,
    declare_types,
    declared,
    read_alias,
    read_interface,
)
from dependencies.points_to.script.classes import decorate, make_class
from dependencies.points_to.script.flow import Frame
from dependencies.points_to.script.functions import returned
from dependencies.points_to.script.heap import KEY, Limit
from dependencies.points_to.script.iterating import Iterate
from dependencies.points_to.script.lowering import Handler, Lowering, Node, Scope, Steps
from dependencies.points_to.script.model import How, Kind
from dependencies.points_to.script.modules import export
from dependencies.points_to.script.objects import make_object
from dependencies.points_to.script.patterns import bind, bind_name
from dependencies.points_to.script.tree import each, part_at
from dependencies.points_to.script.words import CLASS_DECLARATIONS, FUNCTION_DECLARATIONS, unwrap
from dependencies.points_to.solver import NOTHING

_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function"})
_LITERALS: Final = frozenset({"object", "class"})


def children(low: Lowering, node: Node) -> Steps:
    """Read what is in a node, for its effects."""
    yield from each(node.named_children)
    return NOTHING


def nothing(low: Lowering, node: Node) -> int:
    """Leave out what neither holds nor calls anything."""
    return NOTHING


def _needs_scope(block: Node) -> bool:
    return any(
        child.type == "lexical_declaration"
        or child.type in FUNCTION_DECLARATIONS
        or child.type in CLASS_DECLARATIONS
        or child.type in ("interface_declaration", "type_alias_declaration", "enum_declaration")
        for child in block.named_children
    )


def block(low: Lowering, node: Node) -> Steps:
    """``{ … }``, with a scope where it declares something."""
    context = low.context
    outer = context.scope
    if _needs_scope(node):
        context.scope = Scope(outer, space=outer.space)
        low.hoist(context.scope, node)
    yield from each(node.named_children)
    context.scope = outer
    return NOTHING


def program(low: Lowering, node: Node) -> Steps:
    """The top level of a module."""
    yield from each(node.named_children)
    return NOTHING


def expression_statement(low: Lowering, node: Node) -> Steps:
    """An expression for its effects."""
    inner = part_at(node, 0)
    if inner is not None:
        low.unused = inner.id
        yield inner
    return NOTHING


# -- declarations ---------------------------------------------------------------------------------


def declaration(low: Lowering, node: Node) -> Steps:
    """``let``, ``const``, ``var``, ``using``."""
    kind = "var" if node.type == "variable_declaration" else "let"
    if (
        node.type == "lexical_declaration"
        and low.source[node.start_byte : node.start_byte + 5] == b"const"
    ):
        kind = "const"
    for part in node.named_children:
        if part.type != "variable_declarator":
            continue
        name, value = part.child_by_field_name("name"), part.child_by_field_name("value")
        if name is None:
            continue
        found, own = NOTHING, kind
        if value is not None:
            plain = unwrap(value)
            if name.type == "identifier":
                own = _named(low, name, plain, kind)
            found = yield value
        annotation = part.child_by_field_name("type")
        if annotation is not None:
            found = _typed(low, annotation, value, found)
        if name.type == "identifier":
            bind_name(low, low.text(name), found, own)
            _as_type(low, low.text(name), own)
        else:
            yield from bind(low, name, found, own)
    return NOTHING


def _named(low: Lowering, name: Node, value: Node, kind: str) -> str:
    """Give a value that makes a function or an object the name that it gets."""
    text = low.text(name)
    if value.type in _FUNCTIONS or value.type in _LITERALS:
        low.hints[value.id] = (text, "name")
        if value.type == "object":
            return "certain" if kind == "const" else kind
        return ("class" if value.type == "class" else "function") if kind == "const" else kind
    if value.type in ("call_expression", "await_expression"):
        low.hints[value.id] = (text, "call")
    elif value.type in ("new_expression", "array") and kind == "const":
        return "certain"
    return kind


def _as_type(low: Lowering, name: str, kind: str) -> None:
    scope = low.context.scope
    if kind == "class" and name not in scope.types and name in scope.names:
        scope.types[name] = scope.names[name]


def _typed(low: Lowering, annotation: Node, value: Node | None, found: int) -> int:
    if value is not None and value.type in ("object", "array", "new_expression", *_FUNCTIONS):
        return found
    typed = declared(low, annotation)
    if not typed:
        return found
    if not found:
        return typed
    both = low.variable()
    classes = classes_of(low, annotation)
    if classes:
        low.watch(found, Limit(low.heap, classes, both))
    else:
        low.copy(found, both)
    low.copy(typed, both)
    return both


def function_declaration(low: Lowering, node: Node) -> int:
    """A function that was declared when its block began."""
    return NOTHING


def class_declaration(low: Lowering, node: Node) -> Steps:
    """A class; its name was declared when its block began."""
    name = low.text(node.child_by_field_name("name"))
    value = yield from make_class(low, node)
    variable = low.context.scope.names.get(name) or low.find(name)
    if variable is not None:
        low.copy(value, variable.all)
    return value


def enum(low: Lowering, node: Node) -> Steps:
    """``enum E { A, B = … }``: an object of texts."""
    name = low.text(node.child_by_field_name("name"))
    obj = low.heap.made(Kind.OBJECT, low.path, node.start_byte, "enum")
    body = node.child_by_field_name("body")
    for index, part in enumerate(body.named_children if body is not None else ()):
        member = part.child_by_field_name("name") if part.type == "enum_assignment" else part
        if member is None or member.type == "comment":
            continue
        value = part.child_by_field_name("value")
        found = (yield value) if value is not None else low.heap.text(str(index))
        low.copy(found, low.heap.field(obj, low.string(member)))
    known = low.context.scope.names.get(name)
    if known is not None:
        low.give(known.all, obj)
    else:
        low.declare(name, "class", low.holding(obj))
    return NOTHING


def namespace(low: Lowering, node: Node) -> Steps:
    """``namespace A.B { … }``: an object of what it exports."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if body is None:
        return NOTHING
    context = low.context
    outer, prefixes = context.scope, (context.prefix, context.named)
    if name is not None and name.type != "string":
        for part in low.text(name).split("."):
            part = part.strip()
            obj = _space(low, part)
            context.scope = Scope(context.scope, space=obj)
            context.prefix = f"{context.prefix}.{part}".lstrip(".")
            context.named = f"{context.named}.{part}".lstrip(".")
    else:
        context.scope = Scope(outer)
    low.hoist(context.scope, body)
    yield from each(body.named_children)
    context.scope, (context.prefix, context.named) = outer, prefixes
    return NOTHING


def _space(low: Lowering, name: str) -> int:
    scope = low.context.scope
    known = scope.names.get(name)
    if known is not None:
        for held in sorted(low.solver.points_to(known.all)):
            return held
    path = low.heap.made(Kind.OBJECT, low.path, len(low.functions), f"namespace {name}")
    if known is not None:
        low.give(known.all, path)
    else:
        variable = low.declare(name, "class", low.holding(path))
        scope.types.setdefault(name, variable)
    if scope.space:
        low.give(low.heap.field(scope.space, name), path)
    return path


def ambient(low: Lowering, node: Node) -> Steps:
    """``declare …``: what is declared has no body."""
    for child in node.named_children:
        if child.type == "statement_block":
            declare_types(low, low.context.scope, child)
            yield from each(child.named_children)
        elif child.type != "comment":
            if child.type in CLASS_DECLARATIONS:
                low.hoist(low.context.scope, node)
            declare_types(low, low.context.scope, node)
            yield child
    return NOTHING


# -- branches -------------------------------------------------------------------------------------


def if_statement(low: Lowering, node: Node) -> Steps:
    """``if … else if … else``, without a frame in a frame for each else."""
    flow = low.context.flow
    condition = node.child_by_field_name("condition")
    if condition is not None:
        yield condition
    branches: list[Frame] = []
    for name in ("consequence", "alternative"):
        part = node.child_by_field_name(name)
        branch = flow.push()
        if part is not None:
            yield part
        flow.pop()
        branches.append(branch)
    flow.join(branches)
    return NOTHING


def switch(low: Lowering, node: Node) -> Steps:
    """``switch``: a case may be entered from above or from the case before."""
    flow = low.context.flow
    value, body = node.child_by_field_name("value"), node.child_by_field_name("body")
    if value is not None:
        yield value
    if body is None:
        return NOTHING
    context = low.context
    outer = context.scope
    context.scope = Scope(outer)
    for case in body.named_children:
        low.hoist(context.scope, case)
    around = flow.push("switch")
    before: Frame | None = None
    default = False
    for case in body.named_children:
        if case.type == "comment":
            continue
        default = default or case.type == "switch_default"
        frame = flow.push()
        if before is not None and not before.dead:
            flow.merge([{}, before.values])
        if before is not None:
            frame.sealed = True
        yield from each(case.named_children)
        flow.pop()
        before = frame
    flow.pop()
    context.scope = outer
    ways = [Frame(values=held, sealed=True) for held in around.exits]
    if before is not None:
        ways.append(before)
    if not default:
        ways.append(Frame())
    flow.join(ways or [Frame()])
    return NOTHING


def loop(low: Lowering, node: Node) -> Steps:
    """``for``, ``while``, ``do``."""
    context = low.context
    flow = context.flow
    outer = context.scope
    if node.type == "for_statement":
        context.scope = Scope(outer, space=outer.space)
        first = node.child_by_field_name("initializer")
        if first is not None:
            yield first
    frame = flow.push("loop", _label(low))
    names = (
        ("body", "condition") if node.type == "do_statement" else ("condition", "body", "increment")
    )
    for name in names:
        part = node.child_by_field_name(name)
        if part is not None:
            if name == "increment":
                frame.dead = False
            yield part
    flow.end_loop(endless=_endless(low, node))
    context.scope = outer
    return NOTHING


def _endless(low: Lowering, node: Node) -> bool:
    condition = node.child_by_field_name("condition")
    if condition is None or condition.type == "empty_statement":
        return node.type == "for_statement"
    return low.text(condition).strip("();") in ("true", "1")


def _label(low: Lowering) -> str:
    label, low.label = low.label, ""
    return label


def for_in(low: Lowering, node: Node) -> Steps:
    """``for … of`` and ``for … in``."""
    context = low.context
    flow = context.flow
    outer = context.scope
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    body, kind = node.child_by_field_name("body"), node.child_by_field_name("kind")
    operator = node.child_by_field_name("operator")
    source = (yield right) if right is not None else NOTHING
    value = low.variable()
    if operator is not None and operator.type == "in":
        low.copy(low.heap.unknown, value)
    elif right is not None:
        site = low.site(right, How.FLOW, "[Symbol.iterator]", "[Symbol.iterator]")
        low.watch(source, Iterate(low.machine, site, value))
    context.scope = Scope(outer, space=outer.space)
    flow.push("loop", _label(low))
    if left is not None:
        yield from bind(low, left, value, low.text(kind) if kind is not None else "")
    if body is not None:
        yield body
    flow.end_loop()
    context.scope = outer
    return NOTHING


def labeled(low: Lowering, node: Node) -> Steps:
    """A statement with a label."""
    label, body = node.child_by_field_name("label"), node.child_by_field_name("body")
    if body is None:
        return NOTHING
    name = low.text(label)
    if body.type.endswith(("for_statement", "for_in_statement", "while_statement", "do_statement")):
        low.label = name
        yield body
        low.label = ""
        return NOTHING
    flow = low.context.flow
    frame = flow.push("switch", name)
    yield body
    flow.pop()
    flow.join([frame, *(Frame(values=held, sealed=True) for held in frame.exits)])
    return NOTHING


def try_statement(low: Lowering, node: Node) -> Steps:
    """``try … catch … finally``."""
    context = low.context
    flow = context.flow
    body, handler = node.child_by_field_name("body"), node.child_by_field_name("handler")
    tried = flow.push("try")
    if body is not None:
        yield body
    flow.pop()
    branches = [tried]
    caught = flow.begin_catch(tried)
    if handler is not None:
        outer = context.scope
        context.scope = Scope(outer, space=outer.space)
        parameter, inner = (
            handler.child_by_field_name("parameter"),
            handler.child_by_field_name("body"),
        )
        if parameter is not None:
            yield from bind(low, parameter, low.heap.var(("thrown", low.path)), "let")
        if inner is not None:
            yield inner
        context.scope = outer
        branches.append(caught)
    flow.pop()
    flow.join(branches)
    last = node.child_by_field_name("finalizer")
    if last is not None:
        top = flow.frames[-1]
        dead, top.dead = top.dead, False
        yield last
        top.dead = top.dead or dead
    return NOTHING


def throw(low: Lowering, node: Node) -> Steps:
    """``throw``: handlers of the file may catch it."""
    inner = part_at(node, 0)
    if inner is not None:
        value = yield inner
        low.copy(value, low.heap.var(("thrown", low.path)))
    low.context.flow.frames[-1].dead = True
    return NOTHING


def return_statement(low: Lowering, node: Node) -> Steps:
    """``return``."""
    inner = part_at(node, 0)
    if inner is not None:
        value = yield inner
        returned(low, value)
    low.context.flow.frames[-1].dead = True
    return NOTHING


def leave(low: Lowering, node: Node) -> int:
    """``break`` and ``continue``."""
    label = node.child_by_field_name("label")
    low.context.flow.leave(node.type.removesuffix("_statement"), low.text(label))
    return NOTHING


def decorator(low: Lowering, node: Node) -> Steps:
    """A decorator in front of what is exported."""
    yield from decorate(low, node, NOTHING)
    return NOTHING


HANDLERS: Final[dict[str, Handler]] = {
    "program": program,
    "statement_block": block,
    "expression_statement": expression_statement,
    "lexical_declaration": declaration,
    "variable_declaration": declaration,
    "using_declaration": declaration,
    **dict.fromkeys(FUNCTION_DECLARATIONS, function_declaration),
    **dict.fromkeys(CLASS_DECLARATIONS, class_declaration),
    "enum_declaration": enum,
    "internal_module": namespace,
    "module": namespace,
    "ambient_declaration": ambient,
    "interface_declaration": read_interface,
    "type_alias_declaration": read_alias,
    "import_statement": nothing,
    "export_statement": export,
    "if_statement": if_statement,
    "switch_statement": switch,
    **dict.fromkeys(("for_statement", "while_statement", "do_statement"), loop),
    "for_in_statement": for_in,
    "labeled_statement": labeled,
    "try_statement": try_statement,
    "throw_statement": throw,
    "return_statement": return_statement,
    "break_statement": leave,
    "continue_statement": leave,
    "decorator": decorator,
    **dict.fromkeys(
        [
            "comment",
            "regex",
            "true",
            "false",
            "null",
            "undefined",
            "function_signature",
            "meta_property",
            "property_identifier",
            "type_annotation",
            "type_arguments",
            "statement_identifier",
            "jsx_text",
            "predefined_type",
            "empty_statement",
            "debugger_statement",
            "type_parameters",
            "hash_bang_line",
            "jsx_closing_element",
            "string_fragment",
            "escape_sequence",
            "html_comment",
        ],
        nothing,
    ),
    "identifier": of.identifier,
    "this": of.this,
    "string": of.string,
    "number": of.number,
    "template_string": of.template,
    "arrow_function": of.function,
    "function_expression": of.function,
    "generator_function": of.function,
    "class": make_class,
    "object": make_object,
    "array": of.array,
    "call_expression": invocations.call,
    "new_expression": invocations.new,
    "member_expression": of.member,
    "subscript_expression": of.subscript,
    "assignment_expression": of.assignment,
    "augmented_assignment_expression": of.augmented,
    "update_expression": of.update,
    "binary_expression": of.binary,
    "unary_expression": of.unary,
    "ternary_expression": of.ternary,
    "sequence_expression": of.sequence,
    "await_expression": of.await_expression,
    "yield_expression": of.yield_expression,
    "parenthesized_expression": of.inner,
    "non_null_expression": of.inner,
    "instantiation_expression": of.inner,
    "as_expression": of.cast_expression,
    "satisfies_expression": of.inner,
    "type_assertion": of.assertion,
    "jsx_element": invocations.jsx,
    "jsx_self_closing_element": invocations.jsx,
    "jsx_expression": of.inner,
    "import_alias": of.import_alias,
}

__all__ = ["HANDLERS", "KEY", "children"]
