"""What a name of Python means, promise by promise: the slot that each use leads to."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping

import pytest

from atomization.names import Outcome, Reference, references_of
from atomization.python_resolver import Resolver
from atomization.python_scopes import FileNames
from atomization.python_walk import Walker
from devmatrix.python_source import parse_module
from tests.atomization.reading import project

PAD = "    work()\n" * 8


def leads(sources: Mapping[str, str] | str, text: str, path: str = "m.py") -> list[list[str]]:
    """Spell what each use of a text leads to: ``path:slot`` for every target, or its outcome."""
    files = project({path: sources} if isinstance(sources, str) else sources)
    slots = {file.path: file.slots for file in files}
    answer = next(one for one in references_of(files) if one.file.path == path)

    def spelt(use: Reference) -> list[str]:
        if not use.targets:
            return [use.outcome.value]
        return [f"{one.path}:{slots[one.path][one.slot].name}" for one in use.targets]

    return [spelt(use) for use in answer.references if use.text == text and use.role != "store"]


def lead(sources: Mapping[str, str] | str, text: str, path: str = "m.py") -> list[str]:
    """Spell what the last use of a text leads to."""
    found = leads(sources, text, path)
    assert found, "no such use"
    return found[-1]


# -- scopes -------------------------------------------------------------------------------------

ONE = "x = 1\n\n\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (ONE + "def f():\n    return x\n", "m.py:x"),
        (ONE + "def f(x):\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    x = 2\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    print(x)\n    x = 2\n", "m.py:f"),
        (ONE + "def f():\n    global x\n    return x\n", "m.py:x"),
        (ONE + "def f():\n    x = 2\n    def g():\n        global x\n        return x\n", "m.py:x"),
        (
            ONE + "def f():\n    x = 2\n    def g():\n        nonlocal x\n        return x\n",
            "m.py:f",
        ),
        (ONE + "def f():\n    x = 2\n    def g():\n        return x\n", "m.py:f"),
        (ONE + "class C:\n    x = 2\n    def f(self):\n        return x\n", "m.py:x"),
        (ONE + "class C:\n    x = 2\n    y = x\n", "m.py:C"),
        (ONE + "class C:\n    x = 2\n    y = [x for a in b]\n", "m.py:x"),
        (ONE + "class C:\n    x = 2\n    y = [a for a in x]\n", "m.py:C"),
        (ONE + "class C:\n    x = 2\n    y = lambda: x\n", "m.py:x"),
        (ONE + "class C:\n    x = 2\n    def f(self, a=x): pass\n", "m.py:C"),
        (ONE + "class C:\n    x = 2\n    class D:\n        y = x\n", "m.py:x"),
        (ONE + "def f():\n    class C:\n        x = 2\n    return x\n", "m.py:x"),
        (ONE + "def f():\n    [x for x in y]\n    return x\n", "m.py:x"),
        (ONE + "def f():\n    return [x for x in y]\n", "m.py:f"),
        (ONE + "def f():\n    return [x for a in b for x in a]\n", "m.py:f"),
        (ONE + "def f():\n    return {x: 1 for a, *x in b}\n", "m.py:f"),
        (ONE + "def f():\n    return [y for x in a if (y := x)], y\n", "m.py:f"),
        (ONE + "def f():\n    [x := a for a in b]\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    for x in y: pass\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    with y as (x, z): pass\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    try: pass\n    except E as x:\n        return x\n", "m.py:f"),
        (ONE + "def f():\n    import x\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    match y:\n        case [x, *z]: return x\n", "m.py:f"),
        (ONE + "def f():\n    match y:\n        case {'a': 1, **x}: return x\n", "m.py:f"),
        (ONE + "def f():\n    match y:\n        case D(b=x) as z: return x\n", "m.py:f"),
        (ONE + "def f(a=x): pass\n", "m.py:x"),
        (ONE + "def f(x: x): pass\n", "m.py:x"),
        (ONE + "def g(): pass\n\n\nf = lambda x, *y, z=x: x\n", "m.py:f"),
        (ONE + "def f(*x, **y):\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    del x\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    x: int\n    return x\n", "m.py:f"),
        (ONE + "def f():\n    x += 1\n    return x\n", "m.py:f"),
    ],
)
def test_scopes_are_those_of_the_language(source: str, expected: str) -> None:
    text = "y" if ":= x" in source else "x"
    assert lead(source, text)[0] == expected


def test_a_global_statement_binds_in_the_module() -> None:
    source = "def put():\n    global made\n    made = 1\n\n\ndef get():\n    return made\n"
    assert lead(source, "made") == ["m.py:put"]


def test_a_class_body_sees_the_module_where_it_has_not_bound_the_name_itself() -> None:
    source = "x = 1\n\n\ndef f():\n    x = 2\n\n    class C:\n        x = x\n"
    assert "m.py:f" in lead(source, "x")


def test_all_conditional_definitions_are_meant() -> None:
    body = "        work()\n" * 9
    source = (
        f"if a:\n    def f():\n{body}else:\n    def f():\n{body}\n\n"
        f"try:\n    from fast import g\nexcept ImportError:\n    def g():\n{body}\n\nf()\ng()\n"
    )
    assert len(lead(source, "f")) == 2
    assert len(lead(source, "g")) == 2


def test_what_is_defined_later_is_meant_by_functions() -> None:
    assert lead("def f():\n    return g()\n\n\ndef g(): pass\n", "g") == ["m.py:g"]


def test_private_names_of_a_class_are_its_own() -> None:
    source = "class C:\n    __a = 1\n\n    def f(self):\n        return self.__a\n"
    assert lead(source, "self.__a") == ["m.py:C"]


# -- type parameters ----------------------------------------------------------------------------

needs_695 = pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12")


@needs_695
@pytest.mark.parametrize(
    "source",
    [
        "def f[T](a: T) -> T: return a\n",
        "class C[T]:\n    def f(self, a: T) -> T: return a\n",
        "class C[T](B[T]): pass\n",
        "type A[T] = list[T]\n",
        "def f[**T](a: Callable[T, int]): pass\n",
        "def f[*T](a: tuple[*T]): pass\n",
    ],
)
def test_type_parameters_are_names_of_their_own_scope(source: str) -> None:
    assert lead(f"T = 1\n\n\n{source}", "T")[0] != "m.py:T"
    assert lead(f"{source}\n\nuse(T)\n", "T") == ["unresolved"]


class TypeVar(ast.AST):
    """A type parameter as the trees of Python 3.12 have it."""

    _fields = ("name", "bound", "default_value")
    name: str
    bound: ast.expr


@pytest.mark.parametrize("source", ["def f(a: T) -> T: return T\n", "class C(B[T]):\n    a: T\n"])
def test_type_parameters_are_known_in_the_trees_of_later_pythons(source: str) -> None:
    (file,) = project({"m.py": f"class B: pass\n\n\nT = 1\n\n\n{source}"})
    tree = parse_module(file.text)
    bound = ast.copy_location(ast.Name("B", ast.Load()), tree.body[-1])
    parameter = ast.copy_location(TypeVar(), tree.body[-1])
    parameter.name, parameter.bound = "T", bound
    vars(tree.body[-1])["type_params"] = [parameter]
    names = FileNames(file)
    Walker(names).walk(tree)
    resolver = Resolver([names])
    uses = [(use.node.id, use.scope) for use in names.mentions if isinstance(use.node, ast.Name)]
    outcomes = {resolver.name(name, scope).outcome for name, scope in uses if name == "T"}
    stored = resolver.name("T", names.module).outcome
    assert (outcomes - {stored}, stored) == ({Outcome.LOCAL}, Outcome.SLOT)
    assert any(name == "B" and scope.bindings.get("T") for name, scope in uses)


@needs_695
def test_bounds_of_type_parameters_are_uses() -> None:
    assert lead("class B: pass\n\n\ndef f[T: B](a: T): pass\n", "B") == ["m.py:B"]


@needs_695
def test_a_type_statement_binds_its_name() -> None:
    assert lead("type A = int\n\n\ndef f(a: A): pass\n", "A") == ["m.py:A"]


# -- modules ------------------------------------------------------------------------------------

PACKAGE = {
    "pkg/__init__.py": (
        "from .core import f as made, C\nfrom . import core as engine\nfrom .stars import *\n"
    ),
    "pkg/core.py": "def f(): pass\n\n\nclass C:\n    def m(self): pass\n\n\ndef _hidden(): pass\n",
    "pkg/stars.py": (
        "__all__ = ['one', '_two']\n\n\ndef one(): pass\n\n\ndef _two(): pass\n\n\n"
        "def three(): pass\n"
    ),
    "pkg/sub/__init__.py": "from ..core import f\nfrom .deep import *\n",
    "pkg/sub/deep.py": "def g(): pass\n\n\ndef _private(): pass\n",
}


@pytest.mark.parametrize(
    ("statement", "use", "expected"),
    [
        ("from pkg import made", "made", "pkg/core.py:f"),
        ("from pkg import C as K", "K", "pkg/core.py:C"),
        ("from pkg import engine", "engine.f", "pkg/core.py:f"),
        ("import pkg", "pkg.made", "pkg/core.py:f"),
        ("import pkg", "pkg.core.f", "pkg/core.py:f"),
        ("import pkg.sub.deep", "pkg.sub.deep.g", "pkg/sub/deep.py:g"),
        ("import pkg.sub.deep as d", "d.g", "pkg/sub/deep.py:g"),
        ("from pkg.sub import f", "f", "pkg/core.py:f"),
        ("from pkg.sub import g", "g", "pkg/sub/deep.py:g"),
        ("from pkg.sub import deep", "deep.g", "pkg/sub/deep.py:g"),
        ("from pkg import one", "one", "pkg/stars.py:one"),
        ("from pkg import _two", "_two", "pkg/stars.py:_two"),
        ("from pkg import *", "made", "pkg/core.py:f"),
        ("from pkg.stars import *", "one", "pkg/stars.py:one"),
        ("from pkg.stars import *", "_two", "pkg/stars.py:_two"),
        ("from pkg.stars import three", "three", "pkg/stars.py:three"),
        ("if TYPE_CHECKING:\n    from pkg import made", "made", "pkg/core.py:f"),
        ("try:\n    from pkg import made\nexcept ImportError:\n    pass", "made", "pkg/core.py:f"),
    ],
)
def test_an_import_leads_to_the_definition(statement: str, use: str, expected: str) -> None:
    sources = {"m.py": f"{statement}\n\n\nuse({use})\n", **PACKAGE}
    assert lead(sources, use)[-1] == expected


@pytest.mark.parametrize(
    ("statement", "use"),
    [
        ("from pkg.stars import *", "three"),
        ("from pkg import *", "three"),
        ("from pkg import three", "three"),
        ("from pkg.core import *", "_hidden"),
        ("from pkg.sub import *", "_private"),
        ("from pkg.core import gone", "gone"),
    ],
)
def test_what_a_star_leaves_out_is_not_there(statement: str, use: str) -> None:
    sources = {"m.py": f"{statement}\n\n\nuse({use})\n", **PACKAGE}
    assert all(one.endswith(("unresolved", ":imports")) for one in lead(sources, use))


@pytest.mark.parametrize(
    ("statement", "use", "expected"),
    [
        ("from . import core", "core.f", "pkg/core.py:f"),
        ("from .core import f", "f", "pkg/core.py:f"),
        ("from .sub import g", "g", "pkg/sub/deep.py:g"),
        ("from .sub.deep import g as h", "h", "pkg/sub/deep.py:g"),
        ("from . import made", "made", "pkg/core.py:f"),
    ],
)
def test_relative_imports_lead_to_the_definition(statement: str, use: str, expected: str) -> None:
    sources = {"pkg/user.py": f"{statement}\n\n\nuse({use})\n", **PACKAGE}
    assert lead(sources, use, "pkg/user.py")[-1] == expected


@pytest.mark.parametrize(
    "listed",
    [
        "__all__ = ('a',) + ('b',)",
        "__all__ = ['a']\n__all__ += ['b']",
        "__all__ = ['a']\n__all__.append('b')",
        "__all__ = ['a']\n__all__.extend(['b'])",
        "__all__: list[str] = ['a', 'b']",
        "__all__ = ['a', *['b']]",
    ],
)
def test_all_is_read_in_every_way_it_is_written(listed: str) -> None:
    module = f"{listed}\n\n\ndef a(): pass\n\n\ndef b(): pass\n\n\ndef c(): pass\n"
    for name, expected in ("a", "n.py:a"), ("b", "n.py:b"), ("c", "unresolved"):
        sources = {"m.py": f"from n import *\n\n\nuse({name})\n", "n.py": module}
        assert lead(sources, name)[-1] == expected, name


def test_all_that_is_computed_leaves_nothing_out() -> None:
    module = "__all__ = [n for n in dir()]\n\n\ndef a(): pass\n"
    assert lead({"m.py": "from n import *\n\n\nuse(a)\n", "n.py": module}, "a")[-1] == "n.py:a"
    module = "import o\n__all__ = ['b'] + o.__all__\n\n\ndef a(): pass\n"
    assert lead({"m.py": "from n import *\n\n\nuse(a)\n", "n.py": module}, "a")[-1] == "n.py:a"


def test_stars_in_a_circle_end() -> None:
    sources = {"m.py": "from n import *\n\n\nuse(x)\n", "n.py": "from m import *\n"}
    assert lead(sources, "x") == ["unresolved"]


def test_a_later_star_hides_an_earlier_one() -> None:
    sources = {
        "m.py": "from n import *\nfrom o import *\n\n\nuse(x)\n",
        "n.py": "x = 1\n",
        "o.py": "x = 2\n",
    }
    assert "o.py:x" in lead(sources, "x")


def test_quoted_annotations_are_uses() -> None:
    source = "class B: pass\n\n\ndef f(a: 'list[B]') -> \"B\": pass\n"
    assert leads(source, "B") == [["m.py:B"], ["m.py:B"]]
