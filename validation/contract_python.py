"""What a Python atom declares, compared with what its slot declared when it was empty.

Other atoms were written, or are being written right now, against the slot's signature, docstring
and decorators. An answer that changes them is wrong even where it would run.

An atom's text is a run of whole lines, so it may be indented (a method) or stop where its suite
would begin (the header of a function whose body is cut into blocks). `parsed` reads both.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from devmatrix.python_source import UNPARSABLE, parse_module

_FIRST_CODE = re.compile(r"^(?P<margin>[ \t\f]*)[^\s#]", re.MULTILINE)
_SILENCER = re.compile(r"#\s*(?:type:\s*ignore|mypy:)", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\b(?:TODO|FIXME|XXX|not (?:yet )?implemented|your code here|implement (?:this|me)"
    r"|rest of (?:the )?(?:code|implementation)|placeholder)\b",
    re.IGNORECASE,
)
EMPTY_BY_DESIGN = frozenset({"abstractmethod", "overload", "abstractproperty"})

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Declaration:
    """One thing that a text declares: what other atoms see of it."""

    kind: str
    name: str
    parts: tuple[tuple[str, str], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what was declared and what is declared now."""

    message: str
    line: int | None
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """An atom's statements; `shift` is how many lines were put before its text."""

    body: list[ast.stmt]
    shift: int

    def line(self, node: ast.stmt | ast.expr) -> int:
        """Give a node's line within the atom, 1-based."""
        return max(node.lineno - self.shift, 1)


def parsed(code: str) -> Parsed | None:
    """Parse an atom's text on its own; None for a fragment that only its file makes whole."""
    first = _FIRST_CODE.search(code)
    if first is None:
        return Parsed([], 0)
    margin = first["margin"].rsplit("\f", 1)[-1]
    text, shift = (f"if 1:\n{code}", 1) if margin else (code, 0)
    tail = "" if text.endswith("\n") else "\n"
    for ending in ("", f"{tail}{margin}    pass\n", f"{tail}{margin}        pass\n"):
        tree = _tree(text + ending)
        if tree is not None:
            return Parsed(_inside(tree, shift), shift)
    return None


def _tree(text: str) -> ast.Module | None:
    try:
        return parse_module(text.encode("utf-8", "surrogateescape"))
    except UNPARSABLE:
        return None


def _inside(tree: ast.Module, shift: int) -> list[ast.stmt]:
    if not shift or not tree.body or not isinstance(tree.body[0], ast.If):
        return tree.body
    return [*tree.body[0].body, *tree.body[1:]]


def declarations(parsed: Parsed) -> list[Declaration]:
    """List what a text declares, in order; imports are one declaration a name."""
    found: list[Declaration] = []
    for statement in parsed.body:
        found.extend(_declared(statement, parsed.line(statement)))
    return found


def _declared(statement: ast.stmt, line: int) -> Iterator[Declaration]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield _of_function(statement, line)
        case ast.ClassDef():
            yield _of_class(statement, line)
        case ast.Import() | ast.ImportFrom():
            for alias in statement.names:
                bound = alias.asname or alias.name.split(".")[0]
                yield Declaration("import", bound, (), line)
        case ast.AnnAssign():
            parts = (("annotation", ast.unparse(statement.annotation)),)
            yield Declaration("name", ast.unparse(statement.target), parts, line)
        case ast.Assign():
            for target in statement.targets:
                yield Declaration("name", ast.unparse(target), (), line)
        case ast.Expr(value=ast.Constant()):
            return
        case _:
            yield Declaration("statement", type(statement).__name__, (), line)


def _of_function(node: Definition, line: int) -> Declaration:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Declaration(
        "async function" if isinstance(node, ast.AsyncFunctionDef) else "function",
        node.name,
        (
            ("signature", f"({ast.unparse(node.args)}){returns}"),
            ("decorators", _unparsed(node.decorator_list)),
            ("docstring", docstring(node)),
        ),
        line,
    )


def _of_class(node: ast.ClassDef, line: int) -> Declaration:
    bases = [*map(ast.unparse, node.bases), *map(ast.unparse, node.keywords)]
    return Declaration(
        "class",
        node.name,
        (
            ("bases", ", ".join(bases)),
            ("decorators", _unparsed(node.decorator_list)),
            ("docstring", docstring(node)),
        ),
        line,
    )


def _unparsed(nodes: Iterable[ast.expr]) -> str:
    return "\n".join(f"@{ast.unparse(node)}" for node in nodes)


def docstring(node: ast.AST) -> str:
    """Give a definition's docstring without its indentation, "" for none."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        return ""
    return inspect.cleandoc(ast.get_docstring(node, clean=False) or "").strip()


def changes(skeleton: Parsed, answer: Parsed) -> list[Change]:
    """List what an answer declares differently from its slot.

    Imports and bare statements may be added to a slot that holds such already; anything else has
    to be the same things under the same names, in the same order. A docstring may be added where
    there was none.
    """
    before, after = declarations(skeleton), declarations(answer)
    if {item.kind for item in before} <= {"import", "statement"} and before:
        return _lost(before, after)
    wanted = [(item.kind, item.name) for item in before]
    given = [(item.kind, item.name) for item in after]
    if wanted != given:
        return [_restructured(before, after)]
    pairs = zip(before, after, strict=True)
    return [change for old, new in pairs for change in _reworded(old, new)]


def _lost(before: Sequence[Declaration], after: Sequence[Declaration]) -> list[Change]:
    kept = {(item.kind, item.name) for item in after}
    lost = sorted({item.name for item in before if (item.kind, item.name) not in kept})
    added = [item for item in after if item.kind not in {"import", "statement", "name"}]
    if lost:
        names = ", ".join(lost)
        return [Change(f"the slot declared {names} and the answer does not", None, names, "")]
    if added:
        return [_restructured(before, after)]
    return []


def _restructured(before: Sequence[Declaration], after: Sequence[Declaration]) -> Change:
    extra = _without(after, before)
    lost = _without(before, after)
    if lost and extra:
        message = f"the slot is for {_listed(lost)}; the answer has {_listed(extra)} instead"
    elif extra:
        message = f"the answer also defines {_listed(extra)}; a slot holds only what it began with"
    elif lost:
        message = f"the answer lacks {_listed(lost)}"
    else:
        message = "the answer declares the same things in another order"
    line = extra[0].line if extra else None
    return Change(message, line, _listed(before), _listed(after))


def _without(some: Sequence[Declaration], others: Sequence[Declaration]) -> list[Declaration]:
    left = [(item.kind, item.name) for item in others]
    rest = []
    for item in some:
        if (item.kind, item.name) in left:
            left.remove((item.kind, item.name))
        else:
            rest.append(item)
    return rest


def _listed(items: Iterable[Declaration]) -> str:
    return ", ".join(f"{item.kind} {item.name}" for item in items) or "nothing"


def _reworded(old: Declaration, new: Declaration) -> Iterator[Change]:
    for (part, wanted), (_, given) in zip(old.parts, new.parts, strict=True):
        if wanted == given or (part == "docstring" and not wanted):
            continue
        message = f"the {part} of {old.name} changed; others rely on what the slot declared"
        yield Change(message, new.line, wanted or "none", given or "none")


def empty_definitions(answer: Parsed) -> Iterator[tuple[str, int, str]]:
    """Find functions without a body, as (name, line, what stands there instead).

    Methods that are empty by their decorator (abstract, overload) are left out, and so are classes:
    an exception class often has no more than its docstring.
    """
    for node in answer.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if any(_last_name(item) in EMPTY_BY_DESIGN for item in node.decorator_list):
            continue
        instead = _placeholder(node)
        if instead:
            yield node.name, answer.line(node), instead


def _last_name(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return ast.unparse(decorator).rsplit(".", 1)[-1]


def _placeholder(node: Definition) -> str:
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    if not body:
        return "a docstring only"
    words = [_empty_word(statement) for statement in body]
    return ", ".join(dict.fromkeys(words)) if all(words) else ""


def _empty_word(statement: ast.stmt) -> str:
    match statement:
        case ast.Pass():
            return "pass"
        case ast.Expr(value=ast.Constant(value=value)):
            return "..." if value is Ellipsis else "a bare constant"
        case ast.Raise(exc=ast.expr() as raised):
            name = ast.unparse(raised.func if isinstance(raised, ast.Call) else raised)
            if name == "NotImplementedError":
                return "raise NotImplementedError"
            said = isinstance(raised, ast.Call) and _PLACEHOLDER.search(ast.unparse(raised))
            return f"raise {name} of a placeholder" if said else ""
        case _:
            return ""


def unfinished_comments(code: str) -> Iterator[tuple[int, str]]:
    """Find comments that say that something is left to do, as (line, comment)."""
    for line, _, text in comments(code):
        if _PLACEHOLDER.search(text):
            yield line, text


def comments(code: str) -> Iterator[tuple[int, int, str]]:
    """Find a text's comments as (line, column, text), as far as its tokens can be read."""
    first = _FIRST_CODE.search(code)
    margin = first["margin"] if first else ""
    shift = 1 if margin else 0
    text = f"if 1:\n{code}" if margin else code
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="\n").readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0] - shift, token.start[1], token.string
    except (tokenize.TokenError, SyntaxError, UnicodeError):
        return


def without_silencers(code: str) -> str:
    """Take the power from comments that would silence the type checker; lengths stay the same."""
    if not _SILENCER.search(code):
        return code
    rows = re.split(r"(?<=\n)", code)
    for line, column, text in comments(code):
        if _SILENCER.search(text) and line <= len(rows):
            row = rows[line - 1]
            harmless = text.replace(":", " ")
            rows[line - 1] = row[:column] + harmless + row[column + len(text) :]
    return "".join(rows)


def names_bound(code: str) -> dict[str, str]:
    """List the names that a module's top level binds, with a text for what each one is.

    An import's text is the same wherever the same thing is imported under the same name.
    """
    tree = _tree(code)
    found: dict[str, str] = {}
    for statement in tree.body if tree is not None else []:
        match statement:
            case ast.Import():
                for alias in statement.names:
                    bound = alias.asname or alias.name.split(".")[0]
                    found[bound] = f"import {alias.name if alias.asname else bound}"
            case ast.ImportFrom():
                origin = "." * statement.level + (statement.module or "")
                for alias in statement.names:
                    found[alias.asname or alias.name] = f"from {origin} import {alias.name}"
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found[statement.name] = f"{type(statement).__name__} {statement.name}"
            case ast.Assign() | ast.AnnAssign():
                targets = (
                    statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                )
                for node in (node for target in targets for node in ast.walk(target)):
                    if isinstance(node, ast.Name):
                        found[node.id] = f"assignment to {node.id}"
    return found
