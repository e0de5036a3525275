"""One walk over a script: its scopes, what is declared in them, and every use of a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from atomization.project import ProjectFile
from atomization.python_scopes import Role
from atomization.script_names.declarations import At, Declarations, Node
from atomization.script_names.kinds import FUNCTIONS, MEMBERS, PATTERN_NAME, SKIPPED, WORDS
from atomization.script_names.model import Import, Module, Use
from atomization.script_names.modules import (
    line_of,
    read_assignment,
    read_call,
    read_export,
    read_import,
    required,
)
from atomization.script_nodes import CALLABLES

_CHAIN: Final = 8
_DECLARATIONS: Final = (".d.ts", ".d.mts", ".d.cts")
_OF_PROMISES: Final = ("then", "catch", "finally")


def read_file(file: ProjectFile) -> Module:
    """Read one file; never raises for what stands in it."""
    reader = _Reader(file)
    reader.run()
    return reader.module


class _Reader(Declarations):
    def run(self) -> None:
        """Visit every node that may hold names, in source order."""
        ambient = self.module.file.path.endswith(_DECLARATIONS)
        self.stack.append((self.root, At(self.module.top, True, Role.VALUE, None, ambient)))
        while self.stack:
            node, at = self.stack.pop()
            kind = node.type
            if kind in SKIPPED:
                continue
            handler = _HANDLERS.get(kind, _Reader._children)
            handler(self, node, at)

    # imports, exports

    def _import(self, node: Node, at: At) -> None:
        self.module.module = True
        read_import(node, self.module, self.source)

    def _export(self, node: Node, at: At) -> None:
        if at.scope is self.module.top:
            self.module.module = True
            read_export(node, self.module, self.source)
        if node.child_by_field_name("source") is None:
            self._children(node, at)

    def _specifier(self, node: Node, at: At) -> None:
        self._visit((node.child_by_field_name("name"), at))

    # uses

    def _use(self, node: Node, at: At, name: str, receiver: str = "") -> None:
        role = at.role
        if node.type == "type_identifier" and role is not Role.BASE:
            role = Role.ANNOTATION
        use = Use(name, line_of(node), role, at.early, at.scope, receiver)
        self.module.uses.append(use)

    def _word(self, node: Node, at: At) -> None:
        if at.binds is not None:
            self._declare(self._text(node), at.binds, line_of(node))
        else:
            self._use(node, at, self._text(node))

    def _member(self, node: Node, at: At) -> None:
        owner = node.child_by_field_name("object") or node.child_by_field_name("module")
        name = node.child_by_field_name("property") or node.child_by_field_name("name")
        receiver = self._chain(owner)
        if receiver and name is not None:
            self._use(node, at, self._text(name), receiver)
        elif name is not None:
            self._use_of_module(node, at, name, owner)
        role = at.role if at.role is Role.ANNOTATION else Role.VALUE
        self._visit((owner, at._replace(role=role, binds=None)))

    def _use_of_module(self, node: Node, at: At, name: Node, owner: Node | None) -> None:
        """Note ``require("a").b``, or a callback that takes the module: ``import("a").then(…)``."""
        source = required(owner, self.source)
        if not source:
            return
        text, parent = self._text(name), node.parent
        if text in _OF_PROMISES:
            arguments = parent.child_by_field_name("arguments") if parent is not None else None
            first = arguments.named_children[:1] if arguments is not None else []
            if text == "then" and first and first[0].type in CALLABLES:
                self.promised[first[0].id] = source
            return
        role = Role.ANNOTATION if node.type == "nested_type_identifier" else at.role
        use = Use(text, line_of(node), role, at.early, at.scope, "", source)
        self.module.uses.append(use)

    def _chain(self, node: Node | None) -> str:
        """Spell a receiver that is a name, ``this``, or a member of such."""
        names: list[str] = []
        while node is not None and len(names) < _CHAIN:
            if node.type in ("identifier", "this", "super", "type_identifier"):
                return ".".join([self._text(node), *reversed(names)])
            if node.type not in MEMBERS:
                return ""
            name = node.child_by_field_name("property") or node.child_by_field_name("name")
            names.append(self._text(name))
            node = node.child_by_field_name("object") or node.child_by_field_name("module")
        return ""

    def _call(self, node: Node, at: At) -> None:
        target = required(node, self.source)
        if target:
            item = Import("", "", target, line_of(node), at_import=at.early)
            self.module.imports.append(item)
        elif node.type == "call_expression" and node.named_child_count > 1:
            read_call(node, self.module, self.source)
        called = at._replace(role=at.role if at.role is Role.DECORATOR else Role.CALL, binds=None)
        plain = at._replace(role=Role.VALUE, binds=None)
        for index, part in reversed(list(enumerate(node.named_children))):
            self.stack.append((part, plain if index else called))

    def _assignment(self, node: Node, at: At) -> None:
        read_assignment(node, self.module, self.source)
        self._children(node, at)

    def _decorator(self, node: Node, at: At) -> None:
        inner = at._replace(role=Role.DECORATOR, binds=None)
        self._visit(*((part, inner) for part in node.named_children))

    def _element(self, node: Node, at: At) -> None:
        name = node.child_by_field_name("name")
        plain = at._replace(role=Role.VALUE, binds=None)
        for part in reversed(node.named_children):
            if name is None or part.id != name.id:
                self.stack.append((part, plain))
            elif name.type != "identifier" or self._text(name)[:1].isupper():
                self.stack.append((part, plain._replace(role=Role.CALL)))

    def _nothing(self, node: Node, at: At) -> None:
        """Leave out what holds no names."""


_Handler = Callable[[_Reader, Node, At], Any]
_HANDLERS: Final[dict[str, _Handler]] = {
    **dict.fromkeys(FUNCTIONS, _Reader._function),
    **dict.fromkeys(WORDS | {PATTERN_NAME}, _Reader._word),
    **dict.fromkeys(MEMBERS, _Reader._member),
    "class": _Reader._class,
    "class_declaration": _Reader._class,
    "abstract_class_declaration": _Reader._class,
    "class_heritage": _Reader._heritage,
    "extends_clause": _Reader._heritage,
    "public_field_definition": _Reader._field,
    "field_definition": _Reader._field,
    "required_parameter": _Reader._parameter,
    "optional_parameter": _Reader._parameter,
    "interface_declaration": _Reader._type,
    "type_alias_declaration": _Reader._type,
    "enum_declaration": _Reader._enum,
    "internal_module": _Reader._namespace,
    "module": _Reader._namespace,
    "ambient_declaration": _Reader._ambient,
    "lexical_declaration": _Reader._variables,
    "variable_declaration": _Reader._variables,
    "using_declaration": _Reader._variables,
    "variable_declarator": _Reader._declarator,
    "for_in_statement": _Reader._for_in,
    "catch_clause": _Reader._catch,
    "object_pattern": _Reader._pattern,
    "array_pattern": _Reader._pattern,
    "rest_pattern": _Reader._pattern,
    "assignment_pattern": _Reader._pattern,
    "object_assignment_pattern": _Reader._pattern,
    "pair_pattern": _Reader._pattern,
    "type_parameter": _Reader._type_parameter,
    "infer_type": _Reader._type_parameter,
    "mapped_type_clause": _Reader._type_parameter,
    "index_signature": _Reader._index,
    "import_alias": _Reader._import_alias,
    "import_statement": _Reader._import,
    "export_statement": _Reader._export,
    "export_specifier": _Reader._specifier,
    "namespace_export": _Reader._nothing,
    "call_expression": _Reader._call,
    "new_expression": _Reader._call,
    "assignment_expression": _Reader._assignment,
    "decorator": _Reader._decorator,
    "jsx_opening_element": _Reader._element,
    "jsx_self_closing_element": _Reader._element,
    "jsx_namespace_name": _Reader._nothing,
}
