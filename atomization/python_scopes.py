"""What the walk over a Python file finds: scopes, bindings, and the places where names are used."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from atomization.project import ProjectFile


class Role(StrEnum):
    """What a use of a name is for."""

    CALL = "call"
    BASE = "base"
    DECORATOR = "decorator"
    ANNOTATION = "annotation"
    DEFAULT = "default"
    VALUE = "value"
    STORE = "store"


class ScopeKind(Enum):
    """The sorts of scope."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"
    TYPES = "type parameters"


class BindingKind(Enum):
    """What binds a name."""

    IMPORT = "import"
    FUNCTION = "function"
    CLASS = "class"
    PARAMETER = "parameter"
    VARIABLE = "variable"


class Source(Enum):
    """How a variable's value comes out of an expression."""

    VALUE = "value"
    ANNOTATION = "annotation"
    ELEMENT = "element"
    ITEM = "item"
    REST = "rest"
    CONTEXT = "context"
    EXCEPTION = "exception"
    ARGUMENTS = "arguments"
    KEYWORDS = "keywords"
    ARGUMENT = "argument"
    RECEIVER = "receiver"
    RECEIVER_CLASS = "receiver class"
    UNKNOWN = "unknown"


@dataclass(slots=True, eq=False)
class Origin:
    """Where a variable's value comes from: an expression, and how it is taken from it.

    An item (at ``index``) or the starred rest is taken from ``of``. A lambda's parameter at
    ``index`` comes from the call ``expr`` that the lambda ``part`` is an argument of.
    """

    how: Source
    expr: ast.expr | None = None
    index: int = 0
    of: Origin | None = None
    part: ast.Lambda | None = None


@dataclass(slots=True, eq=False)
class Binding:
    """One binding of a name.

    ``scope`` is where its origin's expression is evaluated. ``certain`` says that whoever comes
    after it in the same body has passed it: it stands in no branch and no loop.
    ``private`` marks an import in a stub that is no export.
    """

    name: str
    kind: BindingKind
    line: int
    slot: int
    scope: Scope
    origin: Origin | None = None
    module: str = ""
    member: str = ""
    level: int = 0
    function: Function | None = None
    cls: Class | None = None
    certain: bool = False
    private: bool = False
    parameter_of: Function | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A scope with its bindings.

    ``elsewhere`` holds names declared global or nonlocal, ``column`` is where its statements begin.
    ``tested`` gives, for a name, the types that ``isinstance`` and its like compare it with;
    ``used`` the attributes that are read off it.
    """

    kind: ScopeKind
    parent: Scope | None
    file: FileNames
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    cls: Class | None = None
    receiver: str = ""
    column: int = 0
    tested: dict[str, list[ast.expr]] = field(default_factory=dict)
    used: dict[str, dict[str, None]] = field(default_factory=dict)
    function: Function | None = None

    def __post_init__(self) -> None:
        """Let the file know its scopes."""
        self.file.scopes.append(self)


@dataclass(slots=True, eq=False)
class Function:
    """A function definition; ``results`` are what it returns, ``yields`` what it yields.

    ``decorators`` holds the last names of its decorators. A stub's function has no ``inner``.
    """

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    outer: Scope
    slot: int
    owner: Class | None
    decorators: frozenset[str] = frozenset()
    inner: Scope | None = None
    results: list[ast.expr] = field(default_factory=list)
    yields: list[ast.expr] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Class:
    """A class definition, with the attributes that its methods set on ``self``."""

    name: str
    node: ast.ClassDef
    outer: Scope
    inner: Scope
    slot: int
    attributes: dict[str, list[Binding]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Store:
    """A value that is set as an attribute of some object."""

    node: ast.Attribute
    origin: Origin
    scope: Scope
    slot: int


@dataclass(slots=True, eq=False)
class Mention:
    """One use of a name or attribute; ``at_import`` when importing the module evaluates it."""

    node: ast.Name | ast.Attribute
    scope: Scope
    role: Role
    at_import: bool
    slot: int


@dataclass(slots=True, eq=False)
class FileNames:
    """All that the walk finds in one file.

    ``trees`` keeps every node alive: what is known of an expression is remembered by its identity.
    ``inner`` gives the scope of a comprehension or a lambda by the identity of its node, ``calls``
    all calls by the last name of what is called, ``stores`` what is set on other objects than
    ``self``, by attribute. A file from outside of the project has its dotted ``name``; one is
    ``closed`` when it is known to exist and cannot be read (a compiled module).
    """

    file: ProjectFile
    mentions: list[Mention] = field(default_factory=list)
    imports: list[Binding] = field(default_factory=list)
    stars: list[Binding] = field(default_factory=list)
    raises: list[tuple[int, ast.expr]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    unread: list[tuple[int, int, str]] = field(default_factory=list)
    trees: list[ast.AST] = field(default_factory=list)
    inner: dict[int, Scope] = field(default_factory=dict)
    calls: dict[str, list[tuple[ast.Call, Scope]]] = field(default_factory=dict)
    stores: dict[str, list[Store]] = field(default_factory=dict)
    classes: list[Class] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    name: str = ""
    outside: bool = False
    stub: bool = False
    closed: bool = False
    module: Scope = field(init=False)

    def __post_init__(self) -> None:
        """Open the module scope."""
        self.module = Scope(ScopeKind.MODULE, None, self)

    def release(self) -> None:
        """Part what refers to one another, so that it is freed at once and not looked for later."""
        for scope in self.scopes:
            scope.bindings.clear()
            scope.parent = scope.function = scope.cls = None
        for found in (self.scopes, self.mentions, self.trees, self.classes, self.functions):
            found.clear()
        for index in (self.inner, self.calls, self.stores):
            index.clear()


def bare_name(node: ast.expr | None) -> str:
    """Give the last name of a name or attribute, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def dotted_name(node: ast.expr) -> str:
    """Give ``a.b.c`` as text; nothing for what is not a chain of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
