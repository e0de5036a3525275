"""One script becomes constraints: names, values, and what stands in a function, in its order.

Functions inside a function are read after it, so that all names around them are declared. The tree
is walked by generators on a stack of their own: a handler yields the node that it wants to know the
value of, and is sent the variable that holds it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

import tree_sitter

from atomization.parser import Language, query
from atomization.reading import Reading
from atomization.script_globals import GLOBALS
from dependencies.points_to.script.flow import Flow, Frame, Path, Variable
from dependencies.points_to.script.heap import Heap
from dependencies.points_to.script.machine import Machine
from dependencies.points_to.script.members import Read
from dependencies.points_to.script.model import Class, Function, How, Kind, ScriptProblem, Site
from dependencies.points_to.script.parts import Arguments, Exports
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.solver import NOTHING, Constraint

Node = tree_sitter.Node
Steps = Generator[Node, int, int]
Handler = Callable[["Lowering", Node], "Steps | int"]
MAX_PROBLEMS: Final = 50
_WORD: Final = re.compile(rb"[\w$]+")
_ASSIGNED: Final = """
(assignment_expression left: (_) @target)
(augmented_assignment_expression left: (identifier) @target)
(update_expression argument: (identifier) @target)
(for_in_statement left: (_) @target)
"""
_HOISTED: Final = "(variable_declaration (variable_declarator name: (_) @name))"
_OWNERS: Final = """
[(function_declaration) (generator_function_declaration) (function_expression)
 (generator_function) (arrow_function) (method_definition)] @function
"""
_MEMBERS: Final = frozenset({"member_expression", "subscript_expression"})


@dataclass(slots=True, eq=False)
class Scope:
    """The names that are declared in a block, those of types apart."""

    parent: Scope | None
    names: dict[str, Variable] = field(default_factory=dict)
    types: dict[str, Variable] = field(default_factory=dict)
    space: int = 0


@dataclass(slots=True, eq=False)
class Context:
    """The function that is read: what ``this`` is, where it returns to, whose method it is."""

    function: Function
    flow: Flow
    scope: Scope
    this: int = 0
    returned: int = 0
    home: Class | None = None
    static: bool = False
    prefix: str = ""
    named: str = ""
    parameters: dict[int, int] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Import:
    """A name that comes from another module: "" is the module itself."""

    source: str
    name: str
    var: int
    line: int
    common: bool = False


@dataclass(frozen=True, slots=True)
class HandedOn:
    """``export … from``: "*" hands on every name, "" the module itself."""

    source: str
    name: str
    exported: str
    line: int


class Lowering:
    """Reads one file; what it finds goes to the solver at once, imports are left to the linker."""

    def __init__(self, path: str, reading: Reading, machine: Machine) -> None:
        """Prepare to read a file."""
        self.path = path
        self.reading = reading
        self.source = reading.source
        self.machine = machine
        self.heap: Heap = machine.heap
        self.solver = machine.heap.solver
        self.problems: list[ScriptProblem] = []
        self.imports: list[Import] = []
        self.handed: list[HandedOn] = []
        self.sites: list[Site] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.methods: set[str] = set()
        self.hints: dict[int, tuple[str, str]] = {}
        self.later: deque[Callable[[], None]] = deque()
        self.exported: list[tuple[str, str, bool]] = []
        self.joined: list[Variable] = []
        self.esm = False
        self.required = False
        self.open = False
        self.watched: list[tuple[int, Constraint]] = []
        self.keys: list[int] = []
        self.documented = reading.language is Language.JAVASCRIPT and b"{" in self.source
        self.documented = self.documented and b"/**" in self.source
        self.unused = 0
        self.label = ""
        self.passed = Arguments()
        self.after: tuple[Node | None, Arguments] | None = None
        self.top = Scope(None)
        last = reading.tree.root_node.end_point[0] + 1
        self.module = Function(path, "", "", "module", 1, 1, last, -1, None)
        self.module.this = NOTHING
        self.functions.append(self.module)
        self.exports = self._exports()
        self.context = Context(self.module, self.flow(), self.top)
        self.assigned = self._assigned()
        self.hoisted = self._hoisted()

    def _exports(self) -> Exports:
        heap = self.heap
        module = heap.made(Kind.MODULE, self.path, 0)
        self.common = heap.made(Kind.OBJECT, self.path, 0, "module", frozenset({"exports"}))
        common = heap.field(self.common, "exports")
        self.first = self.holding(heap.made(Kind.OBJECT, self.path, 0, "exports"))
        self.copy(self.first, common)
        exports = Exports(module, common)
        self.machine.exports[self.path] = exports
        return exports

    def _captured(self, pattern: str) -> list[Node]:
        cursor = tree_sitter.QueryCursor(query(self.reading.language, pattern))
        found = cursor.captures(self.reading.tree.root_node)
        return [node for nodes in found.values() for node in nodes]

    def _assigned(self) -> set[str]:
        """Give all names that are assigned anywhere but where they are declared."""
        names: set[bytes] = set()
        for node in self._captured(_ASSIGNED):
            if node.type == "identifier":
                names.add(self.source[node.start_byte : node.end_byte])
            elif node.type not in _MEMBERS and node.end_byte - node.start_byte < 10_000:
                names.update(_WORD.findall(self.source[node.start_byte : node.end_byte]))
        return {name.decode("utf-8", "replace") for name in names}

    def _hoisted(self) -> dict[int, list[Node]]:
        """Give the names that ``var`` declares by the place of the function that owns them."""
        if b"var " not in self.source:
            return {}
        names = self._captured(_HOISTED)
        marks = [(node.start_byte, 1, node) for node in names]
        marks += [(node.start_byte, 0, node) for node in self._captured(_OWNERS)]
        marks.sort(key=lambda mark: mark[:2])
        owners: dict[int, list[Node]] = {}
        around: list[Node] = []
        for start, is_name, node in marks:
            while around and around[-1].end_byte <= start:
                around.pop()
            if is_name:
                owners.setdefault(around[-1].start_byte if around else -1, []).append(node)
            else:
                around.append(node)
        return owners

    # -- facts ------------------------------------------------------------------------------------

    def variable(self) -> int:
        """Make a variable of the solver."""
        return self.solver.variable()

    def give(self, var: int, obj: int) -> None:
        """Let a variable hold an object."""
        self.solver.give(var, obj)

    def copy(self, source: int, target: int) -> None:
        """Let a variable hold what another one holds."""
        self.solver.copy(source, target)

    def watch(self, var: int, constraint: Constraint) -> None:
        """Let a constraint see what a variable holds, once all files are read."""
        if var:
            self.watched.append((var, constraint))

    def holding(self, obj: int) -> int:
        """Make a variable that holds an object."""
        var = self.solver.variable()
        self.solver.give(var, obj)
        return var

    def flow(self) -> Flow:
        """Begin the flow of a function."""
        return Flow(self.solver.variable, self.solver.copy)

    # -- texts and places -------------------------------------------------------------------------

    def text(self, node: Node | None) -> str:
        """Give the text of a node."""
        if node is None:
            return ""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def site(self, node: Node, how: How, text: str = "", method: str = "") -> Site:
        """Make the site of a call."""
        row, column = node.start_point
        site = Site(
            self.path,
            row + 1,
            column + 1,
            node.end_byte,
            self.context.function,
            how,
            text,
            method,
        )
        self.sites.append(site)
        return site

    def problem(self, node: Node, message: str) -> None:
        """Note what is not analyzed."""
        if len(self.problems) < MAX_PROBLEMS:
            line = node.start_point[0] + 1
            self.problems.append(ScriptProblem(self.path, line, message))

    # -- walking ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Read the whole file, functions after what is around them."""
        root = self.reading.tree.root_node
        if root.has_error:
            self._faults()
        self.hoist_variables(self.top, -1)
        self.hoist(self.top, root)
        self.walk(root)
        while self.later:
            self.later.popleft()()
        self._finish()

    def _faults(self) -> None:
        nodes = self._captured("[(ERROR) (MISSING)] @fault")
        for node in sorted(nodes, key=lambda node: node.start_byte):
            self.problem(node, "does not follow the grammar; what it holds may be left out")
        if not nodes:
            self.problem(self.reading.tree.root_node, "the file does not follow the grammar")

    def _finish(self) -> None:
        for variable in self.joined:
            for version in variable.versions:
                self.copy(variable.outer, version)
        names = self.exports.names
        for local, exported, typed in self.exported:
            value = self.top.names.get(local)
            if value is not None and not typed:
                names[exported] = value.all
                if value.kind == "import" and local in self.top.types:
                    names[f"type:{exported}"] = self.top.types[local].all
            kind = self.top.types.get(local)
            if kind is not None:
                names[f"type:{exported}"] = kind.all
                if value is None:
                    names.setdefault(exported, NOTHING)
        self.exports.strict = self.esm
        if not self.esm and not self.required:
            for name, variable in self.top.names.items():
                if variable.kind != "import":
                    self.copy(variable.all, self.heap.var(("global", name)))

    def walk(self, root: Node) -> int:
        """Read a node and all that is in it; give the variable of its value."""
        from dependencies.points_to.script.handlers import HANDLERS, children

        value: int | None = None
        first = HANDLERS.get(root.type, children)(self, root)
        if isinstance(first, int):
            return first
        stack = [first]
        while stack:
            try:
                node = next(stack[-1]) if value is None else stack[-1].send(value)
            except StopIteration as end:
                value = end.value
                stack.pop()
                continue
            found = HANDLERS.get(node.type, children)(self, node)
            if isinstance(found, int):
                value = found
            else:
                stack.append(found)
                value = None
        return value or NOTHING

    # -- names ------------------------------------------------------------------------------------

    def find(self, name: str) -> Variable | None:
        """Give what a name means here."""
        scope: Scope | None = self.context.scope
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def find_type(self, name: str) -> Variable | None:
        """Give what a name means as a type here."""
        scope: Scope | None = self.context.scope
        while scope is not None:
            found = scope.types.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def declare(self, name: str, kind: str, value: int, scope: Scope | None = None) -> Variable:
        """Declare a name with its first value; a name that is declared already gets one more."""
        scope = scope or self.context.scope
        known = scope.names.get(name)
        if known is not None:
            if known.kind == "hoisted" and name not in self.assigned and not known.versions:
                self.copy(value, known.all)
                known.versions.append(known.all)
                known.kind = kind
            else:
                self.assign(known, value)
            return known
        if name not in self.assigned:
            variable = Variable(name, self.context.function, value, True, kind)
            if not value:
                variable.all = self.variable() if kind in ("var", "let", "hoisted") else value
        else:
            variable = Variable(name, self.context.function, self.variable(), False, kind)
        scope.names[name] = variable
        if not variable.fixed and value:
            self.assign(variable, value)
        elif not variable.fixed and kind in ("let", "var"):
            self.assign(variable, NOTHING)
        return variable

    def assign(self, variable: Variable, value: int) -> None:
        """Let a variable hold another value from here on."""
        if variable.fixed or variable.owner is not self.context.function:
            if variable.fixed and variable.owner is self.context.function:
                self.copy(value, variable.all)
                return
            if not variable.outer:
                variable.outer = self.variable()
                self.copy(variable.outer, variable.all)
                self.joined.append(variable)
            self.copy(value, variable.outer)
            self.context.flow.forget_of(variable)
            return
        version = self.variable()
        self.copy(value, version)
        self.copy(version, variable.all)
        variable.versions.append(version)
        self.context.flow.forget_of(variable)
        self.context.flow.write(variable, version)

    def name_value(self, name: str) -> int:
        """Give the variable that holds what a name means here."""
        variable = self.find(name)
        if variable is not None:
            if variable.fixed:
                return variable.all
            if variable.owner is self.context.function:
                return self.context.flow.read(variable)
            return variable.all
        if name in GLOBALS:
            return self.builtin(name)
        return self.heap.var(("global", name))

    def builtin(self, name: str) -> int:
        """Give the variable of a built-in name."""
        if name == "undefined":
            return NOTHING
        if name == "module":
            return self.heap.only(self.common, self.solver)
        if name == "exports":
            return self.first
        return self.heap.only(self.heap.outside(Kind.BUILTIN, name), self.solver)

    def hoist(self, scope: Scope, block: Node) -> None:
        """Declare the functions, classes and types of a block before it is read."""
        from dependencies.points_to.script.annotations import declare_types
        from dependencies.points_to.script.functions import hoist
        from dependencies.points_to.script.modules import declare_imports

        if block.type == "program":
            declare_imports(self, block)
        hoist(self, scope, block)
        if self.reading.language is not Language.JAVASCRIPT:
            declare_types(self, scope, block)

    def hoist_variables(self, scope: Scope, at: int) -> None:
        """Declare the ``var`` names of a function before it is read."""
        owner = self.context.function
        for node in self.hoisted.get(at, ()):
            words = [self.text(node)] if node.type == "identifier" else _words(self, node)
            for name in words:
                if name not in scope.names:
                    scope.names[name] = Variable(name, owner, self.variable(), False, "hoisted")

    # -- members ----------------------------------------------------------------------------------

    def path_of(self, node: Node) -> Path | None:
        """Give what a chain of members begins with, and its keys; None for anything else."""
        keys: list[str] = []
        for _ in range(4):
            if node.type == "identifier":
                variable = self.find(self.text(node))
                return None if variable is None else (variable, *reversed(keys))
            if node.type == "this":
                return ("this", *reversed(keys))
            if node.type == "member_expression":
                keys.append(self.text(node.child_by_field_name("property")))
            elif node.type == "subscript_expression":
                key = self.constant(node.child_by_field_name("index"))
                if key is None:
                    return None
                keys.append(key)
            else:
                return None
            inner = node.child_by_field_name("object")
            if inner is None:
                return None
            node = inner
        return None

    def constant(self, node: Node | None) -> str | None:
        """Give the key that a literal is, None for anything else."""
        if node is None:
            return None
        if node.type == "string":
            return self.string(node)
        if node.type == "number":
            text = self.text(node)
            return text if text.isdigit() else text.removesuffix(".0")
        if node.type == "member_expression" and self.text(node).startswith("Symbol."):
            return f"[{self.text(node)}]"
        return None

    def string(self, node: Node) -> str:
        """Give the text of a string or a key without its quotes."""
        text = self.text(node)
        return text[1:-1] if text[:1] in "\"'`" and len(text) > 1 else text

    def string_or_text(self, node: Node | None) -> str:
        """Give a name that may be written as a string."""
        if node is None:
            return ""
        return self.string(node) if node.type == "string" else self.text(node)

    def key(self, computed: int) -> int:
        """Give the variable of a computed key; what turns out to be unknown may be any key."""
        if not computed:
            return self.heap.unknown
        self.keys.append(computed)
        return computed

    def read_member(self, obj: int, key: str, node: Node) -> int:
        """Read a member."""
        target = self.variable()
        site = self.site(node, How.FLOW, key) if obj else None
        self.watch(obj, Read(self.machine, key, target, site))
        return target

    def key_of(self, node: Node | None) -> str | None:
        """Give the key that a property name is; None where it is computed."""
        if node is None:
            return None
        if node.type in ("string", "number"):
            return self.constant(node)
        if node.type == "computed_property_name":
            return self.constant(part_at(node, 0)) if node.named_child_count else None
        return self.text(node)


def _words(low: Lowering, node: Node) -> list[str]:
    """Give the names that a pattern binds, and perhaps some that it does not."""
    found, stack = [], [node]
    while stack:
        part = stack.pop()
        if part.type in ("identifier", "shorthand_property_identifier_pattern"):
            found.append(low.text(part))
        elif part.type == "pair_pattern":
            value = part.child_by_field_name("value")
            stack.extend([value] if value is not None else [])
        elif part.type in ("object_assignment_pattern", "assignment_pattern"):
            left = part.child_by_field_name("left")
            stack.extend([left] if left is not None else [])
        elif part.type.endswith("pattern"):
            stack.extend(part.named_children)
    return found


__all__ = ["Context", "Frame", "HandedOn", "Import", "Lowering", "Node", "Scope", "Steps"]
