"""Calls against signatures: what cannot work is found, what may work is left alone."""

from __future__ import annotations

import pytest

from validation.call_signatures import Mismatch, mismatches
from validation.layout import layout_of

LIBRARY = """
from contextlib import contextmanager
from functools import wraps


def f(a, b=1, *, c=2): ...
def strict(a, *, c): ...
def any_number(*args, **kwargs): ...
def only(a, /): ...
def twice(a): ...
def twice(a, b): ...


@wraps(f)
def wrapped(): ...


@contextmanager
def managed(a): ...


class Plain:
    def __init__(self, x): ...
    def m(self, y): ...
    @classmethod
    def made(cls, z): ...
    @staticmethod
    def free(w): ...
    def calls(self):
        self.m(1)
        self.m()


class Child(Plain): ...
class Foreign(Unknown): ...
"""


def found(caller: str, **more: str) -> list[Mismatch]:
    files = {"lib.py": LIBRARY, "pkg/__init__.py": "", "pkg/caller.py": caller} | more
    sources = {path: text.encode() for path, text in files.items()}
    return [item for item in mismatches(sources, layout_of(files)) if item.path != "lib.py"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("f()", "is not given 'a'"),
        ("f(1, 2, 3)", "takes 2 positional"),
        ("f(1, d=1)", "no parameter 'd'"),
        ("f(1, a=1)", "gets 'a' twice"),
        ("strict(1)", "is not given 'c'"),
        ("only(a=1)", "no parameter 'a'"),
        ("managed()", "is not given 'a'"),
        ("Plain()", "is not given 'x'"),
        ("Child(1, 2)", "takes 1 positional"),
        ("Plain.made()", "is not given 'z'"),
        ("Plain.free(1, 2)", "takes 1 positional"),
    ],
)
def test_a_call_that_cannot_work_is_found(call: str, said: str) -> None:
    (item,) = found(f"from lib import f, strict, only, managed, Plain, Child\n\n{call}\n")
    assert said in item.message
    assert (item.path, item.line, item.callee_path) == ("pkg/caller.py", 3, "lib.py")


@pytest.mark.parametrize(
    "call",
    [
        "f(1)", "f(1, 2, c=3)", "f(a=1)", "strict(1, c=2)", "any_number(1, x=2)", "only(1)",
        "managed(1)", "Plain(1)", "Child(1)", "Plain.made(1)", "Plain.free(1)",
    ],
)  # fmt: skip
def test_a_call_that_works_is_left_alone(call: str) -> None:
    names = "f, strict, any_number, only, managed, Plain, Child"
    assert found(f"from lib import {names}\n{call}\n") == []


@pytest.mark.parametrize(
    "caller",
    [
        "from lib import f\nf(*args)",
        "from lib import f\nf(**options)",
        "from lib import twice\ntwice()",
        "from lib import wrapped\nwrapped(1, 2, 3)",
        "from lib import Foreign\nForeign(1, 2, 3)",
        "from lib import f\nf = print\nf()",
        "from lib import f\ndef g(f):\n    f()",
        "from lib import f\ndef g():\n    f = print\n    f()",
        "from lib import f\n[f() for f in fs]",
        "from lib import f\nlambda f: f()",
        "from lib import f\nclass A:\n    def f(self): ...\n    f()",
        "try:\n    from lib import f\nexcept ImportError:\n    f = None\nf()",
        "from lib import f\ntry:\n    f()\nexcept TypeError:\n    pass",
        "from lib import f\nwith raises(TypeError):\n    f()",
        "from lib import f\nassert raises(TypeError, lambda: f())",
        "from elsewhere import f\nf()",
        "from lib import f\ndef g():\n    global f\n    f = print\nf()",
    ],
)
def test_what_is_in_doubt_is_left_alone(caller: str) -> None:
    assert found(caller) == []


def test_modules_and_relative_imports_are_followed() -> None:
    assert found("import lib\nlib.f()\n")
    assert found("import lib as other\nother.f()\n")
    assert found("from . import near\nnear.g(1)\n", **{"pkg/near.py": "def g(): ...\n"})
    assert found("from .near import g\ng(1)\n", **{"pkg/near.py": "from lib import f as g\n"}) == []
    assert found("from .near import g\ng()\n", **{"pkg/near.py": "from lib import f as g\n"})


def test_a_methods_own_class_is_followed() -> None:
    sources = {"lib.py": LIBRARY.encode()}
    (item,) = mismatches(sources, layout_of(sources))
    assert item.callee == "Plain.m"
    assert "'y'" in item.message


def test_a_method_that_may_be_overridden_is_left_alone() -> None:
    text = LIBRARY + "\n\nclass Other(Plain):\n    def m(self): ...\n"
    sources = {"lib.py": text.encode()}
    assert mismatches(sources, layout_of(sources)) == []
