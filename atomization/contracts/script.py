"""Contracts of the slots of TypeScript, TSX and JavaScript, read off the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import tree_sitter

from atomization.contracts.docstrings import script_sections_of
from atomization.contracts.errors import Handling, Raised, with_documented
from atomization.contracts.model import (
    Bound,
    Contract,
    Example,
    Member,
    Parameter,
    Section,
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
from atomization.contracts.script_declarations import (
    BRACKETS,
    FIELDS,
    Declarations,
    annotation_of,
    told,
)
from atomization.contracts.script_errors import ScriptErrors
from atomization.contracts.script_imports import exchanged, required
from atomization.decomposer import Slot
from atomization.parser import Language, query
from atomization.pieces import AtomKind
from atomization.reading import Reading
from atomization.script_nodes import CALLABLES, CLASSES, DECLARATIONS

_SHARED: Final = """
[(function_declaration) (generator_function_declaration) (function_expression)
 (generator_function) (arrow_function) (method_definition) (class_declaration) (class)
 {typed}] @definition
(throw_statement) @raise
(yield_expression) @yield
(return_statement) @return
(try_statement) @try
(decorator) @decorator
[(import_statement) (export_statement)] @import
"""
_TYPED: Final = """
 (function_signature) (method_signature) (abstract_method_signature) (abstract_class_declaration)
"""
_DECLARED: Final = """
[(interface_declaration) (type_alias_declaration) (enum_declaration)] @type
"""
_OPEN: Final = frozenset(
    {"export_statement", "ambient_declaration", "expression_statement", "statement_block"}
)
_NAMESPACES: Final = frozenset({"internal_module", "module"})
_LITERAL_UNION: Final = re.compile(r"""\s*(?:["'`\d-].*\|.*|["'`].*)""")
_NOTHING: Final = Raised()


def script_handling(reading: Reading, slots: Sequence[Slot]) -> Handling:
    """Tell where in a file errors are kept, and what runs later than it stands."""
    return _File(reading, slots).errors.handling()


def script_contracts(reading: Reading, slots: Sequence[Slot]) -> list[Contract]:
    """Give the contracts of a file's slots, in order, without the flow of blocks."""
    return _File(reading, slots).contracts()


def _pattern(language: Language) -> str:
    if language is Language.JAVASCRIPT:
        return _SHARED.format(typed="")
    return _SHARED.format(typed=_TYPED) + _DECLARED


class _File:
    def __init__(self, reading: Reading, slots: Sequence[Slot]) -> None:
        self.places = Places(reading, slots)
        self.root = reading.tree.root_node
        self.reader = Declarations(self.places)
        cursor = tree_sitter.QueryCursor(query(reading.language, _pattern(reading.language)))
        self.found = cursor.captures(self.root)
        self.definitions = in_order(self.found.get("definition", ()))
        self.heads = self.places.heads(self._undecorated())
        self.functions = [node for node in self.definitions if node.type in CALLABLES]
        self.errors = ScriptErrors(self.found, self.functions, self.heads, self.places)
        self.raised = self.errors.raised()
        self.declared: dict[int, list[Member]] = {}
        self.types: dict[int, list[tree_sitter.Node]] = {}
        self._declarations()

    def contracts(self) -> list[Contract]:
        """Make the contract of every slot."""
        yielding = self.errors.yielding()
        giving = self.errors.giving()
        throwing = bool(self.found.get("raise"))
        imports = self._imports()
        found = []
        for at, slot in enumerate(self.places.slots):
            node = self.heads.get(at)
            raised = self.raised.get(at, _NOTHING)
            if node is not None and node.type in CLASSES:
                found.append(self._class(slot, node, raised))
            elif node is not None and slot.kind is not AtomKind.TEST:
                contract = self._function(slot, node, raised, checks=throwing)
                gives = (*self._concise(node), *giving.get(at, ()))
                found.append(replace(contract, yields=at in yielding, gives=gives))
            else:
                contract = self._plain(at, slot, raised, imports)
                found.append(replace(contract, gives=tuple(giving.get(at, ()))))
        return found

    def _undecorated(self) -> Iterator[tree_sitter.Node]:
        """Leave out the functions that stand in decorators."""
        spans = [(node.start_byte, node.end_byte) for node in self.found.get("decorator", ())]
        if not spans:
            yield from self.definitions
            return
        spans.sort()
        at, end = 0, -1
        for node in self.definitions:
            while at < len(spans) and spans[at][0] <= node.start_byte:
                end = max(end, spans[at][1])
                at += 1
            if node.end_byte > end:
                yield node

    # -- functions --------------------------------------------------------------------------

    def _function(
        self, slot: Slot, node: tree_sitter.Node, raised: Raised, *, checks: bool
    ) -> Contract:
        field, text = node.child_by_field_name, self.places.text
        sections = script_sections_of(slot.docstring)
        body = field("body")
        listed = field("parameters")
        only = field("parameter")
        types = text(field("type_parameters"))
        parameters = self.reader.parameters(listed, sections)
        if only is not None:
            parameters = (Parameter(text(only), told(sections, "param", text(only)), ""),)
        returns = annotation_of(text(field("return_type"))) or told(sections, "returns", "")
        guards = self._guards(body) if checks and body is not None else ()
        return Contract(
            name=slot.name,
            kind=slot.kind.value,
            signature=slot.signature,
            docstring=slot.docstring,
            parameters=parameters,
            returns=returns,
            raises=with_documented(raised, sections),
            preconditions=(*documented(sections, "requires"), *_literals(parameters), *guards),
            postconditions=promised(returns, sections),
            examples=_examples(slot, sections),
            decorators=slot.decorators,
            type_parameters=type_parameters(types, BRACKETS),
            sections=sections,
            reraises=raised.hands_on,
            is_async=slot.is_async or any(child.type == "async" for child in node.children[:4]),
            bodiless=body is None,
        )

    def _concise(self, node: tree_sitter.Node) -> tuple[str, ...]:
        """Tell what an arrow function without braces hands back."""
        body = node.child_by_field_name("body")
        if node.type != "arrow_function" or body is None or body.type == "statement_block":
            return ()
        return tuple(dict.fromkeys(self.errors.expression(body)))

    def _guards(self, body: tree_sitter.Node) -> Iterator[str]:
        """Read off a body the guard clauses that begin it."""
        for node in body.named_children if body.type == "statement_block" else ():
            guard = self._guard(node)
            if guard:
                yield guard
            elif node.type != "comment":
                return

    def _guard(self, node: tree_sitter.Node) -> str:
        if node.type != "if_statement":
            return ""
        inner = node.child_by_field_name("consequence")
        if inner is not None and inner.type == "statement_block":
            parts = [child for child in inner.named_children if child.type != "comment"]
            inner = parts[0] if parts else None
        if inner is None or inner.type != "throw_statement":
            return ""
        return cut(f"!{self.places.text(node.child_by_field_name('condition'))}")

    # -- classes, types, constants ----------------------------------------------------------

    def _class(self, slot: Slot, node: tree_sitter.Node, raised: Raised) -> Contract:
        sections = script_sections_of(slot.docstring)
        heritage = [child for child in node.children if child.type == "class_heritage"]
        types = self.places.text(node.child_by_field_name("type_parameters"))
        body = node.child_by_field_name("body")
        return Contract(
            name=slot.name,
            kind=slot.kind.value,
            signature=slot.signature,
            docstring=slot.docstring,
            raises=with_documented(raised, sections),
            examples=_examples(slot, sections),
            decorators=slot.decorators,
            type_parameters=type_parameters(types, BRACKETS),
            bases=tuple(base for part in heritage for base in self.reader.bases(part)),
            members=tuple(self.reader.members(body)),
            sections=sections,
        )

    def _declarations(self) -> None:
        """Find the constants, fields and types, by slot."""
        for node in in_order(self.found.get("type", ())):
            at = self.places.slot_at(node.start_point.row)
            if at >= 0 and self.places.slots[at].kind is AtomKind.TYPE:
                self.types.setdefault(at, []).append(node)
        for definition in self.definitions:
            body = definition.child_by_field_name("body") if definition.type in CLASSES else None
            for node in body.named_children if body is not None else ():
                if node.type in FIELDS or node.type == "index_signature":
                    member = (
                        self.reader.field(node)
                        if node.type in FIELDS
                        else self.reader.signature(node)
                    )
                    self._declare(node, [member])
        stack = list(reversed(self.root.named_children))
        while stack:
            node = stack.pop()
            if node.type in DECLARATIONS:
                self._declare(node, list(self.reader.variables(node)))
            elif node.type in _OPEN or node.type in _NAMESPACES:
                stack.extend(reversed(node.named_children))

    def _declare(self, node: tree_sitter.Node, members: list[Member]) -> None:
        at = self.places.slot_at(node.start_point.row)
        if at >= 0 and self.places.slots[at].kind in (AtomKind.CONSTANT, AtomKind.FIELD):
            self.declared.setdefault(at, []).extend(members)

    def _plain(
        self, at: int, slot: Slot, raised: Raised, imports: dict[int, list[Bound]]
    ) -> Contract:
        sections = script_sections_of(slot.docstring)
        declared = self.types.get(at, [])
        node = declared[0] if len(declared) == 1 else None
        types, bases = "", tuple[str, ...]()
        if node is not None:
            types = self.places.text(node.child_by_field_name("type_parameters"))
            heritage = [child for child in node.children if child.type == "extends_type_clause"]
            bases = tuple(
                part.strip()
                for child in heritage
                for part in split(self.places.text(child).removeprefix("extends"), BRACKETS)
            )
        members: Sequence[Member] = self.declared.get(at, ())
        if node is not None:
            members = tuple(self.reader.type_members(node))
        elif declared:
            names = (self.places.text(part.child_by_field_name("name")) for part in declared)
            members = tuple(Member(name, "", "") for name in dict.fromkeys(names))
        return Contract(
            name=slot.name,
            kind=slot.kind.value,
            signature=slot.signature,
            docstring=slot.docstring,
            raises=with_documented(raised, sections),
            examples=_examples(slot, sections),
            decorators=slot.decorators,
            type_parameters=type_parameters(types, BRACKETS),
            bases=bases,
            members=tuple(members),
            binds=tuple(imports.get(at, ())) if slot.kind is AtomKind.IMPORT else (),
            sections=sections,
            reraises=raised.hands_on,
            is_async=slot.is_async,
        )

    # -- imports ----------------------------------------------------------------------------

    def _imports(self) -> dict[int, list[Bound]]:
        found: dict[int, list[Bound]] = {}
        for node in in_order(self.found.get("import", ())):
            at = self.places.slot_at(node.start_point.row)
            if at >= 0 and self.places.slots[at].kind is AtomKind.IMPORT:
                found.setdefault(at, []).extend(exchanged(node, self.places))
        for node in self.root.named_children:
            at = self.places.slot_at(node.start_point.row)
            if at < 0 or node.type not in DECLARATIONS:
                continue
            if self.places.slots[at].kind is AtomKind.IMPORT:
                found.setdefault(at, []).extend(required(node, self.places))
        return found


def _literals(parameters: Iterable[Parameter]) -> Iterator[str]:
    """Turn parameters whose type is a choice of literals into preconditions."""
    for part in parameters:
        if _LITERAL_UNION.fullmatch(part.annotation):
            yield cut(f"{part.name}: {part.annotation}")


def _examples(slot: Slot, sections: Iterable[Section]) -> tuple[Example, ...]:
    texts = [part.text for part in sections if part.kind == "example"]
    lines = [at for at, line in enumerate(slot.code.splitlines(), 1) if "@example" in line]
    return tuple(Example(text, "", line) for text, line in zip(texts, lines, strict=False))
