"""What a walk over a script declares: functions, classes, types, namespaces, variables."""

from __future__ import annotations

from typing import NamedTuple

import tree_sitter

from atomization.parser import parse
from atomization.pieces import text_of
from atomization.project import ProjectFile
from atomization.python_scopes import Role
from atomization.script_names.kinds import ANNOTATIONS, BLOCKS, DECLARING, OWN_NAME, WORDS
from atomization.script_names.model import Module, Scope
from atomization.script_names.modules import bind_promised, line_of, read_required, string_of

Node = tree_sitter.Node


class At(NamedTuple):
    """Where the walk is: the scope, whether importing evaluates it, what a name there is for."""

    scope: Scope
    early: bool
    role: Role
    binds: Scope | None = None
    ambient: bool = False


class Declarations:
    """The part of the walk that opens scopes and declares names in them."""

    def __init__(self, file: ProjectFile) -> None:
        """Parse a file."""
        self.module = Module(file)
        self.source = file.text.encode("utf-8", "surrogateescape")
        self.root = parse(self.source, file.language).root_node
        self.stack: list[tuple[Node, At]] = []
        self.promised: dict[int, str] = {}
        if self.root.has_error:
            self.module.problems.append((1, "parts of the file do not follow the grammar"))

    def _text(self, node: Node | None) -> str:
        return text_of(node, self.source)

    def _visit(self, *parts: tuple[Node | None, At]) -> None:
        self.stack.extend((node, at) for node, at in reversed(parts) if node is not None)

    def _children(self, node: Node, at: At) -> None:
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

    def _function(self, node: Node, at: At) -> None:
        name = node.child_by_field_name("name")
        single = node.child_by_field_name("parameter")
        inner = Scope(at.scope, function=True)
        if name is not None and node.type in DECLARING:
            self._declare(self._text(name), at.scope, line_of(name))
        elif name is not None and node.type in OWN_NAME:
            self._declare(self._text(name), inner, line_of(name))
        later = At(inner, False, at.role if at.role is Role.ANNOTATION else Role.VALUE)
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

    def _parameter(self, node: Node, at: At) -> None:
        plain = at._replace(binds=None)
        if at.binds is None:  # the label of a tuple's element
            at = at._replace(binds=Scope(at.scope))
        pattern = node.child_by_field_name("pattern") or node.child_by_field_name("name")
        for part in reversed(node.named_children):
            own = pattern is not None and part.id == pattern.id
            self.stack.append((part, at if own else plain))

    def _class(self, node: Node, at: At) -> None:
        name = node.child_by_field_name("name")
        inner = Scope(at.scope)
        if name is not None:
            own = node.type in OWN_NAME
            self._declare(self._text(name), inner if own else at.scope, line_of(name))
        parts = [part for part in node.named_children if name is None or part.id != name.id]
        plain = at._replace(scope=inner, role=Role.VALUE, binds=None)
        self._visit(*((part, plain) for part in parts))

    def _heritage(self, node: Node, at: At) -> None:
        value = node.child_by_field_name("value")
        base = at._replace(role=Role.BASE)
        direct = node.type == "class_heritage" and node.named_child_count == 1
        for part in reversed(node.named_children):
            own = direct or (value is not None and part.id == value.id)
            role = base if own else at._replace(role=Role.ANNOTATION)
            self.stack.append((part, role if node.type == "extends_clause" or own else at))

    def _field(self, node: Node, at: At) -> None:
        static = any(part.type == "static" for part in node.children)
        value = node.child_by_field_name("value")
        for part in reversed(node.named_children):
            late = value is not None and part.id == value.id and not static
            self.stack.append((part, at._replace(early=at.early and not late, role=Role.VALUE)))

    def _type(self, node: Node, at: At) -> None:
        name = node.child_by_field_name("name")
        inner = Scope(at.scope)
        if name is not None:
            self._declare(self._text(name), at.scope, line_of(name))
        parts = [part for part in node.named_children if name is None or part.id != name.id]
        plain = at._replace(scope=inner, role=Role.ANNOTATION, binds=None)
        self._visit(*((part, plain) for part in parts))

    def _enum(self, node: Node, at: At) -> None:
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

    def _namespace(self, node: Node, at: At) -> None:
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

    def _ambient(self, node: Node, at: At) -> None:
        inner = at._replace(ambient=True)
        for part in reversed(node.named_children):
            if part.type == "statement_block":  # declare global
                scope = Scope(at.scope, True, True, names=self.module.globals)
                everywhere = inner._replace(scope=scope)
                self._visit(*((child, everywhere) for child in part.named_children))
            else:
                self.stack.append((part, inner))

    def _variables(self, node: Node, at: At) -> None:
        var = node.type == "variable_declaration"
        scope = self._function_scope(at.scope) if var else at.scope
        self._visit(*((part, at._replace(binds=scope)) for part in node.named_children))

    def _declarator(self, node: Node, at: At) -> None:
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

    def _for_in(self, node: Node, at: At) -> None:
        inner = at._replace(scope=Scope(at.scope), binds=None, role=Role.VALUE)
        kind, left = node.child_by_field_name("kind"), node.child_by_field_name("left")
        own = inner.scope
        if kind is not None and kind.type == "var":
            own = self._function_scope(at.scope)
        bound = inner._replace(binds=own if kind is not None else None)
        right, body = node.child_by_field_name("right"), node.child_by_field_name("body")
        self._visit((left, bound), (right, inner), (body, inner))

    def _catch(self, node: Node, at: At) -> None:
        inner = at._replace(scope=Scope(at.scope), binds=None, role=Role.VALUE)
        parameter = node.child_by_field_name("parameter")
        bound = inner._replace(binds=inner.scope)
        kind, body = node.child_by_field_name("type"), node.child_by_field_name("body")
        self._visit((parameter, bound), (kind, inner), (body, inner))

    def _pattern(self, node: Node, at: At) -> None:
        plain = at._replace(binds=None)
        right = node.child_by_field_name("right")
        for part in reversed(node.named_children):
            late = right is not None and part.id == right.id
            late = late or part.type == "computed_property_name"
            self.stack.append((part, plain if late else at))

    def _type_parameter(self, node: Node, at: At) -> None:
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

    def _index(self, node: Node, at: At) -> None:
        inner = at._replace(scope=Scope(at.scope), role=Role.ANNOTATION, binds=None)
        name = node.child_by_field_name("name")
        self._declare(self._text(name), inner.scope, line_of(node))
        parts = [part for part in node.named_children if name is None or part.id != name.id]
        self._visit(*((part, inner) for part in parts))

    def _import_alias(self, node: Node, at: At) -> None:
        name, *value = node.named_children
        self._declare(self._text(name), at.scope, line_of(node))
        if value and at.scope.slotted:
            at.scope.aliases = at.scope.aliases or {}
            at.scope.aliases[self._text(name)] = self._text(value[0])
        self._visit(*((part, at) for part in value))


def _joined(scope: Scope, name: str) -> str:
    return f"{scope.path}.{name}" if scope.path else name
