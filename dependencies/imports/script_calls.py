"""Modules that calls ask for: ``require``, ``import()``, AMD's ``define``, ``new Worker``.

Where a call stands (in a function, a branch, a type) is found by sorting ranges and not by going
up from each, as that takes squares in generated files.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import tree_sitter

from atomization.parser import Language, query
from atomization.pieces import text_of
from dependencies.imports.model import ImportKind, Request

Node = tree_sitter.Node

_SURROUNDINGS: Final = """
[
  (function_declaration) (generator_function_declaration) (function_expression)
  (generator_function) (arrow_function) (method_definition)
] @function
[
  (if_statement) (try_statement) (switch_statement) (for_statement) (for_in_statement)
  (while_statement) (do_statement) (ternary_expression)
] @branch
"""
_TYPES: Final = """
[
  (type_annotation) (type_alias_declaration) (type_arguments) (type_query) (type_parameters)
  (type_predicate_annotation) (asserts_annotation) (extends_type_clause) (implements_clause)
] @type
(as_expression (_) (_) @type)
(satisfies_expression (_) (_) @type)
"""
_USES: Final = """
(variable_declarator name: (object_pattern) @names
  value: [(call_expression) @call (await_expression (call_expression) @call)])
(member_expression object: (call_expression) @call property: (property_identifier) @name)
(member_expression
  object: (parenthesized_expression (await_expression (call_expression) @call))
  property: (property_identifier) @name)
(expression_statement (call_expression) @bare)
"""
_SHADOWED: Final = re.compile(
    rb"function[^(){}]*\([^(){}]*\brequire\b|\(\s*(?:\w+\s*,\s*)*require\s*[,)]"
    rb"|\bfunction\s+require\b|\b(?:var|let|const)\s[^;{}()]*\brequire\b"
)
_VARIABLES: Final = """
(variable_declarator name: (identifier) @name (#eq? @name "require")) @variable
(function_declaration name: (identifier) @name (#eq? @name "require")) @variable
[(statement_block) (program)] @block
"""
_PLAIN: Final = '(formal_parameters (identifier) @name (#eq? @name "require")) @parameters'
_WITH_TYPES: Final = (
    '(formal_parameters (required_parameter (identifier) @name (#eq? @name "require"))) @parameters'
)
_MOST: Final = 1_000
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_AMD: Final = ("require", "exports", "module")
_OF_PROMISES: Final = ("then", "catch", "finally")


class _Place(NamedTuple):
    """Where a call stands."""

    early: bool = True
    branch: bool = False
    type: bool = False


class ImportCalls:
    """Reads the calls of one file that ask for modules."""

    def __init__(self, root: Node, source: bytes, language: Language) -> None:
        """Take a file; what surrounds its calls is looked up once for all of them."""
        self.root, self.source, self.language = root, source, language
        self.typed = language is not Language.JAVASCRIPT
        self._names: dict[int, tuple[str, ...]] = {}
        self._bare: set[int] = set()

    def read(self, calls: Sequence[Node], urls: Sequence[Node]) -> Iterator[Request]:
        """Read calls of ``require``, ``import`` and ``define``, and the URLs of workers."""
        places = self._places([*calls, *urls])
        self._note_uses()
        shadows = self._shadows()
        for node in calls:
            callee = text_of(node.child_by_field_name("function"), self.source)
            if callee == "define":
                yield from self._defined(node)
            elif callee == "import" or not _inside(node, shadows):
                yield from self._asked(node, callee, places[node.id])
        for node in urls:
            yield from self._located(node, places[node.id])

    def _asked(self, node: Node, callee: str, place: _Place) -> Iterator[Request]:
        arguments = self._arguments(node)
        if not arguments:
            return
        specifier = string_of(arguments[0], self.source)
        names = self._names.get(node.id, ())
        if callee == "import" and place.type:
            yield Request(line_of(node), specifier, names, ImportKind.TYPE_ONLY, False)
            return
        kind = ImportKind.SIDE_EFFECT if node.id in self._bare else ImportKind.RUNTIME
        if callee == "import" or not specifier:
            kind = ImportKind.DYNAMIC
        called = callee == "require"
        yield Request(line_of(node), specifier, names, kind, place.early, place.branch, called)

    def _defined(self, node: Node) -> Iterator[Request]:
        """``define(["a", "b"], function (a, b) {})``, with a name in front or without."""
        for part in self._arguments(node)[:2]:
            for item in part.named_children if part.type == "array" else ():
                name = string_of(item, self.source)
                if name and name not in _AMD:
                    yield Request(line_of(item), name)

    def _located(self, node: Node, place: _Place) -> Iterator[Request]:
        """``new Worker(new URL("./worker.js", import.meta.url))``: a program of its own."""
        parts = self._arguments(node)
        made = text_of(node.child_by_field_name("constructor"), self.source)
        if made != "URL" or len(parts) < 2 or text_of(parts[1], self.source) != "import.meta.url":
            return
        text = string_of(parts[0], self.source)
        if text:
            text = text if text.startswith((".", "/")) or ":" in text else f"./{text}"
            kind = ImportKind.DYNAMIC
            yield Request(line_of(node), text, (), kind, place.early, place.branch)

    def _arguments(self, node: Node) -> list[Node]:
        arguments = node.child_by_field_name("arguments")
        if arguments is None or arguments.type != "arguments":
            return []
        return [part for part in arguments.named_children if part.type != "comment"]

    def _note_uses(self) -> None:
        """Note what is taken out of each call's result where it stands."""
        cursor = tree_sitter.QueryCursor(query(self.language, _USES))
        for _, found in cursor.matches(self.root):
            for node in found.get("bare", ()):
                self._bare.add(node.id)
            for call in found.get("call", ()):
                for name in found.get("name", ()):
                    text = text_of(name, self.source)
                    self._names[call.id] = () if text in _OF_PROMISES else (text,)
                for pattern in found.get("names", ()):
                    self._names[call.id] = self._unpacked(pattern)

    def _unpacked(self, pattern: Node) -> tuple[str, ...]:
        names: list[str] = []
        for part in pattern.named_children:
            if part.type == "rest_pattern":
                return ()
            left = part.child_by_field_name("key") or part.child_by_field_name("left") or part
            names.append(name_of(left, self.source))
        return tuple(names)

    def _places(self, nodes: list[Node]) -> dict[int, _Place]:
        text = _SURROUNDINGS + _TYPES if self.typed else _SURROUNDINGS
        cursor = tree_sitter.QueryCursor(query(self.language, text))
        captures = cursor.captures(self.root)
        events: list[tuple[int, int, str, int]] = []
        for kind in ("function", "branch", "type"):
            for node in captures.get(kind, ()):
                events.append((node.start_byte, -node.end_byte, kind, 0))
        events += [(node.start_byte, -node.end_byte, "~", node.id) for node in nodes]
        events.sort()
        around: list[tuple[int, str]] = []
        found: dict[int, _Place] = {}
        counts = {"function": 0, "branch": 0, "type": 0}
        for start, end, kind, which in events:
            while around and around[-1][0] <= start:
                counts[around.pop()[1]] -= 1
            if kind == "~":
                place = _Place(not counts["function"], counts["branch"] > 0, counts["type"] > 0)
                found[which] = place
            else:
                counts[kind] += 1
                around.append((-end, kind))
        return found

    def _shadows(self) -> list[tuple[int, int]]:
        """Give the ranges where ``require`` is a name of the file's own, as in bundles."""
        if _SHADOWED.search(self.source) is None:
            return []
        parameters = _WITH_TYPES if self.typed else _PLAIN
        cursor = tree_sitter.QueryCursor(query(self.language, _VARIABLES + parameters))
        captures = cursor.captures(self.root)
        found: list[tuple[int, int]] = []
        for node in captures.get("parameters", ())[:_MOST]:
            function = node.parent
            if function is not None and not self._is_factory(function):
                found.append((function.start_byte, function.end_byte))
        variables = [node for node in captures.get("variable", ()) if not self._created(node)]
        blocks = [(node.start_byte, node.end_byte) for node in captures.get("block", ())]
        for node in variables[:_MOST]:
            around = [one for one in blocks if one[0] <= node.start_byte < one[1]]
            if around:
                found.append(min(around, key=lambda one: one[1] - one[0]))
        return _merged(found)

    def _is_factory(self, function: Node) -> bool:
        """Tell whether a function is AMD's: ``define(function (require) {})``."""
        call = function.parent.parent if function.parent is not None else None
        callee = call.child_by_field_name("function") if call is not None else None
        return callee is not None and text_of(callee, self.source) == "define"

    def _created(self, node: Node) -> bool:
        """``const require = createRequire(import.meta.url)`` is the real one."""
        value = text_of(node.child_by_field_name("value"), self.source)
        return "createRequire" in value


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if not found or start >= found[-1][1]:
            found.append((start, end))
        elif end > found[-1][1]:
            found[-1] = (found[-1][0], end)
    return found


def _inside(node: Node, ranges: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(ranges, (node.start_byte, sys.maxsize)) - 1
    return at >= 0 and node.start_byte < ranges[at][1]


def line_of(node: Node) -> int:
    """Give the 1-based line on which a node begins."""
    return int(node.start_point[0]) + 1


def string_of(node: Node | None, source: bytes) -> str:
    """Give the text of a string, or of a template without holes; "" for anything else."""
    if node is None or node.type not in ("string", "template_string"):
        return ""
    if any(part.type == "template_substitution" for part in node.named_children):
        return ""
    return _ESCAPE.sub(r"\1", text_of(node, source)[1:-1])


def name_of(node: Node | None, source: bytes) -> str:
    """Give a name as it is written, or what is in its quotes."""
    return string_of(node, source) or text_of(node, source)
