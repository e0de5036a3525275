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
    ParameterKind,
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
from atomization.contracts.script_errors import ScriptErrors
from atomization.contracts.script_imports import exchanged, required
from atomization.decomposer import Slot
from atomization.parser import Language, query
from atomization.pieces import AtomKind
from atomization.reading import Reading

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
_FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
        "function_signature",
        "method_signature",
        "abstract_method_signature",
    }
)
_CLASSES: Final = frozenset({"class_declaration", "class", "abstract_class_declaration"})
_FIELDS: Final = frozenset({"public_field_definition", "field_definition"})
_DECLARATIONS: Final = frozenset({"lexical_declaration", "variable_declaration"})
_OPEN: Final = frozenset(
    {"export_statement", "ambient_declaration", "expression_statement", "statement_block"}
)
_NAMESPACES: Final = frozenset({"internal_module", "module"})
_MODIFIERS: Final = frozenset({"accessibility_modifier", "readonly", "override_modifier"})
_LITERALS: Final = {
    "string": "string",
    "template_string": "string",
    "number": "number",
    "true": "boolean",
    "false": "boolean",
    "null": "null",
    "undefined": "undefined",
    "regex": "RegExp",
    "array": "array",
    "object": "object",
}
_LITERAL_UNION: Final = re.compile(r"""\s*(?:["'`\d-].*\|.*|["'`].*)""")
_BRACKETS: Final = "([{<)]}>"
_SHORT: Final = 80
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
        cursor = tree_sitter.QueryCursor(query(reading.language, _pattern(reading.language)))
        self.found = cursor.captures(self.root)
        self.definitions = in_order(self.found.get("definition", ()))
        self.heads = self.places.heads(self._undecorated())
        self.functions = [node for node in self.definitions if node.type in _FUNCTIONS]
        self.errors = ScriptErrors(self.found, self.functions, self.heads, self.places)
        self.raised = self.errors.raised()
        self.declared: dict[int, list[Member]] = {}
        self.types: dict[int, tree_sitter.Node] = {}
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
            if node is not None and node.type in _CLASSES:
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
        parameters = self._parameters(listed, sections)
        if only is not None:
            parameters = (Parameter(text(only), _told(sections, "param", text(only)), ""),)
        returns = _annotation(text(field("return_type"))) or _told(sections, "returns", "")
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
            type_parameters=type_parameters(types, _BRACKETS),
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

    def _parameters(
        self, node: tree_sitter.Node | None, sections: tuple[Section, ...]
    ) -> tuple[Parameter, ...]:
        parts = node.named_children if node is not None else []
        found = (self._parameter(part) for part in parts if part.type != "comment")
        return tuple(
            part
            if part.annotation or not sections
            else Parameter(part.name, _told(sections, "param", part.name), part.default, part.kind)
            for part in found
        )

    def _parameter(self, node: tree_sitter.Node) -> Parameter:
        text = self.places.text
        kind = ParameterKind.ANY
        if node.type == "assignment_pattern":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return Parameter(text(left), "", text(right), kind)
        if node.type not in ("required_parameter", "optional_parameter"):
            kind = ParameterKind.VARIADIC if node.type == "rest_pattern" else kind
            return Parameter(text(node), "", "", kind)
        pattern = node.child_by_field_name("pattern")
        if pattern is not None and pattern.type == "rest_pattern":
            kind = ParameterKind.VARIADIC
        elif any(child.type in _MODIFIERS for child in node.children):
            kind = ParameterKind.PROPERTY
        mark = "?" if node.type == "optional_parameter" else ""
        annotation = _annotation(text(node.child_by_field_name("type")))
        return Parameter(
            text(pattern) + mark, annotation, text(node.child_by_field_name("value")), kind
        )

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
            type_parameters=type_parameters(types, _BRACKETS),
            bases=tuple(base for part in heritage for base in self._bases(part)),
            members=tuple(self._members(body)),
            sections=sections,
        )

    def _bases(self, node: tree_sitter.Node) -> Iterator[str]:
        """Name what a heritage clause extends and implements."""
        clauses = [child for child in node.named_children if child.type.endswith("_clause")]
        if not clauses and node.type == "class_heritage":
            yield self.places.text(node).removeprefix("extends").strip()
        for clause in clauses:
            text = self.places.text(clause)
            for word in ("extends", "implements"):
                text = text.removeprefix(word)
            yield from (part.strip() for part in split(text, _BRACKETS))

    def _members(self, body: tree_sitter.Node | None) -> Iterator[Member]:
        """Give the fields of a class body and the properties that its constructor declares."""
        for node in body.named_children if body is not None else ():
            if node.type in _FIELDS:
                yield self._field(node)
            elif node.type == "index_signature":
                yield self._signature(node)
            elif node.type == "method_definition" and self._is_constructor(node):
                for part in self._parameters(node.child_by_field_name("parameters"), ()):
                    if part.kind is ParameterKind.PROPERTY:
                        yield Member(part.name, part.annotation, part.default)

    def _is_constructor(self, node: tree_sitter.Node) -> bool:
        return self.places.text(node.child_by_field_name("name")) == "constructor"

    def _field(self, node: tree_sitter.Node) -> Member:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        return self._typed(node, self.places.text(name))

    def _typed(self, node: tree_sitter.Node, name: str) -> Member:
        value = node.child_by_field_name("value")
        text = self.places.text(value)
        known = _annotation(self.places.text(node.child_by_field_name("type")))
        known = known or (_LITERALS.get(value.type, "") if value is not None else "")
        return Member(name, known, text if len(text) <= _SHORT else "")

    def _signature(self, node: tree_sitter.Node) -> Member:
        """Read one member of an interface or object type."""
        text = self.places.text
        name = node.child_by_field_name("name")
        if node.type == "property_signature":
            mark = "?" if any(child.type == "?" for child in node.children) else ""
            return Member(
                text(name) + mark, _annotation(text(node.child_by_field_name("type"))), ""
            )
        if node.type == "method_signature" and name is not None:
            rest = self.places.source[name.end_byte : node.end_byte].decode("utf-8", "replace")
            return Member(text(name), " ".join(rest.split()), "")
        return Member(text(node), "", "")

    def _declarations(self) -> None:
        """Find the constants, fields and types, by slot."""
        for node in self.found.get("type", ()):
            at = self.places.slot_at(node.start_point.row)
            if at >= 0 and self.places.slots[at].kind is AtomKind.TYPE:
                self.types.setdefault(at, node)
        for definition in self.definitions:
            body = definition.child_by_field_name("body") if definition.type in _CLASSES else None
            for node in body.named_children if body is not None else ():
                if node.type in _FIELDS or node.type == "index_signature":
                    member = self._field(node) if node.type in _FIELDS else self._signature(node)
                    self._declare(node, [member])
        stack = list(reversed(self.root.named_children))
        while stack:
            node = stack.pop()
            if node.type in _DECLARATIONS:
                self._declare(node, list(self._variables(node)))
            elif node.type in _OPEN or node.type in _NAMESPACES:
                stack.extend(reversed(node.named_children))

    def _declare(self, node: tree_sitter.Node, members: list[Member]) -> None:
        at = self.places.slot_at(node.start_point.row)
        if at >= 0 and self.places.slots[at].kind in (AtomKind.CONSTANT, AtomKind.FIELD):
            self.declared.setdefault(at, []).extend(members)

    def _variables(self, node: tree_sitter.Node) -> Iterator[Member]:
        for part in node.named_children:
            if part.type == "variable_declarator":
                yield self._typed(part, self.places.text(part.child_by_field_name("name")))

    def _type_members(self, node: tree_sitter.Node) -> Iterator[Member]:
        """Give the members of an interface, an enum, an object type (also in an intersection)."""
        body = node.child_by_field_name("body") or node.child_by_field_name("value")
        stack = [body] if body is not None else []
        while stack:
            part = stack.pop()
            if part.type in ("interface_body", "object_type"):
                inner = (child for child in part.named_children if child.type != "comment")
                yield from (self._signature(child) for child in inner)
            elif part.type == "enum_body":
                yield from self._enum(part)
            elif part.type in ("intersection_type", "parenthesized_type"):
                stack.extend(reversed(part.named_children))

    def _enum(self, body: tree_sitter.Node) -> Iterator[Member]:
        for child in body.named_children:
            if child.type == "enum_assignment":
                yield self._typed(child, self.places.text(child.child_by_field_name("name")))
            elif child.type != "comment":
                yield Member(self.places.text(child), "", "")

    def _plain(
        self, at: int, slot: Slot, raised: Raised, imports: dict[int, list[Bound]]
    ) -> Contract:
        sections = script_sections_of(slot.docstring)
        node = self.types.get(at)
        types, bases = "", tuple[str, ...]()
        if node is not None:
            types = self.places.text(node.child_by_field_name("type_parameters"))
            heritage = [child for child in node.children if child.type == "extends_type_clause"]
            bases = tuple(
                part.strip()
                for child in heritage
                for part in split(self.places.text(child).removeprefix("extends"), _BRACKETS)
            )
        members = self._type_members(node) if node is not None else self.declared.get(at, ())
        return Contract(
            name=slot.name,
            kind=slot.kind.value,
            signature=slot.signature,
            docstring=slot.docstring,
            raises=with_documented(raised, sections),
            examples=_examples(slot, sections),
            decorators=slot.decorators,
            type_parameters=type_parameters(types, _BRACKETS),
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
            if at < 0 or node.type not in _DECLARATIONS:
                continue
            if self.places.slots[at].kind is AtomKind.IMPORT:
                found.setdefault(at, []).extend(required(node, self.places))
        return found


def _annotation(text: str) -> str:
    return text.removeprefix(":").strip()


def _told(sections: Iterable[Section], kind: str, name: str) -> str:
    """Give the type that a comment tells of a parameter or result."""
    bare = name.removeprefix("...").rstrip("?")
    found = (part.type for part in sections if part.kind == kind)
    if kind == "param":
        found = (part.type for part in sections if part.kind == kind and part.name == bare)
    return next(found, "")


def _literals(parameters: Iterable[Parameter]) -> Iterator[str]:
    """Turn parameters whose type is a choice of literals into preconditions."""
    for part in parameters:
        if _LITERAL_UNION.fullmatch(part.annotation):
            yield cut(f"{part.name}: {part.annotation}")


def _examples(slot: Slot, sections: Iterable[Section]) -> tuple[Example, ...]:
    texts = [part.text for part in sections if part.kind == "example"]
    lines = [at for at, line in enumerate(slot.code.splitlines(), 1) if "@example" in line]
    return tuple(Example(text, "", line) for text, line in zip(texts, lines, strict=False))
