"""Docstring examples: taken from the text, run elsewhere, compared here.

What an example ought to show never enters the sandbox, where the code under test could read it: the
expected lines of every docstring that goes in are blanked. The comparison is doctest's own.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from devmatrix.python_source import UNPARSABLE, parse_module
from validation.contract_python import parsed
from validation.layout import Layout, is_document, is_test_support
from validation.snapshot import decoded, encoded

FLAGS = doctest.ELLIPSIS
_PROMPT = re.compile(r"^\s*(?:[bBfFrRuU]{0,2}(?:\"\"\"|'''))?\s*>>>(?:\s|$)")
_CONTINUATION = re.compile(r"^\s*\.\.\.(?:\s|$)")
_CLOSING = re.compile(r"(?:\"\"\"|''').*$")
_DIRECTIVE = re.compile(r"#\s*doctest:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trial:
    """One example: what is run, what it has to show, and its line in the atom (1-based).

    `exception` is the expected last line of a traceback, None where none is expected; `flags` are
    doctest's option flags.
    """

    source: str
    want: str
    exception: str | None
    flags: int
    line: int


class Shown(Protocol):
    """What the sandbox tells of one example."""

    @property
    def stdout(self) -> str: ...
    @property
    def exception_type(self) -> str | None: ...
    @property
    def exception_message(self) -> str | None: ...


def trials_in(code: str) -> list[Trial]:
    """Take the examples out of the docstrings of a Python atom's text, in order.

    Examples marked ``+SKIP`` are left out. An atom that does not parse has none.
    """
    tree = parsed(code)
    if tree is None:
        return []
    found: list[Trial] = []
    for statement in tree.body:
        for node in ast.walk(statement):
            for constant in _docstring_nodes(node):
                found.extend(_trials(str(constant.value), constant.lineno - tree.shift))
    return found


def _docstring_nodes(node: ast.AST) -> Iterator[ast.Constant]:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        return
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()) as constant)]:
            yield constant


def _trials(text: str, first_line: int) -> Iterator[Trial]:
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError:  # an example that doctest itself cannot read
        return
    for example in examples:
        flags = FLAGS
        for option, wanted in example.options.items():
            flags = flags | option if wanted else flags & ~option
        if not flags & doctest.SKIP:
            line = first_line + example.lineno
            yield Trial(example.source, example.want, example.exc_msg, flags, line)


def refusal(trial: Trial, shown: Shown) -> tuple[str, str, str] | None:
    """Compare what an example showed with what it has to show, as doctest does.

    None when it fits, else (sentence, expected, actual). The type of an expected exception may be
    written with or without its module.
    """
    if shown.exception_type is None:
        if trial.exception is not None:
            actual = shown.stdout.strip() or "no exception"
            return "the example raises no exception", trial.exception.strip(), actual
        if doctest.OutputChecker().check_output(trial.want, shown.stdout, trial.flags):
            return None
        actual = shown.stdout.rstrip("\n") or "nothing"
        return "the example shows something else", trial.want.rstrip("\n") or "nothing", actual
    actual = _last_line(shown.exception_type, shown.exception_message)
    if trial.exception is None:
        sentence = f"the example raises {shown.exception_type}"
        return sentence, trial.want.rstrip("\n") or "no exception", actual.strip()
    bare = _last_line(shown.exception_type.rsplit(".", 1)[-1], shown.exception_message)
    checker = doctest.OutputChecker()
    if any(_same_exception(checker, trial, text) for text in (actual, bare)):
        return None
    return "the example raises something else", trial.exception.strip(), actual.strip()


def _last_line(kind: str, message: str | None) -> str:
    return f"{kind}: {message}\n" if message else f"{kind}\n"


def _same_exception(checker: doctest.OutputChecker, trial: Trial, text: str) -> bool:
    wanted = trial.exception or ""
    if checker.check_output(wanted, text, trial.flags):
        return True
    if not trial.flags & doctest.IGNORE_EXCEPTION_DETAIL:
        return False
    return _bare_type(wanted) == _bare_type(text)


def _bare_type(line: str) -> str:
    return line.partition(":")[0].strip().rsplit(".", 1)[-1]


def files_for_examples(
    assembled: Mapping[str, bytes], layout: Layout, module_path: str
) -> dict[str, bytes]:
    """Give what enters the sandbox for examples of a module.

    Every file of the project except tests and prose; Python sources with expected lines blanked.
    """
    keep_tests = is_test_support(module_path)
    return {
        path: without_wants(content) if path.endswith(".py") else content
        for path, content in assembled.items()
        if not is_document(path) and (keep_tests or not is_test_support(path))
    }


@lru_cache(maxsize=512)
def without_wants(source: bytes) -> bytes:
    """Blank what examples in docstrings have to show, line by line; no line is added or removed.

    A source that does not parse comes back as it is: it cannot be imported either.
    """
    text = decoded(source)
    if ">>>" not in text:
        return source
    try:
        tree = parse_module(source)
    except UNPARSABLE:
        return source
    rows = text.split("\n")
    for node in ast.walk(tree):
        for constant in _docstring_nodes(node):
            first, last = constant.lineno - 1, (constant.end_lineno or constant.lineno) - 1
            if last > first:
                rows[first : last + 1] = _blanked(rows[first : last + 1])
    return encoded("\n".join(rows))


def _blanked(rows: Sequence[str]) -> list[str]:
    """Blank the lines behind prompts; the quotes that end the docstring stay."""
    found: list[str] = []
    state = "prose"
    for number, row in enumerate(rows):
        last = number == len(rows) - 1
        if _PROMPT.match(row):
            state = "source"
        elif state == "source" and _CONTINUATION.match(row):
            pass
        elif not row.strip():
            state = "prose"
        elif state in {"source", "want"}:
            state = "want"
            closing = _CLOSING.search(row) if last else None
            end = "\r" if row.endswith("\r") else ""
            row = closing[0] if closing else end
        found.append(row)
    return found
