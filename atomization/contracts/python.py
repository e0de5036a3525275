"""Contracts of Python's slots, read off the syntax tree.

One query finds what matters in a whole file; each slot's contract is then made from few nodes. What
the grammar did not understand leaves gaps in a contract, never an error.
"""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import tree_sitter

from atomization.contracts.docstrings import sections_of
from atomization.contracts.errors import Handling, Raised, with_documented
from atomization.contracts.model import (
    Bound,
    Contract,
    Example,
    Member,
    Parameter,
    ParameterKind,
)
from atomization.contracts.places import (
    Places,
    cut,
    documented,
    in_order,
    promised,
    split,
    type_parameters,
)
from atomization.contracts.python_declarations import assigned, bound
from atomization.contracts.python_errors import PythonErrors
from atomization.decomposer import Slot
from atomization.parser import query
from atomization.pieces import AtomKind
from atomization.reading import Reading
from devmatrix.python_source import UNPARSABLE, literal

# Patterns of one node each: see the decomposer's.
_PATTERN: Final = """
[(function_definition) (class_definition)] @definition
(raise_statement) @raise
(assert_statement) @assert
(yield) @yield
(return_statement) @return
(try_statement) @try
[(import_statement) (import_from_statement) (future_import_statement)] @import
"""
_DECLARING: Final = frozenset({AtomKind.FIELD, AtomKind.CONSTANT, AtomKind.TYPE})
_IGNORED: Final = frozenset({"comment", "line_continuation"})
_WHOLE: Final = re.compile(r"(?:\w+\.)*(Literal|Annotated)\[(.*)\]")
_MARKED: Final = re.compile(r"\b(Literal|Annotated)\[")
_MAX_EXAMPLES: Final = 20_000


def python_handling(reading: Reading, slots: Sequence[Slot]) -> Handling:
    """Tell where in a file errors are kept, and what runs later than it stands."""
    places = Places(reading, slots)
    cursor = tree_sitter.QueryCursor(query(reading.language, _PATTERN))
    found = cursor.captures(reading.tree.root_node)
    definitions = in_order(found.get("definition", ()))
    return PythonErrors(found, definitions, places.heads(definitions), places).handling()


def python_contracts(reading: Reading, slots: Sequence[Slot]) -> list[Contract]:
    """Give the contracts of a file's slots, in order, without the flow of blocks."""
    return _File(reading, slots).contracts()


class _File:
    def __init__(self, reading: Reading, slots: Sequence[Slot]) -> None:
        self.places = Places(reading, slots)
        self.root = reading.tree.root_node
        cursor = tree_sitter.QueryCursor(query(reading.language, _PATTERN))
        self.found = cursor.captures(self.root)
        self.definitions = in_order(self.found.get("definition", ()))
        self.heads = self.places.heads(self.definitions)
        self.errors = PythonErrors(self.found, self.definitions, self.heads, self.places)
        self.raised = self.errors.raised()
        self.declared: dict[int, list[tree_sitter.Node]] = {}
        self.members: dict[int, list[Member]] = {}
        self._declarations()

    def contracts(self) -> list[Contract]:
        """Make the contract of every slot."""
        yielding = self.errors.yielding()
        giving = self.errors.giving()
        checking = self._checking()
        imports = self._imports()
        found = []
        for at, slot in enumerate(self.places.slots):
            node = self.heads.get(at)
            raised = self.raised.get(at, _NOTHING)
            if node is None:
                found.append(self._plain(at, slot, raised, imports, giving.get(at, ())))
            elif node.type == "class_definition":
                found.append(self._class(at, slot, node, raised))
            else:
                found.append(
                    self._function(
                        slot,
                        node,
                        raised,
                        yields=at in yielding,
                        gives=giving.get(at, ()),
                        checks=node.id in checking,
                    )
                )
        return found

    def _checking(self) -> set[int]:
        """Give the functions that may hold guard clauses or asserts, by the id of their node."""
        nodes = [*self.found.get("raise", ()), *self.found.get("assert", ())]
        found: set[int] = set()
        stack: list[tree_sitter.Node] = []
        at = 0
        for node in in_order(nodes):
            while at < len(self.definitions) and self.definitions[at].start_byte <= node.start_byte:
                stack.append(self.definitions[at])
                at += 1
            while stack and stack[-1].end_byte <= node.start_byte:
                stack.pop()
            if stack:
                found.add(stack[-1].id)
        return found

    # -- functions --------------------------------------------------------------------------

    def _function(
        self,
        slot: Slot,
        node: tree_sitter.Node,
        raised: Raised,
        *,
        yields: bool,
        gives: Iterable[str],
        checks: bool,
    ) -> Contract:
        text = self.places.text
        name = returns = types = ""
        listed: tree_sitter.Node | None = None
        body: tree_sitter.Node | None = None
        is_async = False
        arrow = False
        for child in node.children:
            match child.type:
                case "async":
                    is_async = True
                case "identifier":
                    name = name or text(child)
                case "parameters":
                    listed = child
                case "->":
                    arrow = True
                case "type_parameter":
                    types = text(child)
                case "type" if arrow:
                    returns = text(child)
                case "block":
                    body = child
        shown, parameters = self._parameters(listed)
        sections = sections_of(slot.docstring)
        guards, final = self._checks(body) if checks and body is not None else ([], [])
        result = f" -> {returns}" if returns else ""
        word = "async def" if is_async else "def"
        return Contract(
            name=slot.name,
            kind=slot.kind.value,
            signature=f"{word} {name}{types}({shown}){result}:",
            docstring=slot.docstring,
            parameters=parameters,
            returns=returns,
            raises=with_documented(raised, sections),
            preconditions=(*documented(sections, "requires"), *_typed(parameters), *guards),
            postconditions=(*promised(returns, sections), *final),
            examples=self._examples(slot, body),
            decorators=slot.decorators,
            type_parameters=type_parameters(types),
            sections=sections,
            reraises=raised.hands_on,
            is_async=is_async,
            yields=yields,
            gives=tuple(gives),
        )

    def _parameters(self, node: tree_sitter.Node | None) -> tuple[str, tuple[Parameter, ...]]:
        if node is None:
            return "", ()
        shown: list[str] = []
        found: list[Parameter] = []
        kind = ParameterKind.ANY
        for child in node.children:
            sort = child.type
            if sort in ("(", ")", ",") or sort in _IGNORED:
                continue
            shown.append(self.places.text(child))
            if sort == "positional_separator":
                found = [_positional(part) for part in found]
            elif sort == "keyword_separator":
                kind = ParameterKind.KEYWORD
            elif child.is_named:
                found.append(self._parameter(child, sort, shown[-1], kind))
                if found[-1].kind is ParameterKind.VARIADIC:
                    kind = ParameterKind.KEYWORD
        return ", ".join(shown), tuple(found)

    def _parameter(
        self, node: tree_sitter.Node, sort: str, shown: str, kind: ParameterKind
    ) -> Parameter:
        text = self.places.text
        if sort == "identifier":
            return Parameter(shown, "", "", kind)
        name, annotation, default = shown, "", ""
        if sort == "typed_parameter":
            first = node.named_children
            name = text(first[0]) if first else shown
            annotation = text(node.child_by_field_name("type"))
        elif sort in ("default_parameter", "typed_default_parameter"):
            name = text(node.child_by_field_name("name"))
            annotation = text(node.child_by_field_name("type"))
            default = text(node.child_by_field_name("value"))
        if name.startswith("**"):
            kind = ParameterKind.KEYWORDS
        elif name.startswith("*"):
            kind = ParameterKind.VARIADIC
        return Parameter(name, annotation, default, kind)

    def _checks(self, body: tree_sitter.Node) -> tuple[list[str], list[str]]:
        """Read off a body the guard clauses and asserts that begin it, the asserts that end it."""
        statements = [child for child in body.children if child.type not in _IGNORED]
        guards: list[str] = []
        first = 0
        for at, node in enumerate(statements):
            guard = self._guard(node)
            if guard:
                guards.append(guard)
            elif at or not _is_docstring(node):
                break
            first = at + 1
        rest = statements[first:]
        if rest and rest[-1].type == "return_statement":
            rest.pop()
        final: list[str] = []
        while rest and rest[-1].type == "assert_statement":
            final.insert(0, self._guard(rest.pop()))
        return guards, final

    def _guard(self, node: tree_sitter.Node) -> str:
        if node.type == "assert_statement":
            test = node.named_children[:1]
            return self.places.short(test[0]) if test else ""
        if node.type != "if_statement":
            return ""
        body = node.child_by_field_name("consequence")
        inner = [part for part in body.children if part.type not in _IGNORED] if body else []
        if not inner or inner[0].type != "raise_statement":
            return ""
        return cut(f"not ({self.places.text(node.child_by_field_name('condition'))})")

    def _examples(self, slot: Slot, body: tree_sitter.Node | None) -> tuple[Example, ...]:
        if body is None or ">>>" not in slot.docstring:
            return ()
        string = next(
            (_string(child) for child in body.children if child.type not in _IGNORED), None
        )
        if string is None or string.end_byte - string.start_byte > _MAX_EXAMPLES:
            return ()
        source = self.places.source[string.start_byte : string.end_byte]
        try:
            value = literal(source.decode("utf-8", "surrogateescape"))
            parsed = doctest.DocTestParser().get_examples(value if isinstance(value, str) else "")
        except UNPARSABLE:
            return ()
        first = string.start_point.row + 2 - slot.start_line
        return tuple(Example(part.source, part.want, first + part.lineno) for part in parsed)

    # -- classes, constants, imports --------------------------------------------------------

    def _class(self, at: int, slot: Slot, node: tree_sitter.Node, raised: Raised) -> Contract:
        text = self.places.text
        listed = node.child_by_field_name("superclasses")
        arguments = listed.named_children if listed is not None else []
        given = [(part.type, text(part)) for part in arguments if part.type not in _IGNORED]
        types = text(node.child_by_field_name("type_parameters"))
        shown = f"({', '.join(part for _, part in given)})" if given else ""
        sections = sections_of(slot.docstring)
        return Contract(
            name=slot.name,
            kind=slot.kind.value,
            signature=f"class {text(node.child_by_field_name('name'))}{types}{shown}:",
            docstring=slot.docstring,
            raises=with_documented(raised, sections),
            preconditions=documented(sections, "requires"),
            postconditions=documented(sections, "ensures"),
            examples=self._examples(slot, node.child_by_field_name("body")),
            decorators=slot.decorators,
            type_parameters=type_parameters(types),
            bases=tuple(part for sort, part in given if sort != "keyword_argument"),
            members=tuple(self.members.get(node.id, ())),
            sections=sections,
        )

    def _plain(
        self,
        at: int,
        slot: Slot,
        raised: Raised,
        imports: dict[int, list[Bound]],
        gives: Iterable[str],
    ) -> Contract:
        shown = self.declared.get(at, ()) if slot.kind in _DECLARING else ()
        sections = sections_of(slot.docstring)
        return Contract(
            name=slot.name,
            kind=slot.kind.value,
            signature="\n".join(map(self.places.short, shown)) or slot.signature,
            docstring=slot.docstring,
            raises=with_documented(raised, sections),
            examples=self._examples(slot, self.root) if slot.name == "__doc__" else (),
            decorators=slot.decorators,
            members=tuple(member for node in shown for member in assigned(node, self.places)),
            binds=tuple(imports.get(at, ())) if slot.kind is AtomKind.IMPORT else (),
            sections=sections,
            reraises=raised.hands_on,
            is_async=slot.is_async,
            gives=tuple(gives),
        )

    def _declarations(self) -> None:
        """Find the assignments of the module and of every class, by slot and by class."""
        for node in self.root.children:
            self._declare(node)
        for definition in self.definitions:
            if definition.type != "class_definition":
                continue
            body = definition.child_by_field_name("body")
            members = self.members.setdefault(definition.id, [])
            for node in body.children if body is not None else ():
                members.extend(self._declare(node))

    def _declare(self, node: tree_sitter.Node) -> Iterable[Member]:
        if node.type not in ("expression_statement", "type_alias_statement"):
            return ()
        inner = node.named_children[0] if node.type == "expression_statement" else node
        if inner.type not in ("assignment", "type_alias_statement"):
            return ()
        at = self.places.slot_at(node.start_point.row)
        if at >= 0 and self.places.slots[at].kind in _DECLARING:
            self.declared.setdefault(at, []).append(inner)
        return assigned(inner, self.places)

    def _imports(self) -> dict[int, list[Bound]]:
        found: dict[int, list[Bound]] = {}
        for node in in_order(self.found.get("import", ())):
            at = self.places.slot_at(node.start_point.row)
            source = self.places.source[node.start_byte : node.end_byte]
            text = source.decode("utf-8", "surrogateescape")
            found.setdefault(at, []).extend(bound(text))
        return found


_NOTHING: Final = Raised()


def _positional(part: Parameter) -> Parameter:
    return Parameter(part.name, part.annotation, part.default, ParameterKind.POSITIONAL)


def _is_docstring(node: tree_sitter.Node) -> bool:
    return _string(node) is not None


def _string(node: tree_sitter.Node) -> tree_sitter.Node | None:
    if node.type == "expression_statement" and node.named_child_count == 1:
        node = node.named_children[0]
    return node if node.type in ("string", "concatenated_string") else None


def _typed(parameters: Iterable[Parameter]) -> Iterator[str]:
    """Turn what ``Literal`` and ``Annotated`` say of parameters into preconditions."""
    for part in parameters:
        marked = _MARKED.search(part.annotation) if "[" in part.annotation else None
        if marked is None:
            continue
        whole = _WHOLE.fullmatch(part.annotation)
        inside = split(whole.group(2)) if whole and _is_closed(whole.group(2)) else []
        if whole is None or not inside:
            yield cut(f"{part.name}: {part.annotation}")
        elif whole.group(1) == "Literal":
            yield cut(f"{part.name} in ({whole.group(2)})")
        else:
            yield cut(f"{part.name}: {', '.join(piece.strip() for piece in inside[1:])}")


def _is_closed(text: str) -> bool:
    """Tell whether no bracket closes that was not opened in the text."""
    depth = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            return False
    return True
