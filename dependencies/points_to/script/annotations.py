"""What TypeScript's annotations say about the objects that a name can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dependencies.points_to.script.flow import Variable
from dependencies.points_to.script.heap import ANY, KEY, VALUE, InstanceOf, Subclass
from dependencies.points_to.script.members import Read
from dependencies.points_to.script.model import Class, Function, Kind
from dependencies.points_to.script.tree import part_at
from dependencies.points_to.solver import NOTHING

if TYPE_CHECKING:
    from dependencies.points_to.script.lowering import Lowering, Node, Scope

_ARRAYS: Final = frozenset({"Array", "ReadonlyArray", "Iterable", "ArrayLike", "IterableIterator"})
_PROMISES: Final = frozenset({"Promise", "PromiseLike"})
_MAPS: Final = frozenset({"Map", "ReadonlyMap", "WeakMap"})
_SETS: Final = frozenset({"Set", "ReadonlySet", "WeakSet"})
_SAME: Final = frozenset(
    {"Readonly", "Partial", "Required", "NonNullable", "Omit", "Pick", "Awaited"}
)
_INNER: Final = frozenset(
    [
        "type_annotation",
        "parenthesized_type",
        "union_type",
        "intersection_type",
        "readonly_type",
        "optional_type",
    ]
)
_MOST: Final = 200
SIGNATURE: Final = "signature"
SIGNATURES: Final = frozenset(
    {"property_signature", "method_signature", "abstract_method_signature"}
)


def declared(low: Lowering, node: Node | None, home: Class | None = None) -> int:
    """Give the variable of the objects that an annotation allows, NOTHING where it says nothing.

    ``home`` is the class that ``this`` means, if it is not the one around.
    """
    if node is None or node.type == "type_predicate_annotation":
        return NOTHING
    targets: list[int] = []
    work: list[tuple[Node, int]] = [(node, 0)]
    top = low.variable()
    steps = 0
    while work and steps < _MOST:
        steps += 1
        part, target = work.pop()
        target = target or top
        if part.type == "this_type" and home is not None:
            low.give(target, home.typed)
            targets.append(target)
        elif _read(low, part, target, work):
            targets.append(target)
    return top if targets else NOTHING


def _read(low: Lowering, node: Node, target: int, work: list[tuple[Node, int]]) -> bool:
    form = node.type
    if form in _INNER:
        work.extend((child, target) for child in node.named_children)
    elif form in ("type_identifier", "nested_type_identifier"):
        return _named(low, node, target)
    elif form == "generic_type":
        return _generic(low, node, target, work)
    elif form in ("array_type", "tuple_type"):
        array = low.heap.made(Kind.ARRAY, low.path, node.start_byte, "typed")
        low.give(target, array)
        work.extend((child, low.heap.field(array, ANY)) for child in node.named_children)
        return True
    elif form == "object_type":
        obj = low.heap.made(Kind.OBJECT, low.path, node.start_byte, "typed")
        low.give(target, obj)
        for child in node.named_children:
            name, kind = child.child_by_field_name("name"), child.child_by_field_name("type")
            if child.type == "property_signature" and name is not None and kind is not None:
                work.append((kind, low.heap.field(obj, low.string(name))))
        return True
    elif form == "this_type" and low.context.home is not None:
        low.give(target, low.context.home.typed)
        return True
    elif form == "type_query" and node.named_child_count:
        inner = part_at(node, 0)
        if inner is not None and inner.type == "identifier":
            low.copy(low.name_value(low.text(inner)), target)
            return True
    elif form == "predefined_type" and low.text(node) in ("string", "number"):
        low.copy(low.heap.unknown, target)
        return True
    return False


def _named(low: Lowering, node: Node, target: int) -> bool:
    var = class_var(low, node)
    if not var:
        return False
    low.watch(var, InstanceOf(low.heap, target))
    return True


def class_var(low: Lowering, node: Node) -> int:
    """Give the variable of the classes that a type's name means."""
    if node.type in ("nested_type_identifier", "nested_identifier", "member_expression"):
        parts = low.text(node).split(".")
        variable = low.find(parts[0].strip())
        if variable is None:
            return NOTHING
        var = variable.all
        for key in parts[1:20]:
            inner = low.variable()
            low.watch(var, Read(low.machine, key.strip(), inner, None))
            var = inner
        return var
    name = low.text(node)
    kind = low.find_type(name)
    if kind is not None:
        return kind.all
    variable = low.find(name)
    return (
        variable.all if variable is not None and variable.kind in ("class", "import") else NOTHING
    )


def classes_of(low: Lowering, node: Node | None) -> tuple[int, ...]:
    """Give the variables of the classes that an annotation limits a value to, if it does.

    ``Foo<A> | null`` limits to Foo; a function type, a type parameter or ``any`` limits nothing.
    """
    found: dict[int, None] = {}
    work = [node] if node is not None else []
    for _ in range(_MOST):
        if not work:
            return tuple(found)
        part = work.pop()
        form = part.type
        if form in ("type_annotation", "parenthesized_type", "union_type", "readonly_type"):
            work.extend(part.named_children)
        elif form in ("type_identifier", "generic_type"):
            name = part.child_by_field_name("name") if form == "generic_type" else part
            kind = low.find_type(low.text(name))
            if kind is None or kind.kind == "type" or not kind.all:
                return ()
            found[kind.all] = None
        elif form != "literal_type" or low.text(part) not in ("null", "undefined"):
            return ()
    return ()


def _generic(low: Lowering, node: Node, target: int, work: list[tuple[Node, int]]) -> bool:
    name_node, listed = node.child_by_field_name("name"), node.child_by_field_name("type_arguments")
    if name_node is None:
        return False
    name = low.text(name_node)
    arguments = list(listed.named_children) if listed is not None else []
    heap = low.heap
    if low.find_type(name) is None:
        made = None
        if name in _ARRAYS:
            made, fields = Kind.ARRAY, (ANY,)
        elif name in _PROMISES:
            made, fields = Kind.PROMISE, (VALUE,)
        elif name in _SETS:
            made, fields = Kind.SET, (VALUE,)
        elif name in _MAPS:
            made, fields = Kind.MAP, (KEY, VALUE)  # type: ignore[assignment]
        elif name in _SAME and arguments:
            work.append((arguments[0], target))
            return False
        if made is not None:
            obj = heap.made(made, low.path, node.start_byte, "typed")
            low.give(target, obj)
            pairs = zip(arguments, fields, strict=False)
            work.extend((argument, heap.field(obj, key)) for argument, key in pairs)
            return True
    return _named(low, name_node, target)


# -- declarations of types ------------------------------------------------------------------------


def bases_of(low: Lowering, clause: Node) -> list[int]:
    """Give the variables of the classes that an implements or extends clause names."""
    found = []
    for part in clause.named_children:
        node = part.child_by_field_name("name") if part.type == "generic_type" else part
        if node is not None:
            found.append(class_var(low, node))
    return [var for var in found if var]


def declare_types(low: Lowering, scope: Scope, block: Node) -> None:
    """Declare the interfaces and aliases of a block."""
    for child in block.named_children:
        node = child
        if node.type == "export_statement":
            inner = node.child_by_field_name("declaration")
            if inner is None:
                continue
            node = inner
        if node.type == "interface_declaration":
            _interface(low, scope, node)
        elif node.type == "type_alias_declaration":
            name = low.text(node.child_by_field_name("name"))
            if name not in scope.types:
                scope.types[name] = Variable(name, None, low.variable(), True, "type")


def _interface(low: Lowering, scope: Scope, node: Node) -> None:
    name = low.text(node.child_by_field_name("name"))
    if name in scope.types:
        return
    cls = Class(low.path, name, name, node.start_point[0] + 1, node.start_byte, interface=True)
    cls.obj = low.heap.made(Kind.CLASS, low.path, node.start_byte, name, cls)
    low.heap.complete(cls)
    cls.base = low.variable()
    low.classes.append(cls)
    scope.types[name] = Variable(name, cls, low.holding(cls.obj), True, "interface")


def read_interface(low: Lowering, node: Node) -> int:
    """Read the members of an interface, and what it extends."""
    name = low.text(node.child_by_field_name("name"))
    variable = low.context.scope.types.get(name)
    cls = variable.owner if variable is not None else None
    body = node.child_by_field_name("body")
    if not isinstance(cls, Class):
        return NOTHING
    for part in node.named_children:
        if part.type == "extends_type_clause":
            for var in bases_of(low, part):
                low.copy(var, cls.base)
                low.watch(var, Subclass(low.heap, cls))
    for part in body.named_children if body is not None else ():
        if part.type in SIGNATURES:
            read_signature(low, part, cls)
    return NOTHING


def read_signature(low: Lowering, node: Node, cls: Class) -> None:
    """Read a member without a body: what it holds, or what calling it gives."""
    key = low.key_of(node.child_by_field_name("name"))
    kind = node.child_by_field_name("type")
    result = node.child_by_field_name("return_type")
    inner = part_at(kind, 0) if kind is not None else None
    if inner is not None and inner.type == "function_type":
        result = inner.child_by_field_name("return_type")
    elif kind is not None:
        typed = declared(low, kind)
        if typed and key is not None:
            low.copy(typed, low.heap.field(cls.prototype, key))
        return
    given = declared(low, result, cls)
    if given and key is not None:
        line, at = node.start_point[0] + 1, node.start_byte
        function = Function(low.path, key, key, SIGNATURE, line, 1, line, at, low.module)
        function.result = given
        obj = low.heap.made(Kind.FUNCTION, low.path, at, SIGNATURE, function)
        low.give(low.heap.field(cls.prototype, key), obj)


def declare_parameters(low: Lowering, node: Node, scope: Scope) -> None:
    """Declare the type parameters of a function or class: they stand for what bounds them."""
    listed = node.child_by_field_name("type_parameters")
    for part in listed.named_children if listed is not None else ():
        name, bound = part.child_by_field_name("name"), part.child_by_field_name("constraint")
        if name is None:
            continue
        kind = part_at(bound, 0) if bound is not None else None
        if kind is not None and kind.type == "generic_type":
            kind = kind.child_by_field_name("name")
        named = kind is not None and kind.type in ("type_identifier", "nested_type_identifier")
        var = class_var(low, kind) if named and kind is not None else NOTHING
        text = low.text(name)
        own = "interface" if var else "type"
        scope.types[text] = Variable(text, None, var, True, own)


def read_alias(low: Lowering, node: Node) -> int:
    """Read what an alias stands for."""
    variable = low.context.scope.types.get(low.text(node.child_by_field_name("name")))
    if variable is not None and variable.kind == "type":
        low.copy(declared(low, node.child_by_field_name("value")), variable.all)
    return NOTHING
