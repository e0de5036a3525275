"""What others may rely on without reading a body: an atom's contract."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from atomization.decomposer import Slot
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.python_fragments import Fragment, read_fragment
from atomization.python_scopes import bare_name

_SECTIONS: Final = {
    "raises": "raises",
    "raise": "raises",
    "throws": "raises",
    "requires": "before",
    "preconditions": "before",
    "precondition": "before",
    "ensures": "after",
    "postconditions": "after",
    "postcondition": "after",
    "returns": "after",
    "return": "after",
    "args": "",
    "arguments": "",
    "parameters": "",
    "yields": "",
    "examples": "",
    "example": "",
    "notes": "",
    "note": "",
    "see also": "",
    "attributes": "",
    "warns": "",
}
_RAISED: Final = re.compile(r"^\s*:?(?:raises?\s+)?([A-Z][\w.]*)\s*(?::|$)")
_JSDOC: Final = re.compile(r"@(?:throws|exception)\s+\{?([\w.]+)\}?")
_THROW: Final = re.compile(r"\bthrow\s+new\s+([A-Z]\w*)")
_MAX_VALUE: Final = 200

Callable = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Example:
    """An example in a docstring: what is typed, what is shown, its 1-based line in the slot."""

    source: str
    want: str
    line: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; an empty annotation or default is one that is not there."""

    name: str
    annotation: str
    default: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What another atom may rely on without reading the body."""

    name: str
    kind: str
    signature: str
    docstring: str
    parameters: tuple[Parameter, ...]
    returns: str
    raises: tuple[str, ...]
    preconditions: tuple[str, ...]
    postconditions: tuple[str, ...]
    examples: tuple[Example, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the contract as plain data."""
        return asdict(self)


def contract_of(slot: Slot, language: Language) -> Contract:
    """Read a slot's contract from its text; never raises for what stands there."""
    if language is Language.PYTHON:
        return _python_contract(slot)
    raised = dict.fromkeys([*_JSDOC.findall(slot.docstring), *_THROW.findall(slot.code)])
    return Contract(
        name=slot.name,
        kind=slot.kind.value,
        signature=slot.signature,
        docstring=slot.docstring,
        parameters=(),
        returns="",
        raises=tuple(raised),
        preconditions=(),
        postconditions=(),
        examples=(),
    )


def render(contract: Contract, slot: Slot, language: Language) -> str:
    """Write a contract as a reader wants it: the declaration without its body."""
    if slot.kind in (AtomKind.FIELD, AtomKind.CONSTANT, AtomKind.TYPE, AtomKind.CLASS):
        return textwrap.dedent(slot.code.strip("\r\n").rstrip())
    lines = [f"@{decorator}" for decorator in slot.decorators] if _is_python(language) else []
    lines.append(contract.signature)
    if slot.docstring and _is_python(language):
        lines.append(textwrap.indent(f'"""{slot.docstring}"""', "    "))
    elif slot.docstring:
        lines.insert(0, f"/** {slot.docstring} */")
    documented = [name for name in contract.raises if name not in slot.docstring]
    if documented:
        mark = "    # raises" if _is_python(language) else "// throws"
        lines.append(f"{mark} {', '.join(documented)}")
    return "\n".join(lines)


def _is_python(language: Language) -> bool:
    return language is Language.PYTHON


def _python_contract(slot: Slot) -> Contract:
    fragment = read_fragment(slot.code)
    node = fragment.definition() if fragment is not None else None
    sections = dict(_sections(slot.docstring))
    before, after = sections.get("before", []), sections.get("after", [])
    parameters: tuple[Parameter, ...] = ()
    returns, raised, guards = "", list[str](), list[str]()
    if isinstance(node, Callable):
        parameters = tuple(_parameters(node.args))
        returns = _unparsed(node.returns)
        guards = list(_guards(node))
    if fragment is not None:
        raised = list(_raised(fragment.body))
    return Contract(
        name=slot.name,
        kind=slot.kind.value,
        signature=_signature(slot, node, fragment),
        docstring=slot.docstring,
        parameters=parameters,
        returns=returns,
        raises=tuple(dict.fromkeys([*_documented(sections.get("raises", [])), *raised])),
        preconditions=(*before, *guards),
        postconditions=tuple(after),
        examples=_examples(fragment, slot),
    )


def _signature(slot: Slot, node: ast.stmt | None, fragment: Fragment | None) -> str:
    if isinstance(node, Callable):
        word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        result = f" -> {_unparsed(node.returns)}" if node.returns is not None else ""
        return f"{word} {node.name}({_unparsed(node.args)}){result}:"
    if isinstance(node, ast.ClassDef):
        parts = [_unparsed(base) for base in node.bases]
        parts += [f"{word.arg or '**'}={_unparsed(word.value)}" for word in node.keywords]
        return f"class {node.name}({', '.join(parts)}):" if parts else f"class {node.name}:"
    declares = slot.kind in (AtomKind.FIELD, AtomKind.CONSTANT, AtomKind.TYPE)
    if declares and fragment is not None:
        shown = [part for part in fragment.body if isinstance(part, ast.Assign | ast.AnnAssign)]
        return "\n".join(_cut(_unparsed(part)) for part in shown) or slot.signature
    return slot.signature


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 1] + "…"


def _unparsed(node: ast.AST | None) -> str:
    if node is None:
        return ""
    try:
        return ast.unparse(node)
    except RecursionError:
        return "…"


def _parameters(args: ast.arguments) -> Iterator[Parameter]:
    plain = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults))
    for arg, default in zip(plain, [*defaults, *args.defaults], strict=True):
        yield Parameter(arg.arg, _unparsed(arg.annotation), _unparsed(default))
    if args.vararg is not None:
        yield Parameter(f"*{args.vararg.arg}", _unparsed(args.vararg.annotation), "")
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield Parameter(arg.arg, _unparsed(arg.annotation), _unparsed(default))
    if args.kwarg is not None:
        yield Parameter(f"**{args.kwarg.arg}", _unparsed(args.kwarg.annotation), "")


def _guards(node: Callable) -> Iterator[str]:
    """Read preconditions off a function's first statements: asserts and guard clauses."""
    for statement in node.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Assert):
            yield _cut(_unparsed(statement.test))
        elif isinstance(statement, ast.If) and isinstance(statement.body[0], ast.Raise):
            yield _cut(f"not ({_unparsed(statement.test)})")
        else:
            return


def _raised(body: list[ast.stmt]) -> Iterator[str]:
    """Name what a slot raises itself, not what functions inside it raise."""
    stack: list[ast.AST] = list(reversed(body))
    top = {id(part) for part in body}
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if bare_name(raised)[:1].isupper():
                yield bare_name(raised)
        nested = isinstance(node, Callable | ast.ClassDef | ast.Lambda) and id(node) not in top
        if not nested:
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _documented(lines: list[str]) -> Iterator[str]:
    for line in lines:
        match = _RAISED.match(line)
        if match:
            yield match.group(1).rsplit(".", 1)[-1]


def _sections(docstring: str) -> Iterator[tuple[str, list[str]]]:
    """Part a docstring (Google, NumPy or reST style) into the sections that a contract needs."""
    current, found = "", dict[str, list[str]]()
    for line in docstring.splitlines():
        bare = line.strip()
        field = re.match(r":(raises?|returns?)\s*([\w.]*):?\s*(.*)", bare)
        if field:
            kind = _SECTIONS[field.group(1)]
            text = f"{field.group(2)}: {field.group(3)}" if kind == "raises" else field.group(3)
            found.setdefault(kind, []).append(text.strip())
            continue
        head, _, rest = bare.partition(":")
        title = head.lower()
        if title in _SECTIONS and (bare.endswith(":") or rest or not _):
            current = _SECTIONS[title]
            if current and rest.strip():
                found.setdefault(current, []).append(rest.strip())
        elif current and bare and set(bare) != {"-"}:
            found.setdefault(current, []).append(bare)
        elif not bare:
            current = current if current == "raises" else ""
    yield from found.items()


def _examples(fragment: Fragment | None, slot: Slot) -> tuple[Example, ...]:
    if fragment is None or ">>>" not in slot.code:
        return ()
    owner: ast.AST | None = fragment.definition()
    if owner is None and slot.name.startswith("__doc__"):
        owner = ast.Module(fragment.body, [])
    constant = _docstring_node(owner)
    if constant is None or not isinstance(constant.value, str):
        return ()
    try:
        parsed = doctest.DocTestParser().get_examples(constant.value)
    except ValueError:
        return ()
    first = fragment.line(constant)
    return tuple(Example(part.source, part.want, first + part.lineno) for part in parsed)


def _docstring_node(owner: ast.AST | None) -> ast.Constant | None:
    body = getattr(owner, "body", None)
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.value
    return None


def summary(docstring: str) -> str:
    """Give the first line of a docstring."""
    return inspect.cleandoc(docstring).split("\n", 1)[0] if docstring else ""
