"""Which names a list of statements, a pattern or a function of a script declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import tree_sitter

from atomization.flow.script_paths import first_of, token_of
from atomization.parser import query
from atomization.reading import Reading

FUNCTIONS: Final = frozenset({"function_declaration", "generator_function_declaration"})
CLASSES: Final = frozenset({"class_declaration", "abstract_class_declaration"})
NAMESPACES: Final = frozenset({"internal_module", "module"})
_NAMED: Final = FUNCTIONS | CLASSES | {"enum_declaration"}
_LEXICAL: Final = frozenset({"lexical_declaration", "using_declaration"})
_LEAVES: Final = frozenset({"identifier", "shorthand_property_identifier_pattern"})
_ASSIGNMENTS: Final = (
    re.compile(rb"=(?:(?<![=!<>]=)|(?<=<<=)|(?<=>>=))(?![=>])"),
    re.compile(rb"\+\+"),
    re.compile(rb"--"),
)
_SCOPES: Final = """
[(function_declaration) (function_expression) (generator_function) (class_static_block)
 (generator_function_declaration) (arrow_function) (method_definition) {namespaces}] @function
(variable_declaration (variable_declarator name: (_) @name))
(for_in_statement kind: "var" left: (_) @name)
"""


def pattern_names(node: tree_sitter.Node | None) -> list[tree_sitter.Node]:
    """Give the names that a pattern binds when it stands in a declaration."""
    if node is None:
        return []
    if node.type == "identifier":
        return [node]
    found: list[tree_sitter.Node] = []
    stack = [node]
    while stack:
        part = stack.pop()
        kind = part.type
        if kind in _LEAVES:
            found.append(part)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            left = part.child_by_field_name("left")
            stack.extend([left] if left is not None else [])
        elif kind == "pair_pattern":
            value = part.child_by_field_name("value")
            stack.extend([value] if value is not None else [])
        elif kind in ("object_pattern", "array_pattern", "rest_pattern"):
            stack.extend(reversed(part.named_children))
    return found


def parameter_names(parameters: tree_sitter.Node | None) -> list[tree_sitter.Node]:
    """Give the names that the parameters of a function bind."""
    found: list[tree_sitter.Node] = []
    for part in parameters.named_children if parameters is not None else ():
        pattern = part.child_by_field_name("pattern") if part.type in _PARAMETERS else part
        found += pattern_names(pattern)
    return found


_PARAMETERS: Final = frozenset({"required_parameter", "optional_parameter"})


def block_names(statements: Iterable[tree_sitter.Node]) -> list[tree_sitter.Node]:
    """Give the names that a list of statements declares for itself: all but ``var``."""
    found: list[tree_sitter.Node] = []
    for statement in statements:
        found += _statement_names(statement)
    return found


def _statement_names(statement: tree_sitter.Node) -> list[tree_sitter.Node]:
    kind = statement.type
    if kind == "expression_statement":
        return _expression_names(statement)
    if kind == "export_statement":
        inner = statement.child_by_field_name("declaration")
        return _statement_names(inner) if inner is not None else []
    if kind in _LEXICAL:
        found: list[tree_sitter.Node] = []
        for part in statement.named_children:
            found += pattern_names(part.child_by_field_name("name"))
        return found
    if kind in _NAMED:
        name = statement.child_by_field_name("name")
        return [name] if name is not None else []
    if kind == "import_statement":
        return imported_names(statement)
    if kind == "import_alias":
        return [part for part in statement.named_children[:1] if part.type == "identifier"]
    return _namespace_names(statement) if kind in NAMESPACES else []


def _expression_names(statement: tree_sitter.Node) -> list[tree_sitter.Node]:
    """Give what an expression statement declares: a namespace, or ``using`` to an old grammar."""
    inner = first_of(statement)
    if inner is not None and inner.type == "await_expression":
        inner = first_of(inner)
    if inner is None:
        return []
    if inner.type in NAMESPACES:
        return _namespace_names(inner)
    return pattern_names(inner.child_by_field_name("left")) if is_using(inner) else []


def is_using(node: tree_sitter.Node) -> bool:
    """Tell whether an assignment is a declaration by ``using`` that the grammar does not know."""
    if node.type != "assignment_expression":
        return False
    first = token_of(node)
    return first is not None and first.type == "using"


def _namespace_names(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    name = node.child_by_field_name("name")
    while name is not None and name.type == "nested_identifier":
        name = name.child_by_field_name("object")
    return [name] if name is not None and name.type == "identifier" else []


def imported_names(statement: tree_sitter.Node) -> list[tree_sitter.Node]:
    """Give the names that an import binds to values; type-only imports are erased."""
    if any(part.type == "type" for part in statement.children[1:2]):
        return []
    found: list[tree_sitter.Node] = []
    stack = [part for part in statement.named_children if part.type.startswith("import_")]
    while stack:
        part = stack.pop()
        if part.type == "identifier":
            found.append(part)
        elif part.type == "import_specifier":
            name = part.child_by_field_name("alias") or part.child_by_field_name("name")
            first = token_of(part)
            if name is not None and (first is None or first.type != "type"):
                found.append(name)
        elif part.type == "import_require_clause":
            found += [child for child in part.named_children[:1] if child.type == "identifier"]
        else:
            stack.extend(part.named_children)
    return found


def function_declarations(statements: Sequence[tree_sitter.Node]) -> list[tree_sitter.Node]:
    """Give the function declarations of a list of statements, which are hoisted to its top."""
    found: list[tree_sitter.Node] = []
    for statement in statements:
        if statement.type in FUNCTIONS:
            found.append(statement)
        elif statement.type == "export_statement":
            inner = statement.child_by_field_name("declaration")
            if inner is not None and inner.type in FUNCTIONS:
                found.append(inner)
    return found


def assignments(source: bytes) -> list[int]:
    """Give the bytes, in order, at which an assignment may stand: signs that look like one."""
    return sorted(match.start() for sign in _ASSIGNMENTS for match in sign.finditer(source))


def variables(reading: Reading) -> dict[int, list[tree_sitter.Node]]:
    """Give the names that ``var`` declares, by the id of the function (or root) around."""
    if b"var" not in reading.source:
        return {}
    namespaces = "" if reading.language == "javascript" else "(internal_module) (module)"
    pattern = _SCOPES.replace("{namespaces}", namespaces)
    cursor = tree_sitter.QueryCursor(query(reading.language, pattern))
    root = reading.tree.root_node
    captured = cursor.captures(root)
    marked = [
        (node.start_byte, -node.end_byte, node, True) for node in captured.get("function", [])
    ]
    marked += [(node.start_byte, -node.end_byte, node, False) for node in captured.get("name", [])]
    marked.sort(key=lambda mark: mark[:2])
    found: dict[int, list[tree_sitter.Node]] = {}
    open_: list[tuple[int, int]] = []
    for start, _, node, function in marked:
        while open_ and open_[-1][0] <= start:
            open_.pop()
        if function:
            open_.append((node.end_byte, node.id))
        else:
            owner = open_[-1][1] if open_ else root.id
            found.setdefault(owner, []).extend(pattern_names(node))
    return found
