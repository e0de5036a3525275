"""What the syntax nodes of TypeScript and JavaScript tell of a slot."""

from __future__ import annotations

from typing import Final

import tree_sitter

from atomization.criteria.facts import Facts, Grammar, Handler, Nodes, dotted, spelled
from atomization.pieces import IGNORED

MUTATORS: Final = frozenset(
    {
        "push",
        "pop",
        "shift",
        "unshift",
        "splice",
        "sort",
        "reverse",
        "fill",
        "copyWithin",
        "set",
        "delete",
        "clear",
        "add",
    }
)
_FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function_declaration",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
_PLAIN: Final = frozenset(
    {
        "true",
        "false",
        "null",
        "undefined",
        "number",
        "string",
        "template_string",
        "object",
        "array",
        "arrow_function",
        "function_expression",
        "regex",
        "new_expression",
        "jsx_element",
        "jsx_self_closing_element",
        "jsx_fragment",
        "this",
        "as_expression",
        "satisfies_expression",
    }
)
_COMPARISONS: Final = frozenset(
    {"==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "instanceof"}
)
_ARITHMETIC: Final = frozenset({"-", "*", "/", "%", "**", "|", "&", "^", "<<", ">>", ">>>"})
_OBJECTS: Final = frozenset({"", "…", "this", "super"})
_ENDS: Final = frozenset({"return_statement", "throw_statement"})
_BOUND: Final = frozenset({"identifier", "shorthand_property_identifier_pattern"})
_NAMES: Final = _BOUND | {"this", "shorthand_property_identifier"}


def _bound(node: tree_sitter.Node | None, facts: Facts, source: bytes) -> None:
    """Note the names that a declaration or a parameter binds."""
    stack = [node] if node is not None else []
    while stack:
        part = stack.pop()
        if part.type in _BOUND or part.type == "type_identifier":
            facts.binds.add(spelled(part, source))
        elif part.type in ("required_parameter", "optional_parameter"):
            _parameter_property(part, facts, source)
            stack.extend(part.children_by_field_name("pattern"))
        elif part.type in ("assignment_pattern", "object_assignment_pattern"):
            stack.extend(part.children[:1])
        elif part.type == "pair_pattern":
            stack.extend(part.children_by_field_name("value"))
        elif part.type in ("object_pattern", "array_pattern", "rest_pattern"):
            stack.extend(part.named_children)


def _parameter_property(node: tree_sitter.Node, facts: Facts, source: bytes) -> None:
    if any(child.type in ("accessibility_modifier", "readonly") for child in node.children):
        name = node.child_by_field_name("pattern")
        if name is not None:
            facts.stores[f"this.{spelled(name, source)}"] = None


def _declared(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    _bound(node.child_by_field_name("name"), facts, source)


def _parameters(node: tree_sitter.Node, facts: Facts, source: bytes) -> None:
    """Note the names that a function's parameters bind, and its own."""
    name = node.child_by_field_name("name")
    if name is not None and name.type == "identifier":
        facts.binds.add(spelled(name, source))
    found = node.child_by_field_name("parameters")
    for part in found.named_children if found is not None else ():
        _bound(part, facts, source)
    _bound(node.child_by_field_name("parameter"), facts, source)


def _caught(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    _bound(node.child_by_field_name("parameter"), facts, source)


def _loop(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    left = node.child_by_field_name("left")
    if node.child_by_field_name("kind") is not None:
        _bound(left, facts, source)
    else:
        _target(left, facts, source)


def _assigned(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    _target(node.children[0], facts, source)


def _updated(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    _target(node.child_by_field_name("argument"), facts, source)


def _unary(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    if node.children[0].type == "delete":
        _target(node.child_by_field_name("argument"), facts, source)


def _target(node: tree_sitter.Node | None, facts: Facts, source: bytes) -> None:
    """Note what an assignment is aimed at; a bare name may be one of an outer function."""
    stack = [node] if node is not None else []
    while stack:
        part = stack.pop()
        if part.type in _BOUND:
            facts.rebinds[spelled(part, source)] = None
        elif part.type == "member_expression":
            facts.stores[dotted(part, source)] = None
        elif part.type == "subscript_expression":
            facts.stores[dotted(part.children[0], source) + "[]"] = None
        elif part.type == "pair_pattern":
            stack.extend(part.children_by_field_name("value"))
        elif part.type in ("object_pattern", "array_pattern", "parenthesized_expression"):
            stack.extend(part.named_children)


def _call(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    callee = node.children[0]
    text = dotted(callee, source)
    arguments = node.child_by_field_name("arguments")
    given = arguments is not None and arguments.named_child_count > 0
    facts.calls[text] = facts.calls.get(text, True) and given
    owner, __, method = text.rpartition(".")
    if owner not in _OBJECTS and method in MUTATORS:
        facts.stores[owner] = None
    elif text in ("Object.assign", "Object.defineProperty") and arguments is not None:
        target = next(iter(arguments.named_children), None)
        if target is not None and target.type != "object":
            facts.stores[f"{dotted(target, source)}.…"] = None


def _made(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    maker = node.child_by_field_name("constructor")
    arguments = node.child_by_field_name("arguments")
    if maker is not None:
        text = f"new {dotted(maker, source)}"
        given = arguments is not None and arguments.named_child_count > 0
        facts.calls[text] = facts.calls.get(text, True) and given


def _returned(node: tree_sitter.Node, facts: Facts, inner: bool, source: bytes) -> None:
    if inner:
        return
    value = next((child for child in node.named_children if child.type not in IGNORED), None)
    if value is None:
        facts.bare += 1
    else:
        _value(value, facts)


def _value(node: tree_sitter.Node, facts: Facts) -> None:
    while node.type == "parenthesized_expression" and node.named_child_count == 1:
        node = node.named_children[0]
    facts.values += 1
    plain = node.type in _PLAIN
    operator = node.child_by_field_name("operator")
    if operator is not None and node.type == "binary_expression":
        plain = operator.type in _COMPARISONS or operator.type in _ARITHMETIC
    elif operator is not None and node.type == "unary_expression":
        plain = operator.type in ("!", "typeof", "-", "+", "~")
    facts.plain += plain


def _arrow(node: tree_sitter.Node, facts: Facts, inner: bool, source: bytes) -> None:
    body = node.child_by_field_name("body")
    if not inner and body is not None and body.type != "statement_block":
        _value(body, facts)


def _yielded(_: tree_sitter.Node, facts: Facts, inner: bool, __: bytes) -> None:
    facts.yields += not inner


def _raised(_: tree_sitter.Node, facts: Facts, inner: bool, __: bytes) -> None:
    facts.raises += not inner


def _skipped(*_: object) -> Nodes:
    return ()


def _falls(function: tree_sitter.Node) -> bool:
    """Tell whether a function's end can be reached: one of its last statements goes on."""
    body = function.child_by_field_name("body")
    if body is None or body.type != "statement_block":
        return False
    stack: list[tree_sitter.Node | None] = [body]
    while stack:
        node = stack.pop()
        if node is None:
            return True
        if node.type in _ENDS or _endless(node):
            continue
        arms = _arms(node)
        if not arms:
            return True
        stack.extend(arms)
    return False


def _arms(node: tree_sitter.Node) -> list[tree_sitter.Node | None]:
    """Give the statements one of which a statement ends with; none if it may end without."""
    kind = node.type
    if kind in ("statement_block", "else_clause", "switch_default", "switch_case", "catch_clause"):
        parts = [part for part in node.named_children if part.type not in IGNORED]
        return [parts[-1]] if parts else [None]
    if kind == "if_statement":
        return [node.child_by_field_name("consequence"), node.child_by_field_name("alternative")]
    if kind == "try_statement":
        handler = node.child_by_field_name("handler")
        return [node.child_by_field_name("body"), *([handler] if handler is not None else [])]
    if kind == "switch_statement":
        body = node.child_by_field_name("body")
        cases = body.named_children if body is not None else []
        whole = any(case.type == "switch_default" for case in cases)
        return [cases[-1]] if whole and b"break" not in (node.text or b"") else []
    return []


def _endless(node: tree_sitter.Node) -> bool:
    """Tell whether a statement is a ``while (true)`` or ``for (;;)`` without a break."""
    if node.type not in ("while_statement", "for_statement"):
        return False
    text = node.text or b""
    head = text[:20].replace(b" ", b"")
    return head.startswith((b"while(true)", b"for(;;)")) and b"break" not in text


_HANDLERS: Final[dict[str, Handler]] = {
    "variable_declarator": _declared,
    "class_declaration": _declared,
    "catch_clause": _caught,
    "for_in_statement": _loop,
    "assignment_expression": _assigned,
    "augmented_assignment_expression": _assigned,
    "update_expression": _updated,
    "unary_expression": _unary,
    "call_expression": _call,
    "new_expression": _made,
    "return_statement": _returned,
    "arrow_function": _arrow,
    "yield_expression": _yielded,
    "throw_statement": _raised,
    "import_statement": _skipped,
    "type_annotation": _skipped,
    "type_arguments": _skipped,
    "type_parameters": _skipped,
    "interface_declaration": _skipped,
    "type_alias_declaration": _skipped,
}

GRAMMAR: Final = Grammar(
    suites=frozenset({"program", "statement_block", "class_body", "switch_body"}),
    clauses=frozenset(
        {"else_clause", "catch_clause", "finally_clause", "switch_case", "switch_default"}
    ),
    functions=_FUNCTIONS,
    containers=_FUNCTIONS
    | {
        "program",
        "class_declaration",
        "abstract_class_declaration",
        "class",
        "internal_module",
        "module",
    },
    names=_NAMES,
    handlers=_HANDLERS,
    parameters=_parameters,
    falls=_falls,
)
