"""What Python's syntax nodes tell of a slot."""

from __future__ import annotations

from typing import Final

import tree_sitter

from atomization.criteria.facts import Facts, Grammar, Handler, Nodes, dotted, spelled
from atomization.pieces import IGNORED

MUTATORS: Final = frozenset(
    {
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "popitem",
        "clear",
        "sort",
        "reverse",
        "update",
        "setdefault",
        "add",
        "discard",
        "appendleft",
        "popleft",
        "extendleft",
        "rotate",
        "intersection_update",
        "difference_update",
        "symmetric_difference_update",
    }
)
_PLAIN: Final = frozenset(
    {
        "true",
        "false",
        "none",
        "integer",
        "float",
        "string",
        "concatenated_string",
        "comparison_operator",
        "not_operator",
        "list",
        "dictionary",
        "set",
        "tuple",
        "expression_list",
        "list_comprehension",
        "dictionary_comprehension",
        "set_comprehension",
        "generator_expression",
        "lambda",
    }
)
_MAKERS: Final = frozenset(
    {
        "all",
        "any",
        "bool",
        "bytes",
        "dict",
        "float",
        "format",
        "frozenset",
        "hasattr",
        "int",
        "isinstance",
        "issubclass",
        "len",
        "list",
        "range",
        "repr",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "type",
    }
)
_PATTERNS: Final = frozenset(
    {
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "list_splat_pattern",
        "dictionary_splat_pattern",
        "as_pattern_target",
        "parenthesized_expression",
        "expression_list",
        "tuple",
        "list",
    }
)
_OBJECTS: Final = frozenset({"", "…", "self", "cls", "super", "super()"})
_ENDS: Final = frozenset({"return_statement", "raise_statement"})


def _target(node: tree_sitter.Node | None, facts: Facts, source: bytes) -> None:
    """Note what an assignment, a loop or a ``del`` is aimed at."""
    stack = [node] if node is not None else []
    while stack:
        part = stack.pop()
        if part.type == "identifier":
            facts.binds.add(spelled(part, source))
        elif part.type == "attribute":
            facts.stores[dotted(part, source)] = None
        elif part.type == "subscript":
            facts.stores[dotted(part.children[0], source) + "[]"] = None
        elif part.type in _PATTERNS:
            stack.extend(part.named_children)


def _assignment(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    _target(node.children[0], facts, source)


def _loop(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    _target(node.child_by_field_name("left"), facts, source)


def _alias(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    _target(node.child_by_field_name("alias") or node.children[-1], facts, source)


def _deleted(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    for child in node.named_children:
        _target(child, facts, source)


def _named(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    name = node.child_by_field_name("name")
    if name is not None and name.type == "identifier":
        facts.binds.add(spelled(name, source))


def _capture(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> Nodes | None:
    """Note the name that a pattern of one plain word binds."""
    inner = node.children[-1]
    if node.child_count != 1 and node.type == "case_pattern":
        return None
    if inner.type == "identifier" or (inner.type == "dotted_name" and inner.child_count == 1):
        facts.binds.add(spelled(inner, source))
        return ()
    return None


def _imported(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> Nodes:
    for child in node.children_by_field_name("name"):
        name = child.child_by_field_name("alias") or child
        facts.binds.add(spelled(name, source).split(".", 1)[0].strip())
    return ()


def _attribute(node: tree_sitter.Node, *_: object) -> Nodes:
    return node.children[:1]


def _last(node: tree_sitter.Node, *_: object) -> Nodes:
    return node.children[-1:]


def _call(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> None:
    callee = node.children[0]
    text = dotted(callee, source)
    facts.calls[text] = facts.calls.get(text, True) and node.children[-1].named_child_count > 0
    owner, __, method = text.rpartition(".")
    if owner not in _OBJECTS and method in MUTATORS:
        facts.stores[owner] = None
    elif text in ("setattr", "delattr"):
        target = next(iter(node.children[-1].named_children), None)
        if target is not None:
            facts.stores[f"{dotted(target, source)}.…"] = None


def _rebound(node: tree_sitter.Node, facts: Facts, _: bool, source: bytes) -> Nodes:
    for child in node.named_children:
        facts.rebinds[spelled(child, source)] = None
    return ()


def _returned(node: tree_sitter.Node, facts: Facts, inner: bool, source: bytes) -> None:
    if inner:
        return
    value = next((child for child in node.named_children if child.type not in IGNORED), None)
    if value is None:
        facts.bare += 1
        return
    facts.values += 1
    facts.plain += _is_plain(value, source)


def _is_plain(value: tree_sitter.Node, source: bytes) -> bool:
    if value.type == "identifier":
        return spelled(value, source) == "self"
    if value.type == "binary_operator":
        return value.children[0].type in ("string", "concatenated_string")
    if value.type != "call":
        return value.type in _PLAIN
    callee = value.children[0]
    if callee.type == "attribute" and callee.children[0].type == "string":
        return True
    name = dotted(callee, source)
    return name in _MAKERS or name == "cls" or name.rpartition(".")[2][:1].isupper()


def _yielded(_: tree_sitter.Node, facts: Facts, inner: bool, __: bytes) -> None:
    facts.yields += not inner


def _raised(_: tree_sitter.Node, facts: Facts, inner: bool, __: bytes) -> None:
    facts.raises += not inner


def _asserted(_: tree_sitter.Node, facts: Facts, __: bool, ___: bytes) -> None:
    facts.asserts += 1


def _skipped(*_: object) -> Nodes:
    return ()


def _parameters(node: tree_sitter.Node, facts: Facts, source: bytes) -> None:
    """Note the names that a function's parameters bind, and its own."""
    name = node.child_by_field_name("name")
    if name is not None:
        facts.binds.add(spelled(name, source))
    found = node.child_by_field_name("parameters")
    stack = list(found.named_children) if found is not None else []
    while stack:
        part = stack.pop()
        if part.type == "identifier":
            facts.binds.add(spelled(part, source))
        elif part.type in ("default_parameter", "typed_default_parameter"):
            stack.extend(part.children_by_field_name("name"))
        elif part.type == "typed_parameter":
            stack.append(part.children[0])
        elif part.type in _PATTERNS:
            stack.extend(part.named_children)


def _falls(function: tree_sitter.Node) -> bool:
    """Tell whether a function's end can be reached: one of its last statements goes on."""
    stack = [function.child_by_field_name("body")]
    while stack:
        suite = stack.pop()
        parts = [part for part in suite.named_children if part.type not in IGNORED] if suite else []
        if not parts:
            return True
        last = parts[-1]
        arms = _arms(last)
        if last.type in _ENDS or _endless(last):
            continue
        if not arms:
            return True
        stack.extend(arms)
    return False


def _arms(node: tree_sitter.Node) -> list[tree_sitter.Node | None]:
    """Give the suites one of which a statement ends with; none if it may end without."""
    kind = node.type
    parts = node.named_children
    if kind == "with_statement":
        return [node.child_by_field_name("body")]
    if kind == "if_statement" and parts[-1].type == "else_clause":
        suites = [node.child_by_field_name("consequence")]
        return suites + [_suite(part) for part in parts if part.type.endswith("_clause")]
    if kind == "try_statement":
        found = [part for part in parts if part.type.startswith("except")]
        tail = next((part for part in parts if part.type == "else_clause"), None)
        body = _suite(tail) if tail is not None else node.child_by_field_name("body")
        return [body, *(_suite(part) for part in found)]
    if kind == "match_statement":
        body = node.child_by_field_name("body")
        cases = list(body.named_children) if body is not None else []
        whole = bool(cases) and (cases[-1].text or b"").startswith(b"case _")
        return [_suite(case) for case in cases] if whole else []
    return []


def _endless(node: tree_sitter.Node) -> bool:
    """Tell whether a statement is a ``while True`` without a break."""
    condition = node.child_by_field_name("condition") if node.type == "while_statement" else None
    endless = condition is not None and condition.type == "true"
    return endless and b"break" not in (node.text or b"")


def _suite(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return next((child for child in node.children if child.type == "block"), None)


_HANDLERS: Final[dict[str, Handler]] = {
    "assignment": _assignment,
    "augmented_assignment": _assignment,
    "named_expression": _assignment,
    "for_statement": _loop,
    "for_in_clause": _loop,
    "as_pattern": _alias,
    "delete_statement": _deleted,
    "class_definition": _named,
    "case_pattern": _capture,
    "keyword_pattern": _capture,
    "splat_pattern": _capture,
    "import_statement": _imported,
    "import_from_statement": _imported,
    "future_import_statement": _skipped,
    "attribute": _attribute,
    "keyword_argument": _last,
    "call": _call,
    "global_statement": _rebound,
    "nonlocal_statement": _rebound,
    "return_statement": _returned,
    "yield": _yielded,
    "raise_statement": _raised,
    "assert_statement": _asserted,
    "type": _skipped,
}

GRAMMAR: Final = Grammar(
    suites=frozenset({"module", "block"}),
    clauses=frozenset(
        {
            "elif_clause",
            "else_clause",
            "except_clause",
            "except_group_clause",
            "finally_clause",
            "case_clause",
        }
    ),
    functions=frozenset({"function_definition", "lambda"}),
    containers=frozenset({"module", "function_definition", "class_definition"}),
    names=frozenset({"identifier"}),
    handlers=_HANDLERS,
    parameters=_parameters,
    falls=_falls,
)
