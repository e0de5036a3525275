"""What the standard library and installed packages declare."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from atomization.outside import Outside, installed
from atomization.python_resolver import Resolver
from atomization.typeshed import exists, members_of, result_of, signature_of


@pytest.mark.parametrize(
    ("module", "name", "start"),
    [
        ("json", "dumps", "def dumps(obj: Any, *, skipkeys: bool=False"),
        ("os.path", "basename", "@overload\ndef basename("),
        ("re", "Pattern.match", "@overload\ndef match(self: Pattern[str], string: str"),
        ("pathlib", "Path.name", "@property\ndef name(self) -> str"),
        ("asyncio", "gather", "@overload\ndef gather("),
        ("collections", "OrderedDict", "class OrderedDict(dict[_KT, _VT])"),
        ("subprocess", "Popen", "class Popen(Generic[AnyStr]):\n    @overload\n    def __init__("),
        ("sys", "argv", "argv: list[str]"),
        ("rich.console", "Console.print", "def print(self, *objects: Any"),
        ("iniconfig", "IniConfig", "class IniConfig"),
    ],
)
def test_signatures_are_those_of_the_stubs(module: str, name: str, start: str) -> None:
    found = signature_of(module, name)
    assert found is not None
    assert found.startswith(start)


def test_a_signature_has_its_result() -> None:
    assert (signature_of("json", "dumps") or "").endswith("-> str")
    assert result_of("json", "dumps") == "str"
    assert result_of("re", "Pattern.fullmatch") is not None


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("json", "dump5"),
        ("jsonn", "dumps"),
        ("re", "Pattern.shout"),
        ("re", "compile.x"),
        ("os", "sys"),
        ("../json", "dumps"),
        ("", ""),
    ],
)
def test_what_does_not_exist_has_no_signature(module: str, name: str) -> None:
    assert signature_of(module, name) is None
    assert not exists(module, name or "x")


def test_members_are_listed_with_those_of_the_bases() -> None:
    assert {"dumps", "loads", "JSONDecoder"} <= set(members_of("json"))
    assert {"mkdir", "name"} <= set(members_of("pathlib", "Path"))
    assert members_of("pathlib", "nothing") == ()
    assert exists("json")
    assert exists("os.path", "join")


def world(folder: Path, modules: Mapping[str, str]) -> Resolver:
    """See only these modules, by path, beside the standard library."""
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    real = installed()
    return Resolver((), outside=Outside(real.typeshed, (folder,), real.library))


def names_in(world: Resolver, module: str) -> set[str]:
    found = world.modules.outside.find(module)
    assert found is not None
    return set(found.module.bindings)


def test_the_version_of_python_chooses_the_branch(tmp_path: Path) -> None:
    major, minor = sys.version_info[:2]
    stub = (
        "import sys\n"
        f"if sys.version_info >= ({major}, {minor}):\n    def now(): ...\n"
        "else:\n    def before(): ...\n"
        f"if sys.version_info < ({major}, {minor}):\n    def old(): ...\n"
        f"elif sys.version_info >= ({major}, {minor + 1}):\n    def later(): ...\n"
        "else:\n    def between(): ...\n"
        f"if not sys.version_info[0] >= {major + 1} and True:\n    class Here: ...\n"
        "if TYPE_CHECKING:\n    def checked(): ...\n"
    )
    found = names_in(world(tmp_path, {"pkg-stubs/mod.pyi": stub}), "pkg.mod")
    assert found == {"sys", "now", "between", "Here", "checked"}


def test_other_platforms_come_second(tmp_path: Path) -> None:
    stub = (
        "import sys\n"
        "if sys.platform == 'win32':\n    def f() -> int: ...\n    def windows(): ...\n"
        "else:\n    def f() -> str: ...\n"
    )
    there = world(tmp_path, {"pkg-stubs/mod.pyi": stub})
    file = there.modules.outside.find("pkg.mod")
    assert file is not None
    assert "windows" in file.module.bindings
    function = file.module.bindings["f"][0].function
    assert function is not None
    assert there.calls.declared(function).cls is there.builtin_class("str")


def test_stubs_come_before_sources_and_sources_before_nothing(tmp_path: Path) -> None:
    there = world(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/one.py": "def source(): ...\n",
            "pkg/two.py": "def source(): ...\n",
            "pkg-stubs/one.pyi": "def stub(): ...\n",
        },
    )
    assert names_in(there, "pkg.one") == {"stub"}
    assert names_in(there, "pkg.two") == {"source"}
    assert there.modules.outside.find("pkg.three") is None


def test_nothing_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    there = world(tmp_path, {"pkg/__init__.py": f"open({str(mark)!r}, 'w')\ndef f(): ...\n"})
    assert names_in(there, "pkg") == {"f"}
    assert not mark.exists()


def test_what_cannot_be_read_is_there_and_empty(tmp_path: Path) -> None:
    (tmp_path / "fast.cpython-311.so").write_bytes(b"\x7fELF")
    there = world(tmp_path, {"broken.py": "def f(:\n"})
    for name in ("fast", "broken"):
        found = there.modules.outside.find(name)
        assert found is not None
        assert found.closed


def test_private_imports_of_a_stub_are_no_exports(tmp_path: Path) -> None:
    stub = "import os\nfrom json import dumps\nfrom json import loads as loads\n"
    there = world(tmp_path, {"pkg-stubs/mod.pyi": stub})
    file = there.modules.outside.find("pkg.mod")
    assert file is not None
    private = {name for name, found in file.module.bindings.items() if found[0].private}
    assert private == {"os", "dumps"}
