"""What the benchmark measures of a chunk, the same for our atoms and for the peers' chunks.

Nothing here asks the decomposer: lines, boundaries and complexity are read off a syntax tree of
the whole file, and a chunk is no more than a span of bytes in it.

**Lines.** A line of code holds something that is neither blank nor comment nor docstring; a chunk
has the lines of code that it touches. Non-blank lines are counted beside them.

**Boundaries.** A boundary is a place where a chunk begins or ends inside a file. It is right when
the next token after it, comments and blanks aside, starts a sibling in one of these:

- the statements of a file, suite, block or ``switch``, the members of a class;
- the first statement of a suite (the chunk before ends in an open suite), a closing bracket (the
  chunk starts by closing one) or a later arm: ``elif``, ``else``, ``except``, ``catch``,
  ``finally``, ``case``;
- the elements of a bracketed list (arguments, parameters, literals, imported names, members of a
  type, children of a JSX element) or the declarators of one declaration, after the separator.

It is wrong inside a token or comment, inside an expression or the head of a statement, before a
separator, between a decorator and what it decorates, and between the head of a definition and its
docstring.

**Complexity.** One more than the decisions (``atomization.complexity``: radon's and eslint's) that
start in the chunk.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Final

import tree_sitter

from atomization.complexity import decisions
from atomization.parser import Language, normalised, query
from atomization.reading import Reading, read

_SCRIPT_BODIES: Final = "program statement_block class_body switch_body"
_BODIES: Final = {
    Language.PYTHON: "module block",
    Language.JAVASCRIPT: f"{_SCRIPT_BODIES} jsx_element",
    Language.TYPESCRIPT: f"{_SCRIPT_BODIES} object_type interface_body",
    Language.TSX: f"{_SCRIPT_BODIES} object_type interface_body jsx_element",
}
_SCRIPT_LISTS: Final = (
    "object array arguments formal_parameters named_imports export_clause object_pattern "
    "array_pattern lexical_declaration variable_declaration"
)
_TYPED_LISTS: Final = " enum_body type_parameters type_arguments tuple_type"
_LISTS: Final = {
    Language.PYTHON: (
        "argument_list list tuple set dictionary parameters import_from_statement "
        "future_import_statement with_clause list_pattern tuple_pattern"
    ),
    Language.JAVASCRIPT: _SCRIPT_LISTS,
    Language.TYPESCRIPT: _SCRIPT_LISTS + _TYPED_LISTS,
    Language.TSX: _SCRIPT_LISTS + _TYPED_LISTS,
}
_SCRIPT_STATEMENTS: Final = (
    "if_statement else_clause for_statement for_in_statement while_statement do_statement "
    "try_statement with_statement labeled_statement switch_case switch_default"
)
_STATEMENTS: Final = {
    Language.PYTHON: (
        "if_statement elif_clause else_clause for_statement while_statement try_statement "
        "except_clause finally_clause with_statement match_statement case_clause "
        "function_definition class_definition"
    ),
    Language.JAVASCRIPT: _SCRIPT_STATEMENTS,
    Language.TYPESCRIPT: _SCRIPT_STATEMENTS,
    Language.TSX: _SCRIPT_STATEMENTS,
}
_ARMS: Final = frozenset(
    {
        "elif_clause",
        "else_clause",
        "except_clause",
        "finally_clause",
        "case_clause",
        "catch_clause",
    }
)
_OPENERS: Final = frozenset("({[,;<") | {"{|"}
_CLOSERS: Final = frozenset(")}]>") | {"|}"}
_SEPARATORS: Final = frozenset(",;")
_COMMENTS: Final = frozenset({"comment", "html_comment", "hash_bang_line", "line_continuation"})
_BLANK: Final = re.compile(rb"(?:[\s\x00]|\\(?=\r|\n)|\xef\xbb\xbf)*")
_BLANKS: Final = b" \t\n\r\f\v"
_CODE: Final = re.compile(rb"[^\s\x00]")


@dataclass(frozen=True, slots=True)
class Measured:
    """One chunk: its lines of code, its non-blank lines, its complexity, its boundaries."""

    loc: int
    nonblank: int
    complexity: int
    boundaries: int
    right: int


class Yardstick:
    """Measures the chunks of one file."""

    def __init__(self, source: bytes, language: Language) -> None:
        """Parse the file and note its rows, decisions and right boundaries."""
        self.source = source
        self.language = language
        reading = read(source, language)
        root = reading.tree.root_node
        comments = _captured(root, language, _pattern_of_comments(language))
        self._comments = sorted((node.start_byte, node.end_byte) for node in comments)
        self._text = normalised(source)
        self._starts = [0, *(end.end() for end in re.finditer(rb"\n", self._text))]
        self._nonblank, self._code = self._rows(reading, comments)
        self._decisions = sorted(node.start_byte for node in decisions(root, language))
        self._right = frozenset(_right_starts(root, language))
        self._first = self._next_token(0)

    def lines(self) -> int:
        """Count the physical lines of the file."""
        return len(self._starts) - (not self.source or self._text.endswith(b"\n"))

    def measure(self, start: int, end: int) -> Measured:
        """Measure the chunk from byte ``start`` to byte ``end``."""
        found = _CODE.search(self._text, start, end)
        if found is None:
            return Measured(0, 0, 1, 0, 0)
        last = len(self._text[start:end].rstrip()) + start - 1
        first_row, last_row = self._row(found.start()), self._row(last) + 1
        inner = [place for place in (start, end) if self._is_inside(place)]
        return Measured(
            loc=self._code[last_row] - self._code[first_row],
            nonblank=self._nonblank[last_row] - self._nonblank[first_row],
            complexity=1 + bisect_left(self._decisions, end) - bisect_left(self._decisions, start),
            boundaries=len(inner),
            right=sum(self.is_right(place) for place in inner),
        )

    def is_right(self, place: int) -> bool:
        """Tell whether a boundary at this byte falls between siblings of a sequence."""
        index = bisect_right(self._comments, (place, -1)) - 1
        if index >= 0 and self._comments[index][0] < place < self._comments[index][1]:
            return False
        following = self._next_token(place)
        return following in self._right or following >= len(self.source)

    def _is_inside(self, place: int) -> bool:
        """Tell whether code stands both before and after a place."""
        return self._first < place and self._next_token(place) < len(self.source)

    def _next_token(self, place: int) -> int:
        """Find the first byte from ``place`` on that is neither blank nor comment."""
        while True:
            blank = _BLANK.match(self._text, place)
            assert blank is not None
            place = blank.end()
            index = bisect_left(self._comments, (place, -1))
            if index == len(self._comments) or self._comments[index][0] != place:
                return place
            place = max(self._comments[index][1], place + 1)

    def _row(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _rows(
        self, reading: Reading, comments: Iterable[tree_sitter.Node]
    ) -> tuple[list[int], list[int]]:
        """Count non-blank rows and rows of code as prefix sums."""
        text = self._text
        shown = bytearray(text)
        nonblank = [bool(_CODE.search(line)) for line in text.split(b"\n")]
        for node in [*comments, *_docstrings(reading)]:
            start, end = node.start_byte, node.end_byte
            shown[start:end] = re.sub(rb"[^\n]", b" ", text[start:end])
        shown[:3] = shown[:3].replace(b"\xef\xbb\xbf", b"   ")
        code = [bool(_CODE.search(line)) for line in bytes(shown).split(b"\n")]
        return list(accumulate(nonblank, initial=0)), list(accumulate(code, initial=0))


def spans_of(source: bytes, texts: Sequence[str]) -> Iterator[tuple[tuple[int, int] | None, bool]]:
    """Find where each text stands, searching on from the end of the one before; None if nowhere.

    Blanks at the ends are left aside: some peers strip their chunks, others make up indentation.
    The second value tells whether the text stands there as it is, or but for its blanks.
    """
    place, dense = 0, _Dense(source)
    for text in texts:
        wanted = text.encode("utf-8", "surrogateescape").strip()
        start = source.find(wanted, place)
        span = (start, start + len(wanted)) if start >= 0 else dense.find(wanted, place)
        yield span, start >= 0
        place = span[1] if span else place


class _Dense:
    """A source without its blanks, made when it is first asked."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._places: list[int] | None = None

    def find(self, wanted: bytes, place: int) -> tuple[int, int] | None:
        """Find a text from a byte on, whatever the blanks in it."""
        if self._places is None:
            self._places = [at for at, byte in enumerate(self._source) if byte not in _BLANKS]
            self._source = self._source.translate(None, _BLANKS)
        wanted = wanted.translate(None, _BLANKS)
        start = self._source.find(wanted, bisect_left(self._places, place))
        if start < 0 or not wanted:
            return None
        return self._places[start], self._places[start + len(wanted) - 1] + 1


def measure_alone(text: str, language: Language) -> Measured:
    """Measure a chunk that stands nowhere in its file: both its boundaries are wrong."""
    source = text.encode("utf-8", "surrogateescape")
    alone = Yardstick(source, language).measure(0, len(source))
    return Measured(alone.loc, alone.nonblank, alone.complexity, 2, 0)


def _captured(root: tree_sitter.Node, language: Language, pattern: str) -> list[tree_sitter.Node]:
    return tree_sitter.QueryCursor(query(language, pattern)).captures(root).get("node", [])


def _any_of(names: str) -> str:
    return "[" + " ".join(f"({name})" for name in names.split()) + "] @node"


def _pattern_of_comments(language: Language) -> str:
    return _any_of("comment" if language is Language.PYTHON else "comment hash_bang_line")


def _docstrings(reading: Reading) -> Iterator[tree_sitter.Node]:
    """Give the docstrings of a Python file."""
    if reading.language is not Language.PYTHON:
        return
    root = reading.tree.root_node
    owners = _captured(root, reading.language, _any_of("function_definition class_definition"))
    for body in [root, *(owner.child_by_field_name("body") for owner in owners)]:
        docstring = _docstring_in(body)
        if docstring is not None:
            yield docstring


def _docstring_in(body: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """Give the string that a body begins with."""
    for child in body.children if body is not None else ():
        if child.type in _COMMENTS:
            continue
        whole = child.type != "expression_statement" or child.named_child_count == 1
        inner = child.named_children[0] if child.type == "expression_statement" else child
        return child if whole and inner.type in ("string", "concatenated_string") else None
    return None


def _right_starts(root: tree_sitter.Node, language: Language) -> Iterator[int]:
    """Give the first bytes of the tokens before which a boundary is right."""
    bodies = _captured(root, language, _any_of(_BODIES[language]))
    for node in bodies if bodies and bodies[0] == root else [root, *bodies]:
        for before, after in _neighbours(node):
            if before.type != "decorator" and after.type not in _SEPARATORS:
                yield after.start_byte + _margin(after)
    for node in _captured(root, language, _any_of(_LISTS[language])):
        for before, after in _neighbours(node):
            if after.type in _CLOSERS or (
                before.type in _OPENERS and after.type not in _SEPARATORS
            ):
                yield after.start_byte
    for node in _captured(root, language, _any_of(_STATEMENTS[language])):
        yield from _right_in_statement(node, language)


def _margin(node: tree_sitter.Node) -> int:
    """Count the blanks that the text between JSX elements begins with."""
    text = (node.text or b"") if node.type == "jsx_text" else b""
    return len(text) - len(text.lstrip())


def _right_in_statement(node: tree_sitter.Node, language: Language) -> Iterator[int]:
    """Give the starts of the suites and later arms of a compound statement or definition."""
    in_case = False
    for before, after in _neighbours(node):
        if after.type in _ARMS:
            yield after.start_byte
        elif language is Language.PYTHON:
            head = node.type in ("function_definition", "class_definition")
            if after.type == "block" and not (head and _docstring_in(after) is not None):
                inside = (child for child in after.children if child.type not in _COMMENTS)
                yield from (child.start_byte for child in islice(inside, 1))
        elif node.type in ("switch_case", "switch_default"):
            in_case = in_case or before.type == ":"
            if in_case:
                yield after.start_byte
        elif after.type == "finally_clause" or _is_bare_suite(before, after):
            yield after.start_byte


def _is_bare_suite(before: tree_sitter.Node, after: tree_sitter.Node) -> bool:
    """Tell whether ``after`` is a statement that is a script's suite without braces."""
    statement = after.type.endswith(("_statement", "_declaration"))
    if before.type == "else" and after.type == "if_statement":
        return False
    return statement and before.type in ("parenthesized_expression", ")", "else", "do")


def _neighbours(
    node: tree_sitter.Node,
) -> Iterator[tuple[tree_sitter.Node, tree_sitter.Node]]:
    """Give each child with the one after it, comments aside."""
    before = None
    for child in node.children:
        if child.type in _COMMENTS:
            continue
        if before is not None:
            yield before, child
        before = child
