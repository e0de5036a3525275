"""Python's own parser, one caller at a time.

CPython 3.11 counts the depth of the trees that `ast.parse` builds once per interpreter, so calls
from several threads disturb one another ("AST constructor recursion depth mismatch"), and the
filters of `warnings` are shared by all threads as well. Nothing is executed here.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What a text raises that is not Python, or too deep for it."""

_ONE_AT_A_TIME = threading.Lock()


def parse_module(source: str | bytes) -> ast.Module:
    """Return the tree of a module; raises one of UNPARSABLE."""
    with _alone():
        return ast.parse(source)


def parse_expression(source: str) -> ast.expr:
    """Return the tree of one expression; raises one of UNPARSABLE."""
    with _alone():
        return ast.parse(source, mode="eval").body


def literal(source: str) -> object:
    """Return the value of a literal; raises one of UNPARSABLE."""
    with _alone():
        return ast.literal_eval(source)


def check(source: bytes) -> None:
    """Compile a module by the language's own rules, and forget it; raises one of UNPARSABLE."""
    with _alone():
        compile(source, "<source>", "exec", dont_inherit=True)


@contextmanager
def _alone() -> Iterator[None]:
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
