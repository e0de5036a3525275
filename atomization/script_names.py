"""Names in TypeScript, TSX and JavaScript: module level, imports, ``this``, by name.

A modest first reading: a name declared anywhere inside a top-level declaration counts as local to
the whole of it. Scopes in full belong here later; the shape of the answer will not change.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import tree_sitter

from atomization.decomposer import Slot
from atomization.parser import parse
from atomization.pieces import AtomKind, text_of
from atomization.project import ProjectFile
from atomization.python_resolver import Outcome
from atomization.python_scopes import Role
from atomization.script_globals import GLOBALS, SUFFIXES, SWAPPED

Place = tuple[str, int, str, str]

_PATTERNS: Final = frozenset(
    {"object_pattern", "array_pattern", "rest_pattern", "assignment_pattern", "pair_pattern"}
)
_BINDERS: Final = frozenset(
    {
        ("variable_declarator", "name"),
        ("required_parameter", "pattern"),
        ("optional_parameter", "pattern"),
        ("arrow_function", "parameter"),
        ("catch_clause", "parameter"),
        ("for_in_statement", "left"),
        ("function_declaration", "name"),
        ("generator_function_declaration", "name"),
        ("function_signature", "name"),
        ("function_expression", "name"),
        ("class_declaration", "name"),
        ("abstract_class_declaration", "name"),
        ("class", "name"),
        ("interface_declaration", "name"),
        ("type_alias_declaration", "name"),
        ("enum_declaration", "name"),
        ("internal_module", "name"),
        ("module", "name"),
        ("type_parameter", "name"),
        ("import_clause", ""),
        ("namespace_import", ""),
        ("import_require_clause", ""),
        ("infer_type", ""),
        ("mapped_type_clause", "name"),
        ("index_signature", "name"),
    }
)
_DEFERRED: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
        "public_field_definition",
        "field_definition",
    }
)
_QUALIFIED: Final = frozenset({"nested_type_identifier", "nested_identifier"})
_WORDS: Final = frozenset(
    {
        "identifier",
        "type_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
    }
)


@dataclass(frozen=True, slots=True)
class ScriptHit:
    """One use of a name, resolved: targets are (path, slot, what, via)."""

    slot: int
    line: int
    text: str
    role: Role
    at_import: bool
    outcome: Outcome
    targets: tuple[Place, ...]
    is_import: bool = False


@dataclass(frozen=True, slots=True)
class _Use:
    text: str
    line: int
    role: Role
    at_import: bool
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class _Import:
    local: str
    name: str  # "" for the whole module, "*" for every export
    source: str
    line: int
    exported: bool


@dataclass(slots=True)
class _Module:
    file: ProjectFile
    uses: list[_Use] = field(default_factory=list)
    imports: list[_Import] = field(default_factory=list)
    declared: dict[int, set[str]] = field(default_factory=dict)
    top: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def unit(self, line: int) -> int:
        """Tell which statement of the module holds a line; names inside are local to it."""
        return bisect_right(self.starts, line)


@dataclass(frozen=True, slots=True)
class _Step:
    node: tree_sitter.Node
    parent: str
    field: str
    binding: bool
    deferred: bool
    role: Role


@dataclass(frozen=True, slots=True)
class ScriptAnswer:
    """One file's uses, the lines that were not understood, and what binds each imported name."""

    file: ProjectFile
    hits: tuple[ScriptHit, ...]
    problems: tuple[tuple[int, str], ...]
    statements: dict[str, str]


def script_references(files: Sequence[ProjectFile]) -> Iterator[ScriptAnswer]:
    """Resolve the names of TypeScript and JavaScript files, file by file; never raises."""
    modules = {file.path: _read(file) for file in files}
    for module in modules.values():
        hits = tuple(_Linker(module, modules).hits())
        statements = {item.local: _statement(item) for item in module.imports if item.local}
        yield ScriptAnswer(module.file, hits, tuple(module.problems), statements)


def _statement(item: _Import) -> str:
    if not item.name:
        return f'import * as {item.local} from "{item.source}";'
    if item.name == "default":
        return f'import {item.local} from "{item.source}";'
    renamed = item.name if item.name == item.local else f"{item.name} as {item.local}"
    return f'import {{ {renamed} }} from "{item.source}";'


def _read(file: ProjectFile) -> _Module:
    module = _Module(file)
    source = file.text.encode("utf-8", "surrogateescape")
    root = parse(source, file.language).root_node
    module.starts = [child.start_point.row + 1 for child in root.children]
    if root.has_error:
        module.problems.append((1, "parts of the file do not follow the grammar"))
    stack = [_Step(root, "", "", False, False, Role.VALUE)]
    while stack:
        step = stack.pop()
        _visit(step, module, source)
        stack.extend(reversed(_children(step, source)))
    return module


def _children(step: _Step, source: bytes) -> list[_Step]:
    node = step.node
    if node.type in _WORDS or node.type in ("import_statement", "comment", "string"):
        return []
    if node.type == "export_statement" and node.child_by_field_name("source") is not None:
        return []
    deferred = step.deferred or node.type in _DEFERRED
    found = []
    for index, child in enumerate(node.children):
        if not child.is_named:
            continue
        name = node.field_name_for_child(index) or ""
        if node.type in _QUALIFIED and name in ("name", "property"):
            continue
        binding = (node.type, name) in _BINDERS or (node.type, "") in _BINDERS
        if node.type == "formal_parameters" and child.type in _WORDS | _PATTERNS:
            binding = True
        if node.type in _PATTERNS and step.binding:
            binding = name not in ("right", "key")
        role = _role(node, name, step.role)
        early = name == "name" or child.type == "decorator"
        later = step.deferred if early else deferred
        found.append(_Step(child, node.type, name, binding, later, role))
    return found


def _role(parent: tree_sitter.Node, name: str, role: Role) -> Role:
    kind = parent.type
    if kind == "decorator":
        return Role.DECORATOR
    if kind == "extends_clause" and name == "value":
        return Role.BASE
    if kind == "class_heritage" and parent.named_child_count == 1:
        return Role.BASE
    if (kind, name) in (("call_expression", "function"), ("new_expression", "constructor")):
        return Role.DECORATOR if role is Role.DECORATOR else Role.CALL
    if kind.startswith("jsx_") and name == "name":
        return Role.CALL
    if kind in ("type_annotation", "implements_clause", "extends_type_clause"):
        return Role.ANNOTATION
    inherited = role is Role.ANNOTATION or (role is Role.BASE and kind == "class_heritage")
    return role if inherited else Role.VALUE


def _visit(step: _Step, module: _Module, source: bytes) -> None:
    node = step.node
    line = node.start_point.row + 1
    if node.type == "import_statement":
        _read_import(node, module, source, line)
    elif node.type == "export_statement":
        _read_export(node, module, source, line)
    elif node.type == "variable_declarator":
        _read_require(node, module, source, line)
    elif node.type == "member_expression" or node.type in _QUALIFIED:
        _read_member(step, module, source, line)
    elif node.type in _WORDS:
        _read_word(step, module, source, line)


def _read_word(step: _Step, module: _Module, source: bytes, line: int) -> None:
    text = text_of(step.node, source)
    if step.parent in ("import_specifier", "export_specifier", "namespace_export"):
        if step.parent == "export_specifier" and step.field == "name":
            module.uses.append(_Use(text, line, Role.VALUE, True))
        return
    pattern = step.node.type == "shorthand_property_identifier_pattern"
    if step.binding or pattern:
        slot = module.file.slot_at(line)
        if step.deferred or not _declares(module.file, slot, text):
            module.declared.setdefault(module.unit(line), set()).add(text)
        else:
            module.top.setdefault(text, slot)
        return
    if step.parent.startswith("jsx_") and step.field == "name" and not text[:1].isupper():
        return
    role = Role.ANNOTATION if step.node.type == "type_identifier" else step.role
    role = step.role if step.role is Role.BASE else role
    module.uses.append(_Use(text, line, role, not step.deferred))


def _declares(file: ProjectFile, index: int, name: str) -> bool:
    """Tell whether a slot is the module-level declaration of a name."""
    slot = file.slots[index]
    if slot.parent is not None:
        return False
    if slot.kind in (AtomKind.CONSTANT, AtomKind.BLOCK, AtomKind.IMPORT):
        return True
    return slot.name.split("#", 1)[0] in (name, "default")


def _read_member(step: _Step, module: _Module, source: bytes, line: int) -> None:
    field = step.node.child_by_field_name
    owner = field("object") or field("module")
    name = text_of(field("property") or field("name"), source)
    if owner is not None and owner.type in ("this", "super", "identifier") and name:
        receiver = text_of(owner, source)
        module.uses.append(_Use(name, line, step.role, not step.deferred, receiver))


def _string(node: tree_sitter.Node | None, source: bytes) -> str:
    return text_of(node, source).strip("\"'`")


def _read_import(node: tree_sitter.Node, module: _Module, source: bytes, line: int) -> None:
    target = _string(node.child_by_field_name("source"), source)
    stack, found = list(node.named_children), False
    while stack:
        child = stack.pop(0)
        if child.type == "identifier":
            found = True
            module.imports.append(_Import(text_of(child, source), "default", target, line, False))
        elif child.type == "namespace_import":
            found = True
            name = text_of(child, source).split()[-1]
            module.imports.append(_Import(name, "", target, line, False))
        elif child.type == "import_specifier":
            found = True
            name = text_of(child.child_by_field_name("name"), source)
            local = text_of(child.child_by_field_name("alias"), source) or name
            module.imports.append(_Import(local, name, target, line, False))
        elif child.type == "import_require_clause":
            target = _string(child.child_by_field_name("source"), source)
            name = text_of(child.named_child(0), source) if child.named_child_count else ""
            module.imports.append(_Import(name, "", target, line, False))
            return
        else:
            stack = [*child.named_children, *stack]
    if not found and target:
        module.imports.append(_Import("", "", target, line, False))


def _read_export(node: tree_sitter.Node, module: _Module, source: bytes, line: int) -> None:
    target = _string(node.child_by_field_name("source"), source)
    clauses = [child for child in node.named_children if child.type == "export_clause"]
    for clause in clauses:
        for part in clause.named_children:
            name = text_of(part.child_by_field_name("name"), source)
            alias = text_of(part.child_by_field_name("alias"), source) or name
            if target:
                module.imports.append(_Import(alias, name, target, line, True))
            else:
                module.aliases[alias] = name
    if target and not clauses:
        space = [child for child in node.named_children if child.type == "namespace_export"]
        local = text_of(space[0], source).split()[-1] if space else "*"
        module.imports.append(_Import(local, "" if space else "*", target, line, True))
    value = node.child_by_field_name("value")
    if value is not None and value.type == "identifier":
        module.aliases["default"] = text_of(value, source)
    declared = node.child_by_field_name("declaration")
    if declared is not None and any(child.type == "default" for child in node.children):
        module.aliases["default"] = text_of(declared.child_by_field_name("name"), source)


def _read_require(node: tree_sitter.Node, module: _Module, source: bytes, line: int) -> None:
    value = node.child_by_field_name("value")
    if value is None or value.type != "call_expression":
        return
    if text_of(value.child_by_field_name("function"), source) != "require":
        return
    arguments = value.child_by_field_name("arguments")
    target = _string(arguments, source).strip("()").strip("\"'`")
    name = node.child_by_field_name("name")
    if name is None:
        return
    if name.type == "identifier":
        module.imports.append(_Import(text_of(name, source), "", target, line, False))
    for part in name.named_children:
        if part.type == "shorthand_property_identifier_pattern":
            text = text_of(part, source)
            module.imports.append(_Import(text, text, target, line, False))


class _Linker:
    """Resolves the uses of one module."""

    def __init__(self, module: _Module, modules: dict[str, _Module]) -> None:
        self.module = module
        self.modules = modules
        self.file = module.file
        self.local = {item.local: item for item in module.imports if not item.exported}
        names = enumerate(self.file.slots)
        self.members = {slot.name: index for index, slot in reversed(list(names))}

    def hits(self) -> list[ScriptHit]:
        """Resolve every import and every use."""
        found = [self._import_hit(item) for item in self.module.imports]
        found += [hit for use in self.module.uses if (hit := self._hit(use)) is not None]
        return found

    def _import_hit(self, item: _Import) -> ScriptHit:
        outcome, targets = self._imported(item)
        slot = self.file.slot_at(item.line)
        text = f"{item.source}:{item.name}" if item.name else item.source
        return ScriptHit(slot, item.line, text, Role.VALUE, True, outcome, targets, is_import=True)

    def _hit(self, use: _Use) -> ScriptHit | None:
        slot = self.file.slot_at(use.line)
        if use.receiver:
            outcome, targets = self._member(use, slot)
            if outcome is None:
                return None
            text = f"{use.receiver}.{use.text}"
        else:
            outcome, targets = self._name(use)
            text = use.text
        return ScriptHit(slot, use.line, text, use.role, use.at_import, outcome, targets)

    def _name(self, use: _Use) -> tuple[Outcome, tuple[Place, ...]]:
        name = use.text
        if name in self.module.declared.get(self.module.unit(use.line), ()):
            return Outcome.LOCAL, ()
        if name in self.local:
            return self._through(self.local[name])
        if name in self.module.top:
            at = self.module.top[name]
            return Outcome.SLOT, ((self.file.path, at, self._what(self.file, at), "scope"),)
        if name in GLOBALS:
            return Outcome.BUILTIN, ()
        return Outcome.UNRESOLVED, ()

    def _through(self, item: _Import) -> tuple[Outcome, tuple[Place, ...]]:
        outcome, targets = self._imported(item)
        if outcome is Outcome.UNRESOLVED:
            return outcome, ()
        own = (self.file.path, self.file.slot_at(item.line), "import", "import")
        return Outcome.SLOT, (own, *targets)

    def _member(self, use: _Use, slot: int) -> tuple[Outcome | None, tuple[Place, ...]]:
        if use.receiver in ("this", "super"):
            return self._own_member(use, slot)
        item = self.local.get(use.receiver)
        local = self.module.declared.get(self.module.unit(use.line), ())
        if item is None or item.name or use.receiver in local:
            return None, ()
        target = self._target(item.source)
        if target is None:
            return None, ()
        places = self._exported(target, use.text)
        return (Outcome.SLOT if places else Outcome.UNRESOLVED), places

    def _own_member(self, use: _Use, slot: int) -> tuple[Outcome | None, tuple[Place, ...]]:
        cls = self._class_of(slot)
        if cls is None or use.receiver == "super":
            return None, ()
        at = self._field_slot(cls.name, use.text)
        if at is not None:
            return Outcome.SLOT, ((self.file.path, at, "variable", "self"),)
        return (None if " extends " in cls.signature else Outcome.UNRESOLVED), ()

    def _class_of(self, slot: int) -> Slot | None:
        """Give the class header of the class that a slot is inside of."""
        current: Slot | None = self.file.slots[slot]
        while current is not None and current.kind is not AtomKind.CLASS:
            at = self.members.get(current.parent) if current.parent else None
            current = self.file.slots[at] if at is not None else None
        return current

    def _field_slot(self, cls: str, name: str) -> int | None:
        found = self.members.get(f"{cls}.{name}")
        if found is not None:
            return found
        for index, slot in enumerate(self.file.slots):
            grouped = slot.kind is AtomKind.FIELD or slot.name == f"{cls}.constructor"
            inside = slot.parent == cls and grouped
            if (inside or slot.name == cls) and _mentions(slot.code, name):
                return index
        return None

    def _imported(self, item: _Import) -> tuple[Outcome, tuple[Place, ...]]:
        if not item.source.startswith("."):
            return Outcome.EXTERNAL, ()
        target = self._target(item.source)
        if target is None:
            known = posixpath.splitext(item.source)[1] not in ("", *SUFFIXES)
            return (Outcome.EXTERNAL if known else Outcome.UNRESOLVED), ()
        if item.name in ("", "*"):
            return Outcome.SLOT, ((target.file.path, 0, "module", "import"),)
        places = self._exported(target, item.name)
        return (Outcome.SLOT if places else Outcome.UNRESOLVED), places

    def _target(self, source: str) -> _Module | None:
        return find_module(source, self.file.path, self.modules)

    def _exported(
        self, target: _Module, name: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> tuple[Place, ...]:
        key = (target.file.path, name)
        if key in seen or len(seen) > 40:
            return ()
        seen = seen | {key}
        inner = target.aliases.get(name, name)
        at = target.top.get(inner)
        if at is not None:
            return ((target.file.path, at, self._what(target.file, at), "import"),)
        if name == "default":
            found = [i for i, slot in enumerate(target.file.slots) if slot.name == "default"]
            if found:
                return ((target.file.path, found[0], "function", "import"),)
        outside: tuple[Place, ...] = ()
        for item in target.imports:
            named = item.local == inner
            if not named and not (item.exported and item.name == "*"):
                continue
            own = (target.file.path, target.file.slot_at(item.line), "import", "import")
            source = find_module(item.source, target.file.path, self.modules)
            if source is None:
                outside = outside or (() if item.source.startswith(".") else (own,))
                continue
            if named and not item.name:
                return (own, (source.file.path, 0, "module", "import"))
            places = self._exported(source, item.name if named else name, seen)
            if places:
                return (own, *places)
        return outside

    def _what(self, file: ProjectFile, at: int) -> str:
        kind = file.slots[at].kind
        if kind in (AtomKind.CLASS, AtomKind.TYPE):
            return "class"
        return "function" if kind is AtomKind.FUNCTION else "variable"


def find_module(source: str, importer: str, modules: dict[str, _Module]) -> _Module | None:
    """Find the file that a relative import means: .js for .ts, endings left out, index files."""
    if not source.startswith("."):
        return None
    base = posixpath.normpath(posixpath.join(posixpath.dirname(importer), source))
    for path in _candidates(base):
        if path in modules:
            return modules[path]
    return None


def _candidates(base: str) -> Iterable[str]:
    yield base
    stem, ending = posixpath.splitext(base)
    for other in SWAPPED.get(ending, ()):
        yield stem + other
    for suffix in SUFFIXES:
        yield base + suffix
    for suffix in SUFFIXES:
        yield posixpath.join(base, "index" + suffix).removeprefix("./")


def _mentions(code: str, name: str) -> bool:
    words = "".join(char if char.isalnum() or char in "_$#" else " " for char in code)
    return name in words.split()
