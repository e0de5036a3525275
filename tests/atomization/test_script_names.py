"""What names of scripts mean: scopes, merged declarations, modules of all kinds."""

from __future__ import annotations

import time

import pytest

from atomization.names import Outcome, Reference, references_of
from tests.atomization.reading import project


def references(sources: dict[str, str], path: str = "a.ts") -> tuple[list[Reference], list[str]]:
    """Give the uses and imports of a file, and each one's targets spelt out."""
    files = project(sources)
    slots = {file.path: file.slots for file in files}
    found = next(answer for answer in references_of(files) if answer.file.path == path)
    uses = [*found.references, *found.imports]
    spelt = [
        " ".join(f"{t.path}:{slots[t.path][t.slot].name}" for t in use.targets) for use in uses
    ]
    return uses, spelt


def targets(sources: dict[str, str], text: str, path: str = "a.ts") -> str:
    """Spell the targets of the last use of a text."""
    uses, spelt = references(sources, path)
    found = [where for use, where in zip(uses, spelt, strict=True) if use.text == text]
    assert found, [use.text for use in uses]
    return found[-1]


def outcomes(source: str, text: str, path: str = "a.ts") -> set[Outcome]:
    uses, _ = references({path: source}, path)
    return {use.outcome for use in uses if use.text == text}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("function f() { return x; }\n", Outcome.UNRESOLVED),
        ("const x = 1;\nfunction f() { return x; }\n", Outcome.SLOT),
        ("function f(x) { return x; }\n", Outcome.LOCAL),
        ("function f() { { let x; } return x; }\n", Outcome.UNRESOLVED),
        ("function f() { { var x; } return x; }\n", Outcome.LOCAL),
        ("function f() { if (1) { return x; } var x; }\n", Outcome.LOCAL),
        ("function f() { for (const x of y) {} return x; }\n", Outcome.UNRESOLVED),
        ("function f() { try {} catch ({ x }) { x; } }\n", Outcome.LOCAL),
        ("function f({ a: { b: [x = 1] } }) { return x; }\n", Outcome.LOCAL),
        ("const f = x => x;\n", Outcome.LOCAL),
        ("const f = function x() { return x; };\n", Outcome.LOCAL),
        ("const f = function x() {};\nx;\n", Outcome.UNRESOLVED),
        ("function f() { return x; class x {} }\n", Outcome.LOCAL),
        ("function g(x) {}\nfunction f() { return x; }\n", Outcome.UNRESOLVED),
        ("type T<x> = x;\n", Outcome.LOCAL),
        ("type T = A extends (infer x)[] ? x : 1;\n", Outcome.LOCAL),
        ("type T = A extends (...a: infer x) => B ? x : 1;\n", Outcome.LOCAL),
        ("type T = { [x in keyof U]: x };\n", Outcome.LOCAL),
        ("enum x { A, B = A }\nx;\n", Outcome.SLOT),
        ("class x {}\nx;\n", Outcome.SLOT),
        ("declare global { var x: number }\nx;\n", Outcome.SLOT),
        ("import x = N.M;\nx;\n", Outcome.SLOT),
    ],
)
def test_scopes_are_those_of_the_language(source: str, expected: Outcome) -> None:
    assert outcomes(source, "x") == {expected}


def test_labels_of_types_are_no_uses() -> None:
    source = "type T = [x: number, y?: string];\ntype U = { [x: string]: 1; m(y: 2): 3 };\n"
    uses, _ = references({"a.ts": source})
    assert [use.text for use in uses] == []


def test_merged_declarations_are_all_meant() -> None:
    source = (
        "export interface Box { a: 1 }\n\nexport class Box { b = 2; }\n\n"
        "export namespace Box { export const c = 3; }\n\nexport function use(): Box { return 0; }\n"
    )
    assert targets({"a.ts": source}, "Box") == "a.ts:Box a.ts:Box#2 a.ts:Box#3"
    other = {"a.ts": 'import { Box } from "./b";\nBox.c;\n', "b.ts": source}
    assert targets(other, "Box") == "a.ts:imports b.ts:Box b.ts:Box#2 b.ts:Box#3"


def test_members_of_namespaces_are_found_inside_and_outside() -> None:
    source = (
        "namespace N.M {\n  export const a = 1;\n\n"
        "  export function f() {\n    return a;\n  }\n}\n\n"
        "namespace N.M {\n  export function g() {\n    return f();\n  }\n}\n\nN.M.g();\n"
    )
    assert targets({"a.ts": source}, "a") == "a.ts:N.M.a"
    assert targets({"a.ts": source}, "f") == "a.ts:N.M.f"
    assert targets({"a.ts": source}, "N.M.g") == "a.ts:N.M.g"
    assert outcomes("namespace N { const hidden = 1; }\nhidden;\n", "hidden") == {
        Outcome.UNRESOLVED
    }


def test_members_of_enums_and_classes_are_found() -> None:
    source = (
        "enum E {\n  A,\n  B = 2,\n}\n\nclass C {\n  static make() {\n    return 1;\n  }\n}\n\n"
        "export const x = [E.B, C.make(), C.other];\n"
    )
    assert targets({"a.ts": source}, "E.B") == "a.ts:E"
    assert targets({"a.ts": source}, "C.make") == "a.ts:C.make"
    uses, _ = references({"a.ts": source})
    assert "C.other" not in {use.text for use in uses}


ESM = {
    "lib/deep.ts": (
        "export function one() {}\n\nexport function two() {}\n\nfunction hidden() {}\n"
    ),
    "lib/again.ts": 'export * as deep from "./deep";\nexport { one as uno } from "./deep";\n',
    "lib/index.ts": (
        'export * from "./again";\nimport { two } from "./deep";\nexport { two as zwei };\n'
        'export { useState } from "react";\nexport default two;\n'
    ),
}


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ('import { uno } from "./lib";\nuno;\n', "uno", "lib/deep.ts:one"),
        ('import { zwei as z } from "./lib";\nz;\n', "z", "lib/deep.ts:two"),
        ('import * as all from "./lib";\nall.uno;\n', "all.uno", "lib/deep.ts:one"),
        ('import { deep } from "./lib";\ndeep.two;\n', "deep.two", "lib/deep.ts:two"),
        ('import * as all from "./lib";\nall.deep.two;\n', "all.deep.two", "lib/deep.ts:two"),
        ('import d from "./lib";\nd;\n', "d", "lib/deep.ts:two"),
        ('import lib = require("./lib/deep");\nlib.one;\n', "lib.one", "lib/deep.ts:one"),
    ],
)
def test_exports_are_followed_to_their_declaration(source: str, text: str, expected: str) -> None:
    assert targets({"a.ts": source, **ESM}, text).split()[-1] == expected


def test_what_comes_from_outside_is_known_by_who_hands_it_on() -> None:
    source = 'import { useState } from "./lib";\nuseState();\n'
    assert targets({"a.ts": source, **ESM}, "useState") == "a.ts:imports lib/index.ts:imports#2"


@pytest.mark.parametrize(
    "source",
    [
        'import { hidden } from "./lib/deep";\nhidden;\n',
        'import { three } from "./lib";\nthree;\n',
        'import * as all from "./lib/deep";\nall.hidden;\n',
    ],
)
def test_what_is_not_exported_is_a_hole(source: str) -> None:
    uses, _ = references({"a.ts": source, **ESM})
    assert Outcome.UNRESOLVED in {use.outcome for use in uses}


def test_reexports_in_a_circle_end() -> None:
    circle = {
        "a.ts": 'import { x } from "./b";\nx;\n',
        "b.ts": 'export * from "./c";\n',
        "c.ts": 'export * from "./b";\n',
    }
    uses, _ = references(circle)
    assert {use.outcome for use in uses} == {Outcome.UNRESOLVED}


CJS = {
    "lib.js": (
        "const one = 1;\n\nfunction two() {}\n\n"
        "module.exports = {\n  one,\n  deux: two,\n  three() {},\n  four: 4,\n"
        '  inner: require("./inner"),\n  ...require("./more"),\n};\n'
    ),
    "inner.js": "exports.five = function () {};\n\nconst six = 6;\n\nexports.sechs = six;\n",
    "more.js": "module.exports.seven = 7;\n",
    "whole.js": "class Whole {}\n\nWhole.part = 1;\n\nmodule.exports = Whole;\n",
    "again.js": 'module.exports = require("./inner");\n',
    "compiled.js": (
        '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'
        'exports.eight = void 0;\n__exportStar(require("./more"), exports);\n'
        'Object.defineProperty(exports, "nine", { get: function () { return 9; } });\n'
        "exports.eight = 8;\n"
    ),
}


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ('const lib = require("./lib");\nlib.one;\n', "lib.one", "lib.js:one"),
        ('const { deux: d } = require("./lib");\nd();\n', "d", "lib.js:two"),
        ('const { one = 2 } = require("./lib");\none;\n', "one", "lib.js:one"),
        ('const lib = require("./lib");\nlib.seven;\n', "lib.seven", "more.js:"),
        ('const lib = require("./lib");\nlib.inner.five;\n', "lib.inner.five", "inner.js:"),
        ('const s = require("./inner").sechs;\ns;\n', "s", "inner.js:six"),
        ('const again = require("./again");\nagain.sechs;\n', "again.sechs", "inner.js:six"),
        ('const W = require("./whole");\nnew W();\n', "W", "whole.js:Whole"),
        ('import W from "./whole";\nnew W();\n', "W", "whole.js:Whole"),
        ('import lib from "./lib";\nlib.one;\n', "lib.one", "lib.js:one"),
        ('import { one } from "./lib";\none;\n', "one", "lib.js:one"),
        ('const c = require("./compiled");\nc.nine;\n', "c.nine", "compiled.js:"),
        ('const c = require("./compiled");\nc.seven;\n', "c.seven", "more.js:"),
    ],
)
def test_commonjs_is_followed_to_its_declaration(source: str, text: str, expected: str) -> None:
    assert targets({"a.js": source, **CJS}, text, "a.js").split()[-1].startswith(expected)


def test_a_member_that_commonjs_does_not_export_is_a_hole() -> None:
    uses, _ = references({"a.js": 'const i = require("./inner");\ni.nothing;\n', **CJS}, "a.js")
    assert {use.outcome for use in uses if use.text == "i.nothing"} == {Outcome.UNRESOLVED}


def test_members_of_a_value_that_is_the_whole_module_are_not_judged() -> None:
    uses, _ = references({"a.js": 'const W = require("./whole");\nW.anything;\n', **CJS}, "a.js")
    assert "W.anything" not in {use.text for use in uses}


def test_requires_and_imports_anywhere_are_imports() -> None:
    source = 'require("./lib");\n\nasync function f() {\n  await import("./inner");\n}\n'
    files = project({"a.js": source, **CJS})
    (found,) = (answer for answer in references_of(files) if answer.file.path == "a.js")
    assert [(use.text, use.at_import, use.outcome) for use in found.imports] == [
        ("./lib", True, Outcome.SLOT),
        ("./inner", False, Outcome.SLOT),
    ]


def test_a_require_inside_of_a_function_binds_there() -> None:
    source = 'function f() {\n  const i = require("./inner");\n  return i.sechs;\n}\n\ni;\n'
    assert targets({"a.js": source, **CJS}, "i.sechs", "a.js") == "inner.js:six"
    uses, _ = references({"a.js": source, **CJS}, "a.js")
    assert [use.outcome for use in uses if use.text == "i"][-1] is Outcome.UNRESOLVED


def test_jsx_names_components_only() -> None:
    uses, _ = references({"a.tsx": "const v = <Row a={b}><div c-d/><x.Y/></Row>;\n"}, "a.tsx")
    assert [use.text for use in uses] == ["Row", "b", "x"]


def test_static_fields_and_decorators_are_evaluated_at_import() -> None:
    source = "@dec\nclass A {\n  static a = one;\n  b = two;\n  m() { three; }\n}\n"
    uses, _ = references({"a.ts": source})
    early = {use.text: use.at_import for use in uses}
    assert early == {"dec": True, "one": True, "two": False, "three": False}


def test_a_long_literal_is_read_in_linear_time() -> None:
    source = "const a = [" + "b, " * 20_000 + "];\n"
    uses, _ = references({"a.js": source}, "a.js")
    assert len(uses) == 20_000


def test_members_of_large_classes_and_enums_are_found_in_time_that_grows_with_them() -> None:
    count = 2_000
    fields = "".join(f"  f{i}: number;\n" for i in range(count))
    methods = "".join(
        f"  m{i}() {{\n    return this.f{i} + this.q{i};\n  }}\n" for i in range(count)
    )
    started = time.process_time()
    uses, spelt = references({"a.ts": f"class A {{\n{fields}{methods}}}\n"})
    assert time.process_time() - started < 4
    known = [where for use, where in zip(uses, spelt, strict=True) if use.text.startswith("this.f")]
    assert len(known) == count
    assert all(where.startswith("a.ts:A") for where in known)
    unknown = {use.outcome for use in uses if use.text.startswith("this.q")}
    assert unknown == {Outcome.UNRESOLVED}
