"""One walk over a script: its scopes, what is declared in them, and every use of a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import tree_sitter

from atomization.parser import parse
from atomization.pieces import text_of
from atomization.project import ProjectFile
from atomization.python_scopes import Role
from atomization.script_names.kinds import (
    ANNOTATIONS,
    BLOCKS,
    DECLARING,
    FUNCTIONS,
    MEMBERS,
    OWN_NAME,
    PATTERN_NAME,
    SKIPPED,
    WORDS,
)
from atomization.script_names.model import Import, Module, Scope, Use
from atomization.script_names.modules import (
    bind_promised,
    line_of,
    read_assignment,
    read_call,
    read_export,
    read_import,
    read_required,
    required,
    string_of,
)
from atomization.script_nodes import CALLABLES

Node = tree_sitter.Node
_CHAIN: Final = 8
_DECLARATIONS: Final = (".d.ts", ".d.mts", ".d.cts")
_OF_PROMISES: Final = ("then", "catch", "finally")


class _At(NamedTuple):
    """Where the walk is: the scope, whether importing evaluates it, what a name there is for."""

    scope: Scope
    early: bool
    role: Role
    binds: Scope | None = None
    ambient: bool = False


def read_file(file: ProjectFile) -> Module:
    """Read one file; never raises for what stands in it."""
    reader = _Reader(file)
    reader.run()
    return reader.module


class _Reader:
    def __init__(self, file: ProjectFile) -> None:
        self.module = Module(file)
        self.source = file.text.encode("utf-8", "surrogateescape")
        self.root = parse(self.source, file.language).root_node
        self.stack: list[tuple[Node, _At]] = []
        self.promised: dict[int, str] = {}
        if self.root.has_error:
            self.module.problems.append((1, "parts of the file do not follow the grammar"))

    def run(self) -> None:
        """Visit every node that may hold names, in source order."""
        ambient = self.module.file.path.endswith(_DECLARATIONS)
        self.stack.append((self.root, _At(self.module.top, True, Role.VALUE, None, ambient)))
        while self.stack:
            node, at = self.stack.pop()
            kind = node.type
            if kind in SKIPPED:
                continue
            handler = _HANDLERS.get(kind, _Reader._children)
            handler(self, node, at)

    def _text(self, node: Node | None) -> str:
        return text_of(node, self.source)

    def _visit(self, *parts: tuple[Node | None, _At]) -> None:
        self.stack.extend((node, at) for node, at in reversed(parts) if node is not None)

    def _children(self, node: Node, at: _At) -> None:
        if node.type in ANNOTATIONS:
            role = Role.ANNOTATION
        elif at.role is Role.ANNOTATION or (at.role is Role.BASE and "heritage" in node.type):
            role = at.role
        else:
            role = Role.VALUE
        inner = at._replace(role=role, binds=None)
        if node.type in BLOCKS:
            infers = node.type == "conditional_type"
            scope = Scope(at.scope, function="static" in node.type, infers=infers)
            inner = inner._replace(scope=scope)
        self.stack.extend((part, inner) for part in reversed(node.named_children))

    # declarations

    def _declare(self, name: str, scope: Scope, line: int) -> None:
        if not name:
            return
        slots = scope.names.setdefault(name, [])
        slot = self.module.file.slot_at(line)
        if slot not in slots:
            slots.append(slot)

    def _function_scope(self, scope: Scope) -> Scope:
        while not scope.function and scope.parent is not None:
            scope = scope.parent
        return scope

    def _function(self, node: Node, at: _At) -> None:
        name = node.child_by_field_name("name")
        single = node.child_by_field_name("parameter")
        inner = Scope(at.scope, function=True)
        if name is not None and node.type in DECLARING:
            self._declare(self._text(name), at.scope, line_of(name))
        elif name is not None and node.type in OWN_NAME:
            self._declare(self._text(name), inner, line_of(name))
        later = _At(inner, False, at.role if at.role is Role.ANNOTATION else Role.VALUE)
        if node.id in self.promised:
            bind_promised(node, self.module, self.source, inner, self.promised[node.id])
        for part in reversed(node.named_children):
            if part.type == "decorator":
                self.stack.append((part, at._replace(role=Role.VALUE)))
            elif name is not None and part.id == name.id:
                if name.type == "computed_property_name":
                    self.stack.append((part, at._replace(role=Role.VALUE)))
            elif part.type == "statement_block":
                self.stack.extend((child, later) for child in reversed(part.named_children))
            elif part.type == "formal_parameters":
                bound = later._replace(binds=inner)
                self.stack.extend((child, bound) for child in reversed(part.named_children))
            else:
                own = single is not None and part.id == single.id
                self.stack.append((part, later._replace(binds=inner if own else None)))

    def _parameter(self, node: Node, at: _At) -> None:
        plain = at._replace(binds=None)
        if at.binds is None:  # the label of a tuple's element
            at = at._replace(binds=Scope(at.scope))
        pattern = node.child_by_field_name("pattern") or node.child_by_field_name("name")
        for part in reversed(node.named_children):
            own = pattern is not None and part.id == pattern.id
            self.stack.append((part, at if own else plain))

    def _class(self, node: Node, at: _At) -> None:
        name = node.child_by_field_name("name")
        inner = Scope(at.scope)
        if name is not None:
            own = node.type in OWN_NAME
            self._declare(self._text(name), inner if own else at.scope, line_of(name))
        parts = [part for part in node.named_children if name is None or part.id != name.id]
        plain = at._replace(scope=inner, role=Role.VALUE, binds=None)
        self._visit(*((part, plain) for part in parts))

    def _heritage(self, node: Node, at: _At) -> None:
        value = node.child_by_field_name("value")
        base = at._replace(role=Role.BASE)
        direct = node.type == "class_heritage" and node.named_child_count == 1
        for part in reversed(node.named_children):
            own = direct or (value is not None and part.id == value.id)
            role = base if own else at._replace(role=Role.ANNOTATION)
            self.stack.append((part, role if node.type == "extends_clause" or own else at))

    def _field(self, node: Node, at: _At) -> None:
        static = any(part.type == "static" for part in node.children)
        value = node.child_by_field_name("value")
        for part in reversed(node.named_children):
            late = value is not None and part.id == value.id and not static
            self.stack.append((part, at._replace(early=at.early and not late, role=Role.VALUE)))

    def _type(self, node: Node, at: _At) -> None:
        name = node.child_by_field_name("name")
        inner = Scope(at.scope)
        if name is not None:
            self._declare(self._text(name), at.scope, line_of(name))
        parts = [part for part in node.named_children if name is None or part.id != name.id]
        plain = at._replace(scope=inner, role=Role.ANNOTATION, binds=None)
        self._visit(*((part, plain) for part in parts))

    def _enum(self, node: Node, at: _At) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        text = self._text(name)
        self._declare(text, at.scope, line_of(node))
        members = self.module.namespaces.setdefault(_joined(at.scope, text), {})
        inner = Scope(at.scope, slotted=True, names=members, path=_joined(at.scope, text))
        for part in body.named_children if body is not None else ():
            member = part.child_by_field_name("name") if part.type == "enum_assignment" else part
            self._declare(self._text(member).strip("\"'`"), inner, line_of(part))
            value = part.child_by_field_name("value")
            self._visit((value, at._replace(scope=inner, role=Role.VALUE)))

    def _namespace(self, node: Node, at: _At) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        scope = at.scope
        if name is not None and name.type == "string":
            names = self.module.augments.setdefault(string_of(name, self.source), {})
            inner = at._replace(scope=Scope(scope, True, True, names=names))
            self._visit(*((part, inner) for part in (body.named_children if body else ())))
            return
        members: dict[str, list[int]] = {}
        for part in self._text(name).split("."):
            self._declare(part.strip(), scope, line_of(node))
            path = _joined(scope, part.strip())
            members = self.module.namespaces.setdefault(path, {})
            scope = Scope(scope, scope.slotted, True, path, members)
        own = Scope(scope.parent, scope.slotted, True, scope.path, shared=members)
        scope.parent = own
        hidden = at._replace(scope=own, role=Role.VALUE, binds=None)
        exported = hidden._replace(scope=scope)
        parts = body.named_children if body is not None else ()
        self._visit(
            *(
                (part, exported if at.ambient or part.type == "export_statement" else hidden)
                for part in parts
            )
        )

    def _ambient(self, node: Node, at: _At) -> None:
        inner = at._replace(ambient=True)
        for part in reversed(node.named_children):
            if part.type == "statement_block":  # declare global
                scope = Scope(at.scope, True, True, names=self.module.globals)
                everywhere = inner._replace(scope=scope)
                self._visit(*((child, everywhere) for child in part.named_children))
            else:
                self.stack.append((part, inner))

    def _variables(self, node: Node, at: _At) -> None:
        var = node.type == "variable_declaration"
        scope = self._function_scope(at.scope) if var else at.scope
        self._visit(*((part, at._replace(binds=scope)) for part in node.named_children))

    def _declarator(self, node: Node, at: _At) -> None:
        scope = at.binds or at.scope
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        plain = at._replace(binds=None, role=Role.VALUE)
        if read_required(node, self.module, self.source, scope):
            if value is not None and value.type in ("call_expression", "member_expression"):
                called = plain._replace(role=Role.CALL)
                self._visit(*((part, called) for part in value.named_children[:1]))
            return
        bound = at._replace(binds=scope, role=Role.VALUE)
        self._visit((name, bound), (node.child_by_field_name("type"), plain), (value, plain))

    def _for_in(self, node: Node, at: _At) -> None:
        inner = at._replace(scope=Scope(at.scope), binds=None, role=Role.VALUE)
        kind, left = node.child_by_field_name("kind"), node.child_by_field_name("left")
        own = inner.scope
        if kind is not None and kind.type == "var":
            own = self._function_scope(at.scope)
        bound = inner._replace(binds=own if kind is not None else None)
        right, body = node.child_by_field_name("right"), node.child_by_field_name("body")
        self._visit((left, bound), (right, inner), (body, inner))

    def _catch(self, node: Node, at: _At) -> None:
        inner = at._replace(scope=Scope(at.scope), binds=None, role=Role.VALUE)
        parameter = node.child_by_field_name("parameter")
        bound = inner._replace(binds=inner.scope)
        kind, body = node.child_by_field_name("type"), node.child_by_field_name("body")
        self._visit((parameter, bound), (kind, inner), (body, inner))

    def _pattern(self, node: Node, at: _At) -> None:
        plain = at._replace(binds=None)
        right = node.child_by_field_name("right")
        for part in reversed(node.named_children):
            late = right is not None and part.id == right.id
            late = late or part.type == "computed_property_name"
            self.stack.append((part, plain if late else at))

    def _type_parameter(self, node: Node, at: _At) -> None:
        name = node.child_by_field_name("name")
        if name is None:
            name = next((part for part in node.named_children if part.type in WORDS), None)
        scope: Scope | None = at.scope
        while node.type == "infer_type" and scope is not None and not scope.infers:
            scope = scope.parent
        self._declare(self._text(name), scope or at.scope, line_of(node))
        inner = at._replace(role=Role.ANNOTATION)
        parts = [part for part in node.named_children if name is None or part.id != name.id]
        self._visit(*((part, inner) for part in parts))

    def _index(self, node: Node, at: _At) -> None:
        inner = at._replace(scope=Scope(at.scope), role=Role.ANNOTATION, binds=None)
        name = node.child_by_field_name("name")
        self._declare(self._text(name), inner.scope, line_of(node))
        parts = [part for part in node.named_children if name is None or part.id != name.id]
        self._visit(*((part, inner) for part in parts))

    def _import_alias(self, node: Node, at: _At) -> None:
        name, *value = node.named_children
        self._declare(self._text(name), at.scope, line_of(node))
        if value and at.scope.slotted:
            at.scope.aliases = at.scope.aliases or {}
            at.scope.aliases[self._text(name)] = self._text(value[0])
        self._visit(*((part, at) for part in value))

    # imports, exports

    def _import(self, node: Node, at: _At) -> None:
        self.module.module = True
        read_import(node, self.module, self.source)

    def _export(self, node: Node, at: _At) -> None:
        if at.scope is self.module.top:
            self.module.module = True
            read_export(node, self.module, self.source)
        if node.child_by_field_name("source") is None:
            self._children(node, at)

    def _specifier(self, node: Node, at: _At) -> None:
        self._visit((node.child_by_field_name("name"), at))

    # uses

    def _use(self, node: Node, at: _At, name: str, receiver: str = "") -> None:
        role = at.role
        if node.type == "type_identifier" and role is not Role.BASE:
            role = Role.ANNOTATION
        use = Use(name, line_of(node), role, at.early, at.scope, receiver)
        self.module.uses.append(use)

    def _word(self, node: Node, at: _At) -> None:
        if at.binds is not None:
            self._declare(self._text(node), at.binds, line_of(node))
        else:
            self._use(node, at, self._text(node))

    def _member(self, node: Node, at: _At) -> None:
        owner = node.child_by_field_name("object") or node.child_by_field_name("module")
        name = node.child_by_field_name("property") or node.child_by_field_name("name")
        receiver = self._chain(owner)
        if receiver and name is not None:
            self._use(node, at, self._text(name), receiver)
        elif name is not None:
            self._use_of_module(node, at, name, owner)
        role = at.role if at.role is Role.ANNOTATION else Role.VALUE
        self._visit((owner, at._replace(role=role, binds=None)))

    def _use_of_module(self, node: Node, at: _At, name: Node, owner: Node | None) -> None:
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

    def _call(self, node: Node, at: _At) -> None:
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

    def _assignment(self, node: Node, at: _At) -> None:
        read_assignment(node, self.module, self.source)
        self._children(node, at)

    def _decorator(self, node: Node, at: _At) -> None:
        inner = at._replace(role=Role.DECORATOR, binds=None)
        self._visit(*((part, inner) for part in node.named_children))

    def _element(self, node: Node, at: _At) -> None:
        name = node.child_by_field_name("name")
        plain = at._replace(role=Role.VALUE, binds=None)
        for part in reversed(node.named_children):
            if name is None or part.id != name.id:
                self.stack.append((part, plain))
            elif name.type != "identifier" or self._text(name)[:1].isupper():
                self.stack.append((part, plain._replace(role=Role.CALL)))

    def _nothing(self, node: Node, at: _At) -> None:
        """Leave out what holds no names."""


def _joined(scope: Scope, name: str) -> str:
    return f"{scope.path}.{name}" if scope.path else name


_Handler = Callable[[_Reader, Node, _At], Any]
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
