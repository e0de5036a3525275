"""The names in a Python expression or nested definition: used now, used late, bound, mutated.

One walk with a stack of its own over the syntax tree, with a scope for every nested function, class
and comprehension. What a function, lambda or generator expression refers to is *captured*: it
is read whenever that runs. List, set and dict comprehensions run at once, and so does a generator
expression that a builtin consumes on the spot.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import tree_sitter

from atomization.flow.engine import Act, Builder
from atomization.flow.model import EffectKind
from atomization.parser import Language, grammar

Node = tree_sitter.Node

LOAD: Final = 0
STORE: Final = 1

_MUTATING: Final = (
    "add append appendleft clear difference_update discard extend extendleft insert"
    " intersection_update move_to_end pop popitem popleft remove reverse rotate setdefault sort"
    " subtract symmetric_difference_update update write writelines __setitem__ __delitem__"
)
_CONSUMING: Final = "all any bytearray bytes dict frozenset list max min next set sorted sum tuple"
_ATOMIC: Final = (
    "integer float true false none ellipsis comment line_continuation pass_statement"
    " break_statement continue_statement type_conversion string_start string_content string_end"
    " escape_sequence keyword_separator positional_separator import_prefix"
)
MUTATORS: Final = frozenset(_MUTATING.split())
"""Methods of the standard containers (and of files) that change what they are called on."""

CONSUMERS: Final = frozenset(_CONSUMING.split())
"""Builtins that run a generator to its end, or drop it, before they return."""
_DYNAMIC: Final = frozenset(["locals", "vars", "dir", "eval", "exec"])
_LEAVES: Final = frozenset(_ATOMIC.split())


def first_of(node: Node) -> Node | None:
    """Give the first child that is a node of its own, if there is one."""
    return node.named_child(0) if node.named_child_count else None


@dataclass(slots=True, eq=False)
class Scope:
    """The names met in one scope. ``now``: it runs as part of the step; ``late``: whenever called.

    ``direct`` are names that a comprehension in a class body uses: it does not see the class's own.
    """

    parent: Scope | None = None
    now: bool = False
    late: bool = False
    is_class: bool = False
    eager: int = 0
    uses: int = 0
    direct: int = 0
    bound: int = 0
    captures: int = 0
    rebinds: int = 0
    nonlocals: int = 0
    globals: int = 0
    comprehension: bool = False

    @property
    def home(self) -> Scope:
        """The scope that ``:=`` binds in."""
        scope = self
        while scope.parent is not None and scope.comprehension:
            scope = scope.parent
        return scope


class Collector:
    """Reads names off nodes into the root scope of one step at a time."""

    def __init__(self, source: bytes, builder: Builder, *, in_function: bool) -> None:
        """Prepare for the steps of one scope."""
        self.source = source
        self.builder = builder
        self.in_function = in_function
        self.receiver = 0
        self.outer = 0
        self.kinds: dict[int, EffectKind] = {}
        self.dynamic = False
        self.root = Scope(now=True)
        self.acts: list[Act] = []
        self.mutates: list[str] = []
        self.eager: list[tuple[int, int]] = []
        self.outside = 0
        self._used = False
        self._scopes: list[Scope] = []
        self._bits: dict[bytes, int] = {}
        self._stack: list[tuple[Node, Scope, int]] = []

    def bit(self, text: bytes) -> int:
        """Give the bit of a name as it is spelled in the source."""
        bit = self._bits.get(text)
        if bit is None:
            name = text.decode("utf-8", "surrogateescape")
            if not name.isascii():
                name = unicodedata.normalize("NFKC", name)
            bit = self._bits[text] = self.builder.bit(name)
        return bit

    def bit_of(self, node: Node) -> int:
        """Give the bit of an identifier."""
        return self.bit(self.source[node.start_byte : node.end_byte])

    def begin(self) -> None:
        """Forget the step before."""
        root = self.root
        root.uses = root.direct = root.bound = root.captures = root.rebinds = 0
        if self._used:
            self.acts = []
            self.mutates = []
            self.eager = []
            self._scopes = []
            self.dynamic = self._used = False
            self.outside = 0

    def add(self, node: Node, mode: int = LOAD) -> None:
        """Read a node's names into the root scope."""
        stack = self._stack
        stack.append((node, self.root, mode))
        source, bits = self.source, self._bits
        identifier, table = _table()
        while stack:
            node, scope, mode = stack.pop()
            kind = node.kind_id
            if kind == identifier:
                text = source[node.start_byte : node.end_byte]
                bit = bits.get(text) or self.bit(text)
                if mode:
                    scope.bound |= bit
                else:
                    scope.uses |= bit
                    if text == b"__class__" and scope.now:
                        self._act(EffectKind.SUPER, "__class__", node)
                continue
            handler = table[kind] if kind < len(table) else Collector.parts
            if handler is not None:
                handler(self, node, scope, mode)

    def close(self) -> Scope:
        """Settle the nested scopes, innermost first, and give the root."""
        for scope in reversed(self._scopes):
            self._settle(scope)
        root = self.root
        if self.outer & root.bound:
            for bit, effect in self.kinds.items():
                if bit & root.bound:
                    name = self.builder.names[bit.bit_length() - 1]
                    self._used = True
                    self.acts.append(Act(effect, name, -1))
            root.bound &= ~self.outer
        return root

    def _settle(self, scope: Scope) -> None:
        parent = scope.parent
        assert parent is not None
        mine = scope.bound & ~scope.nonlocals & ~scope.globals
        self.outside |= (scope.uses | scope.captures | scope.bound) & scope.globals
        if scope.is_class:
            parent.captures |= scope.captures
            parent.rebinds |= scope.rebinds | (scope.bound & scope.nonlocals)
            parent.uses |= (scope.uses & ~mine & ~scope.globals) | scope.direct
            return
        names = (scope.uses | scope.captures | scope.direct) & ~mine & ~scope.globals
        parent.rebinds |= (scope.rebinds & ~mine) | (scope.bound & scope.nonlocals)
        if scope.late:
            parent.captures |= names
            return
        parent.captures |= scope.captures & ~mine & ~scope.globals
        if scope.eager:
            self.eager.append((scope.eager, names))
        if parent.is_class:
            parent.direct |= names
        else:
            parent.uses |= names

    def drop(self) -> None:
        """Forget what is still to be read."""
        self._stack.clear()

    def inner(self, parent: Scope, *, late: bool = False, is_class: bool = False) -> Scope:
        """Open a nested scope."""
        self._used = True
        scope = Scope(parent, now=parent.now and not late, late=late, is_class=is_class)
        self._scopes.append(scope)
        return scope

    def push(self, node: Node | None, scope: Scope, mode: int = LOAD) -> None:
        """Read a node next."""
        if node is not None:
            self._stack.append((node, scope, mode))

    def push_all(self, nodes: list[Node], scope: Scope, mode: int = LOAD) -> None:
        """Read several nodes next, in order."""
        for node in reversed(nodes):
            self._stack.append((node, scope, mode))

    def _act(self, kind: EffectKind, target: str, node: Node) -> None:
        self._used = True
        self.acts.append(Act(kind, target, node.start_point.row))

    def text(self, node: Node) -> str:
        """Give the text of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")

    def parts(self, node: Node, scope: Scope, mode: int) -> None:
        """Read all that stands in a node."""
        stack = self._stack
        for child in reversed(node.named_children):
            stack.append((child, scope, LOAD))

    # -- what is bound and what is changed

    def targets(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a display of targets, or a plain display."""
        self.push_all(node.named_children, scope, mode)

    def attribute(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``object.name``; as a target it changes the object."""
        if mode and scope.now:
            self._mutates(node)
        self.push_all(node.children[:1], scope)

    def subscript(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``object[key]``; as a target it changes the object."""
        if mode and scope.now:
            self._mutates(node)
        self.push_all(node.named_children, scope)

    def _mutates(self, node: Node | None) -> None:
        path = self.path(node)
        if path:
            self._used = True
            self.mutates.append(path)

    def path(self, node: Node | None) -> str:
        """Spell what is changed: ``items``, ``self.total``, ``table[]``; nothing for a value."""
        parts: list[str] = []
        while node is not None:
            if node.type == "attribute":
                name = node.child_by_field_name("attribute")
                parts.append("." + self.text(name) if name is not None else "")
            elif node.type == "subscript":
                parts.append("[]")
            elif node.type == "identifier":
                return self.text(node) + "".join(reversed(parts))
            elif node.type != "parenthesized_expression":
                return ""
            node = first_of(node)
        return ""

    # -- expressions

    def call(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a call: methods that mutate, ``super()``, ``locals()``, consumed generators."""
        if node.child_count < 2:
            self.push_all(node.named_children, scope)
            return
        called, arguments = node.child(0), node.child(1)
        rest: Node | None = arguments
        if called.type == "attribute":
            name = called.child(called.child_count - 1)
            method = self.text(name) if name is not None else ""
            if method in MUTATORS and scope.now:
                self._mutates(called.child(0))
            if method == "join" and arguments.type == "generator_expression":
                self._comprehend(arguments, scope, late=False, eager=0)
                rest = None
        elif called.type == "identifier":
            rest = self._call_of_name(node, called, arguments, scope)
        self.push(rest, scope)
        self.push(called, scope)

    def _call_of_name(self, node: Node, called: Node, arguments: Node, scope: Scope) -> Node | None:
        name = self.text(called)
        if name in CONSUMERS:
            return self._consumed(called, arguments, scope)
        if name == "super" and scope.now:
            if not arguments.named_child_count:
                scope.uses |= self.receiver
            self._act(EffectKind.SUPER, "", node)
        elif name in _DYNAMIC and scope.now:
            few = arguments.named_child_count <= (1 if name in ("eval", "exec") else 0)
            if few and arguments.type == "argument_list":
                self.dynamic = True
                self._act(EffectKind.DYNAMIC, name, node)
        return arguments

    def _consumed(self, called: Node, arguments: Node, scope: Scope) -> Node | None:
        """A generator expression that ``any``, ``sum`` and their like run through at once."""
        bit = self.bit_of(called)
        if arguments.type == "generator_expression":
            self._comprehend(arguments, scope, late=False, eager=bit)
            return None
        children = arguments.named_children
        if not children or children[0].type != "generator_expression":
            return arguments
        self.push_all(children[1:], scope)
        self._comprehend(children[0], scope, late=False, eager=bit)
        return None

    def keyword(self, node: Node, scope: Scope, mode: int) -> None:
        """Read the value of ``name=value``."""
        self.push(node.child_by_field_name("value"), scope)

    def string(self, node: Node, scope: Scope, mode: int) -> None:
        """Read what an f-string interpolates."""
        if b"f" in self.source[node.start_byte : node.start_byte + 2].lower():
            self.push_all(node.named_children, scope)

    def walrus(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``name := value``, which binds in the function around comprehensions."""
        name = node.child_by_field_name("name")
        if name is not None:
            home, bit = scope.home, self.bit_of(name)
            home.bound |= bit
            if home is not scope and not scope.now and home.now:
                home.rebinds |= bit
                home.captures |= bit
        self.push(node.child_by_field_name("value"), scope)

    def yields(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``yield`` and ``yield from``."""
        if scope.now:
            delegated = any(child.type == "from" for child in node.children[1:2])
            self._act(EffectKind.YIELD_FROM if delegated else EffectKind.YIELD, "", node)
        self.push_all(node.named_children, scope)

    def awaits(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``await``."""
        if scope.now:
            self._act(EffectKind.AWAIT, "", node)
        self.push_all(node.named_children, scope)

    def comprehension(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a list, set or dict comprehension, which runs at once."""
        self._comprehend(node, scope, late=False)

    def generator(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a generator expression, which runs when somebody asks it to."""
        self._comprehend(node, scope, late=True)

    def _comprehend(self, node: Node, scope: Scope, *, late: bool, eager: int = 0) -> None:
        inner = self.inner(scope, late=late)
        inner.comprehension = True
        inner.eager = eager
        first = True
        for child in node.named_children:
            if child.type != "for_in_clause":
                self.push(child, inner)
                continue
            if scope.now and not late and any(part.type == "async" for part in child.children):
                self._act(EffectKind.AWAIT, "", child)
            self.push(child.child_by_field_name("left"), inner, STORE)
            sources = child.children_by_field_name("right")
            self.push_all(sources, scope if first else inner)
            first = False

    # -- definitions

    def lambda_(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a lambda: its defaults now, its body late."""
        inner = self.inner(scope, late=True)
        self.push(node.child_by_field_name("body"), inner)
        self._parameters(node.child_by_field_name("parameters"), inner, scope, scope)

    def function(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a nested function: defaults and annotations now, its body late."""
        inner = self.inner(scope, late=True)
        types = node.child_by_field_name("type_parameters")
        typed = scope
        if types is not None:
            typed = self.inner(scope)
            self._type_parameters(types, (inner, typed), inner)
        self._bind(node.child_by_field_name("name"), scope)
        self.push(node.child_by_field_name("body"), inner)
        self.push(node.child_by_field_name("return_type"), typed)
        self._parameters(node.child_by_field_name("parameters"), inner, scope, typed)

    def _parameters(
        self, node: Node | None, inner: Scope, outer: Scope, annotations: Scope
    ) -> None:
        for child in node.named_children if node is not None else ():
            kind = child.type
            if kind == "identifier":
                self._bind(child, inner)
            elif kind in ("default_parameter", "typed_default_parameter"):
                self.push(child.child_by_field_name("value"), outer)
                self.push(child.child_by_field_name("type"), annotations)
                self.push(child.child_by_field_name("name"), inner, STORE)
            elif kind == "typed_parameter":
                self.push(child.child_by_field_name("type"), annotations)
                self.push(first_of(child), inner, STORE)
            else:
                self.push(child, inner, STORE)

    def parameters(self, node: Node | None) -> int:
        """Give the names that a parameter list binds."""
        self.begin()
        bound, ignored = self.inner(self.root), self.inner(self.root)
        self._parameters(node, bound, ignored, ignored)
        while self._stack:
            child, scope, mode = self._stack.pop()
            if child.type == "identifier":
                if mode and scope is bound:
                    bound.bound |= self.bit_of(child)
            elif scope is bound:
                self.push_all(child.named_children, scope, mode)
        return bound.bound

    def _type_parameters(self, node: Node, scopes: tuple[Scope, ...], lazy: Scope) -> None:
        for child in node.named_children:
            name = child
            while name.type != "identifier" and name.named_child_count:
                name = name.named_children[0]
            if name.type == "identifier":
                for scope in scopes:
                    self._bind(name, scope)
            self.push(child, lazy)

    def class_(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a class: its body runs now, in a scope that its methods do not see."""
        types = node.child_by_field_name("type_parameters")
        around = scope
        if types is not None:
            around = self.inner(scope)
            self._type_parameters(types, (around,), around)
        inner = self.inner(around, is_class=True)
        inner.now = False
        self._bind(node.child_by_field_name("name"), scope)
        self.push(node.child_by_field_name("body"), inner)
        self.push(node.child_by_field_name("superclasses"), around)

    def type_alias(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``type X[T] = value``: the value is evaluated late."""
        left = node.child_by_field_name("left")
        inner = self.inner(scope, late=True)
        names = left
        while names is not None and names.type in ("type", "generic_type"):
            if names.type == "generic_type":
                self._bind(first_of(names), scope)
                for part in names.named_children[1:]:
                    self._type_parameters(part, (inner,), inner)
                break
            names = first_of(names)
        if names is not None and names.type == "identifier":
            self._bind(names, scope)
        self.push(node.child_by_field_name("right"), inner)

    def _bind(self, name: Node | None, scope: Scope) -> None:
        if name is not None:
            scope.bound |= self.bit_of(name)

    # -- statements, where they stand in a nested scope

    def assignment(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``target: type = value``."""
        right = node.child_by_field_name("right")
        if scope.is_class or (not self.in_function and scope is self.root):
            self.push(node.child_by_field_name("type"), scope)
        left = node.child_by_field_name("left")
        if right is not None or scope is not self.root:
            self.push(left, scope, STORE)
            self.push(right, scope)
        elif left is not None and left.type != "identifier":
            self.push(left, scope)

    def augmented(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``target += value``."""
        left = node.child_by_field_name("left")
        self.push(left, scope, STORE)
        if left is not None and left.type == "identifier":
            self.push(left, scope)
        self.push(node.child_by_field_name("right"), scope)

    def loop(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a ``for`` statement of a nested scope."""
        left = node.child_by_field_name("left")
        for child in reversed(node.named_children):
            self.push(child, scope, STORE if child == left else LOAD)

    def alias(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``value as target``."""
        children = node.named_children
        self.push_all(children[:1], scope)
        self.push_all(children[1:], scope, STORE)

    def deletion(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``del``, which makes a name local, too."""
        self.push_all(node.named_children, scope, STORE)

    def imports(self, node: Node, scope: Scope, mode: int) -> None:
        """Read what an import binds."""
        module = node.child_by_field_name("module_name")
        for child in node.named_children:
            if child == module:
                continue
            if child.type == "aliased_import":
                self._bind(child.child_by_field_name("alias"), scope)
            elif child.type == "dotted_name":
                self._bind(first_of(child), scope)
            elif child.type == "wildcard_import" and scope.now:
                self._act(EffectKind.DYNAMIC, "import *", node)

    def global_(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``global`` in a nested scope."""
        for child in node.named_children:
            scope.globals |= self.bit_of(child)

    def nonlocal_(self, node: Node, scope: Scope, mode: int) -> None:
        """Read ``nonlocal`` in a nested scope."""
        for child in node.named_children:
            scope.nonlocals |= self.bit_of(child)

    def case(self, node: Node, scope: Scope, mode: int) -> None:
        """Read a ``case`` of a nested scope."""
        for child in node.named_children:
            if child.type == "case_pattern":
                uses, binds = self.pattern(child)
                scope.uses |= uses
                scope.bound |= binds
            else:
                self.push(child, scope)

    def pattern(self, node: Node) -> tuple[int, int]:
        """Give the names that a match pattern uses and those that it captures."""
        uses = binds = 0
        stack = [node]
        while stack:
            node = stack.pop()
            children = node.named_children
            kind = node.type
            if kind == "dotted_name":
                bit = self.bit_of(children[0])
                if len(children) > 1:
                    uses |= bit
                else:
                    binds |= bit
            elif kind == "identifier":
                binds |= self.bit_of(node)
            elif kind == "class_pattern" and children:
                first = children[0]
                while first.named_child_count:
                    first = first.named_children[0]
                uses |= self.bit_of(first)
                stack.extend(reversed(children[1:]))
            elif kind == "keyword_pattern":
                stack.extend(reversed(children[1:]))
            elif kind != "string":
                stack.extend(reversed(children))
        return uses, binds & ~self.bit(b"_")


_Handler = Callable[[Collector, Node, Scope, int], None]

_HANDLERS: Final[dict[str, _Handler]] = {
    "attribute": Collector.attribute,
    "subscript": Collector.subscript,
    "call": Collector.call,
    "keyword_argument": Collector.keyword,
    "string": Collector.string,
    "named_expression": Collector.walrus,
    "yield": Collector.yields,
    "await": Collector.awaits,
    "list_comprehension": Collector.comprehension,
    "set_comprehension": Collector.comprehension,
    "dictionary_comprehension": Collector.comprehension,
    "generator_expression": Collector.generator,
    "lambda": Collector.lambda_,
    "function_definition": Collector.function,
    "class_definition": Collector.class_,
    "type_alias_statement": Collector.type_alias,
    "assignment": Collector.assignment,
    "augmented_assignment": Collector.augmented,
    "for_statement": Collector.loop,
    "as_pattern": Collector.alias,
    "delete_statement": Collector.deletion,
    "import_statement": Collector.imports,
    "import_from_statement": Collector.imports,
    "future_import_statement": Collector.imports,
    "global_statement": Collector.global_,
    "nonlocal_statement": Collector.nonlocal_,
    "case_clause": Collector.case,
    "as_pattern_target": Collector.targets,
    "pattern_list": Collector.targets,
    "tuple_pattern": Collector.targets,
    "list_pattern": Collector.targets,
    "list_splat_pattern": Collector.targets,
    "dictionary_splat_pattern": Collector.targets,
    "expression_list": Collector.targets,
    "tuple": Collector.targets,
    "list": Collector.targets,
    "list_splat": Collector.targets,
    "parenthesized_expression": Collector.targets,
}


@cache
def _table() -> tuple[int, list[_Handler | None]]:
    """What is done with a node, by its kind's number: None for a leaf."""
    language = grammar(Language.PYTHON)
    table: list[_Handler | None] = [Collector.parts] * language.node_kind_count
    for kind in range(language.node_kind_count):
        name = language.node_kind_for_id(kind) or ""
        if language.node_kind_is_named(kind):
            table[kind] = None if name in _LEAVES else _HANDLERS.get(name, Collector.parts)
    return language.id_for_node_kind("identifier", True) or -1, table
