"""Imports from file to file in Python: which file, or why none, and what kind of import."""

from __future__ import annotations

import pytest

from atomization.python_names import names_of
from dependencies.imports import (
    FileImport,
    ImportKind,
    Imports,
    Unresolved,
    imports_of,
    requests_of,
)
from tests.atomization.reading import project


def found(sources: dict[str, str], path: str = "") -> list[FileImport]:
    """Give the imports of a file, of the first one unless told."""
    wanted = path or next(iter(sources))
    graph = imports_of(project(sources))
    return [item for item in graph.imports if item.path == wanted]


def spelt(sources: dict[str, str], path: str = "") -> list[str]:
    """Spell each import as ``target:names``, or its reason."""
    return [
        f"{item.target}:{','.join(item.names)}" if item.target else str(item.reason)
        for item in found(sources, path)
    ]


PACKAGE = {
    "pkg/__init__.py": "VERSION = 1\n",
    "pkg/a.py": "def f(): pass\n",
    "pkg/sub/__init__.py": "",
    "pkg/sub/deep.py": "class C: pass\n",
    "pkg/b.py": "",
}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import pkg", ["pkg/__init__.py:"]),
        ("import pkg.a", ["pkg/a.py:"]),
        ("import pkg.sub.deep as d", ["pkg/sub/deep.py:"]),
        ("import pkg.a, pkg.sub", ["pkg/a.py:", "pkg/sub/__init__.py:"]),
        ("from pkg import a", ["pkg/a.py:a"]),
        ("from pkg import VERSION", ["pkg/__init__.py:VERSION"]),
        ("from pkg import a, VERSION, b", ["pkg/a.py:a", "pkg/__init__.py:VERSION", "pkg/b.py:b"]),
        ("from pkg.a import f", ["pkg/a.py:f"]),
        ("from pkg.sub import *", ["pkg/sub/__init__.py:*"]),
        ("from . import b", ["pkg/b.py:b"]),
        ("from .a import f", ["pkg/a.py:f"]),
        ("from .sub.deep import C as D", ["pkg/sub/deep.py:C"]),
        ("from .sub import deep", ["pkg/sub/deep.py:deep"]),
        ("import json", ["outside of the project"]),
        ("from os.path import join", ["outside of the project"]),
        ("import pkg.nowhere", ["missing"]),
        ("from .nowhere import x", ["missing"]),
        ("from .... import x", ["missing"]),
    ],
)
def test_an_import_means_a_file(statement: str, expected: list[str]) -> None:
    assert spelt({"pkg/user.py": statement + "\n", **PACKAGE}) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("from .. import a", ["pkg/a.py:a"]),
        ("from ..a import f", ["pkg/a.py:f"]),
        ("from .. import VERSION", ["pkg/__init__.py:VERSION"]),
        ("from . import deep", ["pkg/sub/deep.py:deep"]),
    ],
)
def test_relative_imports_count_their_dots(statement: str, expected: list[str]) -> None:
    assert spelt({"pkg/sub/user.py": statement + "\n", **PACKAGE}) == expected


def test_a_name_of_a_package_hides_the_submodule_of_that_name() -> None:
    sources = {
        "user.py": "from pkg import run\n",
        "pkg/__init__.py": "from .run import run\n",
        "pkg/run.py": "def run(): pass\n",
    }
    assert spelt(sources) == ["pkg/__init__.py:run"]


@pytest.mark.parametrize(
    "statement", ["from . import run", "from pkg import run", "import pkg.run"]
)
def test_a_package_that_imports_its_submodule_does_not_hide_it(statement: str) -> None:
    sources = {
        "user.py": "from pkg import run\n",
        "pkg/__init__.py": statement + "\n",
        "pkg/run.py": "",
    }
    assert spelt(sources) == ["pkg/run.py:run"]


def test_a_name_that_comes_by_star_hides_the_submodule_unless_all_leaves_it_out() -> None:
    sources = {
        "user.py": "from pkg import run\n",
        "pkg/__init__.py": "from .core import *\n",
        "pkg/core.py": "def run(): pass\n",
        "pkg/run.py": "",
    }
    assert spelt(sources) == ["pkg/__init__.py:run"]
    sources["pkg/core.py"] = "__all__ = ['walk']\ndef run(): pass\ndef walk(): pass\n"
    assert spelt(sources) == ["pkg/run.py:run"]


def test_names_that_a_module_does_not_have_are_told() -> None:
    (item,) = found({"user.py": "from pkg.a import f, g\n", **PACKAGE})
    assert (item.target, item.names, item.unknown) == ("pkg/a.py", ("f", "g"), ("g",))


@pytest.mark.parametrize(
    "module",
    [
        "def __getattr__(name): return 1\n",
        "from json import *\n",
        "if a:\n    g = 1\n",
        "try:\n    pass\nexcept E:\n    g = 2\n",
        "with a as (b, g): pass\n",
        "for g in []: pass\n",
        "def make():\n    global g\n    g = 1\n",
        "from .more import *\n",
    ],
)
def test_names_that_a_module_may_have_are_not_called_unknown(module: str) -> None:
    sources = {"p/__init__.py": "", "p/u.py": "from .m import g\n", "p/m.py": module}
    (item,) = found({**sources, "p/more.py": "g = 1\n"}, "p/u.py")
    assert item.unknown == ()


def test_folders_without_init_are_namespace_packages() -> None:
    sources = {"user.py": "from ns.inner import mod\nimport ns\nfrom ns import gone\n"}
    sources["ns/inner/mod.py"] = ""
    assert spelt(sources) == ["ns/inner/mod.py:mod", "a namespace package", "missing"]


def test_a_source_root_needs_no_name() -> None:
    sources = {"tests/test_a.py": "from lib.core import x\n", "src/lib/core.py": "x = 1\n"}
    sources["src/lib/__init__.py"] = ""
    assert spelt(sources) == ["src/lib/core.py:x"]


def test_of_two_packages_of_one_name_the_nearest_is_meant() -> None:
    sources = {
        "one/app.py": "import pkg.a\n",
        "two/app.py": "import pkg.a\n",
        **{f"{folder}/{path}": text for folder in ("one", "two") for path, text in PACKAGE.items()},
    }
    assert spelt(sources, "one/app.py") == ["one/pkg/a.py:"]
    assert spelt(sources, "two/app.py") == ["two/pkg/a.py:"]


def test_cycles_through_init_are_edges_like_others() -> None:
    sources = {
        "pkg/__init__.py": "from .a import f\nfrom .b import g\n",
        "pkg/a.py": "from pkg import g\ndef f(): pass\n",
        "pkg/b.py": "from . import f\ndef g(): pass\n",
    }
    edges = imports_of(project(sources)).edges()
    assert edges == {
        "pkg/__init__.py": {"pkg/a.py": 1, "pkg/b.py": 2},
        "pkg/a.py": {"pkg/__init__.py": 1},
        "pkg/b.py": {"pkg/__init__.py": 1},
    }


def kinds(source: str, path: str = "m.py") -> list[tuple[ImportKind, bool, bool]]:
    return [(item.kind, item.at_import, item.conditional) for item in found({path: source})]


RUNTIME, TYPES = ImportKind.RUNTIME, ImportKind.TYPE_ONLY


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a\n", (RUNTIME, True, False)),
        ("def f():\n    import a\n", (RUNTIME, False, False)),
        ("class C:\n    import a\n", (RUNTIME, True, False)),
        ("try:\n    import a\nexcept ImportError:\n    pass\n", (RUNTIME, True, True)),
        ("try:\n    x\nexcept E:\n    import a\n", (RUNTIME, True, True)),
        ("if x:\n    import a\n", (RUNTIME, True, True)),
        ("match x:\n    case 1:\n        import a\n", (RUNTIME, True, True)),
        ("with x:\n    import a\n", (RUNTIME, True, False)),
        ("if __name__ == '__main__':\n    import a\n", (RUNTIME, False, True)),
        ("if TYPE_CHECKING:\n    import a\n", (TYPES, False, True)),
        ("if typing.TYPE_CHECKING:\n    from a import b\n", (TYPES, False, True)),
        ("if TYPE_CHECKING and x:\n    import a\n", (TYPES, False, True)),
        ("if not TYPE_CHECKING:\n    import a\n", (RUNTIME, True, True)),
        ("if not TYPE_CHECKING:\n    x\nelse:\n    import a\n", (TYPES, False, False)),
        ("if TYPE_CHECKING:\n    x\nelse:\n    import a\n", (RUNTIME, True, False)),
        ("if x:\n    y\nelif TYPE_CHECKING:\n    import a\n", (TYPES, False, True)),
        ("__all__ = ['b']\nfrom a import b\n", (ImportKind.RE_EXPORT, True, False)),
        ("from a import c\n__all__ = ['b']\n", (RUNTIME, True, False)),
        ("from a import c as b\n__all__ = [*x, 'b']\n", (ImportKind.RE_EXPORT, True, False)),
        ("from a import b\n__all__ = []\n__all__ += ['b']\n", (ImportKind.RE_EXPORT, True, False)),
        ("from a import b\n__all__.append('b')\n", (ImportKind.RE_EXPORT, True, False)),
        ("from a import b as b\n", (ImportKind.RE_EXPORT, True, False)),
        ("from a import *\n", (RUNTIME, True, False)),
    ],
)
def test_an_import_says_what_it_is_for(
    source: str, expected: tuple[ImportKind, bool, bool]
) -> None:
    assert kinds(source) == [expected]


def test_stars_of_a_package_are_re_exports() -> None:
    assert kinds("from .a import *\n", "p/__init__.py") == [(ImportKind.RE_EXPORT, True, False)]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("importlib.import_module('pkg.a')", "pkg/a.py:"),
        ("importlib.import_module(name='pkg.a')", "pkg/a.py:"),
        ("importlib.import_module('.a', __package__)", "pkg/a.py:"),
        ("importlib.import_module('.deep', package='pkg.sub')", "pkg/sub/deep.py:"),
        ("importlib.import_module('..a', 'pkg.sub')", "pkg/a.py:"),
        ("load('pkg.b')", "pkg/b.py:"),
        ("il.import_module('pkg.b')", "pkg/b.py:"),
        ("__import__('pkg.sub.deep')", "pkg/sub/deep.py:"),
        ("importlib.import_module(name)", "dynamic"),
        ("importlib.import_module(f'pkg.{name}')", "dynamic"),
        ("importlib.import_module('json')", "outside of the project"),
    ],
)
def test_calls_import_what_their_literals_name(call: str, expected: str) -> None:
    head = "import importlib\nimport importlib as il\nfrom importlib import import_module as load\n"
    sources = {"pkg/user.py": f"{head}def f(name):\n    return {call}\n", **PACKAGE}
    (*_, last) = found(sources)
    assert spelt(sources)[-1] == expected
    assert (last.kind, last.at_import, last.line) == (ImportKind.DYNAMIC, False, 5)


def test_methods_that_are_called_like_importers_import_nothing() -> None:
    assert found({"m.py": "loader.import_module('a')\nimport_module('b')\n"}) == []


def test_a_file_with_errors_keeps_the_imports_that_can_be_read() -> None:
    sources = {"m.py": "import n\n\n\ndef f(:\n    pass\n\n\nimport o\n", "n.py": "", "o.py": ""}
    graph = imports_of(project(sources))
    assert [item.target for item in graph.imports] == ["n.py", "o.py"]
    assert graph.problems["m.py"]


def test_names_that_were_walked_before_give_the_same_imports() -> None:
    files = project({"pkg/user.py": "from . import a\nx: 'T' = 1\nimport pkg.sub\n", **PACKAGE})
    names = {file.path: names_of(file) for file in files}
    assert imports_of(files, names=names) == imports_of(files)


def test_code_is_meant_where_a_stub_stands_beside_it() -> None:
    sources = {"u.py": "import m\nimport s\n", "m.py": "", "m.pyi": "", "s.pyi": ""}
    assert spelt(sources) == ["m.py:", "s.pyi:"]


def test_a_module_of_the_standard_library_is_hidden_only_beside_the_scripts() -> None:
    sources = {"tools/run.py": "import json\n", "tools/json.py": "", "app/a.py": "import json\n"}
    assert spelt(sources, "tools/run.py") == ["tools/json.py:"]
    assert spelt(sources, "app/a.py") == ["outside of the project"]


def test_changes_one_after_another_end_in_what_all_at_once_gives() -> None:
    sources = {"user.py": "from pkg import a, x\n", **PACKAGE}
    kept = Imports(map(requests_of, project(sources)))
    kept.graph()
    for path, text in [
        ("pkg/__init__.py", "def a(): pass\n"),
        ("user.py", "from pkg import b, x\nimport new\n"),
        ("new.py", "import user\n"),
        ("pkg/b.py", None),
        ("pkg/__init__.py", "from .more import *\n"),
        ("pkg/more.py", "from .sub.deep import *\n"),
        ("pkg/sub/deep.py", "x = 1\n"),
    ]:
        if text is None:
            del sources[path]
            kept.remove(path)
        else:
            sources[path] = text
            kept.put(requests_of(project({path: text})[0]))
        every = imports_of(project(sources))
        assert sorted(kept.graph().imports, key=repr) == sorted(every.imports, key=repr), path


def test_missing_modules_can_be_listed() -> None:
    graph = imports_of(project({"pkg/u.py": "import pkg.gone\nimport os\n", **PACKAGE}))
    assert [item.specifier for item in graph.unresolved()] == ["pkg.gone"]
    assert [item.specifier for item in graph.unresolved([Unresolved.OUTSIDE])] == ["os"]
