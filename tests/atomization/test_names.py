"""What a name means, by the language's own scoping rules."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atomization.names import FileReferences, Outcome, Reference, references_of
from tests.atomization.reading import project
from tests.atomization.test_lossless import DEEP, PIECES

STDLIB = Path(sysconfig.get_paths()["stdlib"])


def uses(source: str, text: str, **more: str) -> list[Reference]:
    """Give the references of a text in ``a.py``."""
    files = project({"a.py": source, **{f"{name}.py": code for name, code in more.items()}})
    return [found for found in references_of(files)[0].references if found.text == text]


def outcome(source: str, text: str, **more: str) -> Outcome:
    return uses(source, text, **more)[-1].outcome


def targets(source: str, text: str, **more: str) -> list[str]:
    """Name the slots that the last use of a text in ``a.py`` means."""
    files = project({"a.py": source, **{f"{name}.py": code for name, code in more.items()}})
    slots = {file.path: file.slots for file in files}
    found = [part for part in references_of(files)[0].references if part.text == text][-1]
    return [f"{reach.path}:{slots[reach.path][reach.slot].name}" for reach in found.targets]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    return x\n", Outcome.UNRESOLVED),
        ("x = 1\ndef f():\n    return x\n", Outcome.SLOT),
        ("def f(x):\n    return x\n", Outcome.LOCAL),
        ("def f():\n    for x in y: pass\n    return x\n", Outcome.LOCAL),
        ("def f():\n    [x for x in y]\n    return x\n", Outcome.UNRESOLVED),
        ("def f():\n    [(x := z) for z in y]\n    return x\n", Outcome.LOCAL),
        ("def f():\n    with y as x: pass\n    return x\n", Outcome.LOCAL),
        ("def f():\n    match y:\n        case {'a': x}: return x\n", Outcome.LOCAL),
        ("class A:\n    x = 1\n    def f(self): return x\n", Outcome.UNRESOLVED),
        ("class A:\n    x = 1\n    y = x\n", Outcome.SLOT),
        ("def f():\n    def g():\n        return x\n    x = 1\n", Outcome.LOCAL),
        ("def f():\n    global x\n    x = 1\ndef g():\n    return x\n", Outcome.SLOT),
        ("def f():\n    import json as x\n    return x\n", Outcome.SLOT),
        ("f = lambda x: x\n", Outcome.LOCAL),
    ],
)
def test_scopes_are_those_of_the_language(source: str, expected: Outcome) -> None:
    assert outcome(source, "x") is expected


def test_builtins_are_known() -> None:
    assert outcome("def f():\n    return len([])\n", "len") is Outcome.BUILTIN
    assert outcome("print(__name__)\n", "__name__") is Outcome.BUILTIN


def test_what_is_imported_from_outside_is_known_by_its_import() -> None:
    source = "import os.path\n\ndef f():\n    return os.path.join('a')\n"
    assert outcome(source, "os") is Outcome.SLOT
    assert outcome(source, "os.path.join") is Outcome.EXTERNAL


def test_an_imported_name_means_its_definition() -> None:
    source = "from b import g as h\n\ndef f():\n    return h()\n"
    assert targets(source, "h", b="def g(): ...\n") == ["a.py:imports", "b.py:g"]


def test_a_module_s_attribute_means_its_definition() -> None:
    source = "import b\n\ndef f():\n    return b.g()\n"
    assert targets(source, "b.g", b="def g(): ...\n") == ["b.py:g"]
    assert outcome(source, "b.g", b="") is Outcome.UNRESOLVED


def test_reexports_and_star_imports_are_followed() -> None:
    files = project(
        {
            "a.py": "from pkg import g\n\ndef f():\n    return g()\n",
            "pkg/__init__.py": "from .inner import *\n",
            "pkg/inner.py": "from .deep import g\n",
            "pkg/deep.py": "def g(): ...\n",
        }
    )
    found = references_of(files)[0].references[-1]
    assert found.outcome is Outcome.SLOT
    assert ("pkg/deep.py", 0) in {(reach.path, reach.slot) for reach in found.targets}


def test_imports_in_a_circle_end() -> None:
    assert outcome("from b import x\n\nx\n", "x", b="from a import x\n") is Outcome.UNRESOLVED


def test_a_name_clash_means_the_nearer_file() -> None:
    files = project(
        {
            "one/main.py": "from common import g\n\ng()\n",
            "one/common.py": "def g(): ...\n",
            "two/common.py": "def g(): ...\n",
        }
    )
    found = references_of(files)[0].references[-1]
    assert {reach.path for reach in found.targets} == {"one/main.py", "one/common.py"}


def test_a_source_root_is_no_part_of_the_name() -> None:
    files = project(
        {
            "tests/test_a.py": "from pkg.b import g\n\ng()\n",
            "src/pkg/__init__.py": "",
            "src/pkg/b.py": "def g(): ...\n",
        }
    )
    found = references_of(files)[0].references[-1]
    assert "src/pkg/b.py" in {reach.path for reach in found.targets}


CLASSES = """
class Base:
    size: int = 0

    def __init__(self, name: str) -> None:
        self.name = name

    def start(self) -> "Part":
        return Part()

    @classmethod
    def make(cls) -> "Base":
        return cls("x")

    @property
    def part(self) -> "Part":
        return Part()


class Part:
    def go(self) -> int:
        return 1


class Child(Base):
    def run(self, other: "Base | None", *, parts: list[Part]) -> None:
        {body}
"""


@pytest.mark.parametrize(
    ("body", "text", "target"),
    [
        ("self.run(None)", "self.run", "Child.run"),
        ("self.start()", "self.start", "Base.start"),
        ("self.name", "self.name", "Base.__init__"),
        ("self.size", "self.size", "Base"),
        ("super().start()", "….start", "Base.start"),
        ("self.start().go()", "….go", "Part.go"),
        ("self.part.go()", "self.part.go", "Part.go"),
        ("other.part.go()", "other.part.go", "Part.go"),
        ("Base.make().part.go()", "….part.go", "Part.go"),
        ("x = Base('a'); x.start()", "x.start", "Base.start"),
        ("for x in parts: x.go()", "x.go", "Part.go"),
        ("[x.go() for x in parts]", "x.go", "Part.go"),
        ("for i, x in enumerate(parts): x.go()", "x.go", "Part.go"),
        ("parts[0].go()", "….go", "Part.go"),
        ("{'a': Part()}['a'].go()", "….go", "Part.go"),
        ("(other or self).start()", "….start", "Base.start"),
        ("max(parts, key=lambda p: p).go", "….go", "Part.go"),
    ],
)
def test_attributes_are_resolved_by_what_is_known_of_the_receiver(
    body: str, text: str, target: str
) -> None:
    assert targets(CLASSES.replace("{body}", body), text) == [f"a.py:{target}"]


def test_a_base_class_outside_of_the_project_has_the_attributes_that_it_has() -> None:
    source = "import threading\n\nclass A(threading.Thread):\n    def f(self): return self.{}\n"
    assert outcome(source.format("daemon"), "self.daemon") is Outcome.EXTERNAL
    assert outcome(source.format("demon"), "self.demon") is Outcome.UNRESOLVED


def test_a_base_class_that_is_nowhere_has_no_attributes() -> None:
    source = "import nowhere\n\nclass A(nowhere.B):\n    def f(self): return self.anything\n"
    assert outcome(source, "self.anything") is Outcome.UNRESOLVED
    assert outcome(source, "nowhere") is Outcome.UNRESOLVED


def test_built_in_types_have_the_attributes_that_they_have() -> None:
    assert outcome("def f(x: str):\n    x.strip().lower()\n", "….lower") is Outcome.BUILTIN
    assert outcome("def f(x: str):\n    x.shout()\n", "x.shout") is Outcome.UNRESOLVED
    assert outcome("def f(x: list[str]):\n    x[0].shout()\n", "….shout") is Outcome.UNRESOLVED


def test_names_in_quoted_annotations_are_uses() -> None:
    assert targets("class A: ...\n\ndef f(x: 'list[A]'): ...\n", "A") == ["a.py:A"]
    assert uses("def f(x: Literal['A']): ...\n", "A") == []


def test_what_importing_evaluates_is_told_apart() -> None:
    source = (
        "def g(x=h()):\n    h()\n\n@h\nclass A(h):\n    y = h\n\n"
        "if __name__ == '__main__':\n    h()\n"
    )
    assert [use.at_import for use in uses(source, "h")] == [True, False, True, True, True, False]


def test_a_syntax_error_costs_only_its_own_statement() -> None:
    files = project({"a.py": "def g(): ...\n\ndef bad(:\n    pass\n\ndef f():\n    return g()\n"})
    (found,) = references_of(files)
    assert [use.text for use in found.references] == ["g"]
    assert found.references[0].outcome is Outcome.SLOT
    assert found.references[0].line == 7
    assert {line for line, _ in found.problems} == {3}


def names_hold(found: list[FileReferences]) -> None:
    """Assert what holds of all references."""
    slots = {file.file.path: len(file.file.slots) for file in found}
    for file in found:
        for use in [*file.references, *file.imports]:
            assert use.slot < slots[file.file.path]
            assert all(reach.path in slots for reach in use.targets)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(PIECES, max_size=30).map(b"".join),
    st.sampled_from(["a.py", "a.ts", "a.tsx", "a.js"]),
)
def test_no_source_is_too_odd(source: bytes, path: str) -> None:
    names_hold(references_of(project({path: source})))


@pytest.mark.parametrize("path", ["a.py", "a.ts"])
@pytest.mark.parametrize("name", DEEP)
def test_no_source_is_too_deep(name: str, path: str) -> None:
    names_hold(references_of(project({path: DEEP[name]})))


def test_a_long_chain_of_calls_is_resolved_to_its_end() -> None:
    source = f"class A:\n    def m(self) -> 'A': ...\n\nA(){'.m()' * 400}\n"
    found = uses(source, "….m") + [use for use in uses(source, "….m.m") if use]
    assert {use.outcome for use in found} == {Outcome.SLOT}


def test_every_plain_name_of_a_standard_module_is_resolved() -> None:
    for path in sorted(STDLIB.glob("*.py"))[::29]:
        found = references_of(project({path.name: path.read_bytes()}))
        missed = {
            use.text
            for use in found[0].references
            if use.outcome is Outcome.UNRESOLVED and "." not in use.text
        }
        assert missed == set(), path.name


SCRIPTS = {
    "web/a.ts": (
        'import { b, type T } from "./b.js";\n'
        'import * as all from "./lib";\n'
        'import def from "./lib/index";\n'
        'import React from "react";\n'
        "class C extends all.Base {\n"
        "  x = 1;\n"
        "  m(): T { return b(this.x, this.n(), missing); }\n"
        "  n() { return all.helper(def); }\n"
        "}\n"
    ),
    "web/b.ts": "export function b() {}\nexport interface T {}\n",
    "web/lib/index.ts": 'export * from "./deep";\nexport default function () {}\n',
    "web/lib/deep.ts": "export class Base {}\nexport const helper = () => 1;\n",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b", ["web/a.ts:imports", "web/b.ts:b"]),
        ("T", ["web/a.ts:imports", "web/b.ts:T"]),
        ("this.x", ["web/a.ts:C"]),
        ("this.n", ["web/a.ts:C.n"]),
        ("all.helper", ["web/lib/index.ts:imports", "web/lib/deep.ts:helper"]),
        ("def", ["web/a.ts:imports", "web/lib/index.ts:default"]),
        ("missing", []),
    ],
)
def test_scripts_are_resolved_by_name(text: str, expected: list[str]) -> None:
    files = project(SCRIPTS)
    slots = {file.path: file.slots for file in files}
    found = next(use for use in references_of(files)[0].references if use.text == text)
    assert [f"{reach.path}:{slots[reach.path][reach.slot].name}" for reach in found.targets] == (
        expected
    )
    assert (found.outcome is Outcome.UNRESOLVED) is (not expected)
