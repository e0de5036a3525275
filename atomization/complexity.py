"""Cyclomatic complexity: the decisions of a syntax tree, counted as the languages' own tools count.

Python follows radon 6, TypeScript and JavaScript follow eslint's rule ``complexity`` in its variant
"classic". A decision is one node; who owns it is a matter of where it starts: an atom's complexity
is one more than the decisions that start in its own rows, a function's is one more than those of
its body without the functions inside it (``functions_complexity``).

What radon counts: ``if``, ``elif`` and conditional expressions, each ``and`` and ``or``, loops and
their ``else``, ``except`` and the ``else`` of a ``try``, each ``for`` and ``if`` of a comprehension
and ``assert``, whose condition it does not look into. Nor does it look into what a definition
evaluates in its head: decorators, defaults, annotations and base classes.

Where radon has a gap we count what McCabe's definition counts, a branch the program can take:

- ``except*``: each handler, and the ``else`` of its ``try``, as with ``except``. Radon passes over
  a ``try`` with ``except*``, whose syntax is younger than its list of nodes.
- A guard of a ``case`` is a decision of its own. Radon counts only the operators inside it.
- ``case _`` is none, and neither is ``case name``, which takes everything as well. Radon says the
  same of the first such case of a ``match``; the language allows a second one only behind a guard,
  and there radon counts the case while we count its guard.

What eslint counts: ``if``, ``?:``, loops, ``case`` but not ``default``, ``catch``, each ``&&``,
``||`` and ``??`` and their assignments, each ``?.`` and each default of a parameter or of
destructuring. The value of a class field and a static block are code paths of their own to eslint
and belong to no function.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import tree_sitter

from atomization.parser import Language, query
from atomization.reading import Reading

Captures = dict[str, list[tree_sitter.Node]]

# Patterns of one node each: a pattern with children keeps a state open for every level of nesting,
# which is quadratic in the depth of the tree.
_PYTHON: Final = """
[(if_statement) (elif_clause) (except_clause) (boolean_operator) (conditional_expression)
 (for_in_clause) (if_clause)] @decision
(assert_statement) @decision.assert
[(for_statement) (while_statement)] @decision.loop
(try_statement) @decision.try
(case_clause) @decision.case
(decorator) @decision.decorator
[(function_definition) (class_definition)] @decision.head
"""
_SCRIPT: Final = """
[(if_statement) (for_statement) (for_in_statement) (while_statement) (do_statement)
 (catch_clause) (switch_case) (ternary_expression) (assignment_pattern)
 (object_assignment_pattern) "&&" "||" "??" "&&=" "||=" "??="] @decision
"""
_JAVASCRIPT: Final = _SCRIPT + "(optional_chain) @decision\n"
_TYPESCRIPT: Final = (
    _SCRIPT
    + """
"?." @decision
[(required_parameter) (optional_parameter)] @decision.parameter
"""
)
_OWNERS: Final = {
    Language.PYTHON: "[(function_definition) (class_definition)] @owner",
    Language.JAVASCRIPT: """
[(function_declaration) (generator_function_declaration) (function_expression)
 (generator_function) (arrow_function) (method_definition) (class_static_block)
 (field_definition)] @owner
""",
}
_OWNERS_TYPED: Final = _OWNERS[Language.JAVASCRIPT].replace(
    "(field_definition)", "(public_field_definition)"
)
_FIELDS: Final = frozenset({"field_definition", "public_field_definition"})


@dataclass(frozen=True, slots=True)
class FunctionComplexity:
    """The complexity of one function, without the functions inside it.

    ``line`` (1-based) and ``column`` (0-based, in bytes) are where the function starts in the
    peer's own tree: the ``def`` or ``async`` of a Python function, the first token of a script's
    function, the parameter list of a method. ``name`` is empty for a function without one.
    """

    name: str
    line: int
    column: int
    complexity: int


@dataclass(frozen=True, slots=True)
class _Owner:
    """What decisions belong to: a function, or what keeps them from the function around it."""

    start: int
    end: int
    head: tree_sitter.Node
    is_function: bool
    name: str = ""


def pattern_of(language: Language) -> str:
    """Give the query whose captures ``decisions_in`` reads; it may be part of a larger query."""
    if language is Language.PYTHON:
        return _PYTHON
    return _JAVASCRIPT if language is Language.JAVASCRIPT else _TYPESCRIPT


def decisions(root: tree_sitter.Node, language: Language) -> list[tree_sitter.Node]:
    """Find the decisions under a node: each adds one to the complexity of what it starts in."""
    return decisions_in(_captures(root, language, pattern_of(language)), language)


def decisions_in(found: Captures, language: Language) -> list[tree_sitter.Node]:
    """Pick the decisions out of the captures of a query that contains ``pattern_of(language)``."""
    nodes = list(found.get("decision", ()))
    if language is Language.PYTHON:
        nodes += _arms(found)
        nodes += _cases(found.get("decision.case", ()))
        return [*_outside(_unread(found), nodes), *found.get("decision.assert", ())]
    nodes += [
        node
        for node in found.get("decision.parameter", ())
        if node.child_by_field_name("value") is not None
    ]
    return nodes


def functions_complexity(reading: Reading) -> list[FunctionComplexity]:
    """Measure every function of a source, in the order in which they start."""
    root, language = reading.tree.root_node, reading.language
    owners = sorted(_owners(root, language), key=_outer_first)
    own = [0] * len(owners)
    for index in _assigned(owners, decisions(root, language)):
        own[index] += 1
    return [
        FunctionComplexity(
            owner.name, owner.head.start_point.row + 1, owner.head.start_point.column, 1 + count
        )
        for owner, count in zip(owners, own, strict=True)
        if owner.is_function
    ]


def _outer_first(owner: _Owner) -> tuple[int, int, bool]:
    """Order owners by start; a class field holds the function that is all of its value."""
    return owner.start, -owner.end, owner.is_function


def _captures(root: tree_sitter.Node, language: Language, pattern: str) -> Captures:
    return tree_sitter.QueryCursor(query(language, pattern)).captures(root)


def _arms(found: Captures) -> Iterator[tree_sitter.Node]:
    """Give the loops, and the ``else`` of each loop and ``try``."""
    for node in found.get("decision.loop", ()):
        yield node
        alternative = node.child_by_field_name("alternative")
        if alternative is not None:
            yield alternative
    for node in found.get("decision.try", ()):
        yield from (child for child in node.children if child.type == "else_clause")


def _cases(nodes: Iterable[tree_sitter.Node]) -> Iterator[tree_sitter.Node]:
    """Give the cases whose pattern can fail to match."""
    for node in nodes:
        commas = any(child.type == "," for child in node.children)
        patterns = [child for child in node.children if child.type == "case_pattern"]
        if commas or len(patterns) != 1 or not _matches_all(patterns[0]):
            yield node


def _matches_all(pattern: tree_sitter.Node) -> bool:
    """Tell whether a pattern is ``_`` or a name, in parentheses or not."""
    while pattern.named_child_count == 1:
        inner = pattern.named_children[0]
        if inner.type == "dotted_name":
            return inner.named_child_count == 1
        commas = any(child.type == "," for child in inner.children)
        if inner.type != "tuple_pattern" or commas or inner.named_child_count != 1:
            return False
        pattern = inner.named_children[0]
    return pattern.type == "case_pattern" and pattern.text == b"_"


def _unread(found: Captures) -> list[tuple[int, int]]:
    """Give the byte spans that radon does not look into, in order; none is inside another."""
    spans = [
        (node.start_byte, node.end_byte)
        for name in ("decision.assert", "decision.decorator")
        for node in found.get(name, ())
    ]
    for node in found.get("decision.head", ()):
        body = node.child_by_field_name("body")
        spans.append((node.start_byte, body.start_byte if body is not None else node.end_byte))
    spans.sort()
    return spans


def _outside(
    spans: Sequence[tuple[int, int]], nodes: Iterable[tree_sitter.Node]
) -> list[tree_sitter.Node]:
    """Leave out the nodes that start inside one of the spans."""
    starts = [start for start, _ in spans]
    ends = [0, *(end for _, end in spans)]
    return [
        node for node in nodes if (start := node.start_byte) >= ends[bisect_right(starts, start)]
    ]


def _owners(root: tree_sitter.Node, language: Language) -> Iterator[_Owner]:
    """Give the functions and what else decisions can belong to."""
    pattern = _OWNERS.get(language, _OWNERS_TYPED)
    for node in _captures(root, language, pattern).get("owner", ()):
        body = node.child_by_field_name("value" if node.type in _FIELDS else "body")
        if body is None:
            continue
        if node.type == "function_definition":
            yield _Owner(body.start_byte, node.end_byte, node, True, _name_of(node))
        elif node.type in ("class_definition", "class_static_block") or node.type in _FIELDS:
            yield _Owner(body.start_byte, body.end_byte, node, False)
        else:
            head = _head_of(node)
            yield _Owner(head.start_byte, node.end_byte, head, True, _name_of(node))


def _head_of(node: tree_sitter.Node) -> tree_sitter.Node:
    """Give the node at which a script's function starts, which for a method is after its name."""
    if node.type != "method_definition":
        return node
    types = node.child_by_field_name("type_parameters")
    return types or node.child_by_field_name("parameters") or node


def _name_of(node: tree_sitter.Node) -> str:
    name = node.child_by_field_name("name")
    return (name.text or b"").decode("utf-8", "surrogateescape") if name is not None else ""


def _assigned(owners: Sequence[_Owner], nodes: Iterable[tree_sitter.Node]) -> Iterator[int]:
    """Give, for each node that starts in an owner, the index of the innermost such owner.

    ``owners`` are sorted by start and, of those that start together, the outer first.
    """
    spans = sorted((node.start_byte, -node.end_byte) for node in nodes)
    stack: list[int] = []
    following = 0
    for start, end in spans:
        while following < len(owners) and (owners[following].start, -owners[following].end) <= (
            start,
            end,
        ):
            _leave(stack, owners, owners[following].start)
            stack.append(following)
            following += 1
        _leave(stack, owners, start)
        if stack:
            yield stack[-1]


def _leave(stack: list[int], owners: Sequence[_Owner], start: int) -> None:
    """Take the owners that end at or before ``start`` off the stack."""
    while stack and owners[stack[-1]].end <= start:
        stack.pop()
