"""Functions: what is declared before a block is read, their parameters and bodies."""

from __future__ import annotations

from dependencies.points_to.script.annotations import (
    classes_of,
    declare_parameters,
    declared,
)
from dependencies.points_to.script.flow import Variable
from dependencies.points_to.script.iterating import Await
from dependencies.points_to.script.jsdoc import RESULT, documented, typed_as
from dependencies.points_to.script.lowering import Context, Lowering, Node, Scope
from dependencies.points_to.script.model import Class, Function, Kind, Parameter
from dependencies.points_to.script.patterns import bind, drive
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.script.words import CLASS_DECLARATIONS, FUNCTION_DECLARATIONS, names_of


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
    context.prefix, context.named = function.label, function.name
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
