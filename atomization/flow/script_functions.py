"""Functions, classes, modules and lists of statements: what opens a scope, and what is hoisted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import tree_sitter

from atomization.flow.model import EffectKind
from atomization.flow.script_declarations import (
    block_names,
    function_declarations,
    imported_names,
    parameter_names,
    pattern_names,
)
from atomization.flow.script_expressions import define
from atomization.flow.script_paths import text_of, token_of
from atomization.flow.script_walk import Walker

Node = tree_sitter.Node
_EXPRESSIONS: Final = frozenset({"function_expression", "generator_function"})
_ASSIGNING: Final = frozenset({"accessibility_modifier", "readonly", "override_modifier"})


def statements(
    walker: Walker, nodes: Sequence[Node], *after: tuple[Any, ...], tasks: Sequence[Any] = ()
) -> None:
    """Read a list of statements: hoisted functions first, then each in turn, then ``after``.

    ``tasks`` is what to read in the place of the statements themselves.
    """
    hoisted = function_declarations(nodes)
    walker.visit(*((_hoist, walker, part) for part in hoisted), *(tasks or nodes), *after)


def block(walker: Walker, node: Node) -> None:
    """``{ … }`` with names of its own."""
    nodes = node.named_children
    names = block_names(nodes)
    if not names:
        walker.visit_all(nodes)
        return
    statements(walker, nodes, (walker.close_block, walker.open_block(names, node)))


def _hoist(walker: Walker, node: Node) -> None:
    """Read a function before the statements of its block, as the block may use it at once."""
    walker.flush()
    walker.at(node)
    walker.visit((function, walker, node), (walker.hoist, node))


def function_declaration(walker: Walker, node: Node) -> None:
    """``function f() {}``: bound already; bound again here, for those who read the text."""
    if node.id not in walker.closures:
        walker.visit((function, walker, node), (_bind_function, walker, node))
        return
    walker.at(node)
    walker.closure(node)
    _bind_function(walker, node)


def _bind_function(walker: Walker, node: Node) -> None:
    name = node.child_by_field_name("name")
    if name is not None and name.text in walker.context.env:
        walker.bind(name)


def function(walker: Walker, node: Node) -> None:
    """A function, seen from around it as a closure, from inside as a scope of its own."""
    walker.at(node)
    if not walker.enter(node, arrow=node.type == "arrow_function"):
        return
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    parameters = node.child_by_field_name("parameters")
    single = node.child_by_field_name("parameter")
    own = [name] if node.type in _EXPRESSIONS and name is not None else []
    nodes = body.named_children if body is not None and body.type == "statement_block" else []
    walker.declare([*own, *parameter_names(parameters), *pattern_names(single)])
    walker.declare(block_names(nodes))
    walker.begin(node)
    for part in own:
        walker.bind(part)
    first = [(define, walker, single)] if single is not None else []
    for part in parameters.named_children if parameters is not None else ():
        first.append((_parameter, walker, part))
    if nodes:
        walker.visit(*first, (statements, walker, nodes), (walker.leave,))
    else:
        walker.visit(*first, body, (walker.leave,))


def _parameter(walker: Walker, node: Node) -> None:
    """A parameter; its default is evaluated when no argument comes, in the scope of the others."""
    pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
    if pattern is None:
        if node.type != "comment":
            define(walker, node)
        return
    if pattern.type == "this":
        return
    walker.visit((walker.maybe, value), (define, walker, pattern))
    if any(part.type in _ASSIGNING for part in node.children):
        walker.visit((_parameter_property, walker, pattern))


def _parameter_property(walker: Walker, pattern: Node) -> None:
    """``constructor(private a)`` assigns ``this.a``."""
    walker.own(EffectKind.THIS, pattern)
    for name in pattern_names(pattern):
        text = text_of(name.text)
        walker.context.mutates.append(f"this.{text}")


def method(walker: Walker, node: Node) -> None:
    """A method of a class or object; its computed name and decorators are evaluated at once."""
    walker.visit(*_evaluated(node), *_parameter_decorators(node), (function, walker, node))


def _evaluated(node: Node) -> list[Node]:
    name = node.child_by_field_name("name") or node.child_by_field_name("property")
    found = [part for part in node.named_children if part.type == "decorator"]
    return [*found, name] if name is not None and name.type == "computed_property_name" else found


def _parameter_decorators(node: Node) -> list[Node]:
    parameters = node.child_by_field_name("parameters")
    if parameters is None or b"@" not in (parameters.text or b""):
        return []
    return [
        part
        for parameter in parameters.named_children
        for part in parameter.named_children
        if part.type == "decorator"
    ]


def class_(walker: Walker, node: Node) -> None:
    """A class: heritage, names and decorators now, fields and methods as closures."""
    walker.at(node)
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    parts = [part for part in node.named_children if part.type in ("decorator", "class_heritage")]
    if node.type == "class":
        hidden = walker.open_block([name] if name is not None else [], node)
        bind = (walker.bind, name) if name is not None else None
        walker.visit(bind, *parts, body, (walker.close_block, hidden))
    else:
        walker.visit(*parts, body, (walker.bind, name) if name is not None else None)


def field(walker: Walker, node: Node) -> None:
    """A class field: its value is computed later, with the ``this`` of the object."""
    walker.visit(*_evaluated(node), (_field_value, walker, node))


def _field_value(walker: Walker, node: Node) -> None:
    value = node.child_by_field_name("value")
    if value is None or any(part.type == "declare" for part in node.children[:2]):
        return
    walker.at(node)
    if walker.enter(node):
        walker.begin(node)
        walker.visit(value, (walker.leave,))


def static_block(walker: Walker, node: Node) -> None:
    """``static { … }``: a function of its own that is called at once."""
    walker.at(node)
    body = node.child_by_field_name("body")
    if body is None or not walker.enter(node):
        return
    walker.declare(block_names(body.named_children))
    walker.begin(node)
    walker.visit((statements, walker, body.named_children), (walker.leave,))


def namespace(walker: Walker, node: Node) -> None:
    """``namespace N { … }``: a function of its own whose names stay reachable."""
    walker.at(node)
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    while name is not None and name.type == "nested_identifier":
        name = name.child_by_field_name("object")
    if name is not None and name.type == "identifier":
        walker.bind(name)
    if body is None or not walker.enter(node, module=True):
        return
    walker.declare(block_names(body.named_children))
    walker.begin(node)
    walker.visit((statements, walker, body.named_children), (walker.leave,))


def enum(walker: Walker, node: Node) -> None:
    """``enum E { A, B = A + x }``: members are names inside, and no names outside."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    members: list[Node] = []
    values: list[Node] = []
    for part in body.named_children if body is not None else ():
        member = part.child_by_field_name("name") if part.type == "enum_assignment" else part
        value = part.child_by_field_name("value") if part.type == "enum_assignment" else None
        members += [member] if member is not None and member.type == "property_identifier" else []
        values += [value] if value is not None else []
    hidden = walker.open_block(members, node)
    end = (walker.bind, name) if name is not None else None
    walker.visit(*values, (walker.close_block, hidden), end)


def import_(walker: Walker, node: Node) -> None:
    """``import … from …``: binds names; what is imported as a type only is erased."""
    for name in imported_names(node):
        walker.bind(name)


def import_alias(walker: Walker, node: Node) -> None:
    """``import a = b.c``."""
    name, *value = node.named_children
    walker.visit(*value, (walker.bind, name) if name.type == "identifier" else None)


def export(walker: Walker, node: Node) -> None:
    """``export …``: what is declared or named is used; re-exports name nothing of this file."""
    types = any(part.type == "type" for part in node.children[1:2])
    if node.child_by_field_name("source") is None and not types:
        walker.visit_all(node.named_children)


def export_specifier(walker: Walker, node: Node) -> None:
    """``export { a as b }`` uses ``a``."""
    name, first = node.child_by_field_name("name"), token_of(node)
    if name is not None and name.type == "identifier" and (first is None or first.type != "type"):
        walker.use(name)


HANDLERS: Final[dict[str, Callable[[Walker, Node], None] | None]] = {
    "statement_block": block,
    "function_declaration": function_declaration,
    "generator_function_declaration": function_declaration,
    "function_expression": function,
    "generator_function": function,
    "arrow_function": function,
    "method_definition": method,
    "class_declaration": class_,
    "abstract_class_declaration": class_,
    "class": class_,
    "public_field_definition": field,
    "field_definition": field,
    "class_static_block": static_block,
    "internal_module": namespace,
    "module": namespace,
    "enum_declaration": enum,
    "import_statement": import_,
    "import_alias": import_alias,
    "export_statement": export,
    "export_specifier": export_specifier,
}
